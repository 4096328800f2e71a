//===- Spirv.h - kernels as files -------------------------------*- C++ -*-===//

#ifndef SEQC_COMPILER_EMIT_SPIRV_H
#define SEQC_COMPILER_EMIT_SPIRV_H

#include "compiler/ModelInfo.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Writes a model's SPIR-V to `output`, and its plan beside it, with the
/// extension .json. To standard output ("-") goes the SPIR-V alone.
llvm::Error emitSpirv(const ModelInfo &info, llvm::StringRef output);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_SPIRV_H
