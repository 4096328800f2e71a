//===- ViewElements.h - what a tensor of views consists of ------*- C++ -*-===//
//
// States often travel in pieces: two layers' states stacked in one tensor, a
// dimension of one more. Whether slicing and stacking amounts to nothing is
// asked element by element here, not pattern by pattern.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_VIEWELEMENTS_H
#define SEQC_PASSES_SUPPORT_VIEWELEMENTS_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace seqc {

/// Whether `op` only places elements: views, copies, concatenations.
bool isViewOp(mlir::Operation *op);

/// The operands of a view op that it takes elements from.
llvm::SmallVector<mlir::Value> getViewSources(mlir::Operation *op);

/// Whether `value` is, element by element, `root`, as far as views show.
/// `follow` says what stands for a value that is no view; null for nothing.
/// Extents that are not known are tried with numbers: what views do is the same
/// for all of them.
bool isSameThroughViews(mlir::Value value, mlir::Value root,
                        llvm::function_ref<mlir::Value(mlir::Value)> follow);

/// Whether `value` has the elements of `root` in their order, in whatever
/// shape.
bool hasSameElements(mlir::Value value, mlir::Value root);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_VIEWELEMENTS_H
