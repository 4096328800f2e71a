//===- Rnn.cpp - the plain recurrent layer --------------------------------===//

#include "dialects/Seq/Cells/Activation.h"
#include "dialects/Seq/Cells/RecurrentCell.h"

using namespace mlir;
using namespace seqc::seq;

static RecurrentCell getCell(RnnOp op) {
  return RecurrentCell(op, {}, {Activation::Tanh});
}

/// The width of y.
static int64_t getOutput(RnnOp op) {
  return cast<ShapedType>(op.getY().getType()).getShape().back();
}

static LogicalResult verifyReadout(RnnOp op, const RecurrentCell &cell) {
  if (!op.getReadout()) {
    if (op.getSkip() || op.getReadoutBias() || op.getReadoutActivation())
      return op.emitOpError("skip, readout_bias and readout_activation need a "
                            "readout");
    return success();
  }
  int64_t output = getOutput(op);
  if (ShapedType::isDynamic(output))
    return op.emitOpError("needs a static output size, found ")
           << op.getY().getType();
  SmallVector<int64_t, 2> readout = {output, cell.getHidden()},
                          skip = {output, cell.getFeatures()};
  if (op.getTransposed()) {
    std::swap(readout[0], readout[1]);
    std::swap(skip[0], skip[1]);
  }
  if (failed(expectWeights(op, {{"readout", op.getReadout()}}, readout)) ||
      failed(expectWeights(op, {{"skip", op.getSkip()}}, skip)))
    return failure();
  return expectWeights(op, {{"readout_bias", op.getReadoutBias()}}, {output});
}

LogicalResult RnnOp::verify() {
  RecurrentCell cell = getCell(*this);
  if (cast<ShapedType>(getY().getType()).getRank() != 3)
    return emitOpError("needs a result y of rank 3, found ")
           << getY().getType();
  std::optional<int64_t> width;
  if (getReadout())
    width = getOutput(*this);
  if (failed(cell.verify(width, getTransposed())))
    return failure();
  int64_t hidden = cell.getHidden();
  if (failed(expectWeights(*this, {{"r", getR()}}, {hidden, hidden})) ||
      failed(verifyReadout(*this, cell)) ||
      failed(cell.verifyState("h0", getH0(), hidden)))
    return failure();
  return cell.verifyState("result h", getH(), hidden);
}

/// `matrix`, where there is one, as the products take it.
static Value getMatrix(OpBuilder &b, RnnOp op, Value matrix) {
  if (!op.getTransposed() || !matrix)
    return matrix;
  return buildTransposed(b, op.getLoc(), matrix);
}

/// y of the states `h`: a second scan, in which no step waits for another.
static Value buildReadout(OpBuilder &builder, RnnOp op,
                          const RecurrentCell &cell, Value h) {
  CellScan scan;
  scan.sequences = {h};
  if (op.getSkip())
    scan.sequences.push_back(op.getX());
  scan.invariants = {getMatrix(builder, op, op.getReadout()),
                     getMatrix(builder, op, op.getSkip()), op.getReadoutBias()};
  scan.y = cast<RankedTensorType>(op.getY().getType());
  return scan
      .build(cell, builder,
             [&](StepBuilder &step, ValueRange sequences,
                 ArrayRef<Value> weights, ValueRange) -> StepResult {
               Value y = step.product(weights[0], sequences[0], {weights[2]});
               if (Value skip = weights[1])
                 y = step.add(y, step.product(skip, sequences[1]));
               if (op.getReadoutActivation())
                 y = buildActivation(step.b, step.loc,
                                     *op.getReadoutActivation(), y);
               return {y, {}};
             })
      ->getResult(0);
}

FailureOr<SmallVector<Value>> RnnOp::expand(OpBuilder &builder) {
  RecurrentCell cell = getCell(*this);
  CellScan scan(*this);
  scan.invariants = {getMatrix(builder, *this, getW()),
                     getMatrix(builder, *this, getR()), getInputBias(),
                     getRecurrentBias()};
  SmallVector<int64_t, 3> states(scan.y.getShape());
  states.back() = cell.getHidden();
  scan.y = RankedTensorType::get(states, scan.y.getElementType());
  ScanOp op =
      scan.build(cell, builder,
                 [](StepBuilder &step, ValueRange x, ArrayRef<Value> weights,
                    ValueRange states) -> StepResult {
                   Value input =
                       step.product(weights[0], x[0], {weights[2], weights[3]});
                   Value h = step.activate(
                       0, step.add(input, step.product(weights[1], states[0])));
                   return {h, {h}};
                 });
  SmallVector<Value> results(op.getResults());
  if (getReadout())
    results[0] = buildReadout(builder, *this, cell, results[0]);
  return results;
}
