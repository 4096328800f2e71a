//===- PowersOfDecays.h - which decays may be powers of one -----*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_POWERSOFDECAYS_H
#define SEQC_PASSES_LOWER_POWERSOFDECAYS_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// What `seqc explain` says of decays that seq-powers-of-decays asks after, in
/// every form that multiplies decays; empty where `scan` has none.
std::string describePowers(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_POWERSOFDECAYS_H
