//===- Rwkv6.cpp - time mixing of RWKV-6 ----------------------------------===//

#include "dialects/Seq/Cells/RecurrentCell.h"
#include "dialects/Seq/Cells/RwkvBuilder.h"
#include "dialects/Seq/Cells/RwkvVerifier.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult Rwkv6TimeMixOp::verify() {
  RwkvVerifier verifier = RwkvVerifier::get(*this);
  if (failed(verifier.verifyCommon(getY(), getShift0(), getShift())))
    return failure();
  int64_t width = verifier.width(), heads;
  auto mix1 = cast<RankedTensorType>(getMix1().getType());
  int64_t rank = mix1.getRank() == 3 ? mix1.getDimSize(1) : 1;
  if (ShapedType::isDynamic(rank))
    return emitOpError("needs mix1 [5, R, C] with a static R, found ") << mix1;
  if (failed(expectWeights(*this,
                           {{"mix_x", getMixX()},
                            {"mix_w", getMixW()},
                            {"mix_k", getMixK()},
                            {"mix_v", getMixV()},
                            {"mix_r", getMixR()},
                            {"mix_g", getMixG()},
                            {"w0", getW0()},
                            {"norm_weight", getNormWeight()},
                            {"norm_bias", getNormBias()}},
                           width)) ||
      failed(expectWeights(*this, {{"mix1", getMix1()}}, {5, rank, width})) ||
      failed(expectWeights(*this, {{"mix2", getMix2()}}, {5, width, rank})) ||
      failed(expectWeights(*this,
                           {{"w_r", getWR()},
                            {"w_k", getWK()},
                            {"w_v", getWV()},
                            {"w_g", getWG()},
                            {"w_o", getWO()}},
                           {width, width})) ||
      failed(verifier.expectNarrow({"w1", getW1()}, {"w2", getW2()})) ||
      failed(verifier.verifyHeads("bonus", getBonus(), false, heads)))
    return failure();
  int64_t channels = width / heads;
  if (failed(verifier.expectStates(
          {{"state0", getState0()}, {"result state", getState()}},
          {heads, channels, channels})))
    return failure();
  return verifier.verifyEpsilon(getEpsilon());
}

/// What w, k, v, r and g are projected from: the token mixed with the one
/// before by shares that the two of them decide.
static SmallVector<Value> mixByToken(RwkvBuilder &layer, Rwkv6TimeMixOp op,
                                     Value before) {
  constexpr unsigned count = 5;
  Value probe =
      layer.mixTokens(before, op.getMixX(), UpdateGate::KeepsOld).front();
  SmallVector<RwkvBuilder::Product> down, up;
  for (unsigned i = 0; i < count; ++i)
    down.push_back({extractGates(layer.b, layer.loc, op.getMix1(), i), probe});
  SmallVector<Value> narrow = layer.project(
      down, {}, count, [](Arithmetic &a, ValueRange p, ValueRange) {
        return llvm::map_to_vector(p, [&](Value x) { return a.tanh(x); });
      });
  for (unsigned i = 0; i < count; ++i)
    up.push_back(
        {extractGates(layer.b, layer.loc, op.getMix2(), i), narrow[i]});
  SmallVector<Value> others = {layer.x,      before,       op.getMixW(),
                               op.getMixK(), op.getMixV(), op.getMixR(),
                               op.getMixG()};
  return layer.project(
      up, others, count, [](Arithmetic &a, ValueRange p, ValueRange others) {
        Value x = others[0], distance = a.sub(others[1], x);
        SmallVector<Value> mixed;
        for (auto [shift, share] : llvm::zip(p, others.drop_front(2)))
          mixed.push_back(a.add(x, a.mul(a.add(share, shift), distance)));
        return mixed;
      });
}

FailureOr<SmallVector<Value>> Rwkv6TimeMixOp::expand(OpBuilder &b) {
  RwkvBuilder layer(b, *this);
  auto [before, shift] = layer.shiftTokens(getShift0());
  SmallVector<Value> mixed = mixByToken(layer, *this, before);
  SmallVector<Value> kvrg = layer.project(
      {{getWK(), mixed[1]},
       {getWV(), mixed[2]},
       {getWR(), mixed[3]},
       {getWG(), mixed[4]}},
      {}, 4, [](Arithmetic &a, ValueRange p, ValueRange) -> SmallVector<Value> {
        return {p[0], p[1], p[2], a.mul(p[3], a.sigmoid(p[3]))};
      });
  Value decay = layer.projectNarrow(
      getW1(), getW2(), getW0(), mixed[0],
      [](Arithmetic &a, Value x) { return a.tanh(x); },
      [](Arithmetic &a, Value x) { return a.exp(a.negate(a.exp(x))); });
  auto stateType = cast<RankedTensorType>(getState().getType());
  auto split = [&](Value sequence) {
    return splitChannels(b, getLoc(), sequence, stateType.getDimSize(1));
  };
  auto [o, state] = layer.scanHeads(
      {split(kvrg[2]), split(kvrg[0]), split(decay)}, split(kvrg[1]),
      {getBonus()}, getState0(), stateType,
      [](Arithmetic &a, ValueRange keys, Value value, ValueRange invariants,
         Value state) {
        return RwkvBuilder::stepDecayed(a, keys[0], keys[1], value, keys[2],
                                        invariants[0], state);
      });
  Value normal = buildGroupNorm(b, getLoc(), o, getNormWeight(), getNormBias(),
                                getEpsilon().convertToDouble());
  Value gated = buildElementwise(
      b, getLoc(), {{normal, {0, 1, 2, 3}}, {split(kvrg[3]), {0, 1, 2, 3}}},
      [](OpBuilder &b, Location loc, ValueRange in) {
        return Arithmetic{b, loc}.mul(in[0], in[1]);
      });
  Value y = layer.project({getWO(), mergeChannels(b, getLoc(), gated)});
  return SmallVector<Value>{y, shift, state};
}
