//===- Xlstm.cpp - sLSTM and mLSTM ----------------------------------------===//

#include "dialects/Seq/Cells/GatedSequence.h"

using namespace mlir;
using namespace seqc::seq;

/// The exponent of empty sums: low enough to vanish, finite so that two of them
/// subtract to zero.
static constexpr double emptyExponent = -1e38;

/// log f of a forget gate's sum.
static Value buildLogForget(Arithmetic &a, ForgetGate kind, Value sum) {
  if (kind == ForgetGate::Exponential)
    return sum;
  return a.negate(a.softplus(a.negate(sum)));
}

//===----------------------------------------------------------------------===//
// sLSTM
//===----------------------------------------------------------------------===//

LogicalResult SlstmOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType());
  auto w = cast<RankedTensorType>(getW().getType());
  auto r = cast<RankedTensorType>(getR().getType());
  if (failed(verifyGateOrder(*this, getGateOrder(), "zifo")) ||
      failed(verifyElements(*this, getX(), getLengths())))
    return failure();
  if (x.getRank() != 3 || w.getRank() != 3 || r.getRank() != 4)
    return emitOpError("needs x and w of rank 3 and r of rank 4, found ")
           << x << ", " << w << " and " << r;
  SharedExtent time({"x", getX()}, 0), batch({"x", getX()}, 1);
  int64_t features = x.getDimSize(2), hidden = w.getDimSize(1),
          heads = r.getDimSize(1);
  if (ShapedType::isDynamicShape({features, hidden, heads}))
    return emitOpError("needs static input and hidden sizes and heads, found ")
           << x << ", " << w << " and " << r;
  if (heads < 1 || hidden % heads != 0)
    return emitOpError("needs a number of heads that divides ")
           << hidden << " units, found " << heads;
  int64_t units = hidden / heads;
  NamedOperand memory[] = {{"c0", getC0()}, {"n0", getN0()}, {"m0", getM0()}};
  if (failed(expectTogether(*this, memory)) ||
      failed(expectWeights(*this, {{"w", getW()}}, {4, hidden, features})) ||
      failed(expectWeights(*this, {{"r", getR()}}, {4, heads, units, units})) ||
      failed(expectWeights(*this, {{"bias", getBias()}}, {4, hidden})) ||
      failed(expectOperand(*this, "lengths", getLengths(), {batch})) ||
      failed(expectExtents(*this, {{"result y", getY()}}, {time, batch, hidden},
                           2)) ||
      failed(expectExtents(*this, memory, {batch, hidden}, 1)))
    return failure();
  return expectExtents(*this,
                       {{"h0", getH0()},
                        {"result h", getH()},
                        {"result c", getC()},
                        {"result n", getN()},
                        {"result m", getM()}},
                       {batch, hidden}, 1);
}

namespace {
/// The recurrent part, head by head.
class SlstmHeads {
public:
  SlstmHeads(SlstmOp op, OpBuilder &b);

  SmallVector<Value> build();

private:
  SmallVector<Value> scanHead(int64_t head, ValueRange outs);
  SmallVector<Value> step(Arithmetic &a, ValueRange gates, Value matrix,
                          ValueRange states);
  /// The units of one head: a part of the last dimension.
  Value slice(Value whole, int64_t head);
  Value insert(Value part, Value whole, int64_t head);
  Value extractMatrix(int64_t head);

  SlstmOp op;
  OpBuilder &b;
  Location loc;
  int64_t units, heads;
  Value time, batch;
  SmallVector<Value> gates;  ///< z, i, f, o.
  SmallVector<Value> states; ///< h, c, n, m.
};
} // namespace

SlstmHeads::SlstmHeads(SlstmOp op, OpBuilder &b)
    : op(op), b(b), loc(op.getLoc()), time(getExtent(b, loc, op.getX(), 0)),
      batch(getExtent(b, loc, op.getX(), 1)) {
  auto r = cast<RankedTensorType>(op.getR().getType());
  auto state = cast<RankedTensorType>(op.getH().getType());
  heads = r.getDimSize(1);
  units = r.getDimSize(2);
  GatedSequence layer(b, loc, op.getX(), state);
  gates = layer.buildGates({{op.getW(), op.getX()}}, op.getBias(), 4,
                           [&](Arithmetic &, ArrayRef<Value> sums) {
                             return llvm::map_to_vector(
                                 StringRef("zifo"), [&](char gate) {
                                   return sums[op.getGateOrder().find(gate)];
                                 });
                           });
  Value extents[] = {batch, Value()};
  states = {op.getH0(), op.getC0(), op.getN0(), op.getM0()};
  for (auto [i, value] : llvm::enumerate(states))
    value = value ? buildCast(b, loc, op.getResult(i + 1).getType(), value)
                  : buildFilled(b, loc, state, extents,
                                i == 3 ? emptyExponent : 0.0);
}

Value SlstmHeads::slice(Value whole, int64_t head) {
  if (heads == 1)
    return whole;
  auto type = cast<RankedTensorType>(whole.getType());
  int64_t rank = type.getRank();
  SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, whole),
      strides(rank, b.getIndexAttr(1));
  offsets.back() = b.getIndexAttr(head * units);
  sizes.back() = b.getIndexAttr(units);
  return tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
}

Value SlstmHeads::insert(Value part, Value whole, int64_t head) {
  if (heads == 1)
    return part;
  int64_t rank = cast<RankedTensorType>(whole.getType()).getRank();
  SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, whole),
      strides(rank, b.getIndexAttr(1));
  offsets.back() = b.getIndexAttr(head * units);
  sizes.back() = b.getIndexAttr(units);
  return tensor::InsertSliceOp::create(b, loc, part, whole, offsets, sizes,
                                       strides);
}

/// r[:, head, :, :].
Value SlstmHeads::extractMatrix(int64_t head) {
  auto type = cast<RankedTensorType>(op.getR().getType());
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0)),
      sizes = tensor::getMixedSizes(b, loc, op.getR()),
      strides(4, b.getIndexAttr(1));
  offsets[1] = b.getIndexAttr(head);
  sizes[1] = b.getIndexAttr(1);
  auto part = RankedTensorType::get({4, units, units}, type.getElementType());
  return tensor::ExtractSliceOp::create(b, loc, part, op.getR(), offsets, sizes,
                                        strides);
}

/// One step of one head, in the terms of the op's description: h, c, n, m.
SmallVector<Value> SlstmHeads::step(Arithmetic &a, ValueRange gates,
                                    Value matrix, ValueRange states) {
  Type type = states[0].getType();
  auto plus = SemiringAttr::get(a.b.getContext(), Semiring::PlusTimes);
  Value products = MatvecOp::create(
      a.b, a.loc, RankedTensorType::get({4, units}, getElementTypeOrSelf(type)),
      matrix, states[0], plus);
  auto sum = [&](unsigned gate) {
    int64_t row = op.getGateOrder().find("zifo"[gate]);
    return a.add(gates[gate], ExtractOp::create(a.b, a.loc, type, products,
                                                a.b.getDenseI64ArrayAttr(row)));
  };
  Value z = buildCandidate(a, op.getCandidateAttr(), Activation::Tanh, sum(0));
  Value forget = buildLogForget(a, op.getForgetGate(), sum(2));
  auto next = ScaledAffineOp::create(
      a.b, a.loc, type, TypeRange{type, type}, forget, sum(1), states[3],
      ValueRange{states[1], states[2]}, ValueRange{z, a.constantLike(z, 1.0)});
  Value c = next.getNextSums()[0], n = next.getNextSums()[1];
  Value h = a.mul(a.sigmoid(sum(3)), a.div(c, n));
  return {h, c, n, next.getNextExponent()};
}

/// y and the states of one head; `outs` is where they belong.
SmallVector<Value> SlstmHeads::scanHead(int64_t head, ValueRange outs) {
  using E = IndexEntry;
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  for (Value gate : gates)
    scan.inputs.push_back({slice(gate, head), sequence});
  scan.inputs.push_back({extractMatrix(head), {E::all(), E::all(), E::all()}});
  scan.outs = {{slice(outs[0], head), sequence}};
  for (Value state : states)
    scan.carries.push_back({slice(state, head), {E::domain(0), E::all()}});
  scan.reverse = op.getReverse();
  if (op.getLengths()) {
    scan.lengths = op.getLengths();
    scan.lengthsIndex = {E::domain(0)};
  }
  auto result = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        Arithmetic a{nested, loc};
        SmallVector<Value> next = step(a, body.inputs.take_front(4),
                                       body.inputs.back(), body.carries);
        YieldOp::create(nested, loc, next.front(), next);
      });
  return SmallVector<Value>(result.getResults());
}

SmallVector<Value> SlstmHeads::build() {
  SmallVector<Value> results;
  for (Value result : op.getResults())
    results.push_back(
        buildEmpty(b, loc, cast<RankedTensorType>(result.getType()),
                   results.empty() ? ArrayRef<Value>{time, batch, Value()}
                                   : ArrayRef<Value>{batch, Value()}));
  for (int64_t head = 0; head < heads; ++head)
    for (auto [part, whole] : llvm::zip(scanHead(head, results), results))
      whole = insert(part, whole, head);
  return results;
}

FailureOr<SmallVector<Value>> SlstmOp::expand(OpBuilder &b) {
  return SlstmHeads(*this, b).build();
}

//===----------------------------------------------------------------------===//
// mLSTM
//===----------------------------------------------------------------------===//

LogicalResult MlstmOp::verify() {
  auto k = cast<RankedTensorType>(getK().getType());
  auto v = cast<RankedTensorType>(getV().getType());
  if (k.getRank() != 4 || v.getRank() != 4)
    return emitOpError("needs k [B, T, H, K] and v [B, T, H, V], found ")
           << k << " and " << v;
  SharedExtent batch({"k", getK()}, 0), time({"k", getK()}, 1);
  int64_t heads = k.getDimSize(2), keys = k.getDimSize(3),
          values = v.getDimSize(3);
  if (ShapedType::isDynamicShape({heads, keys, values}))
    return emitOpError("needs static heads, keys and values, found ")
           << k << " and " << v;
  NamedOperand C[] = {{"state", getState()},
                      {"the final state", getNextState()}};
  NamedOperand n[] = {{"normaliser", getNormaliser()},
                      {"the final normaliser", getNextNormaliser()}};
  NamedOperand m[] = {{"exponent", getExponent()},
                      {"the final exponent", getNextExponent()}};
  if (failed(verifyElements(*this, getK())) ||
      failed(expectTogether(*this, {C[0], n[0], m[0]})) ||
      failed(expectExtents(*this, {{"q", getQ()}}, {batch, time, heads, keys},
                           2)) ||
      failed(expectExtents(*this, {{"v", getV()}, {"result y", getY()}},
                           {batch, time, heads, values}, 2)) ||
      failed(expectExtents(*this,
                           {{"input", getInput()}, {"forget", getForget()}},
                           {batch, time, heads}, 2)) ||
      failed(expectExtents(*this, C, {batch, heads, keys, values}, 1)) ||
      failed(expectExtents(*this, n, {batch, heads, keys}, 1)))
    return failure();
  return expectExtents(*this, m, {batch, heads}, 1);
}

/// One step, in the terms of the op's description: y, C, n, m.
static SmallVector<Value> stepMlstm(Arithmetic &a, MlstmOp op, ValueRange in,
                                    ValueRange states) {
  Value q = in[0], k = in[1], v = in[2];
  float scale = op.getScale().convertToFloat();
  if (scale != 1.0f)
    k = a.mul(k, a.constantLike(k, scale));
  Value C = states[0], n = states[1], m = states[2];
  Value added = OuterOp::create(a.b, a.loc, C.getType(), k, v);
  Value forget = buildLogForget(a, op.getForgetGate(), in[4]);
  auto next = ScaledAffineOp::create(
      a.b, a.loc, m.getType(), TypeRange{C.getType(), n.getType()}, forget,
      in[3], m, ValueRange{C, n}, ValueRange{added, k});
  C = next.getNextSums()[0];
  n = next.getNextSums()[1];
  m = next.getNextExponent();
  Value size = math::AbsFOp::create(a.b, a.loc, a.dot(n, q));
  Value below = a.max(size, a.exp(a.negate(m)));
  Value read = VecmatOp::create(a.b, a.loc, v.getType(), q, C);
  return {a.div(read, a.splatLike(below, read)), C, n, m};
}

FailureOr<SmallVector<Value>> MlstmOp::expand(OpBuilder &b) {
  using E = IndexEntry;
  Location loc = getLoc();
  auto yType = cast<RankedTensorType>(getY().getType());
  Value batch = getExtent(b, loc, getK(), 0);
  IndexList perStep = {E::domain(0), E::time(), E::domain(1)};
  IndexList rows = {E::domain(0), E::time(), E::domain(1), E::all()};
  ScanOperands scan(loc);
  scan.domain = {batch, getExtent(b, loc, getK(), 2)};
  scan.time = getExtent(b, loc, getK(), 1);
  scan.inputs = {{getQ(), rows},
                 {getK(), rows},
                 {getV(), rows},
                 {getInput(), perStep},
                 {getForget(), perStep}};
  scan.outs = {
      {buildEmpty(b, loc, yType, {batch, scan.time, Value(), Value()}), rows}};
  Value given[] = {getState(), getNormaliser(), getExponent()};
  for (auto [i, initial] : llvm::enumerate(given)) {
    auto type = cast<RankedTensorType>(getResult(i + 1).getType());
    IndexList index(type.getRank(), E::all());
    index[0] = E::domain(0);
    index[1] = E::domain(1);
    if (!initial)
      initial = buildFilled(b, loc, type, {batch, Value(), Value(), Value()},
                            i == 2 ? emptyExponent : 0.0);
    scan.carries.push_back({initial, index});
  }
  auto op = ScanOp::create(b, loc, scan,
                           [&](OpBuilder &nested, Location loc, ScanBody body) {
                             Arithmetic a{nested, loc};
                             SmallVector<Value> next =
                                 stepMlstm(a, *this, body.inputs, body.carries);
                             YieldOp::create(nested, loc, next.front(),
                                             ValueRange(next).drop_front());
                           });
  return SmallVector<Value>(op.getResults());
}
