//===- TemporaryLibrary.h - a library that is loaded and gone ---*- C++ -*-===//
//
// Where the commands that are given a model compile it to. Once it is loaded
// nobody needs its files: they are gone when this is, or when a signal ends the
// process before.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_TEMPORARYLIBRARY_H
#define SEQC_TOOLS_SEQC_TEMPORARYLIBRARY_H

#include "llvm/Support/Error.h"

#include <memory>

namespace seqc {

class TemporaryLibrary {
public:
  static llvm::Expected<std::unique_ptr<TemporaryLibrary>> create();
  TemporaryLibrary(const TemporaryLibrary &) = delete;
  TemporaryLibrary &operator=(const TemporaryLibrary &) = delete;
  ~TemporaryLibrary();

  /// The path without extension.
  const std::string &getStem() const { return stem; }
  std::string getPath() const { return stem + ".so"; }

private:
  explicit TemporaryLibrary(llvm::StringRef stem);

  std::string stem;
};

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_TEMPORARYLIBRARY_H
