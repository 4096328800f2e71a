//===- ResolveExtents.cpp - extents of results from those of operands -----===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"
#include "passes/Support/LocalPatterns.h"

namespace seqc {
#define GEN_PASS_DEF_RESOLVEEXTENTS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;

namespace {
struct ResolveExtents : public seqc::impl::ResolveExtentsBase<ResolveExtents> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    memref::populateResolveShapedTypeResultDimsPatterns(patterns);
    auto isExtent = [](Operation *op) {
      return isa<tensor::DimOp, memref::DimOp>(op);
    };
    if (failed(seqc::applyPatternsTo(getOperation(), isExtent,
                                     std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
