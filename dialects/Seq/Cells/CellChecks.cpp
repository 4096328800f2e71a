//===- CellChecks.cpp - what cells require of their operands --------------===//

#include "dialects/Seq/Cells/CellChecks.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace seqc::seq;

SharedExtent::SharedExtent(NamedOperand operand, int64_t dim)
    : size(cast<RankedTensorType>(operand.value.getType()).getDimSize(dim)),
      giver(operand.name) {}

LogicalResult seqc::seq::expectOperand(Operation *op, StringRef name,
                                       Value value,
                                       ArrayRef<RequiredExtent> shape) {
  if (!value)
    return success();
  auto type = cast<RankedTensorType>(value.getType());
  bool fits = type.getRank() == static_cast<int64_t>(shape.size());
  SmallVector<int64_t> sizes;
  StringRef giver;
  for (auto [dim, required] : llvm::enumerate(shape)) {
    int64_t size = required.shared ? required.shared->size : required.size;
    sizes.push_back(size);
    if (!fits || ShapedType::isDynamic(size) || type.isDynamicDim(dim) ||
        type.getDimSize(dim) == size)
      continue;
    fits = false;
    if (required.shared)
      giver = required.shared->giver;
  }
  if (!fits) {
    InFlightDiagnostic error = op->emitOpError()
                               << name << " must have the shape of "
                               << RankedTensorType::get(sizes,
                                                        type.getElementType());
    if (!giver.empty())
      error << " because of " << giver;
    return error << ", found " << type;
  }
  for (auto [dim, required] : llvm::enumerate(shape))
    if (required.shared && ShapedType::isDynamic(required.shared->size))
      *required.shared = SharedExtent({name, value}, dim);
  return success();
}

LogicalResult seqc::seq::expectExtents(Operation *op,
                                       ArrayRef<NamedOperand> operands,
                                       ArrayRef<RequiredExtent> shape,
                                       int64_t leading) {
  for (auto [name, value] : operands) {
    if (failed(expectOperand(op, name, value, shape)))
      return failure();
    if (!value)
      continue;
    auto type = cast<RankedTensorType>(value.getType());
    ArrayRef<int64_t> fixed = type.getShape().drop_front(leading);
    bool isOpen = ShapedType::isDynamicShape(fixed);
    if (!isOpen && !llvm::is_contained(fixed, 0))
      continue;
    InFlightDiagnostic error = op->emitOpError("needs ");
    error << (isOpen ? "static extents of " : "extents above 0 of ") << name;
    if (leading)
      error << " from dimension " << leading << " on";
    return error << ", found " << type;
  }
  return success();
}

LogicalResult seqc::seq::expectWeights(Operation *op,
                                       ArrayRef<NamedOperand> weights,
                                       ArrayRef<int64_t> shape) {
  return expectExtents(op, weights, SmallVector<RequiredExtent>(shape), 0);
}

LogicalResult seqc::seq::expectTogether(Operation *op,
                                        ArrayRef<NamedOperand> operands) {
  auto given = llvm::count_if(
      operands, [](const NamedOperand &operand) { return !!operand.value; });
  if (given == 0 || given == static_cast<int64_t>(operands.size()))
    return success();
  InFlightDiagnostic error = op->emitOpError("needs ");
  for (auto [i, operand] : llvm::enumerate(operands))
    error << (i == 0                     ? ""
              : i + 1 == operands.size() ? " and "
                                         : ", ")
          << operand.name;
  return error << " together, found " << given << " of them";
}

LogicalResult seqc::seq::verifyFloats(Operation *op, Value x, Value other) {
  Type element = getElementTypeOrSelf(x);
  if (!isa<FloatType>(element))
    return op->emitOpError("needs floats, found ") << x.getType();
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Value value : values)
    if (value != other && getElementTypeOrSelf(value.getType()) != element)
      return op->emitOpError("needs one element type, found ")
             << x.getType() << " and " << value.getType();
  return success();
}

LogicalResult seqc::seq::verifyElements(Operation *op, Value x, Value lengths) {
  if (lengths && (!getElementTypeOrSelf(lengths).isSignlessInteger() ||
                  getElementTypeOrSelf(lengths).isInteger(1)))
    return op->emitOpError("needs lengths of integers, found ")
           << lengths.getType();
  return verifyFloats(op, x, lengths);
}

LogicalResult seqc::seq::verifyGateOrder(Operation *op, StringRef order,
                                         StringRef letters) {
  std::string found = order.str(), expected = letters.str();
  llvm::sort(found);
  llvm::sort(expected);
  if (found == expected)
    return success();
  return op->emitOpError("gate_order must be a permutation of ")
         << letters << ", found \"" << order << "\"";
}
