//===- ElementwiseGeneric.cpp - linalg.generic as ops of a body -----------===//

#include "passes/Support/ElementwiseGeneric.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace seqc;

bool seqc::isElementwise(linalg::GenericOp generic) {
  if (generic.getNumLoops() != generic.getNumParallelLoops() ||
      generic->getNumResults() != 1 ||
      !generic.getIndexingMapsArray().back().isIdentity() ||
      generic.payloadUsesValueFromOperand(generic.getDpsInitOperand(0)))
    return false;
  for (AffineMap map : generic.getIndexingMapsArray())
    if (!map.isProjectedPermutation())
      return false;
  // Conversions stay outside: vectors take steps of one type of floats.
  for (Operation &op : generic.getBody()->without_terminator())
    if (op.getNumResults() != 1 || !isPure(&op) ||
        isa<arith::ExtFOp, arith::TruncFOp>(op) ||
        !(OpTrait::hasElementwiseMappableTraits(&op) ||
          isa<arith::ConstantOp>(op)))
      return false;
  // Values from outside the body: constants alone can be cloned into a step.
  WalkResult captures = generic.getBody()->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (operand.getParentBlock() != generic.getBody() &&
          !operand.getDefiningOp<arith::ConstantOp>())
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return !captures.wasInterrupted();
}

Value seqc::cloneElementwise(OpBuilder &b, linalg::GenericOp generic,
                             ArrayRef<Value> arguments, Type like) {
  auto shaped = dyn_cast<RankedTensorType>(like);
  auto lift = [&](Type element) -> Type {
    return shaped ? RankedTensorType::get(shaped.getShape(), element) : element;
  };
  IRMapping mapping;
  for (auto [argument, value] :
       llvm::zip(generic.getBody()->getArguments(), arguments))
    mapping.map(argument, value);
  auto lookUp = [&](Value value) -> Value {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    auto constant = value.getDefiningOp<arith::ConstantOp>();
    auto attr = cast<TypedAttr>(constant.getValue());
    if (shaped)
      attr = SplatElementsAttr::get(cast<ShapedType>(lift(value.getType())),
                                    Attribute(attr));
    Value lifted = arith::ConstantOp::create(b, constant.getLoc(), attr);
    mapping.map(value, lifted);
    return lifted;
  };
  for (Operation &op : generic.getBody()->without_terminator()) {
    if (isa<arith::ConstantOp>(op))
      continue;
    OperationState state(op.getLoc(), op.getName());
    for (Value operand : op.getOperands())
      state.addOperands(lookUp(operand));
    state.addTypes(lift(op.getResult(0).getType()));
    state.addAttributes(op.getDiscardableAttrDictionary().getValue());
    state.propertiesAttr = op.getPropertiesAsAttribute();
    mapping.map(op.getResult(0), b.create(state)->getResult(0));
  }
  return lookUp(generic.getBody()->getTerminator()->getOperand(0));
}
