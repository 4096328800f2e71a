//===- KernelBuilder.h - one GPU kernel and its call ------------*- C++ -*-===//
//
// A kernel reads and writes the buffers of one host op. Buffers are bound whole
// and once, however many views of them the op has: two bindings of one buffer
// would be free to be reordered against each other. Views become an offset and
// strides, known statically or passed as parameters.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_GPU_KERNELBUILDER_H
#define SEQC_PASSES_GPU_KERNELBUILDER_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace seqc {

class KernelBuilder {
public:
  /// A kernel in place of `op`; its code is emitted at `device`, what computes
  /// its parameters at `host`.
  KernelBuilder(mlir::Operation *op, mlir::gpu::GPUModuleOp kernels,
                llvm::StringRef name, int32_t workgroupSize);

  mlir::OpBuilder host, device;
  mlir::Location loc;

  /// Begins the kernel. Fails with a diagnostic if an operand of the op is not
  /// in a buffer that a kernel can be given.
  mlir::LogicalResult begin();

  /// The kernel's value of a host index.
  mlir::Value param(mlir::OpFoldResult value);

  /// The product of `extents` becomes the number of invocations; returns this
  /// one's indices, `fastest` (-1: the last) varying between neighbours. What
  /// is emitted at `device` from then on runs within the extents.
  mlir::SmallVector<mlir::Value>
  beginPoints(llvm::ArrayRef<mlir::OpFoldResult> extents, int64_t fastest = -1);

  /// Elements of the op's operand `memref`. The address of an element that
  /// differs from another in a constant index is that one's plus a constant.
  mlir::Value load(mlir::Value memref, llvm::ArrayRef<mlir::Value> indices);
  void store(mlir::Value element, mlir::Value memref,
             llvm::ArrayRef<mlir::Value> indices);

  /// A scalar that the op reads from outside, for use in the kernel: constants
  /// and indices. Fails with a diagnostic.
  mlir::FailureOr<mlir::Value> capture(mlir::Value value);

  /// Replaces the op by a call of the kernel.
  void finish();

  mlir::Value constant(int64_t value);

private:
  struct View {
    mlir::Value buffer; ///< The kernel's argument.
    mlir::Value offset;
    llvm::SmallVector<mlir::Value> strides;
  };

  mlir::Value address(const View &view, llvm::ArrayRef<mlir::Value> indices);
  const View &view(mlir::Value memref);

  mlir::Operation *op;
  mlir::gpu::GPUModuleOp kernels;
  std::string name;
  int32_t workgroupSize;
  mlir::gpu::GPUFuncOp kernel;
  mlir::Value params;                ///< The kernel's i32 buffer.
  mlir::Operation *anchor = nullptr; ///< Parameters are read before it.
  mlir::Value points;
  llvm::SmallVector<mlir::Value> roots, paramValues;
  llvm::DenseMap<mlir::Value, mlir::Value> knownParams;
  llvm::DenseMap<mlir::Value, View> views;
  llvm::DenseMap<int64_t, mlir::Value> constants;
};

/// On the declaration of a function that stands for a kernel: the `gpu.func`.
/// Calling it runs the kernel, in order with the other calls. Its arguments are
/// the number of invocations, the buffers, and the parameters. The kernel's are
/// the buffers, each flattened to one dimension, then an i32 buffer with the
/// number of invocations, how many of them are in a row of the grid, and the
/// parameters; it returns at once for the invocations beyond their number.
inline constexpr llvm::StringLiteral kernelAttr = "seq.kernel";

/// The buffer that `memref` is a view of, or null with a diagnostic.
mlir::Value findRoot(mlir::Operation *user, mlir::Value memref);

} // namespace seqc

#endif // SEQC_PASSES_GPU_KERNELBUILDER_H
