//===- BodyGeneric.h - ops of a body as linalg.generic ----------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_BODYGENERIC_H
#define SEQC_PASSES_SUPPORT_BODYGENERIC_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Emits `op`, which runs over `space`, as a linalg.generic on `operands`.
/// Returns what `op` would: an element is taken out of its tensor.
llvm::SmallVector<mlir::Value> buildBodyGeneric(mlir::OpBuilder &b,
                                                mlir::Operation *op,
                                                const seq::BodySemantics &space,
                                                mlir::ValueRange operands);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_BODYGENERIC_H
