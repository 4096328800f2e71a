//===- Compiler.h - from a model's file to compiled code --------*- C++ -*-===//
//
// The whole compiler as a library: what `seqc compile` does, and what the other
// commands do when they are given a model rather than a compiled library.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_COMPILER_H
#define SEQC_COMPILER_COMPILER_H

#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Is shown the module after a phase: "model", "scan", "scheduled", "loops".
using PhaseObserver =
    llvm::function_ref<llvm::Error(llvm::StringRef phase, mlir::ModuleOp)>;

/// Compiles `options.input` and writes what `options.emit` asks for. MLIR's
/// diagnostics go to standard error; an error that they explain has no message
/// of its own. See Status.h.
llvm::Error compile(const Options &options);

/// Runs the phases up to `options.emit`, shows each to `observe` and writes
/// nothing. A model that is lowered already is refused.
llvm::Error observePhases(const Options &options, PhaseObserver observe);

} // namespace seqc

#endif // SEQC_COMPILER_COMPILER_H
