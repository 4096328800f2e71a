//===- WeightExpression.h - what a weight may be made of --------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_WEIGHTEXPRESSION_H
#define SEQC_PASSES_SUPPORT_WEIGHTEXPRESSION_H

#include "mlir/IR/Operation.h"

namespace seqc {

/// Whether `op` may stand in the initialiser of a `seq.weight` if its operands
/// do: the ops that are evaluated when code is emitted.
bool isWeightOp(mlir::Operation *op);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_WEIGHTEXPRESSION_H
