//===- ImportOnnx.h - From an ONNX file to the seq dialect ------*- C++ -*-===//

#ifndef SEQC_COMPILER_IMPORT_IMPORTONNX_H
#define SEQC_COMPILER_IMPORT_IMPORTONNX_H

#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// The dialects that imported modules are made of.
void registerOnnxImportDialects(mlir::DialectRegistry &registry);

/// Reads, checks and folds `options.input` under its --shape and --const
/// options and returns a module with one function, named `options.name` (or
/// after the file), in the form that ModelInfo reads. States are left to the
/// caller. Errors are CompileErrors: bad input, or everything unsupported at
/// once.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importOnnx(mlir::MLIRContext &context, const Options &options);

} // namespace seqc

#endif // SEQC_COMPILER_IMPORT_IMPORTONNX_H
