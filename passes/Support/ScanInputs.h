//===- ScanInputs.h - what a scan's body reads ------------------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_SCANINPUTS_H
#define SEQC_PASSES_SUPPORT_SCANINPUTS_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Replaces `scan`, on tensors, by one without the ops of its body that nobody
/// needs and without the inputs, but those with a history, that nobody reads.
seq::ScanOp dropUnusedInputs(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_SCANINPUTS_H
