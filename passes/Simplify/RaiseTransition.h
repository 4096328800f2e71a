//===- RaiseTransition.h - an affine update becomes a transition *- C++ -*-===//
#ifndef SEQC_PASSES_SIMPLIFY_RAISETRANSITION_H
#define SEQC_PASSES_SIMPLIFY_RAISETRANSITION_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Writes the update of carry `number`, the state s, as the transition that it
/// is: where it becomes a s + b or a (s + b), and neither a nor b follows from
/// it.
void raiseTransition(seq::ScanOp scan, unsigned number);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_RAISETRANSITION_H
