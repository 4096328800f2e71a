//===- ImportRwkv.cpp - From RWKV's weights to the seq dialect ------------===//

#include "compiler/Import/ImportRwkv.h"

#include "compiler/Import/RwkvModel.h"
#include "compiler/ModelInfo.h"
#include "compiler/Status.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace seqc;

/// The version whose mark the file has, or null.
static const rwkv::Version *findVersion(const Safetensors &file) {
  for (const rwkv::Version &version : rwkv::getVersions())
    if (file.find("blocks.0." + version.mark.str()))
      return &version;
  return nullptr;
}

static llvm::Error refuse(const Safetensors &file) {
  std::string versions;
  for (const rwkv::Version &version : llvm::reverse(rwkv::getVersions()))
    versions += (versions.empty() ? "" : ", ") + version.title.str() +
                " ('blocks.0." + version.mark.str() + "')";
  return unsupported(
      file.path + ": required a model known by its tensors: " + versions +
      "; found " +
      (file.tensors.empty()
           ? "no tensors"
           : "others, the first '" + file.tensors.front().name + "'") +
      ". A model in MLIR can take these weights: --weights-from");
}

llvm::Expected<OwningOpRef<ModuleOp>> seqc::importRwkv(MLIRContext &context,
                                                       const Options &options) {
  llvm::Expected<Safetensors> file = readSafetensors(options.input);
  if (!file)
    return asBadInput(file.takeError());
  const rwkv::Version *version = findVersion(*file);
  if (!version)
    return refuse(*file);
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                  math::MathDialect, seq::SeqDialect, tensor::TensorDialect>();
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(FileLineColLoc::get(&context, options.input, 0, 0));
  rwkv::ModelBuilder builder(*module, *file, *version);
  if (llvm::Error error = builder.check())
    return std::move(error);
  builder.build(cIdentifier(options.name.empty()
                                ? llvm::sys::path::stem(options.input)
                                : llvm::StringRef(options.name)));
  if (failed(verify(*module)))
    return reported(Status::Failed);
  return std::move(module);
}
