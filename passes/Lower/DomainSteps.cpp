//===- DomainSteps.cpp - lanes along a domain symbol: the steps -----------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/BodyCauses.h"
#include "passes/Lower/DomainNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

static constexpr int64_t elementsInLine = 16;

/// Sums that keep the units which add them busy: a term takes four cycles, and
/// two begin in each.
static constexpr int64_t sumsInFlight = 8;

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
  for (unsigned row = 0; row < countRows(); ++row)
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
  unsigned points = countRows() / stepsNow;
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
/// returns the sums of its reductions, `chains` for each, with these elements
/// added.
SmallVector<Value> DomainNest::emitRolledPart(int64_t number, Value base,
                                              int64_t count,
                                              SmallVector<Value> sums,
                                              int64_t chains,
                                              OpBuilder &before) {
  emitter.beginRoll(base, count, before);
  unsigned points = countRows() / stepsNow, next = 0;
  bool isLast = number + 1 == plan.rolledLoops;
  for (unsigned step = 0; step < stepsNow; ++step) {
    for (unsigned point = 0; point < points; ++point)
      takeUpState(step * points + point);
    next = 0;
    forEachReduced(number, [&](Operation *op, unsigned row, unsigned tile,
                               ArrayRef<int64_t> index) {
      if (row / points == step)
        emitter.accumulate(b, op, row, tile, index,
                           MutableArrayRef(sums).slice(next, chains));
      next += chains;
    });
  }
  // What the next step reads of the state first is at hand now.
  for (unsigned row = 0; isLast && row < rowsAhead; ++row)
    takeUpState(countRows() + row);
  if (isLast && rowsAhead > 0)
    forEachReduced(0, [&](Operation *op, unsigned row, unsigned tile,
                          ArrayRef<int64_t> index) {
      emitter.accumulate(b, op, countRows() + row, tile, index, sums[next++]);
    });
  if (isLast)
    storeRolled();
  emitter.endRoll();
  return sums;
}

/// Updates what has the rolled dimension of the carries, and such outs.
void DomainNest::storeRolled() {
  SmallVector<PendingStore, 0> pending;
  unsigned rows = countRows(), last = rows - rows / stepsNow;
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

/// Whether `op` adds: parts of its result may be added up apart.
static bool isSum(Operation *op) {
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind() == ReduceKind::Add;
  if (auto product = dyn_cast<MatvecOp>(op))
    return product.getSemiring() == Semiring::PlusTimes;
  return isa<DotOp, VecmatOp>(op);
}

/// How many sums loop `number` keeps for each of its reductions: a loop that
/// does nothing but add would wait for the sum before with every term.
int64_t DomainNest::countChains(int64_t number) {
  bool onlyAdds = number + 1 < plan.rolledLoops;
  int64_t sums = 0;
  forEachReduced(number,
                 [&](Operation *op, unsigned, unsigned, ArrayRef<int64_t>) {
                   onlyAdds &= isSum(op);
                   ++sums;
                 });
  return onlyAdds && sums < sumsInFlight && rollStep > 1 ? 2 : 1;
}

/// What `chains` sums for each reduction of loop `number` begin at.
SmallVector<Value> DomainNest::startSums(int64_t number, int64_t chains) {
  auto lanes = [&](Type type) -> Type {
    Type element = getElementTypeOrSelf(type);
    return memory.lanes == 1 ? element
                             : VectorType::get({memory.lanes}, element);
  };
  SmallVector<Value> sums;
  forEachReduced(
      number, [&](Operation *op, unsigned, unsigned, ArrayRef<int64_t>) {
        sums.append(chains, cast<BodyOpInterface>(op).buildInit(
                                b, loc, lanes(op->getResult(0).getType()))[0]);
      });
  return sums;
}

/// Whether a step adds up what the next one reads of the state first while it
/// has the state's new elements in registers: one walk instead of two.
bool DomainNest::looksAhead() {
  CauseAnalysis causes(scan);
  if (stepsPerWalk > 1 || plan.rolledLoops < 2 ||
      !llvm::all_of(
          scan.getCarryArguments(),
          [&](Value carry) { return emitter.isRolled(carry); }))
    return false;
  int64_t sums = 0;
  for (int64_t number : {int64_t(0), plan.rolledLoops - 1})
    for (const auto &reduction : plan.rolledReductions)
      if (reduction.second == number) {
        sums += countBodyElements(reduction.first->getResult(0));
        if (causes.of(reduction.first->getResult(0)).slow)
          return false;
      }
  return sums * tilesPerGroup * pointsPerGroup <= target.registers / 4;
}

/// The sums of the first loop for step `first`, which no step before it adds
/// up.
SmallVector<Value> DomainNest::readAhead(ArrayRef<RowContext> rows, Value start,
                                         Value first) {
  SmallVector<RowContext> now(rows);
  for (RowContext &row : now) {
    row.time = timeOfStep(first);
    row.blockStep = sub(first, start);
  }
  emitter.beginStep(now);
  emitRolledLoop(0);
  SmallVector<Value> sums;
  forEachReduced(0, [&](Operation *op, unsigned row, unsigned tile,
                        ArrayRef<int64_t> index) {
    sums.push_back(emitter.emit(b, op->getResult(0), row, tile, index));
  });
  return sums;
}

/// Walks the rolled dimension once, for loop `number` of the step, and leaves
/// the results of its reductions to the rest.
void DomainNest::emitRolledLoop(int64_t number) {
  int64_t chains = countChains(number);
  SmallVector<Value> sums = startSums(number, chains);
  size_t own = sums.size();
  if (rowsAhead > 0 && number + 1 == plan.rolledLoops)
    llvm::append_range(sums, startSums(0, 1));
  int64_t whole = plan.rolledExtent / rollStep * rollStep;
  auto roll = scf::ForOp::create(b, loc, constant(0), constant(whole),
                                 constant(rollStep), sums);
  {
    OpBuilder before(roll);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(roll.getBody());
    sums = emitRolledPart(number, roll.getInductionVar(), rollStep,
                          SmallVector<Value>(roll.getRegionIterArgs()), chains,
                          before);
    if (!sums.empty()) // without results the loop has its terminator
      scf::YieldOp::create(b, loc, sums);
  }
  sums = SmallVector<Value>(roll.getResults());
  if (whole < plan.rolledExtent)
    sums = emitRolledPart(number, constant(whole), plan.rolledExtent - whole,
                          sums, chains, b);
  setReduced(number, ArrayRef(sums).take_front(own), chains);
  sumsAhead.assign(sums.begin() + own, sums.end());
}

/// Leaves the sums of loop `number` to the rest of the step.
void DomainNest::setReduced(int64_t number, ArrayRef<Value> sums,
                            int64_t chains) {
  forEachReduced(number, [&](Operation *op, unsigned row, unsigned tile,
                             ArrayRef<int64_t> index) {
    Value sum = sums.front();
    for (Value chain : sums.take_front(chains).drop_front())
      sum = arith::AddFOp::create(b, loc, sum, chain);
    sums = sums.drop_front(chains);
    emitter.setReduced(op, row, tile, index, sum);
  });
}

/// Asks for what a later step reads: rows of one domain point, or of one
/// thread, lie too far apart for the processor to see what comes next.
void DomainNest::prefetchRows(const RowContext &now,
                              ArrayRef<TileContext> tiles) {
  RowContext later = now;
  // Requests into the first cache would be in the way of stores past it.
  uint32_t locality = streams ? MemoryEmitter::near : MemoryEmitter::nearest;
  later.time = addToTime(now.time, std::max(stepsAhead, stepsNow));
  auto prefetch = [&](Value operand, Value seen, const IndexList &list,
                      bool isWrite) {
    ArrayRef<int64_t> shape = getBodyShape(seen);
    if (findTime(list) < 0 || shape.size() > 1 ||
        !list.back().isSliced() != shape.empty())
      return;
    OperandMemory where = OperandMemory::sliced(operand, list, plan.laneSymbol);
    if (shape.empty()) {
      bool isAlike = findDomain(list, plan.laneSymbol) < 0; // for all lanes
      for (const TileContext &tile : isAlike ? tiles.take_front() : tiles)
        if (!streams || tile.slot * memory.lanes % elementsInLine == 0)
          memory.prefetch(b, loc, where, later, tile, {}, isWrite, locality);
      return;
    }
    for (int64_t at = 0; at < shape[0]; at += elementsInLine)
      memory.prefetch(b, loc, where, later, tiles[0],
                      {OpFoldResult(b.getIndexAttr(at))}, isWrite);
  };
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (scan.getInputHistory()[i] < 0 && !prefixArguments.contains(argument))
      prefetch(scan.getInputs()[i], argument, scan.getInputIndex(i), false);
  // What a store waits for, all stores of the state behind it wait for, too.
  if (rollStep > 0)
    for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
      prefetch(scan.getOuts()[i], value, scan.getOutIndex(i), true);
}

/// One item of the domain through the steps [start, stop) of a block.
void DomainNest::runItem(Value item, ArrayRef<RowContext> rows,
                         ArrayRef<TileContext> tiles, Value start, Value stop) {
  if (factored)
    return runFactored(item, rows, tiles, start, stop);
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
  rowsAhead = 0;
  emitter.begin(rows, tiles);
  SmallVector<Value> initial = loadCarries();
  bool ahead = rollStep > 0 && looksAhead();
  size_t carried = initial.size();
  if (ahead)
    llvm::append_range(initial, readAhead(rows, start, first));
  auto time = scf::ForOp::create(b, loc, first, last, constant(count), initial);
  OpBuilder before(time);
  emitter.setInvariantBuilder(&before);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(time.getBody());
    SmallVector<RowContext> now;
    auto addStep = [&](Value step) {
      for (RowContext row : rows) {
        row.time = timeOfStep(step);
        row.blockStep = sub(step, start);
        now.push_back(row);
      }
    };
    for (int64_t i = 0; i < count; ++i)
      addStep(add(time.getInductionVar(), constant(i)));
    rowsAhead = ahead ? rows.size() : 0;
    if (ahead) // the last one reads its own again, for nobody
      addStep(min(add(time.getInductionVar(), constant(1)),
                  sub(last, constant(1))));
    emitter.beginStep(now);
    unsigned next = 0;
    forEachCarryElement([&](unsigned carry, unsigned row, unsigned tile,
                            ArrayRef<int64_t> index) {
      emitter.setRegister(scan.getCarryArguments()[carry], row, tile, index,
                          time.getRegionIterArg(next++));
    });
    if (streams) {
      auto large = scf::IfOp::create(b, loc, streams, /*withElse=*/false);
      OpBuilder::InsertionGuard inBranch(b);
      b.setInsertionPointToStart(large.thenBlock());
      prefetchRows(now[0], tiles);
    }
    if (rollStep > 0) {
      for (const RowContext &row : ArrayRef(now).drop_back(rowsAhead)) {
        prefetchRows(row, tiles);
        if (prefix)
          prefetchPrefix(row);
        if (around)
          around->prefetchScaled(row);
      }
      if (ahead)
        setReduced(
            0, SmallVector<Value>(time.getRegionIterArgs().drop_front(carried)),
            1);
      for (int64_t number = ahead ? 1 : 0; number < plan.rolledLoops; ++number)
        emitRolledLoop(number);
    }
    SmallVector<Value> updated = emitCarries();
    if (ahead)
      llvm::append_range(updated, sumsAhead);
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
    if (prefix)
      lowerPrefix(items, start, stop);
    loop(items.first, items.second, chunk, [&](OpBuilder &, Value low) {
      Value high = min(add(low, constant(chunk)), items.second);
      if (!early.empty())
        computeEarly(low, high, start, stop);
      forEachItem(low, high,
                  [&](Value item, ArrayRef<RowContext> rows,
                      ArrayRef<TileContext> tiles) {
                    setEarlyMemory(sub(item, low));
                    runItem(item, rows, tiles, start, stop);
                  });
    });
  });
}

/// Whether every step is by itself.
bool DomainNest::isFree() { return scan.getCarries().empty() && rollStep == 0; }

/// `count` steps from `first` on, of the block that begins with `start`: what
/// several of them read is loaded once.
void DomainNest::emitFreeSteps(const RowContext &row,
                               ArrayRef<TileContext> tiles, Value start,
                               Value first, int64_t count) {
  SmallVector<RowContext> rows(count, row);
  for (int64_t i = 0; i < count; ++i) {
    rows[i].time = timeOfStep(add(first, constant(i)));
    rows[i].blockStep = sub(add(first, constant(i)), start);
  }
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
    lowerFreeBlock(items, start, min(add(start, constant(block)), last));
  });
}

/// The steps [start, stop) of `items`.
void DomainNest::lowerFreeBlock(std::pair<Value, Value> items, Value start,
                                Value stop) {
  Value whole = sub(stop, rem(sub(stop, start), constant(stepsTogether)));
  loop(items.first, items.second, chunk, [&](OpBuilder &, Value low) {
    Value high = min(add(low, constant(chunk)), items.second);
    auto run = [&](int64_t count) {
      return [&, count](OpBuilder &, Value step) {
        forEachItem(
            low, high,
            [&](Value, ArrayRef<RowContext> rows, ArrayRef<TileContext> tiles) {
              emitFreeSteps(rows[0], tiles, start, step, count);
            });
      };
    };
    loop(start, whole, stepsTogether, run(stepsTogether));
    loop(whole, stop, 1, run(1));
  });
}
