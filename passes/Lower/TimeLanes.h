//===- TimeLanes.h - lanes along time ---------------------------*- C++ -*-===//
//
// A scan whose domain cannot fill a vector has its lanes share the steps: each
// takes some in a row, a scan of the lanes' summaries gives every lane the
// state that it starts from, and all replay the unchanged body side by side. It
// is the parallel form once more, within registers.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_TIMELANES_H
#define SEQC_PASSES_LOWER_TIMELANES_H

#include "dialects/Seq/SeqOps.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {

/// A chunk as long as all of time, whatever its extent.
constexpr int64_t wholeTime = int64_t(1) << 40;

/// Whether lanes of `lanes` elements can share the steps of `scan`, on tensors
/// or memrefs: its carries, and their summaries, are numbers, and the rows of
/// all operands along time lie in a row.
bool canShareSteps(seq::ScanOp scan, const CarryGraph &graph, int64_t lanes);

/// Steps that lanes share at a time; what is left goes step after step.
inline int64_t getSharedSteps(int64_t lanes) { return lanes * lanes; }

/// Makes of `vectors` of lanes, by ops on vectors, what `build` makes of
/// numbers, by ops that a body may hold.
llvm::SmallVector<mlir::Value> buildOnVectors(
    mlir::OpBuilder &b, mlir::Location loc, int64_t lanes,
    mlir::ValueRange vectors,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &,
                                                      mlir::ValueRange)>
        build);

/// The columns of a square of vectors.
llvm::SmallVector<mlir::Value>
transposeVectors(mlir::OpBuilder &b, mlir::Location loc,
                 llvm::SmallVector<mlir::Value> rows);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_TIMELANES_H
