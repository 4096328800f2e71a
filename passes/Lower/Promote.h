//===- Promote.h - a body's parallel dimension joins the domain -*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_PROMOTE_H
#define SEQC_PASSES_LOWER_PROMOTE_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Replaces `scan`, on tensors and without composite transitions, by scans
/// whose domains have a symbol for `lanes` lanes to run along, where a
/// dimension of its body can be one.
void promoteScan(seq::ScanOp scan, int64_t lanes);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_PROMOTE_H
