//===- WindowScans.h - scans that multiply windows --------------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_WINDOWSCANS_H
#define SEQC_PASSES_SUPPORT_WINDOWSCANS_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Whether every step of `scan` is by itself, of the time that it reads and
/// writes alone, into one out, and its schedule leaves open how it is walked:
/// then its ops may become others on whole tensors.
bool isOpenWithoutPast(seq::ScanOp scan);

/// The number that `value` is, or that all of it is; null if it is not one.
mlir::TypedAttr getNumber(mlir::Value value);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_WINDOWSCANS_H
