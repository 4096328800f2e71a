//===- BodyDims.cpp - which dimensions of a body's values are one ---------===//

#include "passes/Support/BodyDims.h"
#include "passes/Support/BodyShape.h"

using namespace mlir;
using namespace seqc;

SmallVector<Operation *> seqc::getBodyOps(seq::ScanOp scan) {
  SmallVector<Operation *> ops;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (auto block = dyn_cast<seq::TimeBlockOp>(op)) {
      for (Operation &nested : block.getBody().front().without_terminator())
        ops.push_back(&nested);
      continue;
    }
    ops.push_back(&op);
  }
  return ops;
}

BodyDims::BodyDims(seq::ScanOp scan) {
  SmallVector<Operation *> ops = getBodyOps(scan);
  llvm::append_range(values, scan.getBodyBlock()->getArguments());
  for (Operation *op : ops)
    llvm::append_range(values, op->getResults());
  auto blocks = scan.getBodyBlock()->getOps<seq::TimeBlockOp>();
  for (seq::TimeBlockOp block : blocks)
    llvm::append_range(values, block.getResults());
  unsigned count = 0;
  for (Value value : values) {
    firstId[value] = count;
    count += getBodyShape(value).size();
  }
  classes.grow(count);
  llvm::for_each(ops, [&](Operation *op) { joinOp(op); });
  for (seq::TimeBlockOp block : blocks)
    joinTimeBlock(block);
  classes.compress();
}

/// Joins what one iterator of the op's space walks.
void BodyDims::joinOp(Operation *op) {
  seq::BodySemantics space = *seq::getBodySemantics(op);
  SmallVector<std::optional<unsigned>> owners(space.extents.size());
  auto join = [&](Value value, AffineMap map) {
    if (!contains(value))
      return;
    for (auto [d, expr] : llvm::enumerate(map.getResults())) {
      auto iterator = dyn_cast<AffineDimExpr>(expr);
      if (!iterator)
        continue;
      unsigned id = firstId.lookup(value) + d;
      std::optional<unsigned> &owner = owners[iterator.getPosition()];
      if (owner)
        classes.join(*owner, id);
      owner = id;
    }
  };
  for (auto [operand, map] : llvm::zip(op->getOperands(), space.operandMaps))
    join(operand, map);
  for (auto [result, map] : llvm::zip(op->getResults(), space.resultMaps))
    join(result, map);
}

ValueRange seqc::getBlockValues(seq::TimeBlockOp block) {
  return cast<seq::YieldOp>(block.getBody().front().getTerminator()).getOuts();
}

void BodyDims::joinTimeBlock(seq::TimeBlockOp block) {
  for (auto [result, value] :
       llvm::zip(block.getResults(), getBlockValues(block)))
    for (size_t d = 0; contains(value) && d < getBodyShape(result).size(); ++d)
      classes.join(firstId.lookup(result) + d, firstId.lookup(value) + d);
}
