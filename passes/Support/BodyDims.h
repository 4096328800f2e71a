//===- BodyDims.h - which dimensions of a body's values are one -*- C++ -*-===//
//
// Ops of a body walk dimensions of their operands and results together. Two
// dimensions that any op walks together, directly or through others, are of one
// class: a class becomes lanes, or is walked by a loop, or moves into the
// domain as a whole.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_BODYDIMS_H
#define SEQC_PASSES_SUPPORT_BODYDIMS_H

#include "dialects/Seq/SeqOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/IntEqClasses.h"

namespace seqc {

/// Every op of the body, those in time blocks included, except the blocks and
/// terminators themselves.
llvm::SmallVector<mlir::Operation *> getBodyOps(seq::ScanOp scan);

/// What the results of `block` are in it.
mlir::ValueRange getBlockValues(seq::TimeBlockOp block);

class BodyDims {
public:
  /// Every op of the body must have an iteration space.
  explicit BodyDims(seq::ScanOp scan);

  /// The body's values: its arguments, then results in order.
  llvm::ArrayRef<mlir::Value> getValues() const { return values; }
  bool contains(mlir::Value value) const { return firstId.contains(value); }
  /// The class of a dimension of one of them.
  unsigned getClass(mlir::Value value, int64_t dim) const {
    return classes[firstId.lookup(value) + dim];
  }
  unsigned getNumClasses() const { return classes.getNumClasses(); }

private:
  void joinOp(mlir::Operation *op);
  void joinTimeBlock(seq::TimeBlockOp block);

  llvm::SmallVector<mlir::Value> values;
  llvm::DenseMap<mlir::Value, unsigned> firstId;
  llvm::IntEqClasses classes;
};

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_BODYDIMS_H
