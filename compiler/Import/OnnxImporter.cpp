//===- OnnxImporter.cpp - Builds MLIR from a folded graph -----------------===//
//
// Tensors, constants, extents and views. The builders of structured ops are in
// OnnxBuilders.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

namespace seqc::onnx {

using namespace mlir;

/// Constants up to this size are written into the IR, larger ones stay views.
static constexpr int64_t maxInlineElements = 64;

Importer::Importer(ModuleOp module, const FoldedGraph &graph)
    : b(module.getLoc(), module.getContext()), module(module), graph(graph),
      symbols(module) {}

mlir::Type Importer::getType(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return b.getF16Type();
  case ElementType::BF16:
    return b.getBF16Type();
  case ElementType::F32:
    return b.getF32Type();
  case ElementType::F64:
    return b.getF64Type();
  case ElementType::Bool:
    return b.getI1Type();
  default:
    return b.getIntegerType(getByteSize(type) * 8);
  }
}

RankedTensorType Importer::getTensorType(ArrayRef<Dim> shape,
                                         mlir::Type element) {
  SmallVector<int64_t> extents;
  for (const Dim &dim : shape)
    extents.push_back(dim.getConstant().value_or(ShapedType::kDynamic));
  return RankedTensorType::get(extents, element);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Operand Importer::getOperand(int id) {
  const Value &value = graph.values[id];
  Operand operand;
  operand.shape = value.shape;
  operand.type = value.type;
  operand.weight = getConstant(value);
  if (!operand.weight)
    operand.value = get(id);
  return operand;
}

mlir::Value Importer::materialize(const Operand &operand) {
  return operand.value ? operand.value : buildWeight(operand.weight);
}

mlir::Value Importer::get(int id) {
  if (auto found = tensors.find(id); found != tensors.end())
    return found->second;
  const Value &value = graph.values[id];
  // Not remembered: constants are hoisted and unified by canonicalisation, and
  // one made in a region would not be visible outside of it.
  if (WeightRef weight = getConstant(value))
    return buildWeight(weight);
  return buildKnown(value);
}

/// Integers computed from extents, made from the extents at run time.
mlir::Value Importer::buildKnown(const Value &value) {
  mlir::Type element = getType(value.type);
  SmallVector<mlir::Value> elements;
  for (const Dim &dim : value.known->ints)
    elements.push_back(
        arith::IndexCastOp::create(b, element, getExtent(dim)).getResult());
  return tensor::FromElementsOp::create(b, getTensorType(value.shape, element),
                                        elements);
}

mlir::Value Importer::buildWeight(const WeightRef &weight) {
  auto type = RankedTensorType::get(weight->shape, getType(weight->type));
  if (weight->kind == Weight::Kind::Splat ||
      weight->getNumElements() <= maxInlineElements)
    return buildWeightExpression(b, *weight);
  std::string &name = weightSymbols[weight.get()];
  if (name.empty()) {
    weights.push_back(weight);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    std::string wanted = weight->name.empty() ? "weight" : weight->name;
    for (char &c : wanted)
      c = llvm::isAlnum(c) || c == '_' || c == '.' ? c : '_';
    auto op = seq::WeightOp::create(b, b.getStringAttr(wanted), type);
    b.createBlock(&op.getBody());
    mlir::Value expression = buildWeightExpression(b, *weight);
    seq::YieldOp::create(b, ValueRange{expression}, ValueRange{});
    name = symbols.insert(op).str();
  }
  return seq::LoadWeightOp::create(
      b, type, FlatSymbolRefAttr::get(b.getContext(), name));
}

/// The bytes as an attribute. Booleans are packed in attributes.
static DenseElementsAttr makeElements(RankedTensorType type,
                                      const Weight &weight) {
  std::string bytes =
      weight.kind == Weight::Kind::Splat ? weight.bytes : weight.read();
  if (!type.getElementType().isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef<char>(bytes.data(), bytes.size()));
  SmallVector<bool> flags;
  for (char byte : bytes)
    flags.push_back(byte != 0);
  return DenseElementsAttr::get(type, flags);
}

mlir::Value buildSlice(ImplicitLocOpBuilder &b, RankedTensorType type,
                       mlir::Value source, ArrayRef<OpFoldResult> offsets,
                       ArrayRef<OpFoldResult> sizes,
                       ArrayRef<OpFoldResult> steps) {
  if (llvm::is_contained(type.getShape(), 0))
    return tensor::EmptyOp::create(b, sizes, type.getElementType());
  return tensor::ExtractSliceOp::create(b, type, source, offsets, sizes, steps);
}

mlir::Value Importer::buildWeightExpression(ImplicitLocOpBuilder &builder,
                                            const Weight &weight) {
  auto type = RankedTensorType::get(weight.shape, getType(weight.type));
  auto source = [&](unsigned i = 0) {
    return buildWeightExpression(builder, *weight.sources[i]);
  };
  SmallVector<OpFoldResult> offsets, sizes, strides;
  // A slice that walks backwards has no op among the views.
  bool backwards = weight.kind == Weight::Kind::Slice &&
                   llvm::any_of(weight.steps, [](int64_t s) { return s < 0; });
  bool small = weight.getNumElements() <= maxInlineElements;
  if (small || backwards)
    return arith::ConstantOp::create(builder, type, makeElements(type, weight));
  switch (weight.kind) {
  case Weight::Kind::File:
    return seq::WeightDataOp::create(builder, type, weight.file->path,
                                     weight.offset);
  case Weight::Kind::Bytes:
  case Weight::Kind::Splat:
    return arith::ConstantOp::create(builder, type, makeElements(type, weight));
  case Weight::Kind::Slice:
    for (auto [start, size, step] :
         llvm::zip_equal(weight.starts, weight.shape, weight.steps)) {
      offsets.push_back(b.getIndexAttr(start));
      sizes.push_back(b.getIndexAttr(size));
      strides.push_back(b.getIndexAttr(step));
    }
    return buildSlice(builder, type, source(), offsets, sizes, strides);
  case Weight::Kind::Concat: {
    SmallVector<mlir::Value> parts;
    for (unsigned i = 0; i < weight.sources.size(); ++i)
      parts.push_back(source(i));
    return tensor::ConcatOp::create(builder, type, weight.axis, parts);
  }
  case Weight::Kind::Transpose: {
    mlir::Value empty =
        tensor::EmptyOp::create(builder, weight.shape, type.getElementType());
    return linalg::TransposeOp::create(builder, source(), empty,
                                       weight.permutation)
        ->getResult(0);
  }
  case Weight::Kind::Reshape: {
    const Weight &base = *weight.sources.front();
    return buildReshape(source(), Shape(base.shape.begin(), base.shape.end()),
                        Shape(weight.shape.begin(), weight.shape.end()));
  }
  }
  llvm_unreachable("unknown kind of weight");
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

Operand Importer::slice(const Operand &operand, ArrayRef<int64_t> offsets,
                        ArrayRef<int64_t> sizes) {
  Operand result = operand;
  SmallVector<int64_t> ones(sizes.size(), 1);
  result.shape.clear();
  SmallVector<OpFoldResult> mixedOffsets, mixedSizes, steps;
  for (auto [offset, size, dim] :
       llvm::zip_equal(offsets, sizes, operand.shape)) {
    // A size of -1 is the whole dimension.
    result.shape.push_back(size < 0 ? dim : Dim(size));
    mixedOffsets.push_back(b.getIndexAttr(offset));
    mixedSizes.push_back(getMixedExtent(result.shape.back()));
    steps.push_back(b.getIndexAttr(1));
  }
  if (operand.weight) {
    SmallVector<int64_t> extents;
    for (const Dim &dim : result.shape)
      extents.push_back(dim.getOffset());
    if ((result.weight = makeSlice(operand.weight, offsets, extents, ones)))
      return result;
  }
  result.value =
      buildSlice(b, getTensorType(result.shape, getType(operand.type)),
                 materialize(operand), mixedOffsets, mixedSizes, steps);
  return result;
}

Operand Importer::reshape(const Operand &operand, ArrayRef<Dim> shape) {
  Operand result = operand;
  result.shape.assign(shape.begin(), shape.end());
  if (operand.weight) {
    SmallVector<int64_t> extents;
    for (const Dim &dim : shape)
      extents.push_back(dim.getOffset());
    if ((result.weight = makeReshape(operand.weight, extents)))
      return result;
  }
  result.value = buildReshape(materialize(operand), operand.shape, shape);
  return result;
}

Operand Importer::transpose(const Operand &operand,
                            ArrayRef<int64_t> permutation) {
  Operand result = operand;
  result.shape.clear();
  for (int64_t axis : permutation)
    result.shape.push_back(operand.shape[axis]);
  if (operand.weight &&
      (result.weight = makeTranspose(operand.weight, permutation)))
    return result;
  result.value =
      linalg::TransposeOp::create(
          b, materialize(operand),
          buildEmpty(result.shape, getType(operand.type)), permutation)
          ->getResult(0);
  return result;
}

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

mlir::Value Importer::buildIndex(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

/// Applies the operation that `symbol` stands for.
static mlir::Value buildDerived(Importer &importer, const Dim::Symbol &symbol) {
  ImplicitLocOpBuilder &b = importer.b;
  mlir::Value lhs = importer.getExtent(symbol.lhs);
  mlir::Value rhs = importer.getExtent(symbol.rhs);
  switch (symbol.op) {
  case Dim::Symbol::Mul:
    return arith::MulIOp::create(b, lhs, rhs);
  case Dim::Symbol::FloorDiv:
    return arith::FloorDivSIOp::create(b, lhs, rhs);
  case Dim::Symbol::Mod: {
    // Not a remainder: the result has the divisor's sign, which is positive.
    mlir::Value quotient = arith::FloorDivSIOp::create(b, lhs, rhs);
    mlir::Value product = arith::MulIOp::create(b, quotient, rhs);
    return arith::SubIOp::create(b, lhs, product);
  }
  case Dim::Symbol::Min:
    return arith::MinSIOp::create(b, lhs, rhs);
  case Dim::Symbol::Max:
    return arith::MaxSIOp::create(b, lhs, rhs);
  case Dim::Symbol::Extent:
  case Dim::Symbol::Step:
    break;
  }
  llvm_unreachable("an extent of an input is known at function entry, a "
                   "step's number in its body");
}

mlir::Value Importer::getExtent(const Dim &dim) {
  mlir::Value sum;
  for (const Dim::Term &term : dim.getTerms()) {
    mlir::Value product = extents.lookup(term.symbol->name);
    if (!product)
      product = buildDerived(*this, *term.symbol);
    if (term.factor != 1)
      product = arith::MulIOp::create(b, product, buildIndex(term.factor));
    sum = sum ? arith::AddIOp::create(b, sum, product).getResult() : product;
  }
  if (!sum)
    return buildIndex(dim.getOffset());
  if (dim.getOffset() != 0)
    sum = arith::AddIOp::create(b, sum, buildIndex(dim.getOffset()));
  return sum;
}

OpFoldResult Importer::getMixedExtent(const Dim &dim) {
  if (auto constant = dim.getConstant())
    return b.getIndexAttr(*constant);
  return getExtent(dim);
}

SmallVector<OpFoldResult> Importer::getMixedExtents(ArrayRef<Dim> dims) {
  return llvm::map_to_vector(
      dims, [&](const Dim &dim) { return getMixedExtent(dim); });
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

SmallVector<const Value *> NodeImporter::getInputs(const Importer &importer,
                                                   const FoldedNode &folded) {
  SmallVector<const Value *> inputs;
  for (int id : folded.inputs)
    inputs.push_back(id < 0 ? nullptr : &importer.getGraph().values[id]);
  return inputs;
}

NodeImporter::NodeImporter(Importer &importer, const FoldedNode &folded)
    : importer(importer), b(importer.b), folded(folded),
      resolved(folded.resolved),
      context(*importer.getGraph().model, *folded.node, {}),
      inputs(getInputs(importer, folded)), loc(importer.b.getLoc()) {
  context.inputs = inputs;
}

ImportFunction lookupImporter(llvm::StringRef op) {
  static const llvm::StringMap<ImportFunction> table = [] {
    llvm::StringMap<ImportFunction> rows;
    for (llvm::ArrayRef<OpImporter> group :
         {getElementwiseImporters(), getShapeImporters(), getViewImporters(),
          getLinearImporters(), getConvImporters(), getConvTransposeImporters(),
          getRecurrentImporters(), getReduceImporters(), getIndexedImporters(),
          getScanImporters(), getWindowImporters(), getControlImporters(),
          getStatefulImporters(), getResizeImporters()})
      for (const OpImporter &row : group)
        rows[row.name] = row.import;
    return rows;
  }();
  return table.lookup(op);
}

llvm::Error Importer::importNode(const FoldedNode &folded) {
  const Node &node = *folded.node;
  // The number tells nodes without a name apart; line 0 is no place in a text.
  b.setLoc(NameLoc::get(
      b.getStringAttr(node.name.empty() ? node.getOperator() : node.name),
      FileLineColLoc::get(b.getContext(), graph.model->path, 0, node.index)));
  NodeImporter importer(*this, folded);
  ImportFunction import = lookupImporter(node.opType);
  if (!import)
    return importer.refuse("the result is not known when compiling");
  return import(importer);
}

llvm::Error Importer::importNodes(llvm::ArrayRef<FoldedNode> nodes) {
  for (const FoldedNode &node : nodes)
    if (llvm::Error error = importNode(node))
      return error;
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// What the file calls dimension `axis` of an output; empty: it does not say.
static std::string getDeclaredName(const Model &model, llvm::StringRef output,
                                   size_t axis) {
  for (const ValueInfo &info : model.graph.outputs) {
    if (info.name != output || axis >= info.shape.size())
      continue;
    const Dim &dim = info.shape[axis];
    bool isName = dim.getTerms().size() == 1 && dim.getOffset() == 0 &&
                  dim.getTerms()[0].factor == 1;
    // Without a name it is called so.
    std::string none = info.name + "_" + std::to_string(axis);
    return isName && dim.str() != none ? dim.str() : "";
  }
  return "";
}

/// A name for an extent of `output`: an input's where one has it. Equal extents
/// have one name.
std::string Importer::nameDim(const Dim &dim, llvm::StringRef output,
                              size_t axis) {
  std::string &name = dimNames[dim.str()];
  if (!name.empty())
    return name;
  name = getDeclaredName(*graph.model, output, axis);
  if (name.empty() || usedDimNames.contains(name))
    name = output.str() + "_dim" + std::to_string(axis);
  while (!usedDimNames.insert(name).second)
    name += "_";
  return name;
}

DictionaryAttr Importer::describe(llvm::StringRef name, const Value &value) {
  SmallVector<mlir::Attribute> names;
  bool isDynamic = false;
  for (auto [axis, dim] : llvm::enumerate(value.shape)) {
    isDynamic |= !dim.isConstant();
    names.push_back(
        b.getStringAttr(dim.isConstant() ? "" : nameDim(dim, name, axis)));
  }
  SmallVector<NamedAttribute> entries = {
      b.getNamedAttr("seq.name", b.getStringAttr(name))};
  if (isDynamic)
    entries.push_back(b.getNamedAttr("seq.dims", b.getArrayAttr(names)));
  if (isUnsigned(value.type))
    entries.push_back(b.getNamedAttr("seq.unsigned", b.getUnitAttr()));
  return b.getDictionaryAttr(entries);
}

llvm::Error Importer::addArguments(func::FuncOp function) {
  Block &entry = function.getBody().front();
  for (auto [i, id] : llvm::enumerate(graph.inputs)) {
    const Value &info = graph.values[id];
    for (const Dim &dim : info.shape)
      if (!dim.isConstant() && usedDimNames.insert(dim.str()).second)
        dimNames[dim.str()] = dim.str();
    function.setArgAttrs(i, describe(info.name, info));
    mlir::Value argument = entry.getArgument(i);
    tensors[id] = argument;
    for (auto [axis, dim] : llvm::enumerate(info.shape))
      if (!dim.isConstant() && !extents.contains(dim.str()))
        extents[dim.str()] = tensor::DimOp::create(b, argument, axis);
  }
  return llvm::Error::success();
}

void Importer::addResults(func::FuncOp function) {
  SmallVector<mlir::Value> results;
  for (auto [i, output] : llvm::enumerate(graph.outputs)) {
    const Value &info = graph.values[output.value];
    results.push_back(get(output.value));
    function.setResultAttrs(i, describe(output.name, info));
  }
  func::ReturnOp::create(b, results);
}

llvm::Error Importer::importFunction(llvm::StringRef name) {
  SmallVector<mlir::Type> inputs, results;
  auto getInterface = [&](const Value &value) -> mlir::Type {
    return getTensorType(value.shape, getType(value.type));
  };
  for (int id : graph.inputs)
    inputs.push_back(getInterface(graph.values[id]));
  for (const FoldedOutput &output : graph.outputs)
    results.push_back(getInterface(graph.values[output.value]));
  b.setInsertionPointToEnd(module.getBody());
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType(inputs, results));
  symbols.insert(function);
  b.setInsertionPointToStart(function.addEntryBlock());
  if (llvm::Error error = addArguments(function))
    return error;
  if (llvm::Error error = importNodes(graph.nodes))
    return error;
  b.setLoc(module.getLoc());
  addResults(function);
  return llvm::Error::success();
}

} // namespace seqc::onnx
