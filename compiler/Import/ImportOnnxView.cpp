//===- ImportOnnxView.cpp - Parts, joins and permutations -----------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;

static Error importTranspose(NodeImporter &node) {
  node.setOutput(0, node.importer.materialize(node.importer.transpose(
                        node.getInput(0), node.resolved.axes)));
  return Error::success();
}

static Error importConcat(NodeImporter &node) {
  SmallVector<Operand> parts;
  for (unsigned i = 0; i < node.context.getNumInputs(); ++i)
    parts.push_back(node.getInput(i));
  node.setOutput(0, node.importer.buildConcat(node.getOutputInfo().shape,
                                              node.getOutputElement(), parts,
                                              node.resolved.axes.front()));
  return Error::success();
}

/// A slice that walks a dimension backwards reads element by element.
static mlir::Value buildBackwardsSlice(NodeImporter &node) {
  Importer &importer = node.importer;
  mlir::Value data = importer.materialize(node.getInput(0));
  SmallVector<mlir::Value> starts, steps;
  for (auto [low, step] :
       llvm::zip_equal(node.resolved.low, node.resolved.steps)) {
    starts.push_back(importer.getExtent(low));
    steps.push_back(importer.buildIndex(step));
  }
  return importer.buildIndexed(
      node.getOutputInfo().shape, node.getOutputElement(),
      [&](Builder &b, ValueRange indices) -> mlir::Value {
        SmallVector<mlir::Value> at;
        for (auto [index, start, step] :
             llvm::zip_equal(indices, starts, steps)) {
          mlir::Value walked = arith::MulIOp::create(b, index, step);
          at.push_back(arith::AddIOp::create(b, start, walked));
        }
        return tensor::ExtractOp::create(b, data, at);
      });
}

static Error importSlice(NodeImporter &node) {
  Importer &importer = node.importer;
  const Value &info = node.getOutputInfo();
  bool backwards =
      llvm::any_of(node.resolved.steps, [](int64_t step) { return step < 0; });
  if (backwards) {
    node.setOutput(0, buildBackwardsSlice(node));
    return Error::success();
  }
  SmallVector<OpFoldResult> steps;
  for (int64_t step : node.resolved.steps)
    steps.push_back(node.b.getIndexAttr(step));
  node.setOutput(
      0, buildSlice(node.b,
                    importer.getTensorType(info.shape, node.getOutputElement()),
                    importer.materialize(node.getInput(0)),
                    importer.getMixedExtents(node.resolved.low),
                    importer.getMixedExtents(info.shape), steps));
  return Error::success();
}

static Error importSplit(NodeImporter &node) {
  Operand data = node.getInput(0);
  int64_t axis = node.resolved.axes.front(), position = 0;
  SmallVector<int64_t> offsets(data.shape.size(), 0);
  SmallVector<int64_t> sizes(data.shape.size(), -1);
  // Parts that nobody reads have no value, but count.
  auto parts = node.context.getIntsOrInput("split", 1);
  if (!parts)
    return parts.takeError();
  int64_t count = int64_t(node.folded.outputs.size());
  int64_t extent = data.shape[axis].getOffset();
  int64_t equal = (extent + count - 1) / count;
  for (int64_t i = 0; i < count; ++i) {
    sizes[axis] = *parts ? (**parts)[i] : std::min(equal, extent - position);
    offsets[axis] = position;
    if (node.hasOutput(i))
      node.setOutput(i, node.importer.materialize(
                            node.importer.slice(data, offsets, sizes)));
    position += sizes[axis];
  }
  return Error::success();
}

/// Gather at one constant index from the end of a dimension that is not known:
/// a slice, where the dimension is that long whatever it is.
static bool importGatherFromEnd(NodeImporter &node, int64_t axis,
                                int64_t index) {
  Importer &importer = node.importer;
  Operand data = node.getInput(0);
  std::optional<Dim> place = add(data.shape[axis], Dim(index));
  if (node.getInputInfo(1).shape.size() > 1 || !place ||
      isLessEqual(Dim(0), *place) != true)
    return false;
  Shape offsets(data.shape.size(), Dim(0)), sizes(data.shape);
  offsets[axis] = *place;
  sizes[axis] = Dim(1);
  SmallVector<OpFoldResult> steps(sizes.size(), node.b.getIndexAttr(1));
  node.setOutput(0,
                 buildSlice(node.b,
                            importer.getTensorType(node.getOutputInfo().shape,
                                                   node.getOutputElement()),
                            importer.materialize(data),
                            importer.getMixedExtents(offsets),
                            importer.getMixedExtents(sizes), steps));
  return true;
}

/// Gather at one constant index: a slice without its dimension.
static bool importConstantGather(NodeImporter &node) {
  const Value &indices = node.getInputInfo(1);
  Operand data = node.getInput(0);
  int64_t axis = node.resolved.axes.front();
  if (!indices.known || indices.known->ints.size() != 1 ||
      !indices.known->isConstant())
    return false;
  int64_t index = indices.known->ints.front().getOffset();
  std::optional<int64_t> extent = data.shape[axis].getConstant();
  if (index < 0 && !extent)
    return importGatherFromEnd(node, axis, index);
  SmallVector<int64_t> offsets(data.shape.size(), 0);
  SmallVector<int64_t> sizes(data.shape.size(), -1);
  offsets[axis] = index < 0 ? index + *extent : index;
  sizes[axis] = 1;
  Operand row = node.importer.slice(data, offsets, sizes);
  node.setOutput(0, node.importer.materialize(node.importer.reshape(
                        row, node.getOutputInfo().shape)));
  return true;
}

mlir::Value buildSafeIndex(Builder &b, mlir::Value raw, mlir::Value extent) {
  using arith::CmpIPredicate;
  mlir::Value index =
      arith::IndexCastOp::create(b, b.getIndexType(), raw).getResult();
  mlir::Value zero = arith::ConstantIndexOp::create(b, 0);
  mlir::Value one = arith::ConstantIndexOp::create(b, 1);
  mlir::Value negative =
      arith::CmpIOp::create(b, CmpIPredicate::slt, index, zero);
  mlir::Value counted = arith::AddIOp::create(b, index, extent);
  index = arith::SelectOp::create(b, negative, counted, index);
  mlir::Value last = arith::SubIOp::create(b, extent, one);
  index = arith::MinSIOp::create(b, index, last);
  return arith::MaxSIOp::create(b, index, zero);
}

static Error importGather(NodeImporter &node) {
  if (importConstantGather(node))
    return Error::success();
  Importer &importer = node.importer;
  const Value &info = node.getOutputInfo();
  Operand operand = node.getInput(0), indexOperand = node.getInput(1);
  mlir::Value data = importer.materialize(operand);
  mlir::Value indices = importer.materialize(indexOperand);
  int64_t axis = node.resolved.axes.front();
  int64_t indexRank = int64_t(indexOperand.shape.size());
  mlir::Value extent = importer.getExtent(operand.shape[axis]);
  // The indices are an operand that the loops walk: rows of a table by numbers
  // that come step by step are rows of as many steps.
  int64_t rank = info.shape.size();
  SmallVector<AffineExpr> walked;
  for (int64_t i = 0; i < indexRank; ++i)
    walked.push_back(node.b.getAffineDimExpr(axis + i));
  mlir::Type element = node.getOutputElement();
  auto result = linalg::GenericOp::create(
      node.b, importer.getTensorType(info.shape, element), indices,
      importer.buildEmpty(info.shape, element),
      ArrayRef{AffineMap::get(rank, 0, walked, node.b.getContext()),
               AffineMap::getMultiDimIdentityMap(rank, node.b.getContext())},
      SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        Builder b(loc, nested);
        SmallVector<mlir::Value> from;
        for (int64_t i = 0; i < axis; ++i)
          from.push_back(linalg::IndexOp::create(b, i));
        from.push_back(buildSafeIndex(b, arguments[0], extent));
        for (int64_t i = axis + indexRank; i < rank; ++i)
          from.push_back(linalg::IndexOp::create(b, i));
        mlir::Value taken = tensor::ExtractOp::create(b, data, from);
        linalg::YieldOp::create(b, taken);
      });
  node.setOutput(0, result.getResult(0));
  return Error::success();
}

/// The scalar that a constant pad fills with.
static mlir::Value buildFill(NodeImporter &node) {
  if (node.hasInput(2)) {
    Operand fill = node.importer.reshape(node.getInput(2), {});
    return tensor::ExtractOp::create(node.b, node.importer.materialize(fill),
                                     ValueRange{});
  }
  mlir::Type element = node.getOutputElement();
  return isa<FloatType>(element)
             ? node.importer.buildConstant(element,
                                           node.context.getFloat("value", 0.0))
             : node.importer.buildConstant(element, int64_t(0));
}

/// `count` elements in front of or behind `operand` along `axis`, made of as
/// many from `begin` on, the last one first, or of the one that is there.
static Operand makeEdge(NodeImporter &node, const Operand &operand, size_t axis,
                        const Dim &begin, const Dim &count, bool reflects) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  Shape offsets(operand.shape.size(), Dim(0)), sizes(operand.shape);
  offsets[axis] = begin;
  sizes[axis] = reflects ? count : Dim(1);
  SmallVector<OpFoldResult> steps(sizes.size(), b.getIndexAttr(1));
  mlir::Value taken =
      buildSlice(b, importer.getTensorType(sizes, node.getOutputElement()),
                 operand.value, importer.getMixedExtents(offsets),
                 importer.getMixedExtents(sizes), steps);
  Operand edge = operand;
  edge.shape[axis] = count;
  edge.value = importer.buildIndexed(
      edge.shape, node.getOutputElement(),
      [&](Builder &body, ValueRange at) -> mlir::Value {
        SmallVector<mlir::Value> from(at);
        int64_t last = reflects ? count.getOffset() - 1 : 0;
        from[axis] = arith::ConstantIndexOp::create(body, last);
        if (reflects)
          from[axis] = arith::SubIOp::create(body, from[axis], at[axis]);
        return tensor::ExtractOp::create(body, taken, from);
      });
  return edge;
}

/// `operand` with what mirrors it, or its first and last element again, in
/// front and behind along `axis`: only that is gathered element by element.
/// That there are as many elements is asked of slices when the model runs.
static Operand padAxis(NodeImporter &node, const Operand &operand, size_t axis,
                       bool reflects) {
  const Dim &low = node.resolved.low[axis], &high = node.resolved.high[axis];
  Operand padded = operand;
  padded.shape[axis] = node.getOutputInfo().shape[axis];
  SmallVector<Operand> parts;
  if (!low.isConstant(0))
    parts.push_back(
        makeEdge(node, operand, axis, Dim(reflects ? 1 : 0), low, reflects));
  parts.push_back(operand);
  // An extent with pads does not overflow, so none without its last elements.
  Dim taken = 1 + (reflects ? high.getOffset() : 0);
  if (!high.isConstant(0))
    parts.push_back(makeEdge(node, operand, axis,
                             *sub(operand.shape[axis], taken), high, reflects));
  padded.value = node.importer.buildConcat(
      padded.shape, node.getOutputElement(), parts, axis);
  return padded;
}

/// `data` with constants around it, then without what negative pads take away:
/// so a sequence that moves on by a step is known when its steps are.
static mlir::Value padWithConstant(NodeImporter &node, mlir::Value data) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  const Value &info = node.getOutputInfo();
  Shape low = node.resolved.low, high = node.resolved.high, shape = info.shape;
  Shape offsets(low.size(), Dim(0));
  for (size_t i = 0; i < low.size(); ++i)
    for (Dim *pad : {&low[i], &high[i]}) {
      if (pad->getOffset() >= 0)
        continue;
      // Neither is beyond the largest extent, so their sum does not overflow.
      shape[i] = *sub(shape[i], *pad);
      if (pad == &low[i])
        offsets[i] = -pad->getOffset();
      *pad = 0;
    }
  mlir::Type element = node.getOutputElement();
  mlir::Value padded =
      tensor::PadOp::create(b, importer.getTensorType(shape, element), data,
                            importer.getMixedExtents(low),
                            importer.getMixedExtents(high), buildFill(node));
  if (shape == info.shape)
    return padded;
  SmallVector<OpFoldResult> steps(shape.size(), b.getIndexAttr(1));
  return buildSlice(b, importer.getTensorType(info.shape, element), padded,
                    importer.getMixedExtents(offsets),
                    importer.getMixedExtents(info.shape), steps);
}

static Error importPad(NodeImporter &node) {
  Importer &importer = node.importer;
  llvm::StringRef mode = node.context.getString("mode", "constant");
  Operand operand = node.getInput(0);
  mlir::Value data = importer.materialize(operand);
  const Resolved &resolved = node.resolved;
  if (mode == "constant") {
    node.setOutput(0, padWithConstant(node, data));
    return Error::success();
  }
  operand.weight = nullptr;
  operand.value = data;
  for (size_t i = 0; i < operand.shape.size(); ++i)
    if (!resolved.low[i].isConstant(0) || !resolved.high[i].isConstant(0))
      operand = padAxis(node, operand, i, mode == "reflect");
  node.setOutput(0, operand.value);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getViewImporters() {
  static const OpImporter importers[] = {
      {"Concat", importConcat}, {"Gather", importGather},
      {"Pad", importPad},       {"Slice", importSlice},
      {"Split", importSplit},   {"Transpose", importTranspose},
  };
  return importers;
}

} // namespace seqc::onnx
