//===- DomainSteps.cpp - lanes along a domain symbol: the steps -----------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/DomainNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// How far ahead a step whose state lies in memory asks for its rows, at least.
static constexpr int64_t stepsAhead = 2;
static constexpr int64_t elementsInLine = 16;

/// Steps that share what they load, where no step waits for another.
static constexpr int64_t stepsTogether = 4;

void DomainNest::forEachCarryElement(
    function_ref<void(unsigned, unsigned, unsigned, ArrayRef<int64_t>)> visit) {
  for (unsigned carry = 0; carry < scan.getCarries().size(); ++carry) {
    Value argument = scan.getCarryArguments()[carry];
    if (emitter.isRolled(argument))
      continue;
    forEachVector([&](unsigned row, unsigned tile) {
      emitter.forEachElement(argument, [&](ArrayRef<int64_t> index) {
        visit(carry, row, tile, index);
      });
    });
  }
}

/// Every vector of lanes of every domain point that go through a step together.
void DomainNest::forEachVector(function_ref<void(unsigned, unsigned)> visit) {
  for (unsigned row = 0; row < emitter.getRows().size(); ++row)
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      visit(row, tile);
}

OperandMemory DomainNest::carryMemory(unsigned carry) {
  if (stagedCarries.count(carry))
    return stagedCarries[carry].inside;
  return OperandMemory::sliced(scan.getCarries()[carry],
                               scan.getCarryIndex(carry), plan.laneSymbol);
}

SmallVector<Value> DomainNest::loadCarries() {
  SmallVector<Value> values;
  forEachCarryElement([&](unsigned carry, unsigned row, unsigned tile,
                          ArrayRef<int64_t> index) {
    auto at = emitter.toBodyIndex(b, scan.getCarryArguments()[carry], index);
    values.push_back(emitter.broadcast(
        b, loc,
        memory.load(b, loc, carryMemory(carry), emitter.getRows()[row],
                    emitter.getTiles()[tile], at)));
  });
  return values;
}

SmallVector<Value> DomainNest::emitCarries() {
  SmallVector<Value> values;
  forEachCarryElement([&](unsigned carry, unsigned row, unsigned tile,
                          ArrayRef<int64_t> index) {
    values.push_back(
        emitter.broadcast(b, loc, emitCarry(carry, row, tile, index)));
  });
  return values;
}

void DomainNest::forEachReduced(
    int64_t number,
    function_ref<void(Operation *, unsigned, unsigned, ArrayRef<int64_t>)>
        visit) {
  for (const auto &reduction : plan.rolledReductions) {
    Operation *op = reduction.first;
    if (reduction.second != number)
      continue;
    forEachVector([&](unsigned row, unsigned tile) {
      emitter.forEachElement(op->getResult(0), [&](ArrayRef<int64_t> index) {
        visit(op, row, tile, index);
      });
    });
  }
}

/// The state at `row` is what the same point's step before leaves.
void DomainNest::takeUpState(unsigned row) {
  unsigned points = emitter.getRows().size() / stepsNow;
  if (row < points)
    return;
  for (auto [carry, argument] : llvm::enumerate(scan.getCarryArguments()))
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      emitter.forEachElement(argument, [&, carry = carry, argument = argument](
                                           ArrayRef<int64_t> index) {
        emitter.setRegister(argument, row, tile, index,
                            emitCarry(carry, row - points, tile, index));
      });
}

/// `count` elements of the rolled dimension from `base` on, in loop `number`;
/// returns the sums of its reductions with these elements added.
SmallVector<Value> DomainNest::emitRolledPart(int64_t number, Value base,
                                              int64_t count,
                                              SmallVector<Value> sums,
                                              OpBuilder &before) {
  emitter.beginRoll(base, count, before);
  unsigned points = emitter.getRows().size() / stepsNow;
  for (unsigned step = 0; step < stepsNow; ++step) {
    for (unsigned point = 0; point < points; ++point)
      takeUpState(step * points + point);
    unsigned next = 0;
    forEachReduced(number, [&](Operation *op, unsigned row, unsigned tile,
                               ArrayRef<int64_t> index) {
      if (row / points == step)
        sums[next] = emitter.accumulate(b, op, row, tile, index, sums[next]);
      ++next;
    });
  }
  if (number + 1 == plan.rolledLoops)
    storeRolled();
  emitter.endRoll();
  return sums;
}

/// Updates what has the rolled dimension of the carries, and such outs.
void DomainNest::storeRolled() {
  SmallVector<PendingStore, 0> pending;
  unsigned rows = emitter.getRows().size(), last = rows - rows / stepsNow;
  for (auto [carry, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (emitter.isRolled(argument))
      forEachVector(
          [&, carry = carry, argument = argument](unsigned row, unsigned tile) {
            if (row >= last)
              emitCarryElements(carry, argument, carryMemory(carry), row, tile,
                                pending);
          });
  storeOuts(/*rolled=*/true);
  storePending(pending);
}

/// Walks the rolled dimension once, for loop `number` of the step, and leaves
/// the results of its reductions to the rest.
void DomainNest::emitRolledLoop(int64_t number) {
  SmallVector<Value> sums;
  auto lanes = [&](Type type) -> Type {
    Type element = getElementTypeOrSelf(type);
    return memory.lanes == 1 ? element
                             : VectorType::get({memory.lanes}, element);
  };
  forEachReduced(number,
                 [&](Operation *op, unsigned, unsigned, ArrayRef<int64_t>) {
                   sums.push_back(cast<BodyOpInterface>(op).buildInit(
                       b, loc, lanes(op->getResult(0).getType()))[0]);
                 });
  int64_t whole = plan.rolledExtent / rollStep * rollStep;
  auto roll = scf::ForOp::create(b, loc, constant(0), constant(whole),
                                 constant(rollStep), sums);
  {
    OpBuilder before(roll);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(roll.getBody());
    sums = emitRolledPart(number, roll.getInductionVar(), rollStep,
                          SmallVector<Value>(roll.getRegionIterArgs()), before);
    if (!sums.empty()) // without results the loop has its terminator
      scf::YieldOp::create(b, loc, sums);
  }
  sums = SmallVector<Value>(roll.getResults());
  if (whole < plan.rolledExtent)
    sums = emitRolledPart(number, constant(whole), plan.rolledExtent - whole,
                          sums, b);
  unsigned next = 0;
  forEachReduced(number, [&](Operation *op, unsigned row, unsigned tile,
                             ArrayRef<int64_t> index) {
    emitter.setReduced(op, row, tile, index, sums[next++]);
  });
}

/// Asks for what a later step reads: rows of one domain point, or of one
/// thread, lie too far apart for the processor to see what comes next.
void DomainNest::prefetchRows(const RowContext &now,
                              ArrayRef<TileContext> tiles) {
  RowContext later = now;
  Value last = sub(scan.getTime(), constant(1));
  Value ahead = constant(std::max(stepsAhead, stepsNow));
  later.time = scan.getReverse() ? b.createOrFold<arith::MaxSIOp>(
                                       loc, sub(now.time, ahead), constant(0))
                                 : min(add(now.time, ahead), last);
  auto prefetch = [&](Value operand, Value seen, const IndexList &list,
                      bool isWrite) {
    ArrayRef<int64_t> shape = getBodyShape(seen);
    if (findTime(list) < 0 || shape.size() > 1 ||
        !list.back().isSliced() != shape.empty())
      return;
    OperandMemory where = OperandMemory::sliced(operand, list, plan.laneSymbol);
    if (shape.empty()) {
      for (const TileContext &tile : tiles)
        if (!streams || tile.slot * memory.lanes % elementsInLine == 0)
          memory.prefetch(b, loc, where, later, tile, {}, isWrite);
      return;
    }
    for (int64_t at = 0; at < shape[0]; at += elementsInLine)
      memory.prefetch(b, loc, where, later, tiles[0],
                      {OpFoldResult(b.getIndexAttr(at))}, isWrite);
  };
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (scan.getInputHistory()[i] < 0)
      prefetch(scan.getInputs()[i], argument, scan.getInputIndex(i), false);
  // What a store waits for, all stores of the state behind it wait for, too.
  if (rollStep > 0)
    for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
      prefetch(scan.getOuts()[i], value, scan.getOutIndex(i), true);
}

/// One item of the domain through the steps [start, stop) of a block.
void DomainNest::runItem(ArrayRef<RowContext> rows, ArrayRef<TileContext> tiles,
                         Value start, Value stop) {
  if (stepsPerWalk == 1)
    return runSteps(rows, tiles, start, start, stop, 1);
  Value whole = sub(stop, rem(sub(stop, start), constant(stepsPerWalk)));
  runSteps(rows, tiles, start, start, whole, stepsPerWalk);
  runSteps(rows, tiles, start, whole, stop, 1);
}

/// The steps [first, last) of the block from `start` on, `count` at a time.
void DomainNest::runSteps(ArrayRef<RowContext> rows,
                          ArrayRef<TileContext> tiles, Value start, Value first,
                          Value last, int64_t count) {
  stepsNow = count;
  emitter.begin(rows, tiles);
  SmallVector<Value> initial = loadCarries();
  auto time = scf::ForOp::create(b, loc, first, last, constant(count), initial);
  OpBuilder ahead(time);
  emitter.setInvariantBuilder(&ahead);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(time.getBody());
    SmallVector<RowContext> now;
    for (int64_t i = 0; i < count; ++i)
      for (RowContext row : rows) {
        Value step = add(time.getInductionVar(), constant(i));
        row.time = timeOfStep(step);
        row.blockStep = sub(step, start);
        now.push_back(row);
      }
    emitter.beginStep(now);
    unsigned next = 0;
    forEachCarryElement([&](unsigned carry, unsigned row, unsigned tile,
                            ArrayRef<int64_t> index) {
      emitter.setRegister(scan.getCarryArguments()[carry], row, tile, index,
                          time.getRegionIterArg(next++));
    });
    if (rowsApart) {
      auto apart = scf::IfOp::create(b, loc, rowsApart, /*withElse=*/false);
      OpBuilder::InsertionGuard inBranch(b);
      b.setInsertionPointToStart(apart.thenBlock());
      prefetchRows(now[0], tiles);
    }
    if (rollStep > 0) {
      for (const RowContext &row : now)
        prefetchRows(row, tiles);
      for (int64_t number = 0; number < plan.rolledLoops; ++number)
        emitRolledLoop(number);
    }
    SmallVector<Value> updated = emitCarries();
    storeOuts();
    if (!updated.empty()) // without results the loop has its terminator
      scf::YieldOp::create(b, loc, updated);
  }
  emitter.setInvariantBuilder(nullptr);
  unsigned next = 0;
  forEachCarryElement([&](unsigned carry, unsigned row, unsigned tile,
                          ArrayRef<int64_t> index) {
    auto at = emitter.toBodyIndex(b, scan.getCarryArguments()[carry], index);
    memory.store(b, loc, time.getResult(next++), carryMemory(carry), rows[row],
                 tiles[tile], at);
  });
}

/// The steps [first, last), block by block, for this thread's `items`.
void DomainNest::lowerSteps(std::pair<Value, Value> items, Value first,
                            Value last) {
  if (isFree())
    return lowerFreeSteps(items, first, last);
  Value steps = constant(block);
  if (streams)
    steps = arith::SelectOp::create(b, loc, streams, constant(1), steps);
  loop(first, last, steps, [&](OpBuilder &, Value start) {
    Value stop = min(add(start, steps), last);
    loop(items.first, items.second, chunk, [&](OpBuilder &, Value low) {
      Value high = min(add(low, constant(chunk)), items.second);
      if (!early.empty())
        computeEarly(low, high, start, stop);
      forEachItem(low, high,
                  [&](Value item, ArrayRef<RowContext> rows,
                      ArrayRef<TileContext> tiles) {
                    setEarlyMemory(sub(item, low));
                    runItem(rows, tiles, start, stop);
                  });
    });
  });
}

/// Whether every step is by itself.
bool DomainNest::isFree() { return scan.getCarries().empty() && rollStep == 0; }

/// `count` steps from `first` on: what several of them read is loaded once.
void DomainNest::emitFreeSteps(const RowContext &row,
                               ArrayRef<TileContext> tiles, Value first,
                               int64_t count) {
  SmallVector<RowContext> rows(count, row);
  for (int64_t i = 0; i < count; ++i)
    rows[i].time = timeOfStep(add(first, constant(i)));
  emitter.begin(rows, tiles);
  storeOuts(/*rolled=*/false, /*together=*/true);
}

/// The items and steps of this thread: a part of the steps where there are
/// many, since they lie together in memory, else its part of the items.
std::tuple<std::pair<Value, Value>, Value, Value>
DomainNest::divideFreeSteps(std::pair<Value, Value> items, Value first,
                            Value last) {
  Value steps = sub(last, first);
  Value threads = NumThreadsOp::create(b, loc, b.getIndexType());
  Value many = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, steps,
                                     mul(threads, constant(block)));
  auto choose = [&](Value yes, Value no) -> Value {
    return arith::SelectOp::create(b, loc, many, yes, no);
  };
  auto [low, high] = threadRange(steps);
  return {
      {choose(constant(0), items.first), choose(countItems(), items.second)},
      choose(add(first, low), first),
      choose(add(first, high), last)};
}

/// Like `lowerSteps` where no step waits for another: neighbours in memory one
/// after the other, a few steps at once.
void DomainNest::lowerFreeSteps(std::pair<Value, Value> items, Value first,
                                Value last) {
  std::tie(items, first, last) = divideFreeSteps(items, first, last);
  loop(first, last, block, [&](OpBuilder &, Value start) {
    Value stop = min(add(start, constant(block)), last);
    Value whole = sub(stop, rem(sub(stop, start), constant(stepsTogether)));
    loop(items.first, items.second, chunk, [&](OpBuilder &, Value low) {
      Value high = min(add(low, constant(chunk)), items.second);
      auto run = [&](int64_t count) {
        return [&, count](OpBuilder &, Value step) {
          forEachItem(low, high,
                      [&](Value, ArrayRef<RowContext> rows,
                          ArrayRef<TileContext> tiles) {
                        emitFreeSteps(rows[0], tiles, step, count);
                      });
        };
      };
      loop(start, whole, stepsTogether, run(stepsTogether));
      loop(whole, stop, 1, run(1));
    });
  });
}
