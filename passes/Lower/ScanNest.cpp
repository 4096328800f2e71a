//===- ScanNest.cpp - what the nests of a recurrent scan share ------------===//

#include "passes/Lower/ScanNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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

void ScanNest::loop(Value low, Value high, int64_t step, LoopBody body) {
  auto op = scf::ForOp::create(b, loc, low, high, constant(step));
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

void ScanNest::storeOuts(bool rolled) {
  YieldOp yield = scan.getYield();
  for (unsigned row = 0; row < emitter.getRows().size(); ++row)
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile) {
      Value active = emitActive(row, tile);
      for (unsigned i = 0; i < yield.getOuts().size(); ++i) {
        Value value = yield.getOuts()[i];
        if (emitter.isRolled(value) != rolled)
          continue;
        OperandMemory where = OperandMemory::sliced(
            scan.getOuts()[i], scan.getOutIndex(i), plan.laneSymbol);
        emitter.forEachElement(value, [&](ArrayRef<int64_t> index) {
          Value element = emitter.emit(b, value, row, tile, index);
          if (active)
            element = select(active, element,
                             arith::ConstantOp::create(
                                 b, loc, b.getZeroAttr(element.getType())));
          memory.store(b, loc, element, where, emitter.getRows()[row],
                       emitter.getTiles()[tile],
                       emitter.toBodyIndex(b, value, index));
        });
      }
    }
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

void seqc::buildThreadedRegion(OpBuilder &builder, Location loc,
                               function_ref<void()> lower) {
  auto region = scf::ExecuteRegionOp::create(builder, loc, TypeRange());
  region.setNoInline(true);
  region->setAttr("seq.threaded", builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&region.getRegion());
  lower();
  scf::YieldOp::create(builder, loc);
}
