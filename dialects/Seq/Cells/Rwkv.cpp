//===- Rwkv.cpp - the layers of RWKV --------------------------------------===//

#include "dialects/Seq/Cells/RwkvBuilder.h"
#include "dialects/Seq/Cells/RwkvVerifier.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Version 4
//===----------------------------------------------------------------------===//

LogicalResult Rwkv4TimeMixOp::verify() {
  RwkvVerifier verifier = RwkvVerifier::get(*this);
  if (failed(verifier.verifyCommon(getY(), getShift0(), getShift())))
    return failure();
  int64_t width = verifier.width();
  if (failed(expectWeights(*this,
                           {{"mix_r", getMixR()},
                            {"mix_k", getMixK()},
                            {"mix_v", getMixV()},
                            {"decay", getDecay()},
                            {"bonus", getBonus()}},
                           width)) ||
      failed(expectWeights(*this,
                           {{"w_r", getWR()},
                            {"w_k", getWK()},
                            {"w_v", getWV()},
                            {"w_o", getWO()}},
                           {width, width})))
    return failure();
  NamedOperand states[] = {{"numerator0", getNumerator0()},
                           {"denominator0", getDenominator0()},
                           {"exponent0", getExponent0()}};
  if (failed(expectTogether(*this, states)) ||
      failed(verifier.expectStates(states, width)))
    return failure();
  return verifier.expectStates({{"result numerator", getNumerator()},
                                {"result denominator", getDenominator()},
                                {"result exponent", getExponent()}},
                               width);
}

namespace {
/// The weighted average that version 4 remembers: sums divided by exp(maximum).
struct Average {
  Value numerator, denominator, maximum;
};
} // namespace

/// `average` with one value more, of weight exp(logWeight), as it is read.
static Value readAverage(Arithmetic &a, Average average, Value logWeight,
                         Value value) {
  Value maximum = a.max(average.maximum, logWeight);
  Value keep = a.exp(a.sub(average.maximum, maximum));
  Value take = a.exp(a.sub(logWeight, maximum));
  return a.div(a.add(a.mul(keep, average.numerator), a.mul(take, value)),
               a.add(a.mul(keep, average.denominator), take));
}

/// `average` faded by exp(logDecay), and then with one value more.
static Average addToAverage(Arithmetic &a, Average average, Value logDecay,
                            Value logWeight, Value value) {
  Type number = value.getType();
  auto sums = ScaledAffineOp::create(
      a.b, a.loc, number, TypeRange{number, number}, logDecay, logWeight,
      average.maximum, ValueRange{average.numerator, average.denominator},
      ValueRange{value, a.constantLike(value, 1.0)});
  return {sums.getNextSums()[0], sums.getNextSums()[1], sums.getNextExponent()};
}

/// Version 4's memory, of every channel by itself: the scan's results.
static ValueRange scanAverages(RwkvBuilder &layer, Rwkv4TimeMixOp op, Value r,
                               Value k, Value v) {
  OpBuilder &b = layer.b;
  auto type = cast<RankedTensorType>(op.getNumerator().getType());
  SmallVector<Value> states = {op.getNumerator0(), op.getDenominator0(),
                               op.getExponent0()};
  if (!states[0]) {
    Value extents[] = {layer.batch, Value()};
    states[0] = states[1] = buildFilled(b, layer.loc, type, extents);
    states[2] = buildFilled(b, layer.loc, type, extents, -1e38);
  }
  using E = IndexEntry;
  IndexList sequence = {E::time(), E::domain(0), E::domain(1)};
  ScanOperands scan(layer.loc);
  scan.domain = {layer.batch, getExtent(b, layer.loc, k, 2)};
  scan.time = layer.time;
  scan.inputs = {{r, sequence},
                 {k, sequence},
                 {v, sequence},
                 {op.getDecay(), {E::domain(1)}},
                 {op.getBonus(), {E::domain(1)}}};
  scan.outs = {
      {buildEmpty(b, layer.loc, layer.type, {layer.time, layer.batch, Value()}),
       sequence}};
  for (Value state : states)
    scan.carries.push_back({state, {E::domain(0), E::domain(1)}});
  return ScanOp::create(
             b, layer.loc, scan,
             [&](OpBuilder &nested, Location loc, ScanBody body) {
               Arithmetic a{nested, loc};
               ValueRange in = body.inputs;
               Average old = {body.carries[0], body.carries[1],
                              body.carries[2]};
               Value y = a.mul(in[0],
                               readAverage(a, old, a.add(in[4], in[1]), in[2]));
               Average next = addToAverage(a, old, in[3], in[1], in[2]);
               YieldOp::create(
                   nested, loc, y,
                   ValueRange{next.numerator, next.denominator, next.maximum});
             })
      .getResults();
}

FailureOr<SmallVector<Value>> Rwkv4TimeMixOp::expand(OpBuilder &b) {
  RwkvBuilder layer(b, *this);
  auto [mixed, shift] = layer.mixWithShift(
      getShift0(), {getMixR(), getMixK(), getMixV()}, UpdateGate::OpensForNew);
  SmallVector<Value> rkv = layer.project(
      {{getWR(), mixed[0]}, {getWK(), mixed[1]}, {getWV(), mixed[2]}}, {}, 3,
      [](Arithmetic &a, ValueRange p, ValueRange) -> SmallVector<Value> {
        return {a.sigmoid(p[0]), p[1], p[2]};
      });
  ValueRange memory = scanAverages(layer, *this, rkv[0], rkv[1], rkv[2]);
  SmallVector<Value> results = {layer.project({getWO(), memory[0]}), shift};
  llvm::append_range(results, memory.drop_front());
  return results;
}

//===----------------------------------------------------------------------===//
// Version 5
//===----------------------------------------------------------------------===//

LogicalResult Rwkv5TimeMixOp::verify() {
  RwkvVerifier verifier = RwkvVerifier::get(*this);
  if (failed(verifier.verifyCommon(getY(), getShift0(), getShift())))
    return failure();
  int64_t width = verifier.width(), heads, bonusHeads;
  if (failed(expectWeights(*this,
                           {{"mix_r", getMixR()},
                            {"mix_k", getMixK()},
                            {"mix_v", getMixV()},
                            {"mix_g", getMixG()},
                            {"norm_weight", getNormWeight()},
                            {"norm_bias", getNormBias()}},
                           width)) ||
      failed(expectWeights(*this,
                           {{"w_r", getWR()},
                            {"w_k", getWK()},
                            {"w_v", getWV()},
                            {"w_g", getWG()},
                            {"w_o", getWO()}},
                           {width, width})) ||
      failed(verifier.verifyHeads("decay", getDecay(), true, heads)) ||
      failed(verifier.verifyHeads("bonus", getBonus(), true, bonusHeads)))
    return failure();
  if (bonusHeads != heads)
    return emitOpError("needs as many heads in bonus as in decay, ")
           << heads << ", found " << bonusHeads;
  if (failed(expectTogether(*this, {{"mix_g", getMixG()}, {"w_g", getWG()}})))
    return failure();
  int64_t channels = width / heads;
  if (failed(verifier.expectStates(
          {{"state0", getState0()}, {"result state", getState()}},
          {heads, channels, channels})))
    return failure();
  return verifier.verifyEpsilon(getEpsilon());
}

FailureOr<SmallVector<Value>> Rwkv5TimeMixOp::expand(OpBuilder &b) {
  RwkvBuilder layer(b, *this);
  SmallVector<Value> weights = {getMixR(), getMixK(), getMixV()};
  if (getMixG())
    weights.push_back(getMixG());
  auto [mixed, shift] =
      layer.mixWithShift(getShift0(), weights, UpdateGate::OpensForNew);
  SmallVector<RwkvBuilder::Product> products = {
      {getWR(), mixed[0]}, {getWK(), mixed[1]}, {getWV(), mixed[2]}};
  if (getWG())
    products.push_back({getWG(), mixed[3]});
  SmallVector<Value> rkvg =
      layer.project(products, {}, products.size(),
                    [](Arithmetic &a, ValueRange p, ValueRange) {
                      SmallVector<Value> outs(p);
                      if (outs.size() > 3)
                        outs[3] = a.mul(outs[3], a.sigmoid(outs[3]));
                      return outs;
                    });
  auto stateType = cast<RankedTensorType>(getState().getType());
  SmallVector<Value> heads;
  for (Value sequence : rkvg)
    heads.push_back(
        splitChannels(b, getLoc(), sequence, stateType.getDimSize(1)));
  auto [o, state] = layer.scanHeads(
      {heads[0], heads[1]}, heads[2], {getDecay(), getBonus()}, getState0(),
      stateType,
      [](Arithmetic &a, ValueRange keys, Value value, ValueRange invariants,
         Value state) {
        return RwkvBuilder::stepDecayed(a, keys[0], keys[1], value,
                                        invariants[0], invariants[1], state);
      });
  Value normal = buildGroupNorm(b, getLoc(), o, getNormWeight(), getNormBias(),
                                getEpsilon().convertToDouble());
  if (getWG())
    normal = buildElementwise(
        b, getLoc(), {{normal, {0, 1, 2, 3}}, {heads[3], {0, 1, 2, 3}}},
        [](OpBuilder &b, Location loc, ValueRange v) -> Value {
          return arith::MulFOp::create(b, loc, v[0], v[1]);
        });
  Value y = layer.project({getWO(), mergeChannels(b, getLoc(), normal)});
  return SmallVector<Value>{y, shift, state};
}

//===----------------------------------------------------------------------===//
// Channel mixing
//===----------------------------------------------------------------------===//

LogicalResult RwkvChannelMixOp::verify() {
  RwkvVerifier verifier = RwkvVerifier::get(*this);
  if (failed(verifier.verifyCommon(getY(), getShift0(), getShift())))
    return failure();
  int64_t width = verifier.width();
  auto wk = cast<RankedTensorType>(getWK().getType());
  if (wk.getRank() != 2 || !wk.hasStaticShape())
    return emitOpError("needs w_k [F, C] with a static F, found ") << wk;
  if (failed(expectWeights(*this, {{"mix_k", getMixK()}, {"mix_r", getMixR()}},
                           width)) ||
      failed(expectWeights(*this, {{"w_k", getWK()}},
                           {wk.getDimSize(0), width})) ||
      failed(expectWeights(*this, {{"w_v", getWV()}},
                           {width, wk.getDimSize(0)})) ||
      failed(expectWeights(*this, {{"w_r", getWR()}}, {width, width})))
    return failure();
  return expectTogether(*this, {{"mix_r", getMixR()}, {"w_r", getWR()}});
}

FailureOr<SmallVector<Value>> RwkvChannelMixOp::expand(OpBuilder &b) {
  RwkvBuilder layer(b, *this);
  SmallVector<Value> weights = {getMixK()};
  if (getMixR())
    weights.push_back(getMixR());
  auto [mixed, shift] = layer.mixWithShift(getShift0(), weights, getMix());
  SmallVector<Value> k = layer.project(
      {{getWK(), mixed[0]}}, {}, 1,
      [](Arithmetic &a, ValueRange p, ValueRange) -> SmallVector<Value> {
        Value positive = a.max(p[0], a.constantLike(p[0], 0.0));
        return {a.mul(positive, positive)};
      });
  SmallVector<RwkvBuilder::Product> products = {{getWV(), k[0]}};
  if (getWR())
    products.push_back({getWR(), mixed[1]});
  SmallVector<Value> y = layer.project(
      products, {}, 1,
      [](Arithmetic &a, ValueRange p, ValueRange) -> SmallVector<Value> {
        return {p.size() > 1 ? a.mul(a.sigmoid(p[1]), p[0]) : p[0]};
      });
  return SmallVector<Value>{y[0], shift};
}
