//===- CpuTarget.cpp - the processor a model is compiled for --------------===//

#include "compiler/Target/CpuTarget.h"

#include "compiler/Status.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"

using namespace seqc;

/// Features that LLVM uses of its own accord on numeric code. Those that only
/// intrinsics reach are left out: a model would be refused for nothing.
static llvm::ArrayRef<llvm::StringLiteral>
usableFeatures(const llvm::Triple &triple) {
  static constexpr llvm::StringLiteral x86[] = {
      "sse3",       "ssse3",       "sse4.1",
      "sse4.2",     "popcnt",      "avx",
      "f16c",       "fma",         "avx2",
      "bmi",        "bmi2",        "lzcnt",
      "movbe",      "gfni",        "avxvnni",
      "avx512f",    "avx512cd",    "avx512dq",
      "avx512bw",   "avx512vl",    "avx512vbmi",
      "avx512vnni", "avx512vbmi2", "avx512bitalg",
      "avx512ifma", "avx512bf16",  "avx512vpopcntdq",
      "avx512fp16"};
  static constexpr llvm::StringLiteral aarch64[] = {
      "lse", "rdm", "fullfp16", "dotprod", "bf16", "i8mm", "sve", "sve2"};
  if (triple.isX86())
    return x86;
  return aarch64;
}

static void initializeTargets() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
}

/// This machine's features: a virtual machine may hide some that its processor
/// has by name.
static std::string hostFeatures() {
  llvm::SmallVector<std::string> features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(features);
  return llvm::join(features, ",");
}

static void setVectorShape(CpuTarget &target) {
  auto has = [&](llvm::StringRef feature) {
    return llvm::is_contained(target.features, feature);
  };
  if (target.triple.isAArch64()) {
    target.vectorBits = 128;
    target.vectorRegisters = 32;
    target.hasFma = true;
    target.hasByteDots = has("i8mm");
    return;
  }
  bool avx512 = has("avx512f") && has("avx512vl");
  target.vectorBits = avx512 ? 512 : has("avx") ? 256 : 128;
  target.vectorRegisters = avx512 ? 32 : 16;
  target.hasFma = has("fma");
  target.hasScalef = avx512 && has("avx512dq");
  target.hasByteDots =
      avx512 ? has("avx512vnni") : has("avx") && has("avxvnni");
}

std::string CpuTarget::featureString() const {
  std::string result;
  for (const std::string &feature : features)
    result += (result.empty() ? "+" : ",+") + feature;
  return result;
}

/// Checks the names that --mcpu and --mattr give, which LLVM only warns about.
static llvm::Error checkNames(const llvm::MCSubtargetInfo &baseline,
                              const llvm::Triple &triple, llvm::StringRef cpu,
                              llvm::StringRef features) {
  if (!baseline.isCPUStringValid(cpu))
    return badInput("unknown processor '" + cpu + "' for " + triple.str());
  if (features.empty())
    return llvm::Error::success();
  for (llvm::StringRef feature : llvm::split(features, ',')) {
    llvm::StringRef name = feature;
    bool isSigned = name.consume_front("+") || name.consume_front("-");
    bool isKnown =
        llvm::any_of(baseline.getAllProcessorFeatures(),
                     [&](const auto &known) { return name == known.Key; });
    if (!isSigned || !isKnown)
      return badInput("--mattr takes +FEATURE or -FEATURE of " + triple.str() +
                      ", found '" + feature + "'");
  }
  return llvm::Error::success();
}

/// Finds the processor's name and its features, with --mcpu=native resolved.
static llvm::Error findCpu(const Options &options, const CpuTarget &target,
                           std::string &cpu, std::string &features) {
  cpu = options.cpu.empty() ? target.baseCpu : options.cpu;
  if (cpu == "native") {
    llvm::Triple host(llvm::sys::getProcessTriple());
    if (target.triple.getArch() != host.getArch())
      return badInput("--mcpu=native needs this machine's architecture, found "
                      "--mtriple=" +
                      target.triple.str());
    cpu = llvm::sys::getHostCPUName().str();
    features = hostFeatures();
  }
  if (!options.features.empty())
    features += (features.empty() ? "" : ",") + options.features;
  return llvm::Error::success();
}

llvm::Expected<CpuTarget> CpuTarget::resolve(const Options &options) {
  initializeTargets();
  CpuTarget target;
  target.triple = llvm::Triple(llvm::Triple::normalize(
      options.triple.empty() ? llvm::sys::getDefaultTargetTriple()
                             : options.triple));
  const llvm::Triple &triple = target.triple;
  bool isKnownArch = triple.getArch() == llvm::Triple::x86_64 ||
                     triple.getArch() == llvm::Triple::aarch64;
  if (!isKnownArch || !triple.isOSLinux())
    return unsupported("the target must be x86_64 or aarch64 Linux, found '" +
                       triple.str() + "'");
  target.baseCpu = triple.isX86() ? "x86-64" : "generic";

  std::string features, message;
  if (llvm::Error error = findCpu(options, target, target.tuneCpu, features))
    return std::move(error);
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return unsupported(message);
  std::unique_ptr<llvm::MCSubtargetInfo> baseline(
      backend->createMCSubtargetInfo(triple, target.baseCpu, ""));
  if (llvm::Error error =
          checkNames(*baseline, triple, target.tuneCpu, options.features))
    return std::move(error);
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      backend->createMCSubtargetInfo(triple, target.tuneCpu, features));
  for (llvm::StringRef feature : usableFeatures(triple))
    if (subtarget->checkFeatures(("+" + feature).str()))
      target.features.push_back(feature.str());
  setVectorShape(target);
  // A step of an LSTM of 512 with weights in bf16 takes 61 us on it with
  // requests and 48 without.
  target.fetchesAhead = target.tuneCpu == "znver4";
  return target;
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
CpuTarget::createTargetMachine() const {
  std::string message;
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return unsupported(message);
  llvm::TargetOptions options;
  std::unique_ptr<llvm::TargetMachine> machine(backend->createTargetMachine(
      triple, baseCpu, featureString(), options, llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    return failed("no code generator for " + triple.str());
  return std::move(machine);
}
