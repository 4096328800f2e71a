//===- LinearRnn.cpp - a linear layer with a whole matrix -----------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult LinearRnnOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType());
  auto b = cast<RankedTensorType>(getB().getType());
  if (x.getRank() != 3 || b.getRank() != 2)
    return emitOpError("needs x [T, B, I] and b [N, I], found ")
           << x << " and " << b;
  SharedExtent time({"x", getX()}, 0), batch({"x", getX()}, 1);
  int64_t features = x.getDimSize(2), states = b.getDimSize(0),
          outputs = states;
  if (getC()) {
    auto c = cast<RankedTensorType>(getC().getType());
    outputs = c.getRank() == 2 ? c.getDimSize(0) : states;
  }
  if (ShapedType::isDynamicShape({features, states, outputs}))
    return emitOpError("needs static inputs, states and outputs, found ")
           << x << ", " << b << " and " << getY().getType();
  if (failed(verifyElements(*this, getX())) ||
      failed(expectWeights(*this, {{"a", getA()}}, {states, states})) ||
      failed(expectWeights(*this, {{"b", getB()}}, {states, features})) ||
      failed(expectWeights(*this, {{"c", getC()}}, {outputs, states})) ||
      failed(expectWeights(*this, {{"d", getD()}}, {outputs, features})) ||
      failed(expectExtents(*this, {{"s0", getS0()}, {"result s", getS()}},
                           {batch, states}, 1)))
    return failure();
  return expectExtents(*this, {{"result y", getY()}}, {time, batch, outputs},
                       2);
}

FailureOr<SmallVector<Value>> LinearRnnOp::expand(OpBuilder &builder) {
  using E = IndexEntry;
  Location loc = getLoc();
  auto yType = cast<RankedTensorType>(getY().getType());
  auto sType = cast<RankedTensorType>(getS().getType());
  Value time = getExtent(builder, loc, getX(), 0);
  Value batch = getExtent(builder, loc, getX(), 1);
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  scan.inputs = {{getX(), sequence}};
  for (Value matrix : SmallVector<Value>{getA(), getB(), getC(), getD()})
    if (matrix)
      scan.inputs.push_back({matrix, {E::all(), E::all()}});
  scan.outs = {
      {buildEmpty(builder, loc, yType, {time, batch, Value()}), sequence}};
  Value s0 =
      getS0() ? getS0() : buildFilled(builder, loc, sType, {batch, Value()});
  scan.carries = {{s0, {E::domain(0), E::all()}}};
  auto plus = SemiringAttr::get(builder.getContext(), Semiring::PlusTimes);
  auto outputs =
      RankedTensorType::get({yType.getDimSize(2)}, yType.getElementType());
  auto op = ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, ScanBody body) {
        ValueRange in = body.inputs;
        Value s = body.carries[0];
        Value gain = MatvecOp::create(b, loc, s.getType(), in[2], in[0], plus);
        s = AffineOp::create(b, loc, s.getType(), in[1], s, gain, UnitAttr(),
                             plus, b.getUnitAttr());
        Value y = s;
        if (getC())
          y = MatvecOp::create(b, loc, outputs, in[3], s, plus);
        if (getD())
          y = Arithmetic{b, loc}.add(
              y, MatvecOp::create(b, loc, outputs, in.back(), in[0], plus));
        YieldOp::create(b, loc, y, s);
      });
  return SmallVector<Value>(op.getResults());
}
