//===- Affine.cpp - s' = a s + b ------------------------------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc::seq;

ParseResult AffineOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand decay, state, gain;
  Type type;
  bool logDecay = succeeded(parser.parseOptionalKeyword("exp"));
  if (logDecay && parser.parseLParen())
    return failure();
  if (parser.parseOperand(decay) || (logDecay && parser.parseRParen()) ||
      parser.parseStar() || parser.parseOperand(state) || parser.parsePlus() ||
      parser.parseOperand(gain) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonType(type) ||
      parser.resolveOperands({decay, state, gain}, type, result.operands))
    return failure();
  if (logDecay)
    result.addAttribute("log_decay", parser.getBuilder().getUnitAttr());
  result.addTypes(type);
  return success();
}

void AffineOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  if (getLogDecay())
    printer << "exp(" << getDecay() << ")";
  else
    printer << getDecay();
  printer << " * " << getState() << " + " << getGain();
  SmallVector<StringRef> elided = {"log_decay"};
  if (getSemiring() == Semiring::PlusTimes)
    elided.push_back("semiring");
  printer.printOptionalAttrDict((*this)->getAttrs(), elided);
  printer << " : " << getResult().getType();
}

LogicalResult AffineOp::verify() {
  if (getLogDecay() && getSemiring() != Semiring::PlusTimes)
    return emitOpError("takes exp(decay) over plus_times only, found ")
           << stringifySemiring(getSemiring());
  return success();
}

BodySemantics AffineOp::getSemantics() {
  return getElementwiseSemantics(*this);
}

/// Affine maps compose over every semiring.
LogicalResult AffineOp::isAssociative(std::string &) { return success(); }

static Value add(OpBuilder &b, Location loc, Value x, Value y) {
  return arith::AddFOp::create(b, loc, x, y);
}

static Value multiplyAdd(OpBuilder &b, Location loc, Value x, Value y,
                         Value z) {
  return math::FmaOp::create(b, loc, x, y, z);
}

Value seqc::seq::buildSemiringFma(OpBuilder &b, Location loc, Semiring semiring,
                                  Value x, Value y, Value z) {
  if (semiring == Semiring::PlusTimes)
    return multiplyAdd(b, loc, x, y, z);
  Value product = add(b, loc, x, y);
  Value high = arith::MaximumFOp::create(b, loc, product, z);
  if (semiring == Semiring::MaxPlus)
    return high;
  // log(exp(product) + exp(z)) with the larger exponent taken out; equal
  // infinities would otherwise subtract to NaN.
  Value low = arith::MinimumFOp::create(b, loc, product, z);
  Value gap = arith::SubFOp::create(b, loc, low, high);
  Value rest = math::Log1pOp::create(b, loc, math::ExpOp::create(b, loc, gap));
  Value equal =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, low, high);
  Value log2 = buildConstantLike(b, loc, high.getType(), 0.6931471805599453);
  return add(b, loc, high, arith::SelectOp::create(b, loc, equal, log2, rest));
}

SmallVector<Value> AffineOp::buildElement(OpBuilder &b, Location loc,
                                          ValueRange elements, ValueRange) {
  Value decay = elements[0];
  if (getLogDecay())
    decay = math::ExpOp::create(b, loc, decay);
  return {
      buildSemiringFma(b, loc, getSemiring(), decay, elements[1], elements[2])};
}

SmallVector<OpOperand *> AffineOp::getStateOperands() {
  return {&getStateMutable()};
}

SmallVector<OpOperand *> AffineOp::getElementOperands() {
  return {&getDecayMutable(), &getGainMutable()};
}

SmallVector<Type> AffineOp::getSummaryTypes() {
  return {getDecay().getType(), getGain().getType()};
}

SmallVector<Value> AffineOp::buildIdentity(OpBuilder &b, Location loc) {
  Type type = getResult().getType();
  bool plusTimes = getSemiring() == Semiring::PlusTimes;
  double one = plusTimes && !getLogDecay() ? 1.0 : 0.0;
  double zero = plusTimes ? 0.0 : -std::numeric_limits<double>::infinity();
  return {buildConstantLike(b, loc, type, one),
          buildConstantLike(b, loc, type, zero)};
}

SmallVector<Value> AffineOp::buildExtend(OpBuilder &b, Location loc,
                                         ValueRange summary,
                                         ValueRange element) {
  return buildCompose(b, loc, summary, element);
}

SmallVector<Value> AffineOp::buildCompose(OpBuilder &b, Location loc,
                                          ValueRange earlier,
                                          ValueRange later) {
  bool adds = getLogDecay() || getSemiring() != Semiring::PlusTimes;
  Value decay =
      adds ? add(b, loc, earlier[0], later[0])
           : Value(arith::MulFOp::create(b, loc, earlier[0], later[0]));
  return {decay, buildApply(b, loc, later, {earlier[1]})[0]};
}

SmallVector<Value> AffineOp::buildApply(OpBuilder &b, Location loc,
                                        ValueRange summary, ValueRange states) {
  return {AffineOp::create(b, loc, states[0].getType(), summary[0], states[0],
                           summary[1], getLogDecayAttr(), getSemiringAttr())};
}
