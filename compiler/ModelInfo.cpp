//===- ModelInfo.cpp - what a model looks like from outside ---------------===//

#include "compiler/ModelInfo.h"

#include "mlir/IR/BuiltinTypes.h"
#include "passes/Support/ModelFunction.h"
#include "seqc/abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Element types and names
//===----------------------------------------------------------------------===//

namespace {
struct ElementType {
  llvm::StringLiteral cType;
  int64_t bytes;
};
} // namespace

static ElementType elementType(int32_t type) {
  switch (type) {
  case SEQC_F32:
    return {"float", 4};
  case SEQC_F64:
    return {"double", 8};
  case SEQC_F16:
  case SEQC_BF16:
    return {"uint16_t", 2};
  case SEQC_I8:
    return {"int8_t", 1};
  case SEQC_I16:
    return {"int16_t", 2};
  case SEQC_I32:
    return {"int32_t", 4};
  case SEQC_I64:
    return {"int64_t", 8};
  default:
    return {"uint8_t", 1};
  }
}

llvm::StringRef seqc::elementCType(int32_t type) {
  return elementType(type).cType;
}

int64_t seqc::elementBytes(int32_t type) { return elementType(type).bytes; }

std::string seqc::cIdentifier(llvm::StringRef name) {
  static const llvm::StringSet<> reserved = {
      "alignas", "alignof",   "and",      "asm",      "auto",     "bool",
      "break",   "case",      "catch",    "char",     "class",    "compl",
      "concept", "const",     "continue", "decltype", "default",  "delete",
      "do",      "double",    "else",     "enum",     "explicit", "export",
      "extern",  "false",     "float",    "for",      "friend",   "goto",
      "if",      "inline",    "int",      "long",     "mutable",  "namespace",
      "new",     "noexcept",  "not",      "nullptr",  "operator", "or",
      "private", "protected", "public",   "register", "requires", "restrict",
      "return",  "short",     "signed",   "sizeof",   "static",   "struct",
      "switch",  "template",  "this",     "throw",    "true",     "try",
      "typedef", "typeid",    "typename", "typeof",   "union",    "unsigned",
      "using",   "virtual",   "void",     "volatile", "while",    "xor"};
  std::string identifier;
  for (char c : name)
    identifier += llvm::isAlnum(c) ? c : '_';
  if (identifier.empty() || llvm::isDigit(identifier.front()))
    identifier.insert(0, "m");
  // Names that begin with an underscore belong to the implementation.
  if (identifier.front() == '_')
    identifier.insert(0, "m");
  if (reserved.contains(identifier))
    identifier += '_';
  return identifier;
}

/// The element type's number in the C interface, or nothing.
static std::optional<int32_t> abiType(Type type) {
  if (type.isF32())
    return SEQC_F32;
  if (type.isF64())
    return SEQC_F64;
  if (type.isF16())
    return SEQC_F16;
  if (type.isBF16())
    return SEQC_BF16;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  if (integer.isUnsigned())
    return integer.getWidth() == 8 ? std::optional<int32_t>(SEQC_U8)
                                   : std::nullopt;
  switch (integer.getWidth()) {
  case 1:
    return SEQC_BOOL;
  case 8:
    return SEQC_I8;
  case 16:
    return SEQC_I16;
  case 32:
    return SEQC_I32;
  case 64:
    return SEQC_I64;
  default:
    return std::nullopt;
  }
}

//===----------------------------------------------------------------------===//
// Reading a function
//===----------------------------------------------------------------------===//

namespace {
/// Collects one function's interface. Every method emits its own diagnostics.
class InterfaceReader {
public:
  explicit InterfaceReader(func::FuncOp function) : function(function) {}

  FailureOr<ModelInfo> read();

private:
  LogicalResult readTensor(Type type, DictionaryAttr attrs, bool isResult,
                           unsigned index, TensorInfo &tensor);
  LogicalResult readAxis(int64_t extent, const std::string &axisName,
                         bool isResult, TensorInfo &tensor);
  LogicalResult readStates(ArrayRef<TensorInfo> arguments,
                           ArrayRef<TensorInfo> results);
  LogicalResult readState(ArrayAttr pair, ArrayRef<TensorInfo> arguments,
                          ArrayRef<TensorInfo> results);
  LogicalResult readInitial(StateInfo &state);
  LogicalResult readSteps();
  LogicalResult checkSteps();
  LogicalResult checkNames();

  func::FuncOp function;
  ModelInfo info;
  StringRef steps; ///< The dimension of steps; empty: there is none.
  /// The extent of every named axis, ShapedType::kDynamic for a dynamic one.
  llvm::StringMap<int64_t> extents;
};
} // namespace

LogicalResult InterfaceReader::readAxis(int64_t extent,
                                        const std::string &axisName,
                                        bool isResult, TensorInfo &tensor) {
  bool dynamic = ShapedType::isDynamic(extent);
  tensor.axisNames.push_back(axisName);
  if (!axisName.empty()) {
    auto [entry, isNew] = extents.try_emplace(axisName, extent);
    if (entry->second != extent)
      return function.emitError()
             << "dimension '" << axisName << "' of '" << tensor.name
             << "' must have the same extent everywhere, found "
             << (dynamic ? "?" : std::to_string(extent)) << " and "
             << (ShapedType::isDynamic(entry->second)
                     ? "?"
                     : std::to_string(entry->second));
    if (isNew && dynamic) {
      info.dims.push_back(axisName);
      info.numGivenDims += !isResult;
    }
  }
  if (!dynamic) {
    tensor.shape.push_back(extent);
    return success();
  }
  auto position = llvm::find(info.dims, axisName) - info.dims.begin();
  tensor.shape.push_back(-1 - static_cast<int64_t>(position));
  return success();
}

LogicalResult InterfaceReader::readTensor(Type type, DictionaryAttr attrs,
                                          bool isResult, unsigned index,
                                          TensorInfo &tensor) {
  tensor.name = getTensorName(attrs, isResult, index);
  tensor.index = index;
  auto shaped = dyn_cast<RankedTensorType>(type);
  if (!shaped)
    return function.emitError()
           << "'" << tensor.name << "' must be a ranked tensor, found " << type;
  Type elementType = shaped.getElementType();
  std::optional<int32_t> element = abiType(elementType);
  // Bodies compute on signless integers; only the interface tells u8 from i8.
  if (element && attrs && attrs.contains("seq.unsigned")) {
    element =
        *element == SEQC_I8 ? std::optional<int32_t>(SEQC_U8) : std::nullopt;
    elementType = IntegerType::get(elementType.getContext(),
                                   elementType.getIntOrFloatBitWidth(),
                                   IntegerType::Unsigned);
  }
  if (!element)
    return function.emitError()
           << "'" << tensor.name
           << "' must have elements of type f32, f64, f16, bf16, i1, i8, i16, "
              "i32, i64 or ui8, found "
           << elementType;
  tensor.type = *element;

  auto names = attrs ? attrs.getAs<ArrayAttr>("seq.dims") : ArrayAttr();
  if (names && (names.size() != static_cast<size_t>(shaped.getRank()) ||
                !llvm::all_of(names, llvm::IsaPred<StringAttr>)))
    return function.emitError()
           << "'seq.dims' of '" << tensor.name << "' must hold "
           << shaped.getRank() << " strings, found " << names;
  for (auto [axis, extent] : llvm::enumerate(shaped.getShape())) {
    std::string axisName =
        getDimName(attrs, isResult, index, axis, ShapedType::isDynamic(extent));
    if (!steps.empty() && axisName == steps) {
      if (axis != 0 || !ShapedType::isDynamic(extent))
        return function.emitError()
               << "the steps '" << steps << "' of '" << tensor.name
               << "' must be its first dimension, and dynamic";
      tensor.perStep = true;
      continue;
    }
    if (failed(readAxis(extent, axisName, isResult, tensor)))
      return failure();
  }
  if (tensor.shape.size() > SEQC_MAX_RANK)
    return function.emitError()
           << "'" << tensor.name << "' must have at most " << SEQC_MAX_RANK
           << " dimensions, found " << tensor.shape.size();
  return success();
}

LogicalResult InterfaceReader::readInitial(StateInfo &state) {
  Attribute attr = function.getArgAttr(state.index, "seq.initial");
  if (!attr)
    return success();
  if (auto weight = dyn_cast<FlatSymbolRefAttr>(attr)) {
    state.initialWeight = weight.getValue().str();
    return success();
  }
  auto values = dyn_cast<DenseElementsAttr>(attr);
  std::optional<int32_t> type =
      values ? abiType(values.getElementType()) : std::nullopt;
  if (type != state.type)
    return function.emitError()
           << "'seq.initial' of '" << state.name
           << "' must be dense elements of the state's type";
  if (state.type == SEQC_BOOL) {
    for (bool value : values.getValues<bool>())
      state.initial.push_back(value ? 1 : 0);
    if (values.isSplat())
      state.initial.resize(1);
  } else {
    state.initial.assign(values.getRawData().begin(),
                         values.getRawData().end());
  }
  if (values.isSplat())
    return success();
  int64_t slot = 1;
  for (auto [axis, extent] : llvm::enumerate(state.shape)) {
    if (static_cast<int64_t>(axis) == state.batchAxis)
      continue;
    if (extent < 0)
      return function.emitError()
             << "'seq.initial' of '" << state.name
             << "', which has dynamic dimension '" << state.axisNames[axis]
             << "', must be a splat";
    slot *= extent;
  }
  if (values.getNumElements() != slot)
    return function.emitError()
           << "'seq.initial' of '" << state.name << "' must hold the " << slot
           << " elements of one batch slot, found " << values.getNumElements();
  return success();
}

LogicalResult InterfaceReader::readState(ArrayAttr pair,
                                         ArrayRef<TensorInfo> arguments,
                                         ArrayRef<TensorInfo> results) {
  if (!pair || pair.size() != 2 ||
      !llvm::all_of(pair, llvm::IsaPred<StringAttr>))
    return function.emitError(
        "'seq.states' must hold pairs of an argument's and a result's name");
  StringRef input = cast<StringAttr>(pair[0]).getValue();
  StringRef output = cast<StringAttr>(pair[1]).getValue();
  const TensorInfo *argument = llvm::find_if(
      arguments, [&](const TensorInfo &t) { return t.name == input; });
  const TensorInfo *result = llvm::find_if(
      results, [&](const TensorInfo &t) { return t.name == output; });
  if (argument == arguments.end())
    return function.emitError()
           << "state '" << input << "' must be an argument, found none";
  if (result == results.end())
    return function.emitError() << "state '" << input << "' must be updated by "
                                << "result '" << output << "', found none";
  for (const StateInfo &other : info.states)
    if (other.name == input || other.output == output)
      return function.emitError()
             << "state '" << input << "' must be in one pair, found in two";
  Type type = function.getArgumentTypes()[argument->index],
       nextType = function.getResultTypes()[result->index];
  if (type != nextType || argument->type != result->type)
    return function.emitError() << "state '" << input << "' and result '"
                                << output << "' must have the same type, found "
                                << type << " and " << nextType;
  if (argument->shape != result->shape)
    return function.emitError()
           << "dynamic dimensions of state '" << input << "' and result '"
           << output << "' must have the same names";
  StateInfo state;
  static_cast<TensorInfo &>(state) = *argument;
  state.output = output.str();
  state.resultIndex = result->index;
  const std::string *batch = llvm::find(state.axisNames, "batch");
  if (batch != state.axisNames.end())
    state.batchAxis = batch - state.axisNames.begin();
  if (failed(readInitial(state)))
    return failure();
  info.states.push_back(std::move(state));
  return success();
}

LogicalResult InterfaceReader::readStates(ArrayRef<TensorInfo> arguments,
                                          ArrayRef<TensorInfo> results) {
  if (Attribute attr = function->getAttr("seq.states")) {
    auto pairs = dyn_cast<ArrayAttr>(attr);
    if (!pairs)
      return function.emitError("'seq.states' must be an array of pairs");
    for (Attribute pair : pairs)
      if (failed(readState(dyn_cast<ArrayAttr>(pair), arguments, results)))
        return failure();
  }
  for (const TensorInfo &argument : arguments)
    if (llvm::none_of(info.states, [&](const StateInfo &state) {
          return state.index == argument.index;
        }))
      info.inputs.push_back(argument);
  for (const TensorInfo &result : results)
    if (llvm::none_of(info.states, [&](const StateInfo &state) {
          return state.resultIndex == result.index;
        }))
      info.outputs.push_back(result);
  return success();
}

LogicalResult InterfaceReader::checkNames() {
  auto check = [&](StringRef kind, const auto &tensors) -> LogicalResult {
    llvm::StringSet<> seen;
    for (const auto &tensor : tensors)
      if (!seen.insert(tensor.name).second)
        return function.emitError() << kind << "s must have different names, "
                                    << "found '" << tensor.name << "' twice";
    return success();
  };
  return success(succeeded(check("input", info.inputs)) &&
                 succeeded(check("output", info.outputs)) &&
                 succeeded(check("state", info.states)));
}

/// `seq.steps` and `seq.block`, which come together.
LogicalResult InterfaceReader::readSteps() {
  auto name = function->getAttrOfType<StringAttr>("seq.steps");
  auto block = function->getAttrOfType<IntegerAttr>("seq.block");
  if (!name && !block)
    return success();
  if (!name || name.empty() || !block || block.getInt() < 1)
    return function.emitError("'seq.steps' must be a dimension's name and "
                              "'seq.block' at least 1");
  steps = name;
  info.block = block.getInt();
  return success();
}

LogicalResult InterfaceReader::checkSteps() {
  if (steps.empty())
    return success();
  auto check = [&](const TensorInfo &tensor, bool expected) -> LogicalResult {
    if (tensor.perStep == expected)
      return success();
    return function.emitError()
           << "'" << tensor.name << "' must " << (expected ? "" : "not ")
           << "have a row for each of the steps '" << steps << "'";
  };
  for (const TensorInfo &input : info.inputs)
    if (failed(check(input, true)))
      return failure();
  for (const TensorInfo &output : info.outputs)
    if (failed(check(output, true)))
      return failure();
  for (const StateInfo &state : info.states)
    if (failed(check(state, false)))
      return failure();
  return success();
}

FailureOr<ModelInfo> InterfaceReader::read() {
  if (failed(readSteps()))
    return failure();
  info.symbol = function.getSymName().str();
  info.name = cIdentifier(info.symbol);
  llvm::SmallVector<TensorInfo> arguments, results;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (failed(readTensor(type, function.getArgAttrDict(index), false, index,
                          arguments.emplace_back())))
      return failure();
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    if (failed(readTensor(type, function.getResultAttrDict(index), true, index,
                          results.emplace_back())))
      return failure();
  if (failed(readStates(arguments, results)) || failed(checkSteps()) ||
      failed(checkNames()))
    return failure();
  llvm::json::Array states;
  for (const StateInfo &state : info.states)
    states.push_back(
        llvm::json::Object{{"input", llvm::json::fixUTF8(state.name)},
                           {"output", llvm::json::fixUTF8(state.output)}});
  info.report["states"] = std::move(states);
  return std::move(info);
}

llvm::SmallVector<int64_t>
ModelInfo::kernelShape(const TensorInfo &tensor) const {
  llvm::SmallVector<int64_t> shape;
  if (tensor.perStep)
    shape.push_back(-1 - static_cast<int64_t>(dims.size()));
  shape.append(tensor.shape.begin(), tensor.shape.end());
  return shape;
}

/// Dimension `dim` of the function's argument `argument`, or the number `dim`.
/// None where it is the number of steps, which is no tensor's extent, or no
/// extent at all.
static std::optional<ExtentInfo> findExtent(const ModelInfo &info,
                                            int64_t argument, int64_t dim) {
  if (argument < 0)
    return dim < 0 ? std::nullopt : std::optional(ExtentInfo{-1, 0, dim});
  int32_t number = 0;
  auto find = [&](const auto &tensors) -> std::optional<ExtentInfo> {
    for (const TensorInfo &tensor : tensors) {
      int64_t axis = dim - tensor.perStep;
      if (tensor.index == argument && axis >= 0)
        return ExtentInfo{number, static_cast<int32_t>(axis),
                          tensor.shape[axis]};
      ++number;
    }
    return std::nullopt;
  };
  std::optional<ExtentInfo> found = find(info.inputs);
  return found ? found : find(info.states);
}

void ModelInfo::readEqualExtents(func::FuncOp function) {
  auto pairs = function->getAttrOfType<ArrayAttr>(equalExtentsAttr);
  for (Attribute pair : pairs ? pairs.getValue() : ArrayRef<Attribute>()) {
    ArrayRef<int64_t> sides = cast<DenseI64ArrayAttr>(pair).asArrayRef();
    std::optional<ExtentInfo> first = findExtent(*this, sides[0], sides[1]),
                              second = findExtent(*this, sides[2], sides[3]);
    if (first && second)
      equalExtents.push_back({*first, *second});
  }
}

FailureOr<ModelInfo> ModelInfo::fromFunction(func::FuncOp function) {
  return InterfaceReader(function).read();
}
