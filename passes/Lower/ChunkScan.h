//===- ChunkScan.h - a scan that takes steps by matrices --------*- C++ -*-===//
//
// A scan's chunked form, as scans of the other forms, all on tensors. For every
// component of the carries that ChunkTerms.h finds to be linear in its values:
//
//   1. the response: every chunk runs the transition from its summary of no
//      steps on unit values, step s putting a one into column s. What its
//      reads see then, [L, L], is what they take from the values of the chunk;
//      the adjoint of the summary so far turns their rows into those that read
//      the state before the chunk. The gains' part of the last summary, [K, L],
//      is what the chunk's values add to the state;
//   2. a scan over the chunks, whose step takes L steps by products of these
//      matrices with the values and the state;
//   3. a scan over time of what is left of the body, with 2's reads as inputs.
//
// No logarithm and no quotient of decays is formed, so that decays of any size
// are as good as in the recurrent form. A response that is the same for every
// chunk is computed once: the form is then a convolution in chunks.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_CHUNKSCAN_H
#define SEQC_PASSES_LOWER_CHUNKSCAN_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

/// Steps in a chunk where the schedule leaves the choice: what they read of one
/// column stays in registers while the state goes by.
inline constexpr int64_t stepsInChunk = 8;

/// Builds the chunked form of `scan`, which may take it, in chunks of `chunk`
/// steps; returns values for the scan's results.
llvm::SmallVector<mlir::Value> chunkScan(mlir::OpBuilder &b, seq::ScanOp scan,
                                         int64_t chunk);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_CHUNKSCAN_H
