//===- Emit.cpp - from lowered modules to files ---------------------------===//

#include "compiler/Emit/Emit.h"

#include "compiler/Emit/Codegen.h"
#include "compiler/Emit/Header.h"
#include "compiler/Emit/Interface.h"
#include "compiler/Emit/Link.h"
#include "compiler/Emit/OutputFiles.h"
#include "compiler/Emit/Translate.h"
#include "compiler/Status.h"
#include "compiler/Target/SupportLibrary.h"
#include "runtime/src/LibrarySum.h"
#include "seqc/library.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Target/TargetMachine.h"

using namespace seqc;

namespace {
/// One compilation's way from the LLVM dialect to its files.
class Emitter {
public:
  Emitter(const ModelInfo &info, const CpuTarget &target,
          const Options &options)
      : info(info), target(target), options(options),
        embedWeights(options.weights == WeightsPlacement::Embed) {}

  llvm::Error emit(mlir::ModuleOp mlirModule);

private:
  llvm::Error buildModule(mlir::ModuleOp mlirModule);
  llvm::Error dump(llvm::StringRef phase);
  llvm::Error write();
  llvm::Error writeMachineCode(llvm::StringRef path,
                               llvm::CodeGenFileType type);
  llvm::Error writeLibrary();
  llvm::Error writeHeaderFile(llvm::StringRef path);
  llvm::Error writeWeights(llvm::StringRef path);

  const ModelInfo &info;
  const CpuTarget &target;
  const Options &options;
  bool embedWeights;
  OutputFiles files;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
};
} // namespace

static std::string replaceExtension(llvm::StringRef path,
                                    llvm::StringRef extension) {
  llvm::SmallString<128> result(path);
  llvm::sys::path::replace_extension(result, extension);
  return result.str().str();
}

/// Leaves a module that is complete but for LLVM's optimisations.
llvm::Error Emitter::buildModule(mlir::ModuleOp mlirModule) {
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> created =
      target.createTargetMachine();
  if (!created)
    return created.takeError();
  machine = std::move(*created);
  llvm::Expected<std::unique_ptr<llvm::Module>> translated =
      translateToLlvm(mlirModule, context);
  if (!translated)
    return translated.takeError();
  module = std::move(*translated);
  setTarget(*module, target, *machine);
  InterfaceOptions interface;
  interface.embedWeights = embedWeights;
  interface.sharedLibrary = options.emit == EmitKind::Library;
  if (llvm::Error error = addInterface(*module, info, target, interface))
    return error;
  setFunctionTarget(*module, target);
  return llvm::Error::success();
}

llvm::Error Emitter::dump(llvm::StringRef phase) {
  if (options.dumpPhases.empty())
    return llvm::Error::success();
  llvm::SmallString<128> path(options.dumpPhases);
  llvm::sys::path::append(path, phase + ".ll");
  return files.write(path, [&](llvm::raw_pwrite_stream &os) {
    module->print(os, nullptr);
    return llvm::Error::success();
  });
}

llvm::Error Emitter::writeMachineCode(llvm::StringRef path,
                                      llvm::CodeGenFileType type) {
  return files.write(path, [&](llvm::raw_pwrite_stream &os) {
    return emitMachineCode(*module, *machine, type, os);
  });
}

llvm::Error Emitter::writeHeaderFile(llvm::StringRef path) {
  return files.write(path, [&](llvm::raw_pwrite_stream &os) {
    writeHeader(os, info, embedWeights);
    return llvm::Error::success();
  });
}

llvm::Error Emitter::writeWeights(llvm::StringRef path) {
  if (embedWeights || info.weights.empty())
    return llvm::Error::success();
  return files.write(path, [&](llvm::raw_pwrite_stream &os) {
    os.write(info.weights.data(), info.weights.size());
    os << SEQC_WEIGHTS_MAGIC;
    llvm::support::endian::Writer writer(os, llvm::endianness::little);
    writer.write<uint64_t>(info.hash);
    writer.write<uint64_t>(info.weights.size());
    writer.write<uint64_t>(
        seqc_checksum(info.weights.data(), info.weights.size()));
    return llvm::Error::success();
  });
}

/// Enters what the library's damage will show by: the checksums of
/// seqc/library.h.
static void seal(std::string &library) {
  auto *data = reinterpret_cast<unsigned char *>(library.data());
  uint64_t sum = 0;
  size_t place = seqc_sum_library(data, library.size(), &sum);
  assert(place && "the interface has the note");
  llvm::support::endian::write64le(data + place, sum);
  uint64_t size = library.size();
  sum = seqc_checksum(data, size);
  llvm::raw_string_ostream os(library);
  os << SEQC_LIBRARY_MAGIC;
  llvm::support::endian::Writer writer(os, llvm::endianness::little);
  writer.write<uint64_t>(size);
  writer.write<uint64_t>(sum);
}

llvm::Error Emitter::writeLibrary() {
  std::string path = options.output + ".so";
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream os(object);
  {
    llvm::TimeTraceScope trace("generate code");
    if (llvm::Error error = emitMachineCode(
            *module, *machine, llvm::CodeGenFileType::ObjectFile, os))
      return error;
  }
  llvm::TimeTraceScope trace("link");
  llvm::Expected<std::string> library =
      linkSharedLibrary({object.data(), object.size()},
                        llvm::sys::path::filename(path), target.triple);
  if (!library)
    return library.takeError();
  seal(*library);
  return files.write(
      path,
      [&](llvm::raw_pwrite_stream &stream) {
        stream << *library;
        return llvm::Error::success();
      },
      /*isExecutable=*/true);
}

llvm::Error Emitter::write() {
  const std::string &output = options.output;
  switch (options.emit) {
  case EmitKind::Llvm:
    return files.write(output, [&](llvm::raw_pwrite_stream &os) {
      module->print(os, nullptr);
      return llvm::Error::success();
    });
  case EmitKind::Asm:
    return writeMachineCode(output, llvm::CodeGenFileType::AssemblyFile);
  case EmitKind::Object:
    if (llvm::Error error =
            writeMachineCode(output, llvm::CodeGenFileType::ObjectFile))
      return error;
    return writeWeights(replaceExtension(output, ".weights"));
  default:
    if (llvm::Error error = writeLibrary())
      return error;
    if (llvm::Error error = writeWeights(output + ".weights"))
      return error;
    return writeHeaderFile(output + ".h");
  }
}

llvm::Error Emitter::emit(mlir::ModuleOp mlirModule) {
  if (options.emit == EmitKind::Header) {
    if (llvm::Error error = writeHeaderFile(options.output))
      return error;
    return files.commit();
  }
  if (llvm::Error error = buildModule(mlirModule))
    return error;
  if (llvm::Error error = dump("llvm"))
    return error;
  if (options.emit != EmitKind::Llvm) {
    {
      llvm::TimeTraceScope trace("optimize");
      optimize(*module, *machine);
    }
    if (llvm::Error error = linkFloatSupport(*module))
      return error;
    if (llvm::Error error = dump("llvm-optimized"))
      return error;
  }
  if (llvm::Error error = write())
    return error;
  return files.commit();
}

llvm::Error seqc::emitModel(mlir::ModuleOp module, const ModelInfo &info,
                            const CpuTarget &target, const Options &options) {
  return Emitter(info, target, options).emit(module);
}
