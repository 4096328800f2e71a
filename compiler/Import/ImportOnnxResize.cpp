//===- ImportOnnxResize.cpp - Tensors made longer or shorter --------------===//
//
// Axis after axis: a result is one element of the data, or a weighed sum of a
// few, whose places and weights lie in tables. Elements of an axis of dynamic
// extent are repeated.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Resize.h"
#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;

namespace {
/// [results][taps]
struct Tables {
  mlir::Value places, weights;
  int64_t taps;
};
} // namespace

static Tables buildTables(NodeImporter &node, const ResizedAxis &axis) {
  SmallVector<int64_t> places;
  SmallVector<mlir::Attribute> weights;
  mlir::Type element = node.getOutputElement();
  bool isFloat = isa<FloatType>(element);
  for (int64_t at = 0; at < axis.to; ++at)
    for (const Tap &tap : computeTaps(node.context, axis, at)) {
      places.push_back(tap.place);
      if (isFloat)
        weights.push_back(node.b.getFloatAttr(element, tap.weight));
    }
  int64_t taps = places.size() / axis.to;
  auto makeType = [&](mlir::Type type) {
    return RankedTensorType::get({axis.to, taps}, type);
  };
  Tables tables = {{}, {}, taps};
  tables.places = arith::ConstantOp::create(
      node.b, DenseElementsAttr::get(makeType(node.b.getI64Type()),
                                     ArrayRef<int64_t>(places)));
  if (taps > 1)
    tables.weights = arith::ConstantOp::create(
        node.b, DenseElementsAttr::get(makeType(element), weights));
  return tables;
}

static mlir::Value resizeAxis(NodeImporter &node, mlir::Value data,
                              ArrayRef<Dim> shape, const ResizedAxis &axis) {
  Tables tables;
  if (axis.factor == 0)
    tables = buildTables(node, axis);
  auto build = [&](Builder &b, ValueRange at) -> mlir::Value {
    SmallVector<mlir::Value> from(at);
    auto constant = [&](int64_t number) -> mlir::Value {
      return arith::ConstantIndexOp::create(b, number);
    };
    if (axis.factor > 0) {
      from[axis.axis] =
          arith::DivUIOp::create(b, at[axis.axis], constant(axis.factor));
      return tensor::ExtractOp::create(b, data, from);
    }
    mlir::Value sum;
    for (int64_t i = 0; i < tables.taps; ++i) {
      SmallVector<mlir::Value> entry = {at[axis.axis], constant(i)};
      from[axis.axis] = arith::IndexCastOp::create(
          b, b.getIndexType(),
          tensor::ExtractOp::create(b, tables.places, entry));
      mlir::Value term = tensor::ExtractOp::create(b, data, from);
      if (tables.weights)
        term = arith::MulFOp::create(
            b, term, tensor::ExtractOp::create(b, tables.weights, entry));
      sum = sum ? arith::AddFOp::create(b, sum, term).getResult() : term;
    }
    return sum;
  };
  return node.importer.buildIndexed(shape, node.getOutputElement(), build);
}

static Error importResize(NodeImporter &node) {
  auto axes = resolveResize(node.context);
  if (!axes)
    return axes.takeError();
  Operand operand = node.getInput(0);
  mlir::Value data = node.importer.materialize(operand);
  Shape shape = operand.shape;
  for (const ResizedAxis &axis : *axes) {
    shape[axis.axis] = axis.extent;
    data = resizeAxis(node, data, shape, axis);
  }
  node.setOutput(0, data);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getResizeImporters() {
  static const OpImporter importers[] = {
      {"Resize", importResize},
      {"Upsample", importResize},
  };
  return importers;
}

} // namespace seqc::onnx
