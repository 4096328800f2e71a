//===- VulkanTarget.cpp - a model's plan and kernels for Vulkan -----------===//

#include "compiler/Target/VulkanTarget.h"

#include "compiler/Status.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Target/SPIRV/Serialization.h"

using namespace mlir;
using namespace seqc;

/// The workgroup's size, which all kernels of a module share.
static int64_t getWorkgroupSize(spirv::ModuleOp kernels) {
  int64_t size = 0;
  for (auto mode : kernels.getOps<spirv::ExecutionModeOp>())
    if (mode.getExecutionMode() == spirv::ExecutionMode::LocalSize)
      size = cast<IntegerAttr>(mode.getValues()[0]).getInt();
  return size;
}

llvm::Error seqc::emitVulkan(ModuleOp module, ModelInfo &info) {
  auto function = module.lookupSymbol<func::FuncOp>(info.symbol);
  llvm::SmallVector<spirv::ModuleOp> kernels(module.getOps<spirv::ModuleOp>());
  if (!function || kernels.size() != 1)
    return unsupported("model '" + info.symbol +
                       "': required ops that run on the GPU, found none");
  llvm::SmallVector<uint32_t, 0> words;
  spirv::SerializationOptions options;
  options.emitSymbolName = false;
  if (mlir::failed(spirv::serialize(kernels.front(), words, options)))
    return reported(Status::Unsupported);
  FailureOr<std::string> plan =
      writeVulkanPlan(function, getWorkgroupSize(kernels.front()));
  if (mlir::failed(plan))
    return reported(Status::Unsupported);
  info.spirv.assign(words.begin(), words.end());
  info.vulkanPlan = std::move(*plan);
  return llvm::Error::success();
}
