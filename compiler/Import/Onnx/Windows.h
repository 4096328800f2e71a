//===- Windows.h - Windows that move over an input --------------*- C++ -*-===//

#ifndef SEQC_COMPILER_IMPORT_ONNX_WINDOWS_H
#define SEQC_COMPILER_IMPORT_ONNX_WINDOWS_H

#include "compiler/Import/Onnx/Ops.h"

namespace seqc::onnx {

/// A list attribute with one number per spatial dimension.
struct SpatialAttribute {
  const char *name;
  size_t count;
  int64_t otherwise, least;
};

llvm::Expected<llvm::SmallVector<int64_t, 4>>
getSpatial(const OpContext &context, const SpatialAttribute &attribute);

/// Floats of one type.
llvm::Error requireFloats(const OpContext &context);

/// Resolves strides and dilations; returns the pads that the node asks for,
/// those before each of the `spatial` dimensions first.
llvm::Expected<llvm::SmallVector<int64_t, 4>> resolveWindows(OpContext &context,
                                                             size_t spatial);

/// Resolves strides, dilations and padding of windows of the extents `kernel`
/// and appends the extents of the result to `shape`.
llvm::Error inferWindows(OpContext &context, llvm::ArrayRef<int64_t> kernel,
                         Shape &shape);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_WINDOWS_H
