//===- Link.h - from an object to a shared library --------------*- C++ -*-===//

#ifndef SEQC_COMPILER_EMIT_LINK_H
#define SEQC_COMPILER_EMIT_LINK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

namespace seqc {

/// Links an object into a stripped shared library, both in memory: nothing is
/// left behind however the process ends. The library needs libc, libm if it
/// calls it, and nothing else.
llvm::Expected<std::string> linkSharedLibrary(llvm::StringRef object,
                                              llvm::StringRef soname,
                                              const llvm::Triple &triple);

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_LINK_H
