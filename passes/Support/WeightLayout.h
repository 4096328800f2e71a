//===- WeightLayout.h - where each weight lies ------------------*- C++ -*-===//
//
// A model's weights stand one after another in one block of memory, which the
// kernel gets as a pointer.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_WEIGHTLAYOUT_H
#define SEQC_PASSES_SUPPORT_WEIGHTLAYOUT_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace seqc {

/// Weights, temporaries and states begin at multiples of a cache line.
inline constexpr int64_t bufferAlignment = 64;

/// The size of an element in memory, or 0 for types without one.
int64_t getElementBytes(mlir::Type type);

struct WeightSlot {
  seq::WeightOp op;
  int64_t offset;
  int64_t bytes;
};

/// The module's weights in order, each aligned.
llvm::SmallVector<WeightSlot> getWeightLayout(mlir::ModuleOp module);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_WEIGHTLAYOUT_H
