//===- Safetensors.h - Tensors by name in a safetensors file ----*- C++ -*-===//
//
// Reads the header of a safetensors file and says where every tensor lies; the
// bytes themselves stay in the file. `readSafetensors` promises that names are
// unique and that the tensors fill what follows the header without overlap or
// hole.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_SAFETENSORS_H
#define SEQC_COMPILER_IMPORT_SAFETENSORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seqc {

struct SafeTensor {
  std::string name;
  std::string type; ///< As the file has it: "F32", "BF16", "I64", ...
  llvm::SmallVector<int64_t, 4> shape;
  uint64_t offset = 0; ///< Of its first byte in the file.
  uint64_t size = 0;   ///< In bytes.

  int64_t getNumElements() const;
};

/// Bytes of an element of this type; 0 for an unknown one.
unsigned getSafetensorsElementSize(llvm::StringRef type);

struct Safetensors {
  std::string path;
  std::vector<SafeTensor> tensors;       ///< In the order of their bytes.
  llvm::StringMap<std::string> metadata; ///< `__metadata__`.

  /// The tensor of this name, or null.
  const SafeTensor *find(llvm::StringRef name) const;

private:
  friend class SafetensorsReader;
  llvm::StringMap<unsigned> positions;
};

/// Errors begin with `path` and say what was required and what was found.
llvm::Expected<Safetensors> readSafetensors(llvm::StringRef path);
/// The same from bytes in memory; `path` is for messages.
llvm::Expected<Safetensors> parseSafetensors(llvm::StringRef bytes,
                                             llvm::StringRef path);

} // namespace seqc

#endif // SEQC_COMPILER_IMPORT_SAFETENSORS_H
