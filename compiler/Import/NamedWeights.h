//===- NamedWeights.h - Weights of a model in text --------------*- C++ -*-===//

#ifndef SEQC_COMPILER_IMPORT_NAMEDWEIGHTS_H
#define SEQC_COMPILER_IMPORT_NAMEDWEIGHTS_H

#include "compiler/Import/Safetensors.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace seqc {

/// The element type of a tensor of this type, or null where the dialect has
/// none.
mlir::Type getElementType(mlir::MLIRContext *context, llvm::StringRef type);

/// "F32 of 3x4".
std::string describe(const SafeTensor &tensor);

/// Replaces every `seq.named_weight` by the `seq.weight_data` of the tensor of
/// its name. `path` is the safetensors file, or empty: then there must be none.
/// Everything that is wrong is reported as diagnostics, or as an error of the
/// file.
llvm::Error resolveNamedWeights(mlir::ModuleOp module, llvm::StringRef path);

} // namespace seqc

#endif // SEQC_COMPILER_IMPORT_NAMEDWEIGHTS_H
