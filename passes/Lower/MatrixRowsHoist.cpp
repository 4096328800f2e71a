//===- MatrixRowsHoist.cpp - products of many steps at once ---------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/MatrixRowsNest.h"
#include "passes/Support/BodyDims.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Memory of this thread for the vectors that contractions take in fixed point.
void MatrixRowsNest::allocateFixedPoint() {
  FixedPointEmitter fixed(b, loc, memory);
  bool dense = scan.getCarries().empty() && plan.stages == 1;
  std::map<std::pair<const void *, bool>, FixedVectors> known;
  for (Operation *op : plan.contractions) {
    if (!emitter.takesFixedPoint(op))
      continue;
    Value vector = op->getOperand(1);
    bool hoisted = isHoisted(op);
    auto [found, isNew] =
        known.try_emplace({vector.getAsOpaquePointer(), hoisted});
    if (isNew) {
      Value rows = countPoints(symbols);
      if (dense)
        rows = min(constant(denseRows), mul(rows, scan.getTime()));
      else if (hoisted)
        rows = mul(rows, constant(blocking.block));
      found->second = fixed.allocate(rows, getBodyShape(vector)[0]);
    }
    emitter.setFixedPoint(op, found->second);
  }
}

/// Converts the vectors of the contractions that are due, of `count` rows.
/// Every thread has its own: they are read at once, without a barrier.
void MatrixRowsNest::convertVectors(
    Value count, MakeRow makeRow,
    function_ref<bool(Operation *contraction)> isDue) {
  llvm::SmallMapVector<Value, FixedVectors, 4> due;
  for (Operation *op : plan.contractions)
    if (emitter.takesFixedPoint(op) && isDue(op))
      due.try_emplace(op->getOperand(1), emitter.getFixedPoint(op));
  if (due.empty())
    return;
  loop(constant(0), count, 1, [&](OpBuilder &, Value flat) {
    FixedPointEmitter fixed(b, loc, memory);
    for (auto &[vector, where] : due)
      fixed.convert(where, emitter.getMemory(vector), makeRow(flat),
                    getBodyShape(vector)[0]);
  });
}

/// The block that begins at step `start`, of the steps from `first` to `last`;
/// without rows where that is the last one.
MatrixRowsNest::TimeBlock
MatrixRowsNest::makeTimeBlock(Value start, Value first, Value last) {
  Value left = sub(last, start), base = constant(0);
  if (blocking.jobRows > 0) {
    left = b.createOrFold<arith::MaxSIOp>(loc, left, constant(0));
    Value number = div(sub(start, first), constant(blocking.block));
    base = mul(rem(number, constant(2)), constant(blocking.block));
  }
  Value steps = min(constant(blocking.block), left);
  return {start, mul(steps, countStepRows()), base};
}

RowContext MatrixRowsNest::makeBlockRow(const TimeBlock &of, Value flat) {
  Value points = countStepRows(), step = div(flat, points);
  RowContext context = makeRow(rem(flat, points), symbols);
  context.blockStep = add(of.base, step);
  context.place = flat;
  context.time = timeOfStep(add(of.start, step));
  return context;
}

void MatrixRowsNest::allocateHoisted() {
  using Axis = OperandMemory::Axis;
  // While the values of one block are read, the next one's are written.
  auto countSteps = [](const MatrixRowsBlocking &of) {
    return of.block * (of.jobRows > 0 ? 2 : 1);
  };
  int64_t steps = countSteps(blocking);
  if (asksForSingleRow())
    steps = std::max(steps, countSteps(blockingAlone));
  for (TimeBlockOp op : scan.getBodyBlock()->getOps<TimeBlockOp>())
    for (auto [result, value] :
         llvm::zip(op.getResults(), getBlockValues(op))) {
      hoisted.push_back({value, result});
      emitter.setMemory(result,
                        allocatePadded({Axis::BlockStep}, steps, result));
    }
}

/// Stores the hoisted values of the block that `from` has begun.
void MatrixRowsNest::storeHoisted(BodyEmitter &from) {
  for (auto pair : hoisted)
    for (unsigned r = 0; r < from.getRows().size(); ++r)
      for (unsigned t = 0; t < from.getTiles().size(); ++t)
        from.forEachElement(pair.second, [&](ArrayRef<int64_t> index) {
          memory.store(b, loc, from.emit(b, pair.first, r, t, index),
                       from.getMemory(pair.second), from.getRows()[r],
                       from.getTiles()[t],
                       from.toBodyIndex(b, pair.second, index));
        });
}

/// Computes the time blocks of the steps in `of`: all steps and domain points
/// are rows of one matrix product.
void MatrixRowsNest::hoistBlock(const TimeBlock &of) {
  if (hoisted.empty())
    return;
  auto row = [&](Value flat) { return makeBlockRow(of, flat); };
  convertVectors(of.rows, row, isHoisted);
  block = blocking.hoist;
  forEachGroup(/*takes=*/false, [&](ArrayRef<TileContext> tiles) {
    forEachRowBlock(of.rows, tiles, row, [&] { storeHoisted(emitter); });
  });
  block = blocking.step;
  // Another blocking is another division of the tiles among threads.
  barrier();
}

/// Emits a group of a step's tiles. Its products wait for the weights, so that
/// their loop has time for others: a job is one tile of a few rows of the next
/// time block, and each group of each step takes one.
void MatrixRowsNest::withJobBeside(Value blockStep, ArrayRef<TileContext> tiles,
                                   function_ref<void()> emitGroup) {
  if (blocking.jobRows == 0)
    return emitGroup();
  int64_t vectors = llvm::divideCeil(plan.laneExtent, memory.lanes);
  Value groups = constant(llvm::divideCeil(vectors, block.tiles));
  Value group = div(tiles[0].tile, constant(block.tiles));
  Value job = add(mul(blockStep, groups), group);
  Value rowBlocks = ceilDiv(next.rows, blocking.jobRows);
  Value due = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, job,
                                    mul(rowBlocks, constant(vectors)));
  auto branch = scf::IfOp::create(b, loc, due, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  emitGroup();
  b.setInsertionPointToStart(branch.thenBlock());
  // Jobs with the same weights follow each other.
  Value firstRow = mul(rem(job, rowBlocks), constant(blocking.jobRows));
  SmallVector<RowContext> rows;
  for (int64_t i = 0; i < blocking.jobRows; ++i)
    rows.push_back(makeBlockRow(
        next, min(add(firstRow, constant(i)), sub(next.rows, constant(1)))));
  BodyEmitter beside = emitter;
  beside.begin(rows, makeTile(div(job, rowBlocks), constant(plan.laneExtent),
                              plan.laneExtent % memory.lanes != 0));
  auto store = [&] { storeHoisted(beside); };
  emitter.setBeside(beside, *llvm::find_if(plan.contractions, isHoisted),
                    store);
  emitGroup();
  if (emitter.endBeside())
    store();
}
