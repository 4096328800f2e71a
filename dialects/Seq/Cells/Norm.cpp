//===- Norm.cpp - elementwise ops, reductions and norms on tensors --------===//

#include "dialects/Seq/Cells/Norm.h"

#include "dialects/Seq/Cells/CellBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc::seq;

static RankedTensorType getType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value buildScalar(OpBuilder &b, Location loc, Type type, double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
}

/// The extents of `value`'s first `rank` dimensions.
static SmallVector<Value> getExtents(OpBuilder &b, Location loc, Value value,
                                     int64_t rank) {
  SmallVector<Value> extents;
  for (int64_t i = 0; i < rank; ++i)
    extents.push_back(getExtent(b, loc, value, i));
  return extents;
}

/// The inputs' values and maps over `rank` dimensions.
static void addOperands(OpBuilder &b, int64_t rank,
                        ArrayRef<BroadcastOperand> operands,
                        SmallVectorImpl<Value> &values,
                        SmallVectorImpl<AffineMap> &maps) {
  for (const BroadcastOperand &operand : operands) {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : operand.dims)
      exprs.push_back(b.getAffineDimExpr(dim));
    values.push_back(operand.value);
    maps.push_back(AffineMap::get(rank, 0, exprs, b.getContext()));
  }
}

Value seqc::seq::buildElementwise(OpBuilder &b, Location loc,
                                  ArrayRef<BroadcastOperand> operands,
                                  ScalarBuilder f) {
  Value first = operands.front().value;
  RankedTensorType type = getType(first);
  int64_t rank = type.getRank();
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  addOperands(b, rank, operands, values, maps);
  maps.push_back(b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  Value empty = buildEmpty(b, loc, type, getExtents(b, loc, first, rank));
  return linalg::GenericOp::create(
             b, loc, type, values, empty, maps, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               Value y = f(nested, loc, arguments.drop_back());
               linalg::YieldOp::create(nested, loc, y);
             })
      .getResult(0);
}

Value seqc::seq::buildSumAlongLast(OpBuilder &b, Location loc,
                                   ArrayRef<BroadcastOperand> operands,
                                   ScalarBuilder f) {
  Value first = operands.front().value;
  RankedTensorType full = getType(first);
  int64_t rank = full.getRank();
  auto type =
      RankedTensorType::get(full.getShape().drop_back(), full.getElementType());
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  addOperands(b, rank, operands, values, maps);
  maps.push_back(b.getMultiDimIdentityMap(rank).dropResult(rank - 1));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  Value zeros = buildFilled(b, loc, type, getExtents(b, loc, first, rank - 1));
  return linalg::GenericOp::create(
             b, loc, type, values, zeros, maps, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               Value y = f(nested, loc, arguments.drop_back());
               Value sum =
                   arith::AddFOp::create(nested, loc, arguments.back(), y);
               linalg::YieldOp::create(nested, loc, sum);
             })
      .getResult(0);
}

Value seqc::seq::splitChannels(OpBuilder &b, Location loc, Value x,
                               int64_t groups) {
  RankedTensorType type = getType(x);
  int64_t width = type.getDimSize(2) / groups;
  auto split = RankedTensorType::get(
      {type.getDimSize(0), type.getDimSize(1), groups, width},
      type.getElementType());
  SmallVector<OpFoldResult> extents = {
      tensor::getMixedSize(b, loc, x, 0), tensor::getMixedSize(b, loc, x, 1),
      b.getIndexAttr(groups), b.getIndexAttr(width)};
  SmallVector<ReassociationIndices> dims = {{0}, {1}, {2, 3}};
  return tensor::ExpandShapeOp::create(b, loc, split, x, dims, extents);
}

Value seqc::seq::mergeChannels(OpBuilder &b, Location loc, Value x) {
  SmallVector<ReassociationIndices> dims = {{0}, {1}, {2, 3}};
  return tensor::CollapseShapeOp::create(b, loc, x, dims);
}

/// [C] as [groups, C / groups].
static Value splitVector(OpBuilder &b, Location loc, Value vector,
                         int64_t groups) {
  RankedTensorType type = getType(vector);
  auto split = RankedTensorType::get({groups, type.getDimSize(0) / groups},
                                     type.getElementType());
  SmallVector<ReassociationIndices> dims = {{0, 1}};
  return tensor::ExpandShapeOp::create(b, loc, split, vector, dims);
}

Value seqc::seq::buildGroupNorm(OpBuilder &b, Location loc, Value x,
                                Value weight, Value bias, double epsilon) {
  RankedTensorType type = getType(x);
  Type element = type.getElementType();
  int64_t groups = type.getDimSize(2);
  double count = static_cast<double>(type.getDimSize(3));
  BroadcastOperand all = {x, {0, 1, 2, 3}};
  Value sum = buildSumAlongLast(
      b, loc, all, [](OpBuilder &, Location, ValueRange v) { return v[0]; });
  // x less its mean.
  auto centre = [&](OpBuilder &b, Location loc, Value x, Value sum) -> Value {
    Value inverse = buildScalar(b, loc, element, 1.0 / count);
    Value mean = arith::MulFOp::create(b, loc, sum, inverse);
    return arith::SubFOp::create(b, loc, x, mean);
  };
  BroadcastOperand sums = {sum, {0, 1, 2}};
  Value squares = buildSumAlongLast(
      b, loc, {all, sums},
      [&](OpBuilder &b, Location loc, ValueRange v) -> Value {
        Value centred = centre(b, loc, v[0], v[1]);
        return arith::MulFOp::create(b, loc, centred, centred);
      });
  // Once for each group, not for each element.
  Value inverses = buildElementwise(
      b, loc, BroadcastOperand{squares, {0, 1, 2}},
      [&](OpBuilder &b, Location loc, ValueRange v) -> Value {
        Value variance = arith::MulFOp::create(
            b, loc, v[0], buildScalar(b, loc, element, 1.0 / count));
        Value shifted = arith::AddFOp::create(
            b, loc, variance, buildScalar(b, loc, element, epsilon));
        return arith::DivFOp::create(b, loc, buildScalar(b, loc, element, 1.0),
                                     math::SqrtOp::create(b, loc, shifted));
      });
  BroadcastOperand operands[] = {all,
                                 sums,
                                 {inverses, {0, 1, 2}},
                                 {splitVector(b, loc, weight, groups), {2, 3}},
                                 {splitVector(b, loc, bias, groups), {2, 3}}};
  return buildElementwise(
      b, loc, operands, [&](OpBuilder &b, Location loc, ValueRange v) -> Value {
        Value centred = centre(b, loc, v[0], v[1]);
        Value normal = arith::MulFOp::create(b, loc, centred, v[2]);
        Value scaled = arith::MulFOp::create(b, loc, normal, v[3]);
        return arith::AddFOp::create(b, loc, scaled, v[4]);
      });
}

Value seqc::seq::buildLayerNorm(OpBuilder &b, Location loc, Value x,
                                Value weight, Value bias, double epsilon) {
  Value groups = splitChannels(b, loc, x, 1);
  return mergeChannels(b, loc,
                       buildGroupNorm(b, loc, groups, weight, bias, epsilon));
}
