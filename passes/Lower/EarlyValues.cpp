//===- EarlyValues.cpp - what a step can know before its carries ----------===//

#include "passes/Lower/EarlyValues.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

namespace {
/// What a value of the body follows from.
struct Causes {
  bool carry = false, time = false, slow = false;
};

class CauseAnalysis {
public:
  CauseAnalysis(ScanOp scan) : scan(scan) {}

  Causes of(Value value) {
    if (auto known = causes.find(value); known != causes.end())
      return known->second;
    Causes result;
    if (auto argument = dyn_cast<BlockArgument>(value))
      result = ofArgument(argument);
    else if (scan->isProperAncestor(value.getDefiningOp()))
      result = ofOp(value.getDefiningOp());
    return causes[value] = result;
  }

private:
  Causes ofArgument(BlockArgument argument) {
    Causes result;
    if (argument.getOwner() != scan.getBodyBlock())
      return result;
    unsigned number = argument.getArgNumber();
    unsigned domain = scan.getDomain().size();
    unsigned inputs = scan.getInputs().size();
    if (number < domain)
      return result;
    result.carry = number > domain + inputs;
    result.time = number == domain ||
                  (!result.carry &&
                   findTime(scan.getInputIndex(number - domain - 1)) >= 0);
    return result;
  }

  Causes ofOp(Operation *op) {
    Causes result;
    // A time block is computed ahead already, by its own means.
    result.carry = isa<TimeBlockOp>(op);
    result.slow = isa<arith::DivFOp, SigmoidOp, SoftplusOp>(op) ||
                  isa_and_nonnull<math::MathDialect>(op->getDialect());
    for (Value operand : op->getOperands()) {
      Causes cause = of(operand);
      result.carry |= cause.carry;
      result.time |= cause.time;
      result.slow |= cause.slow;
    }
    return result;
  }

  ScanOp scan;
  llvm::DenseMap<Value, Causes> causes;
};
} // namespace

SmallVector<Value> seqc::findEarlyValues(ScanOp scan) {
  CauseAnalysis analysis(scan);
  auto isEarly = [&](Value value) {
    if (!isa<FloatType>(value.getType()))
      return false;
    Causes causes = analysis.of(value);
    return causes.slow && causes.time && !causes.carry;
  };
  SmallVector<Value> early;
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    for (Value value : op.getResults())
      if (isEarly(value) && llvm::any_of(value.getUsers(), [&](Operation *use) {
            return use->getNumResults() != 1 || !isEarly(use->getResult(0));
          }))
        early.push_back(value);
  return early;
}
