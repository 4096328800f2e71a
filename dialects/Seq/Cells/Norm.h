//===- Norm.h - elementwise ops, reductions and norms on tensors -*- C++
//-*-===//
//
// What expansions and importers build around scans, in linalg.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_NORM_H
#define SEQC_DIALECTS_SEQ_CELLS_NORM_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace seqc::seq {

/// A tensor read by an op over several dimensions: which of them it has, in
/// order.
struct BroadcastOperand {
  mlir::Value value;
  llvm::SmallVector<int64_t, 4> dims;
};

/// Builds a scalar from scalars.
using ScalarBuilder = llvm::function_ref<mlir::Value(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// f(operands), element by element, in the shape of the first operand, which
/// has all dimensions.
mlir::Value buildElementwise(mlir::OpBuilder &builder, mlir::Location loc,
                             llvm::ArrayRef<BroadcastOperand> operands,
                             ScalarBuilder f);

/// The sum of f(operands) along the last dimension of the first operand, which
/// has all dimensions.
mlir::Value buildSumAlongLast(mlir::OpBuilder &builder, mlir::Location loc,
                              llvm::ArrayRef<BroadcastOperand> operands,
                              ScalarBuilder f);

/// x [T, B, C] as [T, B, groups, C / groups], and back.
mlir::Value splitChannels(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value x, int64_t groups);
mlir::Value mergeChannels(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value x);

/// Every group of x [T, B, groups, N] with its own mean taken away and divided
/// by its own deviation, sqrt(variance + epsilon), then times `weight` plus
/// `bias`, both [groups N].
mlir::Value buildGroupNorm(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value x, mlir::Value weight, mlir::Value bias,
                           double epsilon);

/// The same with all channels of x [T, B, C] in one group.
mlir::Value buildLayerNorm(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value x, mlir::Value weight, mlir::Value bias,
                           double epsilon);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_NORM_H
