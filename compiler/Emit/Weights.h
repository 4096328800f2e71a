//===- Weights.h - the bytes of a model's weights ---------------*- C++ -*-===//
#ifndef SEQC_COMPILER_EMIT_WEIGHTS_H
#define SEQC_COMPILER_EMIT_WEIGHTS_H

#include "compiler/Explain/Report.h"
#include "compiler/ModelInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace seqc {

/// Evaluates the module's `seq.weight` ops, lays the values out as the kernel
/// expects them (see passes/Support/WeightLayout.h), and removes the ops.
llvm::Expected<std::vector<char>> takeWeights(mlir::ModuleOp module);

/// Evaluates the weights that states begin with, into what `info` has of those.
/// The ops stay.
llvm::Error evaluateInitialValues(mlir::ModuleOp module, ModelInfo &info);

/// What the rounding of every weight in fewer bits loses, for explain.
llvm::Expected<std::vector<NarrowedWeight>>
measureNarrowing(mlir::ModuleOp module);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_WEIGHTS_H
