//===- FilteredConv.cpp - a convolution with fewer products ---------------===//

#include "passes/Lower/FilteredConv.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/FilterMatrices.h"
#include "passes/Support/ScanInputs.h"
#include "passes/Support/WeightExpression.h"
#include "passes/Support/WindowScans.h"

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;
using seq::IndexList;

std::optional<int64_t> WindowProduct::findInOut(const IndexEntry &entry) const {
  for (auto [i, other] : llvm::enumerate(outIndex))
    if (entry.kind == other.kind &&
        (entry.kind != IndexEntry::Domain || entry.symbol == other.symbol))
      return i;
  return std::nullopt;
}

namespace {
/// A part of a tensor along one dimension: `count` elements from `first` on,
/// `stride` apart.
struct Part {
  int64_t dim;
  OpFoldResult first, count;
  int64_t stride = 1;
};

/// Neighbouring groups, and how many windows of each are asked for: all, or, of
/// one group, what is left over.
struct Groups {
  OpFoldResult first, count, windows;
};

class FilterBuilder {
public:
  FilterBuilder(const WindowProduct &given, ArrayRef<float> weights,
                SymbolTable &symbols)
      : conv(given), scan(conv.scan), b(scan), loc(scan.getLoc()),
        symbols(symbols), weights(weights),
        matrices(makeFilterMatrices(conv.taps, conv.group)) {}

  void build();

private:
  Value slice(Value whole, const Part &part);
  Value makeEmpty(Value like, int64_t dim, OpFoldResult extent);
  template <typename Op> OpFoldResult fold(OpFoldResult x, OpFoldResult y);
  Value makeNumbers(ArrayRef<float> numbers, ArrayRef<int64_t> shape,
                    StringRef name);
  Value makeFactors(const FilterMatrices::Factors &factors, int64_t sums);
  Value padInput();
  Value addUp(OpBuilder &nested, ValueRange elements, ValueRange factors);
  Value makeInputs();
  Value getInput(Value inputs, int64_t point);
  Value makeWeight(int64_t point);
  Value makeProduct(int64_t point, Value input);
  Value makeWindows(const Groups &some, ArrayRef<Value> products, Value factors,
                    Value to);
  SmallVector<ReassociationIndices> getSplitDims();
  Value splitGroups(Value part, const Groups &some);
  Value finishElement(OpBuilder &nested, Value sum, ValueRange others);

  static constexpr int64_t reach = FilterMatrices::reach;

  WindowProduct conv;
  seq::ScanOp scan;
  OpBuilder b;
  Location loc;
  SymbolTable &symbols;
  ArrayRef<float> weights;
  FilterMatrices matrices;
  OpFoldResult windows, groups;
  Value padded; ///< x with as many elements as all groups reach.
};
} // namespace

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// Of two extents.
template <typename Op>
OpFoldResult FilterBuilder::fold(OpFoldResult x, OpFoldResult y) {
  return getAsOpFoldResult(
      b.createOrFold<Op>(loc, getValueOrCreateConstantIndexOp(b, loc, x),
                         getValueOrCreateConstantIndexOp(b, loc, y)));
}

Value FilterBuilder::slice(Value whole, const Part &part) {
  std::optional<int64_t> count = getConstantIntValue(part.count);
  if (count && part.stride == 1 &&
      *count == cast<RankedTensorType>(whole.getType()).getDimSize(part.dim))
    return whole;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, whole);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  offsets[part.dim] = part.first;
  sizes[part.dim] = part.count;
  strides[part.dim] = b.getIndexAttr(part.stride);
  return tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
}

/// A tensor like `like` but for the extent of one dimension.
Value FilterBuilder::makeEmpty(Value like, int64_t dim, OpFoldResult extent) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, like);
  sizes[dim] = extent;
  return tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
}

/// What the windows read of x, with zeros behind it as far as the last group
/// reaches. What they do not read may be anything: no sum must meet it.
Value FilterBuilder::padInput() {
  OpFoldResult read =
      fold<arith::AddIOp>(windows, b.getIndexAttr(conv.taps - 1));
  Value whole =
      slice(scan.getInputs()[conv.x], {conv.place, b.getIndexAttr(0), read});
  OpFoldResult missing = fold<arith::SubIOp>(
      fold<arith::MulIOp>(groups, b.getIndexAttr(conv.group)), windows);
  if (isConstantIntValue(missing, 0))
    return whole;
  SmallVector<OpFoldResult> low(conv.xIndex.size(), b.getIndexAttr(0)),
      high = low;
  high[conv.place] = missing;
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(whole.getType()).getShape());
  shape[conv.place] = conv.knownWindows
                          ? shape[conv.place] + *getConstantIntValue(missing)
                          : ShapedType::kDynamic;
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  return tensor::PadOp::create(b, loc,
                               RankedTensorType::get(shape, b.getF32Type()),
                               whole, low, high, zero);
}

/// A weight of `numbers`.
Value FilterBuilder::makeNumbers(ArrayRef<float> numbers,
                                 ArrayRef<int64_t> shape, StringRef name) {
  auto type = RankedTensorType::get(shape, b.getF32Type());
  auto constant =
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, numbers));
  seq::WeightOp weight = outlineWeight(constant, name, symbols);
  constant.erase();
  return seq::LoadWeightOp::create(b, loc, type, weight.getSymName());
}

/// The factors of the first `sums` sums.
Value FilterBuilder::makeFactors(const FilterMatrices::Factors &factors,
                                 int64_t sums) {
  SmallVector<float> rounded(&factors[0][0], &factors[0][0] + sums * reach);
  return makeNumbers(rounded, {sums, reach}, "factors");
}

/// The sum of the elements, each times its factor.
Value FilterBuilder::addUp(OpBuilder &nested, ValueRange elements,
                           ValueRange factors) {
  Value sum = arith::MulFOp::create(nested, loc, factors[0], elements[0]);
  for (auto [element, factor] : llvm::drop_begin(llvm::zip(elements, factors)))
    sum = math::FmaOp::create(nested, loc, factor, element, sum);
  return sum;
}

/// What each product multiplies, for every group: a row of the input each.
Value FilterBuilder::makeInputs() {
  unsigned rank = conv.xIndex.size();
  SmallVector<Value> from;
  SmallVector<AffineMap> maps;
  AffineMap all = b.getMultiDimIdentityMap(rank + 1);
  for (int64_t i = 0; i < reach; ++i) {
    from.push_back(
        slice(padded, {conv.place, b.getIndexAttr(i), groups, conv.group}));
    maps.push_back(all.dropResult(0));
  }
  Value factors = makeFactors(matrices.input, reach);
  for (int64_t i = 0; i < reach; ++i) {
    from.push_back(factors);
    maps.push_back(AffineMap::get(
        rank + 1, 0, {b.getAffineDimExpr(0), b.getAffineConstantExpr(i)},
        b.getContext()));
  }
  maps.push_back(all);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, padded);
  sizes[conv.place] = groups;
  sizes.insert(sizes.begin(), b.getIndexAttr(reach));
  Value to = tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
  SmallVector<utils::IteratorType> iterators(rank + 1,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, to.getType(), from, to, maps, iterators,
             [&](OpBuilder &nested, Location, ValueRange elements) {
               linalg::YieldOp::create(nested, loc,
                                       addUp(nested, elements.take_front(reach),
                                             elements.slice(reach, reach)));
             })
      .getResult(0);
}

/// What product `point` multiplies.
Value FilterBuilder::getInput(Value inputs, int64_t point) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, inputs);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  offsets[0] = b.getIndexAttr(point);
  sizes[0] = b.getIndexAttr(1);
  auto type = cast<RankedTensorType>(inputs.getType());
  return tensor::ExtractSliceOp::create(
      b, loc,
      RankedTensorType::get(type.getShape().drop_front(),
                            type.getElementType()),
      inputs, offsets, sizes, strides);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The sums of taps that product `point` multiplies with, rounded once.
Value FilterBuilder::makeWeight(int64_t point) {
  SmallVector<int64_t> shape(conv.product.getMatrix().getType().getShape());
  // Behind the rows, as many dimensions before the window's as the body has.
  int64_t dim = 1 + llvm::count_if(ArrayRef(conv.xIndex).take_front(conv.place),
                                   [](const IndexEntry &entry) {
                                     return entry.isSliced();
                                   });
  int64_t inner = 1, outer = 1;
  for (auto [i, extent] : llvm::enumerate(shape))
    (int64_t(i) < dim ? outer : inner) *= int64_t(i) == dim ? 1 : extent;
  shape.erase(shape.begin() + dim);
  std::vector<float> sums =
      addUpTaps(matrices.kernel[point], weights, {outer, conv.taps, inner});
  return makeNumbers(sums, shape, "filter");
}

/// Product `point` of every group.
Value FilterBuilder::makeProduct(int64_t point, Value input) {
  seq::ScanOperands operands(loc);
  llvm::append_range(operands.domain, scan.getDomain());
  operands.domain[conv.symbol] =
      getValueOrCreateConstantIndexOp(b, loc, groups);
  operands.time = scan.getTime();
  operands.schedule = scan.getScheduleAttr();
  IndexList read = conv.xIndex;
  read[conv.place] = IndexEntry::domain(conv.symbol);
  Value matrix = makeWeight(point);
  IndexList whole(cast<RankedTensorType>(matrix.getType()).getRank(),
                  IndexEntry::all());
  operands.inputs = {{input, read}, {matrix, whole}};
  operands.outs = {{makeEmpty(scan.getOuts().front(), conv.outPlace, groups),
                    conv.outIndex}};
  auto op = seq::ScanOp::create(
      b, loc, operands, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        Value rows = seq::MatvecOp::create(nested, loc, conv.product.getType(),
                                           body.inputs[1], body.inputs[0],
                                           conv.product.getSemiringAttr());
        seq::YieldOp::create(nested, loc, ValueRange{rows}, ValueRange{});
      });
  return op.getResult(0);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// What the rest of the body makes of an element of the product.
Value FilterBuilder::finishElement(OpBuilder &nested, Value sum,
                                   ValueRange elements) {
  DenseMap<Value, Value> known = {{conv.product.getResult(), sum}};
  for (auto [number, element] : llvm::zip(conv.others, elements))
    known[scan.getInputArguments()[number]] = element;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (isa<arith::ConstantOp>(op) || &op == conv.product)
      continue;
    SmallVector<Value> operands;
    for (Value value : op.getOperands()) {
      TypedAttr number = getNumber(value);
      operands.push_back(
          number ? arith::ConstantOp::create(nested, loc, number).getResult()
                 : known.lookup(value));
    }
    known[op.getResult(0)] =
        seq::buildBodyElement(nested, &op, operands, ValueRange()).front();
  }
  return known.lookup(scan.getYield().getOuts().front());
}

/// Puts the windows of `some` groups into `to`.
Value FilterBuilder::makeWindows(const Groups &some, ArrayRef<Value> products,
                                 Value factors, Value to) {
  Part part = {conv.outPlace,
               fold<arith::MulIOp>(some.first, b.getIndexAttr(conv.group)),
               fold<arith::MulIOp>(some.count, some.windows)};
  // A dimension for the groups, and behind it one for the windows of each.
  unsigned rank = conv.outIndex.size() + 1;
  AffineMap all = b.getMultiDimIdentityMap(rank);
  AffineExpr window = b.getAffineDimExpr(conv.outPlace + 1);
  SmallVector<Value> from;
  SmallVector<AffineMap> maps;
  for (Value product : products) {
    from.push_back(slice(product, {conv.outPlace, some.first, some.count}));
    maps.push_back(all.dropResult(conv.outPlace + 1));
  }
  factors = slice(factors, {0, b.getIndexAttr(0), some.windows});
  for (int64_t p = 0; p < reach; ++p) {
    from.push_back(factors);
    maps.push_back(AffineMap::get(rank, 0, {window, b.getAffineConstantExpr(p)},
                                  b.getContext()));
  }
  for (unsigned number : conv.others) {
    Value value = scan.getInputs()[number];
    SmallVector<AffineExpr> at;
    for (auto [i, entry] : llvm::enumerate(scan.getInputIndex(number))) {
      int64_t dim = *conv.findInOut(entry);
      AffineExpr own = b.getAffineDimExpr(dim > conv.outPlace ? dim + 1 : dim);
      at.push_back(dim == conv.outPlace ? own * conv.group + window : own);
      if (dim == conv.outPlace)
        value = slice(value, {int64_t(i), part.first, part.count});
    }
    from.push_back(value);
    maps.push_back(AffineMap::get(rank, 0, at, b.getContext()));
  }
  Value into = slice(to, part), split = splitGroups(into, some);
  maps.push_back(all);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, split.getType(), from, split, maps, iterators,
      [&](OpBuilder &nested, Location, ValueRange elements) {
        Value sum = addUp(nested, elements.take_front(reach),
                          elements.slice(reach, reach));
        elements = elements.drop_back().drop_front(2 * reach);
        linalg::YieldOp::create(nested, loc,
                                finishElement(nested, sum, elements));
      });
  Value merged = tensor::CollapseShapeOp::create(
      b, loc, into.getType(), generic.getResult(0), getSplitDims());
  if (into == to)
    return merged;
  auto slicing = into.getDefiningOp<tensor::ExtractSliceOp>();
  return tensor::InsertSliceOp::create(
      b, loc, merged, to, slicing.getMixedOffsets(), slicing.getMixedSizes(),
      slicing.getMixedStrides());
}

/// Which dimensions of an out whose windows are split into groups make one of
/// the out's own.
SmallVector<ReassociationIndices> FilterBuilder::getSplitDims() {
  SmallVector<ReassociationIndices> dims;
  for (int64_t dim = 0, e = conv.outIndex.size(); dim < e; ++dim) {
    if (dim == conv.outPlace)
      dims.push_back({dim, dim + 1});
    else
      dims.push_back({dim > conv.outPlace ? dim + 1 : dim});
  }
  return dims;
}

/// A part of the out with a dimension more, for the windows of each group.
Value FilterBuilder::splitGroups(Value part, const Groups &some) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part);
  sizes[conv.outPlace] = some.count;
  sizes.insert(sizes.begin() + conv.outPlace + 1, some.windows);
  SmallVector<int64_t> shape;
  SmallVector<Value> unknown;
  dispatchIndexOpFoldResults(sizes, unknown, shape);
  return tensor::ExpandShapeOp::create(
      b, loc, RankedTensorType::get(shape, b.getF32Type()), part,
      getSplitDims(), sizes);
}

void FilterBuilder::build() {
  OpFoldResult size = b.getIndexAttr(conv.group), one = b.getIndexAttr(1);
  windows = getAsOpFoldResult(scan.getDomain()[conv.symbol]);
  groups = fold<arith::CeilDivUIOp>(windows, size);
  padded = padInput();
  Value inputs = makeInputs();
  SmallVector<Value> products;
  for (int64_t p = 0; p < reach; ++p)
    products.push_back(makeProduct(p, getInput(inputs, p)));
  Value to = makeEmpty(scan.getOuts().front(), conv.outPlace, windows);
  Value factors = makeFactors(matrices.output, conv.group);
  OpFoldResult whole = fold<arith::DivUIOp>(windows, size),
               rest = fold<arith::RemUIOp>(windows, size);
  if (!isConstantIntValue(whole, 0))
    to = makeWindows({b.getIndexAttr(0), whole, size}, products, factors, to);
  // If none is left over, nothing is read of the group behind the last one.
  if (!isConstantIntValue(rest, 0))
    to = makeWindows({whole, one, rest}, products, factors, to);
  scan.getResult(0).replaceAllUsesWith(to);
  scan.erase();
}

void seqc::buildFilteredConv(const WindowProduct &conv, ArrayRef<float> weights,
                             SymbolTable &symbols) {
  FilterBuilder(conv, weights, symbols).build();
}
