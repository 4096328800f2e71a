//===- Npy.cpp - fuzz target: .npy files ----------------------------------===//
//
// A file that is accepted is written and read again: the same array.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/Npy.h"
#include "Fuzz.h"

using namespace seqc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  llvm::Expected<Array> array = parseNpy(bytes);
  if (!array) {
    require(!llvm::toString(array.takeError()).empty(), "a message");
    return 0;
  }
  llvm::Expected<Array> again = parseNpy(formatNpy(*array));
  require(again && again->type == array->type && again->shape == array->shape &&
              again->data == array->data,
          "the same array from what is written");
  return 0;
}
