//===- Onnx.cpp - fuzz target: ONNX models --------------------------------===//
//
// From bytes to the folded graph that the importer turns into MLIR.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "compiler/Import/Onnx/Fold.h"

#include "llvm/Support/raw_ostream.h"

using namespace seqc::onnx;

static llvm::Error fold(llvm::StringRef bytes) {
  auto model =
      readModel(llvm::MemoryBuffer::getMemBufferCopy(bytes), "/m.onnx");
  if (!model)
    return model.takeError();
  auto graph = foldModel(std::move(*model), FoldOptions());
  if (!graph)
    return graph.takeError();
  printFolded(*graph, llvm::nulls());
  return checkSupported(*graph);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  if (llvm::Error error = fold(bytes))
    require(llvm::StringRef(llvm::toString(std::move(error)))
                .starts_with("/m.onnx: "),
            "a message with the file's name");
  return 0;
}
