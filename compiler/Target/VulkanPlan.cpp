//===- VulkanPlan.cpp - a host function as a Vulkan plan ------------------===//
//
// What the GPU passes leave on the host: index arithmetic on the model's
// dimensions, allocations, conditionals and calls of kernels. Each becomes a
// command of the plan that runtime/src/VulkanPlan.h describes.
//
//===----------------------------------------------------------------------===//

#include "compiler/Target/VulkanTarget.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/Gpu/KernelBuilder.h"
#include "passes/Support/ModelFunction.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace seqc;
using llvm::json::Array;
using llvm::json::Object;

namespace {
/// A buffer on the host: registers with its number and its extents.
struct BufferValue {
  int64_t number = 0;
  SmallVector<int64_t> extents;
};

class PlanWriter {
public:
  explicit PlanWriter(func::FuncOp function) : function(function) {}

  FailureOr<std::string> write(int64_t workgroupSize);

private:
  LogicalResult addArguments(Array &commands);
  LogicalResult addBlock(Block &block, Array &commands);
  LogicalResult addOp(Operation &op, Array &commands);
  LogicalResult addAlloc(memref::AllocOp op, Array &commands);
  LogicalResult addIf(scf::IfOp op, Array &commands);
  LogicalResult addMetadata(memref::ExtractStridedMetadataOp op,
                            Array &commands);
  LogicalResult addChoice(arith::SelectOp op, Array &commands);
  LogicalResult addYield(scf::IfOp op, Block &block, Array &commands);
  LogicalResult addDispatch(func::CallOp op, Array &commands);
  /// An op on integers; failure, without a diagnostic, if it is no such op.
  LogicalResult addArithmetic(Operation &op, Array &commands);

  /// The register of an integer value, or failure with a diagnostic.
  FailureOr<int64_t> lookup(Operation *user, Value value);
  FailureOr<Array> lookup(Operation *user, ValueRange values);
  FailureOr<BufferValue> lookupBuffer(Operation *user, Value memref);

  int64_t addCommand(Array &commands, StringRef op, Array args);
  int64_t addConstant(Array &commands, int64_t value);
  LogicalResult unsupportedOp(Operation *op) {
    return op->emitError() << "'" << op->getName()
                           << "' is not supported by the Vulkan target";
  }

  func::FuncOp function;
  int64_t numRegisters = 0;
  llvm::DenseMap<Value, int64_t> registers;
  llvm::DenseMap<Value, BufferValue> bufferValues;
  Array buffers;
};
} // namespace

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

FailureOr<int64_t> PlanWriter::lookup(Operation *user, Value value) {
  auto it = registers.find(value);
  if (it != registers.end())
    return it->second;
  return user->emitError() << "'" << user->getName()
                           << "' on the host must compute with indices that "
                              "depend on dimensions alone";
}

FailureOr<Array> PlanWriter::lookup(Operation *user, ValueRange values) {
  Array numbers;
  for (Value value : values) {
    FailureOr<int64_t> number = lookup(user, value);
    if (failed(number))
      return failure();
    numbers.push_back(*number);
  }
  return numbers;
}

FailureOr<BufferValue> PlanWriter::lookupBuffer(Operation *user, Value memref) {
  while (auto cast = memref.getDefiningOp<memref::CastOp>())
    memref = cast.getSource();
  auto it = bufferValues.find(memref);
  if (it != bufferValues.end())
    return it->second;
  return user->emitError() << "'" << user->getName()
                           << "' needs whole buffers, found "
                           << memref.getType();
}

int64_t PlanWriter::addCommand(Array &commands, StringRef op, Array args) {
  commands.push_back(
      Object{{"op", op}, {"to", numRegisters}, {"args", std::move(args)}});
  return numRegisters++;
}

int64_t PlanWriter::addConstant(Array &commands, int64_t value) {
  commands.push_back(
      Object{{"op", "const"}, {"to", numRegisters}, {"value", value}});
  return numRegisters++;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// Inputs, states and outputs, each in the interface's order.
LogicalResult PlanWriter::addArguments(Array &commands) {
  llvm::StringMap<int64_t> counts;
  for (BlockArgument argument : function.getArguments()) {
    unsigned i = argument.getArgNumber();
    auto kind = function.getArgAttrOfType<StringAttr>(i, argumentKindAttr);
    auto shape =
        function.getArgAttrOfType<DenseI64ArrayAttr>(i, argumentShapeAttr);
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!kind || !shape || !type || type.getRank() != shape.size())
      return function.emitError()
             << "argument " << i
             << " must be a buffer of the model's interface, found "
             << argument.getType();
    BufferValue &value = bufferValues[argument];
    value.number = addConstant(commands, buffers.size());
    for (int64_t extent : shape.asArrayRef()) {
      if (extent >= 0) {
        value.extents.push_back(addConstant(commands, extent));
        continue;
      }
      value.extents.push_back(numRegisters);
      commands.push_back(Object{
          {"op", "dim"}, {"to", numRegisters++}, {"value", -1 - extent}});
    }
    buffers.push_back(
        Object{{"kind", kind.getValue()}, {"index", counts[kind]++}});
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// The command of an op on integers of the same meaning, or nothing.
static StringRef getCommand(Operation &op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    switch (compare.getPredicate()) {
    case arith::CmpIPredicate::eq:
      return "eq";
    case arith::CmpIPredicate::ne:
      return "ne";
    // Indices are not negative.
    case arith::CmpIPredicate::slt:
    case arith::CmpIPredicate::ult:
      return "lt";
    case arith::CmpIPredicate::sle:
    case arith::CmpIPredicate::ule:
      return "le";
    case arith::CmpIPredicate::sgt:
    case arith::CmpIPredicate::ugt:
      return "gt";
    case arith::CmpIPredicate::sge:
    case arith::CmpIPredicate::uge:
      return "ge";
    }
  return llvm::TypeSwitch<Operation *, StringRef>(&op)
      .Case<arith::AddIOp>([](auto) { return "add"; })
      .Case<arith::SubIOp>([](auto) { return "sub"; })
      .Case<arith::MulIOp>([](auto) { return "mul"; })
      .Case<arith::DivSIOp, arith::DivUIOp>([](auto) { return "div"; })
      .Case<arith::FloorDivSIOp>([](auto) { return "floordiv"; })
      .Case<arith::CeilDivSIOp>([](auto) { return "ceildiv"; })
      .Case<arith::RemSIOp, arith::RemUIOp>([](auto) { return "rem"; })
      .Case<arith::MinSIOp>([](auto) { return "min"; })
      .Case<arith::MaxSIOp>([](auto) { return "max"; })
      .Case<arith::AndIOp>([](auto) { return "and"; })
      .Case<arith::OrIOp>([](auto) { return "or"; })
      .Case<arith::XOrIOp>([](auto) { return "xor"; })
      .Case<arith::SelectOp>([](auto) { return "select"; })
      .Case<arith::IndexCastOp>([](auto) { return "set"; })
      .Default([](Operation *) { return ""; });
}

LogicalResult PlanWriter::addArithmetic(Operation &op, Array &commands) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    // Others are left over from kernels.
    if (auto value = dyn_cast<IntegerAttr>(constant.getValue()))
      registers[constant] =
          addConstant(commands, value.getType().isInteger(1)
                                    ? value.getValue().getZExtValue()
                                    : value.getInt());
    return success();
  }
  StringRef command = getCommand(op);
  if (command.empty() || !op.getResult(0).getType().isIntOrIndex())
    return unsupportedOp(&op);
  FailureOr<Array> args = lookup(&op, op.getOperands());
  if (failed(args))
    return failure();
  registers[op.getResult(0)] = addCommand(commands, command, std::move(*args));
  return success();
}

LogicalResult PlanWriter::addAlloc(memref::AllocOp op, Array &commands) {
  MemRefType type = op.getType();
  if (!type.getLayout().isIdentity() || !type.getElementType().isIntOrFloat())
    return unsupportedOp(op);
  FailureOr<Array> dynamic = lookup(op, op.getDynamicSizes());
  if (failed(dynamic))
    return failure();
  Array extents;
  unsigned next = 0;
  for (int64_t extent : type.getShape())
    extents.push_back(ShapedType::isDynamic(extent)
                          ? std::move((*dynamic)[next++])
                          : llvm::json::Value(addConstant(commands, extent)));
  BufferValue &value = bufferValues[op];
  for (const llvm::json::Value &extent : extents)
    value.extents.push_back(*extent.getAsInteger());
  value.number = numRegisters++;
  int64_t bytes =
      llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
  commands.push_back(Object{{"op", "alloc"},
                            {"to", value.number},
                            {"buffer", static_cast<int64_t>(buffers.size())},
                            {"args", std::move(extents)},
                            {"bytes", bytes}});
  buffers.push_back(Object{{"kind", "local"}});
  return success();
}

/// One of two buffers of the same shape.
LogicalResult PlanWriter::addChoice(arith::SelectOp op, Array &commands) {
  FailureOr<int64_t> condition = lookup(op, op.getCondition());
  FailureOr<BufferValue> yes = lookupBuffer(op, op.getTrueValue());
  FailureOr<BufferValue> no = lookupBuffer(op, op.getFalseValue());
  if (failed(condition) || failed(yes) || failed(no))
    return failure();
  int64_t number = addCommand(commands, "select",
                              Array{*condition, yes->number, no->number});
  bufferValues[op] = {number, yes->extents};
  return success();
}

/// Ends a branch: sets the registers of the conditional's results.
LogicalResult PlanWriter::addYield(scf::IfOp op, Block &block,
                                   Array &commands) {
  auto set = [&](int64_t to, int64_t from) {
    commands.push_back(
        Object{{"op", "set"}, {"to", to}, {"args", Array{from}}});
  };
  Operation *yield = block.getTerminator();
  for (auto [result, value] :
       llvm::zip_equal(op.getResults(), yield->getOperands())) {
    if (isa<MemRefType>(result.getType())) {
      FailureOr<BufferValue> from = lookupBuffer(yield, value);
      if (failed(from))
        return failure();
      const BufferValue &to = bufferValues[result];
      set(to.number, from->number);
      for (auto [t, f] : llvm::zip_equal(to.extents, from->extents))
        set(t, f);
      continue;
    }
    FailureOr<int64_t> from = lookup(yield, value);
    if (failed(from))
      return failure();
    set(registers[result], *from);
  }
  return success();
}

LogicalResult PlanWriter::addIf(scf::IfOp op, Array &commands) {
  FailureOr<int64_t> condition = lookup(op, op.getCondition());
  if (failed(condition))
    return failure();
  for (Value result : op.getResults()) {
    auto type = dyn_cast<MemRefType>(result.getType());
    if (!type && !result.getType().isIntOrIndex())
      return unsupportedOp(op);
    if (!type) {
      registers[result] = numRegisters++;
      continue;
    }
    BufferValue &value = bufferValues[result];
    value.number = numRegisters++;
    for (int64_t i = 0; i < type.getRank(); ++i)
      value.extents.push_back(numRegisters++);
  }
  Array branches[2];
  for (auto [branch, region] : llvm::zip(branches, op->getRegions()))
    if (!region.empty() && (failed(addBlock(region.front(), branch)) ||
                            failed(addYield(op, region.front(), branch))))
      return failure();
  commands.push_back(Object{{"op", "if"},
                            {"args", Array{*condition}},
                            {"then", std::move(branches[0])},
                            {"else", std::move(branches[1])}});
  return success();
}

/// Of a whole buffer, whose layout is the identity.
LogicalResult PlanWriter::addMetadata(memref::ExtractStridedMetadataOp op,
                                      Array &commands) {
  FailureOr<BufferValue> value = lookupBuffer(op, op.getSource());
  if (failed(value))
    return failure();
  registers[op.getOffset()] = addConstant(commands, 0);
  int64_t stride = addConstant(commands, 1);
  for (size_t axis = op.getSizes().size(); axis-- > 0;) {
    int64_t extent = value->extents[axis];
    registers[op.getSizes()[axis]] = extent;
    registers[op.getStrides()[axis]] = stride;
    stride = addCommand(commands, "mul", Array{stride, extent});
  }
  return success();
}

LogicalResult PlanWriter::addDispatch(func::CallOp op, Array &commands) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  auto kernel = callee->getAttrOfType<SymbolRefAttr>(kernelAttr);
  if (!kernel)
    return unsupportedOp(op);
  FailureOr<int64_t> points = lookup(op, op.getOperand(0));
  if (failed(points))
    return failure();
  Array bound, params;
  for (Value operand : op.getOperands().drop_front()) {
    if (isa<MemRefType>(operand.getType())) {
      FailureOr<BufferValue> buffer = lookupBuffer(op, operand);
      if (failed(buffer))
        return failure();
      bound.push_back(buffer->number);
      continue;
    }
    FailureOr<int64_t> param = lookup(op, operand);
    if (failed(param))
      return failure();
    params.push_back(*param);
  }
  commands.push_back(Object{{"op", "dispatch"},
                            {"kernel", kernel.getLeafReference().getValue()},
                            {"points", *points},
                            {"buffers", std::move(bound)},
                            {"args", std::move(params)}});
  return success();
}

LogicalResult PlanWriter::addOp(Operation &op, Array &commands) {
  if (auto call = dyn_cast<func::CallOp>(op))
    return addDispatch(call, commands);
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return addAlloc(alloc, commands);
  if (auto ifOp = dyn_cast<scf::IfOp>(op))
    return addIf(ifOp, commands);
  if (auto metadata = dyn_cast<memref::ExtractStridedMetadataOp>(op))
    return addMetadata(metadata, commands);
  if (isa<ViewLikeOpInterface, scf::YieldOp>(op))
    return success();
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    FailureOr<BufferValue> value = lookupBuffer(&op, dim.getSource());
    std::optional<int64_t> axis = dim.getConstantIndex();
    if (failed(value) || !axis)
      return failed(value) ? failure() : unsupportedOp(&op);
    registers[dim] = value->extents[*axis];
    return success();
  }
  if (isa<func::ReturnOp>(op) && op.getNumOperands() == 0)
    return success();
  if (auto select = dyn_cast<arith::SelectOp>(op))
    if (isa<MemRefType>(select.getType()))
      return addChoice(select, commands);
  if (op.getNumResults() != 1)
    return unsupportedOp(&op);
  return addArithmetic(op, commands);
}

LogicalResult PlanWriter::addBlock(Block &block, Array &commands) {
  for (Operation &op : block)
    if (failed(addOp(op, commands)))
      return failure();
  return success();
}

FailureOr<std::string> PlanWriter::write(int64_t workgroupSize) {
  Array program;
  if (failed(addArguments(program)) ||
      failed(addBlock(function.front(), program)))
    return failure();
  Object plan{{"version", 1},
              {"workgroup", workgroupSize},
              {"registers", numRegisters},
              {"buffers", std::move(buffers)},
              {"program", std::move(program)}};
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::json::Value(std::move(plan));
  return text;
}

FailureOr<std::string> seqc::writeVulkanPlan(func::FuncOp function,
                                             int64_t workgroupSize) {
  return PlanWriter(function).write(workgroupSize);
}
