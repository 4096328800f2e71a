//===- BodyEmitter.cpp - a body's values as vectors -----------------------===//

#include "passes/Lower/BodyEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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

//===----------------------------------------------------------------------===//
// Contractions with a matrix in memory
//===----------------------------------------------------------------------===//

int64_t BodyEmitter::countTerms(Operation *op, unsigned dim) const {
  int64_t extent = getBodyShape(op->getOperand(1))[dim];
  return takesFixedPoint(op) ? llvm::divideCeil(extent, quadSize) : extent;
}

SmallVector<Value> BodyEmitter::startSums(OpBuilder &b, Operation *op,
                                          unsigned count) {
  SmallVector<Value> sums;
  if (takesFixedPoint(op)) {
    FixedPointEmitter fixed(b, op->getLoc(), memory);
    const FixedVectors &from = getFixedPoint(op);
    for (unsigned i = 0; i < count; ++i)
      for (int64_t digit = 0; digit < fixedDigits; ++digit)
        sums.push_back(
            fixed.loadStart(from, rows[i / (count / rows.size())], digit));
    return sums;
  }
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  Type type = memory.lanes == 1
                  ? element
                  : Type(VectorType::get({memory.lanes}, element));
  sums.assign(count,
              cast<BodyOpInterface>(op).buildInit(b, op->getLoc(), type)[0]);
  return sums;
}

SmallVector<Value> BodyEmitter::combineFixed(OpBuilder &b, Operation *op,
                                             ArrayRef<Value> sums) {
  FixedPointEmitter fixed(b, op->getLoc(), memory);
  unsigned count = sums.size() / fixedDigits, perRow = count / rows.size();
  SmallVector<Value> results;
  for (unsigned i = 0; i < count; ++i)
    results.push_back(fixed.combine(getFixedPoint(op), rows[i / perRow],
                                    sums.slice(i * fixedDigits, fixedDigits)));
  return results;
}

void BodyEmitter::emitContraction(OpBuilder &b, Operation *op) {
  Value result = op->getResult(0);
  SmallVector<Key> keys;
  for (unsigned row = 0; row < rows.size(); ++row)
    for (unsigned tile = 0; tile < tiles.size(); ++tile)
      forEachElement(result, [&](ArrayRef<int64_t> index) {
        keys.push_back(makeKey(result, row, tile, index));
      });
  SmallVector<Value> sums = startSums(b, op, keys.size());

  // The longest reduced dimension is the innermost loop.
  ArrayRef<int64_t> vector = getBodyShape(op->getOperand(1));
  SmallVector<OpFoldResult> reduced(vector.size(), b.getIndexAttr(0));
  SmallVector<unsigned> order;
  for (auto [d, extent] : llvm::enumerate(vector))
    if (extent != 1)
      order.push_back(d);
  llvm::stable_sort(
      order, [&](unsigned x, unsigned y) { return vector[x] < vector[y]; });
  auto emitLoop = [&](bool back) {
    return emitReductionLoop(b, op, reduced, order, sums, back);
  };
  bool empty = llvm::is_contained(vector, 0);
  if (backwards && !order.empty() && !empty) {
    auto branch = scf::IfOp::create(b, op->getLoc(), TypeRange(sums), backwards,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    for (bool back : {true, false}) {
      b.setInsertionPointToStart(back ? branch.thenBlock()
                                      : branch.elseBlock());
      scf::YieldOp::create(b, op->getLoc(), emitLoop(back));
    }
    sums = branch.getResults();
  } else if (!empty) {
    sums = emitLoop(/*back=*/false);
  }
  if (takesFixedPoint(op))
    sums = combineFixed(b, op, sums);
  for (auto [key, sum] : llvm::zip(keys, sums))
    emitted[key] = sum;
}

SmallVector<Value> BodyEmitter::emitReductionLoop(
    OpBuilder &b, Operation *op, SmallVector<OpFoldResult> reduced,
    ArrayRef<unsigned> order, SmallVector<Value> sums, bool back) {
  if (order.empty())
    return takesFixedPoint(op) ? emitFixedProducts(b, op, reduced, sums, back)
                               : emitProducts(b, op, reduced, sums, back);
  Location loc = op->getLoc();
  unsigned dim = order.front();
  int64_t extent = countTerms(op, dim);
  // A few products at a time hide the loop's own cost.
  int64_t step = order.size() == 1 ? std::min<int64_t>(extent, 4) : 1;
  int64_t whole = extent / step * step;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  bool paired = memories.at(op->getOperand(0)).pairedDim >= 0;
  auto loop = scf::ForOp::create(b, loc, constant(0), constant(whole),
                                 constant(step), sums);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> inner(loop.getRegionIterArgs());
    for (int64_t i = 0; i < step; ++i) {
      // Of neighbours that share words, one asks for what comes later.
      asksAhead = !paired || i % 2 == 0;
      Value at = loop.getInductionVar();
      reduced[dim] =
          back
              ? b.createOrFold<arith::SubIOp>(loc, constant(extent - 1 - i), at)
              : b.createOrFold<arith::AddIOp>(loc, at, constant(i));
      inner =
          emitReductionLoop(b, op, reduced, order.drop_front(), inner, back);
    }
    scf::YieldOp::create(b, loc, inner);
  }
  sums = loop.getResults();
  asksAhead = false;
  for (int64_t i = whole; i < extent; ++i) {
    reduced[dim] = b.getIndexAttr(back ? extent - 1 - i : i);
    sums = emitReductionLoop(b, op, reduced, order.drop_front(), sums, back);
  }
  return sums;
}

/// Asks for the element of `matrix` that comes `weightsAhead` terms after `at`,
/// or before it if the walk goes `back`; past the ends those are other tiles'.
void BodyEmitter::prefetchWeights(OpBuilder &b, Location loc, Value matrix,
                                  const TileContext &tile,
                                  SmallVector<OpFoldResult> at, bool back) {
  at.back() = b.createOrFold<arith::AddIOp>(
      loc, getValueOrCreateConstantIndexOp(b, loc, at.back()),
      arith::ConstantIndexOp::create(b, loc,
                                     back ? -weightsAhead : weightsAhead));
  memory.prefetch(b, loc, memories.at(matrix), rows[0], tile, at);
}

/// Asks for one of the `vectors` that the next tiles have for a term.
void BodyEmitter::prefetchNextTiles(OpBuilder &b, Operation *op,
                                    int64_t vectors,
                                    ArrayRef<OpFoldResult> reduced) {
  Location loc = op->getLoc();
  Value result = op->getResult(0);
  int64_t perTile = vectors / tiles.size();
  SmallVector<OpFoldResult> at =
      toBodyIndex(b, result, SmallVector<int64_t>(getBodyShape(result).size()));
  SmallVector<int64_t> elements;
  for (auto [d, extent] : llvm::enumerate(getBodyShape(result)))
    if (int64_t(d) != plan.getLaneDim(result) && extent != 1)
      elements.push_back(d);
  if (elements.size() > 1)
    return;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value vector =
      arith::MinUIOp::create(b, loc, blockNumber, constant(vectors - 1));
  if (!elements.empty())
    at[elements[0]] =
        arith::RemUIOp::create(b, loc, vector, constant(perTile)).getResult();
  llvm::append_range(at, reduced);
  TileContext next = tiles[0];
  next.tile = arith::AddIOp::create(
      b, loc, arith::AddIOp::create(b, loc, next.tile, nextTiles),
      arith::DivUIOp::create(b, loc, vector, constant(perTile)));
  memory.prefetch(b, loc, memories.at(op->getOperand(0)), rows[0], next, at,
                  /*isWrite=*/false, /*locality=*/2);
}

void BodyEmitter::forEachWeight(
    OpBuilder &b, Operation *op, ArrayRef<OpFoldResult> reduced,
    unsigned perRow, bool back,
    function_ref<void(unsigned slot, const TileContext &, BodyIndex)> visit) {
  Location loc = op->getLoc();
  Value result = op->getResult(0);
  if (nextTiles && asksAhead)
    prefetchNextTiles(b, op, perRow, reduced);
  unsigned slot = 0;
  for (const TileContext &tile : tiles)
    forEachElement(result, [&](ArrayRef<int64_t> index) {
      SmallVector<OpFoldResult> at = toBodyIndex(b, result, index);
      llvm::append_range(at, reduced);
      if (weightsAhead > 0 && rows.size() == 1 && asksAhead)
        prefetchWeights(b, loc, op->getOperand(0), tile, at, back);
      visit(slot++, tile, at);
    });
}

SmallVector<Value> BodyEmitter::emitProducts(OpBuilder &b, Operation *op,
                                             ArrayRef<OpFoldResult> reduced,
                                             SmallVector<Value> sums,
                                             bool back) {
  Location loc = op->getLoc();
  const OperandMemory &matrix = memories.at(op->getOperand(0)),
                      &vector = memories.at(op->getOperand(1));
  unsigned perRow = sums.size() / rows.size();
  auto loadElement = [&](const RowContext &row) {
    return broadcast(b, loc,
                     memory.load(b, loc, vector, row, TileContext(), reduced));
  };
  auto loadEach = [&](function_ref<void(unsigned slot, Value)> visit) {
    forEachWeight(b, op, reduced, perRow, back,
                  [&](unsigned slot, const TileContext &tile, BodyIndex at) {
                    visit(slot, memory.load(b, loc, matrix, rows[0], tile, at));
                  });
  };
  auto multiply = [&](unsigned row, unsigned slot, Value weight,
                      Value element) {
    Value &sum = sums[row * perRow + slot];
    sum = buildBodyElement(b, op, {weight, element}, sum)[0];
  };
  // The fewer ones stay in registers while the others pass by: sums take all
  // the rest.
  SmallVector<Value> kept;
  if (rows.size() <= perRow) {
    for (const RowContext &row : rows)
      kept.push_back(loadElement(row));
    loadEach([&](unsigned slot, Value weight) {
      for (unsigned row = 0; row < rows.size(); ++row)
        multiply(row, slot, weight, kept[row]);
    });
    return sums;
  }
  loadEach([&](unsigned, Value weight) { kept.push_back(weight); });
  for (unsigned row = 0; row < rows.size(); ++row) {
    Value element = loadElement(rows[row]);
    for (unsigned slot = 0; slot < perRow; ++slot)
      multiply(row, slot, kept[slot], element);
  }
  return sums;
}

SmallVector<Value>
BodyEmitter::emitFixedProducts(OpBuilder &b, Operation *op,
                               ArrayRef<OpFoldResult> reduced,
                               SmallVector<Value> sums, bool back) {
  Location loc = op->getLoc();
  FixedPointEmitter fixed(b, loc, memory);
  const FixedVectors &vectors = getFixedPoint(op);
  unsigned perRow = sums.size() / fixedDigits / rows.size();
  Value word = getValueOrCreateConstantIndexOp(b, loc, reduced.back());
  SmallVector<Value> digits;
  for (const RowContext &row : rows)
    for (int64_t digit = 0; digit < fixedDigits; ++digit)
      digits.push_back(fixed.loadQuad(vectors, row, digit, word));
  forEachWeight(
      b, op, reduced, perRow, back,
      [&](unsigned slot, const TileContext &tile, BodyIndex at) {
        Value weights = memory.loadWords(b, loc, memories.at(op->getOperand(0)),
                                         rows[0], tile, at, quadSize);
        for (unsigned row = 0; row < rows.size(); ++row)
          for (int64_t digit = 0; digit < fixedDigits; ++digit) {
            Value &sum = sums[(row * perRow + slot) * fixedDigits + digit];
            sum = fixed.addProducts(sum, weights,
                                    digits[row * fixedDigits + digit]);
          }
      });
  return sums;
}
