//===- ThreadLoops.cpp - loops between scans, shared by threads -----------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/ScanNest.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_THREADLOOPS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// Fewer iterations are done before other threads have met; fewer rows are not
/// divided evenly.
static constexpr int64_t fewestIterations = 1 << 15, fewestRows = 16;

/// The outermost loop that threads may divide: different rows of every result;
/// -1 where there is none. Extents of 1 before it leave no work apart.
static int64_t findDivided(linalg::LinalgOp op) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t loop = 0, loops = op.getNumLoops();
  while (loop < loops && extents[loop] == 1)
    ++loop;
  if (loop == loops ||
      op.getIteratorTypesArray()[loop] != utils::IteratorType::parallel)
    return -1;
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!llvm::is_contained(op.getMatchingIndexingMap(&init).getResults(),
                            getAffineDimExpr(loop, op.getContext())))
      return -1;
  if (ShapedType::isDynamic(extents[loop]))
    return loop;
  int64_t iterations = 1;
  for (int64_t extent : extents)
    iterations *= ShapedType::isDynamic(extent) ? fewestIterations : extent;
  return extents[loop] >= fewestRows && iterations >= fewestIterations ? loop
                                                                       : -1;
}

/// Makes `op` loops of which every thread executes its part.
static LogicalResult divide(linalg::LinalgOp op, int64_t divided) {
  IRRewriter b(op);
  Location loc = op.getLoc();
  LogicalResult result = success();
  buildThreadedRegion(b, loc, [&] {
    op->moveBefore(b.getInsertionBlock(), b.getInsertionPoint());
    b.setInsertionPoint(op);
    FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToLoops(b, op);
    if (failed(loops)) {
      result = op.emitOpError("has no loops");
      return;
    }
    auto loop = cast<scf::ForOp>((*loops)[divided]);
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, loc, value);
    };
    b.setInsertionPoint(loop);
    Value count = loop.getUpperBound();
    Value thread = seq::ThreadIdOp::create(b, loc, b.getIndexType());
    Value threads = seq::NumThreadsOp::create(b, loc, b.getIndexType());
    auto bound = [&](Value number) -> Value {
      return arith::DivUIOp::create(
          b, loc, arith::MulIOp::create(b, loc, number, count), threads);
    };
    loop.setLowerBound(bound(thread));
    loop.setUpperBound(
        bound(arith::AddIOp::create(b, loc, thread, constant(1))));
    b.setInsertionPointToEnd(op->getBlock());
    b.eraseOp(op);
  });
  return result;
}

namespace {
struct ThreadLoops : public seqc::impl::ThreadLoopsBase<ThreadLoops> {
  void runOnOperation() override {
    SmallVector<std::pair<linalg::LinalgOp, int64_t>> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (!isOutsideLoops(op) || !op.hasPureBufferSemantics())
        return;
      if (int64_t divided = findDivided(op); divided >= 0)
        ops.push_back({op, divided});
    });
    for (auto [op, divided] : ops)
      if (failed(divide(op, divided)))
        return signalPassFailure();
  }
};
} // namespace
