//===- TestSeq.cpp - a cell and transitions for tests ---------------------===//

#include "test/lib/TestSeq.h"
#include "dialects/Seq/Cells/CellBuilder.h"
#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::test;

#include "test/lib/TestSeqDialect.cpp.inc"

void TestSeqDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "test/lib/TestSeqOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "test/lib/TestSeqOps.cpp.inc"

//===----------------------------------------------------------------------===//
// A transition of two carries
//===----------------------------------------------------------------------===//

/// The exponent of an empty sum: low enough to vanish, finite so that two of
/// them subtract to zero.
static constexpr double emptyExponent = -1.0e30;

seq::BodySemantics EbbOp::getSemantics() {
  return seq::getElementwiseSemantics(*this);
}

SmallVector<Value> EbbOp::buildElement(OpBuilder &b, Location loc,
                                       ValueRange elements, ValueRange) {
  Value fade = elements[0], value = elements[1], weight = elements[2];
  Value faded = arith::AddFOp::create(b, loc, elements[4], fade);
  Value exponent = arith::MaximumFOp::create(b, loc, faded, weight);
  Value kept = math::ExpOp::create(
      b, loc, arith::SubFOp::create(b, loc, faded, exponent));
  Value added = math::ExpOp::create(
      b, loc, arith::SubFOp::create(b, loc, weight, exponent));
  Value sum = arith::AddFOp::create(
      b, loc, arith::MulFOp::create(b, loc, elements[3], kept),
      arith::MulFOp::create(b, loc, value, added));
  return {sum, exponent};
}

SmallVector<OpOperand *> EbbOp::getStateOperands() {
  return {&getSumMutable(), &getExponentMutable()};
}

SmallVector<OpOperand *> EbbOp::getElementOperands() {
  return {&getFadeMutable(), &getValueMutable(), &getWeightMutable()};
}

/// A summary is (the whole fade, the sum from nothing, its exponent).
SmallVector<Type> EbbOp::getSummaryTypes() {
  return SmallVector<Type>(3, getSum().getType());
}

SmallVector<Value> EbbOp::buildIdentity(OpBuilder &b, Location loc) {
  Type type = getSum().getType();
  return {seq::buildConstantLike(b, loc, type, 0.0),
          seq::buildConstantLike(b, loc, type, 0.0),
          seq::buildConstantLike(b, loc, type, emptyExponent)};
}

SmallVector<Value> EbbOp::buildExtend(OpBuilder &b, Location loc,
                                      ValueRange summary, ValueRange element) {
  return buildCompose(b, loc, summary, element);
}

SmallVector<Value> EbbOp::buildCompose(OpBuilder &b, Location loc,
                                       ValueRange earlier, ValueRange later) {
  SmallVector<Value> sum = buildApply(b, loc, later, earlier.drop_front());
  return {arith::AddFOp::create(b, loc, earlier[0], later[0]), sum[0], sum[1]};
}

SmallVector<Value> EbbOp::buildApply(OpBuilder &b, Location loc,
                                     ValueRange summary, ValueRange states) {
  Type type = states[0].getType();
  auto op = EbbOp::create(b, loc, type, type, summary[0], summary[1],
                          summary[2], states[0], states[1]);
  return llvm::to_vector(ValueRange(op.getResults()));
}

//===----------------------------------------------------------------------===//
// A transition that is linear in what it adds
//===----------------------------------------------------------------------===//

seq::BodySemantics TideOp::getSemantics() {
  return seq::getLeadingSemantics(*this);
}

SmallVector<Value> TideOp::buildElement(OpBuilder &b, Location loc,
                                        ValueRange elements, ValueRange) {
  Value pull = elements[0];
  Value one = seq::buildConstantLike(b, loc, pull.getType(), 1.0);
  Value rest = arith::SubFOp::create(b, loc, one, pull);
  Value added = arith::MulFOp::create(b, loc, rest, elements[2]);
  return {math::FmaOp::create(b, loc, pull, elements[1], added)};
}

SmallVector<OpOperand *> TideOp::getStateOperands() {
  return {&getStateMutable()};
}

SmallVector<OpOperand *> TideOp::getElementOperands() {
  return {&getPullMutable(), &getFloodMutable()};
}

/// A summary is (the product of the pulls, the state from nothing).
SmallVector<Type> TideOp::getSummaryTypes() {
  return {getPull().getType(), getState().getType()};
}

SmallVector<Value> TideOp::buildIdentity(OpBuilder &b, Location loc) {
  return {seq::buildConstantLike(b, loc, getPull().getType(), 1.0),
          seq::buildConstantLike(b, loc, getState().getType(), 0.0)};
}

SmallVector<Value> TideOp::buildExtend(OpBuilder &b, Location loc,
                                       ValueRange summary, ValueRange element) {
  Type state = summary[1].getType();
  return {arith::MulFOp::create(b, loc, summary[0], element[0]),
          TideOp::create(b, loc, state, element[0], summary[1], element[1])};
}

SmallVector<Value> TideOp::buildCompose(OpBuilder &b, Location loc,
                                        ValueRange earlier, ValueRange later) {
  return {arith::MulFOp::create(b, loc, earlier[0], later[0]),
          buildApply(b, loc, later, {earlier[1]})[0]};
}

SmallVector<Value> TideOp::buildApply(OpBuilder &b, Location loc,
                                      ValueRange summary, ValueRange states) {
  auto plus = seq::SemiringAttr::get(b.getContext(), seq::Semiring::PlusTimes);
  return {seq::AffineOp::create(b, loc, states[0].getType(), summary[0],
                                states[0], summary[1], UnitAttr(), plus,
                                UnitAttr())};
}

SmallVector<OpOperand *> TideOp::getGainOperands() {
  return {&getFloodMutable()};
}

SmallVector<Value> TideOp::buildAdjoint(OpBuilder &b, Location loc,
                                        ValueRange summary, unsigned,
                                        Value rows) {
  return {seq::buildScaledRows(b, loc, rows, summary[0])};
}

//===----------------------------------------------------------------------===//
// The cell
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<Value>> QuaverOp::expand(OpBuilder &builder) {
  Location loc = getLoc();
  auto type = cast<RankedTensorType>(getY().getType());
  Value time = seq::getExtent(builder, loc, getValues(), 0);
  Value channels = seq::getExtent(builder, loc, getValues(), 1);
  using E = seq::IndexEntry;
  seq::IndexList sequence = {E::time(), E::domain(0)}, state = {E::domain(0)};
  seq::ScanOperands scan(loc);
  scan.domain = {channels};
  scan.time = time;
  scan.inputs = {{getValues(), sequence}, {getWeights(), sequence}};
  scan.outs = {
      {seq::buildEmpty(builder, loc, type, {time, channels}), sequence}};
  scan.carries = {{getSum(), state}, {getExponent(), state}};
  auto op = seq::ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, seq::ScanBody body) {
        Type element = body.carries[0].getType();
        Value fade = arith::ConstantOp::create(b, loc, getFadeAttr());
        auto ebb =
            EbbOp::create(b, loc, element, element, fade, body.inputs[0],
                          body.inputs[1], body.carries[0], body.carries[1]);
        seq::YieldOp::create(b, loc, ebb.getNextSum(),
                             ValueRange(ebb.getResults()));
      });
  return SmallVector<Value>(op.getResults());
}
