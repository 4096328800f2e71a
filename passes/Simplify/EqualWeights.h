//===- EqualWeights.h - one symbol for equal weights ------------*- C++ -*-===//
//
// Steps that a trace unrolled may have copies of their weights, which are no
// reason for them to differ.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SIMPLIFY_EQUALWEIGHTS_H
#define SEQC_PASSES_SIMPLIFY_EQUALWEIGHTS_H

#include "mlir/IR/BuiltinOps.h"

namespace seqc {

/// Of equal weights one is read.
void mergeEqualWeights(mlir::ModuleOp module);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_EQUALWEIGHTS_H
