//===- Matrix.cpp - s' = A s over a semiring ------------------------------===//

#include "dialects/Seq/Transitions/Transition.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult MatrixOp::verify() {
  Type matrix = getMatrix().getType(), state = getState().getType();
  ArrayRef<int64_t> a = getStateShape(matrix), s = getStateShape(state);
  Type element = getElementTypeOrSelf(matrix);
  if (a.size() == 2 && !s.empty() && a[0] == a[1] && a[0] == s[0] &&
      isa<FloatType>(element) && element == getElementTypeOrSelf(state))
    return success();
  return emitOpError("needs a square matrix of floats over the first dimension "
                     "of ")
         << state << ", found " << matrix;
}

/// `product` with every row scaled, where `rows` is there.
static Value scaleRows(OpBuilder &b, Location loc, Semiring semiring,
                       Value product, Value rows) {
  if (!rows)
    return product;
  Value all = buildRepeated(b, loc, rows, product.getType());
  return buildSemiringProduct(b, loc, semiring, all, product);
}

bool MatrixOp::isComposite() { return true; }

SmallVector<Value> MatrixOp::decompose(OpBuilder &b, Location loc) {
  Value product =
      buildMatrixProduct(b, loc, getSemiring(), getMatrix(), getState());
  return {scaleRows(b, loc, getSemiring(), product, getRows())};
}

LogicalResult MatrixOp::isAssociative(std::string &reason) {
  return expectStatic(getMatrix().getType(), reason);
}

SmallVector<OpOperand *> MatrixOp::getStateOperands() {
  return {&getStateMutable()};
}

SmallVector<OpOperand *> MatrixOp::getElementOperands() {
  SmallVector<OpOperand *> element = {&getMatrixMutable()};
  for (OpOperand &rows : getRowsMutable())
    element.push_back(&rows);
  return element;
}

SmallVector<Type> MatrixOp::getSummaryTypes() {
  return {getMatrix().getType()};
}

SmallVector<Value> MatrixOp::buildIdentity(OpBuilder &b, Location loc) {
  return {buildIdentityMatrix(b, loc, getSemiring(), getMatrix().getType())};
}

SmallVector<Value> MatrixOp::buildExtend(OpBuilder &b, Location loc,
                                         ValueRange summary,
                                         ValueRange element) {
  Value product =
      buildMatrixProduct(b, loc, getSemiring(), element[0], summary[0]);
  Value rows = element.size() > 1 ? element[1] : Value();
  return {scaleRows(b, loc, getSemiring(), product, rows)};
}

SmallVector<Value> MatrixOp::buildCompose(OpBuilder &b, Location loc,
                                          ValueRange earlier,
                                          ValueRange later) {
  return {buildMatrixProduct(b, loc, getSemiring(), later[0], earlier[0])};
}

SmallVector<Value> MatrixOp::buildApply(OpBuilder &b, Location loc,
                                        ValueRange summary, ValueRange states) {
  return {MatrixOp::create(b, loc, states[0].getType(), summary[0], states[0],
                           /*rows=*/Value(), getSemiringAttr())};
}
