//===- PushSlices.h - parts of a step's values are computed apart -*- C++
//-*-===//
#ifndef SEQC_PASSES_SIMPLIFY_PUSHSLICES_H
#define SEQC_PASSES_SIMPLIFY_PUSHSLICES_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Where a body computes a tensor only to cut it up, as gates often are,
/// computes the pieces: a slice of an elementwise op is one of its operands'
/// slices, one of a product a product with some of the matrix' rows. Slices of
/// what comes from around the scan move out of it.
void pushSlices(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_PUSHSLICES_H
