//===- ImportOnnxWindows.cpp - Pooling, transposed convolution, Einsum ----===//

#include "compiler/Import/Onnx/Einsum.h"
#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;

/// `x` with `low` and `high` more elements of `fill` in the spatial dimensions.
static Operand padSpatial(Importer &importer, const Operand &x,
                          ArrayRef<Dim> low, ArrayRef<Dim> high,
                          mlir::Value fill) {
  Operand padded = x;
  Shape before(2, Dim(0)), after(2, Dim(0));
  before.append(low.begin(), low.end());
  after.append(high.begin(), high.end());
  for (auto [i, extent] : llvm::enumerate(padded.shape))
    extent = *add(*add(extent, before[i]), after[i]);
  if (padded.shape == x.shape)
    return x;
  padded.weight = nullptr;
  padded.value = tensor::PadOp::create(
      importer.b, importer.getTensorType(padded.shape, fill.getType()),
      importer.materialize(x), importer.getMixedExtents(before),
      importer.getMixedExtents(after), fill);
  return padded;
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// How far the last window reaches over the padded end, with ceil_mode.
static Shape getOverhang(NodeImporter &node, ArrayRef<int64_t> kernel) {
  const Shape &x = node.getInputInfo(0).shape, &y = node.getOutputInfo().shape;
  const Resolved &resolved = node.resolved;
  Shape overhang;
  for (size_t i = 0; i < kernel.size(); ++i) {
    auto extent = x[2 + i].getConstant(), count = y[2 + i].getConstant();
    int64_t over = 0;
    // Dynamic extents have no partial windows.
    if (extent && count)
      over = (*count - 1) * resolved.steps[i] +
             (kernel[i] - 1) * resolved.dilations[i] + 1 - *extent -
             resolved.low[i].getOffset() - resolved.high[i].getOffset();
    overhang.push_back(std::max<int64_t>(over, 0));
  }
  return overhang;
}

namespace {
/// The loops over the windows of an operand, which is padded already: those of
/// the result, then those of a window.
struct WindowLoops {
  WindowLoops(NodeImporter &node, const Operand &x, ArrayRef<int64_t> kernel);

  Shape shape; ///< The result's.
  AffineMap from, taps, to;
  SmallVector<utils::IteratorType> iterators;
  /// Only its extents are read: they say how large a window is.
  mlir::Value window;
};
} // namespace

WindowLoops::WindowLoops(NodeImporter &node, const Operand &x,
                         ArrayRef<int64_t> kernel) {
  Builder &b = node.b;
  size_t spatial = kernel.size(), rank = spatial + 2;
  shape = node.getOutputInfo().shape;
  shape[0] = x.shape[0];
  shape[1] = x.shape[1];
  SmallVector<AffineExpr> read = {b.getAffineDimExpr(0), b.getAffineDimExpr(1)};
  SmallVector<AffineExpr> within, written = read;
  for (size_t i = 0; i < spatial; ++i) {
    within.push_back(b.getAffineDimExpr(rank + i));
    written.push_back(b.getAffineDimExpr(2 + i));
    read.push_back(written.back() * node.resolved.steps[i] +
                   within.back() * node.resolved.dilations[i]);
  }
  auto map = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(rank + spatial, 0, exprs, b.getContext());
  };
  from = map(read);
  taps = map(within);
  to = map(written);
  iterators.assign(rank + spatial, utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), rank, utils::IteratorType::parallel);
  window = tensor::EmptyOp::create(b, kernel, node.importer.getType(x.type));
}

/// Combines the elements of each window of `x`, which is padded already.
static Operand reduceWindows(NodeImporter &node, const Operand &x,
                             ArrayRef<int64_t> kernel, mlir::Value initial,
                             BodyBuilder combine) {
  Importer &importer = node.importer;
  WindowLoops loops(node, x, kernel);
  Operand result = x;
  result.weight = nullptr;
  result.shape = loops.shape;
  result.value =
      linalg::GenericOp::create(
          node.b, importer.getTensorType(loops.shape, initial.getType()),
          ValueRange{importer.materialize(x), loops.window},
          importer.buildFilled(loops.shape, initial),
          ArrayRef<AffineMap>{loops.from, loops.taps, loops.to},
          loops.iterators,
          [&](OpBuilder &nested, Location loc, ValueRange values) {
            Builder inner(loc, nested);
            linalg::YieldOp::create(inner,
                                    combine(inner, {values[0], values[2]}));
          })
          .getResult(0);
  return result;
}

static mlir::Value sum(Builder &b, ValueRange x) {
  return arith::AddFOp::create(b, x[1], x[0]);
}

/// How many elements of each window count: [1, 1, spatial...], from a tensor
/// that is 1 where an element counts.
static Operand countWindows(NodeImporter &node, ArrayRef<int64_t> kernel,
                            ArrayRef<Dim> overhang) {
  Importer &importer = node.importer;
  mlir::Type element = node.getOutputElement();
  mlir::Value one = importer.buildConstant(element, 1.0);
  mlir::Value zero = importer.buildConstant(element, 0.0);
  bool countsPads = node.context.getInt("count_include_pad", 0) != 0;
  Operand ones;
  ones.type = node.getInputInfo(0).type;
  ones.shape = node.getInputInfo(0).shape;
  ones.shape[0] = ones.shape[1] = Dim(1);
  ones.value = importer.buildFilled(ones.shape, one);
  ones = padSpatial(importer, ones, node.resolved.low, node.resolved.high,
                    countsPads ? one : zero);
  ones =
      padSpatial(importer, ones, Shape(kernel.size(), Dim(0)), overhang, zero);
  return reduceWindows(node, ones, kernel, zero, sum);
}

static Error importAveragePool(NodeImporter &node) {
  Importer &importer = node.importer;
  ArrayRef<int64_t> kernel = *node.context.getInts("kernel_shape");
  mlir::Type element = node.getOutputElement();
  mlir::Value zero = importer.buildConstant(element, 0.0);
  Shape overhang = getOverhang(node, kernel), none(kernel.size(), Dim(0));
  Operand x = node.getInput(0);
  x = padSpatial(importer, x, node.resolved.low, node.resolved.high, zero);
  x = padSpatial(importer, x, none, overhang, zero);
  Operand total = reduceWindows(node, x, kernel, zero, sum);
  Operand count = countWindows(node, kernel, overhang);
  node.setOutput(0, importer.buildElementwise(
                        node.getOutputInfo().shape, element, {total, count},
                        [](Builder &b, ValueRange values) -> mlir::Value {
                          return arith::DivFOp::create(b, values[0], values[1]);
                        }));
  return Error::success();
}

/// Where in a tensor of these extents the element is that a window's loops are
/// at, as ONNX counts: all of it row by row, or column by column within each
/// channel. Sets `isInside` to whether it is an element, and no padding, of
/// which there is `low` in front.
static mlir::Value buildPlace(NodeImporter &node, Builder &b,
                              SmallVector<mlir::Value> extents,
                              ArrayRef<mlir::Value> low,
                              mlir::Value &isInside) {
  using I = arith::CmpIPredicate;
  auto add = [&](mlir::Value lhs, mlir::Value rhs) -> mlir::Value {
    return arith::AddIOp::create(b, lhs, rhs);
  };
  auto scale = [&](mlir::Value lhs, mlir::Value rhs) -> mlir::Value {
    return arith::MulIOp::create(b, lhs, rhs);
  };
  auto number = [&](int64_t value) -> mlir::Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  size_t rank = extents.size();
  SmallVector<mlir::Value> at;
  for (auto [i, before] : llvm::enumerate(low)) {
    mlir::Value start = scale(linalg::IndexOp::create(b, 2 + i),
                              number(node.resolved.steps[i]));
    mlir::Value tap = scale(linalg::IndexOp::create(b, rank + i),
                            number(node.resolved.dilations[i]));
    at.push_back(arith::SubIOp::create(b, add(start, tap), before));
    // What is before the first element is a large unsigned number.
    mlir::Value inside =
        arith::CmpIOp::create(b, I::ult, at.back(), extents[2 + i]);
    isInside = isInside ? arith::AndIOp::create(b, isInside, inside).getResult()
                        : inside;
  }
  if (node.context.getInt("storage_order", 0) != 0) {
    std::reverse(at.begin(), at.end());
    std::reverse(extents.begin() + 2, extents.end());
  }
  mlir::Value place = add(scale(linalg::IndexOp::create(b, 0), extents[1]),
                          linalg::IndexOp::create(b, 1));
  for (auto [position, extent] :
       llvm::zip_equal(at, ArrayRef(extents).drop_front(2)))
    place = add(scale(place, extent), position);
  return arith::IndexCastOp::create(b, b.getI64Type(), place);
}

/// Whether `x` is the largest so far: a number above `best`, or none at all.
static mlir::Value buildIsLarger(Builder &b, ElementType type, mlir::Value x,
                                 mlir::Value best) {
  if (!isFloat(type))
    return arith::CmpIOp::create(b,
                                 isZeroExtended(type)
                                     ? arith::CmpIPredicate::ugt
                                     : arith::CmpIPredicate::sgt,
                                 x, best);
  return arith::OrIOp::create(
      b, arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, best),
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x));
}

/// The largest element of each window of `padded` and its place in `shape`,
/// which is that before the padding; the first of equals.
static void buildMaxPlaces(NodeImporter &node, const Operand &padded,
                           const Shape &shape, ArrayRef<int64_t> kernel,
                           mlir::Value least) {
  Importer &importer = node.importer;
  Builder &b = node.b;
  WindowLoops loops(node, padded, kernel);
  auto getExtents = [&](ArrayRef<Dim> dims) {
    return llvm::map_to_vector(
        dims, [&](const Dim &dim) { return importer.getExtent(dim); });
  };
  SmallVector<mlir::Value> extents = getExtents(shape);
  SmallVector<mlir::Value> low = getExtents(node.resolved.low);
  mlir::Value none = importer.buildConstant(b.getI64Type(), int64_t(-1));
  mlir::Value best = importer.buildFilled(loops.shape, least);
  mlir::Value places = importer.buildFilled(loops.shape, none);
  auto op = linalg::GenericOp::create(
      b, TypeRange{best.getType(), places.getType()},
      ValueRange{importer.materialize(padded), loops.window},
      ValueRange{best, places},
      ArrayRef<AffineMap>{loops.from, loops.taps, loops.to, loops.to},
      loops.iterators, [&](OpBuilder &nested, Location loc, ValueRange x) {
        Builder inner(loc, nested);
        mlir::Value isInside;
        mlir::Value place = buildPlace(node, inner, extents, low, isInside);
        mlir::Value isFirst =
            arith::CmpIOp::create(inner, arith::CmpIPredicate::eq, x[3], none);
        mlir::Value isBetter = arith::OrIOp::create(
            inner, isFirst, buildIsLarger(inner, padded.type, x[0], x[2]));
        isBetter = arith::AndIOp::create(inner, isInside, isBetter);
        linalg::YieldOp::create(
            inner,
            ValueRange{arith::SelectOp::create(inner, isBetter, x[0], x[2]),
                       arith::SelectOp::create(inner, isBetter, place, x[3])});
      });
  node.setOutput(0, op.getResult(0));
  node.setOutput(1, op.getResult(1));
}

static Error importMaxPool(NodeImporter &node) {
  Importer &importer = node.importer;
  ArrayRef<int64_t> kernel = *node.context.getInts("kernel_shape");
  Operand x = node.getInput(0);
  Shape shape = x.shape;
  mlir::Value least = buildLimit(importer, x.type, /*largest=*/false);
  Shape high = getOverhang(node, kernel);
  for (auto [i, extent] : llvm::enumerate(high))
    extent = *add(extent, node.resolved.high[i]);
  x = padSpatial(importer, x, node.resolved.low, high, least);
  if (node.hasOutput(1)) {
    buildMaxPlaces(node, x, shape, kernel, least);
    return Error::success();
  }
  ElementType type = x.type;
  node.setOutput(
      0,
      reduceWindows(node, x, kernel, least, [&](Builder &b, ValueRange values) {
        return buildMaximum(b, type, values[1], values[0]);
      }).value);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

static Error importEinsum(NodeImporter &node) {
  auto plan = planEinsum(node.context);
  if (!plan)
    return plan.takeError();
  SmallVector<Operand> operands;
  SmallVector<AffineMap> maps;
  for (auto [i, numbers] : llvm::enumerate(plan->operands)) {
    operands.push_back(node.getInput(i));
    SmallVector<AffineExpr> exprs;
    for (unsigned number : numbers)
      exprs.push_back(node.b.getAffineDimExpr(number));
    maps.push_back(
        AffineMap::get(plan->extents.size(), 0, exprs, node.b.getContext()));
  }
  node.setOutput(0, buildContraction(node.importer, operands, maps,
                                     node.getOutputInfo().shape));
  return Error::success();
}

llvm::ArrayRef<OpImporter> getWindowImporters() {
  static const OpImporter importers[] = {
      {"AveragePool", importAveragePool},
      {"Einsum", importEinsum},
      {"MaxPool", importMaxPool},
  };
  return importers;
}

} // namespace seqc::onnx
