//===- SelectiveScan.cpp - Mamba's state space layer ----------------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult SelectiveScanOp::verify() {
  auto u = cast<RankedTensorType>(getU().getType());
  auto a = cast<RankedTensorType>(getA().getType());
  if (u.getRank() != 3 || a.getRank() != 2)
    return emitOpError("needs u [B, T, D] and a [D, N], found ")
           << u << " and " << a;
  NamedOperand input = {"u", getU()};
  SharedExtent batch(input, 0), time(input, 1), channels(input, 2);
  int64_t states = a.getDimSize(1);
  if (ShapedType::isDynamic(states))
    return emitOpError("needs a static number of states, found ") << a;
  if (failed(verifyElements(*this, getU())) ||
      failed(expectExtents(
          *this, {{"delta", getDelta()}, {"z", getZ()}, {"result y", getY()}},
          {batch, time, channels}, 3)) ||
      failed(expectExtents(*this, {{"b", getB()}, {"c", getC()}},
                           {batch, time, states}, 2)) ||
      failed(expectExtents(
          *this, {{"skip", getSkip()}, {"delta_bias", getDeltaBias()}},
          {channels}, 1)) ||
      failed(expectExtents(*this, {{"a", getA()}}, {channels, states}, 1)))
    return failure();
  return expectExtents(*this, {{"h0", getH0()}, {"result h", getH()}},
                       {batch, channels, states}, 2);
}

FailureOr<SmallVector<Value>> SelectiveScanOp::expand(OpBuilder &builder) {
  Location loc = getLoc();
  auto yType = cast<RankedTensorType>(getY().getType());
  auto hType = cast<RankedTensorType>(getH().getType());
  Value batch = getExtent(builder, loc, getU(), 0);
  Value time = getExtent(builder, loc, getU(), 1);
  Value channels = getExtent(builder, loc, getU(), 2);

  using E = IndexEntry;
  IndexList perChannel = {E::domain(0), E::time(), E::domain(1)};
  IndexList shared = {E::domain(0), E::time(), E::all()};
  ScanOperands scan(loc);
  scan.domain = {batch, channels};
  scan.time = time;
  scan.inputs = {{getU(), perChannel},
                 {getDelta(), perChannel},
                 {getA(), {E::domain(1), E::all()}},
                 {getB(), shared},
                 {getC(), shared}};
  if (getDeltaBias())
    scan.inputs.push_back({getDeltaBias(), {E::domain(1)}});
  if (getSkip())
    scan.inputs.push_back({getSkip(), {E::domain(1)}});
  if (getZ())
    scan.inputs.push_back({getZ(), perChannel});
  scan.outs = {
      {buildEmpty(builder, loc, yType, {batch, time, channels}), perChannel}};
  Value h0 = getH0()
                 ? getH0()
                 : buildFilled(builder, loc, hType, {batch, channels, Value()});
  scan.carries = {{h0, {E::domain(0), E::domain(1), E::all()}}};

  auto op = ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, ScanBody body) {
        Arithmetic s{b, loc};
        unsigned next = 5;
        Value u = body.inputs[0], delta = body.inputs[1], a = body.inputs[2];
        if (getDeltaBias())
          delta = s.add(delta, body.inputs[next++]);
        if (getDeltaSoftplus())
          delta = s.softplus(delta);
        Value log = s.mul(s.splatLike(delta, a), a);
        Value gain = s.mul(s.splatLike(s.mul(delta, u), a), body.inputs[3]);
        Value h = s.fade(log, body.carries[0], gain);
        Value y = s.dot(body.inputs[4], h);
        if (getSkip())
          y = s.add(y, s.mul(body.inputs[next++], u));
        if (getZ()) {
          Value z = body.inputs[next++];
          y = s.mul(y, s.mul(z, s.sigmoid(z)));
        }
        YieldOp::create(b, loc, y, h);
      });
  return SmallVector<Value>(op.getResults());
}
