//===- Resize.h - Which elements those of a resized tensor are made of ----===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_RESIZE_H
#define SEQC_COMPILER_IMPORT_ONNX_RESIZE_H

#include "compiler/Import/Onnx/Ops.h"

namespace seqc::onnx {

/// One axis that a Resize, or an Upsample, changes.
struct ResizedAxis {
  int64_t axis;
  Dim extent; ///< Of the result.
  double scale;
  /// Where extents are dynamic every element is repeated so many times; else 0,
  /// and the extents are these.
  int64_t factor = 0, from = 0, to = 0;
};

/// An element of the data, and what it is multiplied by.
struct Tap {
  int64_t place;
  double weight;
};

/// The axes that the node changes; an error where it is wrong or not supported.
llvm::Expected<llvm::SmallVector<ResizedAxis, 2>>
resolveResize(const OpContext &context);

/// What result `at` along `axis`, of known extents, is the sum of. The node is
/// one that `resolveResize` takes; one tap, of weight 1, for the nearest.
/// Source: ONNX, operator Resize.
llvm::SmallVector<Tap, 4> computeTaps(const OpContext &context,
                                      const ResizedAxis &axis, int64_t at);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_RESIZE_H
