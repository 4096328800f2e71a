//===- ReductionPlan.h - how a sum over tensors maps to vectors -*- C++ -*-===//
//
// A product of matrices, a convolution, the mean of rows: a linalg op whose
// loops combine elements into one result. Lanes run along a loop that all of
// its operands walk element by element, or do not walk at all; a tile of
// accumulators stays in registers while the combined loops go by.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_REDUCTIONPLAN_H
#define SEQC_PASSES_LOWER_REDUCTIONPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/RecurrentPlan.h"

namespace seqc {

/// Lanes may take every element of an input, or every second one.
inline constexpr int64_t mostLaneStride = 2;

struct ReductionPlan {
  /// A parallel loop of which a tile takes `count` iterations; none at -1.
  struct TileLoop {
    int64_t loop = -1;
    int64_t count = 1;
  };

  int64_t lanes = 0;    ///< Elements in a vector.
  int64_t laneLoop = 0; ///< The loop that the lanes run along.
  /// Whether that is a loop of those that are combined: the lanes of an
  /// accumulator are then combined, too, behind them.
  bool combinesLanes = false;
  int64_t vectors = 1; ///< Of a tile, along the lanes.
  TileLoop rows, columns;
  llvm::SmallVector<int64_t> outer;    ///< The other parallel loops.
  llvm::SmallVector<int64_t> combined; ///< Without that of the lanes.

  /// What the elements are combined with.
  mlir::vector::CombiningKind kind = mlir::vector::CombiningKind::ADD;
};

/// The cheapest tiles for `generic`, an op on memrefs; nothing where it
/// combines nothing, or where vectors would find nothing side by side.
std::optional<ReductionPlan> planReduction(mlir::linalg::GenericOp generic,
                                           const VectorTarget &target);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_REDUCTIONPLAN_H
