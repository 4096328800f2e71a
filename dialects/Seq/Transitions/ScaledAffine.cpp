//===- ScaledAffine.cpp - sums that share a running exponent --------------===//

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

static ParseResult parseExp(OpAsmParser &parser,
                            OpAsmParser::UnresolvedOperand &operand) {
  return failure(parser.parseKeyword("exp") || parser.parseLParen() ||
                 parser.parseOperand(operand) || parser.parseRParen());
}

ParseResult ScaledAffineOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand decay, weight;
  SmallVector<OpAsmParser::UnresolvedOperand> states, values;
  SmallVector<Type> types;
  if (parseExp(parser, decay) || parser.parseStar() ||
      parseValueList(parser, states) || parser.parsePlus() ||
      parseExp(parser, weight) || parser.parseStar() ||
      parseValueList(parser, values) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonTypeList(types))
    return failure();
  if (states.empty() || types.size() != states.size() ||
      values.size() + 1 != states.size())
    return parser.emitError(parser.getNameLoc(),
                            "needs an exponent, sums, and as many values and "
                            "types as those, found ")
           << states.size() << " carries, " << values.size() << " values and "
           << types.size() << " types";
  if (parser.resolveOperand(decay, types[0], result.operands) ||
      parser.resolveOperand(weight, types[0], result.operands) ||
      parser.resolveOperands(states, types, parser.getNameLoc(),
                             result.operands) ||
      parser.resolveOperands(values, ArrayRef<Type>(types).drop_front(),
                             parser.getNameLoc(), result.operands))
    return failure();
  result.addTypes(types);
  return success();
}

void ScaledAffineOp::print(OpAsmPrinter &printer) {
  printer << " exp(" << getDecay() << ") * (" << getExponent() << ", "
          << getSums() << ") + exp(" << getWeight() << ") * (" << getValues()
          << ')';
  printer.printOptionalAttrDict((*this)->getAttrs());
  printer << " : " << getExponent().getType() << ", " << getSums().getTypes();
}

LogicalResult ScaledAffineOp::verify() {
  if (getSums().empty())
    return emitOpError("needs one sum at least, found none");
  for (auto [sum, value, next] :
       llvm::zip(getSums(), getValues(), getNextSums())) {
    Type type = sum.getType();
    if (value.getType() != type || next.getType() != type)
      return emitOpError("needs a sum, its value and its result of one type, "
                         "found ")
             << type << ", " << value.getType() << " and " << next.getType();
    if (failed(
            expectLeading(*this, "an exponent", getExponent().getType(), type)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

bool ScaledAffineOp::isComposite() { return true; }

SmallVector<Value> ScaledAffineOp::decompose(OpBuilder &b, Location loc) {
  Type type = getExponent().getType();
  auto element = cast<FloatType>(getElementTypeOrSelf(type));
  auto lowest = APFloat::getLargest(element.getFloatSemantics(), true);
  Value faded = arith::AddFOp::create(b, loc, getExponent(), getDecay());
  Value next = arith::MaximumFOp::create(b, loc, faded, getWeight());
  // Both may be -inf, which would subtract to NaN: an empty sum stays empty.
  Value finite = buildRepeated(
      b, loc,
      arith::ConstantOp::create(b, loc, b.getFloatAttr(element, lowest)), type);
  Value base = arith::MaximumFOp::create(b, loc, next, finite);
  auto scale = [&](Value exponent) -> Value {
    return math::ExpOp::create(b, loc,
                               arith::SubFOp::create(b, loc, exponent, base));
  };
  Value kept = scale(faded), added = scale(getWeight());
  SmallVector<Value> results = {next};
  for (auto [sum, value] : llvm::zip(getSums(), getValues())) {
    Value all = buildRepeated(b, loc, added, value.getType());
    Value gain = arith::MulFOp::create(b, loc, all, value);
    results.push_back(AffineOp::create(
        b, loc, sum.getType(), kept, sum, gain, UnitAttr(),
        SemiringAttr::get(b.getContext(), Semiring::PlusTimes), UnitAttr()));
  }
  return results;
}

//===----------------------------------------------------------------------===//
// Summaries: the whole fade, and what the steps make of an empty sum
//===----------------------------------------------------------------------===//

SmallVector<OpOperand *> ScaledAffineOp::getStateOperands() {
  SmallVector<OpOperand *> states = {&getExponentMutable()};
  for (OpOperand &sum : getSumsMutable())
    states.push_back(&sum);
  return states;
}

SmallVector<OpOperand *> ScaledAffineOp::getElementOperands() {
  SmallVector<OpOperand *> element = {&getDecayMutable(), &getWeightMutable()};
  for (OpOperand &value : getValuesMutable())
    element.push_back(&value);
  return element;
}

SmallVector<Type> ScaledAffineOp::getSummaryTypes() {
  Type exponent = getExponent().getType();
  SmallVector<Type> types = {exponent, exponent};
  llvm::append_range(types, getSums().getTypes());
  return types;
}

SmallVector<Value> ScaledAffineOp::buildIdentity(OpBuilder &b, Location loc) {
  Type exponent = getExponent().getType();
  SmallVector<Value> summary = {
      buildConstantLike(b, loc, exponent, 0.0),
      buildConstantLike(b, loc, exponent,
                        -std::numeric_limits<double>::infinity())};
  for (Type type : getSums().getTypes())
    summary.push_back(buildConstantLike(b, loc, type, 0.0));
  return summary;
}

SmallVector<Value> ScaledAffineOp::buildExtend(OpBuilder &b, Location loc,
                                               ValueRange summary,
                                               ValueRange element) {
  return buildCompose(b, loc, summary, element);
}

SmallVector<Value> ScaledAffineOp::buildCompose(OpBuilder &b, Location loc,
                                                ValueRange earlier,
                                                ValueRange later) {
  SmallVector<Value> summary = {
      arith::AddFOp::create(b, loc, earlier[0], later[0])};
  llvm::append_range(summary, buildApply(b, loc, later, earlier.drop_front()));
  return summary;
}

SmallVector<Value> ScaledAffineOp::buildApply(OpBuilder &b, Location loc,
                                              ValueRange summary,
                                              ValueRange states) {
  auto op = ScaledAffineOp::create(b, loc, states.getTypes(), summary[0],
                                   summary[1], states[0], states.drop_front(),
                                   summary.drop_front(2));
  return llvm::to_vector(ValueRange(op->getResults()));
}
