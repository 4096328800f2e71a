//===- BodyGeneric.cpp - ops of a body as linalg.generic ------------------===//

#include "passes/Support/BodyGeneric.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// The extent of dimension `dim` of `op`'s iteration space, which is dynamic.
static Value getSpaceExtent(OpBuilder &b, Location loc,
                            const BodySemantics &space, ValueRange operands,
                            unsigned dim) {
  for (auto [operand, map] : llvm::zip(operands, space.operandMaps))
    for (auto [position, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(dim, b.getContext()))
        return getValueOrCreateConstantIndexOp(
            b, loc, tensor::getMixedSize(b, loc, operand, position));
  llvm_unreachable("an extent that no operand has");
}

/// Where `op`'s result `i` is written; scalars are tensors without dimensions.
static Value buildDestination(OpBuilder &b, Operation *op,
                              const BodySemantics &space, ValueRange operands,
                              unsigned i) {
  Location loc = op->getLoc();
  Type result = op->getResult(i).getType();
  auto type = dyn_cast<RankedTensorType>(result);
  if (!type)
    type = RankedTensorType::get({}, result);
  SmallVector<Value> extents;
  for (auto [expr, extent] :
       llvm::zip(space.resultMaps[i].getResults(), type.getShape()))
    if (ShapedType::isDynamic(extent))
      extents.push_back(getSpaceExtent(
          b, loc, space, operands, cast<AffineDimExpr>(expr).getPosition()));
  return tensor::EmptyOp::create(b, loc, type, extents);
}

/// `op`'s destinations, holding what a reduction starts from.
static SmallVector<Value> buildDestinations(OpBuilder &b, Operation *op,
                                            const BodySemantics &space,
                                            ValueRange operands) {
  SmallVector<Value> destinations;
  for (unsigned i = 0; i < op->getNumResults(); ++i)
    destinations.push_back(buildDestination(b, op, space, operands, i));
  if (!space.hasReduction())
    return destinations;
  SmallVector<Type> elements;
  for (Type type : op->getResultTypes())
    elements.push_back(getElementTypeOrSelf(type));
  SmallVector<Value> start =
      cast<BodyOpInterface>(op).buildInit(b, op->getLoc(), elements);
  for (auto [destination, value] : llvm::zip(destinations, start))
    destination = linalg::FillOp::create(b, op->getLoc(), value, destination)
                      .getResult(0);
  return destinations;
}

/// One point of `op`'s space, from the arguments of a linalg region.
static void buildRegion(OpBuilder &b, Operation *op, const BodySemantics &space,
                        ValueRange arguments) {
  Location loc = op->getLoc();
  unsigned count = op->getNumOperands();
  SmallVector<Value> elements(arguments.take_front(count));
  ValueRange accumulators;
  if (space.hasReduction()) {
    accumulators = arguments.drop_front(count);
    // A reduction with a second result reports the candidate that won.
    if (op->getNumResults() == 2) {
      auto *reduced = llvm::find(space.reduced, true);
      Value index =
          linalg::IndexOp::create(b, loc, reduced - space.reduced.begin());
      elements.push_back(
          arith::IndexCastOp::create(b, loc, accumulators[1].getType(), index));
    }
  }
  linalg::YieldOp::create(b, loc,
                          buildBodyElement(b, op, elements, accumulators));
}

SmallVector<Value> seqc::buildBodyGeneric(OpBuilder &b, Operation *op,
                                          const BodySemantics &space,
                                          ValueRange operands) {
  Location loc = op->getLoc();
  SmallVector<Value> destinations = buildDestinations(b, op, space, operands);
  SmallVector<AffineMap> maps = space.operandMaps;
  llvm::append_range(maps, space.resultMaps);
  SmallVector<utils::IteratorType> iterators;
  for (bool reduced : space.reduced)
    iterators.push_back(reduced ? utils::IteratorType::reduction
                                : utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, TypeRange(ValueRange(destinations)), operands, destinations, maps,
      iterators, [&](OpBuilder &nested, Location, ValueRange arguments) {
        buildRegion(nested, op, space, arguments);
      });
  SmallVector<Value> results;
  for (auto [value, type] :
       llvm::zip(generic.getResults(), op->getResultTypes()))
    results.push_back(isa<RankedTensorType>(type)
                          ? Value(value)
                          : tensor::ExtractOp::create(b, loc, value));
  return results;
}
