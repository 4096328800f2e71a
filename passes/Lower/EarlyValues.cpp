//===- EarlyValues.cpp - what a step can know before its carries ----------===//

#include "passes/Lower/EarlyValues.h"
#include "passes/Lower/BodyCauses.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

SmallVector<Value> seqc::findEarlyValues(ScanOp scan) {
  CauseAnalysis analysis(scan);
  auto isEarly = [&](Value value) {
    if (!isa<FloatType>(value.getType()))
      return false;
    Causes causes = analysis.of(value);
    return causes.slow && causes.time && !causes.carry;
  };
  // Whether something that waits for a carry waits for `value` too, through
  // what is not early itself.
  std::function<bool(Value)> isAwaited = [&](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      return llvm::any_of(user->getResults(), [&](Value result) {
        return analysis.of(result).carry ||
               (!isEarly(result) && isAwaited(result));
      });
    });
  };
  SmallVector<Value> early;
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    for (Value value : op.getResults())
      if (isEarly(value) && isAwaited(value))
        early.push_back(value);
  return early;
}
