//===- ImportOnnxStateful.cpp - Layers with a past and a present state ----===//

#include "compiler/Import/OnnxImporter.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using seq::IndexEntry;

/// What states and sums are held in.
static ElementType getSumType(ElementType type) {
  return type == ElementType::F64 ? ElementType::F64 : ElementType::F32;
}

static Operand widen(NodeImporter &node, Operand operand) {
  ElementType wide = getSumType(operand.type);
  if (operand.type == wide)
    return operand;
  mlir::Type type = node.importer.getType(wide);
  operand.value = node.importer.buildElementwise(
      operand.shape, type, operand,
      [&](ImplicitLocOpBuilder &b, ValueRange x) -> mlir::Value {
        return arith::ExtFOp::create(b, type, x[0]);
      });
  operand.type = wide;
  operand.weight = nullptr;
  return operand;
}

/// Sets result `i` to `value` in the type that it must have.
static void setNarrowed(NodeImporter &node, unsigned i, mlir::Value value) {
  if (!node.hasOutput(i))
    return;
  const Value &info = node.getOutputInfo(i);
  mlir::Type type = node.getOutputElement(i);
  ElementType wide = getSumType(info.type);
  if (info.type != wide)
    value = node.importer.buildElementwise(
        info.shape, type, Operand{info.shape, wide, {}, value},
        [&](ImplicitLocOpBuilder &b, ValueRange x) -> mlir::Value {
          return arith::TruncFOp::create(b, type, x[0]);
        });
  node.setOutput(i, value);
}

static Error importLinearAttention(NodeImporter &node) {
  Importer &importer = node.importer;
  int64_t queryHeads = node.context.getInt("q_num_heads", 0),
          heads = node.context.getInt("kv_num_heads", 0);
  int64_t keys = *node.getInputInfo(1).shape[2].getConstant() / heads,
          values = *node.getInputInfo(2).shape[2].getConstant() / heads;
  auto split = [&](unsigned i, int64_t parts, int64_t size) -> mlir::Value {
    Operand operand = widen(node, node.getInput(i));
    Shape shape = {operand.shape[0], operand.shape[1], parts, size};
    return importer.materialize(importer.reshape(operand, shape));
  };
  auto whole = [&](unsigned i) {
    return node.hasInput(i)
               ? importer.materialize(widen(node, node.getInput(i)))
               : mlir::Value();
  };
  mlir::Value decay = whole(4);
  if (decay && node.getInputInfo(4).shape[2].getConstant() != heads)
    decay = split(4, heads, keys);
  float scale = node.context.getFloat("scale", 0.0f);
  if (scale == 0.0f)
    scale = 1.0f / std::sqrt(float(keys));
  mlir::Value q = split(0, queryHeads, keys);
  const Shape &packed = node.getOutputInfo(0).shape;
  Shape shape = {packed[0], packed[1], queryHeads, values};
  Shape state = {packed[0], heads, keys, values};
  mlir::Type type = cast<RankedTensorType>(q.getType()).getElementType();
  auto op = seq::LinearAttentionOp::create(
      node.b, importer.getTensorType(shape, type),
      importer.getTensorType(state, type), mlir::Type(), q,
      split(1, heads, keys), split(2, heads, values), decay, whole(5), whole(3),
      /*normaliser=*/mlir::Value(), node.b.getF32FloatAttr(scale),
      /*normalised=*/UnitAttr());
  setNarrowed(node, 0, importer.buildReshape(op.getY(), shape, packed));
  setNarrowed(node, 1, op.getNextState());
  return Error::success();
}

namespace {

/// A convolution of every channel with taps of its own. Steps are channels,
/// which need no other: lanes run along the sequence, where neighbours are.
class CausalConv {
public:
  explicit CausalConv(NodeImporter &node)
      : node(node), importer(node.importer),
        input(widen(node, node.getInput(0))),
        element(importer.getType(input.type)),
        taps(*node.getInputInfo(1).shape[2].getConstant()) {}

  Error run() {
    padded = pad();
    setNarrowed(node, 0, convolve());
    if (node.hasOutput(1))
      setNarrowed(node, 1, takeFrom(input.shape[2], taps - 1));
    return Error::success();
  }

private:
  /// The state, or zeros, and then the input.
  mlir::Value pad() {
    if (taps == 1)
      return importer.materialize(input);
    Shape state = {input.shape[0], input.shape[1], taps - 1};
    Operand past{state, input.type, {}, {}};
    if (node.hasInput(3))
      past = widen(node, node.getInput(3));
    else
      past.value =
          importer.buildFilled(state, importer.buildConstant(element, 0.0));
    Shape whole = input.shape;
    whole[2] = *add(input.shape[2], Dim(taps - 1));
    return importer.buildConcat(whole, element, {past, input}, 2);
  }

  /// `count` columns of the padded input.
  mlir::Value takeFrom(const Dim &first, const Dim &count) {
    Shape shape = {input.shape[0], input.shape[1], count};
    SmallVector<OpFoldResult> ones(3, node.b.getIndexAttr(1));
    SmallVector<OpFoldResult> offsets(3, node.b.getIndexAttr(0));
    offsets[2] = importer.getMixedExtent(first);
    return buildSlice(node.b, importer.getTensorType(shape, element), padded,
                      offsets, importer.getMixedExtents(shape), ones);
  }

  mlir::Value convolve();

  NodeImporter &node;
  Importer &importer;
  Operand input;
  mlir::Type element;
  int64_t taps;
  mlir::Value padded;
};

} // namespace

mlir::Value CausalConv::convolve() {
  using E = IndexEntry;
  seq::IndexList perElement = {E::domain(0), E::time(), E::domain(1)};
  seq::ScanOperands scan(node.b.getLoc());
  scan.domain = {importer.getExtent(input.shape[0]),
                 importer.getExtent(input.shape[2])};
  scan.time = importer.getExtent(input.shape[1]);
  Operand weight = widen(node, node.getInput(1));
  scan.inputs = {{importer.materialize(
                      importer.reshape(weight, {weight.shape[0], Dim(taps)})),
                  {E::time(), E::all()}}};
  for (int64_t tap = 0; tap < taps; ++tap)
    scan.inputs.push_back({takeFrom(tap, input.shape[2]), perElement});
  bool hasBias = node.hasInput(2);
  if (hasBias)
    scan.inputs.push_back(
        {importer.materialize(widen(node, node.getInput(2))), {E::time()}});
  scan.outs = {{importer.buildEmpty(input.shape, element), perElement}};
  bool activated = node.context.getString("activation", "none") != "none";
  auto op = seq::ScanOp::create(
      node.b, scan, [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        ImplicitLocOpBuilder b(loc, nested);
        mlir::Value y = hasBias ? body.inputs.back() : mlir::Value();
        for (int64_t tap = 0; tap < taps; ++tap) {
          mlir::Value w = seq::ExtractOp::create(b, element, body.inputs[0],
                                                 b.getDenseI64ArrayAttr({tap}));
          mlir::Value x = body.inputs[1 + tap];
          mlir::Value product = arith::MulFOp::create(b, w, x);
          y = y ? arith::AddFOp::create(b, y, product).getResult() : product;
        }
        if (activated)
          y = arith::MulFOp::create(b, y,
                                    seq::SigmoidOp::create(b, element, y));
        seq::YieldOp::create(b, ValueRange{y}, ValueRange{});
      });
  return op.getResult(0);
}

static Error importCausalConv(NodeImporter &node) {
  return CausalConv(node).run();
}

llvm::ArrayRef<OpImporter> getStatefulImporters() {
  static const OpImporter importers[] = {
      {"CausalConvWithState", importCausalConv},
      {"LinearAttention", importLinearAttention}};
  return importers;
}

} // namespace seqc::onnx
