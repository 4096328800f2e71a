//===- PrefixScan.h - a scan that only the next one reads -------*- C++ -*-===//
//
// What a recurrence reads and no carry is needed for may be a scan of its own
// before it (SeparateBody.h). Where nothing else reads that, its outs need not
// exist for all steps at once: larger than the caches, they would be written to
// memory and read again.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_PREFIXSCAN_H
#define SEQC_PASSES_LOWER_PREFIXSCAN_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// The scan on memory, without carries, of which `scan` reads at every step
/// what it has computed for that step, and which nothing else reads: it may as
/// well run some steps ahead of `scan`, within it. Null: there is none.
seq::ScanOp findPrefixScan(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_PREFIXSCAN_H
