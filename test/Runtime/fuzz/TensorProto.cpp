//===- TensorProto.cpp - fuzz target: ONNX TensorProto files --------------===//

#include "tools/seqc/TensorProto.h"
#include "Fuzz.h"

using namespace seqc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  llvm::Expected<Array> array = parseTensorProto(bytes);
  if (!array) {
    require(!llvm::toString(array.takeError()).empty(), "a message");
    return 0;
  }
  llvm::Expected<size_t> expected = getByteSize(array->type, array->shape);
  require(expected && *expected == array->data.size(), "as many bytes as said");
  return 0;
}
