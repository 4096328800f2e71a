//===- ImportOnnxConv.cpp - Convolution -----------------------------------===//
//
// A product with a constant kernel is one with a matrix at every window, of
// which nothing is multiplied that is known to be zero or to come twice.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/RowProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;
using seq::IndexEntry;

//===----------------------------------------------------------------------===//
// Zeros around the input
//===----------------------------------------------------------------------===//

namespace {
/// A convolution's kernel and the zeros around its input.
struct ConvKernel {
  Operand taps;
  Shape low, high;
};
} // namespace

/// Whether a window somewhere along dimension `i` has an element of the input,
/// and not a zero beside it, at `tap`.
static bool meetsInput(NodeImporter &node, size_t i, int64_t tap) {
  int64_t extent = node.getInputInfo(0).shape[2 + i].getOffset();
  int64_t windows = node.getOutputInfo().shape[2 + i].getOffset();
  int64_t stride = node.resolved.steps[i];
  int64_t first = tap * node.resolved.dilations[i] -
                  node.resolved.low[i].getOffset(); // of the first window
  int64_t window = first < 0 ? llvm::divideCeil(-first, stride) : 0;
  return window < windows && first + window * stride < extent;
}

/// The kernel without the taps in front and at the end that only ever meet
/// zeros: in a step of a stream, which sees few frames, most may be such.
static ConvKernel trimKernel(NodeImporter &node) {
  const Resolved &resolved = node.resolved;
  ConvKernel kernel{node.getInput(1), resolved.low, resolved.high};
  if (!kernel.taps.weight)
    return kernel;
  ArrayRef<int64_t> taps = kernel.taps.weight->shape;
  SmallVector<int64_t> starts(taps.size(), 0), steps(taps.size(), 1);
  SmallVector<int64_t> shape(taps);
  for (size_t i = 0; i + 2 < taps.size(); ++i) {
    const Dim &extent = node.getInputInfo(0).shape[2 + i];
    const Dim &windows = node.getOutputInfo().shape[2 + i];
    if (!extent.isConstant() || !windows.isConstant() ||
        !kernel.low[i].isConstant())
      continue;
    int64_t low = kernel.low[i].getOffset(), dilation = resolved.dilations[i];
    int64_t first = 0, last = taps[2 + i];
    while (last > 0 && !meetsInput(node, i, last - 1))
      --last;
    while (first < last && (first + 1) * dilation <= low &&
           !meetsInput(node, i, first))
      ++first;
    if (last == 0 || last - first == taps[2 + i])
      continue;
    starts[2 + i] = first;
    shape[2 + i] = last - first;
    low -= first * dilation;
    int64_t end = (windows.getOffset() - 1) * resolved.steps[i] +
                  (last - first - 1) * dilation + 1;
    kernel.low[i] = Dim(low);
    kernel.high[i] = Dim(std::max<int64_t>(end - extent.getOffset() - low, 0));
  }
  if (shape == taps)
    return kernel;
  WeightRef trimmed = makeSlice(kernel.taps.weight, starts, shape, steps);
  if (!trimmed)
    return {node.getInput(1), resolved.low, resolved.high};
  kernel.taps.weight = trimmed;
  kernel.taps.value = nullptr;
  kernel.taps.shape.assign(shape.begin(), shape.end());
  return kernel;
}

/// The input with its zeros around it.
static Operand padInput(NodeImporter &node, const Operand &x,
                        const ConvKernel &kernel) {
  Importer &importer = node.importer;
  Operand padded = x;
  Shape low(2, Dim(0)), high(2, Dim(0));
  low.append(kernel.low.begin(), kernel.low.end());
  high.append(kernel.high.begin(), kernel.high.end());
  for (auto [i, extent] : llvm::enumerate(padded.shape)) {
    // Inference has added them before, without overflow.
    extent = *add(*add(extent, low[i]), high[i]);
  }
  if (padded.shape == x.shape)
    return x;
  mlir::Type element = importer.getType(x.type);
  padded.weight = nullptr;
  padded.value = tensor::PadOp::create(
      node.b, importer.getTensorType(padded.shape, element),
      importer.materialize(x), importer.getMixedExtents(low),
      importer.getMixedExtents(high), importer.buildConstant(element, 0.0));
  return padded;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The general case: groups, dilations or a kernel that is computed. The
/// channels of all operands are split into groups first.
static mlir::Value buildGeneralConv(NodeImporter &node, const Operand &x,
                                    const Operand &w) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  const Shape &shape = node.getOutputInfo().shape;
  size_t spatial = shape.size() - 2;
  int64_t groups = node.context.getInt("group", 1);
  int64_t outputs = w.shape[0].getOffset() / groups;
  auto split = [&](const Operand &operand, unsigned axis, const Dim &each) {
    Shape parts = operand.shape;
    parts[axis] = Dim(groups);
    parts.insert(parts.begin() + axis + 1, each);
    return importer.reshape(operand, parts);
  };
  Operand data = split(x, 1, w.shape[1]), kernel = split(w, 0, Dim(outputs));
  Shape grouped = shape;
  grouped[1] = Dim(groups);
  grouped.insert(grouped.begin() + 2, Dim(outputs));
  // (n, g, m, spatial..., c, taps...)
  unsigned parallel = 3 + spatial, space = parallel + 1 + spatial;
  auto dim = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> from = {dim(0), dim(1), dim(parallel)};
  SmallVector<AffineExpr> weights = {dim(1), dim(2), dim(parallel)};
  for (unsigned i = 0; i < spatial; ++i) {
    from.push_back(dim(3 + i) * node.resolved.steps[i] +
                   dim(parallel + 1 + i) * node.resolved.dilations[i]);
    weights.push_back(dim(parallel + 1 + i));
  }
  mlir::Value y =
      buildContraction(importer, {data, kernel},
                       {AffineMap::get(space, 0, from, b.getContext()),
                        AffineMap::get(space, 0, weights, b.getContext())},
                       grouped);
  return importer.buildReshape(y, grouped, shape);
}

/// A scan over the windows of the input.
static mlir::Value buildWindowConv(NodeImporter &node, const Operand &x,
                                   const Operand &w) {
  const Shape &shape = node.getOutputInfo().shape;
  RowProduct product;
  product.matrix = w;
  product.x = x;
  product.shape = shape;
  product.domain = {shape[0]};
  product.index = {IndexEntry::domain(0), IndexEntry::all()};
  product.outIndex = product.index;
  for (size_t i = 2; i < shape.size(); ++i) {
    product.domain.push_back(shape[i]);
    product.index.push_back(IndexEntry::window(
        int64_t(i) - 1, node.resolved.steps[i - 2], w.shape[i].getOffset()));
    product.outIndex.push_back(IndexEntry::domain(int64_t(i) - 1));
  }
  if (node.hasInput(2))
    product.bias = node.getInput(2);
  return buildRowProduct(node.importer, product);
}

//===----------------------------------------------------------------------===//
// Kernels that read the same from both ends
//===----------------------------------------------------------------------===//

namespace {
/// A kernel's channels out, of which the first `even` read the same from both
/// ends of the taps [first, first + count), and the others with the other sign;
/// taps before are zero.
struct Symmetry {
  int64_t first = 0, count = 0, even = 0;
};

/// f32 numbers [channels out, channels in, taps].
class KernelValues {
public:
  explicit KernelValues(const Weight &kernel)
      : bytes(kernel.read()), channels(kernel.shape[1]), taps(kernel.shape[2]) {
  }

  float get(int64_t out, int64_t in, int64_t tap) const {
    return llvm::bit_cast<float>(llvm::support::endian::read32le(
        bytes.data() + 4 * ((out * channels + in) * taps + tap)));
  }

  /// Whether row `out` is `sign` times itself read from the other end.
  bool isMirrored(int64_t out, int64_t first, float sign) const;

private:
  std::string bytes;
  int64_t channels, taps;
};
} // namespace

bool KernelValues::isMirrored(int64_t out, int64_t first, float sign) const {
  for (int64_t in = 0; in < channels; ++in) {
    for (int64_t tap = 0; tap < first; ++tap)
      if (get(out, in, tap) != 0)
        return false;
    for (int64_t tap = first, last = taps - 1; tap <= last; ++tap, --last)
      if (get(out, in, tap) != sign * get(out, in, last))
        return false;
  }
  return true;
}

/// Fewer taps, or channels that read them, are not worth a sum for each.
static constexpr int64_t leastFolded = 16;
/// What is read to find out.
static constexpr int64_t mostFoldedBytes = 64 << 20;

/// Filters of linear phase, and the cosines and sines of a Fourier transform
/// whose window is symmetric: a spectrogram as a convolution. The first channel
/// says whether it is worth reading the others.
static std::optional<Symmetry> findSymmetry(const Operand &w) {
  if (w.type != ElementType::F32 || w.weight->shape.size() != 3 ||
      w.weight->shape[0] < leastFolded || w.weight->shape[2] < leastFolded ||
      w.weight->getNumBytes() > mostFoldedBytes)
    return std::nullopt;
  int64_t out = w.weight->shape[0], taps = w.weight->shape[2];
  WeightRef row =
      makeSlice(w.weight, {0, 0, 0}, {1, w.weight->shape[1], taps}, {1, 1, 1});
  if (!row)
    return std::nullopt;
  KernelValues channel(*row);
  Symmetry found;
  // A periodic window begins with a zero, and its middle is behind that.
  auto begins = [&](int64_t first) {
    return channel.isMirrored(0, first, 1) || channel.isMirrored(0, first, -1);
  };
  while (found.first < 2 && !begins(found.first))
    ++found.first;
  if (found.first == 2)
    return std::nullopt;
  found.count = taps - found.first;
  KernelValues values(*w.weight);
  while (found.even < out && values.isMirrored(found.even, found.first, 1))
    ++found.even;
  for (int64_t i = found.even; i < out; ++i)
    if (!values.isMirrored(i, found.first, -1))
      return std::nullopt;
  return found;
}

/// Of the windows of `x`, what is `sign` at the other end added to each of the
/// first half of the taps: [batch, channels in, window, tap]. An odd number of
/// taps leaves one in the middle, which an even sum has twice.
static Operand foldWindows(NodeImporter &node, const Operand &x,
                           const Symmetry &symmetry, bool isEven) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  Operand folded = x;
  folded.weight = nullptr;
  folded.shape.back() = node.getOutputInfo().shape.back();
  folded.shape.push_back(
      Dim(symmetry.count / 2 + (isEven ? symmetry.count % 2 : 0)));
  AffineExpr start = b.getAffineDimExpr(2) * node.resolved.steps[0] +
                     symmetry.first,
             tap = b.getAffineDimExpr(3);
  auto read = [&](AffineExpr at) {
    return AffineMap::get(
        4, 0, {b.getAffineDimExpr(0), b.getAffineDimExpr(1), start + at},
        b.getContext());
  };
  SmallVector<AffineMap> maps = {read(tap), read(-tap + (symmetry.count - 1)),
                                 b.getMultiDimIdentityMap(4)};
  SmallVector<utils::IteratorType> iterators(4, utils::IteratorType::parallel);
  mlir::Type element = importer.getType(x.type);
  mlir::Value source = importer.materialize(x);
  folded.value =
      linalg::GenericOp::create(
          b, importer.getTensorType(folded.shape, element),
          ValueRange{source, source},
          importer.buildEmpty(folded.shape, element), maps, iterators,
          [&](OpBuilder &nested, Location loc, ValueRange ends) {
            mlir::Value sum =
                isEven ? arith::AddFOp::create(nested, loc, ends[0], ends[1])
                             .getResult()
                       : arith::SubFOp::create(nested, loc, ends[0], ends[1])
                             .getResult();
            linalg::YieldOp::create(nested, loc, sum);
          })
          .getResult(0);
  return folded;
}

/// The channels [low, high) of the kernel for folded windows: the first half of
/// the taps, and half of the one in the middle.
static WeightRef foldKernel(const Weight &w, const Symmetry &symmetry,
                            int64_t low, int64_t high, bool isEven) {
  KernelValues values(w);
  int64_t taps = symmetry.count / 2 + (isEven ? symmetry.count % 2 : 0);
  std::string bytes;
  for (int64_t out = low; out < high; ++out)
    for (int64_t in = 0; in < w.shape[1]; ++in)
      for (int64_t tap = 0; tap < taps; ++tap) {
        float value = values.get(out, in, symmetry.first + tap);
        if (tap == symmetry.count / 2)
          value /= 2;
        char word[4];
        llvm::support::endian::write32le(word, llvm::bit_cast<uint32_t>(value));
        bytes.append(word, 4);
      }
  return makeBytesWeight(std::move(bytes), ElementType::F32,
                         {high - low, w.shape[1], taps}, w.name);
}

/// Half the products: what both ends of a window are multiplied with is added
/// up before.
static mlir::Value buildFoldedConv(NodeImporter &node, const Operand &x,
                                   const Operand &w, const Symmetry &symmetry) {
  Importer &importer = node.importer;
  const Shape &shape = node.getOutputInfo().shape;
  int64_t out = w.weight->shape[0];
  SmallVector<Operand> parts;
  for (bool isEven : {true, false}) {
    int64_t low = isEven ? 0 : symmetry.even,
            high = isEven ? symmetry.even : out;
    if (low == high)
      continue;
    RowProduct product;
    product.matrix = w;
    product.matrix.value = nullptr;
    product.matrix.weight = foldKernel(*w.weight, symmetry, low, high, isEven);
    product.matrix.shape.assign(product.matrix.weight->shape.begin(),
                                product.matrix.weight->shape.end());
    product.x = foldWindows(node, x, symmetry, isEven);
    product.shape = shape;
    product.shape[1] = Dim(high - low);
    product.domain = {shape[0], shape[2]};
    product.index = {IndexEntry::domain(0), IndexEntry::all(),
                     IndexEntry::domain(1), IndexEntry::all()};
    product.outIndex = {IndexEntry::domain(0), IndexEntry::all(),
                        IndexEntry::domain(1)};
    if (node.hasInput(2))
      product.bias = importer.slice(node.getInput(2), {low}, {high - low});
    Operand part = x;
    part.weight = nullptr;
    part.shape = product.shape;
    part.value = buildRowProduct(importer, product);
    parts.push_back(part);
  }
  if (parts.size() == 1)
    return parts[0].value;
  return importer.buildConcat(shape, importer.getType(x.type), parts, 1);
}

//===----------------------------------------------------------------------===//
// The operator
//===----------------------------------------------------------------------===//

Operand addBias(NodeImporter &node, Operand y) {
  if (!node.hasInput(2))
    return y;
  Operand bias = node.getInput(2);
  Shape column(y.shape.size() - 1, Dim(1));
  column[0] = bias.shape[0];
  bias = node.importer.reshape(bias, column);
  y.value = node.importer.buildElementwise(
      y.shape, node.importer.getType(y.type), {y, bias},
      [](Builder &b, ValueRange x) -> mlir::Value {
        return arith::AddFOp::create(b, x[0], x[1]);
      });
  return y;
}

static Error importConv(NodeImporter &node) {
  ConvKernel kernel = trimKernel(node);
  Operand x = padInput(node, node.getInput(0), kernel), w = kernel.taps;
  bool windows = w.weight && node.context.getInt("group", 1) == 1 &&
                 llvm::all_of(node.resolved.dilations,
                              [](int64_t dilation) { return dilation == 1; });
  if (windows) {
    // Over a dynamic time, whose steps may be wanted alone, windows stay whole.
    std::optional<Symmetry> symmetry;
    if (node.getOutputInfo().shape.back().isConstant())
      symmetry = findSymmetry(w);
    node.setOutput(0, symmetry ? buildFoldedConv(node, x, w, *symmetry)
                               : buildWindowConv(node, x, w));
    return Error::success();
  }
  Operand y;
  y.shape = node.getOutputInfo().shape;
  y.type = x.type;
  y.value = buildGeneralConv(node, x, w);
  node.setOutput(0, addBias(node, y).value);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getConvImporters() {
  static const OpImporter importers[] = {{"Conv", importConv}};
  return importers;
}

} // namespace seqc::onnx
