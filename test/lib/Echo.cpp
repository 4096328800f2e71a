//===- Echo.cpp - the cell of the page on adding one ----------------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"
#include "test/lib/TestSeq.h"

using namespace mlir;
using namespace seqc::seq;
using namespace seqc::test;

LogicalResult EchoOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType());
  if (x.getRank() != 3)
    return emitOpError("needs x [T, B, C], found ") << x;
  NamedOperand input = {"x", getX()};
  SharedExtent time(input, 0), batch(input, 1), channels(input, 2);
  if (failed(verifyElements(*this, getX())) ||
      failed(expectOperand(*this, "rate", getRate(), {channels})) ||
      failed(expectOperand(*this, "s0", getS0(), {batch, channels})) ||
      failed(expectOperand(*this, "result y", getY(), {time, batch, channels})))
    return failure();
  return expectOperand(*this, "result s", getS(), {batch, channels});
}

FailureOr<SmallVector<Value>> EchoOp::expand(OpBuilder &b) {
  using E = IndexEntry;
  Location loc = getLoc();
  ScanOperands scan(loc);
  scan.time = getExtent(b, loc, getX(), 0);
  scan.domain = {getExtent(b, loc, getX(), 1), getExtent(b, loc, getX(), 2)};
  IndexList sequence = {E::time(), E::domain(0), E::domain(1)};
  scan.inputs = {{getX(), sequence}, {getRate(), {E::domain(1)}}};
  auto y = cast<RankedTensorType>(getY().getType());
  scan.outs = {
      {buildEmpty(b, loc, y, {scan.time, scan.domain[0], scan.domain[1]}),
       sequence}};
  scan.carries = {{getS0(), {E::domain(0), E::domain(1)}}};
  auto op = ScanOp::create(
      b, loc, scan, [](OpBuilder &b, Location loc, ScanBody body) {
        Arithmetic a{b, loc};
        Value decay = a.sigmoid(body.inputs[1]);
        Value s = a.affine(decay, body.carries[0], body.inputs[0]);
        YieldOp::create(b, loc, s, s);
      });
  return SmallVector<Value>(op.getResults());
}
