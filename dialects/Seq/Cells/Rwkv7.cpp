//===- Rwkv7.cpp - time mixing of RWKV-7 ----------------------------------===//

#include "dialects/Seq/Cells/RwkvBuilder.h"
#include "dialects/Seq/Cells/RwkvVerifier.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult Rwkv7TimeMixOp::verify() {
  RwkvVerifier verifier = RwkvVerifier::get(*this);
  if (failed(verifier.verifyCommon(getY(), getShift0(), getShift())))
    return failure();
  int64_t width = verifier.width(), heads;
  NamedOperand residual[] = {{"v_first", getVFirst()},
                             {"v0", getV0()},
                             {"v1", getV1()},
                             {"v2", getV2()}};
  if (failed(expectWeights(*this,
                           {{"mix_r", getMixR()},
                            {"mix_w", getMixW()},
                            {"mix_k", getMixK()},
                            {"mix_v", getMixV()},
                            {"mix_a", getMixA()},
                            {"mix_g", getMixG()},
                            {"w0", getW0()},
                            {"a0", getA0()},
                            {"v0", getV0()},
                            {"k_k", getKK()},
                            {"k_a", getKA()},
                            {"norm_weight", getNormWeight()},
                            {"norm_bias", getNormBias()}},
                           width)) ||
      failed(expectWeights(*this,
                           {{"w_r", getWR()},
                            {"w_k", getWK()},
                            {"w_v", getWV()},
                            {"w_o", getWO()}},
                           {width, width})) ||
      failed(expectTogether(*this, residual)) ||
      failed(verifier.expectNarrow({"w1", getW1()}, {"w2", getW2()})) ||
      failed(verifier.expectNarrow({"a1", getA1()}, {"a2", getA2()})) ||
      failed(verifier.expectNarrow({"g1", getG1()}, {"g2", getG2()})) ||
      failed(verifier.expectNarrow({"v1", getV1()}, {"v2", getV2()})) ||
      failed(verifier.verifyHeads("r_k", getRK(), false, heads)) ||
      failed(verifier.expectSequences(
          {{"v_first", getVFirst()}, {"result v", getV()}})))
    return failure();
  int64_t channels = width / heads;
  if (failed(verifier.expectStates(
          {{"state0", getState0()}, {"result state", getState()}},
          {heads, channels, channels})))
    return failure();
  return verifier.verifyEpsilon(getEpsilon());
}

namespace {
/// Everything that the memory takes in at a step, each [T, B, H, N].
struct Streams {
  Value r, w, k, v, kappa, rate;
};

/// Version 7's layer under construction.
class TimeMix7 {
public:
  TimeMix7(RwkvBuilder &layer, Rwkv7TimeMixOp op)
      : layer(layer), op(op), b(layer.b), loc(layer.loc) {}

  SmallVector<Value> build();

private:
  Value mixValues(Value v, Value mixed);
  Value buildKappa(Value k);
  Streams buildStreams(ArrayRef<Value> mixed, ArrayRef<Value> rkv);
  Value readOut(Value o, const Streams &streams, Value gate);
  Value split(Value sequence) {
    return splitChannels(b, loc, sequence, getHeads());
  }
  int64_t getHeads() {
    return cast<RankedTensorType>(op.getRK().getType()).getDimSize(0);
  }

  RwkvBuilder &layer;
  Rwkv7TimeMixOp op;
  OpBuilder &b;
  Location loc;
};
} // namespace

static Value same(Arithmetic &, Value x) { return x; }
static Value tanhOf(Arithmetic &a, Value x) { return a.tanh(x); }
static Value sigmoidOf(Arithmetic &a, Value x) { return a.sigmoid(x); }

/// exp(-exp(-1/2) sigmoid(x)).
static Value decayOf(Arithmetic &a, Value x) {
  Value scale = a.constantLike(x, -0.60653065971263342);
  return a.exp(a.mul(scale, a.sigmoid(x)));
}

/// v, drawn towards the first layer's.
Value TimeMix7::mixValues(Value v, Value mixed) {
  if (!op.getVFirst())
    return v;
  Value gate = layer.projectNarrow(op.getV1(), op.getV2(), op.getV0(), mixed,
                                   same, sigmoidOf);
  return buildElementwise(
      b, loc, {{v, {0, 1, 2}}, {op.getVFirst(), {0, 1, 2}}, {gate, {0, 1, 2}}},
      [](OpBuilder &b, Location loc, ValueRange in) {
        Arithmetic a{b, loc};
        return a.add(in[0], a.mul(in[2], a.sub(in[1], in[0])));
      });
}

/// k_k ⊙ k with norm 1 in each head.
Value TimeMix7::buildKappa(Value k) {
  Value scaled =
      split(buildElementwise(b, loc, {{k, {0, 1, 2}}, {op.getKK(), {2}}},
                             [](OpBuilder &b, Location loc, ValueRange in) {
                               return Arithmetic{b, loc}.mul(in[0], in[1]);
                             }));
  Value squares =
      buildSumAlongLast(b, loc, BroadcastOperand{scaled, {0, 1, 2, 3}},
                        [](OpBuilder &b, Location loc, ValueRange in) {
                          return Arithmetic{b, loc}.mul(in[0], in[0]);
                        });
  return buildElementwise(
      b, loc, {{scaled, {0, 1, 2, 3}}, {squares, {0, 1, 2}}},
      [](OpBuilder &b, Location loc, ValueRange in) {
        Arithmetic a{b, loc};
        Value norm = math::SqrtOp::create(b, loc, in[1]);
        return a.div(in[0], a.max(norm, a.constantLike(norm, 1e-12)));
      });
}

Streams TimeMix7::buildStreams(ArrayRef<Value> mixed, ArrayRef<Value> rkv) {
  Value decay = layer.projectNarrow(op.getW1(), op.getW2(), op.getW0(),
                                    mixed[1], tanhOf, decayOf);
  Value rate = layer.projectNarrow(op.getA1(), op.getA2(), op.getA0(), mixed[4],
                                   same, sigmoidOf);
  Value k = buildElementwise(
      b, loc, {{rkv[1], {0, 1, 2}}, {rate, {0, 1, 2}}, {op.getKA(), {2}}},
      [](OpBuilder &b, Location loc, ValueRange in) {
        Arithmetic a{b, loc};
        Value less = a.sub(in[1], a.constantLike(in[1], 1.0));
        Value factor = a.add(a.constantLike(less, 1.0), a.mul(in[2], less));
        return a.mul(in[0], factor);
      });
  Streams streams;
  streams.r = split(rkv[0]);
  streams.w = split(decay);
  streams.k = split(k);
  streams.v = split(mixValues(rkv[2], mixed[3]));
  streams.kappa = buildKappa(rkv[1]);
  streams.rate = split(rate);
  return streams;
}

/// g ⊙ (norm(o) + (r ⊙ r_k)ᵀ k v), as [T, B, C].
Value TimeMix7::readOut(Value o, const Streams &streams, Value gate) {
  Value direct =
      buildSumAlongLast(b, loc,
                        {{streams.r, {0, 1, 2, 3}},
                         {streams.k, {0, 1, 2, 3}},
                         {op.getRK(), {2, 3}}},
                        [](OpBuilder &b, Location loc, ValueRange in) {
                          Arithmetic a{b, loc};
                          return a.mul(a.mul(in[0], in[1]), in[2]);
                        });
  Value normal = buildGroupNorm(b, loc, o, op.getNormWeight(), op.getNormBias(),
                                op.getEpsilon().convertToDouble());
  Value out =
      buildElementwise(b, loc,
                       {{normal, {0, 1, 2, 3}},
                        {direct, {0, 1, 2}},
                        {streams.v, {0, 1, 2, 3}},
                        {split(gate), {0, 1, 2, 3}}},
                       [](OpBuilder &b, Location loc, ValueRange in) {
                         Arithmetic a{b, loc};
                         return a.mul(in[3], a.add(in[0], a.mul(in[1], in[2])));
                       });
  return mergeChannels(b, loc, out);
}

/// One step of the memory, for one channel of the value:
/// S' = (diag(w) - (kappa ⊙ rate) kappa^T) S + k v.
static RwkvBuilder::Step stepDelta(Arithmetic &a, ValueRange keys, Value value,
                                   Value state) {
  Value r = keys[0], w = keys[1], k = keys[2], kappa = keys[3], rate = keys[4];
  Value removed = arith::NegFOp::create(a.b, a.loc, a.mul(kappa, rate));
  Value next = DplrAffineOp::create(a.b, a.loc, state.getType(), w, removed,
                                    kappa, state, k, value, UnitAttr());
  return {a.dot(r, next), next};
}

SmallVector<Value> TimeMix7::build() {
  auto [mixed, shift] =
      layer.mixWithShift(op.getShift0(),
                         {op.getMixR(), op.getMixW(), op.getMixK(),
                          op.getMixV(), op.getMixA(), op.getMixG()},
                         UpdateGate::KeepsOld);
  SmallVector<Value> rkv = layer.project(
      {{op.getWR(), mixed[0]}, {op.getWK(), mixed[2]}, {op.getWV(), mixed[3]}},
      {}, 3, [](Arithmetic &, ValueRange p, ValueRange) {
        return SmallVector<Value>(p);
      });
  Streams streams = buildStreams(mixed, rkv);
  auto [o, state] = layer.scanHeads(
      {streams.r, streams.w, streams.k, streams.kappa, streams.rate}, streams.v,
      {}, op.getState0(), cast<RankedTensorType>(op.getState().getType()),
      [](Arithmetic &a, ValueRange keys, Value value, ValueRange, Value state) {
        return stepDelta(a, keys, value, state);
      });
  Value gate = layer.projectNarrow(op.getG1(), op.getG2(), Value(), mixed[5],
                                   sigmoidOf, same);
  Value y = layer.project({op.getWO(), readOut(o, streams, gate)});
  return {y, shift, state, rkv[2]};
}

FailureOr<SmallVector<Value>> Rwkv7TimeMixOp::expand(OpBuilder &b) {
  RwkvBuilder layer(b, *this);
  return TimeMix7(layer, *this).build();
}
