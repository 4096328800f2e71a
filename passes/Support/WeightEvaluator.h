//===- WeightEvaluator.h - what weights evaluate to -------------*- C++ -*-===//
//
// Evaluates the initialisers of `seq.weight`: files are mapped, and every op
// makes the bytes of its result from those of its operands.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_WEIGHTEVALUATOR_H
#define SEQC_PASSES_SUPPORT_WEIGHTEVALUATOR_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <vector>

namespace seqc {

/// Evaluates initialisers. Files stay mapped until it is destroyed.
class WeightEvaluator {
public:
  /// Row-major, as the kernel reads it.
  using Bytes = std::vector<char>;

  llvm::Expected<Bytes> evaluate(seq::WeightOp weight);

  /// Of a value in the weight that was evaluated last, but the weight's own.
  const Bytes &getValue(mlir::Value value) { return values[value]; }
  /// The scale of each row of `matrix`: its largest magnitude over 127.
  Bytes scaleRows(mlir::Value matrix, int64_t contracted);

private:
  llvm::Expected<Bytes> evaluateOp(mlir::Operation *op);
  llvm::Expected<Bytes> read(seq::WeightDataOp op);
  llvm::Expected<Bytes> read(mlir::arith::ConstantOp op);
  Bytes slice(mlir::tensor::ExtractSliceOp op);
  Bytes concat(mlir::tensor::ConcatOp op);
  Bytes transpose(mlir::linalg::TransposeOp op);
  Bytes pack(seq::PackOp op);
  llvm::Expected<Bytes> combine(mlir::Operation *op);
  Bytes narrow(seq::NarrowOp op);

  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
  llvm::DenseMap<mlir::Value, Bytes> values; // of the initialiser at hand
};

/// The number of `type` whose bits begin at `at`.
llvm::APFloat loadFloat(mlir::FloatType type, const char *at);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_WEIGHTEVALUATOR_H
