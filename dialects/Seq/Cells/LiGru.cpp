//===- LiGru.cpp - light gated recurrent unit -----------------------------===//

#include "dialects/Seq/Cells/RecurrentCell.h"

using namespace mlir;
using namespace seqc::seq;

static RecurrentCell getCell(LiGruOp op) {
  return RecurrentCell(op, {2}, {Activation::Sigmoid, Activation::Relu});
}

LogicalResult LiGruOp::verify() {
  RecurrentCell cell = getCell(*this);
  if (failed(cell.verifyGated(*this, "zh")))
    return failure();
  return expectWeights(*this, {{"input_scale", getInputScale()}},
                       {2, cell.getHidden()});
}

FailureOr<SmallVector<Value>> LiGruOp::expand(OpBuilder &builder) {
  RecurrentCell cell = getCell(*this);
  int64_t z = getGateOrder().find('z');
  CellScan scan(*this);
  scan.invariants = {getW(), getR(), getInputScale(), getInputBias(),
                     getRecurrentBias()};
  ScanOp op = scan.build(
      cell, builder,
      [&](StepBuilder &step, ValueRange x, ArrayRef<Value> weights,
          ValueRange states) -> StepResult {
        Value input = step.product(weights[0], x[0]);
        if (weights[2])
          input = step.mul(input, weights[2]);
        input = step.addBiases(input, {weights[3], weights[4]});
        Value gates = step.add(input, step.product(weights[1], states[0]));
        Value update = step.activate(0, step.row(gates, z));
        Value fresh = step.activate(1, step.row(gates, 1 - z));
        Value h = step.update(getUpdateGate(), update, states[0], fresh);
        return {h, {h}};
      });
  return SmallVector<Value>(op.getResults());
}
