//===- ExpandLinalg.cpp - linalg ops as loops -----------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_EXPANDLINALG
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;

namespace {
struct ExpandLinalg : public seqc::impl::ExpandLinalgBase<ExpandLinalg> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    // Others are expressions that weights are made by.
    getOperation()->walk([&](func::FuncOp function) {
      function.walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops) {
      rewriter.setInsertionPoint(op);
      if (!op.hasPureBufferSemantics() ||
          failed(linalg::linalgOpToLoops(rewriter, op))) {
        op.emitError("expected an op on memrefs");
        return signalPassFailure();
      }
      rewriter.eraseOp(op);
    }
  }
};
} // namespace
