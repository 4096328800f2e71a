//===- EarlyValues.h - what a step can know before its carries --*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_EARLYVALUES_H
#define SEQC_PASSES_LOWER_EARLYVALUES_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// The scalars of `scan`'s body that take long to compute (a division or a
/// transcendental function is among their causes), change with time, need no
/// carry, and are used, if through others, by what needs a carry. Computing
/// them a few steps ahead takes their latency out of the recurrence, where
/// every step would wait for it.
llvm::SmallVector<mlir::Value> findEarlyValues(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_EARLYVALUES_H
