//===- RwkvBuilder.cpp - what the layers of RWKV share --------------------===//

#include "dialects/Seq/Cells/RwkvBuilder.h"

using namespace mlir;
using namespace seqc::seq;

using E = IndexEntry;

RwkvBuilder::RwkvBuilder(OpBuilder &b, Location loc, Value x)
    : b(b), loc(loc), x(x), time(getExtent(b, loc, x, 0)),
      batch(getExtent(b, loc, x, 1)),
      type(cast<RankedTensorType>(x.getType())) {}

/// The first T rows of shift0 and x, one after the other, and the last row. A
/// carry would do the same, but make every step wait for the one before.
RwkvBuilder::Neighbours RwkvBuilder::shiftTokens(Value shift0) {
  int64_t width = type.getDimSize(2);
  auto shiftType =
      RankedTensorType::get({type.getDimSize(1), width}, type.getElementType());
  if (!shift0)
    shift0 = buildFilled(b, loc, shiftType, {batch, Value()});
  Value shifted = buildConcatenated(b, loc, x, {shift0, x});
  OpFoldResult zeroIndex = b.getIndexAttr(0), oneIndex = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets = {time, zeroIndex, zeroIndex};
  SmallVector<OpFoldResult> sizes = {
      oneIndex, tensor::getMixedSize(b, loc, x, 1), b.getIndexAttr(width)};
  SmallVector<OpFoldResult> strides(3, oneIndex);
  Value shift = tensor::ExtractSliceOp::create(b, loc, shiftType, shifted,
                                               offsets, sizes, strides);
  offsets[0] = zeroIndex;
  sizes[0] = tensor::getMixedSize(b, loc, x, 0);
  Value before = tensor::ExtractSliceOp::create(b, loc, type, shifted, offsets,
                                                sizes, strides);
  return {before, shift};
}

SmallVector<Value, 6> RwkvBuilder::mixTokens(Value before,
                                             ArrayRef<Value> weights,
                                             UpdateGate sense) {
  IndexList sequence = {E::time(), E::domain(0), E::domain(1)};
  ScanOperands scan(loc);
  scan.domain = {batch, getExtent(b, loc, x, 2)};
  scan.time = time;
  scan.inputs = {{x, sequence}, {before, sequence}};
  for (Value weight : weights) {
    scan.inputs.push_back({weight, {E::domain(1)}});
    scan.outs.push_back(
        {buildEmpty(b, loc, type, {time, batch, Value()}), sequence});
  }
  auto op = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        Arithmetic a{nested, loc};
        bool keeps = sense == UpdateGate::KeepsOld;
        Value from = body.inputs[keeps ? 0 : 1];
        Value distance = a.sub(body.inputs[keeps ? 1 : 0], from);
        SmallVector<Value> outs;
        for (Value weight : body.inputs.drop_front(2))
          outs.push_back(a.add(from, a.mul(weight, distance)));
        YieldOp::create(nested, loc, outs, ValueRange());
      });
  return SmallVector<Value, 6>(op.getResults());
}

RwkvBuilder::Mixtures RwkvBuilder::mixWithShift(Value shift0,
                                                ArrayRef<Value> weights,
                                                UpdateGate sense) {
  auto [before, shift] = shiftTokens(shift0);
  return {mixTokens(before, weights, sense), shift};
}

SmallVector<Value> RwkvBuilder::project(ArrayRef<Product> products,
                                        ArrayRef<Value> others, unsigned count,
                                        Epilogue epilogue) {
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  for (Product product : products) {
    scan.inputs.push_back({product.sequence, sequence});
    scan.inputs.push_back({product.matrix, {E::all(), E::all()}});
  }
  for (Value other : others) {
    bool isVector = cast<RankedTensorType>(other.getType()).getRank() == 1;
    scan.inputs.push_back({other, isVector ? IndexList{E::all()} : sequence});
  }
  auto matrix = cast<RankedTensorType>(products.front().matrix.getType());
  int64_t rows = matrix.getDimSize(0);
  for (unsigned i = 0; i < count; ++i)
    scan.outs.push_back(
        {buildEmpty(b, loc, getSequenceType(rows), {time, batch, Value()}),
         sequence});
  auto vectorType = RankedTensorType::get({rows}, type.getElementType());
  auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  auto op = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        SmallVector<Value> results;
        for (unsigned i = 0; i < products.size(); ++i)
          results.push_back(MatvecOp::create(nested, loc, vectorType,
                                             body.inputs[2 * i + 1],
                                             body.inputs[2 * i], plus));
        Arithmetic a{nested, loc};
        YieldOp::create(
            nested, loc,
            epilogue(a, results, body.inputs.drop_front(2 * products.size())),
            ValueRange());
      });
  return SmallVector<Value>(op.getResults());
}

Value RwkvBuilder::project(Product product) {
  return project(product, {}, 1,
                 [](Arithmetic &, ValueRange products, ValueRange) {
                   return SmallVector<Value>(products);
                 })
      .front();
}

Value RwkvBuilder::projectNarrow(Value down, Value up, Value bias, Value x,
                                 Function inner, Function outer) {
  Value middle =
      project({{down, x}}, {}, 1, [&](Arithmetic &a, ValueRange p, ValueRange) {
        return SmallVector<Value>{inner(a, p[0])};
      }).front();
  SmallVector<Value> biases;
  if (bias)
    biases.push_back(bias);
  return project({{up, middle}}, biases, 1,
                 [&](Arithmetic &a, ValueRange p, ValueRange others) {
                   Value sum = others.empty() ? p[0] : a.add(p[0], others[0]);
                   return SmallVector<Value>{outer(a, sum)};
                 })
      .front();
}

RwkvBuilder::Step RwkvBuilder::stepDecayed(Arithmetic &a, Value r, Value k,
                                           Value v, Value decay, Value bonus,
                                           Value state) {
  Value seen = a.dot(r, state);
  Value direct = a.mul(a.dot(r, a.mul(a.splatLike(bonus, k), k)), v);
  Value next =
      a.affine(a.splatLike(decay, k), state, a.mul(k, a.splatLike(v, k)));
  return {a.add(seen, direct), next};
}

std::pair<Value, Value>
RwkvBuilder::scanHeads(ArrayRef<Value> keys, Value values,
                       ArrayRef<Value> invariants, Value state0,
                       RankedTensorType stateType, BuildStep buildStep) {
  if (!state0)
    state0 = buildFilled(b, loc, stateType, {batch, Value(), Value(), Value()});
  IndexList byChannel = {E::time(), E::domain(0), E::domain(1), E::domain(2)};
  ScanOperands scan(loc);
  scan.domain = {batch, getExtent(b, loc, values, 2),
                 getExtent(b, loc, values, 3)};
  scan.time = time;
  scan.inputs = {{values, byChannel}};
  for (Value key : keys)
    scan.inputs.push_back(
        {key, {E::time(), E::domain(0), E::domain(1), E::all()}});
  for (Value invariant : invariants) {
    IndexList index = {E::domain(1), E::all()};
    index.truncate(cast<RankedTensorType>(invariant.getType()).getRank());
    scan.inputs.push_back({invariant, index});
  }
  auto outType = cast<RankedTensorType>(values.getType());
  scan.outs = {{buildEmpty(b, loc, outType, {time, batch, Value(), Value()}),
                byChannel}};
  scan.carries = {
      {state0, {E::domain(0), E::domain(1), E::all(), E::domain(2)}}};
  auto op = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        Arithmetic a{nested, loc};
        ValueRange inputs = body.inputs.drop_front();
        Step step = buildStep(a, inputs.take_front(keys.size()), body.inputs[0],
                              inputs.drop_front(keys.size()), body.carries[0]);
        YieldOp::create(nested, loc, step.y, step.state);
      });
  return {op.getResult(0), op.getResult(1)};
}
