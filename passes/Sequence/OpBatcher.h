//===- OpBatcher.h - an op for many steps at once ---------------*- C++ -*-===//
//
// Tensors of one step get a dimension more, in front, with a row for every
// step. What depends on no step stays as it is.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SEQUENCE_OPBATCHER_H
#define SEQC_PASSES_SEQUENCE_OPBATCHER_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace seqc {

/// `type` with a row for every step.
mlir::RankedTensorType getRowsType(mlir::Type type);

/// Emits ops of one function for many steps into another.
class OpBatcher {
public:
  explicit OpBatcher(mlir::OpBuilder &b) : b(b) {}

  mlir::OpBuilder &b;
  mlir::Value steps;     ///< How many there are.
  mlir::IRMapping plain; ///< What is the same at every step.
  llvm::DenseMap<mlir::Value, mlir::Value> rows; ///< What has a row for each.

  /// Emits `op`, whose operands are known: plainly if they all are plain, else
  /// with rows. Fails with a diagnostic on an op that has no such form.
  llvm::LogicalResult emit(mlir::Operation *op);

  /// The rows of `value`; a plain one is repeated.
  mlir::Value getRows(mlir::Value value);

  /// A tensor of `like`'s type with rows, to be written.
  mlir::Value buildEmptyRows(mlir::Value like);

  /// The extents of a plain value, or of the rows of any other.
  llvm::SmallVector<mlir::OpFoldResult> getRowExtents(mlir::Value value);

  /// The value for a plain operand, the rows of any other.
  mlir::Value lookUp(mlir::Value value);

private:
  bool isBatched(mlir::Operation *op);
  llvm::SmallVector<mlir::OpFoldResult>
  lookUp(llvm::ArrayRef<mlir::OpFoldResult> values);
  llvm::SmallVector<mlir::OpFoldResult>
  withLeading(llvm::ArrayRef<mlir::OpFoldResult> values,
              mlir::OpFoldResult first);
  llvm::LogicalResult emitDim(mlir::tensor::DimOp op);
  llvm::LogicalResult emitView(mlir::Operation *op);
  llvm::LogicalResult emitPad(mlir::tensor::PadOp op);
  llvm::LogicalResult emitConcat(mlir::tensor::ConcatOp op);
  llvm::LogicalResult emitGeneric(mlir::linalg::GenericOp op);
  llvm::LogicalResult cloneGenericBody(mlir::linalg::GenericOp op,
                                       mlir::linalg::GenericOp fresh);
  llvm::LogicalResult emitScan(seq::ScanOp op);

  llvm::DenseMap<mlir::Value, mlir::Value> repeated; ///< Of plain values.
};

/// Clones the ops of `from`, but not its terminator, to the end of `to`.
void cloneBody(mlir::OpBuilder &b, mlir::Block *from, mlir::Block *to,
               mlir::IRMapping &mapping);

} // namespace seqc

#endif // SEQC_PASSES_SEQUENCE_OPBATCHER_H
