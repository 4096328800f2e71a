//===- BodyEmitter.cpp - a body's values as vectors -----------------------===//

#include "passes/Lower/BodyEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Support/BodyConstants.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

void BodyEmitter::begin(ArrayRef<RowContext> newRows,
                        ArrayRef<TileContext> newTiles) {
  rows.assign(newRows.begin(), newRows.end());
  tiles.assign(newTiles.begin(), newTiles.end());
  emitted.clear();
  emittedInvariant.clear();
}

void BodyEmitter::beginStep(ArrayRef<RowContext> newRows) {
  rows.assign(newRows.begin(), newRows.end());
  emitted.clear();
}

void BodyEmitter::beginRoll(Value base, int64_t count, OpBuilder &before) {
  emittedRolled.clear();
  rollBase = base;
  rollCount = count;
  beforeRoll = &before;
}

void BodyEmitter::endRoll() {
  emittedRolled.clear();
  beforeRoll = nullptr;
}

BodyEmitter::Key BodyEmitter::makeKey(Value value, unsigned row, unsigned tile,
                                      ArrayRef<int64_t> index) const {
  SmallVector<int64_t, 4> at(index);
  if (int64_t lane = plan.getLaneDim(value); lane >= 0)
    at[lane] = 0;
  return {value.getAsOpaquePointer(), row, tile, at};
}

void BodyEmitter::setRegister(Value carry, unsigned row, unsigned tile,
                              ArrayRef<int64_t> index, Value value) {
  bool rolled = beforeRoll && isRolled(carry);
  (rolled ? emittedRolled : emitted)[makeKey(carry, row, tile, index)] = value;
}

Value BodyEmitter::broadcast(OpBuilder &b, Location loc, Value scalar) const {
  if (memory.lanes == 1 || isa<VectorType>(scalar.getType()))
    return scalar;
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({memory.lanes}, scalar.getType()), scalar);
}

void BodyEmitter::forEachElement(Value value,
                                 function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> shape(getBodyShape(value));
  if (int64_t lane = plan.getLaneDim(value); lane >= 0)
    shape[lane] = 1;
  if (beforeRoll && isRolled(value))
    shape[plan.getRolledDim(value)] = rollCount;
  forEachIndex(shape, visit);
}

SmallVector<OpFoldResult>
BodyEmitter::toBodyIndex(OpBuilder &b, Value value,
                         ArrayRef<int64_t> index) const {
  SmallVector<OpFoldResult> result;
  for (auto [d, at] : llvm::enumerate(index)) {
    int64_t dim = d;
    if (dim == plan.getLaneDim(value))
      result.push_back(OpFoldResult());
    else if (beforeRoll && isRolled(value) && dim == plan.getRolledDim(value))
      result.push_back(b.createOrFold<arith::AddIOp>(
          value.getLoc(), rollBase,
          arith::ConstantIndexOp::create(b, value.getLoc(), at)));
    else
      result.push_back(b.getIndexAttr(at));
  }
  return result;
}

Value BodyEmitter::emit(OpBuilder &b, Value value, unsigned row, unsigned tile,
                        ArrayRef<int64_t> index) {
  Key key = makeKey(value, row, tile, index);
  bool rolled = beforeRoll && isRolled(value);
  bool outer = !rolled && invariant && causes.isInvariant(value);
  auto &known = rolled ? emittedRolled : outer ? emittedInvariant : emitted;
  if (auto found = known.find(key); found != known.end())
    return found->second;
  OpBuilder &builder = outer                   ? *invariant
                       : rolled || !beforeRoll ? b
                                               : *beforeRoll;
  Value result;
  if (auto found = memories.find(value); found != memories.end())
    result = memory.load(builder, value.getLoc(), found->second, rows[row],
                         tiles[tile], toBodyIndex(builder, value, index));
  else if (auto argument = dyn_cast<BlockArgument>(value))
    result = emitArgument(builder, argument, row, tile, index);
  else
    result = emitOp(builder, cast<OpResult>(value), row, tile, index);
  return known[key] = result;
}

Value BodyEmitter::emitArgument(OpBuilder &b, BlockArgument argument,
                                unsigned row, unsigned tile,
                                ArrayRef<int64_t> index) {
  unsigned number = argument.getArgNumber();
  assert(argument.getOwner() == scan.getBodyBlock() &&
         number <= scan.getDomain().size() && "an operand without memory");
  if (number < scan.getDomain().size())
    return rows[row].domain[number];
  return rows[row].time;
}

Value BodyEmitter::emitOp(OpBuilder &b, OpResult value, unsigned row,
                          unsigned tile, ArrayRef<int64_t> index) {
  Operation *op = value.getOwner();
  if (!scan->isProperAncestor(op)) {
    if (TypedAttr number = getRepeatedNumber(value))
      return arith::ConstantOp::create(b, op->getLoc(), number);
    return value;
  }
  if (auto block = dyn_cast<TimeBlockOp>(op))
    llvm_unreachable("a time block's result without memory");
  if (plan.contractions.contains(op)) {
    emitContraction(b, op);
    return emitted.at(makeKey(op->getResult(0), row, tile, index));
  }
  if (auto powers = dyn_cast<PowersOp>(op); powers && isUnrolled(value))
    return emitPower(b, powers, row, tile, index[0]);
  BodySemantics space = *getBodySemantics(op);
  SmallVector<int64_t> point(space.extents.size(), 0);
  unsigned number = value.getResultNumber();
  for (auto [at, expr] :
       llvm::zip(index, space.resultMaps[number].getResults()))
    point[cast<AffineDimExpr>(expr).getPosition()] = at;
  if (!space.hasReduction())
    return emitPoint(b, op, space, row, tile, point, Value(), number);

  Value sum;
  emitReduction(b, op, space, row, tile, point, sum);
  if (sum)
    return sum;
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  return cast<BodyOpInterface>(op).buildInit(b, op->getLoc(), element)[0];
}

/// Whether the emitter goes through all elements of `value` by itself.
bool BodyEmitter::isUnrolled(Value value) const {
  return plan.getLaneDim(value) < 0 && !(beforeRoll && isRolled(value));
}

/// base^(at + 1), of two powers of about half the exponent: few products follow
/// each other.
Value BodyEmitter::emitPower(OpBuilder &b, PowersOp op, unsigned row,
                             unsigned tile, int64_t at) {
  if (at == 0)
    return emit(b, op.getBase(), row, tile, {});
  int64_t half = (at + 1) / 2;
  Value low = emit(b, op.getResult(), row, tile, {half - 1});
  Value high = emit(b, op.getResult(), row, tile, {at - half});
  return arith::MulFOp::create(b, op.getLoc(), low, high);
}

/// The dimension of `op`'s space that the loop over the body walks, or -1.
static int64_t findRolledDim(const RecurrentPlan &plan, Operation *op,
                             const BodySemantics &space) {
  for (auto [operand, map] : llvm::zip(op->getOperands(), space.operandMaps))
    if (int64_t dim = plan.getRolledDim(operand); dim >= 0)
      return cast<AffineDimExpr>(map.getResult(dim)).getPosition();
  return -1;
}

void BodyEmitter::accumulate(OpBuilder &b, Operation *op, unsigned row,
                             unsigned tile, ArrayRef<int64_t> index,
                             MutableArrayRef<Value> sums) {
  BodySemantics space = *getBodySemantics(op);
  SmallVector<int64_t> point(space.extents.size(), 0);
  for (auto [at, expr] : llvm::zip(index, space.resultMaps[0].getResults()))
    point[cast<AffineDimExpr>(expr).getPosition()] = at;
  int64_t rolled = findRolledDim(plan, op, space);
  space.extents[rolled] = rollCount;
  emitReduction(b, op, space, row, tile, point, sums);
}

void BodyEmitter::emitReduction(OpBuilder &b, Operation *op,
                                const BodySemantics &space, unsigned row,
                                unsigned tile, SmallVector<int64_t> point,
                                MutableArrayRef<Value> sums) {
  SmallVector<int64_t> shape;
  SmallVector<unsigned> dims;
  for (auto [d, reduced] : llvm::enumerate(space.reduced)) {
    if (!reduced)
      continue;
    shape.push_back(space.extents[d]);
    dims.push_back(d);
  }
  size_t term = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> at) {
    for (auto [d, i] : llvm::zip(dims, at))
      point[d] = i;
    Value &sum = sums[term++ % sums.size()];
    sum = emitPoint(b, op, space, row, tile, point, sum);
  });
}

/// Result `number` of one point of `op`'s space. `accumulator` is null at the
/// first. The other results are emitted anew when they are asked for; common
/// subexpressions and dead ones go later.
Value BodyEmitter::emitPoint(OpBuilder &b, Operation *op,
                             const BodySemantics &space, unsigned row,
                             unsigned tile, ArrayRef<int64_t> point,
                             Value accumulator, unsigned number) {
  SmallVector<Value> elements;
  Value vector;
  for (auto [operand, map] : llvm::zip(op->getOperands(), space.operandMaps)) {
    SmallVector<int64_t> index = map.compose(point);
    elements.push_back(emit(b, operand, row, tile, index));
    if (isa<VectorType>(elements.back().getType()))
      vector = elements.back();
  }
  if (accumulator && isa<VectorType>(accumulator.getType()))
    vector = accumulator;
  if (vector)
    for (Value &element : elements)
      element = broadcast(b, op->getLoc(), element);
  SmallVector<Value> accumulators;
  if (space.hasReduction()) {
    Type type = vector ? vector.getType()
                       : getElementTypeOrSelf(op->getResult(0).getType());
    if (!accumulator)
      accumulator =
          cast<BodyOpInterface>(op).buildInit(b, op->getLoc(), type)[0];
    accumulators.push_back(vector ? broadcast(b, op->getLoc(), accumulator)
                                  : accumulator);
  }
  return buildBodyElement(b, op, elements, accumulators)[number];
}
