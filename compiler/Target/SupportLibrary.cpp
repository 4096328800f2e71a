//===- SupportLibrary.cpp - the support code of compiled models -----------===//

#include "compiler/Target/SupportLibrary.h"

#include "compiler/Status.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/InstIterator.h"
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

static const unsigned char floatsX86_64[] = {
#include "compiler/Target/Support/floats-x86_64.inc"
};

static const unsigned char floatsAArch64[] = {
#include "compiler/Target/Support/floats-aarch64.inc"
};

/// The attributes clang gave for its own baseline; the model's target decides.
static void dropTargetAttributes(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::StringRef name :
         {"target-cpu", "target-features", "tune-cpu", "no-builtins",
          "min-legal-vector-width", "stack-protector-buffer-size"})
      function.removeFnAttr(name);
}

/// The support code for the model's processor, made to be linked into `model`.
static llvm::Expected<std::unique_ptr<llvm::Module>>
readSupport(llvm::ArrayRef<unsigned char> forX86_64,
            llvm::ArrayRef<unsigned char> forAArch64, llvm::Module &model) {
  bool isX86 = model.getTargetTriple().isX86();
  llvm::ArrayRef<unsigned char> bitcode = isX86 ? forX86_64 : forAArch64;
  llvm::MemoryBufferRef buffer(llvm::toStringRef(bitcode), "support");
  llvm::Expected<std::unique_ptr<llvm::Module>> support =
      llvm::parseBitcodeFile(buffer, model.getContext());
  if (!support)
    return support.takeError();
  dropTargetAttributes(**support);
  (*support)->setTargetTriple(model.getTargetTriple());
  (*support)->setDataLayout(model.getDataLayout());
  return support;
}

static llvm::Error link(llvm::Module &module,
                        std::unique_ptr<llvm::Module> support) {
  if (llvm::Linker::linkModules(module, std::move(support)))
    return failed("cannot link the support code into the model");
  return llvm::Error::success();
}

llvm::Error seqc::linkSupportLibrary(llvm::Module &module) {
  llvm::Expected<std::unique_ptr<llvm::Module>> support =
      readSupport(supportX86_64, supportAArch64, module);
  if (!support)
    return support.takeError();
  return link(module, std::move(*support));
}

/// Whether some value of `module` is a 16-bit float, or a vector of them.
static bool usesNarrowFloats(const llvm::Module &module) {
  auto isNarrow = [](const llvm::Value *value) {
    llvm::Type *type = value->getType()->getScalarType();
    return type->isHalfTy() || type->isBFloatTy();
  };
  for (const llvm::Function &function : module)
    for (const llvm::Instruction &instruction : llvm::instructions(function))
      if (isNarrow(&instruction) ||
          llvm::any_of(instruction.operand_values(), isNarrow))
        return true;
  return false;
}

llvm::Error seqc::linkFloatSupport(llvm::Module &module) {
  if (!usesNarrowFloats(module))
    return llvm::Error::success();
  llvm::Expected<std::unique_ptr<llvm::Module>> support =
      readSupport(floatsX86_64, floatsAArch64, module);
  if (!support)
    return support.takeError();
  // Several models may be linked into one program.
  for (llvm::Function &function : **support)
    if (!function.isDeclaration() && !function.hasLocalLinkage())
      function.setLinkage(llvm::GlobalValue::WeakODRLinkage);
  return link(module, std::move(*support));
}
