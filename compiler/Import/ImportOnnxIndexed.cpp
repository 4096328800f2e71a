//===- ImportOnnxIndexed.cpp - Elements chosen and placed by index --------===//
//
// What reads by index becomes a linalg.generic over the result, what writes by
// index a loop over the updates, which may meet.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;
using arith::CmpIPredicate;

static SmallVector<mlir::Value> getExtents(Importer &importer,
                                           ArrayRef<Dim> shape) {
  return llvm::map_to_vector(
      shape, [&](const Dim &dim) { return importer.getExtent(dim); });
}

static mlir::Value compare(Builder &b, CmpIPredicate predicate, mlir::Value x,
                           mlir::Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static Error importGatherElements(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand operand = node.getInput(0);
  mlir::Value data = importer.materialize(operand);
  mlir::Value indices = importer.materialize(node.getInput(1));
  int64_t axis = node.resolved.axes.front();
  mlir::Value extent = importer.getExtent(operand.shape[axis]);
  node.setOutput(0, importer.buildIndexed(
                        node.getOutputInfo().shape, node.getOutputElement(),
                        [&](Builder &b, ValueRange at) -> mlir::Value {
                          SmallVector<mlir::Value> from(at);
                          from[axis] = buildSafeIndex(
                              b, tensor::ExtractOp::create(b, indices, at),
                              extent);
                          return tensor::ExtractOp::create(b, data, from);
                        }));
  return Error::success();
}

/// The numbers of one index, which stand at `at` of the indices.
static SmallVector<mlir::Value> readTuple(Builder &b, mlir::Value indices,
                                          ValueRange at, int64_t size,
                                          ArrayRef<mlir::Value> extents) {
  SmallVector<mlir::Value> tuple, place(at);
  place.push_back({});
  for (int64_t i = 0; i < size; ++i) {
    place.back() = arith::ConstantIndexOp::create(b, i);
    tuple.push_back(buildSafeIndex(
        b, tensor::ExtractOp::create(b, indices, place), extents[i]));
  }
  return tuple;
}

static Error importGatherNd(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand operand = node.getInput(0), indexOperand = node.getInput(1);
  mlir::Value data = importer.materialize(operand);
  mlir::Value indices = importer.materialize(indexOperand);
  int64_t batch = node.resolved.axes.front();
  size_t outer = indexOperand.shape.size() - 1;
  int64_t size = indexOperand.shape.back().getOffset();
  SmallVector<mlir::Value> extents = getExtents(importer, operand.shape);
  node.setOutput(0, importer.buildIndexed(
                        node.getOutputInfo().shape, node.getOutputElement(),
                        [&](Builder &b, ValueRange at) -> mlir::Value {
                          SmallVector<mlir::Value> from(at.take_front(batch));
                          llvm::append_range(
                              from,
                              readTuple(b, indices, at.take_front(outer), size,
                                        ArrayRef(extents).drop_front(batch)));
                          llvm::append_range(from, at.drop_front(outer));
                          return tensor::ExtractOp::create(b, data, from);
                        }));
  return Error::success();
}

static Error importReverseSequence(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand operand = node.getInput(0);
  mlir::Value data = importer.materialize(operand);
  mlir::Value lengths = importer.materialize(node.getInput(1));
  int64_t time = node.resolved.axes[0], batch = node.resolved.axes[1];
  node.setOutput(
      0, importer.buildIndexed(
             node.getOutputInfo().shape, node.getOutputElement(),
             [&](Builder &b, ValueRange at) -> mlir::Value {
               mlir::Value length = arith::IndexCastOp::create(
                   b, b.getIndexType(),
                   tensor::ExtractOp::create(b, lengths, at[batch]));
               // A length that is too long must not read foreign memory.
               length = arith::MinSIOp::create(
                   b, length, importer.getExtent(operand.shape[time]));
               mlir::Value last = arith::SubIOp::create(
                   b, length, arith::ConstantIndexOp::create(b, 1));
               mlir::Value turned = arith::SubIOp::create(b, last, at[time]);
               mlir::Value inside =
                   compare(b, CmpIPredicate::slt, at[time], length);
               SmallVector<mlir::Value> from(at);
               from[time] =
                   arith::SelectOp::create(b, inside, turned, at[time]);
               return tensor::ExtractOp::create(b, data, from);
             }));
  return Error::success();
}

static Error importTile(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand operand = node.getInput(0);
  mlir::Value data = importer.materialize(operand);
  SmallVector<mlir::Value> extents = getExtents(importer, operand.shape);
  node.setOutput(
      0, importer.buildIndexed(
             node.getOutputInfo().shape, node.getOutputElement(),
             [&](Builder &b, ValueRange at) -> mlir::Value {
               SmallVector<mlir::Value> from;
               for (auto [index, extent] : llvm::zip_equal(at, extents))
                 from.push_back(arith::RemUIOp::create(b, index, extent));
               return tensor::ExtractOp::create(b, data, from);
             }));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Made from the indices
//===----------------------------------------------------------------------===//

/// An index that may be of a floating-point type.
static mlir::Value buildWholeIndex(Builder &b, mlir::Value raw) {
  if (isa<FloatType>(raw.getType()))
    raw = arith::FPToSIOp::create(b, b.getI64Type(), raw);
  return arith::IndexCastOp::create(b, b.getIndexType(), raw);
}

static Error importOneHot(NodeImporter &node) {
  Importer &importer = node.importer;
  mlir::Value indices = importer.materialize(node.getInput(0));
  mlir::Value values = importer.materialize(node.getInput(2));
  int64_t axis = node.resolved.axes.front();
  const Shape &shape = node.getOutputInfo().shape;
  mlir::Value depth = importer.getExtent(shape[axis]);
  node.setOutput(
      0,
      importer.buildIndexed(
          shape, node.getOutputElement(),
          [&](Builder &b, ValueRange at) -> mlir::Value {
            SmallVector<mlir::Value> from(at);
            from.erase(from.begin() + axis);
            mlir::Value index =
                buildWholeIndex(b, tensor::ExtractOp::create(b, indices, from));
            mlir::Value zero = arith::ConstantIndexOp::create(b, 0);
            mlir::Value counted = arith::AddIOp::create(b, index, depth);
            index = arith::SelectOp::create(
                b, compare(b, CmpIPredicate::slt, index, zero), counted, index);
            mlir::Value hot = compare(b, CmpIPredicate::eq, index, at[axis]);
            mlir::Value which = arith::SelectOp::create(
                b, hot, arith::ConstantIndexOp::create(b, 1), zero);
            return tensor::ExtractOp::create(b, values, which);
          }));
  return Error::success();
}

static Error importEyeLike(NodeImporter &node) {
  Importer &importer = node.importer;
  mlir::Type element = node.getOutputElement();
  mlir::Value one = importer.buildConstant(element, int64_t(1));
  mlir::Value zero = importer.buildConstant(element, int64_t(0));
  mlir::Value diagonal = importer.buildIndex(node.context.getInt("k", 0));
  node.setOutput(
      0, importer.buildIndexed(
             node.getOutputInfo().shape, element,
             [&](Builder &b, ValueRange at) -> mlir::Value {
               mlir::Value there = arith::AddIOp::create(b, at[0], diagonal);
               return arith::SelectOp::create(
                   b, compare(b, CmpIPredicate::eq, there, at[1]), one, zero);
             }));
  return Error::success();
}

/// The upper triangle has the columns from row + k on.
static Error importTrilu(NodeImporter &node) {
  Importer &importer = node.importer;
  mlir::Type element = node.getOutputElement();
  bool upper = node.context.getInt("upper", 1) != 0;
  mlir::Value k = importer.buildIndex(0);
  if (node.hasInput(1)) {
    mlir::Value scalar =
        importer.materialize(importer.reshape(node.getInput(1), {}));
    k = arith::IndexCastOp::create(
        node.b, node.b.getIndexType(),
        tensor::ExtractOp::create(node.b, scalar, ValueRange{}));
  }
  mlir::Value zero = importer.buildConstant(element, int64_t(0));
  const Shape &shape = node.getOutputInfo().shape;
  size_t rank = shape.size();
  node.setOutput(
      0, importer.buildElementwise(
             shape, element, node.getInput(0),
             [&](Builder &b, ValueRange x) -> mlir::Value {
               mlir::Value row = linalg::IndexOp::create(b, rank - 2);
               mlir::Value column = linalg::IndexOp::create(b, rank - 1);
               mlir::Value first = arith::AddIOp::create(b, row, k);
               mlir::Value kept =
                   compare(b, upper ? CmpIPredicate::sge : CmpIPredicate::sle,
                           column, first);
               return arith::SelectOp::create(b, kept, x[0], zero);
             }));
  return Error::success();
}

static Error importDepthSpace(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand parts = importer.reshape(node.getInput(0), node.resolved.low);
  parts = importer.transpose(parts, node.resolved.axes);
  node.setOutput(0, importer.materialize(
                        importer.reshape(parts, node.getOutputInfo().shape)));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// What stands at a place after an update.
static mlir::Value combine(Builder &b, llvm::StringRef mode, ElementType type,
                           mlir::Value old, mlir::Value update) {
  bool floats = isFloat(type), isUnsigned = isZeroExtended(type);
  if (mode == "add")
    return floats ? arith::AddFOp::create(b, old, update).getResult()
                  : arith::AddIOp::create(b, old, update).getResult();
  if (mode == "mul")
    return floats ? arith::MulFOp::create(b, old, update).getResult()
                  : arith::MulIOp::create(b, old, update).getResult();
  if (mode == "max")
    return floats       ? arith::MaximumFOp::create(b, old, update).getResult()
           : isUnsigned ? arith::MaxUIOp::create(b, old, update).getResult()
                        : arith::MaxSIOp::create(b, old, update).getResult();
  if (mode == "min")
    return floats       ? arith::MinimumFOp::create(b, old, update).getResult()
           : isUnsigned ? arith::MinUIOp::create(b, old, update).getResult()
                        : arith::MinSIOp::create(b, old, update).getResult();
  return update;
}

/// Walks all updates in order; `place` says where in the data each goes.
static Error scatter(NodeImporter &node,
                     llvm::function_ref<SmallVector<mlir::Value>(
                         Builder &, mlir::Value indices, ValueRange at)>
                         place) {
  Importer &importer = node.importer;
  Operand operand = node.getInput(0), updateOperand = node.getInput(2);
  mlir::Value indices = importer.materialize(node.getInput(1));
  mlir::Value updates = importer.materialize(updateOperand);
  llvm::StringRef mode = node.context.getString("reduction", "none");
  // The loop writes to a copy: the data may be an input or a constant.
  mlir::Value copy =
      importer.buildElementwise(operand.shape, node.getOutputElement(), operand,
                                [](Builder &, ValueRange x) { return x[0]; });
  size_t rank = updateOperand.shape.size();
  SmallVector<mlir::Value> first(rank, importer.buildIndex(0));
  SmallVector<mlir::Value> step(rank, importer.buildIndex(1));
  scf::LoopNest nest = scf::buildLoopNest(
      node.b, node.b.getLoc(), first, getExtents(importer, updateOperand.shape),
      step, copy,
      [&](OpBuilder &nested, Location loc, ValueRange at,
          ValueRange carried) -> scf::ValueVector {
        Builder b(loc, nested);
        SmallVector<mlir::Value> to = place(b, indices, at);
        mlir::Value update = tensor::ExtractOp::create(b, updates, at);
        mlir::Value old = tensor::ExtractOp::create(b, carried[0], to);
        mlir::Value value = combine(b, mode, operand.type, old, update);
        return {tensor::InsertOp::create(b, value, carried[0], to)};
      });
  node.setOutput(0, nest.results.front());
  return Error::success();
}

static Error importScatterElements(NodeImporter &node) {
  int64_t axis = node.resolved.axes.front();
  mlir::Value extent =
      node.importer.getExtent(node.getInputInfo(0).shape[axis]);
  return scatter(node, [&](Builder &b, mlir::Value indices, ValueRange at) {
    SmallVector<mlir::Value> to(at);
    to[axis] =
        buildSafeIndex(b, tensor::ExtractOp::create(b, indices, at), extent);
    return to;
  });
}

static Error importScatterNd(NodeImporter &node) {
  const Shape &shape = node.getInputInfo(1).shape;
  size_t outer = shape.size() - 1;
  SmallVector<mlir::Value> extents =
      getExtents(node.importer, node.getInputInfo(0).shape);
  return scatter(node, [&](Builder &b, mlir::Value indices, ValueRange at) {
    SmallVector<mlir::Value> to = readTuple(b, indices, at.take_front(outer),
                                            shape.back().getOffset(), extents);
    llvm::append_range(to, at.drop_front(outer));
    return to;
  });
}

llvm::ArrayRef<OpImporter> getIndexedImporters() {
  static const OpImporter importers[] = {
      {"DepthToSpace", importDepthSpace},
      {"EyeLike", importEyeLike},
      {"GatherElements", importGatherElements},
      {"GatherND", importGatherNd},
      {"OneHot", importOneHot},
      {"ReverseSequence", importReverseSequence},
      {"Scatter", importScatterElements},
      {"ScatterElements", importScatterElements},
      {"ScatterND", importScatterNd},
      {"SpaceToDepth", importDepthSpace},
      {"Tile", importTile},
      {"Trilu", importTrilu},
  };
  return importers;
}

} // namespace seqc::onnx
