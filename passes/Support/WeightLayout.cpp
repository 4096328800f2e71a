//===- WeightLayout.cpp - where each weight lies --------------------------===//

#include "passes/Support/WeightLayout.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace seqc;

int64_t seqc::getElementBytes(Type type) {
  if (type.isIndex())
    return 8;
  if (type.isIntOrFloat())
    return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  auto vector = dyn_cast<VectorType>(type);
  if (vector && !vector.isScalable())
    return vector.getNumElements() * getElementBytes(vector.getElementType());
  return 0;
}

SmallVector<WeightSlot> seqc::getWeightLayout(ModuleOp module) {
  SmallVector<WeightSlot> slots;
  int64_t offset = 0;
  for (seq::WeightOp op : module.getOps<seq::WeightOp>()) {
    auto type = cast<ShapedType>(op.getType());
    int64_t bytes =
        type.getNumElements() * getElementBytes(type.getElementType());
    slots.push_back({op, offset, bytes});
    offset = llvm::alignTo(offset + bytes, bufferAlignment);
  }
  return slots;
}
