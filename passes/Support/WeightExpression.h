//===- WeightExpression.h - what a weight may be made of --------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_WEIGHTEXPRESSION_H
#define SEQC_PASSES_SUPPORT_WEIGHTEXPRESSION_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Whether `op` may stand in the initialiser of a `seq.weight` if its operands
/// do: the ops that are evaluated when code is emitted.
bool isWeightOp(mlir::Operation *op);

/// Whether all that `value` is made of may stand there.
bool isWeightExpression(mlir::Value value);

/// A `seq.weight` at the beginning of the module with the expression `value`,
/// whose symbol begins with `name`.
seq::WeightOp outlineWeight(mlir::Value value, llvm::StringRef name,
                            mlir::SymbolTable &symbols);

/// Erases loads of weights that nothing uses, and the module's weights that
/// nothing loads and no state begins with.
void eraseUnusedWeights(mlir::SymbolTable &symbols);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_WEIGHTEXPRESSION_H
