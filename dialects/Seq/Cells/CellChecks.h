//===- CellChecks.h - what cells require of their operands ------*- C++ -*-===//
//
// Every check fails with a diagnostic that says what was required and found.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_CELLCHECKS_H
#define SEQC_DIALECTS_SEQ_CELLS_CELLCHECKS_H

#include "mlir/IR/Operation.h"

namespace seqc::seq {

/// An operand or result; the value is null where it is left out, and then
/// satisfies every check but that of those that belong together.
struct NamedOperand {
  llvm::StringRef name;
  mlir::Value value;
};

/// The operands have `shape`, in which a dynamic extent matches anything, and
/// static extents but for the first `leading`: batch and time, which an
/// expansion takes from its scan. Of the others it makes types.
mlir::LogicalResult expectExtents(mlir::Operation *op,
                                  llvm::ArrayRef<NamedOperand> operands,
                                  llvm::ArrayRef<int64_t> shape,
                                  int64_t leading);

/// The same for weights: all extents are static.
mlir::LogicalResult expectWeights(mlir::Operation *op,
                                  llvm::ArrayRef<NamedOperand> weights,
                                  llvm::ArrayRef<int64_t> shape);

/// The same where no extent needs to be static.
mlir::LogicalResult expectOperand(mlir::Operation *op, llvm::StringRef name,
                                  mlir::Value value,
                                  llvm::ArrayRef<int64_t> shape);

/// All of them are given, or none.
mlir::LogicalResult expectTogether(mlir::Operation *op,
                                   llvm::ArrayRef<NamedOperand> operands);

/// All operands and results have the element type of x, a float, but for
/// `lengths`, which are integers.
mlir::LogicalResult verifyElements(mlir::Operation *op, mlir::Value x,
                                   mlir::Value lengths = {});

/// `order` is a permutation of `letters`.
mlir::LogicalResult verifyGateOrder(mlir::Operation *op, llvm::StringRef order,
                                    llvm::StringRef letters);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_CELLCHECKS_H
