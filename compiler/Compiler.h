//===- Compiler.h - from a model's file to compiled code --------*- C++ -*-===//
//
// The whole compiler as a library: what `seqc compile` does, and what the other
// commands do when they are given a model rather than a compiled library.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_COMPILER_H
#define SEQC_COMPILER_COMPILER_H

#include "compiler/Options.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Compiles `options.input` and writes what `options.emit` asks for. MLIR's
/// diagnostics go to standard error; an error that they explain has no message
/// of its own. See Status.h.
llvm::Error compile(const Options &options);

} // namespace seqc

#endif // SEQC_COMPILER_COMPILER_H
