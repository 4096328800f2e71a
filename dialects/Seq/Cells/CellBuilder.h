//===- CellBuilder.h - what expansions of cells share -----------*- C++ -*-===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_CELLBUILDER_H
#define SEQC_DIALECTS_SEQ_CELLS_CELLBUILDER_H

#include "dialects/Seq/Cells/CellChecks.h"
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

/// The same, filled with a number.
inline mlir::Value buildFilled(mlir::OpBuilder &b, mlir::Location loc,
                               mlir::RankedTensorType type,
                               llvm::ArrayRef<mlir::Value> extents,
                               double value = 0.0) {
  mlir::Value number = mlir::arith::ConstantOp::create(
      b, loc, b.getFloatAttr(type.getElementType(), value));
  return mlir::linalg::FillOp::create(b, loc, number,
                                      buildEmpty(b, loc, type, extents))
      .getResult(0);
}

/// A matrix of static shape with its dimensions swapped: outside of a scan,
/// where a constant one costs nothing.
inline mlir::Value buildTransposed(mlir::OpBuilder &b, mlir::Location loc,
                                   mlir::Value matrix) {
  auto type = mlir::cast<mlir::RankedTensorType>(matrix.getType());
  mlir::Value empty = mlir::tensor::EmptyOp::create(
      b, loc, {type.getDimSize(1), type.getDimSize(0)}, type.getElementType());
  return mlir::linalg::TransposeOp::create(b, loc, matrix, empty,
                                           llvm::ArrayRef<int64_t>{1, 0})
      ->getResult(0);
}

/// `value` as `type`, which may know less of its extents, or more.
inline mlir::Value buildCast(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::Type type, mlir::Value value) {
  return b.createOrFold<mlir::tensor::CastOp>(loc, type, value);
}

/// `x` [T, B, C] with the batch that dimension `dim` of `other` has, where that
/// is known and `other` not null: inserting `other` among rows of x would
/// forget it.
mlir::Value buildWithBatch(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value x, mlir::Value other, int64_t dim);

/// Sequences one after the other, [..., B, C]; a part [B, C] is one row. All
/// have the batch and width of `like` [T, B, C], whatever their types say.
mlir::Value buildConcatenated(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::Value like,
                              llvm::ArrayRef<mlir::Value> parts);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_CELLBUILDER_H
