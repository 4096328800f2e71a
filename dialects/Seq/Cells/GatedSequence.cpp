//===- GatedSequence.cpp - gates of inputs, affine states -----------------===//
//
// The products of all inputs are one scan and the states another one, so that
// the first becomes a product of matrices and the second may run in parallel.
//
//===----------------------------------------------------------------------===//

#include "dialects/Seq/Cells/GatedSequence.h"
#include "dialects/Seq/Cells/Activation.h"

using namespace mlir;
using namespace seqc::seq;

Value seqc::seq::buildCandidate(Arithmetic &a, ActivationAttr attribute,
                                Activation fallback, Value x) {
  if (!attribute)
    attribute = ActivationAttr::get(a.b.getContext(), fallback, FloatAttr(),
                                    FloatAttr());
  return buildActivation(a.b, a.loc, attribute, x);
}

LogicalResult seqc::seq::verifyMinimalCell(Operation *op, Value x, Value w,
                                           Value bias, Value h0, Value lengths,
                                           bool batchMajor, StringRef order,
                                           StringRef letters) {
  if (failed(verifyGateOrder(op, order, letters)) ||
      failed(verifyElements(op, x, lengths)))
    return failure();
  auto xType = cast<RankedTensorType>(x.getType());
  auto wType = cast<RankedTensorType>(w.getType());
  if (xType.getRank() != 3 || wType.getRank() != 3)
    return op->emitOpError("needs x and w of rank 3, found ")
           << xType << " and " << wType;
  int64_t features = xType.getDimSize(2), hidden = wType.getDimSize(1);
  if (ShapedType::isDynamic(features) || ShapedType::isDynamic(hidden))
    return op->emitOpError("needs static input and hidden sizes, found ")
           << xType << " and " << wType;
  int64_t gates = letters.size();
  SharedExtent time({"x", x}, batchMajor ? 1 : 0),
      batch({"x", x}, batchMajor ? 0 : 1);
  SmallVector<RequiredExtent> y = {time, batch, hidden};
  if (batchMajor)
    std::swap(y[0], y[1]);
  if (failed(expectWeights(op, {{"w", w}}, {gates, hidden, features})) ||
      failed(expectWeights(op, {{"bias", bias}}, {gates, hidden})) ||
      failed(expectOperand(op, "lengths", lengths, {batch})) ||
      failed(expectExtents(op, {{"h0", h0}, {"result h", op->getResult(1)}},
                           {batch, hidden}, 1)))
    return failure();
  return expectExtents(op, {{"result y", op->getResult(0)}}, y, 2);
}

GatedSequence::GatedSequence(OpBuilder &b, Location loc, Value x,
                             RankedTensorType state, bool batchMajor)
    : b(b), loc(loc), state(state), batchMajor(batchMajor),
      time(getExtent(b, loc, x, batchMajor ? 1 : 0)),
      batch(getExtent(b, loc, x, batchMajor ? 0 : 1)) {
  auto type = cast<RankedTensorType>(x.getType());
  gate = RankedTensorType::get({type.getDimSize(batchMajor ? 1 : 0),
                                type.getDimSize(batchMajor ? 0 : 1),
                                state.getDimSize(1)},
                               type.getElementType());
}

/// Of x and y: time and batch in the order that the layer has them.
IndexList GatedSequence::getSequence(IndexEntry last) const {
  IndexList list = {IndexEntry::time(), IndexEntry::domain(0), last};
  if (batchMajor)
    std::swap(list[0], list[1]);
  return list;
}

SmallVector<Value> GatedSequence::buildGates(ArrayRef<Tap> taps, Value bias,
                                             unsigned count, BuildGates build) {
  using E = IndexEntry;
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  for (Tap tap : taps) {
    scan.inputs.push_back({tap.x, getSequence(E::all())});
    scan.inputs.push_back({tap.weights, {E::all(), E::all(), E::all()}});
  }
  if (bias)
    scan.inputs.push_back({bias, {E::all(), E::all()}});
  for (unsigned i = 0; i < count; ++i)
    scan.outs.push_back({buildEmpty(b, loc, gate, {time, batch, Value()}),
                         {E::time(), E::domain(0), E::all()}});
  auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  auto op = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        Arithmetic a{nested, loc};
        auto weights = cast<RankedTensorType>(body.inputs[1].getType());
        RankedTensorType type = weights.clone(weights.getShape().drop_back());
        RankedTensorType row = type.clone(type.getShape().drop_front());
        Value sum;
        for (unsigned i = 0; i < taps.size(); ++i) {
          Value product =
              MatvecOp::create(nested, loc, type, body.inputs[2 * i + 1],
                               body.inputs[2 * i], plus);
          sum = sum ? a.add(sum, product) : product;
        }
        if (bias)
          sum = a.add(sum, body.inputs.back());
        SmallVector<Value> rows;
        for (int64_t i = 0; i < type.getDimSize(0); ++i)
          rows.push_back(ExtractOp::create(nested, loc, row, sum,
                                           nested.getDenseI64ArrayAttr(i)));
        YieldOp::create(nested, loc, build(a, rows), ValueRange());
      });
  return SmallVector<Value>(op.getResults());
}

SmallVector<Value> GatedSequence::pool(const Pool &pool, RankedTensorType y) {
  using E = IndexEntry;
  IndexList sequence = {E::time(), E::domain(0), E::domain(1)};
  ScanOperands scan(loc);
  Value units = arith::ConstantIndexOp::create(b, loc, state.getDimSize(1));
  scan.domain = {batch, units};
  scan.time = time;
  for (Value input : {pool.decay, pool.gain, pool.output})
    if (input)
      scan.inputs.push_back({input, sequence});
  Value extents[] = {time, batch, Value()};
  if (batchMajor)
    std::swap(extents[0], extents[1]);
  scan.outs = {{buildEmpty(b, loc, y, extents), getSequence(E::domain(1))}};
  Value initial = pool.initial ? pool.initial
                               : buildFilled(b, loc, state, {batch, Value()});
  scan.carries = {{initial, {E::domain(0), E::domain(1)}}};
  scan.reverse = pool.reverse;
  if (pool.lengths) {
    scan.lengths = pool.lengths;
    scan.lengthsIndex = {E::domain(0)};
  }
  auto op = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        Arithmetic a{nested, loc};
        Value next = a.affine(body.inputs[0], body.carries[0], body.inputs[1]);
        Value read = pool.output ? a.mul(body.inputs[2], next) : next;
        YieldOp::create(nested, loc, read, next);
      });
  return SmallVector<Value>(op.getResults());
}
