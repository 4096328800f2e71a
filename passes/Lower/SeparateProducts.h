//===- SeparateProducts.h - products beside the recurrence ------*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_SEPARATEPRODUCTS_H
#define SEQC_PASSES_LOWER_SEPARATEPRODUCTS_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Replaces `scan`, on tensors, which the vector lowering does not take as it
/// is, by several: products with matrices that need no carry, the recurrence,
/// and products that no carry needs. In each of them lanes run along the rows
/// of its own matrices. Leaves `scan` alone where no product can go. Returns
/// the scans that there are now.
llvm::SmallVector<seq::ScanOp> separateProducts(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_SEPARATEPRODUCTS_H
