//===- InitialValues.cpp - what a derived state begins with ---------------===//

#include "passes/Sequence/InitialValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "passes/Support/WeightExpression.h"

using namespace mlir;
using namespace seqc;

/// The elements of a tensor that repeats one number or is a constant.
static Attribute getElements(Value value) {
  DenseElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)))
    return elements;
  auto fill = value.getDefiningOp<linalg::FillOp>();
  TypedAttr number;
  if (!fill || !matchPattern(fill.getInputs()[0], m_Constant(&number)))
    return {};
  auto type = RankedTensorType::get({1}, number.getType());
  return DenseElementsAttr::get(type, Attribute(number));
}

/// The elements where every dynamic extent is one.
static int64_t countSlot(Value value) {
  int64_t count = 1;
  for (int64_t extent : cast<RankedTensorType>(value.getType()).getShape())
    count *= ShapedType::isDynamic(extent) ? 1 : extent;
  return count;
}

/// Whether `op` repeats its operand along dimensions and does nothing else.
static bool isBroadcast(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      !op.getIndexingMapsArray()[1].isIdentity())
    return false;
  auto yield = cast<linalg::YieldOp>(op.getBody()->getTerminator());
  if (yield.getOperand(0) != op.getBody()->getArgument(0))
    return false;
  int64_t last = -1;
  for (AffineExpr expr : op.getIndexingMapsArray()[0].getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || int64_t(dim.getPosition()) <= last)
      return false;
    last = dim.getPosition();
  }
  return true;
}

/// What `op` has the elements of, in their order, where every dynamic extent is
/// one.
static Value getSameElements(Operation *op) {
  if (!op)
    return {};
  if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return op->getOperand(0);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return areAllConstantIntValue(slice.getMixedOffsets(), 0) &&
                   areAllConstantIntValue(slice.getMixedStrides(), 1)
               ? slice.getSource()
               : Value();
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && isBroadcast(generic) ? generic.getInputs()[0] : Value();
}

/// The one number that `value` is a part or a repetition of, as PyTorch makes
/// the first states of all layers at once.
static Attribute getOneNumber(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    auto elements = dyn_cast_or_null<DenseElementsAttr>(getElements(value));
    if (elements && elements.isSplat())
      return DenseElementsAttr::get(
          RankedTensorType::get({1}, elements.getElementType()),
          elements.getSplatValue<Attribute>());
    auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
    value = slice ? slice.getSource() : getSameElements(op);
    if (!value)
      return {};
  }
  return {};
}

Attribute seqc::getInitialValue(Value value, SymbolTable &symbols) {
  if (Attribute elements = getElements(value))
    return elements;
  if (Attribute number = getOneNumber(value))
    return number;
  int64_t count = countSlot(value);
  while (value && countSlot(value) == count) {
    if (auto load = value.getDefiningOp<seq::LoadWeightOp>())
      return load.getWeightAttr();
    // As many numbers as a slot of the batch begins with.
    if (Attribute elements = getElements(value))
      return elements;
    if (isWeightExpression(value))
      return FlatSymbolRefAttr::get(outlineWeight(value, "initial", symbols));
    value = getSameElements(value.getDefiningOp());
  }
  return {};
}
