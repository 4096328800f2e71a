//===- Codegen.cpp - from LLVM IR to machine code -------------------------===//

#include "compiler/Emit/Codegen.h"

#include "compiler/Status.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace seqc;

void seqc::setTarget(llvm::Module &module, const CpuTarget &target,
                     const llvm::TargetMachine &machine) {
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
}

void seqc::setFunctionTarget(llvm::Module &module, const CpuTarget &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.baseCpu);
    function.addFnAttr("tune-cpu", target.tuneCpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.featureString());
    // LLVM keeps to 256 bits on most AVX-512 processors otherwise.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.vectorBits));
    // Spilled vectors would cross cache lines: LLVM knows too late that it
    // spills.
    if (target.vectorBits > 128)
      function.addFnAttr(llvm::Attribute::getWithStackAlignment(
          module.getContext(), llvm::Align(target.vectorBits / 8)));
    function.setDoesNotThrow();
  }
}

llvm::Error seqc::emitMachineCode(llvm::Module &module,
                                  llvm::TargetMachine &machine,
                                  llvm::CodeGenFileType type,
                                  llvm::raw_pwrite_stream &os) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr, type))
    return failed("no machine code of this kind for " +
                  module.getTargetTriple().str());
  passes.run(module);
  return llvm::Error::success();
}
