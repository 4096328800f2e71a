//===- TileLanes.h - lanes picked from others -------------------*- C++ -*-===//
//
// Elements some apart in memory as the lanes of one vector, and back: vectors
// of neighbours are read and written, and shuffled two at a time.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_TILELANES_H
#define SEQC_PASSES_LOWER_TILELANES_H

#include "mlir/IR/Builders.h"

namespace seqc {

/// How far from the first lane's element the first one of neighbours `vector`
/// of `stride` lies: behind the vectors before it, but for the last one, which
/// ends with the last lane's element. `stride` is at most `lanes`.
int64_t getPickedFrom(int64_t vector, int64_t lanes, int64_t stride);

/// Of as many vectors as elements lie from a lane to the next, which begin
/// where `getPickedFrom` says, the elements of the lanes.
mlir::Value pickLanes(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::ArrayRef<mlir::Value> vectors);

/// The elements of `rows`, one of each after the other, as as many vectors.
llvm::SmallVector<mlir::Value>
interleaveLanes(mlir::OpBuilder &b, mlir::Location loc,
                mlir::ArrayRef<mlir::Value> rows);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_TILELANES_H
