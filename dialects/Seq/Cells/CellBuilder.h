//===- CellBuilder.h - what expansions of cells share -----------*- C++ -*-===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_CELLBUILDER_H
#define SEQC_DIALECTS_SEQ_CELLS_CELLBUILDER_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::seq {

/// The extent of `value`'s dimension as an index.
inline mlir::Value getExtent(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Value value, int64_t dim) {
  return mlir::getValueOrCreateConstantIndexOp(
      b, loc, mlir::tensor::getMixedSize(b, loc, value, dim));
}

/// An uninitialised tensor of `type`, whose dynamic dimensions are `extents`
/// at their positions.
inline mlir::Value buildEmpty(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::RankedTensorType type,
                              llvm::ArrayRef<mlir::Value> extents) {
  llvm::SmallVector<mlir::Value> dynamic;
  for (auto [size, extent] : llvm::zip(type.getShape(), extents))
    if (mlir::ShapedType::isDynamic(size))
      dynamic.push_back(extent);
  return mlir::tensor::EmptyOp::create(b, loc, type, dynamic);
}

/// The same, filled with zeros.
inline mlir::Value buildZeros(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::RankedTensorType type,
                              llvm::ArrayRef<mlir::Value> extents) {
  mlir::Value zero = mlir::arith::ConstantOp::create(
      b, loc, b.getZeroAttr(type.getElementType()));
  return mlir::linalg::FillOp::create(b, loc, zero,
                                      buildEmpty(b, loc, type, extents))
      .getResult(0);
}

/// Fails with a diagnostic unless `value` (where present) has `shape`, in which
/// a dynamic extent matches anything.
inline mlir::LogicalResult expectOperand(mlir::Operation *op,
                                         llvm::StringRef name,
                                         mlir::Value value,
                                         llvm::ArrayRef<int64_t> shape) {
  if (!value)
    return mlir::success();
  auto type = mlir::cast<mlir::RankedTensorType>(value.getType());
  if (succeeded(mlir::verifyCompatibleShape(type.getShape(), shape)))
    return mlir::success();
  auto expected = mlir::RankedTensorType::get(shape, type.getElementType());
  return op->emitOpError() << name << " must have the shape of " << expected
                           << ", found " << type;
}

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_CELLBUILDER_H
