//===- BodySemantics.cpp - how an op of a body runs -----------------------===//

#include "dialects/Seq/BodySemantics.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OpDefinition.h"

using namespace mlir;
using namespace seqc::seq;

BodySemantics seqc::seq::getElementwiseSemantics(Operation *op) {
  BodySemantics semantics;
  auto shaped = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (shaped)
    semantics.extents.assign(shaped.getShape().begin(),
                             shaped.getShape().end());
  unsigned rank = semantics.extents.size();
  semantics.reduced.assign(rank, false);
  MLIRContext *context = op->getContext();
  AffineMap identity = AffineMap::getMultiDimIdentityMap(rank, context);
  AffineMap scalar = AffineMap::get(rank, 0, context);
  for (Value operand : op->getOperands())
    semantics.operandMaps.push_back(
        isa<RankedTensorType>(operand.getType()) ? identity : scalar);
  semantics.resultMaps.assign(op->getNumResults(), identity);
  return semantics;
}

/// Whether `op` maps elements to elements: upstream's scalar and tensor
/// arithmetic, including selects with a scalar condition.
static bool isElementwise(Operation *op) {
  if (op->getNumResults() != 1 || !isPure(op) || op->getNumRegions() != 0)
    return false;
  // The extents of a splat of dynamic shape are operands, not a space's.
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return splat.getDynamicSizes().empty();
  if (op->hasTrait<OpTrait::Elementwise>())
    return true;
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  StringRef dialect = op->getDialect()->getNamespace();
  return (dialect == "arith" || dialect == "math") &&
         llvm::all_of(op->getOperandTypes(), isScalar) &&
         llvm::all_of(op->getResultTypes(), isScalar);
}

/// Dimensions of extent one put in or taken out: no element moves.
template <typename ReshapeOp>
static std::optional<BodySemantics> getUnitDimSemantics(ReshapeOp op) {
  RankedTensorType from = op.getSrcType(), to = op.getResultType();
  if (!from.hasStaticShape() || !to.hasStaticShape())
    return std::nullopt;
  auto isUnit = [](RankedTensorType type, int64_t dim) {
    return type.getDimSize(dim) == 1;
  };
  bool expands = to.getRank() > from.getRank();
  RankedTensorType many = expands ? to : from;
  MLIRContext *context = op.getContext();
  BodySemantics semantics;
  semantics.extents.assign(to.getShape().begin(), to.getShape().end());
  semantics.reduced.assign(to.getRank(), false);
  SmallVector<AffineExpr> source(from.getRank(),
                                 getAffineConstantExpr(0, context));
  for (auto [one, group] : llvm::enumerate(op.getReassociationIndices())) {
    std::optional<int64_t> kept;
    for (int64_t dim : group) {
      if (isUnit(many, dim))
        continue;
      if (kept)
        return std::nullopt;
      kept = dim;
    }
    if (kept)
      source[expands ? one : *kept] =
          getAffineDimExpr(expands ? *kept : one, context);
  }
  semantics.operandMaps = {AffineMap::get(to.getRank(), 0, source, context)};
  semantics.resultMaps = {
      AffineMap::getMultiDimIdentityMap(to.getRank(), context)};
  return semantics;
}

bool seqc::seq::isComposite(Operation *op) {
  auto transition = dyn_cast<TransitionOpInterface>(op);
  return transition && transition.isComposite();
}

/// One transition may stand for others.
static void decomposeTransition(TransitionOpInterface composite) {
  SmallVector<TransitionOpInterface> left = {composite};
  while (!left.empty()) {
    TransitionOpInterface next = left.pop_back_val();
    Operation *before = next->getPrevNode();
    OpBuilder b(next);
    next->replaceAllUsesWith(next.decompose(b, next.getLoc()));
    Operation *first =
        before ? before->getNextNode() : &next->getBlock()->front();
    for (Operation *op = first; op != next; op = op->getNextNode())
      if (isComposite(op))
        left.push_back(cast<TransitionOpInterface>(op));
    next->erase();
  }
}

void seqc::seq::decomposeTransitions(Operation *op) {
  SmallVector<TransitionOpInterface> composites;
  op->walk([&](TransitionOpInterface nested) {
    if (nested.isComposite())
      composites.push_back(nested);
  });
  llvm::for_each(composites, decomposeTransition);
}

std::optional<BodySemantics> seqc::seq::getBodySemantics(Operation *op) {
  if (isComposite(op))
    return std::nullopt;
  if (auto body = dyn_cast<BodyOpInterface>(op))
    return body.getSemantics();
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return getUnitDimSemantics(collapse);
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return getUnitDimSemantics(expand);
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (elements && !elements.isSplat())
      return std::nullopt;
    return getElementwiseSemantics(op);
  }
  if (!isElementwise(op))
    return std::nullopt;
  return getElementwiseSemantics(op);
}

/// `type`'s element with the shape of `like`.
static Type getTypeLike(Type type, Type like) {
  Type element = getElementTypeOrSelf(type);
  if (auto vector = dyn_cast<VectorType>(like))
    return VectorType::get(vector.getShape(), element);
  return element;
}

SmallVector<Value> seqc::seq::buildBodyElement(OpBuilder &builder,
                                               Operation *op,
                                               ValueRange elements,
                                               ValueRange accumulators) {
  if (auto body = dyn_cast<BodyOpInterface>(op))
    return body.buildElement(builder, op->getLoc(), elements, accumulators);
  if (isa<tensor::SplatOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return {elements[0]};
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto value = cast<TypedAttr>(constant.getValue());
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      value = splat.getSplatValue<TypedAttr>();
    return {arith::ConstantOp::create(builder, op->getLoc(), value)};
  }
  Type like = elements.empty() ? op->getResult(0).getType()
                               : elements.front().getType();
  for (Value element : elements)
    if (isa<VectorType>(element.getType()))
      like = element.getType();
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(elements);
  state.addTypes(getTypeLike(op->getResult(0).getType(), like));
  state.addAttributes(op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return builder.create(state)->getResults();
}

Value seqc::seq::buildConstantLike(OpBuilder &builder, Location loc, Type type,
                                   double value) {
  auto element = cast<FloatType>(getElementTypeOrSelf(type));
  TypedAttr attr = builder.getFloatAttr(element, value);
  if (auto vector = dyn_cast<ShapedType>(type))
    attr = SplatElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(builder, loc, attr);
}
