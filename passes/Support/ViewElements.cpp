//===- ViewElements.cpp - what a tensor of views consists of --------------===//

#include "passes/Support/ViewElements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace seqc;

/// Larger tensors are not looked into.
static constexpr int64_t maxElements = int64_t(1) << 22;

//===----------------------------------------------------------------------===//
// The ops
//===----------------------------------------------------------------------===//

/// A generic that writes elements of its one input where a permutation of its
/// dimensions puts them.
static bool isPermutation(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic->getNumResults() != 1 ||
      generic.getInputs().size() != 1 ||
      generic.getNumLoops() != generic.getNumParallelLoops())
    return false;
  AffineMap from = generic.getIndexingMapsArray().front();
  return from.isPermutation() &&
         generic.getIndexingMapsArray().back().isIdentity() &&
         generic.getBody()->getTerminator()->getOperand(0) ==
             generic.getBody()->getArgument(0);
}

bool seqc::isViewOp(Operation *op) {
  return isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::ExtractSliceOp, tensor::InsertSliceOp, tensor::ConcatOp,
             tensor::EmptyOp, linalg::TransposeOp>(op) ||
         isPermutation(op);
}

SmallVector<Value> seqc::getViewSources(Operation *op) {
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return {insert.getSource(), insert.getDest()};
  if (isa<tensor::ConcatOp>(op))
    return SmallVector<Value>(op->getOperands());
  if (isa<tensor::EmptyOp>(op))
    return {};
  return {op->getOperand(0)};
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

namespace {
/// The places of the root's elements that a tensor has, in row-major order; -1
/// for any other element.
struct Elements {
  SmallVector<int64_t> shape;
  std::vector<int64_t> places;
};

/// Evaluates views, with `unknown` for every dynamic extent of an argument.
class Tracer {
public:
  Tracer(Value root, function_ref<Value(Value)> follow, int64_t unknown)
      : root(root), follow(follow), unknown(unknown) {}

  std::optional<Elements> trace(Value value);

private:
  std::optional<int64_t> evaluate(OpFoldResult extent);
  std::optional<SmallVector<int64_t>> evaluate(ArrayRef<OpFoldResult> extents);
  std::optional<SmallVector<int64_t>> getShape(Value value);
  std::optional<SmallVector<int64_t>> getViewShape(Operation *op);
  std::optional<Elements> traceView(Operation *op);
  std::optional<Elements> reshape(Operation *op);
  std::optional<Elements> slice(tensor::ExtractSliceOp op);
  std::optional<Elements> insert(tensor::InsertSliceOp op);
  std::optional<Elements> concatenate(tensor::ConcatOp op);
  std::optional<Elements> permute(Operation *op, ArrayRef<int64_t> from);

  Value root;
  function_ref<Value(Value)> follow;
  int64_t unknown;
  llvm::DenseSet<Value> followed; ///< On the way.
};
} // namespace

static SmallVector<int64_t> collapse(tensor::CollapseShapeOp op,
                                     ArrayRef<int64_t> from) {
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : op.getReassociationIndices()) {
    shape.push_back(1);
    for (int64_t dim : group)
      shape.back() *= from[dim];
  }
  return shape;
}

static int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    if (llvm::MulOverflow(count, extent, count) || count > maxElements)
      return maxElements + 1;
  return count;
}

/// The place of every element of the block `sizes` within `shape`.
static std::vector<int64_t> getPlaces(ArrayRef<int64_t> shape,
                                      ArrayRef<int64_t> offsets,
                                      ArrayRef<int64_t> sizes,
                                      ArrayRef<int64_t> strides) {
  std::vector<int64_t> places = {0};
  for (auto [extent, offset, size, stride] :
       llvm::zip_equal(shape, offsets, sizes, strides)) {
    std::vector<int64_t> next;
    next.reserve(places.size() * size);
    for (int64_t place : places)
      for (int64_t i = 0; i < size; ++i)
        next.push_back(place * extent + offset + i * stride);
    places = std::move(next);
  }
  return places;
}

std::optional<int64_t> Tracer::evaluate(OpFoldResult extent) {
  if (std::optional<int64_t> constant = getConstantIntValue(extent))
    return constant;
  auto value = dyn_cast<Value>(extent);
  Operation *op = value ? value.getDefiningOp() : nullptr;
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op)) {
    std::optional<SmallVector<int64_t>> shape = getShape(dim.getSource());
    if (!shape || !dim.getConstantIndex())
      return std::nullopt;
    return (*shape)[*dim.getConstantIndex()];
  }
  if (!op || !isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op))
    return std::nullopt;
  std::optional<int64_t> lhs = evaluate(OpFoldResult(op->getOperand(0)));
  std::optional<int64_t> rhs = evaluate(OpFoldResult(op->getOperand(1)));
  if (!lhs || !rhs)
    return std::nullopt;
  return isa<arith::AddIOp>(op)   ? *lhs + *rhs
         : isa<arith::SubIOp>(op) ? *lhs - *rhs
                                  : *lhs * *rhs;
}

std::optional<SmallVector<int64_t>>
Tracer::evaluate(ArrayRef<OpFoldResult> extents) {
  SmallVector<int64_t> values;
  for (OpFoldResult extent : extents) {
    std::optional<int64_t> value = evaluate(extent);
    if (!value || *value < 0)
      return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

/// The extents of a tensor, of which static ones are known and those of
/// arguments assumed.
std::optional<SmallVector<int64_t>> Tracer::getShape(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return std::nullopt;
  if (type.hasStaticShape())
    return SmallVector<int64_t>(type.getShape());
  Operation *op = value.getDefiningOp();
  if (op && isViewOp(op))
    return getViewShape(op);
  if (auto destination = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return getShape(destination.getTiedOpOperand(cast<OpResult>(value))->get());
  if (op)
    return std::nullopt;
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent))
      extent = unknown;
  return shape;
}

std::optional<SmallVector<int64_t>> Tracer::getViewShape(Operation *op) {
  if (auto slicing = dyn_cast<tensor::ExtractSliceOp>(op)) {
    auto sizes = evaluate(slicing.getMixedSizes());
    if (!sizes)
      return std::nullopt;
    SmallVector<int64_t> shape;
    llvm::SmallBitVector dropped = slicing.getDroppedDims();
    for (auto [dim, size] : llvm::enumerate(*sizes))
      if (!dropped.test(dim))
        shape.push_back(size);
    return shape;
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return evaluate(expand.getMixedOutputShape());
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return evaluate(empty.getMixedSizes());
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return getShape(insert.getDest());
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return getShape(destination.getDpsInits()[0]);
  std::optional<SmallVector<int64_t>> shape = getShape(op->getOperand(0));
  if (!shape || isa<tensor::CastOp>(op))
    return shape;
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    for (Value part : concat.getInputs().drop_front()) {
      std::optional<SmallVector<int64_t>> other = getShape(part);
      if (!other)
        return std::nullopt;
      (*shape)[concat.getDim()] += (*other)[concat.getDim()];
    }
    return shape;
  }
  return collapse(cast<tensor::CollapseShapeOp>(op), *shape);
}

std::optional<Elements> Tracer::trace(Value value) {
  if (value == root) {
    std::optional<SmallVector<int64_t>> shape = getShape(value);
    if (!shape || countElements(*shape) > maxElements)
      return std::nullopt;
    Elements all{*shape, std::vector<int64_t>(countElements(*shape))};
    std::iota(all.places.begin(), all.places.end(), 0);
    return all;
  }
  if (Value next = follow(value)) {
    // What only leads back to itself is nothing known.
    if (!followed.insert(value).second)
      return std::nullopt;
    std::optional<Elements> found = trace(next);
    followed.erase(value);
    return found;
  }
  Operation *op = value.getDefiningOp();
  if (op && isViewOp(op))
    return traceView(op);
  std::optional<SmallVector<int64_t>> shape = getShape(value);
  if (!shape || countElements(*shape) > maxElements)
    return std::nullopt;
  return Elements{*shape, std::vector<int64_t>(countElements(*shape), -1)};
}

std::optional<Elements> Tracer::reshape(Operation *op) {
  std::optional<Elements> source = trace(op->getOperand(0));
  if (!source || !isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return source;
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    std::optional<SmallVector<int64_t>> shape =
        evaluate(expand.getMixedOutputShape());
    if (!shape || countElements(*shape) != int64_t(source->places.size()))
      return std::nullopt;
    source->shape = *shape;
    return source;
  }
  source->shape = collapse(cast<tensor::CollapseShapeOp>(op), source->shape);
  return source;
}

std::optional<Elements> Tracer::slice(tensor::ExtractSliceOp op) {
  std::optional<Elements> source = trace(op.getSource());
  auto offsets = evaluate(op.getMixedOffsets());
  auto sizes = evaluate(op.getMixedSizes());
  auto strides = evaluate(op.getMixedStrides());
  if (!source || !offsets || !sizes || !strides)
    return std::nullopt;
  Elements result;
  for (int64_t place : getPlaces(source->shape, *offsets, *sizes, *strides)) {
    if (place >= int64_t(source->places.size()))
      return std::nullopt;
    result.places.push_back(source->places[place]);
  }
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (auto [dim, size] : llvm::enumerate(*sizes))
    if (!dropped.test(dim))
      result.shape.push_back(size);
  return result;
}

std::optional<Elements> Tracer::insert(tensor::InsertSliceOp op) {
  std::optional<Elements> result = trace(op.getDest());
  std::optional<Elements> source = trace(op.getSource());
  auto offsets = evaluate(op.getMixedOffsets());
  auto sizes = evaluate(op.getMixedSizes());
  auto strides = evaluate(op.getMixedStrides());
  if (!result || !source || !offsets || !sizes || !strides)
    return std::nullopt;
  std::vector<int64_t> places =
      getPlaces(result->shape, *offsets, *sizes, *strides);
  if (places.size() != source->places.size())
    return std::nullopt;
  for (auto [place, element] : llvm::zip(places, source->places)) {
    if (place >= int64_t(result->places.size()))
      return std::nullopt;
    result->places[place] = element;
  }
  return result;
}

std::optional<Elements> Tracer::concatenate(tensor::ConcatOp op) {
  SmallVector<Elements> parts;
  for (Value operand : op.getInputs()) {
    std::optional<Elements> part = trace(operand);
    if (!part)
      return std::nullopt;
    parts.push_back(std::move(*part));
  }
  size_t axis = op.getDim();
  Elements result{parts.front().shape, {}};
  result.shape[axis] = 0;
  for (const Elements &part : parts)
    result.shape[axis] += part.shape[axis];
  result.places.assign(countElements(result.shape), -1);
  SmallVector<int64_t> offsets(result.shape.size(), 0);
  SmallVector<int64_t> ones(result.shape.size(), 1);
  for (const Elements &part : parts) {
    for (auto [place, element] : llvm::zip(
             getPlaces(result.shape, offsets, part.shape, ones), part.places))
      result.places[place] = element;
    offsets[axis] += part.shape[axis];
  }
  return result;
}

/// Dimension i of the result is dimension `from[i]` of the source.
std::optional<Elements> Tracer::permute(Operation *op, ArrayRef<int64_t> from) {
  std::optional<Elements> source = trace(op->getOperand(0));
  if (!source)
    return std::nullopt;
  SmallVector<int64_t> strides(source->shape.size(), 1);
  for (int64_t i = int64_t(strides.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * source->shape[i + 1];
  Elements result;
  std::vector<int64_t> places = {0};
  for (int64_t dim : from) {
    result.shape.push_back(source->shape[dim]);
    std::vector<int64_t> next;
    for (int64_t place : places)
      for (int64_t i = 0; i < source->shape[dim]; ++i)
        next.push_back(place + i * strides[dim]);
    places = std::move(next);
  }
  for (int64_t place : places)
    result.places.push_back(source->places[place]);
  return result;
}

std::optional<Elements> Tracer::traceView(Operation *op) {
  if (auto slicing = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice(slicing);
  if (auto inserting = dyn_cast<tensor::InsertSliceOp>(op))
    return insert(inserting);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return concatenate(concat);
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return permute(op, transpose.getPermutation());
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    // The input's dimension j is the loop that the result's dimension is.
    AffineMap loops =
        inversePermutation(generic.getIndexingMapsArray().front());
    SmallVector<int64_t> from;
    for (unsigned i = 0; i < loops.getNumResults(); ++i)
      from.push_back(loops.getDimPosition(i));
    return permute(op, from);
  }
  if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
    std::optional<SmallVector<int64_t>> shape = evaluate(empty.getMixedSizes());
    if (!shape || countElements(*shape) > maxElements)
      return std::nullopt;
    return Elements{*shape, std::vector<int64_t>(countElements(*shape), -1)};
  }
  return reshape(op);
}

/// Whether `value` begins with the elements of `root` in their order, and has
/// as many where `isWhole`.
static bool hasElementsInOrder(Value value, Value root,
                               function_ref<Value(Value)> follow,
                               bool isWhole) {
  // Two numbers, so that equal extents are no accident.
  for (int64_t unknown : {2, 3}) {
    Tracer tracer(root, follow, unknown);
    std::optional<Elements> found = tracer.trace(value);
    std::optional<Elements> all = tracer.trace(root);
    if (!found || !all ||
        (isWhole && found->places.size() != all->places.size()))
      return false;
    for (auto [i, place] : llvm::enumerate(found->places))
      if (place != int64_t(i))
        return false;
  }
  return true;
}

bool seqc::isSameThroughViews(Value value, Value root,
                              function_ref<Value(Value)> follow) {
  return value.getType() == root.getType() &&
         hasElementsInOrder(value, root, follow, /*isWhole=*/false);
}

bool seqc::hasSameElements(Value value, Value root) {
  return hasElementsInOrder(
      value, root, [](Value) { return Value(); }, /*isWhole=*/true);
}
