//===- ScanNest.cpp - what the nests of a recurrent scan share ------------===//

#include "passes/Lower/ScanNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

Value ScanNest::constant(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value ScanNest::add(Value x, Value y) {
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}
Value ScanNest::sub(Value x, Value y) {
  return b.createOrFold<arith::SubIOp>(loc, x, y);
}
Value ScanNest::mul(Value x, Value y) {
  return b.createOrFold<arith::MulIOp>(loc, x, y);
}
Value ScanNest::div(Value x, Value y) {
  return b.createOrFold<arith::DivUIOp>(loc, x, y);
}
Value ScanNest::rem(Value x, Value y) {
  return b.createOrFold<arith::RemUIOp>(loc, x, y);
}
Value ScanNest::min(Value x, Value y) {
  return b.createOrFold<arith::MinSIOp>(loc, x, y);
}
Value ScanNest::ceilDiv(Value x, int64_t y) {
  return div(add(x, constant(y - 1)), constant(y));
}

void ScanNest::loop(Value low, Value high, Value step, LoopBody body) {
  auto op = scf::ForOp::create(b, loc, low, high, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  body(b, op.getInductionVar());
}

std::pair<Value, Value> ScanNest::threadRange(Value count) {
  Value thread = ThreadIdOp::create(b, loc, b.getIndexType());
  Value threads = NumThreadsOp::create(b, loc, b.getIndexType());
  Value next = add(thread, constant(1));
  return {div(mul(thread, count), threads), div(mul(next, count), threads)};
}

void ScanNest::takeLoop(Value count, Value backwards, LoopBody body) {
  Type index = b.getIndexType();
  auto op = scf::WhileOp::create(b, loc, index, constant(-1));
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&op.getBefore(), {}, index, loc);
  Value item =
      TakeOp::create(b, loc, index, count, before->getArgument(0), backwards);
  Value isOne = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, item,
                                      constant(0));
  scf::ConditionOp::create(b, loc, isOne, item);
  Block *after = b.createBlock(&op.getAfter(), {}, index, loc);
  body(b, after->getArgument(0));
  scf::YieldOp::create(b, loc, after->getArgument(0));
}

void ScanNest::barrier() { BarrierOp::create(b, loc); }

void ScanNest::onFirstThread(function_ref<void()> body) {
  Value thread = ThreadIdOp::create(b, loc, b.getIndexType());
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread,
                                      constant(0));
  auto branch = scf::IfOp::create(b, loc, first, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

Value ScanNest::countPoints(ArrayRef<int64_t> symbols) {
  Value count = constant(1);
  for (int64_t symbol : symbols)
    count = mul(count, scan.getDomain()[symbol]);
  return count;
}

RowContext ScanNest::makeRow(Value flat, ArrayRef<int64_t> symbols) {
  RowContext row;
  row.domain.resize(scan.getDomain().size());
  for (size_t i = symbols.size(); i-- > 0;) {
    Value extent = scan.getDomain()[symbols[i]];
    row.domain[symbols[i]] = i == 0 ? flat : rem(flat, extent);
    if (i != 0)
      flat = div(flat, extent);
  }
  return row;
}

Value ScanNest::timeOfStep(Value step) {
  if (!scan.getReverse())
    return step;
  return sub(sub(scan.getTime(), constant(1)), step);
}

Value ScanNest::addToTime(Value time, int64_t steps) {
  if (scan.getReverse())
    return b.createOrFold<arith::MaxSIOp>(loc, sub(time, constant(steps)),
                                          constant(0));
  return min(add(time, constant(steps)), sub(scan.getTime(), constant(1)));
}

TileContext ScanNest::makeTile(Value tile, Value size, bool masked) {
  TileContext context;
  context.tile = tile;
  context.base = mul(tile, constant(memory.lanes));
  if (masked && memory.lanes > 1) {
    context.size = size;
    auto type = VectorType::get({memory.lanes}, b.getI1Type());
    context.mask =
        vector::CreateMaskOp::create(b, loc, type, sub(size, context.base));
  }
  return context;
}

void ScanNest::setInputMemories() {
  for (auto [i, value] : llvm::enumerate(scan.getInputs()))
    if (scan.getInputLanes()[i] == 0 &&
        !emitter.hasMemory(scan.getInputArguments()[i]))
      emitter.setMemory(
          scan.getInputArguments()[i],
          OperandMemory::sliced(value, scan.getInputIndex(i), plan.laneSymbol));
}

void ScanNest::setShiftedMemories(bool fromHistory) {
  for (auto [i, number] : llvm::enumerate(scan.getInputHistory())) {
    if (number < 0)
      continue;
    OperandMemory where = OperandMemory::sliced(
        scan.getInputs()[i], scan.getInputIndex(i), plan.laneSymbol);
    if (fromHistory)
      where.history = scan.getHistories()[number];
    emitter.setMemory(scan.getInputArguments()[i], where);
  }
}

void ScanNest::splitAtHistories(function_ref<void(Value, Value)> body) {
  int64_t lag = 0;
  for (auto [i, number] : llvm::enumerate(scan.getInputHistory()))
    if (number >= 0) {
      IndexList list = scan.getInputIndex(i);
      lag = std::max(lag, list[findTime(list)].lag);
    }
  if (lag == 0)
    return body(constant(0), scan.getTime());
  std::optional<int64_t> time = getConstantIntValue(scan.getTime());
  Value first = time ? constant(std::min(lag, *time))
                     : min(constant(lag), scan.getTime());
  setShiftedMemories(/*fromHistory=*/true);
  body(constant(0), first);
  setShiftedMemories(/*fromHistory=*/false);
  if (!time || *time > lag)
    body(first, scan.getTime());
}

void ScanNest::shiftHistories() {
  if (scan.getHistories().empty())
    return;
  barrier();
  onFirstThread([&] {
    for (auto [i, history] : llvm::enumerate(scan.getHistories())) {
      auto *found = llvm::find(scan.getInputHistory(), static_cast<int64_t>(i));
      shiftHistory(history, found - scan.getInputHistory().begin());
    }
  });
}

/// Row by row, the oldest first: rows of before the start move forward within
/// the history.
void ScanNest::shiftHistory(Value history, unsigned input) {
  IndexList list = scan.getInputIndex(input);
  int64_t timeDim = findTime(list);
  int64_t rows = cast<MemRefType>(history.getType()).getDimSize(timeDim);
  RowContext point;
  point.domain.resize(scan.getDomain().size());
  SmallVector<Value> index(list.size());
  // Copies one element, from the operand's row or from that of the history.
  auto copy = [&](Value source, Value from, Value to) {
    index[timeDim] = from;
    Value element = memref::LoadOp::create(b, loc, source, index);
    index[timeDim] = to;
    memref::StoreOp::create(b, loc, element, history, index);
  };
  auto chooseRow = [&](Value end, Value row,
                       function_ref<void(Value source, Value from)> use) {
    Value from = sub(add(end, row), constant(rows));
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                         from, constant(0));
    auto branch = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    use(scan.getInputs()[input], from);
    b.setInsertionPointToStart(branch.elseBlock());
    use(history, add(end, row));
  };
  std::function<void(size_t, function_ref<void()>)> nest =
      [&](size_t d, function_ref<void()> leaf) {
        if (d == list.size())
          return leaf();
        if (static_cast<int64_t>(d) == timeDim)
          return nest(d + 1, leaf);
        Value extent = memref::DimOp::create(b, loc, history, d);
        loop(constant(0), extent, 1, [&](OpBuilder &, Value at) {
          index[d] = at;
          if (list[d].kind == IndexEntry::Domain)
            point.domain[list[d].symbol] = at;
          nest(d + 1, leaf);
        });
      };
  loop(constant(0), constant(rows), 1, [&](OpBuilder &, Value row) {
    if (!scan.hasLengths())
      return chooseRow(scan.getTime(), row, [&](Value source, Value from) {
        nest(0, [&] { copy(source, from, row); });
      });
    nest(0, [&] {
      Value length =
          memory.load(b, loc,
                      OperandMemory::sliced(scan.getLengths()[0],
                                            scan.getLengthsIndex(), -1),
                      point, TileContext(), {});
      if (!length.getType().isIndex())
        length = arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
      chooseRow(min(scan.getTime(), length), row,
                [&](Value source, Value from) { copy(source, from, row); });
    });
  });
}

Value ScanNest::select(Value condition, Value yes, Value no) {
  if (isa<VectorType>(condition.getType())) {
    yes = emitter.broadcast(b, loc, yes);
    no = emitter.broadcast(b, loc, no);
  } else if (isa<VectorType>(yes.getType()) != isa<VectorType>(no.getType())) {
    yes = emitter.broadcast(b, loc, yes);
    no = emitter.broadcast(b, loc, no);
  }
  return arith::SelectOp::create(b, loc, condition, yes, no);
}

Value ScanNest::emitActive(unsigned row, unsigned tile) {
  if (!scan.hasLengths())
    return Value();
  OperandMemory where = OperandMemory::sliced(
      scan.getLengths()[0], scan.getLengthsIndex(), plan.laneSymbol);
  Value length = memory.load(b, loc, where, emitter.getRows()[row],
                             emitter.getTiles()[tile], {});
  Value time = emitter.getRows()[row].time;
  Type element = getElementTypeOrSelf(length.getType());
  if (!element.isIndex())
    time = arith::IndexCastOp::create(b, loc, element, time);
  if (isa<VectorType>(length.getType()))
    time = emitter.broadcast(b, loc, time);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, time, length);
}

void ScanNest::storeOuts(bool rolled, bool together) {
  YieldOp yield = scan.getYield();
  SmallVector<std::function<void()>> later;
  for (unsigned row = 0; row < countRows(); ++row)
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile) {
      Value active = emitActive(row, tile);
      for (unsigned i = 0; i < yield.getOuts().size(); ++i) {
        Value value = yield.getOuts()[i];
        if (emitter.isRolled(value) != rolled)
          continue;
        emitter.forEachElement(value, [&](ArrayRef<int64_t> index) {
          Value element = emitter.emit(b, value, row, tile, index);
          if (active)
            element = select(active, element,
                             arith::ConstantOp::create(
                                 b, loc, b.getZeroAttr(element.getType())));
          auto store = [=, at = emitter.toBodyIndex(b, value, index)] {
            storeOut(i, element, row, tile, at);
          };
          if (together)
            later.push_back(store);
          else
            store();
        });
      }
    }
  for (const std::function<void()> &store : later)
    store();
}

OperandMemory ScanNest::getOutMemory(unsigned out) const {
  auto found = outMemories.find(out);
  if (found != outMemories.end())
    return found->second;
  seq::ScanOp op = scan;
  return OperandMemory::sliced(op.getOuts()[out], op.getOutIndex(out),
                               plan.laneSymbol);
}

void ScanNest::storeOut(unsigned i, Value element, unsigned row, unsigned tile,
                        BodyIndex index) {
  OperandMemory where = getOutMemory(i);
  if (!pastCaches.empty())
    where.pastCaches = pastCaches[i];
  whenDue(i, emitter.getRows()[row].time, [&] {
    memory.store(b, loc, element, where, emitter.getRows()[row],
                 emitter.getTiles()[tile], index);
  });
}

/// Runs `store` where out `i` has a row for the step at `time`.
void ScanNest::whenDue(unsigned i, Value time, function_ref<void()> store) {
  IndexList list = scan.getOutIndex(i);
  int64_t every = list[findTime(list)].every;
  if (every == 1)
    return store();
  Value rest = rem(add(time, constant(1)), constant(every));
  Value due = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest,
                                    constant(0));
  auto branch = scf::IfOp::create(b, loc, due, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  store();
}

Value ScanNest::emitCarry(unsigned carry, unsigned row, unsigned tile,
                          ArrayRef<int64_t> index) {
  Value value =
      emitter.emit(b, scan.getYield().getCarries()[carry], row, tile, index);
  Value active = emitActive(row, tile);
  if (!active)
    return value;
  // A whole carry has no lanes where the body reads it, but is written in
  // lanes: what is held is read as it is written.
  Value argument = scan.getCarryArguments()[carry];
  Value held =
      plan.wholeCarries.contains(carry)
          ? memory.load(b, loc, emitter.getMemory(argument),
                        emitter.getRows()[row], emitter.getTiles()[tile],
                        emitter.toBodyIndex(
                            b, scan.getYield().getCarries()[carry], index))
          : emitter.emit(b, argument, row, tile, index);
  return select(active, value, held);
}

void ScanNest::emitCarryElements(unsigned carry, Value shaped,
                                 const OperandMemory &where, unsigned row,
                                 unsigned tile,
                                 SmallVectorImpl<PendingStore> &pending) {
  emitter.forEachElement(shaped, [&](ArrayRef<int64_t> index) {
    pending.push_back({emitCarry(carry, row, tile, index), where, row, tile,
                       emitter.toBodyIndex(b, shaped, index)});
  });
}

void ScanNest::storePending(ArrayRef<PendingStore> pending) {
  for (const PendingStore &store : pending)
    memory.store(b, loc, store.value, store.where, emitter.getRows()[store.row],
                 emitter.getTiles()[store.tile], store.index);
}

bool seqc::isOutsideLoops(Operation *op) {
  Operation *parent = op->getParentOp();
  while (isa<scf::IfOp>(parent))
    parent = parent->getParentOp();
  return isa<func::FuncOp>(parent);
}

void seqc::buildThreadedRegion(OpBuilder &builder, Location loc,
                               function_ref<void()> lower, bool threaded) {
  auto region = scf::ExecuteRegionOp::create(builder, loc, TypeRange());
  region.setNoInline(true);
  if (threaded)
    region->setAttr("seq.threaded", builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&region.getRegion());
  lower();
  scf::YieldOp::create(builder, loc);
}
