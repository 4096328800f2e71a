//===- OnnxBuilders.cpp - Structured ops for the ONNX importer ------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;

mlir::Value Importer::buildConstant(mlir::Type type, double value) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}

mlir::Value Importer::buildConstant(mlir::Type type, int64_t value) {
  if (isa<FloatType>(type))
    return buildConstant(type, double(value));
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}

mlir::Value Importer::buildEmpty(ArrayRef<Dim> shape, mlir::Type element) {
  SmallVector<mlir::Value> dynamic;
  for (const Dim &dim : shape)
    if (!dim.isConstant())
      dynamic.push_back(getExtent(dim));
  return tensor::EmptyOp::create(b, getTensorType(shape, element), dynamic);
}

mlir::Value Importer::buildFilled(ArrayRef<Dim> shape, mlir::Value scalar) {
  return linalg::FillOp::create(b, scalar, buildEmpty(shape, scalar.getType()))
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

namespace {
/// A run of dimensions of one shape that holds as many elements as a run of the
/// other.
struct Group {
  ReassociationIndices from, to;
};
} // namespace

/// Cuts two shapes of as many elements into the smallest matching runs. Where
/// the extents do not tell, everything left is one run.
static SmallVector<Group> matchShapes(ArrayRef<Dim> from, ArrayRef<Dim> to) {
  SmallVector<Group> groups;
  size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    Group group;
    group.from.push_back(i);
    group.to.push_back(j);
    std::optional<Dim> lhs = from[i++], rhs = to[j++];
    while (!(lhs && rhs && *lhs == *rhs)) {
      bool growLhs = lhs && rhs && isLess(*lhs, *rhs).value_or(true);
      if (i == from.size() && j == to.size())
        break;
      if ((growLhs && i < from.size()) || j == to.size()) {
        lhs = lhs ? mul(*lhs, from[i]) : std::nullopt;
        group.from.push_back(i++);
      } else {
        rhs = rhs ? mul(*rhs, to[j]) : std::nullopt;
        group.to.push_back(j++);
      }
    }
    groups.push_back(std::move(group));
  }
  // What is left on one side are ones.
  for (; i < from.size(); ++i)
    groups.back().from.push_back(i);
  for (; j < to.size(); ++j)
    groups.back().to.push_back(j);
  return groups;
}

/// The extent of a run once collapsed.
static Dim multiply(ArrayRef<Dim> shape, ArrayRef<int64_t> run) {
  Dim product = 1;
  for (int64_t i : run)
    product = mul(product, shape[i]).value_or(Dim(0));
  return product;
}

mlir::Value Importer::buildReshape(mlir::Value value, ArrayRef<Dim> from,
                                   ArrayRef<Dim> to) {
  mlir::Type element = cast<RankedTensorType>(value.getType()).getElementType();
  if (from == to)
    return value;
  // The runs of an empty tensor do not correspond.
  if (llvm::any_of(to, [](const Dim &dim) { return dim.isConstant(0); }))
    return buildEmpty(to, element);
  auto resultType = getTensorType(to, element);
  if (to.empty())
    return tensor::CollapseShapeOp::create(b, resultType, value,
                                           ArrayRef<ReassociationIndices>());
  if (from.empty())
    return tensor::ExpandShapeOp::create(b, resultType, value,
                                         ArrayRef<ReassociationIndices>(),
                                         getMixedExtents(to));
  SmallVector<Group> groups = matchShapes(from, to);
  SmallVector<ReassociationIndices> collapse, expand;
  Shape middle;
  for (Group &group : groups) {
    // Through the side that has one dimension, if there is one: the product of
    // a run may be too long an expression.
    middle.push_back(group.to.size() == 1     ? to[group.to.front()]
                     : group.from.size() == 1 ? from[group.from.front()]
                                              : multiply(from, group.from));
    collapse.push_back(std::move(group.from));
    expand.push_back(std::move(group.to));
  }
  if (collapse.size() < from.size())
    value = tensor::CollapseShapeOp::create(b, getTensorType(middle, element),
                                            value, collapse);
  if (expand.size() < to.size())
    value = tensor::ExpandShapeOp::create(b, resultType, value, expand,
                                          getMixedExtents(to));
  return value;
}

//===----------------------------------------------------------------------===//
// Structured ops
//===----------------------------------------------------------------------===//

/// The one value of all of a constant's elements, if there is one.
static mlir::Value buildScalar(Importer &importer, const Operand &operand) {
  if (operand.value || operand.weight->getNumElements() > maxFoldedElements ||
      operand.weight->getNumElements() == 0)
    return {};
  ElementsRef elements = loadElements(*operand.weight);
  if (!elements)
    return {};
  mlir::Type type = importer.getType(operand.type);
  if (!elements->floats.empty()) {
    double first = elements->floats.front();
    if (llvm::all_of(elements->floats, [&](double x) { return x == first; }))
      return importer.buildConstant(type, first);
    return {};
  }
  const Dim &first = elements->ints.front();
  if (llvm::all_of(elements->ints, [&](const Dim &x) { return x == first; }))
    return importer.buildConstant(type, first.getOffset());
  return {};
}

/// Drops the dimensions of an operand that are repeated along `shape` and says
/// which dimensions of it are left.
static mlir::Value buildBroadcastOperand(Importer &importer,
                                         const Operand &operand,
                                         ArrayRef<Dim> shape,
                                         SmallVectorImpl<AffineExpr> &kept) {
  Shape left;
  size_t leading = shape.size() - operand.shape.size();
  for (auto [i, dim] : llvm::enumerate(operand.shape)) {
    if (dim.isConstant(1) && !shape[leading + i].isConstant(1))
      continue;
    left.push_back(dim);
    kept.push_back(importer.b.getAffineDimExpr(leading + i));
  }
  return importer.materialize(importer.reshape(operand, left));
}

mlir::Value Importer::buildElementwise(ArrayRef<Dim> shape, mlir::Type element,
                                       ArrayRef<Operand> operands,
                                       BodyBuilder body) {
  MLIRContext *context = b.getContext();
  SmallVector<mlir::Value> tensorOperands, scalars;
  SmallVector<AffineMap> maps;
  for (const Operand &operand : operands) {
    scalars.push_back(buildScalar(*this, operand));
    if (scalars.back())
      continue;
    SmallVector<AffineExpr> kept;
    tensorOperands.push_back(
        buildBroadcastOperand(*this, operand, shape, kept));
    maps.push_back(AffineMap::get(shape.size(), 0, kept, context));
  }
  maps.push_back(AffineMap::getMultiDimIdentityMap(shape.size(), context));
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, getTensorType(shape, element), tensorOperands,
             buildEmpty(shape, element), maps, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               ImplicitLocOpBuilder inner(loc, nested);
               SmallVector<mlir::Value> values;
               unsigned next = 0;
               for (mlir::Value scalar : scalars)
                 values.push_back(scalar ? scalar : arguments[next++]);
               linalg::YieldOp::create(inner, body(inner, values));
             })
      .getResult(0);
}

mlir::Value Importer::buildReduction(const Operand &operand,
                                     ArrayRef<int64_t> axes,
                                     mlir::Value initial, BodyBuilder combine) {
  size_t rank = operand.shape.size();
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  SmallVector<AffineExpr> kept;
  Shape shape;
  for (size_t i = 0; i < rank; ++i) {
    if (llvm::is_contained(axes, int64_t(i))) {
      iterators[i] = utils::IteratorType::reduction;
      continue;
    }
    kept.push_back(b.getAffineDimExpr(i));
    shape.push_back(operand.shape[i]);
  }
  AffineMap maps[] = {AffineMap::getMultiDimIdentityMap(rank, b.getContext()),
                      AffineMap::get(rank, 0, kept, b.getContext())};
  return linalg::GenericOp::create(
             b, getTensorType(shape, initial.getType()), materialize(operand),
             buildFilled(shape, initial), maps, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               ImplicitLocOpBuilder inner(loc, nested);
               linalg::YieldOp::create(inner, combine(inner, arguments));
             })
      .getResult(0);
}

mlir::Value Importer::buildIndexed(ArrayRef<Dim> shape, mlir::Type element,
                                   BodyBuilder body) {
  auto identity =
      AffineMap::getMultiDimIdentityMap(shape.size(), b.getContext());
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, getTensorType(shape, element), ValueRange{},
             buildEmpty(shape, element), identity, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange) {
               ImplicitLocOpBuilder inner(loc, nested);
               SmallVector<mlir::Value> indices;
               for (size_t i = 0; i < shape.size(); ++i)
                 indices.push_back(linalg::IndexOp::create(inner, i));
               linalg::YieldOp::create(inner, body(inner, indices));
             })
      .getResult(0);
}

mlir::Value Importer::buildConcat(ArrayRef<Dim> shape, mlir::Type element,
                                  ArrayRef<Operand> parts, int64_t axis) {
  mlir::Value result = buildEmpty(shape, element);
  Dim position = 0;
  SmallVector<OpFoldResult> offsets(shape.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> steps(shape.size(), b.getIndexAttr(1));
  for (const Operand &part : parts) {
    offsets[axis] = getMixedExtent(position);
    result =
        tensor::InsertSliceOp::create(b, materialize(part), result, offsets,
                                      getMixedExtents(part.shape), steps);
    // The sum of all parts is an extent of `shape`, so no prefix overflows.
    position = *add(position, part.shape[axis]);
  }
  return result;
}

} // namespace seqc::onnx
