//===- Bufferization.h - the seq dialect on memrefs -------------*- C++ -*-===//
//
// How one-shot bufferization sees seq.scan (one op that writes its
// destinations; its body keeps tensors) and weights (read-only memory).
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_BUFFERIZATION_H
#define SEQC_DIALECTS_SEQ_BUFFERIZATION_H

#include "mlir/IR/DialectRegistry.h"

namespace seqc::seq {

void registerBufferization(mlir::DialectRegistry &registry);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_BUFFERIZATION_H
