//===- ElementwiseGeneric.cpp - linalg.generic as ops of a body -----------===//

#include "passes/Support/ElementwiseGeneric.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

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
  auto shaped = dyn_cast<ShapedType>(like);
  auto lift = [&](Type element) -> Type {
    return shaped ? Type(shaped.clone(element)) : element;
  };
  IRMapping mapping;
  for (auto [argument, value] :
       llvm::zip(generic.getBody()->getArguments(), arguments))
    mapping.map(argument, value);
  auto lookUp = [&](Value value) -> Value {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Value lifted;
    if (auto constant = value.getDefiningOp<arith::ConstantOp>()) {
      auto attr = cast<TypedAttr>(constant.getValue());
      if (shaped)
        attr = SplatElementsAttr::get(cast<ShapedType>(lift(value.getType())),
                                      Attribute(attr));
      lifted = arith::ConstantOp::create(b, constant.getLoc(), attr);
    } else {
      lifted = vector::BroadcastOp::create(b, value.getLoc(),
                                           lift(value.getType()), value);
    }
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

/// The number that all of `value` is.
static std::optional<APFloat> findRepeated(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    value = fill.getInputs().front();
  FloatAttr number;
  if (matchPattern(value, m_Constant(&number)))
    return number.getValue();
  DenseFPElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)) && elements.isSplat())
    return elements.getSplatValue<APFloat>();
  return std::nullopt;
}

bool seqc::isContraction(linalg::GenericOp generic) {
  auto isProjected = [](AffineMap map) { return map.isProjectedPermutation(); };
  Block *body = generic.getBody();
  if (generic.getNumDpsInputs() != 2 || generic->getNumResults() != 1 ||
      !llvm::all_of(generic.getIndexingMapsArray(), isProjected))
    return false;
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  Value out = body->getArgument(2);
  if (!sum || llvm::range_size(body->without_terminator()) != 2 ||
      !llvm::is_contained(sum->getOperands(), out))
    return false;
  Value term = sum.getLhs() == out ? sum.getRhs() : sum.getLhs();
  auto product = term.getDefiningOp<arith::MulFOp>();
  auto isFactor = [&](unsigned i) {
    return llvm::is_contained(product->getOperands(), body->getArgument(i));
  };
  std::optional<APFloat> first =
      findRepeated(generic.getDpsInitOperand(0)->get());
  return product && isFactor(0) && isFactor(1) && first && first->isZero();
}

std::optional<seq::ReduceKind> seqc::findReduceKind(linalg::GenericOp generic) {
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  auto ops = generic.getBody()->without_terminator();
  if (generic.getNumReductionLoops() == 0 || maps.size() != 2 ||
      generic->getNumResults() != 1 || !maps[0].isPermutation() ||
      !maps[1].isProjectedPermutation() || !llvm::hasSingleElement(ops))
    return std::nullopt;
  Operation &op = *ops.begin();
  std::optional<APFloat> first =
      findRepeated(generic.getDpsInitOperand(0)->get());
  ValueRange operands = op.getOperands(),
             arguments = generic.getBody()->getArguments();
  if (!first || operands.size() != 2 ||
      !llvm::is_contained(operands, arguments[0]) ||
      !llvm::is_contained(operands, arguments[1]))
    return std::nullopt;
  if (isa<arith::AddFOp>(op) && first->isZero())
    return seq::ReduceKind::Add;
  if (isa<arith::MulFOp>(op) && first->isExactlyValue(1))
    return seq::ReduceKind::Mul;
  if (isa<arith::MaximumFOp>(op) && first->isInfinity() && first->isNegative())
    return seq::ReduceKind::Max;
  if (isa<arith::MinimumFOp>(op) && first->isInfinity() && !first->isNegative())
    return seq::ReduceKind::Min;
  return std::nullopt;
}
