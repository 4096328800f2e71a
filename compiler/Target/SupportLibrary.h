//===- SupportLibrary.h - the support code of compiled models ---*- C++ -*-===//
//
// Target/Support/support.c, which was compiled to bitcode when seqc was built.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_TARGET_SUPPORTLIBRARY_H
#define SEQC_COMPILER_TARGET_SUPPORTLIBRARY_H

#include "llvm/Support/Error.h"

namespace llvm {
class Module;
} // namespace llvm

namespace seqc {

/// Links the support code for the module's target into `module`.
llvm::Error linkSupportLibrary(llvm::Module &module);

/// Links what code generation may call for f16 and bf16 into an optimised module
/// that uses them.
llvm::Error linkFloatSupport(llvm::Module &module);

} // namespace seqc

#endif // SEQC_COMPILER_TARGET_SUPPORTLIBRARY_H
