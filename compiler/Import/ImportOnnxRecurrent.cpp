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

/// An activation by ONNX's name, and which of alpha and beta it takes. ONNX
/// gives defaults for some of those that take one.
struct ActivationRow {
  const char *name;
  seq::Activation kind;
  bool takesAlpha, takesBeta;
  std::optional<double> alpha, beta;
};

/// Walks the attributes `activations`, `activation_alpha` and
/// `activation_beta` in step: every function takes the next of the numbers that
/// it needs.
class ActivationReader {
public:
  explicit ActivationReader(NodeImporter &node) : node(node) {}
  Expected<ArrayAttr> readThree();

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
      {"Affine", A::Affine, true, true, {}, {}},
      {"Elu", A::Elu, true, false, 1.0, {}},
      {"HardSigmoid", A::HardSigmoid, true, true, 0.2f, 0.5},
      {"LeakyRelu", A::LeakyRelu, true, false, 0.01f, {}},
      {"Relu", A::Relu, false, false, {}, {}},
      {"ScaledTanh", A::ScaledTanh, true, true, {}, {}},
      {"Sigmoid", A::Sigmoid, false, false, {}, {}},
      {"Softplus", A::Softplus, false, false, {}, {}},
      {"Softsign", A::Softsign, false, false, {}, {}},
      {"Tanh", A::Tanh, false, false, {}, {}},
      {"ThresholdedRelu", A::ThresholdedRelu, true, false, 1.0, {}},
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
  if (row->takesAlpha) {
    auto number = readNumber("activation_alpha", nextAlpha, row->alpha, name);
    if (!number)
      return number.takeError();
    alpha = *number;
  }
  if (row->takesBeta) {
    auto number = readNumber("activation_beta", nextBeta, row->beta, name);
    if (!number)
      return number.takeError();
    beta = *number;
  }
  return seq::ActivationAttr::get(node.b.getContext(), row->kind, alpha, beta);
}

/// The activations of the next direction.
Expected<ArrayAttr> ActivationReader::readThree() {
  const Attribute *names = node.folded.node->getAttribute("activations");
  llvm::StringRef defaults[] = {"Sigmoid", "Tanh", "Tanh"};
  SmallVector<mlir::Attribute> three;
  for (llvm::StringRef otherwise : defaults) {
    auto one = readOne(names ? llvm::StringRef(names->strings[nextName++])
                             : otherwise);
    if (!one)
      return one.takeError();
    three.push_back(*one);
  }
  return node.b.getArrayAttr(three);
}

namespace {

/// Builds one `seq.lstm` per direction.
class LstmImporter {
public:
  explicit LstmImporter(NodeImporter &node)
      : node(node), importer(node.importer), activations(node) {}
  Error import();

private:
  Error checkAttributes();
  Error importDirection(int64_t direction);
  mlir::Value getPart(unsigned input, int64_t direction, int64_t first,
                      ArrayRef<Dim> shape);
  mlir::Value getState(unsigned input, int64_t direction);
  void setOutputs();

  NodeImporter &node;
  Importer &importer;
  ActivationReader activations;
  bool batchFirst = false;
  int64_t directions = 1;
  Dim time, batch, hidden;
  SmallVector<mlir::Value> results[3]; // y, h and c of every direction
};

} // namespace

Error LstmImporter::checkAttributes() {
  for (auto [name, count] : {std::pair("activations", 3 * directions)})
    if (const Attribute *given = node.folded.node->getAttribute(name))
      if (int64_t(given->strings.size()) != count)
        return node.refuse("attribute '" + llvm::Twine(name) + "': expected " +
                           llvm::Twine(count) + " names, found " +
                           llvm::Twine(given->strings.size()));
  if (double clip = node.context.getFloat("clip", 0.0); !(clip >= 0.0))
    return node.refuse("attribute 'clip': expected 0 or more, found " +
                       std::to_string(clip));
  return Error::success();
}

/// `shape`'s worth of elements of operand `input`, which is [D, n, ...], from
/// element `first` of dimension 1 on; null if the operand is absent.
mlir::Value LstmImporter::getPart(unsigned input, int64_t direction,
                                  int64_t first, ArrayRef<Dim> shape) {
  if (!node.hasInput(input))
    return {};
  Operand operand = node.getInput(input);
  SmallVector<int64_t> offsets(operand.shape.size(), 0);
  SmallVector<int64_t> sizes(operand.shape.size(), -1);
  offsets[0] = direction;
  sizes[0] = 1;
  offsets[1] = first;
  sizes[1] = shape[0].getOffset() * hidden.getOffset();
  return importer.materialize(
      importer.reshape(importer.slice(operand, offsets, sizes), shape));
}

/// [D, B, H] (or [B, D, H]) at one direction; zeros where it is absent and the
/// other state is not.
mlir::Value LstmImporter::getState(unsigned input, int64_t direction) {
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

Error LstmImporter::importDirection(int64_t direction) {
  auto functions = activations.readThree();
  if (!functions)
    return functions.takeError();
  mlir::Type element = importer.getType(node.getInputInfo(0).type);
  const Dim &features = node.getInputInfo(0).shape[2];
  Shape sequence =
      batchFirst ? Shape{batch, time, hidden} : Shape{time, batch, hidden};
  auto state = importer.getTensorType({batch, hidden}, element);
  llvm::StringRef name = node.context.getString("direction", "forward");
  bool reverse = name == "reverse" || direction == 1;
  double clip = node.context.getFloat("clip", 0.0);
  mlir::Value lengths;
  if (node.hasInput(4))
    lengths = importer.materialize(node.getInput(4));
  auto unit = [&](bool set) { return set ? node.b.getUnitAttr() : UnitAttr(); };
  auto op = seq::LstmOp::create(
      node.b, importer.getTensorType(sequence, element), state, state,
      importer.materialize(node.getInput(0)),
      getPart(1, direction, 0, {Dim(4), hidden, features}),
      getPart(2, direction, 0, {Dim(4), hidden, hidden}),
      getPart(3, direction, 0, {Dim(4), hidden}),
      getPart(3, direction, 4 * hidden.getOffset(), {Dim(4), hidden}),
      getPart(7, direction, 0, {Dim(3), hidden}), getState(5, direction),
      getState(6, direction), lengths, node.b.getStringAttr("iofc"), *functions,
      clip > 0.0 ? node.b.getF64FloatAttr(clip) : FloatAttr(),
      unit(node.context.getInt("input_forget", 0) != 0), unit(reverse),
      unit(batchFirst));
  for (unsigned i = 0; i < 3; ++i)
    results[i].push_back(op->getResult(i));
  return Error::success();
}

/// Puts the directions side by side: y is [T, D, B, H] or [B, T, D, H], the
/// states are [D, B, H] or [B, D, H].
void LstmImporter::setOutputs() {
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

Error LstmImporter::import() {
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

static Error importLstm(NodeImporter &node) {
  return LstmImporter(node).import();
}

llvm::ArrayRef<OpImporter> getRecurrentImporters() {
  static const OpImporter importers[] = {{"LSTM", importLstm}};
  return importers;
}

} // namespace seqc::onnx
