//===- TemporaryLibrary.cpp - a library that is loaded and gone -----------===//

#include "tools/seqc/TemporaryLibrary.h"

#include "compiler/Status.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

using namespace seqc;

/// What a library is made of.
static constexpr llvm::StringLiteral libraryFiles[] = {".so", ".h", ".weights"};

TemporaryLibrary::TemporaryLibrary(llvm::StringRef stem) : stem(stem) {
  for (llvm::StringRef extension : libraryFiles)
    llvm::sys::RemoveFileOnSignal(this->stem + extension.str());
}

TemporaryLibrary::~TemporaryLibrary() {
  for (llvm::StringRef extension : libraryFiles) {
    (void)llvm::sys::fs::remove(stem + extension);
    llvm::sys::DontRemoveFileOnSignal(stem + extension.str());
  }
}

llvm::Expected<std::unique_ptr<TemporaryLibrary>> TemporaryLibrary::create() {
  // Files, not a directory: only they can be removed when a signal ends this.
  llvm::SmallString<128> path;
  if (std::error_code code =
          llvm::sys::fs::getPotentiallyUniqueTempFileName("seqc", "", path))
    return failed("cannot make a temporary file: " + code.message());
  return std::unique_ptr<TemporaryLibrary>(new TemporaryLibrary(path));
}
