//===- CellChecks.h - what cells require of their operands ------*- C++ -*-===//
//
// Every check fails with a diagnostic that says what was required and found.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_CELLCHECKS_H
#define SEQC_DIALECTS_SEQ_CELLS_CELLCHECKS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace seqc::seq {

/// An operand or result; the value is null where it is left out, and then
/// satisfies every check but that of those that belong together.
struct NamedOperand {
  llvm::StringRef name;
  mlir::Value value;
};

/// An extent that operands share, as batch and time are: what one of them gives
/// statically is then required of all. Where some leave it open, their extents
/// are compared when the model runs.
class SharedExtent {
public:
  SharedExtent() = default;
  /// Dimension `dim` of `operand`.
  SharedExtent(NamedOperand operand, int64_t dim);

  int64_t size = mlir::ShapedType::kDynamic;
  llvm::StringRef giver; ///< The operand that it is known from.
};

/// What a dimension must have: a number, or what others have.
struct RequiredExtent {
  RequiredExtent(int64_t size) : size(size) {}
  RequiredExtent(SharedExtent &shared) : size(shared.size), shared(&shared) {}

  int64_t size;
  SharedExtent *shared = nullptr;
};

/// The operands have `shape`, in which a dynamic extent matches anything, and
/// static extents above 0 but for the first `leading`: batch and time, which an
/// expansion takes from its scan. Of the others it makes types.
mlir::LogicalResult expectExtents(mlir::Operation *op,
                                  llvm::ArrayRef<NamedOperand> operands,
                                  llvm::ArrayRef<RequiredExtent> shape,
                                  int64_t leading);

/// The same for weights: all extents are static.
mlir::LogicalResult expectWeights(mlir::Operation *op,
                                  llvm::ArrayRef<NamedOperand> weights,
                                  llvm::ArrayRef<int64_t> shape);

/// The same where no extent needs to be static.
mlir::LogicalResult expectOperand(mlir::Operation *op, llvm::StringRef name,
                                  mlir::Value value,
                                  llvm::ArrayRef<RequiredExtent> shape);

/// All of them are given, or none.
mlir::LogicalResult expectTogether(mlir::Operation *op,
                                   llvm::ArrayRef<NamedOperand> operands);

/// All operands and results have the element type of x, a float, but for
/// `other`, which may be null.
mlir::LogicalResult verifyFloats(mlir::Operation *op, mlir::Value x,
                                 mlir::Value other);

/// The same, where the other ones are `lengths`: integers.
mlir::LogicalResult verifyElements(mlir::Operation *op, mlir::Value x,
                                   mlir::Value lengths = {});

/// `order` is a permutation of `letters`.
mlir::LogicalResult verifyGateOrder(mlir::Operation *op, llvm::StringRef order,
                                    llvm::StringRef letters);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_CELLCHECKS_H
