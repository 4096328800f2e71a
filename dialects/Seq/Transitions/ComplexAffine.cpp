//===- ComplexAffine.cpp - z' = a z + b with complex numbers --------------===//

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

ParseResult ComplexAffineOp::parse(OpAsmParser &parser,
                                   OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand, 2> decay, state, gain;
  Type decayType, type;
  bool log = succeeded(parser.parseOptionalKeyword("exp"));
  if (parseValueList(parser, decay) || parser.parseStar() ||
      parseValueList(parser, state) || parser.parsePlus() ||
      parseValueList(parser, gain))
    return failure();
  if (decay.size() != 2 || state.size() != 2 || gain.size() != 2)
    return parser.emitError(parser.getNameLoc(),
                            "needs a real and an imaginary part of each");
  if (parser.parseOptionalAttrDict(result.attributes) || parser.parseColon() ||
      parseDecayType(parser, decayType, type) ||
      parser.resolveOperands(decay, decayType, result.operands) ||
      parser.resolveOperands(state, type, result.operands) ||
      parser.resolveOperands(gain, type, result.operands))
    return failure();
  if (log)
    result.addAttribute("log_decay", parser.getBuilder().getUnitAttr());
  result.addTypes({type, type});
  return success();
}

void ComplexAffineOp::print(OpAsmPrinter &printer) {
  printer << (getLogDecay() ? " exp(" : " (") << getDecayReal() << ", "
          << getDecayImag() << ") * (" << getReal() << ", " << getImag()
          << ") + (" << getGainReal() << ", " << getGainImag() << ')';
  printer.printOptionalAttrDict((*this)->getAttrs(), {"log_decay"});
  printer << " : ";
  printDecayType(printer, getDecayReal().getType(), getReal().getType());
}

LogicalResult ComplexAffineOp::verify() {
  return expectLeading(*this, "a decay", getDecayReal().getType(),
                       getReal().getType());
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

BodySemantics ComplexAffineOp::getSemantics() {
  return getLeadingSemantics(*this);
}

/// (x + i y)(u + i v) + (p + i q), where p and q may be missing.
static SmallVector<Value> multiplyComplex(OpBuilder &b, Location loc, Value x,
                                          Value y, Value u, Value v,
                                          Value p = {}, Value q = {}) {
  auto fma = [&](Value l, Value r, Value sum) -> Value {
    if (!sum)
      return arith::MulFOp::create(b, loc, l, r);
    return math::FmaOp::create(b, loc, l, r, sum);
  };
  Value turned = arith::NegFOp::create(b, loc, y);
  return {fma(x, u, fma(turned, v, p)), fma(x, v, fma(y, u, q))};
}

/// The decay that exp(log + i angle) stands for.
static std::pair<Value, Value> buildPolar(OpBuilder &b, Location loc, Value log,
                                          Value angle) {
  Value size = math::ExpOp::create(b, loc, log);
  Value cosine = math::CosOp::create(b, loc, angle);
  Value sine = math::SinOp::create(b, loc, angle);
  return {arith::MulFOp::create(b, loc, size, cosine),
          arith::MulFOp::create(b, loc, size, sine)};
}

SmallVector<Value> ComplexAffineOp::buildElement(OpBuilder &b, Location loc,
                                                 ValueRange elements,
                                                 ValueRange) {
  Value x = elements[0], y = elements[1];
  if (getLogDecay())
    std::tie(x, y) = buildPolar(b, loc, x, y);
  return multiplyComplex(b, loc, x, y, elements[2], elements[3], elements[4],
                         elements[5]);
}

//===----------------------------------------------------------------------===//
// Summaries
//===----------------------------------------------------------------------===//

SmallVector<OpOperand *> ComplexAffineOp::getStateOperands() {
  return {&getRealMutable(), &getImagMutable()};
}

SmallVector<OpOperand *> ComplexAffineOp::getElementOperands() {
  return {&getDecayRealMutable(), &getDecayImagMutable(), &getGainRealMutable(),
          &getGainImagMutable()};
}

SmallVector<Type> ComplexAffineOp::getSummaryTypes() {
  Type decay = getDecayReal().getType(), gain = getReal().getType();
  return {decay, decay, gain, gain};
}

SmallVector<Value> ComplexAffineOp::buildIdentity(OpBuilder &b, Location loc) {
  Type decay = getDecayReal().getType(), gain = getReal().getType();
  return {buildConstantLike(b, loc, decay, getLogDecay() ? 0.0 : 1.0),
          buildConstantLike(b, loc, decay, 0.0),
          buildConstantLike(b, loc, gain, 0.0),
          buildConstantLike(b, loc, gain, 0.0)};
}

SmallVector<Value> ComplexAffineOp::buildExtend(OpBuilder &b, Location loc,
                                                ValueRange summary,
                                                ValueRange element) {
  return buildCompose(b, loc, summary, element);
}

SmallVector<Value> ComplexAffineOp::buildCompose(OpBuilder &b, Location loc,
                                                 ValueRange earlier,
                                                 ValueRange later) {
  SmallVector<Value> summary;
  if (getLogDecay())
    for (unsigned part : {0, 1})
      summary.push_back(
          arith::AddFOp::create(b, loc, earlier[part], later[part]));
  else
    summary =
        multiplyComplex(b, loc, later[0], later[1], earlier[0], earlier[1]);
  llvm::append_range(summary, buildApply(b, loc, later, earlier.drop_front(2)));
  return summary;
}

SmallVector<Value> ComplexAffineOp::buildApply(OpBuilder &b, Location loc,
                                               ValueRange summary,
                                               ValueRange states) {
  Type type = states[0].getType();
  auto op = ComplexAffineOp::create(b, loc, type, type, summary[0], summary[1],
                                    states[0], states[1], summary[2],
                                    summary[3], getLogDecayAttr());
  return llvm::to_vector(ValueRange(op.getResults()));
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

SmallVector<OpOperand *> ComplexAffineOp::getGainOperands() {
  if (getStateShape(getDecayReal().getType()).size() > 1 ||
      getStateShape(getReal().getType()).empty())
    return {};
  return {&getGainRealMutable(), &getGainImagMutable()};
}

SmallVector<Value> ComplexAffineOp::buildAdjoint(OpBuilder &b, Location loc,
                                                 ValueRange summary,
                                                 unsigned state, Value rows) {
  Value x = summary[0], y = summary[1];
  if (getLogDecay())
    std::tie(x, y) = buildPolar(b, loc, x, y);
  Value kept = buildScaledRows(b, loc, rows, x);
  Value turned = buildScaledRows(b, loc, rows, y);
  // The real part after is x times that before less y times the imaginary one.
  if (state == 0)
    return {kept, arith::NegFOp::create(b, loc, turned)};
  return {turned, kept};
}
