//===- ImportOnnxRecurrent.cpp - Recurrent layers -------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/StringExtras.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using llvm::Expected;

namespace {

/// An activation by ONNX's name. ONNX gives defaults for some of the alphas and
/// betas.
struct ActivationRow {
  const char *name;
  seq::Activation kind;
  std::optional<double> alpha = {}, beta = {};
};

/// Walks the attributes `activations`, `activation_alpha` and
/// `activation_beta` in step: every function takes the next of the numbers that
/// it needs.
class ActivationReader {
public:
  explicit ActivationReader(NodeImporter &node) : node(node) {}
  /// The activations of the next direction.
  Expected<ArrayAttr> readDirection(llvm::ArrayRef<const char *> defaults);

private:
  Expected<seq::ActivationAttr> readOne(llvm::StringRef name);
  Expected<FloatAttr> readNumber(const char *attribute, size_t &next,
                                 std::optional<double> otherwise,
                                 llvm::StringRef name);

  NodeImporter &node;
  size_t nextName = 0, nextAlpha = 0, nextBeta = 0;
};

} // namespace

static llvm::ArrayRef<ActivationRow> getActivations() {
  using A = seq::Activation;
  static const ActivationRow rows[] = {
      {"Affine", A::Affine},
      {"Elu", A::Elu, 1.0},
      {"HardSigmoid", A::HardSigmoid, 0.2f, 0.5},
      {"LeakyRelu", A::LeakyRelu, 0.01f},
      {"Relu", A::Relu},
      {"ScaledTanh", A::ScaledTanh},
      {"Sigmoid", A::Sigmoid},
      {"Softplus", A::Softplus},
      {"Softsign", A::Softsign},
      {"Tanh", A::Tanh},
      {"ThresholdedRelu", A::ThresholdedRelu, 1.0},
  };
  return rows;
}

Expected<FloatAttr>
ActivationReader::readNumber(const char *attribute, size_t &next,
                             std::optional<double> otherwise,
                             llvm::StringRef name) {
  const Attribute *given = node.folded.node->getAttribute(attribute);
  if (given && next < given->floats.size())
    return node.b.getF64FloatAttr(given->floats[next++]);
  if (!otherwise)
    return node.refuse("the activation '" + name + "' needs a number of '" +
                       attribute + "'");
  return node.b.getF64FloatAttr(*otherwise);
}

Expected<seq::ActivationAttr> ActivationReader::readOne(llvm::StringRef name) {
  const ActivationRow *row =
      llvm::find_if(getActivations(), [&](const ActivationRow &candidate) {
        return name.equals_insensitive(candidate.name);
      });
  if (row == getActivations().end())
    return node.refuse("the activation '" + name + "' is not known");
  FloatAttr alpha, beta;
  if (seq::ActivationAttr::takesAlpha(row->kind)) {
    auto number = readNumber("activation_alpha", nextAlpha, row->alpha, name);
    if (!number)
      return number.takeError();
    alpha = *number;
  }
  if (seq::ActivationAttr::takesBeta(row->kind)) {
    auto number = readNumber("activation_beta", nextBeta, row->beta, name);
    if (!number)
      return number.takeError();
    beta = *number;
  }
  return seq::ActivationAttr::get(node.b.getContext(), row->kind, alpha, beta);
}

Expected<ArrayAttr>
ActivationReader::readDirection(llvm::ArrayRef<const char *> defaults) {
  const Attribute *names = node.folded.node->getAttribute("activations");
  SmallVector<mlir::Attribute> functions;
  for (const char *otherwise : defaults) {
    auto one = readOne(names ? llvm::StringRef(names->strings[nextName++])
                             : llvm::StringRef(otherwise));
    if (!one)
      return one.takeError();
    functions.push_back(*one);
  }
  return node.b.getArrayAttr(functions);
}

namespace {

/// The operands and attributes of one direction, as the cells have them.
struct Direction {
  SmallVector<mlir::Type> results;
  mlir::Value x, w, r, inputBias, recurrentBias, peepholes, h, c, lengths;
  ArrayAttr activations;
  FloatAttr clip;
  UnitAttr reverse, batchMajor;
};

/// What differs from layer to layer.
struct LayerRow {
  int64_t gates; // 0: the weights have no dimension of gates
  bool hasCell;  // a state c, and peepholes on it
  std::vector<const char *> activations; // the defaults
  Operation *(*create)(NodeImporter &node, const Direction &direction);
};

/// Builds one cell per direction.
class LayerImporter {
public:
  LayerImporter(NodeImporter &node, const LayerRow &row)
      : node(node), row(row), importer(node.importer), activations(node) {}
  Error import();

private:
  Error checkAttributes();
  Error importDirection(int64_t direction);
  mlir::Value getPart(unsigned input, int64_t direction, int64_t first,
                      int64_t rows, ArrayRef<Dim> shape);
  mlir::Value getGates(unsigned input, int64_t direction, int64_t first,
                       ArrayRef<Dim> columns);
  mlir::Value getState(unsigned input, int64_t direction);
  void setOutputs();

  NodeImporter &node;
  const LayerRow &row;
  Importer &importer;
  ActivationReader activations;
  bool batchFirst = false;
  int64_t directions = 1;
  Dim time, batch, hidden;
  SmallVector<mlir::Value> results[3]; // y, h and c of every direction
};

} // namespace

Error LayerImporter::checkAttributes() {
  int64_t count = row.activations.size() * directions;
  if (const Attribute *given = node.folded.node->getAttribute("activations"))
    if (int64_t(given->strings.size()) != count)
      return node.refuse("attribute 'activations': expected " +
                         llvm::Twine(count) + " names, found " +
                         llvm::Twine(given->strings.size()));
  if (double clip = node.context.getFloat("clip", 0.0); !(clip >= 0.0))
    return node.refuse("attribute 'clip': expected 0 or more, found " +
                       std::to_string(clip));
  return Error::success();
}

/// `rows` hidden sizes of elements of operand `input`, which is [D, n, ...],
/// from the hidden size `first` of dimension 1 on, as `shape`; null if the
/// operand is absent.
mlir::Value LayerImporter::getPart(unsigned input, int64_t direction,
                                   int64_t first, int64_t rows,
                                   ArrayRef<Dim> shape) {
  if (!node.hasInput(input))
    return {};
  Operand operand = node.getInput(input);
  SmallVector<int64_t> offsets(operand.shape.size(), 0);
  SmallVector<int64_t> sizes(operand.shape.size(), -1);
  offsets[0] = direction;
  sizes[0] = 1;
  offsets[1] = first * hidden.getOffset();
  sizes[1] = rows * hidden.getOffset();
  return importer.materialize(
      importer.reshape(importer.slice(operand, offsets, sizes), shape));
}

/// All gates' rows, [gates, H, columns...], from gate `first` on.
mlir::Value LayerImporter::getGates(unsigned input, int64_t direction,
                                    int64_t first, ArrayRef<Dim> columns) {
  Shape shape = {hidden};
  if (row.gates > 0)
    shape.insert(shape.begin(), Dim(row.gates));
  shape.append(columns.begin(), columns.end());
  return getPart(input, direction, first, std::max<int64_t>(row.gates, 1),
                 shape);
}

/// [D, B, H] (or [B, D, H]) at one direction; zeros where it is absent and the
/// other state is not.
mlir::Value LayerImporter::getState(unsigned input, int64_t direction) {
  if (!node.hasInput(5) && !node.hasInput(6))
    return {};
  if (!node.hasInput(input))
    return importer.buildFilled(
        {batch, hidden}, importer.buildConstant(
                             importer.getType(node.getInputInfo(0).type), 0.0));
  Operand operand = node.getInput(input);
  SmallVector<int64_t> offsets(3, 0), sizes(3, -1);
  offsets[batchFirst ? 1 : 0] = direction;
  sizes[batchFirst ? 1 : 0] = 1;
  return importer.materialize(importer.reshape(
      importer.slice(operand, offsets, sizes), {batch, hidden}));
}

Error LayerImporter::importDirection(int64_t direction) {
  auto functions = activations.readDirection(row.activations);
  if (!functions)
    return functions.takeError();
  mlir::Type element = importer.getType(node.getInputInfo(0).type);
  const Dim &features = node.getInputInfo(0).shape[2];
  llvm::StringRef name = node.context.getString("direction", "forward");
  double clip = node.context.getFloat("clip", 0.0);
  auto unit = [&](bool set) { return set ? node.b.getUnitAttr() : UnitAttr(); };

  Direction d;
  d.results = {importer.getTensorType(batchFirst ? Shape{batch, time, hidden}
                                                 : Shape{time, batch, hidden},
                                      element)};
  d.results.append(row.hasCell ? 2 : 1,
                   importer.getTensorType({batch, hidden}, element));
  d.x = importer.materialize(node.getInput(0));
  d.w = getGates(1, direction, 0, {features});
  d.r = getGates(2, direction, 0, {hidden});
  d.inputBias = getGates(3, direction, 0, {});
  d.recurrentBias = getGates(3, direction, std::max<int64_t>(row.gates, 1), {});
  if (node.hasInput(4))
    d.lengths = importer.materialize(node.getInput(4));
  d.h = getState(5, direction);
  if (row.hasCell) {
    d.c = getState(6, direction);
    d.peepholes = getPart(7, direction, 0, 3, {Dim(3), hidden});
  }
  d.activations = *functions;
  d.clip = clip > 0.0 ? node.b.getF64FloatAttr(clip) : FloatAttr();
  d.reverse = unit(name == "reverse" || direction == 1);
  d.batchMajor = unit(batchFirst);
  Operation *cell = row.create(node, d);
  for (auto [i, result] : llvm::enumerate(cell->getResults()))
    results[i].push_back(result);
  return Error::success();
}

/// Puts the directions side by side: y is [T, D, B, H] or [B, T, D, H], the
/// states are [D, B, H] or [B, D, H].
void LayerImporter::setOutputs() {
  mlir::Type element = importer.getType(node.getInputInfo(0).type);
  Shape shapes[3] = {batchFirst ? Shape{batch, time, Dim(1), hidden}
                                : Shape{time, Dim(1), batch, hidden},
                     batchFirst ? Shape{batch, Dim(1), hidden}
                                : Shape{Dim(1), batch, hidden}};
  shapes[2] = shapes[1];
  int64_t axes[3] = {batchFirst ? 2 : 1, batchFirst ? 1 : 0,
                     batchFirst ? 1 : 0};
  for (unsigned i = 0; i < 3; ++i) {
    if (!node.hasOutput(i))
      continue;
    SmallVector<Operand> parts;
    for (mlir::Value result : results[i]) {
      Shape flat = shapes[i];
      flat.erase(flat.begin() + axes[i]);
      Operand part;
      part.shape = shapes[i];
      part.type = node.getInputInfo(0).type;
      part.value = importer.buildReshape(result, flat, shapes[i]);
      parts.push_back(part);
    }
    node.setOutput(i, parts.size() == 1
                          ? parts.front().value
                          : importer.buildConcat(node.getOutputInfo(i).shape,
                                                 element, parts, axes[i]));
  }
}

Error LayerImporter::import() {
  const Shape &x = node.getInputInfo(0).shape;
  batchFirst = node.context.getInt("layout", 0) != 0;
  time = x[batchFirst ? 1 : 0];
  batch = x[batchFirst ? 0 : 1];
  hidden = node.getInputInfo(2).shape[2];
  directions = node.getInputInfo(2).shape[0].getOffset();
  if (Error error = checkAttributes())
    return error;
  for (int64_t direction = 0; direction < directions; ++direction)
    if (Error error = importDirection(direction))
      return error;
  setOutputs();
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The layers
//===----------------------------------------------------------------------===//

static Operation *createRnn(NodeImporter &node, const Direction &d) {
  mlir::Value none;
  return seq::RnnOp::create(node.b, d.results, d.x, d.w, d.r, d.inputBias,
                            d.recurrentBias, none, none, none, d.h, d.lengths,
                            seq::ActivationAttr(), UnitAttr(), d.activations,
                            d.clip, d.reverse, d.batchMajor);
}

static Operation *createGru(NodeImporter &node, const Direction &d) {
  bool resetAfter = node.context.getInt("linear_before_reset", 0) != 0;
  return seq::GruOp::create(
      node.b, d.results, d.x, d.w, d.r, d.inputBias, d.recurrentBias, d.h,
      d.lengths, node.b.getStringAttr("zrh"),
      seq::UpdateGateAttr::get(node.b.getContext(), seq::UpdateGate::KeepsOld),
      resetAfter ? node.b.getUnitAttr() : UnitAttr(), d.activations, d.clip,
      d.reverse, d.batchMajor);
}

static Operation *createLstm(NodeImporter &node, const Direction &d) {
  seq::CoupledGatesAttr coupled;
  if (node.context.getInt("input_forget", 0) != 0)
    coupled = seq::CoupledGatesAttr::get(node.b.getContext(),
                                         seq::CoupledGates::ForgetFromInput);
  mlir::Value projection;
  return seq::LstmOp::create(node.b, d.results, d.x, d.w, d.r, d.inputBias,
                             d.recurrentBias, d.peepholes, projection, d.h, d.c,
                             d.lengths, node.b.getStringAttr("iofc"), coupled,
                             d.activations, d.clip, d.reverse, d.batchMajor);
}

static Error importRnn(NodeImporter &node) {
  return LayerImporter(node, {0, false, {"Tanh"}, createRnn}).import();
}

static Error importGru(NodeImporter &node) {
  return LayerImporter(node, {3, false, {"Sigmoid", "Tanh"}, createGru})
      .import();
}

static Error importLstm(NodeImporter &node) {
  return LayerImporter(node, {4, true, {"Sigmoid", "Tanh", "Tanh"}, createLstm})
      .import();
}

llvm::ArrayRef<OpImporter> getRecurrentImporters() {
  static const OpImporter importers[] = {
      {"GRU", importGru}, {"LSTM", importLstm}, {"RNN", importRnn}};
  return importers;
}

} // namespace seqc::onnx
