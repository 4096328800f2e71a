//===- RwkvModel.cpp - Builds a model from RWKV's tensors -----------------===//

#include "compiler/Import/RwkvModel.h"

#include "compiler/Import/NamedWeights.h"
#include "compiler/Status.h"
#include "dialects/Seq/Cells/RwkvBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::rwkv;

/// Tensors outside of the blocks; V is the size of the vocabulary.
static constexpr TensorRow outerTensors[] = {
    {"emb.weight", "V C"},
    {"ln_out.weight", "C"},
    {"ln_out.bias", "C"},
    {"head.weight", "V C"},
};

static constexpr double normEpsilon = 1e-5;

ModelBuilder::ModelBuilder(ModuleOp module, const Safetensors &file,
                           const Version &version)
    : b(module.getLoc(), module.getContext()), module(module), file(file),
      version(version), symbols(module) {}

int64_t ModelBuilder::getExtent(char letter) const {
  for (auto [known, extent] : extents)
    if (known == letter)
      return extent;
  return -1;
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

/// Whether `tensor` has the extents that `shape` says; what a letter stands for
/// is settled where it is met first.
bool ModelBuilder::bindExtents(const SafeTensor &tensor,
                               llvm::StringRef shape) {
  SmallVector<llvm::StringRef> letters;
  shape.split(letters, ' ');
  if (letters.size() != tensor.shape.size())
    return false;
  for (auto [letter, extent] : llvm::zip(letters, tensor.shape)) {
    if (extent < 1)
      return false;
    if (letter == "R")
      continue;
    int64_t factor = 1;
    letter.consumeInteger(10, factor);
    int64_t value = letter.empty() ? 1 : getExtent(letter.front());
    if (value < 0 && extent % factor == 0)
      extents.push_back({letter.front(), extent / factor});
    else if (value < 0 || factor * value != extent)
      return false;
  }
  return true;
}

/// "C C (C = 64)".
static std::string describeShape(const ModelBuilder &model,
                                 llvm::StringRef shape) {
  std::string values;
  for (char letter : llvm::StringRef("VCFHNMD"))
    if (shape.contains(letter) && model.getExtent(letter) >= 0)
      values += (values.empty() ? " (" : ", ") + std::string(1, letter) +
                " = " + llvm::itostr(model.getExtent(letter));
  std::string extents = shape.str();
  std::replace(extents.begin(), extents.end(), ' ', 'x');
  return extents + values + (values.empty() ? "" : ")");
}

void ModelBuilder::checkTensor(llvm::StringRef name, llvm::StringRef shape) {
  known[name] = true;
  const SafeTensor *tensor = file.find(name);
  std::string required =
      ("'" + name + "': required F32 of " + describeShape(*this, shape)).str();
  if (!tensor)
    problems.push_back(required + ", found no such tensor");
  else if (tensor->type != "F32" || !bindExtents(*tensor, shape))
    problems.push_back(required + ", found " + describe(*tensor));
}

void ModelBuilder::checkUnknown() {
  for (const SafeTensor &tensor : file.tensors)
    if (!known.contains(tensor.name))
      problems.push_back("'" + tensor.name + "': required a tensor of " +
                         version.title.str() + ", found " + describe(tensor));
}

/// H N = C: a version whose tensors tell H alone has N from it.
void ModelBuilder::checkHeads() {
  int64_t heads = getExtent('H'), channels = getExtent('C');
  if (heads < 0 || channels < 0)
    return;
  if (channels % heads != 0)
    problems.push_back("required channels that are a multiple of the heads, "
                       "found " +
                       llvm::itostr(channels) + " and " + llvm::itostr(heads));
  else if (getExtent('N') < 0)
    extents.push_back({'N', channels / heads});
  else if (getExtent('N') != channels / heads)
    problems.push_back(
        "required heads of C / H = " + llvm::itostr(channels / heads) +
        " channels, found " + llvm::itostr(getExtent('N')));
}

static bool isIn(Blocks blocks, int64_t index) {
  return blocks == Blocks::All || (blocks == Blocks::First) == (index == 0);
}

llvm::Error ModelBuilder::check() {
  for (const SafeTensor &tensor : file.tensors) {
    llvm::StringRef name = tensor.name;
    uint64_t index;
    if (name.consume_front("blocks.") &&
        !name.take_until([](char c) { return c == '.'; })
             .getAsInteger(10, index) &&
        index < file.tensors.size())
      blocks = std::max(blocks, int64_t(index) + 1);
  }
  for (const TensorRow &row : outerTensors)
    checkTensor(row.name, row.shape);
  for (int64_t i = 0; i < blocks; ++i)
    for (ArrayRef<TensorRow> rows : version.tensors)
      for (const TensorRow &row : rows)
        if (isIn(row.blocks, i))
          checkTensor(BlockBuilder(*this, version, i).getName(row.name),
                      row.shape);
  checkUnknown();
  checkHeads();
  if (problems.empty())
    return llvm::Error::success();
  constexpr size_t shown = 10;
  std::string message =
      file.path + ": the tensors are not those of " + version.title.str() + ":";
  for (const std::string &problem : ArrayRef(problems).take_front(shown))
    message += "\n  " + problem;
  if (problems.size() > shown)
    message += "\n  and " + llvm::utostr(problems.size() - shown) + " more";
  return badInput(message);
}

//===----------------------------------------------------------------------===//
// Weights and states
//===----------------------------------------------------------------------===//

Value ModelBuilder::loadWeight(llvm::StringRef name, llvm::StringRef shape,
                               std::optional<int64_t> index) {
  const SafeTensor &tensor = *file.find(name);
  SmallVector<llvm::StringRef> letters;
  shape.split(letters, ' ');
  SmallVector<int64_t> kept;
  for (auto [letter, extent] : llvm::zip(letters, tensor.shape))
    if (letter != "1")
      kept.push_back(extent);
  uint64_t offset = tensor.offset;
  std::string symbol = name.str();
  if (index) {
    offset += *index * (tensor.size / kept.front());
    kept.erase(kept.begin());
    symbol += "." + llvm::itostr(*index);
  }
  RankedTensorType type = getType(kept);
  if (!symbols.lookup(symbol)) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    auto op = seq::WeightOp::create(b, symbol, type);
    b.createBlock(&op.getBody());
    Value data = seq::WeightDataOp::create(b, type, file.path, offset);
    seq::YieldOp::create(b, data, ValueRange());
    symbols.insert(op);
  }
  return seq::LoadWeightOp::create(b, type, symbol);
}

Value ModelBuilder::addState(llvm::StringRef name, ArrayRef<int64_t> extents,
                             double initial) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  llvm::append_range(shape, extents);
  states.push_back({name.str(), initial});
  return function.getBody().front().addArgument(getType(shape), b.getLoc());
}

std::string BlockBuilder::getName(llvm::StringRef name) const {
  return ("blocks." + llvm::Twine(index) + "." + name).str();
}

Value BlockBuilder::load(llvm::StringRef name, std::optional<int64_t> row) {
  for (ArrayRef<TensorRow> rows : version.tensors)
    for (const TensorRow &candidate : rows)
      if (candidate.name == name)
        return model.loadWeight(getName(name), candidate.shape, row);
  llvm_unreachable("layers load what their version's table has");
}

Value BlockBuilder::transpose(Value weight, ArrayRef<int64_t> order) {
  auto type = cast<RankedTensorType>(weight.getType());
  SmallVector<int64_t> shape = llvm::map_to_vector(
      order, [&](int64_t dim) { return type.getDimSize(dim); });
  Value empty = tensor::EmptyOp::create(b, shape, type.getElementType());
  return linalg::TransposeOp::create(b, weight, empty, order)->getResult(0);
}

Value BlockBuilder::addState(llvm::StringRef name, ArrayRef<int64_t> extents,
                             double initial) {
  return model.addState(("block" + llvm::Twine(index) + "_" + name).str(),
                        extents, initial);
}

RankedTensorType BlockBuilder::getStateType(ArrayRef<int64_t> extents) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  llvm::append_range(shape, extents);
  return model.getType(shape);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// The row of every token. A token outside of the vocabulary counts as its
/// nearest: it must not read foreign memory.
Value ModelBuilder::buildEmbedding(Value tokens) {
  Value table = loadWeight("emb.weight", "V C");
  Value last =
      arith::ConstantOp::create(b, b.getI64IntegerAttr(getExtent('V') - 1));
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  auto type =
      getType({ShapedType::kDynamic, ShapedType::kDynamic, getExtent('C')});
  Value empty =
      seq::buildEmpty(b, b.getLoc(), type,
                      {seq::getExtent(b, b.getLoc(), tokens, 0),
                       seq::getExtent(b, b.getLoc(), tokens, 1), Value()});
  AffineMap all = b.getMultiDimIdentityMap(3);
  return linalg::GenericOp::create(
             b, type, tokens, empty, ArrayRef{all.dropResult(2), all},
             SmallVector<utils::IteratorType>(3, utils::IteratorType::parallel),
             [&](OpBuilder &nested, Location loc, ValueRange arguments) {
               Value token = arith::MaxSIOp::create(
                   nested, loc,
                   arith::MinSIOp::create(nested, loc, arguments[0], last),
                   zero);
               Value row = arith::IndexCastOp::create(
                   nested, loc, nested.getIndexType(), token);
               Value channel = linalg::IndexOp::create(nested, loc, 2);
               Value x = tensor::ExtractOp::create(nested, loc, table,
                                                   ValueRange{row, channel});
               linalg::YieldOp::create(nested, loc, x);
             })
      .getResult(0);
}

Value ModelBuilder::buildNorm(const llvm::Twine &name, Value x) {
  std::string prefix = name.str();
  return seq::buildLayerNorm(b, b.getLoc(), x,
                             loadWeight(prefix + ".weight", "C"),
                             loadWeight(prefix + ".bias", "C"), normEpsilon);
}

static Value addResidual(ImplicitLocOpBuilder &b, Value x, Value y) {
  return seq::buildElementwise(
      b, b.getLoc(), {{x, {0, 1, 2}}, {y, {0, 1, 2}}},
      [](OpBuilder &b, Location loc, ValueRange v) -> Value {
        return arith::AddFOp::create(b, loc, v[0], v[1]);
      });
}

void ModelBuilder::build(llvm::StringRef name) {
  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, name, b.getFunctionType({}, {}));
  symbols.insert(function);
  Block *entry = b.createBlock(&function.getBody());
  auto tokensType = RankedTensorType::get(
      {ShapedType::kDynamic, ShapedType::kDynamic}, b.getI64Type());
  Value tokens = entry->addArgument(tokensType, b.getLoc());
  Value x = buildNorm("blocks.0.ln0", buildEmbedding(tokens));
  Value firstValues;
  for (int64_t i = 0; i < blocks; ++i) {
    BlockBuilder block(*this, version, i);
    block.firstValues = firstValues;
    Value timeMix =
        version.buildTimeMix(block, buildNorm(block.getName("ln1"), x));
    x = addResidual(b, x, timeMix);
    Value channelMix =
        version.buildChannelMix(block, buildNorm(block.getName("ln2"), x));
    x = addResidual(b, x, channelMix);
    firstValues = block.firstValues;
  }
  x = buildNorm("ln_out", x);
  Value head = loadWeight("head.weight", "V C");
  finish(seq::RwkvBuilder(b, b.getLoc(), x).project({head, x}));
}

void ModelBuilder::finish(Value logits) {
  SmallVector<Value> results = {logits};
  llvm::append_range(results, next);
  func::ReturnOp::create(b, results);
  Block &entry = function.getBody().front();
  function.setType(b.getFunctionType(entry.getArgumentTypes(),
                                     ValueRange(results).getTypes()));
  describeInterface();
}

/// The attributes that ModelInfo reads.
void ModelBuilder::describeInterface() {
  auto describe = [&](llvm::StringRef name, ArrayRef<llvm::StringRef> dims,
                      int64_t rank) {
    SmallVector<llvm::StringRef> names(dims);
    names.resize(rank);
    return SmallVector<NamedAttribute>{
        b.getNamedAttr("seq.name", b.getStringAttr(name)),
        b.getNamedAttr("seq.dims", b.getStrArrayAttr(names))};
  };
  SmallVector<NamedAttribute> tokens = describe("tokens", {"time", "batch"}, 2);
  SmallVector<NamedAttribute> logits = describe("logits", {"time", "batch"}, 3);
  function.setArgAttrs(0, tokens);
  function.setResultAttrs(0, b.getDictionaryAttr(logits));
  SmallVector<Attribute> pairs;
  for (auto [i, state] : llvm::enumerate(states)) {
    std::string output = state.name + "_next";
    auto type = cast<RankedTensorType>(function.getArgumentTypes()[i + 1]);
    auto input = describe(state.name, {"batch"}, type.getRank());
    if (state.initial != 0.0)
      input.push_back(b.getNamedAttr(
          "seq.initial",
          DenseElementsAttr::get(getType({1}), float(state.initial))));
    function.setArgAttrs(i + 1, input);
    function.setResultAttrs(i + 1, b.getDictionaryAttr(describe(
                                       output, {"batch"}, type.getRank())));
    pairs.push_back(b.getStrArrayAttr({state.name, output}));
  }
  function->setAttr("seq.states", b.getArrayAttr(pairs));
}
