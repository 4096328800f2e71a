//===- SeqAlgebra.cpp - the ops a body is written in ----------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc::seq;

namespace {
/// Collects a BodySemantics dimension by dimension.
struct SpaceBuilder {
  explicit SpaceBuilder(MLIRContext *context) : context(context) {}

  /// Adds one dimension for each extent of `shape` and returns them.
  SmallVector<AffineExpr> add(ArrayRef<int64_t> shape, bool reduced) {
    SmallVector<AffineExpr> dims;
    for (int64_t extent : shape) {
      dims.push_back(getAffineDimExpr(space.extents.size(), context));
      space.extents.push_back(extent);
      space.reduced.push_back(reduced);
    }
    return dims;
  }
  void operand(ArrayRef<AffineExpr> exprs) { operands.emplace_back(exprs); }
  void result(ArrayRef<AffineExpr> exprs) { results.emplace_back(exprs); }

  BodySemantics finish() {
    unsigned rank = space.extents.size();
    for (auto &exprs : operands)
      space.operandMaps.push_back(AffineMap::get(rank, 0, exprs, context));
    for (auto &exprs : results)
      space.resultMaps.push_back(AffineMap::get(rank, 0, exprs, context));
    return std::move(space);
  }

  MLIRContext *context;
  BodySemantics space;
  SmallVector<SmallVector<AffineExpr>> operands, results;
};
} // namespace

static ArrayRef<int64_t> getShape(Type type) {
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    return shaped.getShape();
  return {};
}

static SmallVector<AffineExpr> concat(ArrayRef<AffineExpr> a,
                                      ArrayRef<AffineExpr> b) {
  SmallVector<AffineExpr> all(a);
  llvm::append_range(all, b);
  return all;
}

static Value constant(OpBuilder &b, Location loc, Type type, double value) {
  return buildConstantLike(b, loc, type, value);
}

static Value negativeInfinity(OpBuilder &b, Location loc, Type type) {
  return constant(b, loc, type, -std::numeric_limits<double>::infinity());
}

/// Checks that `found` is `shape` (a scalar for no dimensions) of `element`.
static LogicalResult expectShape(Operation *op, Type found,
                                 ArrayRef<int64_t> shape, Type element) {
  Type expected =
      shape.empty() ? element : Type(RankedTensorType::get(shape, element));
  if (found == expected)
    return success();
  return op->emitOpError("must have the result type ")
         << expected << ", found " << found;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

BodySemantics SigmoidOp::getSemantics() {
  return getElementwiseSemantics(*this);
}
BodySemantics SoftplusOp::getSemantics() {
  return getElementwiseSemantics(*this);
}
SmallVector<Value> SigmoidOp::buildElement(OpBuilder &b, Location loc,
                                           ValueRange elements, ValueRange) {
  return {SigmoidOp::create(b, loc, elements[0].getType(), elements[0])};
}
SmallVector<Value> SoftplusOp::buildElement(OpBuilder &b, Location loc,
                                            ValueRange elements, ValueRange) {
  return {SoftplusOp::create(b, loc, elements[0].getType(), elements[0])};
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Sums and products are of floats, all of one type.
static LogicalResult verifyFloats(Operation *op) {
  Type element = getElementTypeOrSelf(op->getOperand(0).getType());
  for (Type type : op->getOperandTypes())
    if (!isa<FloatType>(element) || getElementTypeOrSelf(type) != element)
      return op->emitOpError("needs operands of one float type, found ")
             << op->getOperandTypes();
  return success();
}

LogicalResult DotOp::verify() {
  if (failed(verifyFloats(*this)))
    return failure();
  return expectShape(*this, getResult().getType(), {},
                     cast<ShapedType>(getLhs().getType()).getElementType());
}
BodySemantics DotOp::getSemantics() {
  SpaceBuilder space(getContext());
  auto k = space.add(getShape(getLhs().getType()), /*reduced=*/true);
  space.operand(k);
  space.operand(k);
  space.result({});
  return space.finish();
}

static LogicalResult verifyMatvec(Operation *op, Type matrix, Type vector) {
  if (failed(verifyFloats(op)))
    return failure();
  ArrayRef<int64_t> m = getShape(matrix), v = getShape(vector);
  if (v.size() > m.size() || m.take_back(v.size()) != v)
    return op->emitOpError("needs a vector shaped as the matrix' last "
                           "dimensions, found ")
           << matrix << " and " << vector;
  return success();
}
static BodySemantics getMatvecSemantics(Operation *op, unsigned results) {
  SpaceBuilder space(op->getContext());
  ArrayRef<int64_t> m = getShape(op->getOperand(0).getType());
  ArrayRef<int64_t> v = getShape(op->getOperand(1).getType());
  auto i = space.add(m.drop_back(v.size()), /*reduced=*/false);
  auto k = space.add(v, /*reduced=*/true);
  space.operand(concat(i, k));
  space.operand(k);
  for (unsigned r = 0; r < results; ++r)
    space.result(i);
  return space.finish();
}

/// What a sum of products over `semiring` starts from.
static SmallVector<Value> buildProductInit(OpBuilder &b, Location loc,
                                           Type type, Semiring semiring) {
  if (semiring == Semiring::PlusTimes)
    return {constant(b, loc, type, 0.0)};
  return {negativeInfinity(b, loc, type)};
}

LogicalResult MatvecOp::verify() {
  Type matrix = getMatrix().getType(), vector = getVector().getType();
  if (failed(verifyMatvec(*this, matrix, vector)))
    return failure();
  return expectShape(*this, getResult().getType(),
                     getShape(matrix).drop_back(getShape(vector).size()),
                     getElementTypeOrSelf(matrix));
}
BodySemantics MatvecOp::getSemantics() { return getMatvecSemantics(*this, 1); }
SmallVector<Value> MatvecOp::buildInit(OpBuilder &b, Location loc,
                                       ArrayRef<Type> types) {
  return buildProductInit(b, loc, types[0], getSemiring());
}
SmallVector<Value> MatvecOp::buildElement(OpBuilder &b, Location loc,
                                          ValueRange elements,
                                          ValueRange accumulators) {
  return {buildSemiringFma(b, loc, getSemiring(), elements[0], elements[1],
                           accumulators[0])};
}

LogicalResult VecmatOp::verify() {
  if (failed(verifyFloats(*this)))
    return failure();
  ArrayRef<int64_t> v = getShape(getVector().getType());
  ArrayRef<int64_t> m = getShape(getMatrix().getType());
  if (v.size() > m.size() || m.take_front(v.size()) != v)
    return emitOpError("needs a vector shaped as the matrix' first "
                       "dimensions, found ")
           << getVector().getType() << " and " << getMatrix().getType();
  return expectShape(*this, getResult().getType(), m.drop_front(v.size()),
                     getElementTypeOrSelf(getMatrix().getType()));
}
BodySemantics VecmatOp::getSemantics() {
  SpaceBuilder space(getContext());
  ArrayRef<int64_t> v = getShape(getVector().getType());
  ArrayRef<int64_t> m = getShape(getMatrix().getType());
  auto k = space.add(v, /*reduced=*/true);
  auto j = space.add(m.drop_front(v.size()), /*reduced=*/false);
  space.operand(k);
  space.operand(concat(k, j));
  space.result(j);
  return space.finish();
}

LogicalResult MatmulOp::verify() {
  if (failed(verifyFloats(*this)))
    return failure();
  ArrayRef<int64_t> l = getShape(getLhs().getType());
  ArrayRef<int64_t> r = getShape(getRhs().getType());
  if (l.empty() || r.empty() || l.back() != r.front())
    return emitOpError("needs a left matrix whose last dimension is the right "
                       "one's first, found ")
           << getLhs().getType() << " and " << getRhs().getType();
  SmallVector<int64_t> shape(l.drop_back());
  llvm::append_range(shape, r.drop_front());
  return expectShape(*this, getResult().getType(), shape,
                     getElementTypeOrSelf(getLhs().getType()));
}
BodySemantics MatmulOp::getSemantics() {
  SpaceBuilder space(getContext());
  ArrayRef<int64_t> l = getShape(getLhs().getType());
  auto i = space.add(l.drop_back(), /*reduced=*/false);
  auto k = space.add(l.back(), /*reduced=*/true);
  auto j = space.add(getShape(getRhs().getType()).drop_front(),
                     /*reduced=*/false);
  space.operand(concat(i, k));
  space.operand(concat(k, j));
  space.result(concat(i, j));
  return space.finish();
}
SmallVector<Value> MatmulOp::buildInit(OpBuilder &b, Location loc,
                                       ArrayRef<Type> types) {
  return buildProductInit(b, loc, types[0], getSemiring());
}
SmallVector<Value> MatmulOp::buildElement(OpBuilder &b, Location loc,
                                          ValueRange elements,
                                          ValueRange accumulators) {
  return {buildSemiringFma(b, loc, getSemiring(), elements[0], elements[1],
                           accumulators[0])};
}

LogicalResult OuterOp::verify() {
  if (failed(verifyFloats(*this)))
    return failure();
  SmallVector<int64_t> shape(getShape(getLhs().getType()));
  llvm::append_range(shape, getShape(getRhs().getType()));
  return expectShape(*this, getResult().getType(), shape,
                     getElementTypeOrSelf(getLhs().getType()));
}
BodySemantics OuterOp::getSemantics() {
  SpaceBuilder space(getContext());
  auto i = space.add(getShape(getLhs().getType()), /*reduced=*/false);
  auto j = space.add(getShape(getRhs().getType()), /*reduced=*/false);
  space.operand(i);
  space.operand(j);
  space.result(concat(i, j));
  return space.finish();
}
SmallVector<Value> OuterOp::buildInit(OpBuilder &, Location, ArrayRef<Type>) {
  return {};
}
SmallVector<Value> OuterOp::buildElement(OpBuilder &b, Location loc,
                                         ValueRange elements, ValueRange) {
  return {arith::MulFOp::create(b, loc, elements[0], elements[1])};
}

LogicalResult BestOp::verify() {
  Type matrix = getMatrix().getType(), vector = getVector().getType();
  if (failed(verifyMatvec(*this, matrix, vector)))
    return failure();
  if (getShape(vector).size() != 1)
    return emitOpError("needs a vector of one dimension, found ") << vector;
  ArrayRef<int64_t> rows = getShape(matrix).drop_back();
  if (failed(expectShape(*this, getResult().getType(), rows,
                         getElementTypeOrSelf(matrix))))
    return failure();
  return expectShape(*this, getIndex().getType(), rows,
                     IntegerType::get(getContext(), 32));
}
// The index of a candidate is the third, virtual operand that only the naive
// lowering passes; the vector lowerings refuse ops of two results.
BodySemantics BestOp::getSemantics() { return getMatvecSemantics(*this, 2); }
SmallVector<Value> BestOp::buildInit(OpBuilder &b, Location loc,
                                     ArrayRef<Type> types) {
  return {negativeInfinity(b, loc, types[0]),
          arith::ConstantOp::create(b, loc, b.getZeroAttr(types[1]))};
}
SmallVector<Value> BestOp::buildElement(OpBuilder &b, Location loc,
                                        ValueRange elements,
                                        ValueRange accumulators) {
  Value sum = arith::AddFOp::create(b, loc, elements[0], elements[1]);
  Value better = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, sum,
                                       accumulators[0]);
  return {
      arith::SelectOp::create(b, loc, better, sum, accumulators[0]),
      arith::SelectOp::create(b, loc, better, elements[2], accumulators[1])};
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// `dims` must be increasing and within `rank`.
static LogicalResult verifyDims(Operation *op, ArrayRef<int64_t> dims,
                                int64_t rank) {
  for (auto [i, dim] : llvm::enumerate(dims))
    if (dim < 0 || dim >= rank || (i > 0 && dims[i - 1] >= dim))
      return op->emitOpError("needs increasing dims within rank ")
             << rank << ", found [" << dims << "]";
  return success();
}

LogicalResult BroadcastOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (failed(verifyDims(*this, getDims(), type.getRank())))
    return failure();
  SmallVector<int64_t> kept;
  for (auto [i, extent] : llvm::enumerate(type.getShape()))
    if (!llvm::is_contained(getDims(), static_cast<int64_t>(i)))
      kept.push_back(extent);
  if (ArrayRef<int64_t>(kept) != getShape(getOperand().getType()) ||
      type.getElementType() != getElementTypeOrSelf(getOperand().getType()))
    return emitOpError("result without dims [")
           << getDims() << "] must be the operand, found "
           << getOperand().getType() << " and " << type;
  return success();
}
BodySemantics BroadcastOp::getSemantics() {
  SpaceBuilder space(getContext());
  auto all = space.add(getShape(getResult().getType()), /*reduced=*/false);
  SmallVector<AffineExpr> kept;
  for (auto [i, expr] : llvm::enumerate(all))
    if (!llvm::is_contained(getDims(), static_cast<int64_t>(i)))
      kept.push_back(expr);
  space.operand(kept);
  space.result(all);
  return space.finish();
}
SmallVector<Value> BroadcastOp::buildInit(OpBuilder &, Location,
                                          ArrayRef<Type>) {
  return {};
}
SmallVector<Value> BroadcastOp::buildElement(OpBuilder &, Location,
                                             ValueRange elements, ValueRange) {
  return {elements[0]};
}

LogicalResult ReduceOp::verify() {
  if (failed(verifyFloats(*this)))
    return failure();
  auto type = cast<RankedTensorType>(getOperand().getType());
  if (failed(verifyDims(*this, getDims(), type.getRank())))
    return failure();
  SmallVector<int64_t> kept;
  for (auto [i, extent] : llvm::enumerate(type.getShape()))
    if (!llvm::is_contained(getDims(), static_cast<int64_t>(i)))
      kept.push_back(extent);
  return expectShape(*this, getResult().getType(), kept, type.getElementType());
}
BodySemantics ReduceOp::getSemantics() {
  SpaceBuilder space(getContext());
  SmallVector<AffineExpr> all, kept;
  for (auto [i, extent] : llvm::enumerate(getShape(getOperand().getType()))) {
    bool reduced = llvm::is_contained(getDims(), static_cast<int64_t>(i));
    all.push_back(space.add(extent, reduced)[0]);
    if (!reduced)
      kept.push_back(all.back());
  }
  space.operand(all);
  space.result(kept);
  return space.finish();
}
SmallVector<Value> ReduceOp::buildInit(OpBuilder &b, Location loc,
                                       ArrayRef<Type> types) {
  switch (getKind()) {
  case ReduceKind::Add:
    return {constant(b, loc, types[0], 0.0)};
  case ReduceKind::Mul:
    return {constant(b, loc, types[0], 1.0)};
  case ReduceKind::Max:
    return {negativeInfinity(b, loc, types[0])};
  case ReduceKind::Min:
    return {
        constant(b, loc, types[0], std::numeric_limits<double>::infinity())};
  }
  llvm_unreachable("a reduction without a start");
}
SmallVector<Value> ReduceOp::buildElement(OpBuilder &b, Location loc,
                                          ValueRange elements,
                                          ValueRange accumulators) {
  Value x = accumulators[0], y = elements[0];
  switch (getKind()) {
  case ReduceKind::Add:
    return {arith::AddFOp::create(b, loc, x, y)};
  case ReduceKind::Mul:
    return {arith::MulFOp::create(b, loc, x, y)};
  case ReduceKind::Max:
    return {arith::MaximumFOp::create(b, loc, x, y)};
  case ReduceKind::Min:
    return {arith::MinimumFOp::create(b, loc, x, y)};
  }
  llvm_unreachable("a reduction without a step");
}

LogicalResult ExtractOp::verify() {
  ArrayRef<int64_t> shape = getShape(getOperand().getType());
  if (getPosition().size() > shape.size())
    return emitOpError("needs at most ")
           << shape.size() << " positions, found " << getPosition().size();
  for (auto [position, extent] : llvm::zip(getPosition(), shape))
    if (position < 0 || (!ShapedType::isDynamic(extent) && position >= extent))
      return emitOpError("position ")
             << position << " is outside a dimension of " << extent;
  return expectShape(*this, getResult().getType(),
                     shape.drop_front(getPosition().size()),
                     getElementTypeOrSelf(getOperand().getType()));
}
BodySemantics ExtractOp::getSemantics() {
  SpaceBuilder space(getContext());
  auto rest = space.add(getShape(getResult().getType()), /*reduced=*/false);
  SmallVector<AffineExpr> all;
  for (int64_t position : getPosition())
    all.push_back(getAffineConstantExpr(position, getContext()));
  llvm::append_range(all, rest);
  space.operand(all);
  space.result(rest);
  return space.finish();
}
SmallVector<Value> ExtractOp::buildInit(OpBuilder &, Location, ArrayRef<Type>) {
  return {};
}
SmallVector<Value> ExtractOp::buildElement(OpBuilder &, Location,
                                           ValueRange elements, ValueRange) {
  return {elements[0]};
}

BodySemantics PowersOp::getSemantics() {
  SpaceBuilder space(getContext());
  auto n = space.add(getShape(getResult().getType()), /*reduced=*/false);
  space.operand({});
  space.operand(n);
  space.result(n);
  return space.finish();
}
SmallVector<Value> PowersOp::buildInit(OpBuilder &, Location, ArrayRef<Type>) {
  return {};
}
SmallVector<Value> PowersOp::buildElement(OpBuilder &, Location,
                                          ValueRange elements, ValueRange) {
  return {elements[1]};
}

LogicalResult GatherOp::verify() {
  ArrayRef<int64_t> shape = getShape(getOperand().getType());
  if (shape.empty())
    return emitOpError("needs an operand with dimensions");
  return expectShape(*this, getResult().getType(), shape.drop_front(),
                     getElementTypeOrSelf(getOperand().getType()));
}

LogicalResult InsertOp::verify() {
  ArrayRef<int64_t> shape = getShape(getOperand().getType());
  if (shape.empty())
    return emitOpError("needs an operand with dimensions");
  Type element = getElementTypeOrSelf(getOperand().getType());
  ArrayRef<int64_t> row = shape.drop_front();
  Type expected =
      row.empty() ? element : Type(RankedTensorType::get(row, element));
  if (getRow().getType() != expected)
    return emitOpError("needs a row of type ")
           << expected << ", found " << getRow().getType();
  return success();
}
