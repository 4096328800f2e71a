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

llvm::ArrayRef<OpImporter> getShapeImporters() {
  static const OpImporter importers[] = {
      {"ConstantOfShape", importConstantOfShape},
      {"Expand", importExpand},
      {"Flatten", importReshape},
      {"Reshape", importReshape},
      {"Squeeze", importReshape},
      {"Unsqueeze", importReshape},
  };
  return importers;
}

} // namespace seqc::onnx
