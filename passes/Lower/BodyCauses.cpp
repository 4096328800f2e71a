//===- BodyCauses.cpp - what a body's values follow from ------------------===//

#include "passes/Lower/BodyCauses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

Causes CauseAnalysis::of(Value value) {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  Causes result;
  if (auto argument = dyn_cast<BlockArgument>(value))
    result = ofArgument(argument);
  else if (scan->isProperAncestor(value.getDefiningOp()))
    result = ofOp(value.getDefiningOp());
  return known[value] = result;
}

Causes CauseAnalysis::ofArgument(BlockArgument argument) {
  Causes result;
  if (argument.getOwner() != scan.getBodyBlock())
    return result;
  unsigned number = argument.getArgNumber();
  unsigned domain = scan.getDomain().size();
  unsigned inputs = scan.getInputs().size();
  if (number < domain)
    return result;
  result.carry = number > domain + inputs;
  result.time =
      number == domain ||
      (!result.carry && findTime(scan.getInputIndex(number - domain - 1)) >= 0);
  return result;
}

bool seqc::isSlow(Operation *op) {
  return isa<arith::DivFOp, SigmoidOp, SoftplusOp>(op) ||
         isa_and_nonnull<math::MathDialect>(op->getDialect());
}

Causes CauseAnalysis::ofOp(Operation *op) {
  Causes result;
  // A time block is computed ahead already, by its own means.
  result.carry = isa<TimeBlockOp>(op);
  result.slow = isSlow(op);
  std::optional<BodySemantics> space = getBodySemantics(op);
  result.sums = space && space->hasReduction();
  for (Value operand : op->getOperands()) {
    Causes cause = of(operand);
    result.carry |= cause.carry;
    result.time |= cause.time;
    result.slow |= cause.slow;
    result.sums |= cause.sums;
  }
  return result;
}
