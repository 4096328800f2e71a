//===- OutputFiles.h - files that appear whole or not at all ----*- C++ -*-===//
//
// A compilation's files have no names until the end, and then get them one
// right after the other: a failure leaves nothing behind, and neither does the
// end of the process, whatever its cause. File systems that have no files
// without a name get temporary ones beside their targets, which only SIGKILL
// and the loss of power leave behind.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_EMIT_OUTPUTFILES_H
#define SEQC_COMPILER_EMIT_OUTPUTFILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
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
        llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer,
        bool isExecutable = false);

  /// Gives all files their names.
  llvm::Error commit();

private:
  struct File {
    std::string path;
    int descriptor;
    std::optional<llvm::sys::fs::TempFile> temporary; ///< Named until then.

    llvm::Error keep();
    void discard();
  };
  llvm::Expected<File *> create(llvm::StringRef path, bool isExecutable);

  std::vector<File> files;
};

} // namespace seqc

#endif // SEQC_COMPILER_EMIT_OUTPUTFILES_H
