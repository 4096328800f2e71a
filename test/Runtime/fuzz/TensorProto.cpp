//===- TensorProto.cpp - fuzz target: ONNX TensorProto files --------------===//

#include "tools/seqc/TensorProto.h"
#include "Fuzz.h"

#include <cstdlib>

using namespace seqc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  llvm::Expected<Array> array = parseTensorProto(bytes);
  if (!array) {
    if (llvm::toString(array.takeError()).empty())
      std::abort();
    return 0;
  }
  llvm::Expected<size_t> expected = getByteSize(array->type, array->shape);
  if (!expected || *expected != array->data.size())
    std::abort();
  return 0;
}
