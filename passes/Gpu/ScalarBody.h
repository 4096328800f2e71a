//===- ScalarBody.h - a scan's body on scalars ------------------*- C++ -*-===//
//
// One invocation of a GPU kernel runs a whole body by itself: the body's small
// tensors become scalars, which the driver keeps in registers.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_GPU_SCALARBODY_H
#define SEQC_PASSES_GPU_SCALARBODY_H

#include "dialects/Seq/SeqOps.h"

#include <functional>

namespace seqc {

/// The elements of a body's value, in row-major order.
using Scalars = llvm::SmallVector<mlir::Value>;

/// Emits a body's ops, one scalar op for each point of their iteration spaces.
class ScalarBody {
public:
  /// `captured` provides what the body uses but does not define.
  using Capture = std::function<mlir::FailureOr<Scalars>(mlir::Operation *user,
                                                         mlir::Value value)>;

  ScalarBody(mlir::OpBuilder &builder, Capture capture)
      : builder(builder), capture(std::move(capture)) {}

  void map(mlir::Value value, Scalars scalars) {
    known[value] = std::move(scalars);
  }

  /// Emits `body` up to its terminator. Fails with a diagnostic on an op that
  /// does not run on scalars.
  mlir::LogicalResult run(mlir::Block &body);

  /// The scalars of a value that `user` reads.
  mlir::FailureOr<Scalars> lookup(mlir::Operation *user, mlir::Value value);

private:
  mlir::LogicalResult runOp(mlir::Operation &op);
  mlir::LogicalResult runSpace(mlir::Operation &op,
                               const seq::BodySemantics &semantics);

  mlir::OpBuilder &builder;
  Capture capture;
  llvm::DenseMap<mlir::Value, Scalars> known;
};

/// The number of scalars of a type, or failure if it is not static.
mlir::FailureOr<int64_t> getNumScalars(mlir::Type type);

/// A constant's elements as scalar constants.
Scalars buildConstantScalars(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::TypedAttr value);

} // namespace seqc

#endif // SEQC_PASSES_GPU_SCALARBODY_H
