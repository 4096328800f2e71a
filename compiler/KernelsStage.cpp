//===- KernelsStage.cpp - from scheduled scans to GPU kernels -------------===//

#include "compiler/KernelsStage.h"
#include "compiler/Pipelines.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/GPUToSPIRV/GPUToSPIRVPass.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRVPass.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Gpu/GpuPasses.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace seqc;

void seqc::buildKernelsStage(OpPassManager &manager, const Options &) {
  manager.addPass(createLowerParallel());
  manager.addPass(createDecompose());
  manager.addPass(createPromote());
  // No CSE before bufferization: it would make results share a destination.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createBufferize());
  addCleanup(manager);
  manager.addPass(createLowerToGpu());
  // Leaves views' offsets and strides as arithmetic on extents.
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  addCleanup(manager);

  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  kernels.addPass(createExpandGpuMath());
  addCleanup(kernels);
  kernels.addPass(createLoopInvariantCodeMotionPass());
  // Before the rest, or what is left of math is illegal there.
  kernels.addPass(createConvertMathToSPIRVPass());

  manager.addPass(createConvertGPUToSPIRVPass());
  OpPassManager &modules = manager.nest<spirv::ModuleOp>();
  modules.addPass(spirv::createSPIRVLowerABIAttributesPass());
  modules.addPass(spirv::createSPIRVUpdateVCEPass());
  addCleanup(modules);
  modules.addPass(createKeepRounding());
}

void seqc::registerKernelsPipeline() {
  PassPipelineRegistration<>(
      "seq-to-kernels", "From scheduled scans to GPU kernels in SPIR-V",
      [](OpPassManager &manager) { buildKernelsStage(manager, Options()); });
}
