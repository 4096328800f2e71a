//===- ImportRwkv.h - From RWKV's weights to the seq dialect ----*- C++ -*-===//

#ifndef SEQC_COMPILER_IMPORT_IMPORTRWKV_H
#define SEQC_COMPILER_IMPORT_IMPORTRWKV_H

#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Reads the safetensors file `options.input`, tells the version of RWKV from
/// the names of its tensors, and builds the model: tokens [time, batch] to
/// logits [time, batch, vocabulary], with the states declared. Errors are
/// CompileErrors: bad input, or a model that is not RWKV.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importRwkv(mlir::MLIRContext &context, const Options &options);

} // namespace seqc

#endif // SEQC_COMPILER_IMPORT_IMPORTRWKV_H
