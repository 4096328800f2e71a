//===- Safetensors.cpp - fuzz target: headers of safetensors files --------===//

#include "compiler/Import/Safetensors.h"
#include "Fuzz.h"

using namespace seqc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  llvm::Expected<Safetensors> file = parseSafetensors(bytes, "fuzz");
  if (!file) {
    require(!llvm::toString(file.takeError()).empty(), "a message");
    return 0;
  }
  for (const SafeTensor &tensor : file->tensors) {
    require(tensor.offset <= size && tensor.size <= size - tensor.offset,
            "tensors inside of the file");
    require(tensor.size == uint64_t(tensor.getNumElements()) *
                               getSafetensorsElementSize(tensor.type),
            "as many bytes as said");
    require(file->find(tensor.name) == &tensor, "tensors found by name");
  }
  return 0;
}
