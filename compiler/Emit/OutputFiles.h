//===- OutputFiles.h - files that appear whole or not at all ----*- C++ -*-===//
//
// A compilation's files are written to temporaries beside their targets and
// renamed together at the end, so that a failure leaves nothing behind.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_EMIT_OUTPUTFILES_H
#define SEQC_COMPILER_EMIT_OUTPUTFILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <vector>

namespace seqc {

class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  ~OutputFiles();

  /// Writes a file that will be called `path`; "-" is standard output.
  llvm::Error
  write(llvm::StringRef path,
        llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer);

  /// Makes an empty file that will be called `path`, and returns the name that
  /// it has until then, for something else to write to.
  llvm::Expected<std::string> reserve(llvm::StringRef path);

  /// Makes an empty file that is deleted in the end, beside `path`.
  llvm::Expected<std::string> scratch(llvm::StringRef path);

  /// Gives all files their names.
  llvm::Error commit();

private:
  struct File {
    llvm::sys::fs::TempFile temporary;
    std::string path; ///< Empty: scratch.
  };
  llvm::Expected<File *> create(llvm::StringRef beside, llvm::StringRef path);

  std::vector<File> files;
};

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_OUTPUTFILES_H
