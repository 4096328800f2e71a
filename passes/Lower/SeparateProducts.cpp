//===- SeparateProducts.cpp - products beside the recurrence --------------===//
//
// Lanes run along the rows of a step's matrices, all of which have as many: a
// state of 64 numbers that is read out through a matrix of 16 rows has no such
// step. What is multiplied before a step needs no carry, and what is read out
// of it feeds none; both are products over all of time, and scans of their own.
//
//===----------------------------------------------------------------------===//

#include "passes/Lower/SeparateProducts.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/ScanParts.h"
#include "passes/Simplify/Hoist.h"
#include "passes/Support/BodySlice.h"
#include "passes/Support/CarryGraph.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace seqc;

namespace {
class ProductSeparator {
public:
  explicit ProductSeparator(seq::ScanOp scan)
      : scan(scan), graph(scan), yield(scan.getYield()) {}

  SmallVector<seq::ScanOp> run();

private:
  bool hasCarry(Value value) { return graph.getCarriesOf(value).any(); }
  int64_t getRows(Operation *op) {
    return getBodyShape(op->getResult(0)).back();
  }
  bool collect();
  void findLate();
  bool findKept();

  seq::ScanOp scan;
  CarryGraph graph;
  seq::YieldOp yield;
  BodySlice updates; ///< What the next carries are computed from.
  /// Products that need no carry, by the rows of their matrices.
  llvm::MapVector<int64_t, SmallVector<Operation *>> early;
  /// Products that no carry needs, and what outs make of them.
  llvm::SetVector<Operation *> late;
  SmallVector<Value> kept; ///< What the late ones read of the recurrence.
};
} // namespace

/// The ops of a time block join the body that they stand in.
static void inlineTimeBlocks(seq::ScanOp scan) {
  for (auto block : llvm::make_early_inc_range(
           scan.getBodyBlock()->getOps<seq::TimeBlockOp>())) {
    Block &inner = block.getBody().front();
    auto yield = cast<seq::YieldOp>(inner.getTerminator());
    block->replaceAllUsesWith(yield.getOuts());
    yield.erase();
    scan.getBodyBlock()->getOperations().splice(block->getIterator(),
                                                inner.getOperations());
    block.erase();
  }
}

/// Sorts the products; false where those of the recurrence itself differ.
bool ProductSeparator::collect() {
  updates = sliceBody(scan, llvm::to_vector(yield.getCarries()));
  std::optional<int64_t> rows;
  llvm::SmallSetVector<int64_t, 2> lateRows;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (!isMatrixContraction(scan, &op))
      continue;
    if (!hasCarry(op.getResult(0))) {
      early[getRows(&op)].push_back(&op);
      continue;
    }
    if (!updates.ops.contains(&op)) {
      late.insert(&op);
      lateRows.insert(getRows(&op));
      continue;
    }
    if (rows && *rows != getRows(&op))
      return false;
    rows = getRows(&op);
  }
  // In one block of steps, those of the recurrence's own rows stay nearer, and
  // those of the readouts' own share their loops, if no carry needs them.
  if (rows)
    early.erase(*rows);
  if (lateRows.size() == 1 &&
      llvm::none_of(early.lookup(lateRows.front()),
                    [&](Operation *op) { return updates.ops.contains(op); }))
    early.erase(lateRows.front());
  return !early.empty() || !late.empty();
}

/// Adds what follows from the late products.
void ProductSeparator::findLate() {
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (llvm::any_of(op.getOperands(), [&](Value operand) {
          return late.contains(operand.getDefiningOp());
        }))
      late.insert(&op);
}

/// What of the recurrence the late ops and their outs read.
bool ProductSeparator::findKept() {
  llvm::SetVector<Value> values;
  for (Operation *op : late)
    for (Value operand : op->getOperands())
      if (hasCarry(operand) && !late.contains(operand.getDefiningOp()))
        values.insert(operand);
  kept = values.takeVector();
  return llvm::all_of(kept, [](Value value) {
    return isa<FloatType>(getElementTypeOrSelf(value.getType()));
  });
}

/// Products that need no carry go into a time block again, but where one of
/// them multiplies what the step computes: within a block that is not in
/// memory.
static void hoist(seq::ScanOp scan) {
  std::string reason;
  hoistProducts(scan);
  if (failed(planRecurrent(scan, reason)))
    inlineTimeBlocks(scan);
}

SmallVector<seq::ScanOp> ProductSeparator::run() {
  if (!collect())
    return {scan};
  findLate();
  if (!findKept())
    return {scan};
  ScanParts::Part recurrence, readouts;
  for (auto [i, value] : llvm::enumerate(yield.getOuts()))
    (late.contains(value.getDefiningOp()) ? readouts : recurrence)
        .outs.push_back(i);
  for (unsigned i = 0; i < scan.getCarries().size(); ++i)
    recurrence.carries.push_back(i);
  recurrence.kept = kept;
  SmallVector<seq::ScanOp> made;
  ScanParts parts(scan);
  for (auto &[rows, ops] : early) {
    ScanParts::Part part;
    for (Operation *op : ops)
      part.kept.push_back(op->getResult(0));
    made.push_back(parts.build(part));
  }
  made.push_back(parts.build(recurrence));
  hoist(made.back());
  if (!readouts.isEmpty())
    made.push_back(parts.build(readouts));
  parts.finish();
  return made;
}

/// Of a single step, the products that need no carry are computed beside the
/// others: one walk through all weights, and threads meet once less. Where the
/// step would be lowered another way, they stay in their block.
static void joinStep(seq::ScanOp scan, const RecurrentPlan &plan) {
  if (getConstantIntValue(scan.getTime()) != 1 ||
      scan.getBodyBlock()->getOps<seq::TimeBlockOp>().empty())
    return;
  auto trial = cast<seq::ScanOp>(OpBuilder(scan).clone(*scan));
  inlineTimeBlocks(trial);
  std::string reason;
  FailureOr<RecurrentPlan> joined = planRecurrent(trial, reason);
  bool isSame = succeeded(joined) && joined->kind == plan.kind &&
                joined->stages == plan.stages;
  trial.erase();
  if (isSame)
    inlineTimeBlocks(scan);
}

SmallVector<seq::ScanOp> seqc::separateProducts(seq::ScanOp scan) {
  std::string reason;
  if (scan.hasBufferSemantics() || scan.getCarries().empty() ||
      !scan.getHistories().empty() || findSecondTierOp(scan))
    return {scan};
  if (auto plan = planRecurrent(scan, reason); succeeded(plan)) {
    joinStep(scan, *plan);
    return {scan};
  }
  inlineTimeBlocks(scan);
  return ProductSeparator(scan).run();
}
