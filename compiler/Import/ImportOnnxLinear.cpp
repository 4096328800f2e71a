//===- ImportOnnxLinear.cpp - Contractions --------------------------------===//
//
// A product with a constant matrix, be it of zeros that a state begins with,
// becomes a `seq.scan` without carries whose body is one `seq.matvec` and whose
// domain are the rows: the passes that pack and tile the matrices of a
// recurrent layer then serve it too. Other products become linalg.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;
using seq::IndexEntry;
using seq::IndexList;

//===----------------------------------------------------------------------===//
// Scans over rows
//===----------------------------------------------------------------------===//

namespace {

/// y[d..., :] = alpha * W x[d...] + bias, with `index` slicing x and `outIndex`
/// the result, in which the entry for all of a dimension is W's rows.
struct RowProduct {
  Operand matrix; // [rows, contracted...]
  Operand x;
  IndexList index;
  Shape shape; // of the result
  IndexList outIndex;
  Shape domain;
  double alpha = 1.0;
  std::optional<Operand> bias; // [rows]
};

} // namespace

/// One step of time holds all rows: the result has a dimension for it, which is
/// dropped again.
static mlir::Value buildRowProduct(Importer &importer,
                                   const RowProduct &product) {
  Builder &b = importer.b;
  mlir::Type element = importer.getType(product.x.type);
  Shape timed = product.shape;
  timed.insert(timed.begin(), Dim(1));
  IndexList outIndex = product.outIndex;
  outIndex.insert(outIndex.begin(), IndexEntry::time());
  IndexList whole(product.matrix.shape.size(), IndexEntry::all());

  seq::ScanOperands scan(b.getLoc());
  for (const Dim &extent : product.domain)
    scan.domain.push_back(importer.getExtent(extent));
  scan.time = importer.buildIndex(1);
  scan.inputs = {{importer.materialize(product.x), product.index},
                 {importer.materialize(product.matrix), whole}};
  if (product.bias)
    scan.inputs.push_back(
        {importer.materialize(*product.bias), {IndexEntry::all()}});
  scan.outs = {{importer.buildEmpty(timed, element), outIndex}};
  auto rows = importer.getTensorType({product.matrix.shape.front()}, element);
  auto op = seq::ScanOp::create(
      b, scan, [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        Builder inner(loc, nested);
        auto plus = seq::SemiringAttr::get(inner.getContext(),
                                           seq::Semiring::PlusTimes);
        mlir::Value y = seq::MatvecOp::create(inner, rows, body.inputs[1],
                                              body.inputs[0], plus);
        if (product.alpha != 1.0) {
          auto scale = DenseElementsAttr::get(
              rows, inner.getFloatAttr(element, product.alpha));
          y = arith::MulFOp::create(inner, y,
                                    arith::ConstantOp::create(inner, scale));
        }
        if (product.bias)
          y = arith::AddFOp::create(inner, y, body.inputs[2]);
        seq::YieldOp::create(inner, ValueRange{y}, ValueRange{});
      });
  return importer.buildReshape(op.getResult(0), timed, product.shape);
}

/// The bias as a vector of one number per row of the matrix; nothing where it
/// has another shape and is added afterwards.
static std::optional<Operand> getRowBias(Importer &importer,
                                         const Operand &bias, const Dim &rows) {
  bool vector = !bias.shape.empty() && bias.shape.back() == rows &&
                llvm::all_of(ArrayRef<Dim>(bias.shape).drop_back(),
                             [](const Dim &dim) { return dim.isConstant(1); });
  if (!vector)
    return std::nullopt;
  return importer.reshape(bias, {rows});
}

//===----------------------------------------------------------------------===//
// Products of two tensors
//===----------------------------------------------------------------------===//

mlir::Value buildContraction(Importer &importer, ArrayRef<Operand> operands,
                             ArrayRef<AffineMap> maps, ArrayRef<Dim> shape) {
  Builder &b = importer.b;
  unsigned space = maps.front().getNumDims();
  SmallVector<utils::IteratorType> iterators(space,
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), shape.size(), utils::IteratorType::parallel);
  mlir::Type element = importer.getType(operands.front().type);
  mlir::Value zero = importer.buildConstant(element, 0.0);
  SmallVector<mlir::Value> values;
  for (const Operand &operand : operands)
    values.push_back(importer.materialize(operand));
  SmallVector<AffineMap> all(maps);
  AffineMap outMap = AffineMap::getMinorIdentityMap(shape.size(), shape.size(),
                                                    b.getContext());
  all.push_back(AffineMap::get(space, 0, outMap.getResults(), b.getContext()));
  return linalg::GenericOp::create(
             b, importer.getTensorType(shape, element), values,
             importer.buildFilled(shape, zero), all, iterators,
             [](OpBuilder &nested, Location loc, ValueRange x) {
               mlir::Value product = x.front();
               for (mlir::Value factor : x.drop_front().drop_back())
                 product = arith::MulFOp::create(nested, loc, product, factor);
               mlir::Value sum =
                   arith::AddFOp::create(nested, loc, x.back(), product);
               linalg::YieldOp::create(nested, loc, sum);
             })
      .getResult(0);
}

/// Adds a dimension of 1 to a vector, which its product loses again.
static Operand makeMatrix(Importer &importer, const Operand &operand,
                          bool isColumn) {
  if (operand.shape.size() > 1)
    return operand;
  return importer.reshape(operand, isColumn ? Shape{operand.shape[0], Dim(1)}
                                            : Shape{Dim(1), operand.shape[0]});
}

/// Drops the leading dimensions of 1 that the other operand does not have, and
/// maps the others to those of the result.
static AffineMap mapBatch(Importer &importer, Operand &operand,
                          ArrayRef<Dim> batch, AffineExpr row,
                          AffineExpr column, unsigned space) {
  Shape kept;
  SmallVector<AffineExpr> results;
  size_t own = operand.shape.size() - 2, leading = batch.size() - own;
  for (size_t i = 0; i < own; ++i)
    if (!operand.shape[i].isConstant(1) || batch[leading + i].isConstant(1)) {
      kept.push_back(operand.shape[i]);
      results.push_back(importer.b.getAffineDimExpr(leading + i));
    }
  kept.append(operand.shape.end() - 2, operand.shape.end());
  results.append({row, column});
  operand = importer.reshape(operand, kept);
  return AffineMap::get(space, 0, results, importer.b.getContext());
}

static mlir::Value buildMatMul(Importer &importer, Operand lhs, Operand rhs,
                               ArrayRef<Dim> result) {
  bool isRow = lhs.shape.size() == 1, isColumn = rhs.shape.size() == 1;
  lhs = makeMatrix(importer, lhs, false);
  rhs = makeMatrix(importer, rhs, true);
  Shape shape(result.begin(), result.end());
  if (isColumn)
    shape.push_back(Dim(1));
  if (isRow)
    shape.insert(shape.end() - 1, Dim(1));
  size_t rank = shape.size();
  Builder &b = importer.b;
  AffineExpr m = b.getAffineDimExpr(rank - 2), n = b.getAffineDimExpr(rank - 1);
  AffineExpr k = b.getAffineDimExpr(rank);
  ArrayRef<Dim> batch = ArrayRef<Dim>(shape).drop_back(2);
  AffineMap lhsMap = mapBatch(importer, lhs, batch, m, k, rank + 1);
  AffineMap rhsMap = mapBatch(importer, rhs, batch, k, n, rank + 1);
  return importer.buildReshape(
      buildContraction(importer, {lhs, rhs}, {lhsMap, rhsMap}, shape), shape,
      result);
}

static Error importMatMul(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand lhs = node.getInput(0), rhs = node.getInput(1);
  const Shape &shape = node.getOutputInfo().shape;
  if (!rhs.weight || rhs.shape.size() != 2) {
    node.setOutput(0, buildMatMul(importer, lhs, rhs, shape));
    return Error::success();
  }
  RowProduct product;
  product.matrix = importer.transpose(rhs, {1, 0});
  product.x = lhs;
  product.shape = shape;
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    product.domain.push_back(shape[i]);
    product.index.push_back(IndexEntry::domain(i));
  }
  product.index.push_back(IndexEntry::all());
  product.outIndex = product.index;
  node.setOutput(0, buildRowProduct(importer, product));
  return Error::success();
}

/// alpha * y + beta * c.
static mlir::Value addScaled(Importer &importer, const Operand &y, double alpha,
                             const Operand *c, double beta) {
  SmallVector<Operand> operands = {y};
  if (c)
    operands.push_back(*c);
  mlir::Type element = importer.getType(y.type);
  return importer.buildElementwise(
      y.shape, element, operands, [&](Builder &b, ValueRange x) {
        auto scale = [&](mlir::Value value, double factor) -> mlir::Value {
          if (factor == 1.0)
            return value;
          auto constant =
              arith::ConstantOp::create(b, b.getFloatAttr(element, factor));
          return arith::MulFOp::create(b, value, constant);
        };
        mlir::Value sum = scale(x[0], alpha);
        if (c)
          sum = arith::AddFOp::create(b, sum, scale(x[1], beta));
        return sum;
      });
}

static Error importGemm(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand a = node.getInput(0), b = node.getInput(1);
  double alpha = node.context.getFloat("alpha", 1.0);
  double beta = node.context.getFloat("beta", 1.0);
  if (node.context.getInt("transA", 0))
    a = importer.transpose(a, {1, 0});
  bool transB = node.context.getInt("transB", 0) != 0;
  const Shape &shape = node.getOutputInfo().shape;
  std::optional<Operand> c;
  if (node.hasInput(2))
    c = node.getInput(2);

  Operand y;
  y.shape = shape;
  y.type = a.type;
  if (b.weight) {
    RowProduct product;
    product.matrix = transB ? b : importer.transpose(b, {1, 0});
    product.x = a;
    product.index = {IndexEntry::domain(0), IndexEntry::all()};
    product.outIndex = product.index;
    product.domain = {shape[0]};
    product.shape = shape;
    product.alpha = alpha;
    alpha = 1.0;
    if (c && beta == 1.0)
      product.bias = getRowBias(importer, *c, shape[1]);
    if (product.bias)
      c.reset();
    y.value = buildRowProduct(importer, product);
  } else {
    y.value = buildMatMul(importer, a,
                          transB ? importer.transpose(b, {1, 0}) : b, shape);
  }
  bool done = !c && alpha == 1.0;
  node.setOutput(0,
                 done ? y.value
                      : addScaled(importer, y, alpha, c ? &*c : nullptr, beta));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Convolution
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
  WeightRef trimmed = makeSlice(kernel.taps.weight, starts, shape, steps);
  if (shape == taps || !trimmed)
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

Operand addBias(NodeImporter &node, Operand y) {
  if (!node.hasInput(2))
    return y;
  Operand bias = node.getInput(2);
  Shape column(y.shape.size() - 1, Dim(1));
  column[0] = bias.shape[0];
  bias = node.importer.reshape(bias, column);
  y.value = addScaled(node.importer, y, 1.0, &bias, 1.0);
  return y;
}

static Error importConv(NodeImporter &node) {
  ConvKernel kernel = trimKernel(node);
  Operand x = padInput(node, node.getInput(0), kernel), w = kernel.taps;
  bool windows = w.weight && node.context.getInt("group", 1) == 1 &&
                 llvm::all_of(node.resolved.dilations,
                              [](int64_t dilation) { return dilation == 1; });
  if (windows) {
    node.setOutput(0, buildWindowConv(node, x, w));
    return Error::success();
  }
  Operand y;
  y.shape = node.getOutputInfo().shape;
  y.type = x.type;
  y.value = buildGeneralConv(node, x, w);
  node.setOutput(0, addBias(node, y).value);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getLinearImporters() {
  static const OpImporter importers[] = {
      {"Conv", importConv}, {"Gemm", importGemm}, {"MatMul", importMatMul}};
  return importers;
}

} // namespace seqc::onnx
