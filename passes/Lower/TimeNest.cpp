//===- TimeNest.cpp - lanes along time: the loops -------------------------===//
//
// For every point of the domain, block after block of squares: as many vectors
// as there are lanes, transposed, so that a lane has its steps in a row. A loop
// summarises squares, one scans the summaries, one replays the body: squares
// wait for each other in the second alone, which does little.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/DomainNest.h"
#include "passes/Lower/TimeLanes.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Numbers that a block keeps transposed at most, in the nearest cache, and
/// squares.
static constexpr int64_t elementsInBlock = 4096, mostSquares = 16;

namespace {
class TimeNest : public ScanNest {
public:
  /// `plan` has no lanes along the domain.
  TimeNest(OpBuilder &builder, ScanOp scan, const RecurrentPlan &plan,
           const VectorTarget &target)
      : ScanNest(builder, scan, plan, target, target.lanes), graph(scan),
        lanes(target.lanes), vector(VectorType::get({lanes}, b.getF32Type())),
        oneByOne(builder, scan, plan, target, /*block=*/0) {}

  /// Whether neighbours along time lie beside each other.
  bool isContiguous();
  void allocate();
  void lower();

private:
  /// An operand along time, and where the values of a block lie, transposed:
  /// [square, step, lane].
  struct Timed {
    unsigned number; ///< Of the input or out.
    Value view = {}; ///< One row of numbers, at a point of the domain.
    Value block = {};
  };
  /// A component's summaries: [square, lane] for each part.
  struct Summaries {
    TransitionOpInterface transition;
    ArrayRef<unsigned> carries;
    SmallVector<Value> parts = {};
  };

  Value allocateOnStack(ArrayRef<int64_t> shape, Type element);
  Value viewAlongTime(Value operand, ArrayRef<IndexEntry> list,
                      const RowContext &row);
  Value loadVector(Value from, ValueRange at);
  void storeVector(Value vector, Value to, ValueRange at);
  Value getRowStart(Value square, int64_t lane);
  /// The place among a square's rows of step `step` of every lane.
  int64_t getColumn(int64_t step) {
    return scan.getReverse() ? lanes - 1 - step : step;
  }
  SmallVector<Value> makeIdentity(TransitionOpInterface transition);
  SmallVector<Value> compose(TransitionOpInterface transition,
                             ValueRange earlier, ValueRange later);
  Value emitVector(Value value);
  OperandMemory getCarryMemory(unsigned carry);
  void summarise(const RowContext &row, Value start, Value count);
  SmallVector<Value> scanLanes(const Summaries &summaries, Value square);
  Value scanSummaries(const RowContext &row, Value count,
                      SmallVectorImpl<Value> &after);
  void replay(const RowContext &row, Value start, Value count);
  void lowerBlock(const RowContext &row, Value point, Value first, Value count);

  CarryGraph graph;
  int64_t lanes, squares = 1;
  VectorType vector;
  DomainNest oneByOne;
  SmallVector<Timed> inputs, outs;
  SmallVector<Summaries> components;
  SmallVector<Value> entering; ///< For every carry, [square, lane].
};
} // namespace

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

bool TimeNest::isContiguous() {
  auto isRow = [](Value operand, const IndexList &list) {
    SmallVector<int64_t> strides;
    int64_t offset;
    return succeeded(cast<MemRefType>(operand.getType())
                         .getStridesAndOffset(strides, offset)) &&
           strides[findTime(list)] == 1;
  };
  for (auto [i, input] : llvm::enumerate(scan.getInputs()))
    if (findTime(scan.getInputIndex(i)) >= 0 &&
        !isRow(input, scan.getInputIndex(i)))
      return false;
  for (auto [i, out] : llvm::enumerate(scan.getOuts()))
    if (!isRow(out, scan.getOutIndex(i)))
      return false;
  return true;
}

Value TimeNest::allocateOnStack(ArrayRef<int64_t> shape, Type element) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(
      &scan->getParentOfType<func::FuncOp>().getBody().front());
  constexpr int64_t cacheLine = 64;
  return memref::AllocaOp::create(b, loc, MemRefType::get(shape, element),
                                  b.getI64IntegerAttr(cacheLine));
}

void TimeNest::allocate() {
  oneByOne.allocate();
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    if (findTime(scan.getInputIndex(i)) >= 0)
      inputs.push_back({i});
  for (unsigned i = 0; i < scan.getOuts().size(); ++i)
    outs.push_back({i});
  int64_t square = std::max<int64_t>(inputs.size(), 1) * lanes * lanes;
  squares = std::clamp<int64_t>(elementsInBlock / square, 1, mostSquares);
  for (Timed &input : inputs)
    input.block = allocateOnStack({squares, lanes, lanes}, b.getF32Type());
  for (const CarryComponent &component : graph.getComponents()) {
    Summaries summaries{component.transition, component.carries};
    for (Type part : summaries.transition.getSummaryTypes())
      summaries.parts.push_back(allocateOnStack({squares, lanes}, part));
    components.push_back(summaries);
  }
  for (size_t i = 0; i < scan.getCarries().size(); ++i)
    entering.push_back(allocateOnStack({squares, lanes}, b.getF32Type()));
}

Value TimeNest::viewAlongTime(Value operand, ArrayRef<IndexEntry> list,
                              const RowContext &row) {
  SmallVector<OpFoldResult> offsets, strides(list.size(), b.getIndexAttr(1)),
      sizes(list.size(), b.getIndexAttr(1));
  for (const IndexEntry &entry : list)
    offsets.push_back(entry.kind == IndexEntry::Time
                          ? OpFoldResult(b.getIndexAttr(0))
                          : OpFoldResult(row.domain[entry.symbol]));
  OpFoldResult time = getAsOpFoldResult(scan.getTime());
  sizes[findTime(list)] = time;
  int64_t extent = getConstantIntValue(time).value_or(ShapedType::kDynamic);
  auto type = memref::SubViewOp::inferRankReducedResultType(
      {extent}, cast<MemRefType>(operand.getType()), offsets, sizes, strides);
  return memref::SubViewOp::create(b, loc, cast<MemRefType>(type), operand,
                                   offsets, sizes, strides);
}

Value TimeNest::loadVector(Value from, ValueRange at) {
  return vector::LoadOp::create(b, loc, vector, from, at);
}

void TimeNest::storeVector(Value value, Value to, ValueRange at) {
  vector::StoreOp::create(b, loc, value, to, at);
}

/// Where in memory the steps of lane `lane` begin, of the square whose first
/// step is `square`.
Value TimeNest::getRowStart(Value square, int64_t lane) {
  if (!scan.getReverse())
    return add(square, constant(lane * lanes));
  return sub(sub(scan.getTime(), square), constant((lane + 1) * lanes));
}

OperandMemory TimeNest::getCarryMemory(unsigned carry) {
  return OperandMemory::sliced(scan.getCarries()[carry],
                               scan.getCarryIndex(carry), /*laneSymbol=*/-1);
}

//===----------------------------------------------------------------------===//
// Squares
//===----------------------------------------------------------------------===//

Value TimeNest::emitVector(Value value) {
  return emitter.broadcast(b, loc, emitter.emit(b, value, 0, 0, {}));
}

SmallVector<Value> TimeNest::makeIdentity(TransitionOpInterface transition) {
  return buildOnVectors(b, loc, lanes, {}, [&](OpBuilder &nested, ValueRange) {
    return transition.buildIdentity(nested, loc);
  });
}

SmallVector<Value> TimeNest::compose(TransitionOpInterface transition,
                                     ValueRange earlier, ValueRange later) {
  SmallVector<Value> both(earlier);
  llvm::append_range(both, later);
  return buildOnVectors(
      b, loc, lanes, both, [&](OpBuilder &nested, ValueRange numbers) {
        return transition.buildCompose(nested, loc,
                                       numbers.take_front(earlier.size()),
                                       numbers.drop_front(earlier.size()));
      });
}

/// Transposes the operands of `count` squares from step `start` on, and folds
/// every lane's steps.
void TimeNest::summarise(const RowContext &row, Value start, Value count) {
  loop(constant(0), count, 1, [&](OpBuilder &, Value square) {
    Value first = add(start, mul(square, constant(lanes * lanes)));
    SmallVector<SmallVector<Value>> columns;
    for (const Timed &input : inputs) {
      SmallVector<Value> rows;
      for (int64_t lane = 0; lane < lanes; ++lane)
        rows.push_back(loadVector(input.view, getRowStart(first, lane)));
      columns.push_back(transposeVectors(b, loc, rows));
      for (auto [i, column] : llvm::enumerate(columns.back()))
        storeVector(column, input.block, {square, constant(i), constant(0)});
    }
    SmallVector<SmallVector<Value>> summaries;
    for (const Summaries &component : components)
      summaries.push_back(makeIdentity(component.transition));
    OpBuilder ahead(square.getParentBlock()->getParentOp());
    emitter.setInvariantBuilder(&ahead);
    emitter.begin(row, TileContext());
    for (int64_t step = 0; step < lanes; ++step) {
      emitter.beginStep(row);
      for (auto [input, values] : llvm::zip(inputs, columns))
        emitter.setRegister(scan.getInputArguments()[input.number], 0, 0, {},
                            values[getColumn(step)]);
      for (auto [component, summary] : llvm::zip(components, summaries)) {
        TransitionOpInterface transition = component.transition;
        size_t parts = summary.size();
        for (OpOperand *element : transition.getElementOperands())
          summary.push_back(emitVector(element->get()));
        summary = buildOnVectors(
            b, loc, lanes, summary, [&](OpBuilder &nested, ValueRange numbers) {
              return transition.buildExtend(nested, loc,
                                            numbers.take_front(parts),
                                            numbers.drop_front(parts));
            });
      }
    }
    emitter.setInvariantBuilder(nullptr);
    for (auto [component, summary] : llvm::zip(components, summaries))
      for (auto [part, value] : llvm::zip(component.parts, summary))
        storeVector(value, part, {square, constant(0)});
  });
}

/// For every lane of a square the summary of its steps and all earlier lanes'.
SmallVector<Value> TimeNest::scanLanes(const Summaries &component,
                                       Value square) {
  TransitionOpInterface transition = component.transition;
  SmallVector<Value> identity = makeIdentity(transition), summary;
  for (Value part : component.parts)
    summary.push_back(loadVector(part, {square, constant(0)}));
  // Of each block of lanes the second half composes with the last lane of the
  // first: blocks of four know no others, which processors shuffle cheaply.
  for (int64_t half = 1; half < lanes; half *= 2) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(lane & half ? lane / (2 * half) * (2 * half) + half - 1
                                 : lanes + lane);
    SmallVector<Value> earlier;
    for (auto [part, nothing] : llvm::zip(summary, identity))
      earlier.push_back(vector::ShuffleOp::create(b, loc, part, nothing, mask));
    summary = compose(transition, earlier, summary);
  }
  return summary;
}

/// Leaves to every lane the states that its steps start from, and in `after`
/// those at the end. Returns whether all summaries are finite: products of
/// decays may overflow where no state does.
Value TimeNest::scanSummaries(const RowContext &row, Value count,
                              SmallVectorImpl<Value> &after) {
  SmallVector<Value> initial;
  for (unsigned carry = 0; carry < scan.getCarries().size(); ++carry)
    initial.push_back(emitter.broadcast(
        b, loc,
        memory.load(b, loc, getCarryMemory(carry), row, TileContext(), {})));
  Value zero = arith::ConstantOp::create(
      b, loc, SplatElementsAttr::get(vector, b.getF32FloatAttr(0)));
  initial.push_back(zero);
  auto walk =
      scf::ForOp::create(b, loc, constant(0), count, constant(1), initial);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(walk.getBody());
    Value square = walk.getInductionVar();
    SmallVector<Value> states(walk.getRegionIterArgs());
    SmallVector<int64_t> last(lanes, lanes - 1), before = {lanes};
    for (int64_t lane = 1; lane < lanes; ++lane)
      before.push_back(lane - 1);
    for (const Summaries &component : components) {
      TransitionOpInterface transition = component.transition;
      SmallVector<Value> operands = scanLanes(component, square);
      size_t parts = operands.size();
      for (Value part : operands)
        states.back() = arith::AddFOp::create(
            b, loc, states.back(), arith::MulFOp::create(b, loc, part, zero));
      for (unsigned carry : component.carries)
        operands.push_back(states[carry]);
      SmallVector<Value> passed = buildOnVectors(
          b, loc, lanes, operands, [&](OpBuilder &nested, ValueRange numbers) {
            return transition.buildApply(nested, loc, numbers.take_front(parts),
                                         numbers.drop_front(parts));
          });
      for (auto [carry, state] : llvm::zip(component.carries, passed)) {
        storeVector(
            vector::ShuffleOp::create(b, loc, state, states[carry], before),
            entering[carry], {square, constant(0)});
        states[carry] = vector::ShuffleOp::create(b, loc, state, state, last);
      }
    }
    scf::YieldOp::create(b, loc, states);
  }
  after.assign(walk.getResults().begin(), walk.getResults().end());
  Value nan = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                          after.pop_back_val());
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, nan, nan);
}

/// The body on all lanes at once, step after step of each.
void TimeNest::replay(const RowContext &row, Value start, Value count) {
  loop(constant(0), count, 1, [&](OpBuilder &, Value square) {
    Value first = add(start, mul(square, constant(lanes * lanes)));
    SmallVector<Value> states;
    for (Value lane : entering)
      states.push_back(loadVector(lane, {square, constant(0)}));
    SmallVector<SmallVector<Value>> columns(outs.size(),
                                            SmallVector<Value>(lanes));
    OpBuilder ahead(square.getParentBlock()->getParentOp());
    emitter.setInvariantBuilder(&ahead);
    emitter.begin(row, TileContext());
    for (int64_t step = 0; step < lanes; ++step) {
      emitter.beginStep(row);
      for (const Timed &input : inputs)
        emitter.setRegister(
            scan.getInputArguments()[input.number], 0, 0, {},
            loadVector(input.block,
                       {square, constant(getColumn(step)), constant(0)}));
      for (auto [argument, state] : llvm::zip(scan.getCarryArguments(), states))
        emitter.setRegister(argument, 0, 0, {}, state);
      for (auto [i, out] : llvm::enumerate(scan.getYield().getOuts()))
        columns[i][getColumn(step)] = emitVector(out);
      for (auto [i, carry] : llvm::enumerate(scan.getYield().getCarries()))
        states[i] = emitVector(carry);
    }
    emitter.setInvariantBuilder(nullptr);
    for (auto [out, values] : llvm::zip(outs, columns))
      for (auto [lane, value] :
           llvm::enumerate(transposeVectors(b, loc, values)))
        storeVector(value, out.view, getRowStart(first, lane));
  });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// `count` squares from the `first`-th on. Steps whose summaries are not finite
/// go one by one.
void TimeNest::lowerBlock(const RowContext &row, Value point, Value first,
                          Value count) {
  Value start = mul(first, constant(lanes * lanes));
  summarise(row, start, count);
  SmallVector<Value> after;
  Value finite = scanSummaries(row, count, after);
  auto branch = scf::IfOp::create(b, loc, finite, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  for (auto [carry, state] : llvm::enumerate(after))
    memory.store(b, loc, vector::ExtractOp::create(b, loc, state, int64_t(0)),
                 getCarryMemory(carry), row, TileContext(), {});
  replay(row, start, count);
  b.setInsertionPointToStart(branch.elseBlock());
  oneByOne.lowerPoint(point, start,
                      add(start, mul(count, constant(lanes * lanes))));
}

void TimeNest::lower() {
  setInputMemories();
  oneByOne.prepare();
  auto symbols = llvm::to_vector(llvm::seq<int64_t>(scan.getDomain().size()));
  Value whole = div(scan.getTime(), constant(lanes * lanes));
  auto [low, high] = threadRange(countPoints(symbols));
  loop(low, high, 1, [&](OpBuilder &, Value point) {
    RowContext row = makeRow(point, symbols);
    for (Timed &input : inputs)
      input.view = viewAlongTime(scan.getInputs()[input.number],
                                 scan.getInputIndex(input.number), row);
    for (Timed &out : outs)
      out.view = viewAlongTime(scan.getOuts()[out.number],
                               scan.getOutIndex(out.number), row);
    loop(constant(0), whole, squares, [&](OpBuilder &, Value first) {
      lowerBlock(row, point, first, min(constant(squares), sub(whole, first)));
    });
    oneByOne.lowerPoint(point, mul(whole, constant(lanes * lanes)),
                        scan.getTime());
  });
}

bool seqc::lowerTime(OpBuilder &builder, ScanOp scan, RecurrentPlan plan,
                     const VectorTarget &target) {
  if (!canShareSteps(scan, CarryGraph(scan), target.lanes))
    return false;
  plan.laneSymbol = -1;
  plan.clearRolling();
  TimeNest nest(builder, scan, plan, target);
  if (!nest.isContiguous())
    return false;
  nest.allocate();
  buildThreadedRegion(builder, scan.getLoc(), [&] { nest.lower(); });
  return true;
}
