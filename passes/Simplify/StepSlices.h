//===- StepSlices.h - rows of a tensor, one for every step ------*- C++ -*-===//
#ifndef SEQC_PASSES_SIMPLIFY_STEPSLICES_H
#define SEQC_PASSES_SIMPLIFY_STEPSLICES_H

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Simplify/StepChain.h"

namespace seqc {

/// All dimensions of a tensor of `rank`, `dim` and the one behind it as one.
llvm::SmallVector<mlir::ReassociationIndices> groupWithNext(int64_t rank,
                                                            int64_t dim);

/// Two dimensions of which one, `dim`, has an extent of one: together.
inline llvm::SmallVector<mlir::ReassociationIndices> groupOne(int64_t rank,
                                                              int64_t dim) {
  return groupWithNext(rank, dim == rank - 1 ? dim - 1 : dim);
}

/// What `steps` slices read, with time as dimension `dim` and one row for every
/// step: the first step's first or, where `reverse`, last.
mlir::Value buildRows(mlir::OpBuilder &b, mlir::tensor::ExtractSliceOp first,
                      const StepSource &source, int64_t steps, bool reverse);

/// A row as the scan's body sees it, as `first` gives it.
mlir::Value buildSliceOfRow(mlir::OpBuilder &b, mlir::Value seen,
                            mlir::tensor::ExtractSliceOp first, int64_t dim);

/// The last slice along `dim` first.
mlir::Value buildFlip(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value,
                      int64_t dim);

/// Insertions of one row of a chain, one behind another in one tensor.
struct InsertRun {
  std::vector<mlir::tensor::InsertSliceOp> inserts; ///< By steps.
  int64_t dim = 0, step = 0;                        ///< Of the offset.
  int64_t size = 1;

  /// The first one and the last one to write.
  mlir::tensor::InsertSliceOp getFirst() const;
  mlir::tensor::InsertSliceOp getLast() const;
  /// Of the last step.
  mlir::tensor::InsertSliceOp getLastStep() const { return inserts.back(); }
  bool dropsDim() const;
  /// One insertion of `rows`, or `rows` themselves where they are all there is.
  mlir::Value build(mlir::OpBuilder &b, mlir::Value rows, bool reverse) const;

  /// Whether the run begins with the first insertion before the second.
  bool inOrder = true;
};

/// Where result `result` of `ops`, by steps, is inserted in one run.
std::optional<InsertRun> findInsertRun(llvm::ArrayRef<mlir::Operation *> ops,
                                       unsigned result);

/// The extent of a value of a chain from what is known outside of it; null
/// where there is no way.
mlir::OpFoldResult
getOuterExtent(mlir::OpBuilder &b, mlir::Value value, int64_t dim,
               llvm::function_ref<bool(mlir::Operation *)> isInside);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_STEPSLICES_H
