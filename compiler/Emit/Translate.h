//===- Translate.h - from the LLVM dialect to LLVM IR -----------*- C++ -*-===//

#ifndef SEQC_COMPILER_EMIT_TRANSLATE_H
#define SEQC_COMPILER_EMIT_TRANSLATE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace seqc {

/// Registers what translation needs of the dialects it meets.
void registerTranslations(mlir::DialectRegistry &registry);

llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLlvm(mlir::ModuleOp module, llvm::LLVMContext &context);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_TRANSLATE_H
