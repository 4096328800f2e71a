//===- SupportLibrary.cpp - the support code of compiled models -----------===//

#include "compiler/Target/SupportLibrary.h"

#include "compiler/Status.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace seqc;

static const unsigned char supportX86_64[] = {
#include "compiler/Target/Support/support-x86_64.inc"
};

static const unsigned char supportAArch64[] = {
#include "compiler/Target/Support/support-aarch64.inc"
};

/// The attributes clang gave for its own baseline; the model's target decides.
static void dropTargetAttributes(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::StringRef name :
         {"target-cpu", "target-features", "tune-cpu", "no-builtins",
          "min-legal-vector-width", "stack-protector-buffer-size"})
      function.removeFnAttr(name);
}

llvm::Error seqc::linkSupportLibrary(llvm::Module &module) {
  bool isX86 = module.getTargetTriple().isX86();
  llvm::ArrayRef<unsigned char> bitcode =
      isX86 ? llvm::ArrayRef<unsigned char>(supportX86_64)
            : llvm::ArrayRef<unsigned char>(supportAArch64);
  llvm::MemoryBufferRef buffer(llvm::toStringRef(bitcode), "support");
  llvm::Expected<std::unique_ptr<llvm::Module>> support =
      llvm::parseBitcodeFile(buffer, module.getContext());
  if (!support)
    return support.takeError();
  dropTargetAttributes(**support);
  (*support)->setTargetTriple(module.getTargetTriple());
  (*support)->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(*support)))
    return failed("cannot link the support code into the model");
  return llvm::Error::success();
}
