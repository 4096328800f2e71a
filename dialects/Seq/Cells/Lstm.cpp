//===- Lstm.cpp - long short-term memory ----------------------------------===//

#include "dialects/Seq/Cells/Activation.h"
#include "dialects/Seq/Cells/RecurrentCell.h"

using namespace mlir;
using namespace seqc::seq;

static RecurrentCell getCell(LstmOp op) {
  return RecurrentCell(
      op, {4}, {Activation::Sigmoid, Activation::Tanh, Activation::Tanh});
}

LogicalResult LstmOp::verify() {
  RecurrentCell cell = getCell(*this);
  if (failed(verifyGateOrder(*this, getGateOrder(), "iofc")))
    return failure();
  if (failed(expectTogether(*this, {{"h0", getH0()}, {"c0", getC0()}})) ||
      failed(cell.verify()))
    return failure();
  int64_t hidden = cell.getHidden(), output = cell.getOutput();
  if (!getProjection() && hidden != output)
    return emitOpError("needs r [4, H, H] without a projection, found ")
           << getR().getType();
  if (failed(expectWeights(*this, {{"projection", getProjection()}},
                           {output, hidden})))
    return failure();
  SmallVector<int64_t, 3> peepholes = {3, hidden};
  if (getPeepholes() &&
      cast<ShapedType>(getPeepholes().getType()).getRank() == 3)
    peepholes.push_back(hidden);
  if (failed(
          expectWeights(*this, {{"peepholes", getPeepholes()}}, peepholes)) ||
      failed(cell.verifyState("h0", getH0(), output)) ||
      failed(cell.verifyState("c0", getC0(), hidden)) ||
      failed(cell.verifyState("result h", getH(), output)))
    return failure();
  return cell.verifyState("result c", getC(), hidden);
}

namespace {
/// One step, in the order of the op's description.
struct LstmStep {
  LstmOp op;
  StepBuilder &step;
  Value gates;       // tensor<4xH>: every gate's input but for the peepholes
  Value diagonal;    // tensor<3xH>: peepholes i, o, f; or null
  Value oldPeephole; // tensor<2xHxH>: of i and f, on the old cell; or null
  Value newPeephole; // tensor<HxH>: of o, on the new cell; or null

  /// The input of gate `letter`, with its peephole on `cell` where it has one.
  Value input(char letter, Value cell) {
    Value x = step.row(gates, op.getGateOrder().find(letter));
    size_t p = StringRef("iof").find(letter);
    if (diagonal && p != StringRef::npos)
      return step.add(x, step.mul(step.row(diagonal, p), cell));
    if (newPeephole && letter == 'o')
      return step.add(x, step.product(newPeephole, cell));
    return x;
  }

  /// i and f.
  std::pair<Value, Value> buildGates(Value c) {
    Value products = oldPeephole ? step.product(oldPeephole, c) : Value();
    auto gate = [&](char letter) {
      Value x = input(letter, c);
      if (products)
        x = step.add(x, step.row(products, letter == 'i' ? 0 : 1));
      return step.activate(0, x);
    };
    if (op.getCoupled() == CoupledGates::InputFromForget) {
      Value f = gate('f');
      return {step.complement(f), f};
    }
    Value i = gate('i');
    bool derived = op.getCoupled() == CoupledGates::ForgetFromInput;
    return {i, derived ? step.complement(i) : gate('f')};
  }

  /// The new (h, c), h before its projection.
  std::pair<Value, Value> build(Value c) {
    auto [i, f] = buildGates(c);
    Value candidate = step.activate(1, input('c', c));
    Value cell = step.add(step.mul(f, c), step.mul(i, candidate));
    Value o = step.activate(0, input('o', cell));
    // Clipping is for the gates' inputs; the cell goes to h as it is.
    Value squashed =
        buildActivation(step.b, step.loc, step.cell.getActivation(2), cell);
    return {step.mul(o, squashed), cell};
  }
};
} // namespace

FailureOr<SmallVector<Value>> LstmOp::expand(OpBuilder &builder) {
  RecurrentCell cell = getCell(*this);
  Value diagonal = getPeepholes(), oldPeephole, newPeephole;
  if (diagonal && cast<ShapedType>(diagonal.getType()).getRank() == 3) {
    oldPeephole = extractGates(builder, getLoc(), diagonal, 0, 2);
    newPeephole = extractGates(builder, getLoc(), diagonal, 1);
    diagonal = Value();
  }
  CellScan scan(*this);
  scan.invariants = {getW(),   getR(),      getInputBias(), getRecurrentBias(),
                     diagonal, oldPeephole, newPeephole,    getProjection()};
  scan.states.push_back({getC0(), cast<RankedTensorType>(getC().getType())});
  ScanOp op = scan.build(
      cell, builder,
      [&](StepBuilder &step, ValueRange x, ArrayRef<Value> weights,
          ValueRange states) -> StepResult {
        Value input = step.product(weights[0], x[0], {weights[2], weights[3]});
        Value gates = step.add(input, step.product(weights[1], states[0]));
        LstmStep lstm{*this, step, gates, weights[4], weights[5], weights[6]};
        auto [h, c] = lstm.build(states[1]);
        if (Value projection = weights[7])
          h = step.product(projection, h);
        return {h, {h, c}};
      });
  return SmallVector<Value>(op.getResults());
}
