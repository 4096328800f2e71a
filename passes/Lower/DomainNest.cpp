//===- DomainNest.cpp - lanes along a domain symbol -----------------------===//
//
// For cells without dense gates: every lane is a domain point, and no thread
// waits for another. While a time block runs, the state stays in registers; a
// state too large for them stays in memory, in the nearest cache, and a loop
// walks it a few elements at a time: unrolled code would spill all the rest.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/DomainBlocking.h"
#include "passes/Lower/EarlyValues.h"
#include "passes/Lower/ScanNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// How far ahead a step whose state lies in memory asks for its rows.
static constexpr int64_t stepsAhead = 2;
static constexpr int64_t elementsInLine = 16;

/// Numbers that are computed ahead at most: they share the nearest cache with
/// the state.
static constexpr int64_t earlyElements = 8192;
/// Where one item's numbers alone are more than these, as with a long block,
/// none is computed ahead: they lie on the stack.
static constexpr int64_t maxEarlyElements = 65536;

/// Operands along time of more bytes are in no cache when they are read again.
static constexpr int64_t beyondCaches = 32 << 20;
/// Numbers of a state that a step may walk in the nearest cache.
static constexpr int64_t nearestElements = 4096;

namespace {
class DomainNest : public ScanNest {
public:
  DomainNest(OpBuilder &builder, ScanOp scan, const RecurrentPlan &plan,
             const VectorTarget &target, int64_t block)
      : ScanNest(builder, scan, plan, target,
                 plan.laneSymbol < 0 ? 1 : target.lanes),
        block(block) {}

  void allocate();
  void lower();

private:
  struct Staged {
    OperandMemory outside, inside;
    SmallVector<int64_t> symbols; ///< Those indexing it, but the lanes'.
    Value argument;
  };

  void chooseBlocking();
  void findStreams();
  bool isScattered(ArrayRef<IndexEntry> list);
  Staged allocateStaged(Value argument, Value outside,
                        ArrayRef<IndexEntry> list);
  void allocateEarly();
  void computeEarly(Value low, Value high, Value start, Value stop);
  void setEarlyMemory(Value item);
  void copyElements(ArrayRef<int64_t> shape, SmallVectorImpl<OpFoldResult> &at,
                    function_ref<void()> body);
  void copyStaged(const Staged &staged, bool in);
  using ItemBody =
      function_ref<void(Value item, const RowContext &, ArrayRef<TileContext>)>;
  void forEachItem(Value low, Value high, ItemBody body);
  void runItem(const RowContext &row, ArrayRef<TileContext> tiles, Value start,
               Value stop);
  void lowerSteps(std::pair<Value, Value> items, Value first, Value last);
  OperandMemory carryMemory(unsigned carry);
  void prefetchRows(const RowContext &now, ArrayRef<TileContext> tiles);
  void emitRolledLoop(int64_t number);
  SmallVector<Value> emitRolledPart(int64_t number, Value base, int64_t count,
                                    SmallVector<Value> sums, OpBuilder &before);
  void storeRolled();
  void forEachReduced(
      int64_t number,
      function_ref<void(Operation *, unsigned tile, ArrayRef<int64_t>)> visit);
  SmallVector<Value> loadCarries();
  SmallVector<Value> emitCarries();
  void forEachCarryElement(
      function_ref<void(unsigned carry, unsigned tile, ArrayRef<int64_t>)>
          visit);

  /// See DomainBlocking.
  int64_t block, tilesPerGroup = 1, rollStep = 0, streamedBytes = 0;
  /// Set where a body might stream: whether its operands exceed the caches.
  Value streams;
  SmallVector<int64_t> symbols; ///< All but the lanes'.
  Value laneCount;
  bool ragged = false;
  int64_t chunk = 1; ///< Items whose early values are computed together.
  /// Values computed ahead of the recurrence, for all steps of a block.
  SmallVector<std::pair<Value, OperandMemory>, 0> early;
  SmallVector<Staged, 0> stagedInputs;
  llvm::DenseMap<unsigned, Staged> stagedCarries;
};
} // namespace

void DomainNest::chooseBlocking() {
  std::optional<int64_t> extent =
      plan.laneSymbol < 0 ? 1 : getConstantIntValue(laneCount);
  ragged = memory.lanes > 1 && (!extent || *extent % memory.lanes != 0);
  DomainBlocking chosen =
      chooseDomainBlocking(scan, plan, target, memory.lanes, extent, block);
  block = chosen.block;
  tilesPerGroup = chosen.tiles;
  rollStep = chosen.rollStep;
  streamedBytes = chosen.streamedBytes;
  emitter.setRolling(rollStep > 0);
}

/// Where operands are larger than the caches, memory decides alone: a step goes
/// through all of the domain, so that everything is read and written in order,
/// and outs go past the caches, which would read them first.
void DomainNest::findStreams() {
  if (streamedBytes == 0 || memory.lanes == 1 || !early.empty() ||
      !stagedCarries.empty())
    return;
  Value points = mul(countPoints(symbols), laneCount);
  Value bytes = mul(mul(scan.getTime(), points), constant(streamedBytes));
  Value exceeds = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                        bytes, constant(beyondCaches));
  Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule,
                                     mul(points, constant(plan.stateSize)),
                                     constant(nearestElements));
  streams = arith::AndIOp::create(b, loc, exceeds, fits);
  for (auto [i, out] : llvm::enumerate(scan.getOuts())) {
    IndexEntry last = scan.getOutIndex(i).back();
    bool alongLanes =
        last.kind == IndexEntry::Domain && last.symbol == plan.laneSymbol;
    Value aligned = alongLanes ? memory.isAligned(b, loc, out) : Value();
    pastCaches.push_back(
        aligned ? arith::AndIOp::create(b, loc, streams, aligned) : Value());
  }
}

/// Whether lanes of an operand lie apart in memory.
bool DomainNest::isScattered(ArrayRef<IndexEntry> list) {
  return plan.laneSymbol >= 0 && findDomain(list, plan.laneSymbol) >= 0 &&
         findDomain(list, plan.laneSymbol) !=
             static_cast<int64_t>(list.size()) - 1;
}

/// Workspace of [domain..., tiles, dims..., lanes] for an operand whose lanes
/// lie apart.
DomainNest::Staged DomainNest::allocateStaged(Value argument, Value outside,
                                              ArrayRef<IndexEntry> list) {
  using Axis = OperandMemory::Axis;
  Staged staged;
  staged.argument = argument;
  staged.outside = OperandMemory::sliced(outside, list, plan.laneSymbol);
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  auto addExtent = [&](Value extent) {
    std::optional<int64_t> known = getConstantIntValue(extent);
    shape.push_back(known.value_or(ShapedType::kDynamic));
    if (!known)
      dynamic.push_back(extent);
  };
  OperandMemory &inside = staged.inside;
  for (int64_t symbol : symbols) {
    if (findDomain(list, symbol) < 0)
      continue;
    staged.symbols.push_back(symbol);
    addExtent(scan.getDomain()[symbol]);
    inside.axes.push_back({Axis::Domain, symbol});
  }
  addExtent(ceilDiv(laneCount, memory.lanes));
  inside.axes.push_back({Axis::Tile});
  for (auto [d, extent] : llvm::enumerate(getBodyShape(argument))) {
    shape.push_back(extent);
    inside.axes.push_back({Axis::Body, static_cast<int64_t>(d)});
  }
  shape.push_back(memory.lanes);
  inside.axes.push_back({Axis::LaneOffset});
  auto type = MemRefType::get(shape, getElementTypeOrSelf(argument.getType()));
  inside.memref = memref::AllocOp::create(b, loc, type, dynamic);
  inside.laneSymbol = plan.laneSymbol;
  inside.padded = true;
  return staged;
}

void DomainNest::allocate() {
  for (size_t i = 0; i < scan.getDomain().size(); ++i)
    if (static_cast<int64_t>(i) != plan.laneSymbol)
      symbols.push_back(i);
  laneCount =
      plan.laneSymbol < 0 ? constant(1) : scan.getDomain()[plan.laneSymbol];
  chooseBlocking();
  allocateEarly();
  if (memory.lanes == 1)
    return;
  // One pass over scattered lanes is as cheap as copying them once.
  std::optional<int64_t> time = getConstantIntValue(scan.getTime());
  bool onePass = time && *time <= block;
  for (auto [i, value] : llvm::enumerate(scan.getInputs())) {
    IndexList list = scan.getInputIndex(i);
    if (!onePass && findTime(list) < 0 && isScattered(list))
      stagedInputs.push_back(
          allocateStaged(scan.getInputArguments()[i], value, list));
  }
  for (auto [i, value] : llvm::enumerate(scan.getCarries())) {
    IndexList list = scan.getCarryIndex(i);
    if (!onePass && isScattered(list))
      stagedCarries[i] =
          allocateStaged(scan.getCarryArguments()[i], value, list);
  }
}

/// Room on each thread's stack for the early values of a chunk of items.
void DomainNest::allocateEarly() {
  using Axis = OperandMemory::Axis;
  if (std::optional<int64_t> time = getConstantIntValue(scan.getTime());
      time && *time == 1)
    return;
  SmallVector<Value> values = findEarlyValues(scan);
  int64_t item = block * tilesPerGroup * memory.lanes;
  int64_t numbers = item * values.size();
  if (numbers == 0 || numbers > maxEarlyElements)
    return;
  chunk = std::max<int64_t>(earlyElements / numbers, 1);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(
      &scan->getParentOfType<func::FuncOp>().getBody().front());
  for (Value value : values) {
    auto type = MemRefType::get({chunk, block, tilesPerGroup, memory.lanes},
                                value.getType());
    OperandMemory where;
    where.memref = memref::AllocaOp::create(b, loc, type);
    where.axes = {
        {Axis::Fixed}, {Axis::BlockStep}, {Axis::Slot}, {Axis::LaneOffset}};
    where.padded = true;
    early.push_back({value, where});
  }
}

/// Computes the early values of the items [low, high) for the steps
/// [start, stop), step by step: neighbours in memory one after the other.
void DomainNest::computeEarly(Value low, Value high, Value start, Value stop) {
  for (auto &[value, where] : early)
    emitter.forgetMemory(value);
  loop(start, stop, 1, [&](OpBuilder &, Value step) {
    Value blockStep = sub(step, start);
    forEachItem(
        low, high,
        [&](Value item, const RowContext &row, ArrayRef<TileContext> tiles) {
          RowContext now = row;
          now.time = timeOfStep(step);
          now.blockStep = blockStep;
          emitter.begin(now, tiles);
          for (auto &[value, where] : early)
            for (auto [t, tile] : llvm::enumerate(tiles)) {
              OperandMemory to = where;
              to.axes[0].value = sub(item, low);
              memory.store(b, loc, emitter.emit(b, value, 0, t, {}), to, now,
                           tile, {});
            }
        });
  });
}

/// From here on early values are read for the `item`-th item of the chunk.
void DomainNest::setEarlyMemory(Value item) {
  for (auto &[value, where] : early) {
    OperandMemory from = where;
    from.axes[0].value = item;
    emitter.setMemory(value, from);
  }
}

/// Runs `body` with `at` at every index of `shape`, by loops.
void DomainNest::copyElements(ArrayRef<int64_t> shape,
                              SmallVectorImpl<OpFoldResult> &at,
                              function_ref<void()> body) {
  if (shape.empty())
    return body();
  loop(constant(0), constant(shape.front()), 1, [&](OpBuilder &, Value index) {
    at.push_back(index);
    copyElements(shape.drop_front(), at, body);
    at.pop_back();
  });
}

void DomainNest::copyStaged(const Staged &staged, bool in) {
  Value tiles = ceilDiv(laneCount, memory.lanes);
  Value points = countPoints(staged.symbols);
  auto [low, high] = threadRange(mul(points, tiles));
  loop(low, high, 1, [&](OpBuilder &, Value flat) {
    RowContext row = makeRow(div(flat, tiles), staged.symbols);
    TileContext tile = makeTile(rem(flat, tiles), laneCount, ragged);
    const OperandMemory &from = in ? staged.outside : staged.inside;
    const OperandMemory &to = in ? staged.inside : staged.outside;
    SmallVector<OpFoldResult> at;
    copyElements(getBodyShape(staged.argument), at, [&] {
      Value vector = memory.load(b, loc, from, row, tile, at);
      memory.store(b, loc, vector, to, row, tile, at);
    });
  });
}

/// Runs `body` for the items [low, high): whole groups of tiles first, then the
/// remaining tiles one by one.
void DomainNest::forEachItem(Value low, Value high, ItemBody body) {
  int64_t lanes = memory.lanes;
  Value groups = div(laneCount, constant(lanes * tilesPerGroup));
  Value grouped = mul(groups, constant(tilesPerGroup));
  Value rest = sub(ceilDiv(laneCount, lanes), grouped);
  Value items = add(groups, rest);
  auto emitGroup = [&](Value flat, const RowContext &row, Value first,
                       int64_t count, bool masked) {
    SmallVector<TileContext> tiles;
    for (int64_t i = 0; i < count; ++i) {
      tiles.push_back(makeTile(add(first, constant(i)), laneCount, masked));
      tiles.back().slot = i;
    }
    body(flat, row, tiles);
  };
  loop(low, high, 1, [&](OpBuilder &, Value flat) {
    RowContext row = makeRow(div(flat, items), symbols);
    Value item = rem(flat, items);
    if (isConstantIntValue(rest, 0))
      return emitGroup(flat, row, mul(item, constant(tilesPerGroup)),
                       tilesPerGroup, false);
    Value inside =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, item, groups);
    auto branch = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emitGroup(flat, row, mul(item, constant(tilesPerGroup)), tilesPerGroup,
              false);
    b.setInsertionPointToStart(branch.elseBlock());
    emitGroup(flat, row, add(grouped, sub(item, groups)), 1, ragged);
  });
}

void DomainNest::forEachCarryElement(
    function_ref<void(unsigned, unsigned, ArrayRef<int64_t>)> visit) {
  for (unsigned carry = 0; carry < scan.getCarries().size(); ++carry) {
    Value argument = scan.getCarryArguments()[carry];
    if (emitter.isRolled(argument))
      continue;
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      emitter.forEachElement(argument, [&](ArrayRef<int64_t> index) {
        visit(carry, tile, index);
      });
  }
}

OperandMemory DomainNest::carryMemory(unsigned carry) {
  if (stagedCarries.count(carry))
    return stagedCarries[carry].inside;
  return OperandMemory::sliced(scan.getCarries()[carry],
                               scan.getCarryIndex(carry), plan.laneSymbol);
}

SmallVector<Value> DomainNest::loadCarries() {
  SmallVector<Value> values;
  forEachCarryElement([&](unsigned carry, unsigned tile,
                          ArrayRef<int64_t> index) {
    auto at = emitter.toBodyIndex(b, scan.getCarryArguments()[carry], index);
    values.push_back(emitter.broadcast(
        b, loc,
        memory.load(b, loc, carryMemory(carry), emitter.getRows()[0],
                    emitter.getTiles()[tile], at)));
  });
  return values;
}

SmallVector<Value> DomainNest::emitCarries() {
  SmallVector<Value> values;
  forEachCarryElement(
      [&](unsigned carry, unsigned tile, ArrayRef<int64_t> index) {
        values.push_back(
            emitter.broadcast(b, loc, emitCarry(carry, 0, tile, index)));
      });
  return values;
}

void DomainNest::forEachReduced(
    int64_t number,
    function_ref<void(Operation *, unsigned, ArrayRef<int64_t>)> visit) {
  for (const auto &reduction : plan.rolledReductions) {
    Operation *op = reduction.first;
    if (reduction.second != number)
      continue;
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      emitter.forEachElement(op->getResult(0), [&](ArrayRef<int64_t> index) {
        visit(op, tile, index);
      });
  }
}

/// `count` elements of the rolled dimension from `base` on, in loop `number`;
/// returns the sums of its reductions with these elements added.
SmallVector<Value> DomainNest::emitRolledPart(int64_t number, Value base,
                                              int64_t count,
                                              SmallVector<Value> sums,
                                              OpBuilder &before) {
  emitter.beginRoll(base, count, before);
  unsigned next = 0;
  forEachReduced(
      number, [&](Operation *op, unsigned tile, ArrayRef<int64_t> index) {
        sums[next] = emitter.accumulate(b, op, tile, index, sums[next]);
        ++next;
      });
  if (number + 1 == plan.rolledLoops)
    storeRolled();
  emitter.endRoll();
  return sums;
}

/// Updates what has the rolled dimension of the carries, and such outs.
void DomainNest::storeRolled() {
  SmallVector<PendingStore, 0> pending;
  for (auto [carry, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (emitter.isRolled(argument))
      for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
        emitCarryElements(carry, argument, carryMemory(carry), 0, tile,
                          pending);
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
  forEachReduced(number, [&](Operation *op, unsigned, ArrayRef<int64_t>) {
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
  forEachReduced(number,
                 [&](Operation *op, unsigned tile, ArrayRef<int64_t> index) {
                   emitter.setReduced(op, tile, index, sums[next++]);
                 });
}

/// Asks for what a later step reads: rows of one domain point lie too far apart
/// for the processor to see what comes next.
void DomainNest::prefetchRows(const RowContext &now,
                              ArrayRef<TileContext> tiles) {
  RowContext later = now;
  Value last = sub(scan.getTime(), constant(1));
  later.time = scan.getReverse()
                   ? b.createOrFold<arith::MaxSIOp>(
                         loc, sub(now.time, constant(stepsAhead)), constant(0))
                   : min(add(now.time, constant(stepsAhead)), last);
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    IndexList list = scan.getInputIndex(i);
    ArrayRef<int64_t> shape = getBodyShape(argument);
    if (findTime(list) < 0 || scan.getInputHistory()[i] >= 0 ||
        shape.size() > 1 || !list.back().isSliced() != shape.empty())
      continue;
    OperandMemory where =
        OperandMemory::sliced(scan.getInputs()[i], list, plan.laneSymbol);
    if (shape.empty()) {
      for (const TileContext &tile : tiles)
        memory.prefetch(b, loc, where, later, tile, {});
      continue;
    }
    for (int64_t at = 0; at < shape[0]; at += elementsInLine)
      memory.prefetch(b, loc, where, later, tiles[0],
                      {OpFoldResult(b.getIndexAttr(at))});
  }
}

/// One tile of the domain through the steps [start, stop).
void DomainNest::runItem(const RowContext &row, ArrayRef<TileContext> tiles,
                         Value start, Value stop) {
  emitter.begin(row, tiles);
  SmallVector<Value> initial = loadCarries();
  auto time = scf::ForOp::create(b, loc, start, stop, constant(1), initial);
  OpBuilder ahead(time);
  emitter.setInvariantBuilder(&ahead);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(time.getBody());
    RowContext now = row;
    now.time = timeOfStep(time.getInductionVar());
    now.blockStep = sub(time.getInductionVar(), start);
    emitter.beginStep(now);
    unsigned next = 0;
    forEachCarryElement(
        [&](unsigned carry, unsigned tile, ArrayRef<int64_t> index) {
          emitter.setRegister(scan.getCarryArguments()[carry], 0, tile, index,
                              time.getRegionIterArg(next++));
        });
    if (rollStep > 0) {
      prefetchRows(now, tiles);
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
  forEachCarryElement([&](unsigned carry, unsigned tile,
                          ArrayRef<int64_t> index) {
    auto at = emitter.toBodyIndex(b, scan.getCarryArguments()[carry], index);
    memory.store(b, loc, time.getResult(next++), carryMemory(carry), row,
                 tiles[tile], at);
  });
}

/// The steps [first, last), block by block, for this thread's `items`.
void DomainNest::lowerSteps(std::pair<Value, Value> items, Value first,
                            Value last) {
  Value steps = constant(block);
  if (streams)
    steps = arith::SelectOp::create(b, loc, streams, constant(1), steps);
  loop(first, last, steps, [&](OpBuilder &, Value start) {
    Value stop = min(add(start, steps), last);
    loop(items.first, items.second, chunk, [&](OpBuilder &, Value low) {
      Value high = min(add(low, constant(chunk)), items.second);
      if (!early.empty())
        computeEarly(low, high, start, stop);
      forEachItem(
          low, high,
          [&](Value item, const RowContext &row, ArrayRef<TileContext> tiles) {
            setEarlyMemory(sub(item, low));
            runItem(row, tiles, start, stop);
          });
    });
  });
}

void DomainNest::lower() {
  for (const Staged &staged : stagedInputs)
    emitter.setMemory(staged.argument, staged.inside);
  setInputMemories();
  for (const Staged &staged : stagedInputs)
    copyStaged(staged, /*in=*/true);
  for (auto &[carry, staged] : stagedCarries)
    copyStaged(staged, /*in=*/true);
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (emitter.isRolled(argument))
      emitter.setMemory(argument, carryMemory(i));
  bool staged = !stagedInputs.empty() || !stagedCarries.empty();
  if (staged)
    barrier();

  int64_t lanes = memory.lanes;
  Value groups = div(laneCount, constant(lanes * tilesPerGroup));
  Value rest =
      sub(ceilDiv(laneCount, lanes), mul(groups, constant(tilesPerGroup)));
  Value items = mul(countPoints(symbols), add(groups, rest));
  std::pair<Value, Value> range = threadRange(items);
  findStreams();
  splitAtHistories(
      [&](Value first, Value last) { lowerSteps(range, first, last); });
  shiftHistories();
  // What went past the caches is there for all threads from here on.
  if (llvm::any_of(pastCaches, [](Value past) { return bool(past); }))
    LLVM::FenceOp::create(b, loc, LLVM::AtomicOrdering::seq_cst, StringRef());
  if (!stagedCarries.empty())
    barrier();
  for (auto &[carry, copy] : stagedCarries)
    copyStaged(copy, /*in=*/false);
}

void seqc::lowerDomain(OpBuilder &builder, ScanOp scan,
                       const RecurrentPlan &plan, const VectorTarget &target,
                       int64_t block) {
  DomainNest nest(builder, scan, plan, target, block);
  nest.allocate();
  buildThreadedRegion(builder, scan.getLoc(), [&] { nest.lower(); });
}
