//===- LowerLinalgToGpu.h - elementwise ops as GPU kernels ------*- C++ -*-===//
#ifndef SEQC_PASSES_GPU_LOWERLINALGTOGPU_H
#define SEQC_PASSES_GPU_LOWERLINALGTOGPU_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Gpu/KernelBuilder.h"

namespace seqc {

/// Write ops between scans as kernels, one invocation for every element. Fail
/// with a diagnostic.
mlir::LogicalResult lowerLinalgToGpu(mlir::linalg::LinalgOp op,
                                     KernelBuilder &kernel);
mlir::LogicalResult lowerCopyToGpu(mlir::memref::CopyOp op,
                                   KernelBuilder &kernel);

} // namespace seqc

#endif // SEQC_PASSES_GPU_LOWERLINALGTOGPU_H
