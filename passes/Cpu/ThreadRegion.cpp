//===- ThreadRegion.cpp - one function for all threads --------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Passes.h"
#include "passes/Support/ModelFunction.h"

namespace seqc {
#define GEN_PASS_DEF_THREADREGION
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Who executes an op.
enum class Share {
  Every,    ///< Every thread, with nothing that another one could see.
  Reading,  ///< Every thread; it reads what others may have written.
  Threaded, ///< Every thread its part.
  Control,  ///< Every thread; ops within are shared one by one.
  First     ///< Thread 0.
};

/// Shares the ops of blocks.
class ThreadSharer {
public:
  explicit ThreadSharer(func::FuncOp function);

  LogicalResult shareBlock(Block &block);

private:
  LogicalResult shareOp(Operation &op);
  void addToGroup(Operation &op);
  void meet(OpBuilder &b, Location loc);

  Value isFirst;
  scf::IfOp group;    ///< The open region of thread 0, if any.
  bool apart = false; ///< Threads may have parted since the last barrier.
};
} // namespace

static bool hasThreadedOp(Operation &op) {
  return op
      .walk([](Operation *nested) {
        return nested->hasAttr(threadedAttr) ? WalkResult::interrupt()
                                             : WalkResult::advance();
      })
      .wasInterrupted();
}

static Share classify(Operation &op) {
  if (op.hasAttr(threadedAttr))
    return Share::Threaded;
  if (hasThreadedOp(op))
    return Share::Control;
  if (isPure(&op) || hasSingleEffect<MemoryEffects::Allocate>(&op))
    return Share::Every;
  // Values that others need cannot leave thread 0's region.
  if (!op.use_empty() && hasSingleEffect<MemoryEffects::Read>(&op))
    return Share::Reading;
  return Share::First;
}

ThreadSharer::ThreadSharer(func::FuncOp function) {
  OpBuilder b(function.getContext());
  Location loc = function.getLoc();
  b.setInsertionPointToStart(&function.getBody().front());
  Value id = seq::ThreadIdOp::create(b, loc, b.getIndexType());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, id, zero);
}

void ThreadSharer::meet(OpBuilder &b, Location loc) {
  if (apart)
    seq::BarrierOp::create(b, loc);
  apart = false;
}

void ThreadSharer::addToGroup(Operation &op) {
  if (!group) {
    OpBuilder b(&op);
    meet(b, op.getLoc());
    group = scf::IfOp::create(b, op.getLoc(), isFirst);
  }
  op.moveBefore(group.thenYield());
  apart = true;
}

LogicalResult ThreadSharer::shareOp(Operation &op) {
  Share share = classify(op);
  if (share == Share::Every) {
    // Later ops of an open group may need its value.
    if (group)
      op.moveBefore(group);
    return success();
  }
  if (share == Share::First) {
    if (!op.use_empty())
      return op.emitOpError("writes memory and has results: it cannot be left "
                            "to one of several threads");
    addToGroup(op);
    return success();
  }
  group = nullptr;
  OpBuilder b(&op);
  meet(b, op.getLoc());
  if (share == Share::Control) {
    for (Region &region : op.getRegions())
      for (Block &block : region)
        if (failed(shareBlock(block)))
          return failure();
  }
  apart = true;
  return success();
}

LogicalResult ThreadSharer::shareBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator()))
    if (failed(shareOp(op)))
      return failure();
  group = nullptr;
  // The next iteration, or what follows, may need what these ops wrote. At the
  // function's end the caller waits for all threads.
  if (!isa<func::FuncOp>(block.getParentOp())) {
    OpBuilder b = OpBuilder::atBlockTerminator(&block);
    meet(b, block.getParentOp()->getLoc());
  }
  return success();
}

namespace {
struct ThreadRegion : public seqc::impl::ThreadRegionBase<ThreadRegion> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isDeclaration() || !function.isPublic() ||
        function.getNumArguments() == 0 ||
        !function.getArgAttr(0, argumentKindAttr))
      return;
    if (failed(ThreadSharer(function).shareBlock(function.getBody().front())))
      signalPassFailure();
  }
};
} // namespace
