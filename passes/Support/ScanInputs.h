//===- ScanInputs.h - what a scan's body reads ------------------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_SCANINPUTS_H
#define SEQC_PASSES_SUPPORT_SCANINPUTS_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// The index of `value` among `scan`'s input arguments, or -1.
int64_t getInputNumber(seq::ScanOp scan, mlir::Value value);

/// Whether the body sees all of an input at every step.
bool isWholeInput(seq::ScanOp scan, unsigned input);

/// Replaces `scan`, on tensors, by one without the ops of its body that nobody
/// needs and without the inputs, but those with a history, that nobody reads.
seq::ScanOp dropUnusedInputs(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_SCANINPUTS_H
