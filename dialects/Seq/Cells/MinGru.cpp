//===- MinGru.cpp - minimal gated recurrent unit --------------------------===//

#include "dialects/Seq/Cells/GatedSequence.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult MinGruOp::verify() { return verifyMinimalCell(*this, "zh"); }

FailureOr<SmallVector<Value>> MinGruOp::expand(OpBuilder &b) {
  GatedSequence layer(b, getLoc(), getX(),
                      cast<RankedTensorType>(getH().getType()),
                      getBatchMajor());
  int64_t z = getGateOrder().find('z');
  bool keeps = getUpdateGate() == UpdateGate::KeepsOld;
  SmallVector<Value> gates = layer.buildGates(
      {{getW(), getX()}}, getBias(), 2,
      [&](Arithmetic &a, ArrayRef<Value> sums) -> SmallVector<Value> {
        Value update = a.sigmoid(sums[z]), rest = a.sigmoid(a.negate(sums[z]));
        Value fresh = buildCandidate(a, getCandidateAttr(),
                                     Activation::Identity, sums[1 - z]);
        return {keeps ? update : rest, a.mul(keeps ? rest : update, fresh)};
      });
  return layer.pool(
      {gates[0], gates[1], getH0(), Value(), getLengths(), getReverse()},
      cast<RankedTensorType>(getY().getType()));
}
