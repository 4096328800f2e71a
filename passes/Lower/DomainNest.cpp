//===- DomainNest.cpp - lanes along a domain symbol -----------------------===//
//
// For cells without dense gates: every lane is a domain point, the state stays
// in registers while a time block runs, and no thread waits for another.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/ScanNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Steps in a time block: short blocks keep the rows of all operands in the
/// nearest cache while the next tile reads its part of them.
static constexpr int64_t stepsInBlock = 16;

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
  bool isScattered(ArrayRef<IndexEntry> list);
  Staged allocateStaged(Value argument, Value outside,
                        ArrayRef<IndexEntry> list);
  void copyStaged(const Staged &staged, bool in);
  void forEachItem(
      Value low, Value high,
      function_ref<void(const RowContext &, ArrayRef<TileContext>)> body);
  void runItem(const RowContext &row, ArrayRef<TileContext> tiles, Value start,
               Value stop);
  OperandMemory carryMemory(unsigned carry);
  SmallVector<Value> loadCarries();
  SmallVector<Value> emitCarries();
  void forEachCarryElement(
      function_ref<void(unsigned carry, unsigned tile, ArrayRef<int64_t>)>
          visit);

  int64_t block, tilesPerGroup = 1;
  SmallVector<int64_t> symbols; ///< All but the lanes'.
  Value laneCount;
  bool ragged = false;
  SmallVector<Staged, 0> stagedInputs;
  llvm::DenseMap<unsigned, Staged> stagedCarries;
};
} // namespace

void DomainNest::chooseBlocking() {
  int64_t lanes = memory.lanes;
  std::optional<int64_t> extent =
      plan.laneSymbol < 0 ? 1 : getConstantIntValue(laneCount);
  ragged = lanes > 1 && (!extent || *extent % lanes != 0);
  // Half the registers for the state, the rest for the step.
  int64_t vectors = std::max<int64_t>(plan.stateSize, 1);
  tilesPerGroup = std::clamp<int64_t>(target.registers / (2 * vectors), 1, 4);
  if (extent)
    tilesPerGroup = std::clamp<int64_t>(*extent / lanes, 1, tilesPerGroup);
  if (lanes == 1)
    tilesPerGroup = 1;
  if (block == 0)
    block = stepsInBlock;
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

void DomainNest::copyStaged(const Staged &staged, bool in) {
  Value tiles = ceilDiv(laneCount, memory.lanes);
  Value points = countPoints(staged.symbols);
  auto [low, high] = threadRange(mul(points, tiles));
  loop(low, high, 1, [&](OpBuilder &, Value flat) {
    RowContext row = makeRow(div(flat, tiles), staged.symbols);
    TileContext tile = makeTile(rem(flat, tiles), laneCount, ragged);
    emitter.begin(row, tile);
    emitter.forEachElement(staged.argument, [&](ArrayRef<int64_t> index) {
      auto at = emitter.toBodyIndex(b, staged.argument, index);
      const OperandMemory &from = in ? staged.outside : staged.inside;
      const OperandMemory &to = in ? staged.inside : staged.outside;
      Value vector = memory.load(b, loc, from, row, tile, at);
      memory.store(b, loc, vector, to, row, tile, at);
    });
  });
}

/// Runs `body` for the items [low, high): whole groups of tiles first, then the
/// remaining tiles one by one.
void DomainNest::forEachItem(
    Value low, Value high,
    function_ref<void(const RowContext &, ArrayRef<TileContext>)> body) {
  int64_t lanes = memory.lanes;
  Value groups = div(laneCount, constant(lanes * tilesPerGroup));
  Value grouped = mul(groups, constant(tilesPerGroup));
  Value rest = sub(ceilDiv(laneCount, lanes), grouped);
  Value items = add(groups, rest);
  auto emitGroup = [&](const RowContext &row, Value first, int64_t count,
                       bool masked) {
    SmallVector<TileContext> tiles;
    for (int64_t i = 0; i < count; ++i)
      tiles.push_back(makeTile(add(first, constant(i)), laneCount, masked));
    body(row, tiles);
  };
  loop(low, high, 1, [&](OpBuilder &, Value flat) {
    RowContext row = makeRow(div(flat, items), symbols);
    Value item = rem(flat, items);
    if (isConstantIntValue(rest, 0))
      return emitGroup(row, mul(item, constant(tilesPerGroup)), tilesPerGroup,
                       false);
    Value inside =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, item, groups);
    auto branch = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emitGroup(row, mul(item, constant(tilesPerGroup)), tilesPerGroup, false);
    b.setInsertionPointToStart(branch.elseBlock());
    emitGroup(row, add(grouped, sub(item, groups)), 1, ragged);
  });
}

void DomainNest::forEachCarryElement(
    function_ref<void(unsigned, unsigned, ArrayRef<int64_t>)> visit) {
  for (unsigned carry = 0; carry < scan.getCarries().size(); ++carry)
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      emitter.forEachElement(
          scan.getCarryArguments()[carry],
          [&](ArrayRef<int64_t> index) { visit(carry, tile, index); });
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
    emitter.beginStep(now);
    unsigned next = 0;
    forEachCarryElement(
        [&](unsigned carry, unsigned tile, ArrayRef<int64_t> index) {
          emitter.setRegister(scan.getCarryArguments()[carry], 0, tile, index,
                              time.getRegionIterArg(next++));
        });
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

void DomainNest::lower() {
  for (const Staged &staged : stagedInputs)
    emitter.setMemory(staged.argument, staged.inside);
  setInputMemories();
  for (const Staged &staged : stagedInputs)
    copyStaged(staged, /*in=*/true);
  for (auto &[carry, staged] : stagedCarries)
    copyStaged(staged, /*in=*/true);
  bool staged = !stagedInputs.empty() || !stagedCarries.empty();
  if (staged)
    barrier();

  int64_t lanes = memory.lanes;
  Value groups = div(laneCount, constant(lanes * tilesPerGroup));
  Value rest =
      sub(ceilDiv(laneCount, lanes), mul(groups, constant(tilesPerGroup)));
  Value items = mul(countPoints(symbols), add(groups, rest));
  std::pair<Value, Value> range = threadRange(items);
  loop(constant(0), scan.getTime(), block, [&](OpBuilder &, Value start) {
    Value stop = min(add(start, constant(block)), scan.getTime());
    forEachItem(range.first, range.second,
                [&](const RowContext &row, ArrayRef<TileContext> tiles) {
                  runItem(row, tiles, start, stop);
                });
  });
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
  auto region =
      scf::ExecuteRegionOp::create(builder, scan.getLoc(), TypeRange());
  region.setNoInline(true);
  region->setAttr("seq.threaded", builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&region.getRegion());
  nest.lower();
  scf::YieldOp::create(builder, scan.getLoc());
}
