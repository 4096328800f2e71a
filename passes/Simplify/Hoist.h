//===- Hoist.h - contractions that depend on no carry -----------*- C++ -*-===//
#ifndef SEQC_PASSES_SIMPLIFY_HOIST_H
#define SEQC_PASSES_SIMPLIFY_HOIST_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Moves the products with invariant matrices that read no carry into a time
/// block of `scan`'s body; nothing where there is none, or no carry.
void hoistProducts(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_HOIST_H
