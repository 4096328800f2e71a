//===- DomainNest.cpp - lanes along a domain symbol: what is around steps -===//

#include "passes/Lower/DomainNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/DomainBlocking.h"
#include "passes/Lower/EarlyValues.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Numbers that are computed ahead at most: they share the nearest cache with
/// the state.
static constexpr int64_t earlyElements = 8192;
/// Where one item's numbers alone are more than these, as with a long block,
/// none is computed ahead: they lie on the stack.
static constexpr int64_t maxEarlyElements = 65536;

/// Steps whose early values are computed side by side.
static constexpr int64_t earlySteps = 4;

/// Operands along time of more bytes are in no cache when they are read again.
static constexpr int64_t beyondCaches = 32 << 20;
/// Numbers of a state that a step may walk in the nearest cache.
static constexpr int64_t nearestElements = 4096;

/// Numbers of a row that lie beside each other, where no step waits for
/// another.
static constexpr int64_t elementsInRow = 2048;

void DomainNest::chooseBlocking() {
  std::optional<int64_t> extent =
      plan.laneSymbol < 0 ? 1 : getConstantIntValue(laneCount);
  ragged = memory.lanes > 1 && (!extent || *extent % memory.lanes != 0);
  DomainBlocking chosen =
      chooseDomainBlocking(scan, plan, target, memory.lanes, extent, block);
  block = chosen.block;
  tilesPerGroup = chosen.tiles;
  rollStep = chosen.rollStep;
  stepsPerWalk = std::min(chosen.steps, block);
  streamedBytes = chosen.streamedBytes;
  if (chosen.points > 1 && !ragged) {
    pointSymbol = chosen.pointSymbol;
    pointsPerGroup = chosen.points;
    tilesPerGroup = 1;
    llvm::copy_if(symbols, std::back_inserter(symbolsAround),
                  [&](int64_t symbol) { return symbol != pointSymbol; });
  }
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
  if (isFree())
    chunk =
        std::max<int64_t>(elementsInRow / (tilesPerGroup * memory.lanes), 1);
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
/// [start, stop): neighbours in memory one after the other, and several steps
/// side by side, since a function alone waits for each of its own results.
void DomainNest::computeEarly(Value low, Value high, Value start, Value stop) {
  for (auto &[value, where] : early)
    emitter.forgetMemory(value);
  auto compute = [&](int64_t count) {
    return [&, count](OpBuilder &, Value step) {
      forEachItem(low, high,
                  [&](Value item, ArrayRef<RowContext> rows,
                      ArrayRef<TileContext> tiles) {
                    SmallVector<RowContext> now(count, rows[0]);
                    for (int64_t i = 0; i < count; ++i) {
                      now[i].time = timeOfStep(add(step, constant(i)));
                      now[i].blockStep = sub(add(step, constant(i)), start);
                    }
                    emitter.begin(now, tiles);
                    storeEarly(sub(item, low));
                    prefetchNextChunk();
                  });
    };
  };
  Value whole = sub(stop, rem(sub(stop, start), constant(earlySteps)));
  loop(start, whole, earlySteps, compute(earlySteps));
  loop(whole, stop, 1, compute(1));
}

/// Stores the early values of the emitter's rows and tiles for the `item`-th
/// item of the chunk, once all are there: a store might change what they read.
void DomainNest::storeEarly(Value item) {
  SmallVector<PendingStore, 0> pending;
  for (auto &[value, where] : early) {
    OperandMemory to = where;
    to.axes[0].value = item;
    for (unsigned row = 0; row < emitter.getRows().size(); ++row)
      for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
        pending.push_back(
            {emitter.emit(b, value, row, tile, {}), to, row, tile, {}});
  }
  storePending(pending);
  // Steps with a state in memory ask for theirs themselves.
  if (rollStep == 0)
    prefetchOuts();
}

/// Asks for what the next chunk of items reads at the steps of the emitter's
/// rows: parts of rows, too short for the processor to see what comes next.
void DomainNest::prefetchNextChunk() {
  Value ahead = constant(chunk * tilesPerGroup * memory.lanes);
  Value last = sub(laneCount, constant(1));
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    IndexList list = scan.getInputIndex(i);
    if (findTime(list) < 0 || scan.getInputHistory()[i] >= 0 ||
        findDomain(list, plan.laneSymbol) < 0 ||
        !getBodyShape(argument).empty())
      continue;
    OperandMemory where =
        OperandMemory::sliced(scan.getInputs()[i], list, plan.laneSymbol);
    for (const RowContext &row : emitter.getRows())
      for (TileContext tile : emitter.getTiles()) {
        tile.base = min(add(tile.base, ahead), last);
        memory.prefetch(b, loc, where, row, tile, {}, /*isWrite=*/false,
                        MemoryEmitter::near);
      }
  }
}

/// Asks for where the emitter's rows and tiles will write: a store that waits
/// holds up those behind it.
void DomainNest::prefetchOuts() {
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts())) {
    IndexList list = scan.getOutIndex(i);
    if (findTime(list) < 0 || !getBodyShape(value).empty())
      continue;
    OperandMemory where =
        OperandMemory::sliced(scan.getOuts()[i], list, plan.laneSymbol);
    for (const RowContext &row : emitter.getRows())
      for (const TileContext &tile : emitter.getTiles())
        memory.prefetch(b, loc, where, row, tile, {}, /*isWrite=*/true);
  }
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

/// Groups of tiles and the tiles left over, at all points of the domain; or
/// every tile at groups of points and at those left over.
Value DomainNest::countItems() {
  if (pointSymbol >= 0)
    return mul(
        mul(countPoints(symbolsAround), ceilDiv(laneCount, memory.lanes)),
        countPointGroups().second);
  return mul(countPoints(symbols), countItemsOfPoint());
}

/// Groups of tiles and the tiles left over.
Value DomainNest::countItemsOfPoint() {
  Value groups = div(laneCount, constant(memory.lanes * tilesPerGroup));
  Value rest = sub(ceilDiv(laneCount, memory.lanes),
                   mul(groups, constant(tilesPerGroup)));
  return add(groups, rest);
}

/// Whole groups of points along the points' symbol, and those with the points
/// left over.
std::pair<Value, Value> DomainNest::countPointGroups() {
  Value extent = scan.getDomain()[pointSymbol];
  Value groups = div(extent, constant(pointsPerGroup));
  return {groups, add(groups, rem(extent, constant(pointsPerGroup)))};
}

/// `forEachItem` where an item is one tile at several points, which read the
/// same: the tiles of these points, neighbours in memory, come one after the
/// other.
void DomainNest::forEachPointGroup(Value low, Value high, ItemBody body) {
  auto [groups, items] = countPointGroups();
  Value tiles = ceilDiv(laneCount, memory.lanes);
  Value grouped = mul(groups, constant(pointsPerGroup));
  loop(low, high, 1,
       [&, groups = groups, items = items](OpBuilder &, Value flat) {
         Value points = div(flat, tiles), item = rem(points, items);
         RowContext row = makeRow(div(points, items), symbolsAround);
         TileContext tile =
             makeTile(rem(flat, tiles), laneCount, /*masked=*/false);
         auto emitGroup = [&](Value first, int64_t count) {
           SmallVector<RowContext> rows(count, row);
           for (int64_t i = 0; i < count; ++i)
             rows[i].domain[pointSymbol] = add(first, constant(i));
           body(flat, rows, tile);
         };
         if (groups == items)
           return emitGroup(mul(item, constant(pointsPerGroup)),
                            pointsPerGroup);
         Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                              item, groups);
         auto branch =
             scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
         OpBuilder::InsertionGuard guard(b);
         b.setInsertionPointToStart(branch.thenBlock());
         emitGroup(mul(item, constant(pointsPerGroup)), pointsPerGroup);
         b.setInsertionPointToStart(branch.elseBlock());
         emitGroup(add(grouped, sub(item, groups)), 1);
       });
}

/// Runs `body` for the items [low, high): whole groups of tiles first, then the
/// remaining tiles one by one.
void DomainNest::forEachItem(Value low, Value high, ItemBody body) {
  if (pointSymbol >= 0)
    return forEachPointGroup(low, high, body);
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
    Value item = symbols.empty() ? flat : rem(flat, items);
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

void DomainNest::lower() {
  for (const Staged &staged : stagedInputs)
    emitter.setMemory(staged.argument, staged.inside);
  if (prefix)
    allocatePrefix();
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

  std::pair<Value, Value> range = threadRange(countItems());
  findStreams();
  if (factored)
    prepareFactored(range);
  splitAtHistories(
      [&](Value first, Value last) { lowerSteps(range, first, last); });
  if (factored)
    scaleStates(range);
  shiftHistories();
  // What went past the caches is there for all threads from here on.
  if (llvm::any_of(pastCaches, [](Value past) { return bool(past); }))
    LLVM::FenceOp::create(b, loc, LLVM::AtomicOrdering::seq_cst, StringRef());
  if (!stagedCarries.empty())
    barrier();
  for (auto &[carry, copy] : stagedCarries)
    copyStaged(copy, /*in=*/false);
}

bool seqc::lowerDomain(OpBuilder &builder, ScanOp scan,
                       const RecurrentPlan &plan, const VectorTarget &target,
                       int64_t block, ScanOp prefix) {
  DomainNest nest(builder, scan, plan, target, block);
  nest.allocate();
  std::string reason;
  FailureOr<RecurrentPlan> ahead = failure();
  if (prefix)
    ahead = planRecurrent(prefix, reason);
  bool taken = succeeded(ahead) && nest.takeUp(prefix, *ahead);
  nest.factor();
  buildThreadedRegion(builder, scan.getLoc(), [&] { nest.lower(); });
  nest.eraseFactored();
  return taken;
}
