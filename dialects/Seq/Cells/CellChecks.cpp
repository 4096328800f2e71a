//===- CellChecks.cpp - what cells require of their operands --------------===//

#include "dialects/Seq/Cells/CellChecks.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace seqc::seq;

LogicalResult seqc::seq::expectOperand(Operation *op, StringRef name,
                                       Value value, ArrayRef<int64_t> shape) {
  if (!value)
    return success();
  auto type = cast<RankedTensorType>(value.getType());
  if (succeeded(verifyCompatibleShape(type.getShape(), shape)))
    return success();
  auto expected = RankedTensorType::get(shape, type.getElementType());
  return op->emitOpError() << name << " must have the shape of " << expected
                           << ", found " << type;
}

LogicalResult seqc::seq::expectExtents(Operation *op,
                                       ArrayRef<NamedOperand> operands,
                                       ArrayRef<int64_t> shape,
                                       int64_t leading) {
  for (auto [name, value] : operands) {
    if (failed(expectOperand(op, name, value, shape)))
      return failure();
    if (!value)
      continue;
    auto type = cast<RankedTensorType>(value.getType());
    if (!ShapedType::isDynamicShape(type.getShape().drop_front(leading)))
      continue;
    InFlightDiagnostic error = op->emitOpError("needs static extents of ")
                               << name;
    if (leading)
      error << " from dimension " << leading << " on";
    return error << ", found " << type;
  }
  return success();
}

LogicalResult seqc::seq::expectWeights(Operation *op,
                                       ArrayRef<NamedOperand> weights,
                                       ArrayRef<int64_t> shape) {
  return expectExtents(op, weights, shape, 0);
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

LogicalResult seqc::seq::verifyElements(Operation *op, Value x, Value lengths) {
  Type element = getElementTypeOrSelf(x);
  if (!isa<FloatType>(element))
    return op->emitOpError("needs floats, found ") << x.getType();
  if (lengths && (!getElementTypeOrSelf(lengths).isSignlessInteger() ||
                  getElementTypeOrSelf(lengths).isInteger(1)))
    return op->emitOpError("needs lengths of integers, found ")
           << lengths.getType();
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Value value : values)
    if (value != lengths && getElementTypeOrSelf(value.getType()) != element)
      return op->emitOpError("needs one element type, found ")
             << x.getType() << " and " << value.getType();
  return success();
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
