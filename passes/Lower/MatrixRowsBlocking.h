//===- MatrixRowsBlocking.h - how lanes along matrix rows go in blocks ----===//
#ifndef SEQC_PASSES_LOWER_MATRIXROWSBLOCKING_H
#define SEQC_PASSES_LOWER_MATRIXROWSBLOCKING_H

#include "passes/Lower/RecurrentPlan.h"

namespace seqc {

/// What goes through the products together.
struct RowBlock {
  int64_t rows = 1;  ///< Domain points, or points and steps.
  int64_t tiles = 1; ///< Vectors of lanes, each with all of its gates.
  /// Whether it asks for the weights of the tiles that come next.
  bool asksForNext = false;
};

/// Rows `first` to `last`, in blocks of `rows`.
struct RowRun {
  int64_t first, last, rows;
};

/// `count` rows in blocks of `rows`. Where only a few would be left, whose sums
/// are too few to keep the units busy, the last two blocks are halves of what
/// is left for both.
llvm::SmallVector<RowRun> splitRows(int64_t count, int64_t rows);

struct MatrixRowsBlocking {
  int64_t block = 0;    ///< Steps in a time block.
  RowBlock step, hoist; ///< Within a step, and for all steps of a time block.
  bool sweep = false;   ///< Whether steps walk the weights to and fro, or, of a
                        ///< single step, calls.
  /// Whether threads take a step's groups as they come to need them.
  bool takes = false;
  /// Terms ahead that a contraction of one row asks for its matrix; 0: none.
  int64_t weightsAhead = 0;
  /// Whether products take long enough for what is asked for ahead to come.
  bool longProducts = false;
  /// Rows of the next time block whose products for one tile are computed
  /// beside those of a step's group; 0: none.
  int64_t jobRows = 0;
};

/// Whether words of packed input `input` hold four bytes each, for instructions
/// that add up their products.
bool isInQuads(seq::ScanOp scan, unsigned input);

/// Whether `contraction` is computed for all steps of a time block.
bool isHoisted(mlir::Operation *contraction);

/// Chooses for `scan`. A `block` that is not 0 is kept, within the steps. With
/// `alone` it is for a single row, where there may be any number; where there
/// may not, without a block.
MatrixRowsBlocking chooseMatrixRowsBlocking(seq::ScanOp scan,
                                            const RecurrentPlan &plan,
                                            const VectorTarget &target,
                                            int64_t block, bool alone = false);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_MATRIXROWSBLOCKING_H
