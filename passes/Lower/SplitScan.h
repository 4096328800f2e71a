//===- SplitScan.h - a scan split in time -----------------------*- C++ -*-===//
//
// A scan's parallel form, as scans of the other forms, all on tensors:
//
//   1. every chunk of time folds its steps into summaries, at the same time;
//   2. a scan over the chunks applies them, which gives every chunk the state
//      that it starts from: a recurrence of transitions itself, it may be split
//      in the same way again, into a balanced tree;
//   3. every chunk replays the unchanged body from there, at the same time;
//   4. what is left of time follows step after step.
//
// Components of the carries go through 1 and 2 level by level: the elements of
// a later one may read the states of an earlier one, which by then can be
// replayed along.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_SPLITSCAN_H
#define SEQC_PASSES_LOWER_SPLITSCAN_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// How a scan is split.
struct SplitSizes {
  int64_t chunk; ///< Steps in a chunk.
  int64_t block; ///< Steps in a time block.
  /// Children of a node of the tree over the chunks; 0: a loop applies their
  /// summaries in turn.
  int64_t fan = 0;
  /// Elements of a vector: several share the steps of what is made of too small
  /// a domain.
  int64_t lanes = 1;
};

/// Nodes above the chunks, one over the other, where their number is not known:
/// with 16 children, 2^8 chunks for each step of the root.
constexpr int64_t levelsOfUnknown = 2;

/// Builds the parallel form of `scan`, which may take it and changes every
/// carry; returns values for the scan's results. Summaries that are no elements
/// of a transition are applied in turn, with a warning where a tree was asked
/// for.
llvm::SmallVector<mlir::Value> splitScan(mlir::OpBuilder &b, seq::ScanOp scan,
                                         SplitSizes sizes);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_SPLITSCAN_H
