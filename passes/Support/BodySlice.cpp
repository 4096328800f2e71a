//===- BodySlice.cpp - the part of a body that computes some values -------===//

#include "passes/Support/BodySlice.h"

using namespace mlir;
using namespace seqc;

BodySlice seqc::sliceBody(seq::ScanOp scan, ArrayRef<Value> wanted,
                          const IRMapping &given) {
  BodySlice slice;
  Block *body = scan.getBodyBlock();
  auto need = [&](Value value) {
    if (given.contains(value))
      slice.given.insert(value);
    else if (Operation *def = value.getDefiningOp();
             def && def->getBlock() == body)
      slice.ops.insert(def);
    else if (value.getParentBlock() == body)
      slice.arguments.insert(value);
  };
  llvm::for_each(wanted, need);
  for (Operation &op : llvm::reverse(*body))
    if (slice.ops.contains(&op))
      op.walk([&](Operation *nested) {
        llvm::for_each(nested->getOperands(), need);
      });
  return slice;
}

void seqc::cloneSlice(OpBuilder &b, seq::ScanOp scan, const BodySlice &slice,
                      IRMapping &mapping) {
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (slice.ops.contains(&op))
      b.clone(op, mapping);
}
