//===- MinimalFilters.cpp - convolutions with fewer products --------------===//
//
// Groups of neighbouring windows take six products together: see
// FilterMatrices.h.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/FilterMatrices.h"
#include "passes/Passes.h"
#include "passes/Support/ScanInputs.h"
#include "passes/Support/ScanNotes.h"
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

/// Windows of more taps make smaller groups.
static constexpr int64_t reach = FilterMatrices::reach, fewestTaps = 2,
                         mostTaps = 5;
/// Fewer channels than this on either side cost more in sums than is saved;
/// where the windows lie innermost, the sums' elements are picked from others.
static constexpr int64_t fewestChannels = 32, fewestChannelsPicked = 64;
/// Fewer groups of windows do not make up for reading more weights.
static constexpr int64_t fewestWindows = 32;
/// Larger weights are not read by the compiler.
static constexpr int64_t mostWeights = 1 << 22;

//===----------------------------------------------------------------------===//
// One convolution
//===----------------------------------------------------------------------===//

namespace {
/// A part of a tensor along one dimension: `count` elements from `first` on,
/// `stride` apart.
struct Part {
  int64_t dim, first, count, stride;
};

/// Neighbouring groups, and how many windows of each are asked for.
struct Groups {
  int64_t first, count, windows;
};

class FilteredConv {
public:
  FilteredConv(seq::ScanOp scan, SymbolTable &symbols,
               WeightEvaluator &evaluator)
      : scan(scan), b(scan), loc(scan.getLoc()), symbols(symbols),
        evaluator(evaluator) {}

  bool fits();
  bool readWeights();
  std::string describe() const;
  void build();

private:
  bool readsBody();
  bool fitsOp(Operation &op);
  bool liesAlongOut(Value argument);
  bool findWindows();
  bool isWorthIt();
  bool hasWeights();
  std::optional<int64_t> findInOut(const IndexEntry &entry);

  Value slice(Value whole, const Part &part);
  Value makeEmpty(Value like, int64_t dim, int64_t extent);
  Value makeFactors(const FilterMatrices::Factors &factors, int64_t sums);
  Value addUp(OpBuilder &nested, ValueRange elements, ValueRange factors);
  Value makeInputs();
  Value getInput(Value inputs, int64_t point);
  Value makeWeight(int64_t point);
  Value makeProduct(int64_t point, Value input);
  Value makeWindows(const Groups &some, ArrayRef<Value> products, Value to);
  SmallVector<ReassociationIndices> getSplitDims();
  Value splitGroups(Value part, const Groups &some);
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
  int64_t fewest = isInnermost ? fewestChannelsPicked : fewestChannels;
  return rows >= fewest && channels >= fewest && readers >= fewestWindows &&
         rows * channels * taps <= mostWeights;
}

/// Whether the matrix is a weight with a column for every element of a window.
bool FilteredConv::hasWeights() {
  return scan.getInputs()[w].getDefiningOp<seq::LoadWeightOp>() &&
         isWholeInput(scan, w) &&
         product.getMatrix().getType().getRank() ==
             product.getVector().getType().getRank() + 1;
}

bool FilteredConv::fits() {
  return isOpenWithoutPast(scan) && !scan.getReverse() && readsBody() &&
         findWindows() && isWorthIt() && hasWeights();
}

/// Reads the weight's numbers. Emitting it says what is wrong with it.
bool FilteredConv::readWeights() {
  auto load = scan.getInputs()[w].getDefiningOp<seq::LoadWeightOp>();
  llvm::Expected<WeightEvaluator::Bytes> bytes =
      evaluator.evaluate(symbols.lookup<seq::WeightOp>(load.getWeight()));
  if (!bytes) {
    llvm::consumeError(bytes.takeError());
    return false;
  }
  ArrayRef<float> numbers(reinterpret_cast<const float *>(bytes->data()),
                          bytes->size() / sizeof(float));
  weights.assign(numbers.begin(), numbers.end());
  return true;
}

std::string FilteredConv::describe() const {
  return (Twine("fewer products: ") + Twine(reach) + " for " + Twine(group) +
          " windows of " + Twine(taps) + " taps, which would take " +
          Twine(group * taps))
      .str();
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

/// A weight of the factors of the first `sums` sums.
Value FilteredConv::makeFactors(const FilterMatrices::Factors &factors,
                                int64_t sums) {
  auto type = RankedTensorType::get({sums, reach}, b.getF32Type());
  SmallVector<float> rounded(&factors[0][0], &factors[0][0] + sums * reach);
  auto constant = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, ArrayRef<float>(rounded)));
  seq::WeightOp weight = outlineWeight(constant, "factors", symbols);
  constant.erase();
  return seq::LoadWeightOp::create(b, loc, type, weight.getSymName());
}

/// The sum of the elements, each times its factor.
Value FilteredConv::addUp(OpBuilder &nested, ValueRange elements,
                          ValueRange factors) {
  Value sum = arith::MulFOp::create(nested, loc, factors[0], elements[0]);
  for (auto [element, factor] : llvm::drop_begin(llvm::zip(elements, factors)))
    sum = math::FmaOp::create(nested, loc, factor, element, sum);
  return sum;
}

/// What each product multiplies, for every group: a row of the input each.
Value FilteredConv::makeInputs() {
  unsigned rank = xIndex.size();
  SmallVector<Value> from;
  SmallVector<AffineMap> maps;
  AffineMap all = b.getMultiDimIdentityMap(rank + 1);
  for (int64_t i = 0; i < reach; ++i) {
    from.push_back(slice(padded, {place, i, groups, group}));
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
  sizes[place] = b.getIndexAttr(groups);
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
Value FilteredConv::getInput(Value inputs, int64_t point) {
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
Value FilteredConv::makeProduct(int64_t point, Value input) {
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
  operands.inputs = {{input, read}, {matrix, whole}};
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

/// Puts the windows of `some` groups into `to`.
Value FilteredConv::makeWindows(const Groups &some, ArrayRef<Value> products,
                                Value to) {
  Part part = {outPlace, some.first * group, some.count * some.windows, 1};
  // A dimension for the groups, and behind it one for the windows of each.
  unsigned rank = outIndex.size() + 1;
  AffineMap all = b.getMultiDimIdentityMap(rank);
  AffineExpr window = b.getAffineDimExpr(outPlace + 1);
  SmallVector<Value> from;
  SmallVector<AffineMap> maps;
  for (Value product : products) {
    from.push_back(some.count == groups
                       ? product
                       : slice(product, {outPlace, some.first, some.count, 1}));
    maps.push_back(all.dropResult(outPlace + 1));
  }
  Value factors = makeFactors(matrices.output, some.windows);
  for (int64_t p = 0; p < reach; ++p) {
    from.push_back(factors);
    maps.push_back(AffineMap::get(rank, 0, {window, b.getAffineConstantExpr(p)},
                                  b.getContext()));
  }
  for (unsigned number : others) {
    Value value = scan.getInputs()[number];
    SmallVector<AffineExpr> at;
    for (auto [i, entry] : llvm::enumerate(scan.getInputIndex(number))) {
      int64_t dim = *findInOut(entry);
      AffineExpr own = b.getAffineDimExpr(dim > outPlace ? dim + 1 : dim);
      at.push_back(dim == outPlace ? own * some.windows + window : own);
      if (dim == outPlace)
        value = slice(value, {int64_t(i), part.first, part.count, 1});
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
  auto slicing = into.getDefiningOp<tensor::ExtractSliceOp>();
  return tensor::InsertSliceOp::create(
      b, loc, merged, to, slicing.getMixedOffsets(), slicing.getMixedSizes(),
      slicing.getMixedStrides());
}

/// Which dimensions of an out whose windows are split into groups make one of
/// the out's own.
SmallVector<ReassociationIndices> FilteredConv::getSplitDims() {
  SmallVector<ReassociationIndices> dims;
  for (int64_t dim = 0, e = outIndex.size(); dim < e; ++dim) {
    if (dim == outPlace)
      dims.push_back({dim, dim + 1});
    else
      dims.push_back({dim > outPlace ? dim + 1 : dim});
  }
  return dims;
}

/// A part of the out with a dimension more, for the windows of each group.
Value FilteredConv::splitGroups(Value part, const Groups &some) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part);
  sizes[outPlace] = b.getIndexAttr(some.count);
  sizes.insert(sizes.begin() + outPlace + 1, b.getIndexAttr(some.windows));
  SmallVector<int64_t> shape(cast<RankedTensorType>(part.getType()).getShape());
  shape[outPlace] = some.count;
  shape.insert(shape.begin() + outPlace + 1, some.windows);
  return tensor::ExpandShapeOp::create(
      b, loc, RankedTensorType::get(shape, b.getF32Type()), part,
      getSplitDims(), sizes);
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
  Value inputs = makeInputs();
  SmallVector<Value> products;
  for (int64_t p = 0; p < reach; ++p)
    products.push_back(makeProduct(p, getInput(inputs, p)));
  Value to = makeEmpty(scan.getOuts().front(), outPlace, windows);
  int64_t whole = windows / group, rest = windows % group;
  if (whole > 0)
    to = makeWindows({0, whole, group}, products, to);
  if (rest > 0)
    to = makeWindows({whole, 1, rest}, products, to);
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
      if (!conv.fits())
        continue;
      if (onlyNotes)
        addNote(scan, conv.describe());
      else if (conv.readWeights())
        conv.build();
    }
    if (onlyNotes)
      return;
    eraseUnusedWeights(symbols);
  }
};
} // namespace
