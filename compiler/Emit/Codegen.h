//===- Codegen.h - from LLVM IR to machine code -----------------*- C++ -*-===//

#ifndef SEQC_COMPILER_EMIT_CODEGEN_H
#define SEQC_COMPILER_EMIT_CODEGEN_H

#include "compiler/Target/CpuTarget.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class raw_pwrite_stream;
class TargetMachine;
} // namespace llvm

namespace seqc {

/// Sets the module's triple, data layout, and position independence.
void setTarget(llvm::Module &module, const CpuTarget &target,
               const llvm::TargetMachine &machine);

/// Limits every function to the target's features and tunes it.
void setFunctionTarget(llvm::Module &module, const CpuTarget &target);

/// Runs LLVM's -O3 pipeline.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Writes assembly or an object. Changes `module`.
llvm::Error emitMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                            llvm::CodeGenFileType type,
                            llvm::raw_pwrite_stream &os);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_CODEGEN_H
