//===- FactoredDecays.h - decays that a state need not see ------*- C++ -*-===//
//
// A state S' = a S + sum_j k_j (x) u_j whose decays a, one for all of it or one
// for each row, need none of its columns is S = c Z with c' = a c and
// Z' = Z + sum_j (k_j / c') (x) u_j, and rows r read r S = (r c) Z: keys and
// rows are scaled once for all columns, and the state, which is as large as a
// matrix, is multiplied only when c leaves the range that f32 holds well.
// (Yang et al., Gated linear attention transformers with hardware-efficient
// training, 2023, section 4, write a chunk so.)
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_FACTOREDDECAYS_H
#define SEQC_PASSES_LOWER_FACTOREDDECAYS_H

#include "passes/Lower/RecurrentPlan.h"

namespace seqc {

/// An input that `FactoredScan`'s body has beside others.
struct ScaledInput {
  enum Role {
    Key,    ///< divided by what a state of after the step lacks
    Before, ///< times what one of before the step lacks
    After   ///< times what one of after the step lacks
  };
  /// Of the scan that was factored: the keys or rows that are scaled; where one
  /// decay is for all of them it is the decay, and the body reads the factor.
  unsigned input;
  Role role;
  mlir::Value argument; ///< Of the factored body.
};

/// A scan on memory whose body updates Z. What its inputs are scaled by, and
/// when Z becomes S again, is left to who lowers it.
struct FactoredScan {
  seq::ScanOp scan; ///< Inputs that it keeps, then the scaled ones.
  llvm::SmallVector<unsigned> kept;
  unsigned carry = 0;        ///< S, or Z.
  unsigned decay = 0;        ///< The input that holds a.
  bool hasRowDecays = false; ///< Whether a is a vector, one for each row.
  llvm::SmallVector<ScaledInput> scaled;
};

/// Makes such a scan of `scan`, on memory and planned as `plan`, before it;
/// none where no state is of that form.
std::optional<FactoredScan> factorDecays(mlir::OpBuilder &b, seq::ScanOp scan,
                                         const RecurrentPlan &plan);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_FACTOREDDECAYS_H
