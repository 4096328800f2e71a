//===- CellBuilder.cpp - what expansions of cells share -------------------===//

#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

Value seqc::seq::buildWithBatch(OpBuilder &b, Location loc, Value x,
                                Value other, int64_t dim) {
  auto type = cast<RankedTensorType>(x.getType());
  if (!other || !type.isDynamicDim(1))
    return x;
  SmallVector<int64_t> shape(type.getShape());
  shape[1] = cast<RankedTensorType>(other.getType()).getDimSize(dim);
  return buildCast(b, loc, type.clone(shape), x);
}

Value seqc::seq::buildConcatenated(OpBuilder &b, Location loc, Value like,
                                   ArrayRef<Value> parts) {
  auto type = cast<RankedTensorType>(like.getType());
  SmallVector<Value> casts;
  SmallVector<OpFoldResult> counts;
  Value rows = arith::ConstantIndexOp::create(b, loc, 0);
  for (Value part : parts) {
    SmallVector<int64_t> shape(
        cast<RankedTensorType>(part.getType()).getShape());
    shape[shape.size() - 2] = type.getDimSize(1);
    casts.push_back(buildCast(b, loc, type.clone(shape), part));
    counts.push_back(shape.size() == 2 ? b.getIndexAttr(1)
                                       : tensor::getMixedSize(b, loc, part, 0));
    rows = b.createOrFold<arith::AddIOp>(
        loc, rows, getValueOrCreateConstantIndexOp(b, loc, counts.back()));
  }
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = ShapedType::kDynamic;
  Value whole = buildEmpty(b, loc, type.clone(shape),
                           {rows, getExtent(b, loc, like, 1), Value()});
  SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, like),
      strides(3, b.getIndexAttr(1));
  Value first = arith::ConstantIndexOp::create(b, loc, 0);
  for (auto [part, count] : llvm::zip_equal(casts, counts)) {
    sizes[0] = count;
    offsets[0] = getAsOpFoldResult(first);
    whole = tensor::InsertSliceOp::create(b, loc, part, whole, offsets, sizes,
                                          strides);
    first = b.createOrFold<arith::AddIOp>(
        loc, first, getValueOrCreateConstantIndexOp(b, loc, count));
  }
  return whole;
}
