//===- CollapseLoops.cpp - elementwise loops along what is contiguous -----===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_COLLAPSELOOPS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;

/// Whether all loops of `op` are parallel and every operand is walked by them,
/// or by some of them, in their order.
static bool walksAlike(linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics() || op.hasIndexSemantics() ||
      op.getNumParallelLoops() != op.getNumLoops())
    return false;
  return llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
    return map.isProjectedPermutation() &&
           llvm::is_sorted(map.getResults(), [](AffineExpr x, AffineExpr y) {
             return cast<AffineDimExpr>(x).getPosition() <
                    cast<AffineDimExpr>(y).getPosition();
           });
  });
}

/// Makes as many of the innermost dimensions one as lie behind each other in
/// memory.
static void collapse(linalg::LinalgOp op, IRRewriter &rewriter) {
  int64_t loops = op.getNumLoops();
  for (int64_t first = 0; first + 1 < loops; ++first) {
    auto group = llvm::to_vector<2>(llvm::seq(first, loops));
    if (!linalg::areDimSequencesPreserved(op.getIndexingMapsArray(), {group}))
      continue;
    rewriter.setInsertionPoint(op);
    FailureOr<linalg::CollapseResult> collapsed =
        linalg::collapseOpIterationDims(op, {group}, rewriter);
    if (failed(collapsed))
      continue;
    rewriter.eraseOp(op);
    return;
  }
}

namespace {
struct CollapseLoops : public seqc::impl::CollapseLoopsBase<CollapseLoops> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (isa<linalg::GenericOp, linalg::CopyOp>(op) && walksAlike(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops)
      collapse(op, rewriter);
  }
};
} // namespace
