//===- GpuPasses.h - passes of the GPU alone --------------------*- C++ -*-===//
#ifndef SEQC_PASSES_GPU_GPUPASSES_H
#define SEQC_PASSES_GPU_GPUPASSES_H

#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Pass/Pass.h"

namespace seqc {

#define GEN_PASS_DECL
#include "passes/Gpu/GpuPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Gpu/GpuPasses.h.inc"

} // namespace seqc

#endif // SEQC_PASSES_GPU_GPUPASSES_H
