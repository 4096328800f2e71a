//===- Hoist.cpp - contractions that depend on no carry leave the step ----===//
//
// A product with an invariant operand that reads no carry is moved into a
// `seq.time_block`, which the lowering runs for many steps at once: every
// step's matrix-vector product becomes one matrix product.
//
//===----------------------------------------------------------------------===//

#include "passes/Simplify/Hoist.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/Support/BodyShape.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {
#define GEN_PASS_DEF_HOIST
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// An operand of fewer elements stays in registers across steps, where a
/// product with it is as cheap as it gets.
static constexpr int64_t smallOperand = 64;

namespace {
/// The ops of one scan's body that go into its time block.
class TimeBlockBuilder {
public:
  explicit TimeBlockBuilder(seq::ScanOp scan) : scan(scan), carries(scan) {}

  void run() {
    findInvariants();
    collectContractions();
    if (contracted.empty())
      return;
    followConsumers();
    moveIntoBlock();
  }

private:
  void findInvariants();
  void collectContractions();
  void followConsumers();
  void moveIntoBlock();
  bool isContraction(Operation *op);
  bool addWithProducers(Operation *op);

  seq::ScanOp scan;
  CarryGraph carries;
  llvm::SmallPtrSet<Value, 16> invariants;
  /// Contractions, and what follows from them.
  llvm::SetVector<Operation *> contracted;
  /// Everything in the block: `contracted` and what leads to it.
  llvm::SmallPtrSet<Operation *, 16> members;
};
} // namespace

/// Values of the body that are the same at every step.
void TimeBlockBuilder::findInvariants() {
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (seq::findTime(scan.getInputIndex(i)) < 0)
      invariants.insert(argument);
  for (Operation &op : *scan.getBodyBlock()) {
    bool invariant = op.getNumRegions() == 0 &&
                     llvm::all_of(op.getOperands(), [&](Value operand) {
                       return invariants.contains(operand) ||
                              operand.getParentRegion() != &scan.getBody();
                     });
    if (invariant)
      invariants.insert(op.result_begin(), op.result_end());
  }
}

/// A reduction over an invariant operand that is not small.
bool TimeBlockBuilder::isContraction(Operation *op) {
  std::optional<seq::BodySemantics> semantics = seq::getBodySemantics(op);
  if (!semantics || !semantics->hasReduction())
    return false;
  bool large = llvm::any_of(op->getOperands(), [&](Value operand) {
    return invariants.contains(operand) &&
           countBodyElements(operand) >= smallOperand;
  });
  bool varies = llvm::any_of(op->getOperands(), [&](Value operand) {
    return !invariants.contains(operand);
  });
  return large && varies;
}

/// Adds `op` and all that it reads to the block; leaves the block alone where
/// an op outside the first tier is among them.
bool TimeBlockBuilder::addWithProducers(Operation *op) {
  SmallVector<Operation *> worklist = {op};
  llvm::SmallPtrSet<Operation *, 8> added;
  while (!worklist.empty()) {
    Operation *next = worklist.pop_back_val();
    if (members.contains(next) || !added.insert(next).second)
      continue;
    if (!seq::getBodySemantics(next))
      return false;
    for (Value operand : next->getOperands())
      if (Operation *def = operand.getDefiningOp();
          def && def->getBlock() == scan.getBodyBlock())
        worklist.push_back(def);
  }
  members.insert(added.begin(), added.end());
  return true;
}

void TimeBlockBuilder::collectContractions() {
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (isContraction(&op) && carries.getCarriesOf(&op).none() &&
        addWithProducers(&op))
      contracted.insert(&op);
}

/// Carry-independent consumers follow, so that a bias is added in the block.
/// One whose result is larger than what it reads stays behind: every result
/// of the block is stored for all steps.
void TimeBlockBuilder::followConsumers() {
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (contracted.contains(&op) || carries.getCarriesOf(&op).any() ||
        op.getNumResults() == 0)
      continue;
    int64_t read = 0;
    for (Value operand : op.getOperands())
      if (contracted.contains(operand.getDefiningOp()))
        read = std::max(read, countBodyElements(operand));
    if (read > 0 && countBodyElements(op.getResult(0)) <= read &&
        addWithProducers(&op))
      contracted.insert(&op);
  }
}

/// Clones the members into a block; the contracted ones' results leave it.
/// What only leads to them stays behind too where others read it.
void TimeBlockBuilder::moveIntoBlock() {
  SmallVector<Value> results;
  for (Operation &op : *scan.getBodyBlock()) {
    if (!contracted.contains(&op))
      continue;
    for (Value result : op.getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !members.contains(user);
          }))
        results.push_back(result);
  }
  if (results.empty())
    return;
  OpBuilder builder(scan.getBodyBlock(), scan.getBodyBlock()->begin());
  // Uses may come before the last member; the block reads arguments alone, or
  // values from above the scan, so the start of the body is right.
  auto block = seq::TimeBlockOp::create(builder, results[0].getLoc(),
                                        ValueRange(results).getTypes());
  builder.createBlock(&block.getBody());
  IRMapping mapping;
  for (Operation &op : *scan.getBodyBlock())
    if (members.contains(&op))
      builder.clone(op, mapping);
  SmallVector<Value> yielded;
  for (Value result : results)
    yielded.push_back(mapping.lookup(result));
  seq::YieldOp::create(builder, scan.getLoc(), yielded, ValueRange());
  for (auto [result, replacement] : llvm::zip(results, block.getResults()))
    result.replaceUsesWithIf(replacement, [&](OpOperand &use) {
      return use.getOwner()->getBlock() != &block.getBody().front() &&
             !members.contains(use.getOwner());
    });
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(*scan.getBodyBlock())))
    if (members.contains(&op) && op.use_empty())
      op.erase();
}

void seqc::hoistProducts(seq::ScanOp scan) {
  // Without a carry everything is independent: the steps are one block already.
  if (!scan.getCarries().empty() && !scan.hasBufferSemantics())
    TimeBlockBuilder(scan).run();
}

namespace {
struct Hoist : public seqc::impl::HoistBase<Hoist> {
  void runOnOperation() override {
    getOperation()->walk([](seq::ScanOp scan) { hoistProducts(scan); });
  }
};
} // namespace
