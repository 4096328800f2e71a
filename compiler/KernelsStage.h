//===- KernelsStage.h - from scheduled scans to GPU kernels -----*- C++ -*-===//
#ifndef SEQC_COMPILER_KERNELSSTAGE_H
#define SEQC_COMPILER_KERNELSSTAGE_H

#include "compiler/Options.h"
#include "mlir/Pass/PassManager.h"

namespace seqc {

/// Scheduled scans become kernels in a spirv.module, beside a function that
/// calls them, which emitVulkan turns into a plan. It is what --target=vulkan
/// adds to the stages in Pipelines.h.
void buildKernelsStage(mlir::OpPassManager &manager, const Options &options);

/// Makes it known to seq-opt, as seq-to-kernels.
void registerKernelsPipeline();

} // namespace seqc

#endif // SEQC_COMPILER_KERNELSSTAGE_H
