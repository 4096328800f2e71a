//===- Gru.cpp - gated recurrent unit -------------------------------------===//

#include "dialects/Seq/Cells/RecurrentCell.h"

using namespace mlir;
using namespace seqc::seq;

static RecurrentCell getCell(GruOp op) {
  return RecurrentCell(op, {3}, {Activation::Sigmoid, Activation::Tanh});
}

LogicalResult GruOp::verify() {
  return getCell(*this).verifyGated(*this, "zrh");
}

namespace {
/// One step, in the order of the op's description.
struct GruStep {
  GruOp op;
  StepBuilder &step;
  int64_t z, r, candidate; // the gates' rows

  /// Everything reads one product of the old state.
  Value buildResetAfter(Value input, Value recurrent, Value h) {
    auto gate = [&](int64_t row) {
      return step.activate(
          0, step.add(step.row(input, row), step.row(recurrent, row)));
    };
    Value update = gate(z);
    Value reset = step.mul(gate(r), step.row(recurrent, candidate));
    Value fresh = step.activate(1, step.add(step.row(input, candidate), reset));
    return step.update(op.getUpdateGate(), update, h, fresh);
  }

  /// The candidate has a product of its own, of what the gate r leaves.
  Value buildResetBefore(Value input, Value gatesMatrix, Value candidateMatrix,
                         Value h) {
    Value products = step.product(gatesMatrix, h);
    auto gate = [&](int64_t row, int64_t other) {
      return step.activate(0,
                           step.add(step.row(input, row),
                                    step.row(products, row < other ? 0 : 1)));
    };
    Value update = gate(z, r);
    Value product = step.product(candidateMatrix, step.mul(gate(r, z), h));
    Value fresh =
        step.activate(1, step.add(step.row(input, candidate), product));
    return step.update(op.getUpdateGate(), update, h, fresh);
  }
};
} // namespace

FailureOr<SmallVector<Value>> GruOp::expand(OpBuilder &builder) {
  RecurrentCell cell = getCell(*this);
  StringRef order = getGateOrder();
  int64_t z = order.find('z'), r = order.find('r'), candidate = order.find('h');
  CellScan scan(*this);
  scan.invariants = {getW(), getInputBias(), getRecurrentBias()};
  if (getResetAfter()) {
    scan.invariants.push_back(getR());
  } else {
    scan.invariants.push_back(extractGates(builder, getLoc(), getR(), z, r));
    scan.invariants.push_back(
        extractGates(builder, getLoc(), getR(), candidate));
  }
  ScanOp op =
      scan.build(cell, builder,
                 [&](StepBuilder &step, ValueRange x, ArrayRef<Value> weights,
                     ValueRange states) -> StepResult {
                   GruStep gru{*this, step, z, r, candidate};
                   Value h = states[0];
                   Value input = step.product(weights[0], x[0], {weights[1]});
                   if (getResetAfter()) {
                     Value recurrent =
                         step.product(weights[3], h, {weights[2]});
                     h = gru.buildResetAfter(input, recurrent, h);
                   } else {
                     input = step.addBiases(input, {weights[2]});
                     h = gru.buildResetBefore(input, weights[3], weights[4], h);
                   }
                   return {h, {h}};
                 });
  return SmallVector<Value>(op.getResults());
}
