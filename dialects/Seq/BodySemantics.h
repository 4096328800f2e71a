//===- BodySemantics.h - how an op of a body runs ---------------*- C++ -*-===//
//
// Every op that a schedule can execute inside a scan's body is an iteration
// space, maps from it to the operands and results, and one scalar step. This
// file describes the space; see BodyOpInterface for the step.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_BODYSEMANTICS_H
#define SEQC_DIALECTS_SEQ_BODYSEMANTICS_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace seqc::seq {

/// The iteration space of one op of a body.
struct BodySemantics {
  /// One map for each operand. Results are dimensions or constants.
  llvm::SmallVector<mlir::AffineMap> operandMaps;
  /// One map for each result: distinct, parallel dimensions.
  llvm::SmallVector<mlir::AffineMap> resultMaps;
  /// For each dimension of the space, whether it is reduced.
  llvm::SmallVector<bool> reduced;
  /// Extents; kDynamic where unknown.
  llvm::SmallVector<int64_t> extents;

  bool hasReduction() const { return llvm::is_contained(reduced, true); }
};

/// The iteration space of `op`, or nothing if only the second tier can run it,
/// or if it is a composite transition, which has none of its own. Knows
/// BodyOpInterface, upstream's elementwise ops, tensor.splat, and reshapes that
/// put in or take out dimensions of extent one.
std::optional<BodySemantics> getBodySemantics(mlir::Operation *op);

/// Emits one point of `op`'s iteration space on scalars, or on vectors of one
/// width. `accumulators` is empty unless the op reduces.
llvm::SmallVector<mlir::Value> buildBodyElement(mlir::OpBuilder &builder,
                                                mlir::Operation *op,
                                                mlir::ValueRange elements,
                                                mlir::ValueRange accumulators);

/// The semantics of an elementwise op on shapes like `type`.
BodySemantics getElementwiseSemantics(mlir::Operation *op);

/// Whether `op` is a transition that stands for several ops of a body.
bool isComposite(mlir::Operation *op);

/// Replaces the composite transitions in `op`'s regions by what they stand for.
void decomposeTransitions(mlir::Operation *op);

/// `type` with the shape of `like` (a vector or a scalar), to make the
/// constants that an element of `like`'s width needs.
mlir::Value buildConstantLike(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::Type type, double value);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_BODYSEMANTICS_H
