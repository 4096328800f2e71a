//===- SplitScan.h - a scan split in time -----------------------*- C++ -*-===//
//
// A scan's parallel form, as scans of the other forms, all on tensors:
//
//   1. every chunk of time folds its steps into summaries, at the same time;
//   2. a scan over the chunks applies them, which gives every chunk the state
//      that it starts from;
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

/// Builds the parallel form of `scan`, which may take it and changes every
/// carry, in chunks of `chunk` steps and time blocks of `block`; returns values
/// for the scan's results. Where vectors have several `lanes`, these share the
/// steps of what is made of too small a domain.
llvm::SmallVector<mlir::Value> splitScan(mlir::OpBuilder &b, seq::ScanOp scan,
                                         int64_t chunk, int64_t block,
                                         int64_t lanes);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_SPLITSCAN_H
