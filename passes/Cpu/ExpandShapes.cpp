//===- ExpandShapes.cpp - expanded shapes with several unknown extents ----===//
//
// The pass that follows upstream takes the extents that an expand_shape gives a
// dimension from each other, which needs all but one of them to be constants.
// The op has them as operands; where several are dynamic, those are used.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Passes.h"
#include "passes/Support/LocalPatterns.h"

namespace seqc {
#define GEN_PASS_DEF_EXPANDSHAPES
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;

static OpFoldResult multiply(OpBuilder &b, Location loc, OpFoldResult lhs,
                             OpFoldResult rhs) {
  auto x = getConstantIntValue(lhs), y = getConstantIntValue(rhs);
  if (x && y)
    return b.getIndexAttr(*x * *y);
  return arith::MulIOp::create(b, loc,
                               getValueOrCreateConstantIndexOp(b, loc, lhs),
                               getValueOrCreateConstantIndexOp(b, loc, rhs))
      .getResult();
}

namespace {

struct ExpandFromExtents : OpRewritePattern<memref::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(memref::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    MemRefType type = op.getResultType();
    auto isAmbiguous = [&](ArrayRef<int64_t> group) {
      return llvm::count_if(
                 group, [&](int64_t i) { return type.isDynamicDim(i); }) > 1;
    };
    auto groups = op.getReassociationIndices();
    if (llvm::none_of(groups, isAmbiguous))
      return failure();
    Location loc = op.getLoc();
    auto source =
        memref::ExtractStridedMetadataOp::create(rewriter, loc, op.getSrc());
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    SmallVector<OpFoldResult> outer = source.getConstifiedMixedStrides();
    SmallVector<OpFoldResult> strides(sizes.size());
    for (auto [group, stride] : llvm::zip_equal(groups, outer))
      for (int64_t i : llvm::reverse(group)) {
        strides[i] = stride;
        stride = multiply(rewriter, loc, stride, sizes[i]);
      }
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
        op, type, source.getBaseBuffer(), source.getConstifiedMixedOffset(),
        sizes, strides);
    return success();
  }
};

struct ExpandShapes : seqc::impl::ExpandShapesBase<ExpandShapes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandFromExtents>(&getContext());
    auto isExpand = [](Operation *op) {
      return isa<memref::ExpandShapeOp>(op);
    };
    if (failed(seqc::applyPatternsTo(getOperation(), isExpand,
                                     std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
