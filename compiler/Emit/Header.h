//===- Header.h - the C header of a compiled model --------------*- C++ -*-===//

#ifndef SEQC_COMPILER_EMIT_HEADER_H
#define SEQC_COMPILER_EMIT_HEADER_H

#include "compiler/ModelInfo.h"
#include "llvm/Support/raw_ostream.h"

namespace seqc {

/// Writes NAME.h: C99 and C++, self-contained. `embedWeights` says where the
/// weights are.
void writeHeader(llvm::raw_ostream &os, const ModelInfo &info,
                 bool embedWeights);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_HEADER_H
