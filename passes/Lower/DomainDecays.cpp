//===- DomainDecays.cpp - lanes along a domain symbol: factored decays ----===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/DomainNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// A state lacks a factor of no more than this, and of no less than its
/// inverse. Gains above 2^95 would not fit once they are divided by it, and
/// what is below 2^-94 may count as zero.
static constexpr double mostScale = 0x1p32;
/// What it lacks once it has been scaled: most decays are less than 1.
static constexpr double freshScale = 0x1p16;

/// Fewer steps do not pay for scaling the state once: they are taken as they
/// stand.
static constexpr int64_t fewestSteps = 8;

/// Fewer vectors of columns beside each other leave a step to loads of keys and
/// rows: it is no shorter without decays.
static constexpr int64_t fewestTiles = 4;

/// Vectors that what a state lacks fills at most: they stay in registers.
static constexpr int64_t mostVectors = 16;

/// Numbers of a block's scaled inputs at most: they lie on the stack.
static constexpr int64_t mostScaled = 65536;

/// Of a cache line: a vector does not lie in two.
static constexpr int64_t lineBytes = 64;

/// How far ahead a step asks for its rows, where neither decays nor scaled rows
/// make it longer.
static constexpr int64_t factoredStepsAhead = 3;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

bool DomainNest::canFactor() {
  std::optional<int64_t> time = getConstantIntValue(scan.getTime());
  return rollStep > 0 && memory.lanes > 1 && tilesPerGroup >= fewestTiles &&
         pointSymbol < 0 && early.empty() && stagedInputs.empty() &&
         stagedCarries.empty() && stepsPerWalk == 1 &&
         !(time && *time < fewestSteps) &&
         plan.rolledExtent <= mostVectors * memory.lanes;
}

void DomainNest::factor() {
  if (!canFactor())
    return;
  std::optional<FactoredScan> found = factorDecays(b, scan, plan);
  if (!found)
    return;
  std::string reason;
  FailureOr<RecurrentPlan> planned = planRecurrent(found->scan, reason);
  int64_t padded = llvm::alignTo(plan.rolledExtent, memory.lanes);
  if (failed(planned) || planned->kind != plan.kind ||
      planned->rolledExtent != plan.rolledExtent ||
      padded * block * int64_t(found->scaled.size()) > mostScaled) {
    found->scan.erase();
    return;
  }
  factored = std::make_unique<Factored>();
  factored->of = *found;
  factored->plan = std::move(*planned);
  factored->plan.laneSymbol = plan.laneSymbol;
  factored->vectors = found->hasRowDecays ? padded / memory.lanes : 1;
  allocateFactored();
}

void DomainNest::eraseFactored() {
  if (factored)
    factored->of.scan.erase();
}

/// The nest of the factored body, which goes through the same items, and room
/// on each thread's stack for a block's steps of what is scaled.
void DomainNest::allocateFactored() {
  using Axis = OperandMemory::Axis;
  factored->nest = std::make_unique<DomainNest>(b, factored->of.scan,
                                                factored->plan, target, block);
  DomainNest &nest = *factored->nest;
  nest.symbols = symbols;
  nest.laneCount = laneCount;
  nest.ragged = ragged;
  nest.tilesPerGroup = tilesPerGroup;
  nest.rollStep = rollStep;
  nest.emitter.setRolling(true);
  nest.around = this;
  if (!factored->of.hasRowDecays)
    nest.stepsAhead = factoredStepsAhead;
  Type element = b.getF32Type();
  SmallVector<int64_t> lacking = {ShapedType::kDynamic}, room = {block};
  if (factored->of.hasRowDecays)
    for (auto *shape : {&lacking, &room})
      shape->push_back(factored->vectors * memory.lanes);
  factored->lacking = memref::AllocOp::create(
      b, loc, MemRefType::get(lacking, element), countItems());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(
      &scan->getParentOfType<func::FuncOp>().getBody().front());
  for (const ScaledInput &scaled : factored->of.scaled) {
    OperandMemory where;
    where.memref = memref::AllocaOp::create(
        b, loc, MemRefType::get(room, element), b.getI64IntegerAttr(lineBytes));
    where.axes = {{Axis::BlockStep}};
    if (factored->of.hasRowDecays)
      where.axes.push_back({Axis::Body, 0});
    where.padded = true;
    factored->rooms.push_back(where);
    nest.emitter.setMemory(scaled.argument, where);
    nest.prefixArguments.insert(scaled.argument);
  }
}

/// The factored body reads what the scan's own reads, from where it lies. No
/// state lacks anything yet.
void DomainNest::prepareFactored(std::pair<Value, Value> items) {
  DomainNest &nest = *factored->nest;
  ScanOp from = factored->of.scan;
  for (auto [input, its] :
       llvm::zip(factored->of.kept, from.getInputArguments())) {
    Value mine = scan.getInputArguments()[input];
    if (emitter.hasMemory(mine))
      nest.emitter.setMemory(its, emitter.getMemory(mine));
    if (prefixArguments.contains(mine))
      nest.prefixArguments.insert(its);
  }
  for (auto [i, argument] : llvm::enumerate(from.getCarryArguments()))
    if (nest.emitter.isRolled(argument))
      nest.emitter.setMemory(argument, nest.carryMemory(i));
  factored->pays = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                         scan.getTime(), constant(fewestSteps));
  loop(items.first, items.second, 1,
       [&](OpBuilder &, Value item) { storeLacking(item, 1.0); });
}

/// What the rows of a state, or all of it, are multiplied by.
Type DomainNest::getScaleType() {
  Type element = b.getF32Type();
  return factored->of.hasRowDecays ? VectorType::get({memory.lanes}, element)
                                   : element;
}

SmallVector<Value> DomainNest::loadLacking(Value item) {
  if (!factored->of.hasRowDecays)
    return {memref::LoadOp::create(b, loc, factored->lacking, item)};
  SmallVector<Value> lacking;
  for (int64_t i = 0; i < factored->vectors; ++i)
    lacking.push_back(vector::LoadOp::create(
        b, loc, cast<VectorType>(getScaleType()), factored->lacking,
        ValueRange{item, constant(i * memory.lanes)}));
  return lacking;
}

void DomainNest::storeLacking(Value item, ArrayRef<Value> lacking) {
  if (!factored->of.hasRowDecays) {
    memref::StoreOp::create(b, loc, lacking[0], factored->lacking, item);
    return;
  }
  for (auto [i, value] : llvm::enumerate(lacking))
    vector::StoreOp::create(b, loc, value, factored->lacking,
                            ValueRange{item, constant(i * memory.lanes)});
}

/// The same for all rows.
void DomainNest::storeLacking(Value item, double lacking) {
  storeLacking(item, SmallVector<Value>(factored->vectors, makeScale(lacking)));
}

Value DomainNest::makeScale(double number) {
  TypedAttr scale = b.getF32FloatAttr(number);
  if (auto type = dyn_cast<VectorType>(getScaleType()))
    scale = DenseElementsAttr::get(type, Attribute(scale));
  return arith::ConstantOp::create(b, loc, scale);
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

RowContext DomainNest::atStep(RowContext row, Value step, Value start) {
  row.time = timeOfStep(step);
  row.blockStep = sub(step, start);
  return row;
}

/// The `vector`-th vector along the state's rows.
TileContext DomainNest::makeRowTile(int64_t vector) {
  int64_t rows = plan.rolledExtent;
  return makeTile(constant(vector), constant(rows),
                  (vector + 1) * memory.lanes > rows);
}

/// What the state of after the step at `now` lacks.
SmallVector<Value> DomainNest::decay(const RowContext &now,
                                     ArrayRef<Value> lacking) {
  const OperandMemory &where =
      emitter.getMemory(scan.getInputArguments()[factored->of.decay]);
  SmallVector<Value> after;
  for (auto [i, value] : llvm::enumerate(lacking)) {
    Value factor;
    if (factored->of.hasRowDecays) {
      TileContext tile = makeRowTile(i);
      factor = memory.load(b, loc, where, now, tile, {OpFoldResult()});
      if (tile.mask)
        factor =
            arith::SelectOp::create(b, loc, tile.mask, factor, makeScale(1));
    } else {
      factor = memory.load(b, loc, where, now, TileContext(), {});
    }
    after.push_back(arith::MulFOp::create(b, loc, value, factor));
  }
  return after;
}

/// Whether a state may lack as much: not where a decay is 0 or no number.
Value DomainNest::areInRange(ArrayRef<Value> lacking) {
  Value all;
  for (Value value : lacking) {
    Value size = math::AbsFOp::create(b, loc, value);
    Value fits = arith::AndIOp::create(
        b, loc,
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, size,
                              makeScale(1 / mostScale)),
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, size,
                              makeScale(mostScale)));
    all = all ? arith::AndIOp::create(b, loc, all, fits).getResult() : fits;
  }
  if (!factored->of.hasRowDecays)
    return all;
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::AND, all);
}

/// Scales what the steps from `first` on read, up to `stop` or to the first one
/// after which the state would lack too much, which is returned.
Value DomainNest::scaleInputs(Value item, const RowContext &row, Value start,
                              Value first, Value stop) {
  SmallVector<Value> initial = {first};
  llvm::append_range(initial, loadLacking(item));
  SmallVector<Type> types = llvm::to_vector(ValueRange(initial).getTypes());
  types.append(factored->vectors, types.back());
  auto before = [&](OpBuilder &, Location, ValueRange now) {
    Value step = now.front();
    Value inside =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, step, stop);
    Value near = min(step, sub(stop, constant(1)));
    SmallVector<Value> lacking(now.drop_front());
    SmallVector<Value> after = decay(atStep(row, near, start), lacking);
    SmallVector<Value> passed(now);
    llvm::append_range(passed, after);
    inside = arith::AndIOp::create(b, loc, factored->pays, inside);
    scf::ConditionOp::create(
        b, loc, arith::AndIOp::create(b, loc, inside, areInRange(after)),
        passed);
  };
  auto body = [&](OpBuilder &, Location, ValueRange now) {
    SmallVector<Value> lacking(now.drop_front());
    auto [held, after] =
        std::make_pair(ArrayRef(lacking).take_front(factored->vectors),
                       ArrayRef(lacking).drop_front(factored->vectors));
    scaleStep(atStep(row, now.front(), start), held, after);
    SmallVector<Value> next = {add(now.front(), constant(1))};
    llvm::append_range(next, after);
    scf::YieldOp::create(b, loc, next);
  };
  auto steps = scf::WhileOp::create(b, loc, types, initial, before, body);
  storeLacking(
      item, SmallVector<Value>(steps.getResults().slice(1, factored->vectors)));
  return steps.getResult(0);
}

/// Scales what the step at `now` reads, where the state lacks `before` and then
/// `after`.
void DomainNest::scaleStep(const RowContext &now, ArrayRef<Value> before,
                           ArrayRef<Value> after) {
  SmallVector<Value> inverse;
  for (Value value : after)
    inverse.push_back(arith::DivFOp::create(b, loc, makeScale(1), value));
  for (auto [scaled, room] : llvm::zip(factored->of.scaled, factored->rooms)) {
    const OperandMemory &from =
        emitter.getMemory(scan.getInputArguments()[scaled.input]);
    // One factor for all rows is applied to what has none of them.
    ArrayRef<Value> by = scaled.role == ScaledInput::Key      ? inverse
                         : scaled.role == ScaledInput::Before ? before
                                                              : after;
    if (!factored->of.hasRowDecays) {
      memory.store(b, loc, by[0], room, now, TileContext(), {});
      continue;
    }
    for (int64_t i = 0; i < factored->vectors; ++i) {
      TileContext tile = makeRowTile(i);
      Value row = memory.load(b, loc, from, now, tile, {OpFoldResult()});
      Value product = arith::MulFOp::create(b, loc, row, by[i]);
      memory.store(b, loc, product, room, now, tile, {OpFoldResult()});
    }
  }
}

/// Asks for what is scaled, or the prefix reads, a block after `now`, at this
/// point of the domain: while a step computes, memory has little else to do.
void DomainNest::prefetchScaled(const RowContext &now) {
  if (prefix)
    prefetchPrefix(now);
  if (!factored->of.hasRowDecays)
    return;
  RowContext later = now;
  later.time = addToTime(now.time, block);
  for (const ScaledInput &scaled : factored->of.scaled) {
    Value argument = scan.getInputArguments()[scaled.input];
    if (prefixArguments.contains(argument))
      continue;
    for (int64_t at = 0; at < plan.rolledExtent; at += memory.lanes)
      memory.prefetch(b, loc, emitter.getMemory(argument), later, TileContext(),
                      {OpFoldResult(b.getIndexAttr(at))}, /*isWrite=*/false,
                      MemoryEmitter::near);
  }
}

/// Multiplies an item's state by what it lacks, but for `lacking`.
void DomainNest::scaleState(Value item, ArrayRef<RowContext> rows,
                            ArrayRef<TileContext> tiles, double lacking) {
  OperandMemory where = carryMemory(factored->of.carry);
  Value rest =
      arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1 / lacking));
  loop(constant(0), constant(plan.rolledExtent), 1, [&](OpBuilder &, Value at) {
    SmallVector<Value> index = {item};
    if (factored->of.hasRowDecays)
      index.push_back(at);
    Value scale = memref::LoadOp::create(b, loc, factored->lacking, index);
    scale =
        emitter.broadcast(b, loc, arith::MulFOp::create(b, loc, scale, rest));
    for (const TileContext &tile : tiles) {
      Value part = memory.load(b, loc, where, rows[0], tile, {at});
      memory.store(b, loc, arith::MulFOp::create(b, loc, part, scale), where,
                   rows[0], tile, {at});
    }
  });
  storeLacking(item, lacking);
}

void DomainNest::scaleStates(std::pair<Value, Value> items) {
  whenPays([&] {
    forEachItem(items.first, items.second,
                [&](Value item, ArrayRef<RowContext> rows,
                    ArrayRef<TileContext> tiles) {
                  scaleState(item, rows, tiles, /*lacking=*/1);
                });
  });
}

/// Runs `body` where there are steps enough for states that lack something.
void DomainNest::whenPays(function_ref<void()> body) {
  auto branch =
      scf::IfOp::create(b, loc, factored->pays, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// The steps [start, stop) of an item, with a state that lacks its decays.
void DomainNest::runFactored(Value item, ArrayRef<RowContext> rows,
                             ArrayRef<TileContext> tiles, Value start,
                             Value stop) {
  auto isBefore = [&](Value step, Value end) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, step, end);
  };
  auto before = [&](OpBuilder &, Location, ValueRange now) {
    scf::ConditionOp::create(b, loc, isBefore(now[0], stop), now);
  };
  auto body = [&](OpBuilder &, Location, ValueRange now) {
    Value first = now[0];
    Value end = scaleInputs(item, rows[0], start, first, stop);
    auto taken = scf::IfOp::create(
        b, loc, isBefore(first, end),
        [&](OpBuilder &, Location) {
          factored->nest->runSteps(rows, tiles, start, first, end, 1);
          auto part = scf::IfOp::create(b, loc, isBefore(end, stop),
                                        /*withElseRegion=*/false);
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(part.thenBlock());
          scaleState(item, rows, tiles, freshScale);
          b.setInsertionPointAfter(part);
          scf::YieldOp::create(b, loc, end);
        },
        [&](OpBuilder &, Location) {
          // One decay alone is too much: the step is taken as it stands.
          whenPays([&] { scaleState(item, rows, tiles, /*lacking=*/1); });
          Value next = arith::SelectOp::create(b, loc, factored->pays,
                                               add(first, constant(1)), stop);
          runSteps(rows, tiles, start, first, next, 1);
          scf::YieldOp::create(b, loc, next);
        });
    scf::YieldOp::create(b, loc, taken.getResults());
  };
  scf::WhileOp::create(b, loc, TypeRange{start.getType()}, ValueRange{start},
                       before, body);
}
