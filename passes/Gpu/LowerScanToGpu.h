//===- LowerScanToGpu.h - scans as GPU kernels ------------------*- C++ -*-===//
#ifndef SEQC_PASSES_GPU_LOWERSCANTOGPU_H
#define SEQC_PASSES_GPU_LOWERSCANTOGPU_H

#include "passes/Gpu/KernelBuilder.h"

namespace seqc {

/// Writes a bufferized scan as a kernel: one invocation for every domain point,
/// with the carries in registers. Fails with a diagnostic.
mlir::LogicalResult lowerScanToGpu(seq::ScanOp scan, KernelBuilder &kernel);

} // namespace seqc

#endif // SEQC_PASSES_GPU_LOWERSCANTOGPU_H
