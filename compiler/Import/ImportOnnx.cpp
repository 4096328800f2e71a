//===- ImportOnnx.cpp - From an ONNX file to the seq dialect --------------===//

#include "compiler/Import/ImportOnnx.h"

#include "compiler/Import/OnnxImporter.h"
#include "compiler/ModelInfo.h"
#include "compiler/Status.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace seqc {

void registerOnnxImportDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, bufferization::BufferizationDialect,
                  func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  scf::SCFDialect, seq::SeqDialect, tensor::TensorDialect>();
}

llvm::Expected<OwningOpRef<ModuleOp>> importOnnx(MLIRContext &context,
                                                 const Options &options) {
  auto model = onnx::readModel(options.input);
  if (!model)
    return badInput(toString(model.takeError()));
  auto graph =
      onnx::foldModel(std::move(*model), {options.shapes, options.constants});
  if (!graph)
    return badInput(toString(graph.takeError()));
  if (llvm::Error error = onnx::checkSupported(*graph))
    return unsupported(toString(std::move(error)));

  DialectRegistry registry;
  registerOnnxImportDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(FileLineColLoc::get(&context, options.input, 0, 0));
  llvm::StringRef name = options.name.empty()
                             ? llvm::sys::path::stem(options.input)
                             : llvm::StringRef(options.name);
  onnx::Importer importer(*module, *graph);
  if (llvm::Error error = importer.importFunction(cIdentifier(name)))
    return unsupported(toString(std::move(error)));
  if (failed(verify(*module)))
    return reported(Status::Failed);
  return std::move(module);
}

} // namespace seqc
