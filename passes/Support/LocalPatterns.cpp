//===- LocalPatterns.cpp - patterns for few of many ops -------------------===//

#include "passes/Support/LocalPatterns.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

LogicalResult
seqc::applyPatternsTo(Operation *root,
                      llvm::function_ref<bool(Operation *)> isWanted,
                      RewritePatternSet &&patterns) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isWanted(op))
      ops.push_back(op);
  });
  if (ops.empty())
    return success();
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  return applyOpPatternsGreedily(ops, std::move(patterns), config);
}
