//===- MatrixRowsNest.cpp - lanes along a matrix' rows --------------------===//
//
// For cells with dense gates, and for dense layers (a scan without carries).
// All gates of a unit stand in one tile, so a tile's step is self-contained but
// for the carries that a contraction reads whole: those exist twice, a step
// reads one copy and writes the other (a single step reads the carry itself),
// and one barrier ends the step. Where a contraction reads what the step itself
// computes, the step has stages, with a barrier between them.
//
//===----------------------------------------------------------------------===//

#include "passes/Lower/MatrixRowsNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Support/ModelFunction.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Rows that are enough for a thread to read all of a dense layer's weights.
static constexpr int64_t rowsOfThread = 16;

/// [tiles][k...][g...][lanes], as seq.pack lays it out, or with pairs along k.
void MatrixRowsNest::setPackedMemory(unsigned input) {
  using Axis = OperandMemory::Axis;
  Value argument = scan.getInputArguments()[input];
  int64_t rank = getBodyShape(argument).size(), contracted = 1;
  for (Operation *op : plan.contractions)
    if (op->getOperand(0) == argument)
      contracted = getBodyShape(op->getOperand(1)).size();
  OperandMemory packed;
  packed.memref = scan.getInputs()[input];
  packed.element = getElementTypeOrSelf(argument.getType());
  packed.padded = true;
  int64_t together = scan.getInputLanes()[input] / memory.lanes;
  packed.axes.push_back({Axis::Tile, 0, together});
  for (int64_t d = rank - contracted; d < rank; ++d)
    packed.axes.push_back({Axis::Body, d});
  for (int64_t d = 0; d < rank - contracted - 1; ++d)
    packed.axes.push_back({Axis::Body, d});
  packed.axes.push_back({Axis::LaneOffset, 0, together});
  if (PackOp::hasPairs(getElementTypeOrSelf(packed.memref.getType())))
    packed.pairedDim = rank - 1;
  packed.quads = isInQuads(scan, input);
  emitter.setMemory(argument, packed);
}

/// Workspace of [leading, domain..., dims...] for `value`.
OperandMemory MatrixRowsNest::allocatePadded(OperandMemory::Axis leading,
                                             int64_t extent, Value value) {
  using Axis = OperandMemory::Axis;
  int64_t padded =
      llvm::divideCeil(plan.laneExtent, memory.lanes) * memory.lanes;
  SmallVector<int64_t> shape = {extent};
  SmallVector<Value> dynamic;
  OperandMemory where;
  where.axes.push_back(leading);
  for (int64_t symbol : symbols) {
    std::optional<int64_t> known =
        getConstantIntValue(scan.getDomain()[symbol]);
    shape.push_back(known.value_or(ShapedType::kDynamic));
    if (!known)
      dynamic.push_back(scan.getDomain()[symbol]);
    where.axes.push_back({Axis::Domain, symbol});
  }
  for (auto [d, size] : llvm::enumerate(getBodyShape(value))) {
    int64_t dim = d;
    shape.push_back(dim == plan.getLaneDim(value) ? padded : size);
    where.axes.push_back({Axis::Body, dim});
  }
  auto type = MemRefType::get(shape, getElementTypeOrSelf(value.getType()));
  where.memref = memref::AllocOp::create(b, loc, type, dynamic);
  where.padded = true;
  return where;
}

void MatrixRowsNest::allocate() {
  for (size_t i = 0; i < scan.getDomain().size(); ++i)
    symbols.push_back(i);
  emitter.setWeightsAhead(blocking.weightsAhead);
  using Axis = OperandMemory::Axis;
  for (unsigned carry : plan.wholeCarries)
    copies[carry] = allocatePadded({Axis::Fixed}, isSingleStep() ? 1 : 2,
                                   scan.getYield().getCarries()[carry]);
  for (auto &[value, stage] : plan.handedOn) {
    handedOn.push_back(allocatePadded({Axis::Fixed}, 1, value));
    handedOn.back().axes[0].value = constant(0);
  }
  allocateHoisted();
  allocateTurn();
}

//===----------------------------------------------------------------------===//
// Single steps, whose weights are walked to and fro from call to call
//===----------------------------------------------------------------------===//

void MatrixRowsNest::allocateTurn() {
  if (!isSingleStep() || !blocking.sweep || plan.wholeCarries.empty())
    return;
  auto alloc =
      memref::AllocOp::create(b, loc, MemRefType::get({1}, b.getI8Type()));
  alloc->setAttr(keptAttr, b.getUnitAttr());
  turnMemory = alloc;
}

/// Whatever is in memory at first, it means one way or the other.
void MatrixRowsNest::readTurn() {
  if (!turnMemory)
    return;
  Value last = memref::LoadOp::create(b, loc, turnMemory, constant(0));
  turn = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, last,
                               arith::ConstantIntOp::create(b, loc, 1, 8));
}

/// For the next call. By the first thread, when all have read it.
void MatrixRowsNest::turnRound() {
  if (!turn)
    return;
  onFirstThread([&] {
    Value isNext = arith::XOrIOp::create(
        b, loc, turn, arith::ConstantIntOp::create(b, loc, 1, 1));
    memref::StoreOp::create(
        b, loc, arith::ExtUIOp::create(b, loc, b.getI8Type(), isNext),
        turnMemory, constant(0));
  });
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// Runs `body` for this thread's groups of tiles, with `takes` for those that
/// it takes: a barrier has to follow.
void MatrixRowsNest::forEachGroup(bool takes, TilesBody body) {
  int64_t vectors = llvm::divideCeil(plan.laneExtent, memory.lanes);
  bool ragged = plan.laneExtent % memory.lanes != 0;
  int64_t whole = (vectors - (ragged ? 1 : 0)) / block.tiles;
  int64_t rest = vectors - whole * block.tiles;
  int64_t groups = whole + (rest > 0 ? 1 : 0);
  Value size = constant(plan.laneExtent);
  auto emitGroup = [&](Value group, int64_t count, bool masked) {
    SmallVector<TileContext> tiles;
    Value first = mul(group, constant(block.tiles));
    for (int64_t i = 0; i < count; ++i)
      tiles.push_back(
          makeTile(add(first, constant(i)), size, masked && i == count - 1));
    body(tiles);
  };
  auto emit = [&](OpBuilder &, Value group) {
    if (rest == 0)
      return emitGroup(group, block.tiles, false);
    if (whole == 0)
      return emitGroup(group, rest, ragged);
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                         group, constant(whole));
    auto branch = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emitGroup(group, block.tiles, false);
    b.setInsertionPointToStart(branch.elseBlock());
    emitGroup(group, rest, ragged);
  };
  if (takes)
    return takeLoop(constant(groups),
                    groupsBack ? groupsBack
                               : arith::ConstantIntOp::create(b, loc, 0, 1),
                    emit);
  auto [low, high] = threadRange(constant(groups));
  if (sharesRows) {
    low = arith::SelectOp::create(b, loc, sharesRows, constant(0), low);
    high = arith::SelectOp::create(b, loc, sharesRows, constant(groups), high);
  }
  Value ends = sub(add(low, high), constant(1));
  loop(low, high, 1, [&](OpBuilder &nested, Value group) {
    if (groupsBack)
      group =
          arith::SelectOp::create(b, loc, groupsBack, sub(ends, group), group);
    emit(nested, group);
  });
}

Value MatrixRowsNest::isOdd(Value number) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                               rem(number, constant(2)), constant(0));
}

void MatrixRowsNest::emitRowBlock(Value first, int64_t count,
                                  ArrayRef<TileContext> tiles, MakeRow makeRow,
                                  EmitBlock emitBlock) {
  SmallVector<RowContext> rows;
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(makeRow(add(first, constant(i))));
  emitter.begin(rows, tiles);
  emitBlock();
}

/// Runs `emitBlock` for all `count` rows, `block.rows` at a time.
void MatrixRowsNest::forEachRowBlock(Value count, ArrayRef<TileContext> tiles,
                                     MakeRow makeRow, EmitBlock emitBlock) {
  int64_t rows = block.rows;
  std::optional<int64_t> known = getConstantIntValue(count);
  // Several blocks read a group's weights one after another, and ask for those
  // of the group that comes next.
  bool single = known && *known <= rows;
  Value distance = constant(block.tiles);
  if (groupsBack)
    distance = arith::SelectOp::create(b, loc, groupsBack,
                                       constant(-block.tiles), distance);
  auto emitBlocks = [&](Value first, Value last, int64_t rows) {
    loop(first, last, rows, [&](OpBuilder &, Value at) {
      if (single)
        emitter.setBackwards(termsBack);
      else if (block.asksForNext)
        emitter.setNextTiles(distance, div(at, constant(rows)));
      emitRowBlock(at, rows, tiles, makeRow, emitBlock);
      emitter.setBackwards(Value());
      emitter.setNextTiles(Value(), Value());
    });
  };
  if (!known) {
    // What is left of whole blocks goes in one of half the size, and so on.
    SmallVector<int64_t> sizes = {rows};
    while (sizes.back() > 1)
      sizes.push_back(llvm::divideCeil(sizes.back(), 2));
    Value first = constant(0);
    for (int64_t size : sizes) {
      Value left = sub(count, first);
      Value last = add(first, mul(div(left, constant(size)), constant(size)));
      emitBlocks(first, last, size);
      first = last;
    }
    return;
  }
  for (const RowRun &run : splitRows(*known, rows))
    emitBlocks(constant(run.first), constant(run.last), run.rows);
}

/// Copies the whole carries between the scan's operands and copy `copy`.
void MatrixRowsNest::copyWholeCarries(Value copy, bool in) {
  onFirstThread([&] {
    Value points = countPoints(symbols);
    loop(constant(0), points, 1, [&](OpBuilder &, Value flat) {
      RowContext row = makeRow(flat, symbols);
      for (unsigned carry : plan.wholeCarries) {
        Value argument = scan.getCarryArguments()[carry];
        OperandMemory outside = getCarryMemory(carry);
        OperandMemory inside = copies[carry];
        inside.axes[0].value = copy;
        SmallVector<OpFoldResult> index;
        auto copyElement = [&] {
          const OperandMemory &from = in ? outside : inside;
          const OperandMemory &to = in ? inside : outside;
          Value element = memory.load(b, loc, from, row, TileContext(), index);
          memory.store(b, loc, element, to, row, TileContext(), index);
        };
        std::function<void(size_t)> nest = [&](size_t d) {
          if (d == getBodyShape(argument).size())
            return copyElement();
          loop(constant(0), constant(getBodyShape(argument)[d]), 1,
               [&](OpBuilder &, Value at) {
                 index.push_back(at);
                 nest(d + 1);
                 index.pop_back();
               });
        };
        nest(0);
      }
    });
  });
}

OperandMemory MatrixRowsNest::getCarryMemory(unsigned carry) {
  return OperandMemory::sliced(scan.getCarries()[carry],
                               scan.getCarryIndex(carry), -1);
}

/// Step `step` reads one copy of every whole carry and writes the other; a
/// single step reads the carry itself.
void MatrixRowsNest::selectCopies(Value step) {
  Value from = rem(step, constant(2));
  Value to = isSingleStep() ? from : sub(constant(1), from);
  for (unsigned carry : plan.wholeCarries) {
    OperandMemory where = copies[carry];
    where.axes[0].value = from;
    emitter.setMemory(scan.getCarryArguments()[carry],
                      isSingleStep() ? getCarryMemory(carry) : where);
    where.axes[0].value = to;
    writes[carry] = where;
  }
}

/// Emits the current block's outs and new carries, then stores the carries.
void MatrixRowsNest::storeStep() {
  SmallVector<PendingStore, 0> pending;
  for (unsigned row = 0; row < emitter.getRows().size(); ++row)
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      for (unsigned carry = 0; carry < scan.getCarries().size(); ++carry) {
        Value value = scan.getYield().getCarries()[carry];
        OperandMemory where = plan.wholeCarries.contains(carry)
                                  ? writes[carry]
                                  : getCarryMemory(carry);
        emitCarryElements(carry, value, where, row, tile, pending);
      }
  storeOuts();
  storePending(pending);
}

/// Asks for what the current block of rows reads and writes besides its
/// matrices, which have driven it out of the caches: it comes while the step's
/// products are computed.
void MatrixRowsNest::prefetchBlock() {
  if (plan.contractions.empty() || !blocking.longProducts)
    return;
  auto prefetch = [&](Value value, const OperandMemory &where, bool isWrite) {
    for (const RowContext &row : emitter.getRows())
      for (const TileContext &tile : emitter.getTiles())
        emitter.forEachElement(value, [&](ArrayRef<int64_t> index) {
          memory.prefetch(b, loc, where, row, tile,
                          emitter.toBodyIndex(b, value, index), isWrite);
        });
  };
  for (auto &[value, result] : hoisted)
    prefetch(result, emitter.getMemory(result), /*isWrite=*/false);
  for (auto [i, value] : llvm::enumerate(scan.getYield().getCarries()))
    if (plan.getLaneDim(value) >= 0)
      prefetch(value,
               plan.wholeCarries.contains(i)
                   ? writes[i]
                   : emitter.getMemory(scan.getCarryArguments()[i]),
               /*isWrite=*/true);
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    if (plan.getLaneDim(value) >= 0)
      prefetch(value,
               OperandMemory::sliced(scan.getOuts()[i], scan.getOutIndex(i),
                                     plan.laneSymbol),
               /*isWrite=*/true);
}

/// Emits what stage `stage` leaves to later ones, for the current block.
void MatrixRowsNest::storeHandedOn(int64_t stage) {
  for (size_t i = 0; i < handedOn.size(); ++i) {
    Value value = plan.handedOn[i].first;
    const OperandMemory &where = handedOn[i];
    if (plan.handedOn[i].second != stage)
      continue;
    for (unsigned row = 0; row < emitter.getRows().size(); ++row)
      for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
        emitter.forEachElement(value, [&](ArrayRef<int64_t> index) {
          memory.store(b, loc, emitter.emit(b, value, row, tile, index), where,
                       emitter.getRows()[row], emitter.getTiles()[tile],
                       emitter.toBodyIndex(b, value, index));
        });
  }
}

void MatrixRowsNest::emitStep(Value step, Value blockStep) {
  selectCopies(step);
  for (auto &[value, stage] : plan.handedOn)
    emitter.forgetMemory(value);
  // Of a single step the terms stay in order: the results' bits must not
  // depend on the call before.
  termsBack = blocking.sweep && !isSingleStep() ? isOdd(step) : Value();
  groupsBack = isSingleStep() ? turn : termsBack;
  Value time = timeOfStep(step);
  auto row = [&](Value flat) {
    RowContext context = makeRow(flat, symbols);
    context.blockStep = add(current.base, blockStep);
    context.place = flat;
    context.time = time;
    return context;
  };
  Value points = countStepRows();
  // The stage that leaves `vector`; -1: it is there before the step.
  auto findSource = [&](Value vector) -> int64_t {
    for (auto [value, stage] : plan.handedOn)
      if (value == vector)
        return stage;
    return -1;
  };
  bool meets = plan.stages > 1 || !plan.wholeCarries.empty();
  bool takes = blocking.takes && meets;
  for (int64_t stage = 0; stage < plan.stages; ++stage) {
    bool last = stage + 1 == plan.stages;
    convertVectors(points, row, [&](Operation *op) {
      return !isHoisted(op) && findSource(op->getOperand(1)) == stage - 1;
    });
    forEachGroup(takes, [&](ArrayRef<TileContext> tiles) {
      withJobBeside(blockStep, tiles, [&] {
        forEachRowBlock(points, tiles, row, [&] {
          prefetchBlock();
          if (last)
            storeStep();
          else
            storeHandedOn(stage);
        });
      });
    });
    if (meets)
      barrier();
    for (auto [pair, where] : llvm::zip(plan.handedOn, handedOn))
      if (pair.second == stage)
        emitter.setMemory(pair.first, where);
  }
  termsBack = groupsBack = Value();
}

/// This thread's part of `count` rows where every thread gets many, else all:
/// tiles of a few groups alone are not the same work for each.
std::pair<Value, Value> MatrixRowsNest::divideRows(Value count) {
  std::optional<int64_t> known = getConstantIntValue(count);
  sharesRows = Value();
  if (known && *known < 2 * rowsOfThread)
    return {constant(0), count};
  Value threads = NumThreadsOp::create(b, loc, b.getIndexType());
  sharesRows = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, count,
                                     mul(threads, constant(rowsOfThread)));
  auto [low, high] = threadRange(ceilDiv(count, block.rows));
  low = mul(low, constant(block.rows));
  high = min(mul(high, constant(block.rows)), count);
  return {arith::SelectOp::create(b, loc, sharesRows, low, constant(0)),
          arith::SelectOp::create(b, loc, sharesRows, high, count)};
}

/// Without carries every step and domain point is a row. Those whose vectors
/// are converted go in blocks.
void MatrixRowsNest::lowerWithoutCarries() {
  Value points = countPoints(symbols);
  splitAtHistories([&](Value first, Value last) {
    std::pair<Value, Value> range = divideRows(mul(sub(last, first), points));
    Value begin = range.first, count = sub(range.second, begin);
    auto emitRows = [&](Value start, Value size) {
      auto row = [&](Value place) {
        Value flat = add(add(begin, start), place);
        RowContext context = makeRow(rem(flat, points), symbols);
        context.place = place;
        context.time = add(first, div(flat, points));
        return context;
      };
      convertVectors(size, row, [](Operation *) { return true; });
      forEachGroup(/*takes=*/false, [&](ArrayRef<TileContext> tiles) {
        forEachRowBlock(size, tiles, row, [&] { storeOuts(); });
      });
    };
    std::optional<int64_t> known = getConstantIntValue(count);
    if ((known && *known <= denseRows) ||
        llvm::none_of(plan.contractions, [&](Operation *op) {
          return emitter.takesFixedPoint(op);
        }))
      return emitRows(constant(0), count);
    loop(constant(0), count, denseRows, [&](OpBuilder &, Value start) {
      emitRows(start, min(constant(denseRows), sub(count, start)));
    });
  });
  sharesRows = Value();
  shiftHistories();
}

void MatrixRowsNest::lower() {
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    if (scan.getInputLanes()[i] != 0)
      setPackedMemory(i);
  setInputMemories();
  allocateFixedPoint();
  if (scan.getCarries().empty() && plan.stages == 1)
    return lowerWithoutCarries();
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (!plan.wholeCarries.contains(i))
      emitter.setMemory(argument, getCarryMemory(i));
  if (!plan.wholeCarries.empty() && !isSingleStep()) {
    copyWholeCarries(constant(0), /*in=*/true);
    barrier();
  }
  readTurn();
  lowerSteps();
  turnRound();
  shiftHistories();
  if (!plan.wholeCarries.empty())
    copyWholeCarries(isSingleStep() ? constant(0)
                                    : rem(scan.getTime(), constant(2)),
                     /*in=*/false);
}

/// All steps, twice where there may be a single row whose products take others
/// beside them.
void MatrixRowsNest::lowerSteps() {
  if (!asksForSingleRow())
    return lowerBlocks();
  Value single = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                       countPoints(symbols), constant(1));
  auto branch = scf::IfOp::create(b, loc, single, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  lowerBlocks();
  b.setInsertionPointToStart(branch.thenBlock());
  std::swap(blocking, blockingAlone);
  block = blocking.step;
  isAlone = true;
  lowerBlocks();
}

void MatrixRowsNest::lowerBlocks() {
  splitAtHistories([&](Value first, Value last) {
    if (blocking.jobRows > 0)
      hoistBlock(makeTimeBlock(first, first, last));
    loop(first, last, blocking.block, [&](OpBuilder &, Value start) {
      current = makeTimeBlock(start, first, last);
      if (blocking.jobRows > 0)
        next = makeTimeBlock(add(start, constant(blocking.block)), first, last);
      else
        hoistBlock(current);
      Value steps = min(constant(blocking.block), sub(last, start));
      loop(constant(0), steps, 1, [&](OpBuilder &, Value blockStep) {
        emitStep(add(start, blockStep), blockStep);
      });
      // Whoever still reads this block's products must not see the next one's.
      if (plan.wholeCarries.empty())
        barrier();
    });
  });
}

/// The domain points of a step.
Value MatrixRowsNest::countStepRows() {
  return isAlone ? constant(1) : countPoints(symbols);
}

/// Whether a single row, where there may be any number, goes another way.
bool MatrixRowsNest::asksForSingleRow() {
  return !isAlone && blocking.jobRows == 0 && blockingAlone.jobRows > 0;
}

void seqc::lowerMatrixRows(OpBuilder &builder, ScanOp scan,
                           const RecurrentPlan &plan,
                           const VectorTarget &target, int64_t block) {
  MatrixRowsNest nest(builder, scan, plan, target, block);
  nest.allocate();
  buildThreadedRegion(builder, scan.getLoc(), [&] { nest.lower(); });
}
