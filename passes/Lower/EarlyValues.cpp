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
  SmallVector<Value> early;
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    for (Value value : op.getResults())
      if (isEarly(value) && llvm::any_of(value.getUsers(), [&](Operation *use) {
            return use->getNumResults() != 1 || !isEarly(use->getResult(0));
          }))
        early.push_back(value);
  return early;
}
