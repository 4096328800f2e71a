//===- ChunkTerms.h - what takes a scan's steps by matrices -----*- C++ -*-===//
//
// A state whose columns go their own way, to which every step adds the product
// of a column of keys and a row of values, and which the step reads by products
// with rows alone, is linear in the values: what L steps read is one matrix
// times the values of these steps, plus another times the state before them.
// Both matrices belong to the keys, and one serves all columns.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SCHEDULE_CHUNKTERMS_H
#define SEQC_PASSES_SCHEDULE_CHUNKTERMS_H

#include "passes/Support/BodySlice.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {

/// One gain of a transition, as an outer product.
struct OuterGain {
  mlir::OpOperand *operand;
  bool isZero = false; ///< Then it has no value.
  bool isRow = false;  ///< The operand is the row of values itself.
  /// Columns, [K], and numbers whose product is the column of keys.
  llvm::SmallVector<mlir::Value> keys;
  mlir::Value value; ///< [columns...], or a number for one column.
};

/// A product of rows and a state, which is linear in the state.
struct StateRead {
  mlir::Operation *op;
  mlir::Value rows; ///< [..., K]
  unsigned state;   ///< Among those of the component.
  bool after;       ///< Reads the state after the step.
  /// What is added to the state before the product; null: nothing.
  mlir::Value added;
};

/// One component of the carries.
struct ChunkTerm {
  const CarryComponent *component;
  llvm::SmallVector<OuterGain> gains;
  mlir::Value value; ///< That of all gains.
  /// The state is [values, keys], and its transition knows no dimension: it
  /// takes the transposed state on as well.
  bool isTransposed = false;
  /// K: the extent of the dimension that reads are products with.
  int64_t keys = 0;
  llvm::SmallVector<StateRead> reads;
  /// What the matrices follow from changes neither with time nor with lengths:
  /// those of one chunk are those of all.
  bool timeInvariant = true;

  /// What the matrices follow from: values of the scan's body.
  llvm::SmallVector<mlir::Value> getSources() const;
};

struct ChunkPlan {
  llvm::SmallVector<ChunkTerm> terms;

  /// Whether all terms are.
  bool isTimeInvariant() const {
    return llvm::all_of(
        terms, [](const ChunkTerm &term) { return term.timeInvariant; });
  }
};

/// Plans `scan`, whose time can be split; fails with the reason for people.
mlir::FailureOr<ChunkPlan> planChunks(seq::ScanOp scan, const CarryGraph &graph,
                                      std::string &reason);

} // namespace seqc

#endif // SEQC_PASSES_SCHEDULE_CHUNKTERMS_H
