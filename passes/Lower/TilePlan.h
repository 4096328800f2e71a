//===- TilePlan.h - how a linalg op maps to vectors -------------*- C++ -*-===//
//
// A product of matrices, a convolution, the mean of rows, or a function of
// every element. Lanes run along a loop that all operands walk element by
// element, or a few elements apart, or do not walk at all; a tile of results
// stays in registers while the loops that are combined, if there are any, go
// by.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_TILEPLAN_H
#define SEQC_PASSES_LOWER_TILEPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/RecurrentPlan.h"

namespace seqc {

/// Lanes may take every element of an operand, or every second one, or as far
/// apart as this.
inline constexpr int64_t mostLaneStride = 8;

struct TilePlan {
  /// A parallel loop of which a tile takes `count` iterations; none at -1.
  struct TileLoop {
    int64_t loop = -1;
    int64_t count = 1;
  };

  int64_t lanes = 0;    ///< Elements in a vector.
  int64_t laneLoop = 0; ///< The loop that the lanes run along.
  /// Elements of every operand from a lane to the next; 0: one for all lanes.
  llvm::SmallVector<int64_t> laneStrides;
  /// Whether that is a loop of those that are combined: the lanes of an
  /// accumulator are then combined, too, behind them.
  bool combinesLanes = false;
  int64_t vectors = 1; ///< Of a tile, along the lanes.
  TileLoop rows, columns;
  /// Whether the rows of a tile, which are then all, lie between the lanes of
  /// the result.
  bool interleavesRows = false;
  llvm::SmallVector<int64_t> outer;    ///< The other parallel loops.
  llvm::SmallVector<int64_t> combined; ///< Without that of the lanes.

  double cycles = 0; ///< Of all tiles, by a count; memory is taken as near.
  /// What the elements are combined with, if they are.
  std::optional<mlir::vector::CombiningKind> kind;
};

/// The cheapest tiles for `generic`, an op on memrefs; nothing where it is none
/// of floats of one type, or where vectors would find nothing side by side.
std::optional<TilePlan> planTiles(mlir::linalg::GenericOp generic,
                                  const VectorTarget &target);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_TILEPLAN_H
