//===- TileNest.h - loops over tiles of vectors -----------------*- C++ -*-===//
//
// The nest is outer loops -> tiles of vectors -> tiles of rows -> the loops
// that are combined. What is left over at the end of a loop whose extent is
// known is a smaller tile; else it is taken one row, or one vector under a
// mask, at a time. An element is summed in the same order wherever it lies, and
// tiles are the same for any number of threads.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_TILENEST_H
#define SEQC_PASSES_LOWER_TILENEST_H

#include "passes/Lower/TilePlan.h"

namespace seqc {

/// Emits the loops for `generic`; with `threaded`, for every thread its part of
/// the tiles. Sums begin with `start`, or, where that is null, with what the
/// result's memory holds. The op itself is left where it is.
void buildTileNest(mlir::OpBuilder &builder, mlir::linalg::GenericOp generic,
                   const TilePlan &plan, mlir::Value start, bool threaded);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_TILENEST_H
