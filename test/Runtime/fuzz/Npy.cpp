//===- Npy.cpp - fuzz target: .npy files ----------------------------------===//
//
// A file that is accepted is written and read again: the same array.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/Npy.h"
#include "Fuzz.h"

#include <cstdlib>

using namespace seqc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  llvm::Expected<Array> array = parseNpy(bytes);
  if (!array) {
    if (llvm::toString(array.takeError()).empty())
      std::abort();
    return 0;
  }
  llvm::Expected<Array> again = parseNpy(formatNpy(*array));
  if (!again || again->type != array->type || again->shape != array->shape ||
      again->data != array->data)
    std::abort();
  return 0;
}
