//===- MinLstm.cpp - minimal long short-term memory -----------------------===//

#include "dialects/Seq/Cells/GatedSequence.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult MinLstmOp::verify() { return verifyMinimalCell(*this, "fih"); }

/// The gates f and i from their sums: sigmoids, or those divided by f + i.
static std::pair<Value, Value> buildGatePair(Arithmetic &a, Value f, Value i,
                                             bool normalised) {
  if (!normalised)
    return {a.sigmoid(f), a.sigmoid(i)};
  // f / (f + i) is the sigmoid of log f - log i, and log f = -softplus(-sum).
  Value ratio = a.sub(a.softplus(a.negate(i)), a.softplus(a.negate(f)));
  return {a.sigmoid(ratio), a.sigmoid(a.negate(ratio))};
}

FailureOr<SmallVector<Value>> MinLstmOp::expand(OpBuilder &b) {
  GatedSequence layer(b, getLoc(), getX(),
                      cast<RankedTensorType>(getH().getType()),
                      getBatchMajor());
  StringRef order = getGateOrder();
  SmallVector<Value> gates = layer.buildGates(
      {{getW(), getX()}}, getBias(), 2,
      [&](Arithmetic &a, ArrayRef<Value> sums) -> SmallVector<Value> {
        auto [f, i] = buildGatePair(a, sums[order.find('f')],
                                    sums[order.find('i')], getNormalised());
        Value fresh = buildCandidate(
            a, getCandidateAttr(), Activation::Identity, sums[order.find('h')]);
        return {f, a.mul(i, fresh)};
      });
  return layer.pool(
      {gates[0], gates[1], getH0(), Value(), getLengths(), getReverse()},
      cast<RankedTensorType>(getY().getType()));
}
