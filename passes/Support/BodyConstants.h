//===- BodyConstants.h - constants that bodies of scans read ----*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_BODYCONSTANTS_H
#define SEQC_PASSES_SUPPORT_BODYCONSTANTS_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/Operation.h"

namespace seqc {

/// The number that `value`, a constant tensor, repeats; null if it is not one.
mlir::TypedAttr getRepeatedNumber(mlir::Value value);

/// Splats within the bodies of all scans below `root` the repeated constants
/// that they read from outside, where the canonicalizer moves them: what is
/// outside becomes memory, and a body keeps its tensors.
void moveConstantsIntoBodies(mlir::Operation *root);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_BODYCONSTANTS_H
