//===- Interface.h - a model's tables and exported functions ----*- C++ -*-===//
//
// Adds to a module that holds a model's kernel what seqc/abi.h promises: the
// constant table, and the functions that the generated header declares.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_EMIT_INTERFACE_H
#define SEQC_COMPILER_EMIT_INTERFACE_H

#include "compiler/ModelInfo.h"
#include "compiler/Target/CpuTarget.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Module;
} // namespace llvm

namespace seqc {

struct InterfaceOptions {
  bool embedWeights = true;
  bool sharedLibrary = true; ///< Export `seqc_model` too.
};

/// Everything else in `module`, the kernel and the support code included,
/// becomes internal to it.
llvm::Error addInterface(llvm::Module &module, const ModelInfo &info,
                         const CpuTarget &target,
                         const InterfaceOptions &options);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_INTERFACE_H
