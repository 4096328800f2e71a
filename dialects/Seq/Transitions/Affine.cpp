//===- Affine.cpp - s' = a s + b ------------------------------------------===//

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

ParseResult AffineOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand decay, state, gain;
  Type decayType, type;
  bool log = succeeded(parser.parseOptionalKeyword("exp"));
  bool matrix = !log && succeeded(parser.parseOptionalKeyword("matrix"));
  bool wrapped = log || matrix;
  if ((wrapped && parser.parseLParen()) || parser.parseOperand(decay) ||
      (wrapped && parser.parseRParen()) || parser.parseStar() ||
      parser.parseOperand(state) || parser.parsePlus() ||
      parser.parseOperand(gain) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColon() ||
      parseDecayType(parser, decayType, type) ||
      parser.resolveOperand(decay, decayType, result.operands) ||
      parser.resolveOperands({state, gain}, type, result.operands))
    return failure();
  UnitAttr unit = parser.getBuilder().getUnitAttr();
  if (log)
    result.addAttribute("log_decay", unit);
  if (matrix)
    result.addAttribute("full", unit);
  result.addTypes(type);
  return success();
}

void AffineOp::print(OpAsmPrinter &printer) {
  StringRef form = getFull() ? "matrix" : getLogDecay() ? "exp" : "";
  printer << ' ' << form;
  if (form.empty())
    printer << getDecay();
  else
    printer << '(' << getDecay() << ')';
  printer << " * " << getState() << " + " << getGain();
  SmallVector<StringRef> elided = {"log_decay", "full"};
  if (getSemiring() == Semiring::PlusTimes)
    elided.push_back("semiring");
  printer.printOptionalAttrDict((*this)->getAttrs(), elided);
  printer << " : ";
  printDecayType(printer, getDecay().getType(), getResult().getType());
}

LogicalResult AffineOp::verify() {
  if (getLogDecay() && getSemiring() != Semiring::PlusTimes)
    return emitOpError("takes exp(decay) over plus_times only, found ")
           << stringifySemiring(getSemiring());
  if (getLogDecay() && getFull())
    return emitOpError("takes exp(decay) of numbers only, found a matrix");
  Type decay = getDecay().getType(), state = getState().getType();
  if (!getFull())
    return expectLeading(*this, "a decay", decay, state);
  ArrayRef<int64_t> a = getStateShape(decay), s = getStateShape(state);
  if (a.size() != 2 || s.empty() || a[0] != a[1] || a[0] != s[0] ||
      getElementTypeOrSelf(decay) != getElementTypeOrSelf(state))
    return emitOpError("needs a square matrix over the first dimension of ")
           << state << ", found " << decay;
  return success();
}

/// The number that every element of `value` is, or the column that it repeats;
/// null if it is neither.
static Value getRepeated(PatternRewriter &rewriter, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    return splat.getInput();
  if (auto repeat = value.getDefiningOp<BroadcastOp>()) {
    auto operand = cast<RankedTensorType>(repeat.getOperand().getType());
    auto added = llvm::to_vector(
        llvm::seq<int64_t>(operand.getRank(), type.getRank()));
    return repeat.getDims() == ArrayRef<int64_t>(added) ? repeat.getOperand()
                                                        : Value();
  }
  DenseFPElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return Value();
  return arith::ConstantOp::create(
      rewriter, value.getLoc(),
      FloatAttr::get(type.getElementType(), elements.getSplatValue<APFloat>()));
}

/// A decay that repeats numbers of the leading dimensions becomes these, which
/// keeps summaries small and tells that columns decay alike.
LogicalResult AffineOp::canonicalize(AffineOp op, PatternRewriter &rewriter) {
  if (op.getFull() || getStateShape(op.getDecay().getType()).size() < 2)
    return failure();
  Value repeated = getRepeated(rewriter, op.getDecay());
  if (!repeated)
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getDecayMutable().assign(repeated); });
  return success();
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

Value seqc::seq::buildSemiringFma(OpBuilder &b, Location loc, Semiring semiring,
                                  Value x, Value y, Value z) {
  if (semiring == Semiring::PlusTimes)
    return math::FmaOp::create(b, loc, x, y, z);
  Value product = arith::AddFOp::create(b, loc, x, y);
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
  return arith::AddFOp::create(
      b, loc, high, arith::SelectOp::create(b, loc, equal, log2, rest));
}

BodySemantics AffineOp::getSemantics() { return getLeadingSemantics(*this); }

SmallVector<Value> AffineOp::buildElement(OpBuilder &b, Location loc,
                                          ValueRange elements, ValueRange) {
  Value decay = elements[0];
  if (getLogDecay())
    decay = math::ExpOp::create(b, loc, decay);
  return {
      buildSemiringFma(b, loc, getSemiring(), decay, elements[1], elements[2])};
}

/// A row's decay, given as its logarithm, is exponentiated once for the row.
static bool hasLogRows(AffineOp op) {
  return op.getLogDecay() && op.getDecay().getType() != op.getState().getType();
}

bool AffineOp::isComposite() { return getFull() || hasLogRows(*this); }

SmallVector<Value> AffineOp::decompose(OpBuilder &b, Location loc) {
  if (hasLogRows(*this)) {
    auto step = cast<AffineOp>(b.clone(**this));
    step.setLogDecay(false);
    OpBuilder before(step);
    step.getDecayMutable().assign(
        math::ExpOp::create(before, loc, getDecay()).getResult());
    return {step.getResult()};
  }
  Value product =
      buildMatrixProduct(b, loc, getSemiring(), getDecay(), getState());
  return {buildSemiringSum(b, loc, getSemiring(), product, getGain())};
}

//===----------------------------------------------------------------------===//
// Summaries
//===----------------------------------------------------------------------===//

LogicalResult AffineOp::isAssociative(std::string &reason) {
  if (getFull())
    return expectStatic(getState().getType(), reason);
  return success();
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
  Type type = getDecay().getType();
  Value zero =
      buildConstantLike(b, loc, getGain().getType(), getZero(getSemiring()));
  if (getFull())
    return {buildIdentityMatrix(b, loc, getSemiring(), type), zero};
  double one = getLogDecay() ? 0.0 : getOne(getSemiring());
  return {buildConstantLike(b, loc, type, one), zero};
}

SmallVector<Value> AffineOp::buildExtend(OpBuilder &b, Location loc,
                                         ValueRange summary,
                                         ValueRange element) {
  return buildCompose(b, loc, summary, element);
}

SmallVector<Value> AffineOp::buildCompose(OpBuilder &b, Location loc,
                                          ValueRange earlier,
                                          ValueRange later) {
  Value decay;
  if (getFull())
    decay = buildMatrixProduct(b, loc, getSemiring(), later[0], earlier[0]);
  else if (getLogDecay())
    decay = arith::AddFOp::create(b, loc, earlier[0], later[0]);
  else
    decay = buildSemiringProduct(b, loc, getSemiring(), earlier[0], later[0]);
  return {decay, buildApply(b, loc, later, {earlier[1]})[0]};
}

SmallVector<Value> AffineOp::buildApply(OpBuilder &b, Location loc,
                                        ValueRange summary, ValueRange states) {
  return {AffineOp::create(b, loc, states[0].getType(), summary[0], states[0],
                           summary[1], getLogDecayAttr(), getSemiringAttr(),
                           getFullAttr())};
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

SmallVector<OpOperand *> AffineOp::getGainOperands() {
  bool isRow = getFull() || getStateShape(getDecay().getType()).size() <= 1;
  if (getSemiring() != Semiring::PlusTimes || !isRow ||
      getStateShape(getState().getType()).empty())
    return {};
  return {&getGainMutable()};
}

SmallVector<Value> AffineOp::buildAdjoint(OpBuilder &b, Location loc,
                                          ValueRange summary, unsigned,
                                          Value rows) {
  if (getFull())
    return {buildRowsTimes(b, loc, rows, summary[0])};
  Value decay = summary[0];
  if (getLogDecay())
    decay = math::ExpOp::create(b, loc, decay);
  return {buildScaledRows(b, loc, rows, decay)};
}
