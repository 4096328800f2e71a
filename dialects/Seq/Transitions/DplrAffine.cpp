//===- DplrAffine.cpp - S' = (diag(w) + a b^T) S + k v^T ------------------===//

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult DplrAffineOp::verify() {
  Type state = getState().getType(), element = getElementTypeOrSelf(state);
  if (!isa<FloatType>(element))
    return emitOpError("needs a state of floats, found ") << state;
  Type decay = getDecay().getType();
  if (decay != element && decay != getRowsType(state))
    return emitOpError("needs a decay for each row of ")
           << state << " or for all of them, found " << decay;
  return success();
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

/// The outer product of a number for each row and a row, which may be a scalar.
static Value buildRows(OpBuilder &b, Location loc, Value rows, Value row,
                       Type type) {
  if (isa<RankedTensorType>(row.getType()))
    return OuterOp::create(b, loc, type, rows, row);
  return arith::MulFOp::create(b, loc, rows, buildRepeated(b, loc, row, type));
}

/// `row`, which may be a scalar, in every row of `type`.
static Value buildRepeatedRow(OpBuilder &b, Location loc, Value row,
                              Type type) {
  if (!isa<RankedTensorType>(row.getType()))
    return tensor::SplatOp::create(b, loc, row, type);
  return BroadcastOp::create(b, loc, type, row, b.getDenseI64ArrayAttr({0}));
}

/// The number by which `rows` is a multiple of `key`; null: it is none that can
/// be seen.
static Value findFactor(OpBuilder &b, Location loc, Value rows, Value key) {
  if (auto negated = rows.getDefiningOp<arith::NegFOp>()) {
    Value factor = findFactor(b, loc, negated.getOperand(), key);
    return factor ? arith::NegFOp::create(b, loc, factor).getResult() : Value();
  }
  auto product = rows.getDefiningOp<arith::MulFOp>();
  if (!product)
    return Value();
  for (auto [part, other] : {std::pair(product.getLhs(), product.getRhs()),
                             std::pair(product.getRhs(), product.getLhs())}) {
    auto splat = other.getDefiningOp<tensor::SplatOp>();
    if (!splat)
      continue;
    if (part == key)
      return splat.getInput();
    if (Value factor = findFactor(b, loc, part, key))
      return arith::MulFOp::create(b, loc, factor, splat.getInput());
  }
  return Value();
}

/// a (b^T S) + k v^T. Where a is a multiple c of k, as in a delta rule, that is
/// k (v + c b^T S)^T: one operation less for each element of the state.
static Value buildTurned(OpBuilder &b, Location loc, ValueRange element,
                         Value read, Type type, SemiringAttr plusTimes) {
  Value key = element[3], value = element[4];
  if (Value factor = findFactor(b, loc, element[1], key)) {
    if (auto row = dyn_cast<RankedTensorType>(read.getType()))
      factor = tensor::SplatOp::create(b, loc, factor, row);
    Value taken = arith::MulFOp::create(b, loc, factor, read);
    Value both = arith::AddFOp::create(b, loc, taken, value);
    return buildRows(b, loc, key, both, type);
  }
  Value gain = buildRows(b, loc, key, value, type);
  return AffineOp::create(b, loc, type, element[1],
                          buildRepeatedRow(b, loc, read, type), gain,
                          UnitAttr(), plusTimes, UnitAttr());
}

/// (diag(w) + a b^T) S, and k v^T added if it `hasGain`.
static Value buildTaken(OpBuilder &b, Location loc, DplrAffineOp op,
                        ValueRange element, Value state, bool hasGain) {
  Type type = state.getType();
  Value read;
  if (getStateShape(type).size() == 1)
    read = DotOp::create(b, loc, getElementTypeOrSelf(type), element[2], state);
  else
    read = VecmatOp::create(b, loc, getRowType(type), element[2], state);
  auto plusTimes = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  Value turned = hasGain ? buildTurned(b, loc, element, read, type, plusTimes)
                         : buildRows(b, loc, element[1], read, type);
  return AffineOp::create(b, loc, type, element[0], state, turned,
                          op.getLogDecayAttr(), plusTimes, UnitAttr());
}

bool DplrAffineOp::isComposite() { return true; }

SmallVector<Value> DplrAffineOp::decompose(OpBuilder &b, Location loc) {
  return {buildTaken(b, loc, *this,
                     {getDecay(), getLeft(), getRight(), getKey(), getValue()},
                     getState(),
                     /*hasGain=*/true)};
}

//===----------------------------------------------------------------------===//
// Summaries: a dense matrix, and what the steps make of an empty state
//===----------------------------------------------------------------------===//

LogicalResult DplrAffineOp::isAssociative(std::string &reason) {
  return expectStatic(getState().getType(), reason);
}

SmallVector<OpOperand *> DplrAffineOp::getStateOperands() {
  return {&getStateMutable()};
}

SmallVector<OpOperand *> DplrAffineOp::getElementOperands() {
  return {&getDecayMutable(), &getLeftMutable(), &getRightMutable(),
          &getKeyMutable(), &getValueMutable()};
}

SmallVector<Type> DplrAffineOp::getSummaryTypes() {
  Type state = getState().getType();
  int64_t rows = getStateShape(state).front();
  return {RankedTensorType::get({rows, rows}, getElementTypeOrSelf(state)),
          state};
}

SmallVector<Value> DplrAffineOp::buildIdentity(OpBuilder &b, Location loc) {
  SmallVector<Type> types = getSummaryTypes();
  return {buildIdentityMatrix(b, loc, Semiring::PlusTimes, types[0]),
          buildConstantLike(b, loc, types[1], 0.0)};
}

SmallVector<Value> DplrAffineOp::buildExtend(OpBuilder &b, Location loc,
                                             ValueRange summary,
                                             ValueRange element) {
  return {buildTaken(b, loc, *this, element, summary[0], /*hasGain=*/false),
          buildTaken(b, loc, *this, element, summary[1], /*hasGain=*/true)};
}

SmallVector<Value> DplrAffineOp::buildCompose(OpBuilder &b, Location loc,
                                              ValueRange earlier,
                                              ValueRange later) {
  return {buildMatrixProduct(b, loc, Semiring::PlusTimes, later[0], earlier[0]),
          buildApply(b, loc, later, {earlier[1]})[0]};
}

SmallVector<Value> DplrAffineOp::buildApply(OpBuilder &b, Location loc,
                                            ValueRange summary,
                                            ValueRange states) {
  return {AffineOp::create(
      b, loc, states[0].getType(), summary[0], states[0], summary[1],
      UnitAttr(), SemiringAttr::get(b.getContext(), Semiring::PlusTimes),
      b.getUnitAttr())};
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

SmallVector<OpOperand *> DplrAffineOp::getGainOperands() {
  return {&getValueMutable()};
}

SmallVector<Value> DplrAffineOp::buildAdjoint(OpBuilder &b, Location loc,
                                              ValueRange summary, unsigned,
                                              Value rows) {
  return {buildRowsTimes(b, loc, rows, summary[0])};
}
