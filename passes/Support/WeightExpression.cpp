//===- WeightExpression.cpp - what a weight may be made of ----------------===//

#include "passes/Support/WeightExpression.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace seqc;

bool seqc::isWeightOp(Operation *op) {
  if (op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return false;
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice.getSource().getType().hasStaticShape() &&
           slice.getOffsets().empty() && slice.getStrides().empty();
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<DenseElementsAttr, DenseResourceElementsAttr>(
        constant.getValue());
  // A transposition's destination is never read.
  if (isa<tensor::EmptyOp>(op))
    return true;
  return isa<seq::WeightDataOp, seq::PackOp, seq::NarrowOp, seq::RowScaleOp,
             tensor::ConcatOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             linalg::TransposeOp, arith::AddFOp, arith::SubFOp, arith::MulFOp,
             arith::NegFOp>(op);
}
