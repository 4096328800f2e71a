//===- SeparateBody.h - what a scan computes beside a dimension -*- C++ -*-===//
//
// A body in which every op is parallel along a dimension falls into two parts:
// what lacks the dimension, which nothing that has it can feed, and the rest.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_SEPARATEBODY_H
#define SEQC_PASSES_LOWER_SEPARATEBODY_H

#include "dialects/Seq/SeqOps.h"
#include "llvm/ADT/DenseMap.h"

namespace seqc {

/// The position of one dimension in the values of a body that have it.
using DimOfValues = llvm::DenseMap<mlir::Value, int64_t>;

struct SeparatedScan {
  /// Scans of what lacks the dimension: what no carry is needed for, and then
  /// the carries that lack it.
  llvm::SmallVector<seq::ScanOp> prefixes;
  /// The rest, all of whose carries and outs have the dimension.
  seq::ScanOp rest;
  /// Where the values of the rest's body have it.
  DimOfValues dims;
};

/// Replaces `scan` by scans that compute what lacks `dims` (carries, outs, and
/// what is slow to compute) and one of the rest that reads their outs. What is
/// cheap and needs no carry stays, and so does all of a body that has no other
/// parts. Fails where a part cannot be a scan of its own.
mlir::FailureOr<SeparatedScan> separateBody(seq::ScanOp scan,
                                            const DimOfValues &dims);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_SEPARATEBODY_H
