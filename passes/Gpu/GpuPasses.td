//===- GpuPasses.td - passes of the GPU alone --------------*- tablegen -*-===//
#ifndef SEQC_GPU_PASSES_TD
#define SEQC_GPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def LowerToGpu : Pass<"seq-lower-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Write bufferized scans and elementwise ops as GPU kernels";
  let description = [{
    Every scan becomes a kernel with one invocation for each domain point, its
    carries in registers; every elementwise linalg op and copy one with an
    invocation for each element. What is left calls them in order.
  }];
  let options = [
    Option<"workgroupSize", "workgroup-size", "int32_t", "64",
           "Invocations in a workgroup">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::spirv::SPIRVDialect"
  ];
}

def ExpandGpuMath : Pass<"seq-expand-gpu-math"> {
  let summary = "Write exp, log, tanh and their kin as f32 polynomials";
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"
  ];
}

def KeepRounding : Pass<"seq-keep-rounding", "::mlir::spirv::ModuleOp"> {
  let summary = "Forbid drivers to rearrange additions and products";
  let description = [{
    Without `NoContraction` a driver may simplify (1 + x) - 1 to x, which
    polynomials and corrections rely on not being the same.
  }];
  let dependentDialects = ["::mlir::spirv::SPIRVDialect"];
}

#endif // SEQC_GPU_PASSES_TD
