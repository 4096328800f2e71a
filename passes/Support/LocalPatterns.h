//===- LocalPatterns.h - patterns for few of many ops -----------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_LOCALPATTERNS_H
#define SEQC_PASSES_SUPPORT_LOCALPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace seqc {

/// Applies `patterns` to the ops within `root` that `isWanted` picks and to
/// what these become, until none applies; fails where that has no end. All
/// other ops stay as they are: the driver over everything folds each of them
/// and simplifies all regions, which takes most of the time of a pass that
/// changes few.
mlir::LogicalResult
applyPatternsTo(mlir::Operation *root,
                llvm::function_ref<bool(mlir::Operation *)> isWanted,
                mlir::RewritePatternSet &&patterns);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_LOCALPATTERNS_H
