//===- SelectiveScan.cpp - Mamba's state space layer ----------------------===//

#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult SelectiveScanOp::verify() {
  auto u = cast<RankedTensorType>(getU().getType());
  auto a = cast<RankedTensorType>(getA().getType());
  if (u.getRank() != 3 || a.getRank() != 2)
    return emitOpError("needs u [B, T, D] and a [D, N], found ")
           << u << " and " << a;
  int64_t batch = u.getDimSize(0), time = u.getDimSize(1),
          channels = u.getDimSize(2), states = a.getDimSize(1);
  if (ShapedType::isDynamic(states))
    return emitOpError("needs a static number of states, found ") << a;
  for (Type type : getOperandTypes())
    if (getElementTypeOrSelf(type) != u.getElementType())
      return emitOpError("needs one element type, found ")
             << u << " and " << type;
  for (auto [name, value] : {std::pair<StringRef, Value>("delta", getDelta()),
                             {"z", getZ()},
                             {"result y", getY()}})
    if (failed(expectOperand(*this, name, value, {batch, time, channels})))
      return failure();
  for (auto [name, value] :
       {std::pair<StringRef, Value>("b", getB()), {"c", getC()}})
    if (failed(expectOperand(*this, name, value, {batch, time, states})))
      return failure();
  for (auto [name, value] : {std::pair<StringRef, Value>("skip", getSkip()),
                             {"delta_bias", getDeltaBias()}})
    if (failed(expectOperand(*this, name, value, {channels})))
      return failure();
  if (failed(expectOperand(*this, "a", getA(), {channels, states})) ||
      failed(expectOperand(*this, "h0", getH0(), {batch, channels, states})))
    return failure();
  return expectOperand(*this, "result h", getH(), {batch, channels, states});
}

namespace {
/// One step, in the order of the op's description.
struct SelectiveStep {
  OpBuilder &b;
  Location loc;
  Type states; // tensor<N>

  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value splat(Value x) { return tensor::SplatOp::create(b, loc, x, states); }
  Value affine(Value log, Value h, Value gain) {
    return AffineOp::create(
        b, loc, states, log, h, gain, b.getUnitAttr(),
        SemiringAttr::get(b.getContext(), Semiring::PlusTimes));
  }
  Value dot(Value x, Value y) {
    return DotOp::create(b, loc, getElementTypeOrSelf(states), x, y);
  }
};
} // namespace

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
                 : buildZeros(builder, loc, hType, {batch, channels, Value()});
  scan.carries = {{h0, {E::domain(0), E::domain(1), E::all()}}};

  auto op = ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, ScanBody body) {
        SelectiveStep step{b, loc, body.carries[0].getType()};
        unsigned next = 5;
        Value u = body.inputs[0], delta = body.inputs[1];
        if (getDeltaBias())
          delta = arith::AddFOp::create(b, loc, delta, body.inputs[next++]);
        if (getDeltaSoftplus())
          delta = SoftplusOp::create(b, loc, delta.getType(), delta);
        Value log = step.mul(step.splat(delta), body.inputs[2]);
        Value gain = step.mul(step.splat(step.mul(delta, u)), body.inputs[3]);
        Value h = step.affine(log, body.carries[0], gain);
        Value y = step.dot(body.inputs[4], h);
        if (getSkip())
          y = arith::AddFOp::create(b, loc, y,
                                    step.mul(body.inputs[next++], u));
        if (getZ()) {
          Value z = body.inputs[next++];
          Value gate = step.mul(z, SigmoidOp::create(b, loc, z.getType(), z));
          y = step.mul(y, gate);
        }
        YieldOp::create(b, loc, y, h);
      });
  return SmallVector<Value>(op.getResults());
}
