//===- SeqWeights.cpp - constants that stay in their file -----------------===//

#include "dialects/Seq/SeqOps.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult WeightDataOp::verify() {
  if (static_cast<int64_t>(getOffset()) < 0)
    return emitOpError("needs an offset of at least 0, found ")
           << static_cast<int64_t>(getOffset());
  if (!cast<ShapedType>(getResult().getType()).getElementType().isIntOrFloat())
    return emitOpError("holds integers or floats only");
  return success();
}

RankedTensorType PackOp::getPackedType(RankedTensorType type, int64_t lanes,
                                       int64_t contracted, bool quads) {
  ArrayRef<int64_t> shape = type.getShape();
  int64_t rank = type.getRank(), rows = rank - contracted - 1;
  int64_t n = shape[rows];
  SmallVector<int64_t> packed;
  packed.push_back(ShapedType::isDynamic(n) ? n : llvm::divideCeil(n, lanes));
  llvm::append_range(packed, shape.drop_front(rows + 1));
  llvm::append_range(packed, shape.take_front(rows));
  packed.push_back(lanes);
  int64_t together = quads ? 4 : hasPairs(type.getElementType()) ? 2 : 1;
  if (contracted > 0 && together > 1) {
    int64_t &last = packed[contracted];
    if (!ShapedType::isDynamic(last))
      last = llvm::divideCeil(last, together);
    packed.back() *= together;
  }
  return RankedTensorType::get(packed, type.getElementType());
}

LogicalResult PackOp::verify() {
  auto type = cast<RankedTensorType>(getOperand().getType());
  int64_t contracted = getContracted(), lanes = getLanes();
  if (lanes < 1 || contracted < 0 || contracted + 1 > type.getRank())
    return emitOpError("needs lanes >= 1 and 0 <= contracted < rank ")
           << type.getRank() << ", found lanes " << lanes << ", contracted "
           << contracted;
  if (getQuads() && (contracted != 1 || !type.getElementType().isInteger(8)))
    return emitOpError("in quads needs i8 and one contracted dimension, found ")
           << type.getElementType() << " and " << contracted;
  RankedTensorType expected =
      getPackedType(type, lanes, contracted, getQuads());
  if (getResult().getType() != expected)
    return emitOpError("must have the result type ")
           << expected << ", found " << getResult().getType();
  return success();
}

LogicalResult NarrowOp::verify() {
  auto from = cast<RankedTensorType>(getOperand().getType());
  auto to = cast<RankedTensorType>(getResult().getType());
  Type element = to.getElementType();
  if (!from.getElementType().isF32() || from.getShape() != to.getShape() ||
      !(element.isBF16() || element.isF16() || element.isSignlessInteger(8)))
    return emitOpError(
               "rounds f32 to bf16, f16 or i8 of the same shape, found ")
           << from << " to " << to;
  int64_t contracted = getContracted();
  if (contracted < 0 || contracted >= from.getRank())
    return emitOpError("needs 0 <= contracted < rank ")
           << from.getRank() << ", found " << contracted;
  return success();
}

LogicalResult RowScaleOp::verify() {
  auto from = cast<RankedTensorType>(getOperand().getType());
  int64_t contracted = getContracted();
  bool valid = contracted >= 0 && contracted < from.getRank() &&
               from.getElementType().isF32();
  if (valid && getResult().getType() ==
                   RankedTensorType::get(from.getShape().drop_back(contracted),
                                         from.getElementType()))
    return success();
  return emitOpError("needs a matrix of f32 and gives its leading dimensions, "
                     "found ")
         << from << " with " << contracted << " contracted, and "
         << getResult().getType();
}

LogicalResult WeightOp::verify() {
  auto yield = cast<YieldOp>(getBody().front().getTerminator());
  if (yield.getOuts().size() != 1 || !yield.getCarries().empty())
    return emitOpError("initialiser must yield one tensor");
  if (yield.getOuts()[0].getType() != getType())
    return emitOpError("initialiser must yield ")
           << getType() << ", found " << yield.getOuts()[0].getType();
  return success();
}

LogicalResult LoadWeightOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto weight =
      tables.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError("needs a seq.weight named ") << getWeightAttr();
  auto declared = cast<ShapedType>(weight.getType());
  auto loaded = cast<ShapedType>(getResult().getType());
  if (declared.getShape() != loaded.getShape() ||
      declared.getElementType() != loaded.getElementType())
    return emitOpError("must have the weight's shape ")
           << declared << ", found " << loaded;
  return success();
}
