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
      failed(verifyElements(*this, getX(), getLengths())))
    return failure();
  SharedExtent time({"x", getX()}, 0), batch({"x", getX()}, 1);
  int64_t features = x.getDimSize(2), hidden = w.getDimSize(1),
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
      failed(expectOperand(*this, "lengths", getLengths(), {batch})) ||
      failed(expectExtents(*this, {{"result y", getY()}}, {time, batch, hidden},
                           2)) ||
      failed(expectExtents(*this, {{"c0", getC0()}, {"result c", getC()}},
                           {batch, hidden}, 1)))
    return failure();
  NamedOperand pasts[] = {{"past", getPast()},
                          {"the result past", getNextPast()}};
  for (auto &[name, past] : pasts)
    if (past && cast<RankedTensorType>(past.getType()).isDynamicDim(0))
      return emitOpError("needs ")
             << name << " of " << taps - 1 << " rows, found " << past.getType();
  return expectExtents(*this, pasts, {taps - 1, batch, features}, 2);
}

namespace {
/// The inputs, and beside them those that are not in x: rows [T + K - 1, B, I]
/// in the order of time, of which tap i of step t reads row t + i (from behind
/// with `reverse`).
class PaddedInput {
public:
  PaddedInput(OpBuilder &b, QrnnOp op, int64_t taps);

  Value getTap(int64_t i);
  /// The past of what comes next.
  Value getNextPast();

private:
  Value getInitialPast();
  /// `rows` rows, of which row t of an entry b of the batch is row
  /// index(t, length of b).
  using BuildIndex = llvm::function_ref<Value(OpBuilder &, Value, Value)>;
  Value gather(OpFoldResult rows, BuildIndex index);
  Value slice(OpFoldResult first, OpFoldResult rows);

  OpBuilder &b;
  QrnnOp op;
  Location loc;
  int64_t taps;
  Value x, padded, time, batch;
};
} // namespace

PaddedInput::PaddedInput(OpBuilder &b, QrnnOp op, int64_t taps)
    : b(b), op(op), loc(op.getLoc()), taps(taps),
      x(buildWithBatch(b, loc, op.getX(), op.getPast(), 1)), padded(x),
      time(getExtent(b, loc, x, 0)), batch(getExtent(b, loc, x, 1)) {
  if (taps == 1)
    return;
  Value parts[] = {getInitialPast(), padded};
  if (op.getReverse())
    std::swap(parts[0], parts[1]);
  padded = buildConcatenated(b, loc, x, parts);
  if (!op.getReverse() || !op.getLengths())
    return;
  // Beyond a sequence's last row is the past, not what x has there.
  Value last = arith::AddIOp::create(
      b, loc, time, arith::ConstantIndexOp::create(b, loc, taps - 2));
  padded =
      gather(tensor::getMixedSize(b, loc, padded, 0),
             [&](OpBuilder &b, Value row, Value length) -> Value {
               Value beyond = arith::AddIOp::create(
                   b, loc, arith::SubIOp::create(b, loc, row, length), time);
               beyond = arith::MinSIOp::create(b, loc, beyond, last);
               Value inside = arith::CmpIOp::create(
                   b, loc, arith::CmpIPredicate::slt, row, length);
               return arith::SelectOp::create(b, loc, inside, row, beyond);
             });
}

Value PaddedInput::getInitialPast() {
  if (op.getPast())
    return op.getPast();
  auto type = cast<RankedTensorType>(x.getType());
  return buildFilled(
      b, loc,
      RankedTensorType::get({taps - 1, type.getDimSize(1), type.getDimSize(2)},
                            type.getElementType()),
      {Value(), batch, Value()});
}

Value PaddedInput::gather(OpFoldResult rows, BuildIndex index) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, x);
  sizes[0] = rows;
  Type element = getElementTypeOrSelf(x);
  Value empty = tensor::EmptyOp::create(b, loc, sizes, element);
  AffineMap all = b.getMultiDimIdentityMap(3);
  AffineMap byBatch = AffineMap::get(3, 0, b.getAffineDimExpr(1));
  SmallVector<utils::IteratorType> parallel(3, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), op.getLengths(), empty, {byBatch, all},
             parallel,
             [&](OpBuilder &nested, Location loc, ValueRange in) {
               Value length = arith::IndexCastOp::create(
                   nested, loc, nested.getIndexType(), in[0]);
               Value zero = arith::ConstantIndexOp::create(nested, loc, 0);
               length = arith::MaxSIOp::create(nested, loc, length, zero);
               length = arith::MinSIOp::create(nested, loc, length, time);
               Value at[3];
               for (auto [i, position] : llvm::enumerate(at))
                 position = linalg::IndexOp::create(nested, loc, i);
               at[0] = index(nested, at[0], length);
               Value element =
                   tensor::ExtractOp::create(nested, loc, padded, at);
               linalg::YieldOp::create(nested, loc, element);
             })
      .getResult(0);
}

Value PaddedInput::slice(OpFoldResult first, OpFoldResult rows) {
  SmallVector<OpFoldResult> offsets(3, b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, x), strides(3, b.getIndexAttr(1));
  offsets[0] = first;
  sizes[0] = rows;
  return tensor::ExtractSliceOp::create(b, loc, padded, offsets, sizes,
                                        strides);
}

Value PaddedInput::getTap(int64_t i) {
  if (taps == 1)
    return padded;
  return slice(b.getIndexAttr(op.getReverse() ? taps - 1 - i : i),
               tensor::getMixedSize(b, loc, x, 0));
}

Value PaddedInput::getNextPast() {
  OpFoldResult rows = b.getIndexAttr(taps - 1);
  if (op.getReverse())
    return slice(b.getIndexAttr(0), rows);
  if (!op.getLengths())
    return slice(tensor::getMixedSize(b, loc, x, 0), rows);
  return gather(rows, [&](OpBuilder &b, Value row, Value length) -> Value {
    return arith::AddIOp::create(b, loc, row, length);
  });
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
  PaddedInput input(b, *this, taps);
  SmallVector<GatedSequence::Tap> products;
  for (int64_t i = 0; i < taps; ++i)
    products.push_back({extractTap(b, loc, getW(), i), input.getTap(i)});
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
      layer.pool({gates[0], gates[1], getC0(), hasOutput ? gates[2] : Value(),
                  getLengths(), getReverse()},
                 cast<RankedTensorType>(getY().getType()));
  if (getNextPast())
    results.push_back(input.getNextPast());
  return results;
}
