//===- Emit.h - from lowered modules to files -------------------*- C++ -*-===//
//
// The back end. It takes a module in the LLVM dialect with two functions, named
// after the model's symbol:
//
//   llvm.func @NAME_kernel(%thread: i64, %threads: i64, %sync: !llvm.ptr,
//                          %weights: !llvm.ptr, %workspace: !llvm.ptr,
//                          %dims: !llvm.ptr, %inputs: !llvm.ptr,
//                          %states: !llvm.ptr, %outputs: !llvm.ptr)
//   llvm.func @NAME_workspace_bytes(%dims: !llvm.ptr, %threads: i64) -> i64
//
// The kernel is one step. `threads` threads execute it at once, and meet at
// `seqc_barrier(%sync)` between its phases. %dims points to i64 values, the
// last three to arrays of pointers; the states are updated in place. Apart from
// seqc_barrier and seqc_take it may call libm and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_EMIT_EMIT_H
#define SEQC_COMPILER_EMIT_EMIT_H

#include "compiler/ModelInfo.h"
#include "compiler/Options.h"
#include "compiler/Target/CpuTarget.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Writes what `options.emit`, from Llvm on, asks for. The header and the
/// library are written together or not at all.
llvm::Error emitModel(mlir::ModuleOp module, const ModelInfo &info,
                      const CpuTarget &target, const Options &options);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_EMIT_H
