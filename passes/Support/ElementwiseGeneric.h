//===- ElementwiseGeneric.h - linalg.generic as ops of a body ---*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_ELEMENTWISEGENERIC_H
#define SEQC_PASSES_SUPPORT_ELEMENTWISEGENERIC_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace seqc {

/// A generic whose iterations are independent, with one result that it writes
/// outright, from a body of elementwise ops.
bool isElementwise(mlir::linalg::GenericOp generic);

/// Emits `generic`'s body on slices or vectors shaped like `like`, which
/// `arguments` already are; returns what it yields. Vectors take numbers from
/// outside the body; slices take constants alone (`isElementwise`).
mlir::Value cloneElementwise(mlir::OpBuilder &b,
                             mlir::linalg::GenericOp generic,
                             llvm::ArrayRef<mlir::Value> arguments,
                             mlir::Type like);

/// Whether `generic` leaves sums of products of its two inputs, from zero: with
/// as many loops of sums as there are, which may be none.
bool isContraction(mlir::linalg::GenericOp generic);

/// What `generic` combines the elements of its one input with, which it walks
/// once, from the number that changes nothing; nothing if it does otherwise.
std::optional<seq::ReduceKind> findReduceKind(mlir::linalg::GenericOp generic);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_ELEMENTWISEGENERIC_H
