//===- MinimalFilters.cpp - convolutions with fewer products --------------===//
//
// Neighbouring windows are coefficients of a product of polynomials, which six
// points determine where they are four windows of three taps, five of two,
// three of four or two of five: the input's elements and the taps are evaluated
// there, multiplied, and what comes out is interpolated. These are the F(m, r)
// of Winograd's "Arithmetic Complexity of Computations" (1980); for many
// channels, as here, of Lavin and Gray's "Fast Algorithms for Convolutional
// Neural Networks" (2016).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Passes.h"
#include "passes/Support/ScanInputs.h"
#include "passes/Support/WeightEvaluator.h"
#include "passes/Support/WeightExpression.h"
#include "passes/Support/WindowScans.h"

namespace seqc {
#define GEN_PASS_DEF_MINIMALFILTERS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;
using seq::IndexList;

/// Products for a group of windows, as many as there are points, and elements
/// that these read; windows of more taps make smaller groups.
static constexpr int64_t reach = 6, fewestTaps = 2, mostTaps = 5;
/// The points but for infinity. Their powers are numbers of a few bits, and of
/// those tried the sums cancel least with these.
static constexpr double points[reach - 1] = {0, 0.75, -0.75, 1.5, -1.5};
/// Fewer channels than this on either side cost more in sums than is saved;
/// where the windows lie innermost, what is added up lies apart.
static constexpr int64_t fewestChannels = 32, fewestChannelsApart = 128;
/// Fewer groups of windows do not make up for reading more weights.
static constexpr int64_t fewestWindows = 32;
/// Larger weights are not read by the compiler.
static constexpr int64_t mostWeights = 1 << 22;

//===----------------------------------------------------------------------===//
// The points
//===----------------------------------------------------------------------===//

namespace {
struct FilterMatrices {
  double input[reach][reach] = {};  ///< Of each product: what elements add up.
  double kernel[reach][reach] = {}; ///< Of each product: what taps add up.
  double output[reach][reach] = {}; ///< Of each window: what products add up.
};
} // namespace

/// The coefficients of the product of (x - point) over all points but `left`.
static void expandPoints(int64_t left, double (&coefficients)[reach]) {
  coefficients[0] = 1;
  int64_t degree = 0;
  for (int64_t i = 0; i < reach - 1; ++i) {
    if (i == left)
      continue;
    ++degree;
    for (int64_t k = degree; k >= 0; --k)
      coefficients[k] = (k > 0 ? coefficients[k - 1] : 0) -
                        (k < degree ? points[i] * coefficients[k] : 0);
  }
}

/// Of windows with `taps` taps, `group` at a time.
static FilterMatrices makeFilterMatrices(int64_t taps, int64_t group) {
  FilterMatrices matrices;
  for (int64_t p = 0; p < reach; ++p)
    expandPoints(p, matrices.input[p]);
  for (int64_t p = 0; p < reach - 1; ++p) {
    double others = 1;
    for (int64_t q = 0; q < reach - 1; ++q)
      others *= q == p ? 1 : points[p] - points[q];
    double power = 1;
    for (int64_t k = 0; k < reach; ++k, power *= points[p]) {
      if (k < group)
        matrices.output[k][p] = power;
      if (k < taps)
        matrices.kernel[p][k] = power / others;
    }
  }
  matrices.kernel[reach - 1][taps - 1] = 1;
  matrices.output[group - 1][reach - 1] = 1;
  return matrices;
}

//===----------------------------------------------------------------------===//
// One convolution
//===----------------------------------------------------------------------===//

namespace {
/// A part of a tensor along one dimension: `count` elements from `first` on,
/// `stride` apart.
struct Part {
  int64_t dim, first, count, stride;
};

class FilteredConv {
public:
  FilteredConv(seq::ScanOp scan, SymbolTable &symbols,
               WeightEvaluator &evaluator)
      : scan(scan), b(scan), loc(scan.getLoc()), symbols(symbols),
        evaluator(evaluator) {}

  bool fits();
  void build();

private:
  bool readsBody();
  bool fitsOp(Operation &op);
  bool liesAlongOut(Value argument);
  bool findWindows();
  bool isWorthIt();
  bool readWeights();
  std::optional<int64_t> findInOut(const IndexEntry &entry);

  Value slice(Value whole, const Part &part);
  Value makeEmpty(Value like, int64_t dim, int64_t extent);
  Value addUp(OpBuilder &nested, ValueRange elements, ArrayRef<double> factors);
  Value makeInput(int64_t point);
  Value makeWeight(int64_t point);
  Value makeProduct(int64_t point);
  Value makeWindows(int64_t offset, ArrayRef<Value> products, Value to);
  Value finishElement(OpBuilder &nested, Value sum, ValueRange others);

  seq::ScanOp scan;
  OpBuilder b;
  Location loc;
  SymbolTable &symbols;
  WeightEvaluator &evaluator;
  FilterMatrices matrices;
  seq::MatvecOp product;
  int64_t x = -1, w = -1;       ///< Inputs: of windows, of weights.
  SmallVector<unsigned> others; ///< Inputs that the rest of the body reads.
  IndexList xIndex, outIndex;
  int64_t symbol = -1, place = -1; ///< The windows', and their dimension of x.
  int64_t outPlace = -1, windows = 0, taps = 0, group = 0, groups = 0;
  Value padded; ///< x with as many elements as all groups reach.
  std::vector<float> weights;
};
} // namespace

/// The dimension of the out that `entry` walks.
std::optional<int64_t> FilteredConv::findInOut(const IndexEntry &entry) {
  for (auto [i, other] : llvm::enumerate(outIndex))
    if (entry.kind == other.kind &&
        (entry.kind != IndexEntry::Domain || entry.symbol == other.symbol))
      return i;
  return std::nullopt;
}

/// Whether an element of the out meets one element of `argument`.
bool FilteredConv::liesAlongOut(Value argument) {
  int64_t number = getInputNumber(scan, argument);
  return number >= 0 && argument.getType() == product.getType() &&
         llvm::all_of(scan.getInputIndex(number), [&](const IndexEntry &entry) {
           return entry.kind != IndexEntry::Window && findInOut(entry);
         });
}

bool FilteredConv::fitsOp(Operation &op) {
  if (isa<arith::ConstantOp>(op) || &op == product)
    return true;
  std::optional<seq::BodySemantics> space = seq::getBodySemantics(&op);
  return space && !space->hasReduction() && op.getNumResults() == 1 &&
         op.getResult(0).getType() == product.getType() &&
         llvm::all_of(op.getOperands(), [&](Value value) {
           Operation *from = value.getDefiningOp();
           if (getNumber(value))
             return true;
           return from ? from->getBlock() == scan.getBodyBlock() &&
                             !isa<arith::ConstantOp>(from)
                       : liesAlongOut(value);
         });
}

/// Whether the body multiplies once and does the rest element by element.
bool FilteredConv::readsBody() {
  auto products = scan.getBodyBlock()->getOps<seq::MatvecOp>();
  if (!llvm::hasSingleElement(products))
    return false;
  product = *products.begin();
  outIndex = scan.getOutIndex(0);
  Operation *last = scan.getYield().getOuts().front().getDefiningOp();
  auto rows = dyn_cast<RankedTensorType>(product.getType());
  if (product.getSemiring() != seq::Semiring::PlusTimes || !rows ||
      !rows.getElementType().isF32() || rows.getRank() != 1 ||
      !product.getMatrix().getType().getElementType().isF32() || !last ||
      last->getBlock() != scan.getBodyBlock() || isa<arith::ConstantOp>(last) ||
      last->getResult(0).getType() != rows ||
      !product.getMatrix().hasOneUse() || !product.getVector().hasOneUse())
    return false;
  w = getInputNumber(scan, product.getMatrix());
  x = getInputNumber(scan, product.getVector());
  if (w < 0 || x < 0 ||
      !llvm::all_of(
          scan.getBodyBlock()->without_terminator(),
          [&](Operation &op) { return fitsOp(op); }))
    return false;
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    if (int64_t(i) != x && int64_t(i) != w &&
        !scan.getInputArguments()[i].use_empty())
      others.push_back(i);
  return true;
}

/// Windows of a few taps, neighbours one element apart, that groups leave
/// little over of.
bool FilteredConv::findWindows() {
  xIndex = scan.getInputIndex(x);
  auto type = cast<RankedTensorType>(scan.getInputs()[x].getType());
  for (size_t i = 0; i < xIndex.size(); ++i) {
    const IndexEntry &entry = xIndex[i];
    if (entry.kind != IndexEntry::Window || entry.stride != 1 ||
        entry.size < fewestTaps || entry.size > mostTaps)
      continue;
    std::optional<int64_t> known =
        getConstantIntValue(scan.getDomain()[entry.symbol]);
    std::optional<int64_t> out = findInOut(IndexEntry::domain(entry.symbol));
    int64_t readers = llvm::count_if(xIndex, [&](const IndexEntry &other) {
      return (other.kind == IndexEntry::Window ||
              other.kind == IndexEntry::Domain) &&
             other.symbol == entry.symbol;
    });
    // What no window reads may be anything: no sum must meet it.
    if (!known || !out || readers != 1 ||
        type.getDimSize(i) != *known + entry.size - 1)
      continue;
    taps = entry.size;
    group = reach + 1 - taps;
    groups = llvm::divideCeil(*known, group);
    // At least a third of the products must go.
    if (3 * reach * groups > 2 * taps * *known)
      continue;
    place = i;
    symbol = entry.symbol;
    outPlace = *out;
    windows = *known;
    matrices = makeFilterMatrices(taps, group);
    return true;
  }
  return false;
}

bool FilteredConv::isWorthIt() {
  int64_t rows = product.getType().getDimSize(0);
  int64_t channels = product.getVector().getType().getNumElements() / taps;
  int64_t readers = groups;
  SmallVector<Value> extents(scan.getDomain());
  extents[symbol] = scan.getTime();
  for (Value extent : extents) {
    std::optional<int64_t> known = getConstantIntValue(extent);
    readers =
        known && *known <= fewestWindows ? readers * *known : fewestWindows;
    if (readers == 0 || readers >= fewestWindows)
      break;
  }
  bool isInnermost = outPlace + 1 == int64_t(outIndex.size());
  int64_t fewest = isInnermost ? fewestChannelsApart : fewestChannels;
  return rows >= fewest && channels >= fewest && readers >= fewestWindows &&
         rows * channels * taps <= mostWeights;
}

/// The numbers of the matrix, where it is a weight with a column for every
/// element of a window.
bool FilteredConv::readWeights() {
  auto load = scan.getInputs()[w].getDefiningOp<seq::LoadWeightOp>();
  if (!load || !isWholeInput(scan, w) ||
      product.getMatrix().getType().getRank() !=
          product.getVector().getType().getRank() + 1)
    return false;
  llvm::Expected<WeightEvaluator::Bytes> bytes =
      evaluator.evaluate(symbols.lookup<seq::WeightOp>(load.getWeight()));
  if (!bytes) {
    // Emitting the weight says it.
    llvm::consumeError(bytes.takeError());
    return false;
  }
  ArrayRef<float> numbers(reinterpret_cast<const float *>(bytes->data()),
                          bytes->size() / sizeof(float));
  weights.assign(numbers.begin(), numbers.end());
  return true;
}

bool FilteredConv::fits() {
  return isOpenWithoutPast(scan) && !scan.getReverse() && readsBody() &&
         findWindows() && isWorthIt() && readWeights();
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value FilteredConv::slice(Value whole, const Part &part) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, whole);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  offsets[part.dim] = b.getIndexAttr(part.first);
  sizes[part.dim] = b.getIndexAttr(part.count);
  strides[part.dim] = b.getIndexAttr(part.stride);
  return tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
}

/// A tensor like `like` but for the extent of one dimension.
Value FilteredConv::makeEmpty(Value like, int64_t dim, int64_t extent) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, like);
  sizes[dim] = b.getIndexAttr(extent);
  return tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
}

/// The sum of the elements, each times its factor; none is zero.
Value FilteredConv::addUp(OpBuilder &nested, ValueRange elements,
                          ArrayRef<double> factors) {
  Value sum;
  for (auto [element, factor] : llvm::zip(elements, factors)) {
    if (sum && factor == 1) {
      sum = arith::AddFOp::create(nested, loc, sum, element);
      continue;
    }
    Value number =
        factor == 1 ? Value()
                    : arith::ConstantOp::create(nested, loc,
                                                nested.getF32FloatAttr(factor))
                          .getResult();
    if (sum)
      sum = math::FmaOp::create(nested, loc, number, element, sum);
    else
      sum =
          number
              ? arith::MulFOp::create(nested, loc, number, element).getResult()
              : element;
  }
  return sum;
}

/// What product `point` multiplies, for every group: a row of the input each.
Value FilteredConv::makeInput(int64_t point) {
  SmallVector<Value> rows;
  SmallVector<double> factors;
  for (int64_t i = 0; i < reach; ++i) {
    if (matrices.input[point][i] == 0)
      continue;
    rows.push_back(slice(padded, {place, i, groups, group}));
    factors.push_back(matrices.input[point][i]);
  }
  Value to = makeEmpty(padded, place, groups);
  SmallVector<AffineMap> maps(rows.size() + 1,
                              b.getMultiDimIdentityMap(int64_t(xIndex.size())));
  SmallVector<utils::IteratorType> iterators(xIndex.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, to.getType(), rows, to, maps, iterators,
             [&](OpBuilder &nested, Location, ValueRange elements) {
               linalg::YieldOp::create(
                   nested, loc, addUp(nested, elements.drop_back(), factors));
             })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The sums of taps that product `point` multiplies with, rounded once.
Value FilteredConv::makeWeight(int64_t point) {
  SmallVector<int64_t> shape(product.getMatrix().getType().getShape());
  // Behind the rows, as many dimensions before the window's as the body has.
  int64_t dim = 1 + llvm::count_if(ArrayRef(xIndex).take_front(place),
                                   [](const IndexEntry &entry) {
                                     return entry.isSliced();
                                   });
  int64_t inner = 1, outer = 1;
  for (auto [i, extent] : llvm::enumerate(shape))
    (int64_t(i) < dim ? outer : inner) *= int64_t(i) == dim ? 1 : extent;
  shape.erase(shape.begin() + dim);
  std::vector<float> sums(outer * inner);
  for (int64_t i = 0; i < outer * inner; ++i) {
    double sum = 0;
    for (int64_t tap = 0; tap < taps; ++tap)
      sum += matrices.kernel[point][tap] *
             double(weights[(i / inner * taps + tap) * inner + i % inner]);
    sums[i] = sum;
  }
  auto type = RankedTensorType::get(shape, b.getF32Type());
  auto constant = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, ArrayRef<float>(sums)));
  seq::WeightOp weight = outlineWeight(constant, "filter", symbols);
  constant.erase();
  return seq::LoadWeightOp::create(b, loc, type, weight.getSymName());
}

/// Product `point` of every group.
Value FilteredConv::makeProduct(int64_t point) {
  seq::ScanOperands operands(loc);
  llvm::append_range(operands.domain, scan.getDomain());
  operands.domain[symbol] = arith::ConstantIndexOp::create(b, loc, groups);
  operands.time = scan.getTime();
  operands.schedule = scan.getScheduleAttr();
  IndexList read = xIndex;
  read[place] = IndexEntry::domain(symbol);
  Value matrix = makeWeight(point);
  IndexList whole(cast<RankedTensorType>(matrix.getType()).getRank(),
                  IndexEntry::all());
  operands.inputs = {{makeInput(point), read}, {matrix, whole}};
  operands.outs = {
      {makeEmpty(scan.getOuts().front(), outPlace, groups), outIndex}};
  auto op = seq::ScanOp::create(
      b, loc, operands, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        Value rows = seq::MatvecOp::create(nested, loc, product.getType(),
                                           body.inputs[1], body.inputs[0],
                                           product.getSemiringAttr());
        seq::YieldOp::create(nested, loc, ValueRange{rows}, ValueRange{});
      });
  return op.getResult(0);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// What the rest of the body makes of an element of the product.
Value FilteredConv::finishElement(OpBuilder &nested, Value sum,
                                  ValueRange elements) {
  DenseMap<Value, Value> known = {{product.getResult(), sum}};
  for (auto [number, element] : llvm::zip(others, elements))
    known[scan.getInputArguments()[number]] = element;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (isa<arith::ConstantOp>(op) || &op == product)
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

/// Puts window `offset` of every group into `to`.
Value FilteredConv::makeWindows(int64_t offset, ArrayRef<Value> products,
                                Value to) {
  Part part = {outPlace, offset,
               int64_t(llvm::divideCeil(windows - offset, group)), group};
  unsigned rank = outIndex.size();
  SmallVector<Value> from;
  SmallVector<double> factors;
  SmallVector<AffineMap> maps;
  for (int64_t p = 0; p < reach; ++p) {
    if (matrices.output[offset][p] == 0)
      continue;
    factors.push_back(matrices.output[offset][p]);
    from.push_back(part.count == groups
                       ? products[p]
                       : slice(products[p], {outPlace, 0, part.count, 1}));
    maps.push_back(b.getMultiDimIdentityMap(rank));
  }
  for (unsigned number : others) {
    Value value = scan.getInputs()[number];
    SmallVector<AffineExpr> at;
    for (auto [i, entry] : llvm::enumerate(scan.getInputIndex(number))) {
      int64_t dim = *findInOut(entry);
      at.push_back(b.getAffineDimExpr(dim));
      if (dim == outPlace)
        value = slice(value, {int64_t(i), offset, part.count, group});
    }
    from.push_back(value);
    maps.push_back(AffineMap::get(rank, 0, at, b.getContext()));
  }
  Value into = slice(to, part);
  maps.push_back(b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, into.getType(), from, into, maps, iterators,
      [&](OpBuilder &nested, Location, ValueRange elements) {
        elements = elements.drop_back();
        Value sum = addUp(nested, elements.take_front(factors.size()), factors);
        linalg::YieldOp::create(
            nested, loc,
            finishElement(nested, sum, elements.drop_front(factors.size())));
      });
  auto slicing = into.getDefiningOp<tensor::ExtractSliceOp>();
  return tensor::InsertSliceOp::create(
      b, loc, generic.getResult(0), to, slicing.getMixedOffsets(),
      slicing.getMixedSizes(), slicing.getMixedStrides());
}

/// x with zeros behind it where the last group reaches further than it goes.
static Value padBehind(OpBuilder &b, Location loc, Value x, int64_t dim,
                       int64_t needed) {
  auto type = cast<RankedTensorType>(x.getType());
  if (type.getDimSize(dim) >= needed)
    return x;
  SmallVector<OpFoldResult> low(type.getRank(), b.getIndexAttr(0)), high = low;
  high[dim] = b.getIndexAttr(needed - type.getDimSize(dim));
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = needed;
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  return tensor::PadOp::create(
      b, loc, RankedTensorType::get(shape, type.getElementType()), x, low, high,
      zero);
}

void FilteredConv::build() {
  padded = padBehind(b, loc, scan.getInputs()[x], place,
                     group * (groups - 1) + reach);
  SmallVector<Value> products;
  for (int64_t p = 0; p < reach; ++p)
    products.push_back(makeProduct(p));
  Value to = makeEmpty(scan.getOuts().front(), outPlace, windows);
  for (int64_t offset = 0; offset < std::min(group, windows); ++offset)
    to = makeWindows(offset, products, to);
  scan.getResult(0).replaceAllUsesWith(to);
  scan.erase();
}

namespace {
struct MinimalFilters : public seqc::impl::MinimalFiltersBase<MinimalFilters> {
  using MinimalFiltersBase::MinimalFiltersBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    WeightEvaluator evaluator;
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) { scans.push_back(scan); });
    for (seq::ScanOp scan : scans) {
      FilteredConv conv(scan, symbols, evaluator);
      if (conv.fits())
        conv.build();
    }
    eraseUnusedWeights(symbols);
  }
};
} // namespace
