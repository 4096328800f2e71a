//===- ScalarBody.cpp - a scan's body on scalars --------------------------===//

#include "passes/Gpu/ScalarBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace seqc;

/// Larger spaces belong in a loop over memory, not in one thread's registers.
static constexpr int64_t maxPoints = 16384;

FailureOr<int64_t> seqc::getNumScalars(Type type) {
  auto shaped = dyn_cast<RankedTensorType>(type);
  if (!shaped)
    return 1;
  if (!shaped.hasStaticShape())
    return failure();
  return shaped.getNumElements();
}

Scalars seqc::buildConstantScalars(OpBuilder &builder, Location loc,
                                   TypedAttr value) {
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (!elements)
    return {arith::ConstantOp::create(builder, loc, value)};
  Scalars scalars;
  for (Attribute element : elements.getValues<Attribute>())
    scalars.push_back(
        arith::ConstantOp::create(builder, loc, cast<TypedAttr>(element)));
  return scalars;
}

/// Position of the element that `map` selects at `point`.
static int64_t linearize(AffineMap map, ArrayRef<int64_t> point, Type type) {
  SmallVector<int64_t, 4> index = map.compose(point);
  int64_t position = 0;
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    for (auto [i, extent] : llvm::zip_equal(index, shaped.getShape()))
      position = position * extent + i;
  return position;
}

/// Moves `point` to the next one, the last dimension fastest.
static void advance(SmallVectorImpl<int64_t> &point,
                    ArrayRef<int64_t> extents) {
  for (size_t d = point.size(); d-- > 0;) {
    if (++point[d] < extents[d])
      return;
    point[d] = 0;
  }
}

FailureOr<Scalars> ScalarBody::lookup(Operation *user, Value value) {
  auto it = known.find(value);
  if (it != known.end())
    return it->second;
  FailureOr<Scalars> scalars = capture(user, value);
  if (succeeded(scalars))
    known[value] = *scalars;
  return scalars;
}

LogicalResult ScalarBody::runSpace(Operation &op,
                                   const seq::BodySemantics &semantics) {
  SmallVector<Scalars> operands, results;
  for (Value operand : op.getOperands()) {
    FailureOr<Scalars> scalars = lookup(&op, operand);
    if (failed(scalars))
      return failure();
    operands.push_back(std::move(*scalars));
  }
  SmallVector<Type> resultTypes;
  for (Type type : op.getResultTypes()) {
    FailureOr<int64_t> count = getNumScalars(type);
    if (failed(count))
      return op.emitOpError("needs a static shape to run on the GPU, found ")
             << type;
    results.emplace_back(*count);
    resultTypes.push_back(getElementTypeOrSelf(type));
  }

  int64_t points = 1;
  for (int64_t extent : semantics.extents)
    points = ShapedType::isDynamic(extent) || points > maxPoints
                 ? maxPoints + 1
                 : points * extent;
  if (points > maxPoints)
    return op.emitOpError("needs at most ")
           << maxPoints << " points to run in one GPU thread";

  SmallVector<int64_t> point(semantics.extents.size(), 0);
  for (int64_t p = 0; p < points; ++p, advance(point, semantics.extents)) {
    SmallVector<Value> elements, accumulators;
    for (auto [i, scalars] : llvm::enumerate(operands))
      elements.push_back(scalars[linearize(semantics.operandMaps[i], point,
                                           op.getOperand(i).getType())]);
    SmallVector<int64_t> positions;
    for (auto [i, map] : llvm::enumerate(semantics.resultMaps))
      positions.push_back(linearize(map, point, op.getResult(i).getType()));
    if (semantics.hasReduction()) {
      if (!results[0][positions[0]])
        accumulators = cast<seq::BodyOpInterface>(op).buildInit(
            builder, op.getLoc(), resultTypes);
      else
        for (auto [scalars, position] : llvm::zip(results, positions))
          accumulators.push_back(scalars[position]);
    }
    SmallVector<Value> values =
        seq::buildBodyElement(builder, &op, elements, accumulators);
    for (auto [scalars, position, value] :
         llvm::zip_equal(results, positions, values))
      scalars[position] = value;
  }
  for (auto [result, scalars] : llvm::zip_equal(op.getResults(), results))
    map(result, std::move(scalars));
  return success();
}

LogicalResult ScalarBody::runOp(Operation &op) {
  if (auto block = dyn_cast<seq::TimeBlockOp>(op)) {
    Block &body = block.getBody().front();
    if (failed(run(body)))
      return failure();
    auto yield = cast<seq::YieldOp>(body.getTerminator());
    for (auto [result, value] :
         llvm::zip_equal(block.getResults(), yield.getOuts())) {
      FailureOr<Scalars> scalars = lookup(yield, value);
      if (failed(scalars))
        return failure();
      map(result, *scalars);
    }
    return success();
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    map(constant.getResult(),
        buildConstantScalars(builder, op.getLoc(),
                             cast<TypedAttr>(constant.getValue())));
    return success();
  }
  std::optional<seq::BodySemantics> semantics = seq::getBodySemantics(&op);
  if (!semantics)
    return op.emitOpError("cannot run in a GPU kernel: it is not an op of the "
                          "first tier");
  return runSpace(op, *semantics);
}

LogicalResult ScalarBody::run(Block &body) {
  for (Operation &op : body.without_terminator())
    if (failed(runOp(op)))
      return failure();
  return success();
}
