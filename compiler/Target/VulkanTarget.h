//===- VulkanTarget.h - a model's plan and kernels for Vulkan ---*- C++ -*-===//
#ifndef SEQC_COMPILER_TARGET_VULKANTARGET_H
#define SEQC_COMPILER_TARGET_VULKANTARGET_H

#include "compiler/ModelInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Sets `info`'s plan and SPIR-V from a module that the GPU passes have lowered
/// to a spirv.module and calls of its kernels.
llvm::Error emitVulkan(mlir::ModuleOp module, ModelInfo &info);

/// The plan of `function` (see runtime/src/VulkanPlan.h), as JSON. Fails with
/// a diagnostic.
mlir::FailureOr<std::string> writeVulkanPlan(mlir::func::FuncOp function,
                                             int64_t workgroupSize);

} // namespace seqc

#endif // SEQC_COMPILER_TARGET_VULKANTARGET_H
