//===- ImportOnnxShape.cpp - Shapes and fills -----------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;

/// Reshape, Flatten, Squeeze and Unsqueeze: the same elements, another shape.
static Error importReshape(NodeImporter &node) {
  node.setOutput(0, node.importer.materialize(node.importer.reshape(
                        node.getInput(0), node.getOutputInfo().shape)));
  return Error::success();
}

static Error importExpand(NodeImporter &node) {
  mlir::Value result = node.importer.buildElementwise(
      node.getOutputInfo().shape, node.getOutputElement(), node.getInput(0),
      [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
  node.setOutput(0, result);
  return Error::success();
}

/// Only those of dynamic shape reach this.
static Error importConstantOfShape(NodeImporter &node) {
  const Value &info = node.getOutputInfo();
  mlir::Type element = node.getOutputElement();
  mlir::Value scalar;
  WeightRef value = node.context.getTensor("value");
  ElementsRef elements = value ? loadElements(*value) : nullptr;
  if (value && !elements)
    return node.refuse("a fill of " + toString(value->type) +
                       " is not supported");
  if (!value)
    scalar = node.importer.buildConstant(element, 0.0);
  else if (isFloat(info.type))
    scalar = node.importer.buildConstant(element, elements->floats.front());
  else
    scalar = node.importer.buildConstant(element,
                                         elements->ints.front().getOffset());
  node.setOutput(0, node.importer.buildFilled(info.shape, scalar));
  return Error::success();
}

/// Only those that are long or of dynamic length reach this.
static Error importRange(NodeImporter &node) {
  mlir::Value start = node.importer.getExtent(node.resolved.low.front());
  mlir::Value step = node.importer.buildIndex(node.resolved.steps.front());
  mlir::Type element = node.getOutputElement();
  mlir::Value result = node.importer.buildIndexed(
      node.getOutputInfo().shape, element,
      [&](ImplicitLocOpBuilder &b, ValueRange at) -> mlir::Value {
        mlir::Value walked = arith::MulIOp::create(b, at.front(), step);
        mlir::Value number = arith::AddIOp::create(b, start, walked);
        if (!isa<FloatType>(element))
          return arith::IndexCastOp::create(b, element, number);
        number = arith::IndexCastOp::create(b, b.getI64Type(), number);
        return arith::SIToFPOp::create(b, element, number);
      });
  node.setOutput(0, result);
  return Error::success();
}

/// Only the mask is computed: outside of training everything is kept.
static Error importDropout(NodeImporter &node) {
  mlir::Value kept =
      node.importer.buildConstant(node.getOutputElement(1), int64_t(1));
  node.setOutput(1,
                 node.importer.buildFilled(node.getOutputInfo(1).shape, kept));
  return Error::success();
}

llvm::ArrayRef<OpImporter> getShapeImporters() {
  static const OpImporter importers[] = {
      {"ConstantOfShape", importConstantOfShape},
      {"Dropout", importDropout},
      {"Expand", importExpand},
      {"Flatten", importReshape},
      {"Range", importRange},
      {"Reshape", importReshape},
      {"Squeeze", importReshape},
      {"Unsqueeze", importReshape},
  };
  return importers;
}

} // namespace seqc::onnx
