//===- ImportOnnxConvTranspose.cpp - Transposed convolution ---------------===//
//
// Every element of the input adds the kernel to the result, some elements
// apart. Every stride-th element of the result, one phase of it, is a
// convolution of the input with every stride-th tap: nothing is multiplied with
// the zeros that a convolution over a stretched input has between its elements.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// `x` with zeros around it and `steps` - 1 of them between its elements.
static Operand spread(NodeImporter &node, const Operand &x,
                      ArrayRef<Dim> margins, ArrayRef<Dim> extra,
                      ArrayRef<int64_t> steps) {
  Importer &importer = node.importer;
  Operand result = x;
  result.weight = nullptr;
  SmallVector<OpFoldResult> offsets(2, node.b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(2, node.b.getIndexAttr(1));
  for (auto [i, margin] : llvm::enumerate(margins)) {
    Dim &extent = result.shape[2 + i];
    // Inference has computed a larger extent, without overflow.
    extent = *add(*mul(*sub(extent, Dim(1)), Dim(steps[i])),
                  *add(Dim(2 * margin.getOffset() + 1), extra[i]));
    offsets.push_back(node.b.getIndexAttr(margin.getOffset()));
    strides.push_back(node.b.getIndexAttr(steps[i]));
  }
  if (result.shape == x.shape)
    return x;
  mlir::Value zeros = importer.buildFilled(
      result.shape, importer.buildConstant(node.getOutputElement(), 0.0));
  result.value = tensor::InsertSliceOp::create(
      node.b, importer.materialize(x), zeros, offsets,
      importer.getMixedExtents(x.shape), strides);
  return result;
}

/// The kernel, backwards in its spatial dimensions.
static Operand reverseKernel(Importer &importer, const Operand &w) {
  Operand result = w;
  if (w.weight) {
    SmallVector<int64_t> starts(w.weight->shape.size(), 0);
    SmallVector<int64_t> steps(starts.size(), 1);
    for (size_t i = 2; i < starts.size(); ++i) {
      starts[i] = std::max<int64_t>(w.weight->shape[i] - 1, 0);
      steps[i] = -1;
    }
    if ((result.weight = makeSlice(w.weight, starts, w.weight->shape, steps)))
      return result;
  }
  mlir::Value source = importer.materialize(w);
  result.value = importer.buildIndexed(
      w.shape, importer.getType(w.type),
      [&](Builder &b, ValueRange at) -> mlir::Value {
        SmallVector<mlir::Value> from(at);
        for (size_t i = 2; i < from.size(); ++i) {
          mlir::Value last =
              arith::ConstantIndexOp::create(b, w.shape[i].getOffset() - 1);
          from[i] = arith::SubIOp::create(b, last, from[i]);
        }
        return tensor::ExtractOp::create(b, source, from);
      });
  return result;
}

/// Of the kernel's spatial dimensions, `counts` taps from `starts` on, every
/// stride-th.
static Operand takeTaps(NodeImporter &node, const Operand &w,
                        ArrayRef<int64_t> starts, ArrayRef<int64_t> counts) {
  Importer &importer = node.importer;
  Operand taken = w;
  SmallVector<int64_t> from(2, 0), steps(2, 1), sizes;
  from.append(starts.begin(), starts.end());
  steps.append(node.resolved.steps.begin(), node.resolved.steps.end());
  for (auto [i, count] : llvm::enumerate(counts))
    taken.shape[2 + i] = Dim(count);
  if (taken.shape == w.shape)
    return w;
  for (const Dim &extent : taken.shape)
    sizes.push_back(extent.getOffset());
  if (w.weight && (taken.weight = makeSlice(w.weight, from, sizes, steps))) {
    taken.value = nullptr;
    return taken;
  }
  taken.weight = nullptr;
  Builder &b = node.b;
  taken.value = tensor::ExtractSliceOp::create(
      b, importer.getTensorType(taken.shape, importer.getType(w.type)),
      importer.materialize(w), getAsIndexOpFoldResult(b.getContext(), from),
      getAsIndexOpFoldResult(b.getContext(), sizes),
      getAsIndexOpFoldResult(b.getContext(), steps));
  return taken;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The convolution of x [N, C, D...] with w [C, M/G, K...], whose taps are some
/// elements apart, from the element `starts` of the first window on: [N, M,
/// D...] with the extents `windows` at the end.
static Operand convolve(NodeImporter &node, const Operand &x, const Operand &w,
                        ArrayRef<int64_t> starts, ArrayRef<int64_t> apart,
                        ArrayRef<Dim> windows) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  Dim groups = node.context.getInt("group", 1);
  size_t spatial = windows.size();
  Dim each = *floorDiv(w.shape[0], groups), outputs = w.shape[1];
  // [N, G, C/G, D...] and [G, C/G, M/G, K...] make [N, G, M/G, D...].
  Shape split = {x.shape[0], groups, each}, kernels = {groups, each, outputs};
  Shape whole = {x.shape[0], groups, outputs};
  unsigned parallel = 3 + spatial, space = parallel + 1 + spatial;
  auto dim = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> from = {dim(0), dim(1), dim(parallel)};
  SmallVector<AffineExpr> kernel = {dim(1), dim(parallel), dim(2)};
  for (size_t i = 0; i < spatial; ++i) {
    AffineExpr tap = dim(parallel + 1 + i);
    split.push_back(x.shape[2 + i]);
    kernels.push_back(w.shape[2 + i]);
    whole.push_back(windows[i]);
    from.push_back(dim(3 + i) + tap * apart[i] + starts[i]);
    kernel.push_back(tap);
  }
  auto map = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(space, 0, exprs, b.getContext());
  };
  Operand y;
  y.type = x.type;
  y.value = buildContraction(
      importer, {importer.reshape(x, split), importer.reshape(w, kernels)},
      {map(from), map(kernel)}, whole);
  y.shape = whole;
  y.shape.erase(y.shape.begin() + 1);
  y.shape[1] = node.getOutputInfo().shape[1];
  y.value = importer.buildReshape(y.value, whole, y.shape);
  return y;
}

/// How far the kernel reaches along each dimension.
static SmallVector<int64_t> getSpans(NodeImporter &node, const Operand &w) {
  SmallVector<int64_t> spans;
  for (auto [i, dilation] : llvm::enumerate(node.resolved.dilations))
    spans.push_back((w.shape[2 + i].getOffset() - 1) * dilation + 1);
  return spans;
}

/// The extents of the sum of all kernels, padded at the end.
static Shape getWhole(NodeImporter &node, const Operand &x, const Operand &w) {
  Shape whole = {x.shape[0], node.getOutputInfo().shape[1]};
  for (auto [i, span] : llvm::enumerate(getSpans(node, w)))
    whole.push_back(
        *add(*mul(*sub(x.shape[2 + i], Dim(1)), Dim(node.resolved.steps[i])),
             *add(Dim(span), node.resolved.high[i])));
  return whole;
}

/// All of it at once, from an input with zeros between its elements.
static Operand buildStretched(NodeImporter &node, const Operand &x,
                              const Operand &w) {
  Shape margins, windows = getWhole(node, x, w);
  for (int64_t span : getSpans(node, w))
    margins.push_back(Dim(span - 1));
  SmallVector<int64_t> starts(margins.size(), 0);
  return convolve(
      node, spread(node, x, margins, node.resolved.high, node.resolved.steps),
      w, starts, node.resolved.dilations, ArrayRef(windows).drop_front(2));
}

/// `whole`, the result, with every stride-th of its elements from `first` on.
static mlir::Value addPhase(NodeImporter &node, const Operand &padded,
                            const Operand &w, ArrayRef<Dim> extents,
                            ArrayRef<int64_t> first, mlir::Value whole) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  SmallVector<int64_t> starts, begins, counts, ones(first.size(), 1);
  SmallVector<OpFoldResult> offsets(2, b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  Shape windows;
  for (auto [i, phase] : llvm::enumerate(first)) {
    int64_t taps = w.shape[2 + i].getOffset(), step = node.resolved.steps[i];
    int64_t count = llvm::divideCeil(taps - phase, step);
    counts.push_back(count);
    // The kernel is backwards, and the input has zeros for the longest phase.
    starts.push_back(taps - 1 - phase - step * (count - 1));
    begins.push_back(llvm::divideCeil(taps, step) - count);
    windows.push_back(*add(extents[i], Dim(count - 1)));
    offsets.push_back(b.getIndexAttr(phase));
    strides.push_back(b.getIndexAttr(step));
  }
  Operand part = convolve(node, padded, takeTaps(node, w, starts, counts),
                          begins, ones, windows);
  return tensor::InsertSliceOp::create(b, part.value, whole, offsets,
                                       importer.getMixedExtents(part.shape),
                                       strides);
}

/// Phase by phase; one without taps stays zero.
static Operand buildPhases(NodeImporter &node, const Operand &x,
                           const Operand &w) {
  Importer &importer = node.importer;
  ArrayRef<int64_t> steps = node.resolved.steps;
  Operand whole;
  whole.type = x.type;
  whole.shape = getWhole(node, x, w);
  whole.value = importer.buildFilled(
      whole.shape, importer.buildConstant(node.getOutputElement(), 0.0));
  Shape margins, none(steps.size(), Dim(0));
  SmallVector<int64_t> ones(steps.size(), 1);
  for (size_t i = 0; i < steps.size(); ++i)
    margins.push_back(
        Dim(llvm::divideCeil(w.shape[2 + i].getOffset(), steps[i]) - 1));
  Operand padded = spread(node, x, margins, none, ones);
  SmallVector<int64_t> first(steps.size(), 0);
  while (true) {
    whole.value = addPhase(node, padded, w, ArrayRef(x.shape).drop_front(2),
                           first, whole.value);
    int64_t i = steps.size() - 1;
    while (i >= 0 &&
           ++first[i] == std::min(steps[i], w.shape[2 + i].getOffset()))
      first[i--] = 0;
    if (i < 0)
      return whole;
  }
}

//===----------------------------------------------------------------------===//
// The operator
//===----------------------------------------------------------------------===//

/// More phases make more code than they save time.
static constexpr int64_t mostPhases = 16;

/// Whether a phase has fewer taps than the kernel, all of them neighbours.
static bool hasPhases(NodeImporter &node, const Operand &w) {
  int64_t phases = 1;
  for (auto [i, step] : llvm::enumerate(node.resolved.steps)) {
    int64_t taps = w.shape[2 + i].getOffset();
    if (node.resolved.dilations[i] != 1 || taps == 0 || step > mostPhases)
      return false;
    if ((phases *= step) > mostPhases)
      return false;
  }
  return phases > 1;
}

static Error importConvTranspose(NodeImporter &node) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  Operand x = node.getInput(0);
  Operand w = reverseKernel(importer, node.getInput(1));
  Operand y =
      hasPhases(node, w) ? buildPhases(node, x, w) : buildStretched(node, x, w);
  const Shape &shape = node.getOutputInfo().shape;
  Shape low(2, Dim(0));
  low.append(node.resolved.low.begin(), node.resolved.low.end());
  y.value = buildSlice(
      b, importer.getTensorType(shape, node.getOutputElement()), y.value,
      importer.getMixedExtents(low), importer.getMixedExtents(shape),
      SmallVector<OpFoldResult>(shape.size(), b.getIndexAttr(1)));
  y.shape = shape;
  node.setOutput(0, addBias(node, y).value);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getConvTransposeImporters() {
  static const OpImporter importers[] = {
      {"ConvTranspose", importConvTranspose}};
  return importers;
}

} // namespace seqc::onnx
