//===- Qrnn.cpp - quasi-recurrent network ---------------------------------===//

#include "dialects/Seq/Cells/GatedSequence.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult QrnnOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType());
  auto w = cast<RankedTensorType>(getW().getType());
  if (x.getRank() != 3 || w.getRank() != 4)
    return emitOpError("needs x [T, B, I] and w [G, H, K, I], found ")
           << x << " and " << w;
  StringRef order = getGateOrder();
  StringRef letters = StringRef("zfoi").take_front(
      std::max<size_t>(2, std::min<size_t>(4, order.size())));
  if (failed(verifyGateOrder(*this, order, letters)) ||
      failed(verifyElements(*this, getX())))
    return failure();
  int64_t time = x.getDimSize(0), batch = x.getDimSize(1),
          features = x.getDimSize(2), hidden = w.getDimSize(1),
          taps = w.getDimSize(2), gates = letters.size();
  if (ShapedType::isDynamicShape({features, hidden, taps}) || taps < 1)
    return emitOpError("needs static input and hidden sizes and at least one "
                       "tap, found ")
           << x << " and " << w;
  if (taps > 1 ? !getNextPast() : getPast() || getNextPast())
    return emitOpError("needs a third result, the past, with more than one tap "
                       "and only then, as the operand past, found ")
           << taps << " taps";
  if (failed(expectWeights(*this, {{"w", getW()}},
                           {gates, hidden, taps, features})) ||
      failed(expectWeights(*this, {{"bias", getBias()}}, {gates, hidden})) ||
      failed(expectExtents(*this, {{"result y", getY()}}, {time, batch, hidden},
                           2)) ||
      failed(expectExtents(*this, {{"c0", getC0()}, {"result c", getC()}},
                           {batch, hidden}, 1)))
    return failure();
  return expectExtents(
      *this, {{"past", getPast()}, {"the result past", getNextPast()}},
      {taps - 1, batch, features}, 2);
}

namespace {
/// The inputs with those before the first in front.
class PaddedInput {
public:
  PaddedInput(OpBuilder &b, QrnnOp op, int64_t before);

  /// `rows` rows from `first` on.
  Value slice(OpFoldResult first, OpFoldResult rows);

private:
  OpBuilder &b;
  QrnnOp op;
  Value padded;
};
} // namespace

PaddedInput::PaddedInput(OpBuilder &b, QrnnOp op, int64_t before)
    : b(b), op(op), padded(op.getX()) {
  if (!before)
    return;
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getX().getType());
  Value time = getExtent(b, loc, op.getX(), 0);
  Value batch = getExtent(b, loc, op.getX(), 1);
  Value past = op.getPast();
  if (!past)
    past = buildFilled(
        b, loc,
        RankedTensorType::get({before, type.getDimSize(1), type.getDimSize(2)},
                              type.getElementType()),
        {Value(), batch, Value()});
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = ShapedType::kDynamic;
  Value count = arith::ConstantIndexOp::create(b, loc, before);
  Value rows = arith::AddIOp::create(b, loc, time, count);
  padded = buildEmpty(b, loc, type.clone(shape), {rows, batch, Value()});
  SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0)),
      strides(3, b.getIndexAttr(1));
  padded = tensor::InsertSliceOp::create(b, loc, past, padded, offsets,
                                         tensor::getMixedSizes(b, loc, past),
                                         strides);
  offsets[0] = b.getIndexAttr(before);
  padded = tensor::InsertSliceOp::create(
      b, loc, op.getX(), padded, offsets,
      tensor::getMixedSizes(b, loc, op.getX()), strides);
}

Value PaddedInput::slice(OpFoldResult first, OpFoldResult rows) {
  SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0)),
      strides(3, b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, op.getLoc(), op.getX());
  offsets[0] = first;
  sizes[0] = rows;
  return tensor::ExtractSliceOp::create(b, op.getLoc(), padded, offsets, sizes,
                                        strides);
}

/// w[:, :, tap, :].
static Value extractTap(OpBuilder &b, Location loc, Value w, int64_t tap) {
  auto type = cast<RankedTensorType>(w.getType());
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, w), strides(4, b.getIndexAttr(1));
  offsets[2] = b.getIndexAttr(tap);
  sizes[2] = b.getIndexAttr(1);
  auto part =
      type.clone({type.getDimSize(0), type.getDimSize(1), type.getDimSize(3)});
  return tensor::ExtractSliceOp::create(b, loc, cast<RankedTensorType>(part), w,
                                        offsets, sizes, strides);
}

FailureOr<SmallVector<Value>> QrnnOp::expand(OpBuilder &b) {
  Location loc = getLoc();
  int64_t taps = cast<RankedTensorType>(getW().getType()).getDimSize(2);
  GatedSequence layer(b, loc, getX(), cast<RankedTensorType>(getC().getType()));
  PaddedInput input(b, *this, taps - 1);
  OpFoldResult time = tensor::getMixedSize(b, loc, getX(), 0);
  SmallVector<GatedSequence::Tap> products;
  for (int64_t i = 0; i < taps; ++i)
    products.push_back(
        {extractTap(b, loc, getW(), i), input.slice(b.getIndexAttr(i), time)});
  StringRef order = getGateOrder();
  bool hasOutput = order.contains('o'), hasInput = order.contains('i');
  SmallVector<Value> gates = layer.buildGates(
      products, getBias(), hasOutput ? 3 : 2,
      [&](Arithmetic &a, ArrayRef<Value> sums) {
        auto sum = [&](char letter) { return sums[order.find(letter)]; };
        Value z =
            buildCandidate(a, getCandidateAttr(), Activation::Tanh, sum('z'));
        Value rest = a.sigmoid(hasInput ? sum('i') : a.negate(sum('f')));
        SmallVector<Value> built = {a.sigmoid(sum('f')), a.mul(rest, z)};
        if (hasOutput)
          built.push_back(a.sigmoid(sum('o')));
        return built;
      });
  SmallVector<Value> results =
      layer.pool({gates[0], gates[1], getC0(), hasOutput ? gates[2] : Value()},
                 cast<RankedTensorType>(getY().getType()));
  if (getNextPast())
    results.push_back(input.slice(time, b.getIndexAttr(taps - 1)));
  return results;
}
