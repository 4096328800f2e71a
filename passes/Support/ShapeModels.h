//===- ShapeModels.h - extents of ops that do not tell them -----*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_SHAPEMODELS_H
#define SEQC_PASSES_SUPPORT_SHAPEMODELS_H

#include "mlir/IR/DialectRegistry.h"

namespace seqc {

/// Upstream gives the extents of memref.expand_shape and, on tensors, of
/// collapse_shape; this adds memref.collapse_shape.
void registerShapeModels(mlir::DialectRegistry &registry);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_SHAPEMODELS_H
