//===- BodyShape.h - how large a body's values are --------------*- C++ -*-===//
#ifndef SEQC_PASSES_SUPPORT_BODYSHAPE_H
#define SEQC_PASSES_SUPPORT_BODYSHAPE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace seqc {

/// The shape of a body's value; empty for scalars.
inline llvm::ArrayRef<int64_t> getBodyShape(mlir::Value value) {
  if (auto type = llvm::dyn_cast<mlir::RankedTensorType>(value.getType()))
    return type.getShape();
  return {};
}

/// How many elements it has: the largest number where that is not known.
inline int64_t countBodyElements(mlir::Value value) {
  llvm::ArrayRef<int64_t> shape = getBodyShape(value);
  return mlir::ShapedType::isDynamicShape(shape)
             ? std::numeric_limits<int64_t>::max()
             : mlir::ShapedType::getNumElements(shape);
}

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_BODYSHAPE_H
