//===- MinimalFilters.cpp - convolutions with fewer products --------------===//
//
// Groups of neighbouring windows take six products together: see
// FilterMatrices.h.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/FilterMatrices.h"
#include "passes/Lower/FilteredConv.h"
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
static constexpr int64_t fewestTaps = 2, mostTaps = 5;
/// Fewer channels than this on either side cost more in sums than is saved;
/// where the windows lie innermost, the sums' elements are picked from others.
static constexpr int64_t fewestChannels = 32, fewestChannelsPicked = 64;
/// Fewer groups of windows do not make up for reading more weights.
static constexpr int64_t fewestWindows = 32;
/// Larger weights are not read by the compiler.
static constexpr int64_t mostWeights = 1 << 22;
/// Where windows are counted when the model runs, fewer than this take all
/// products: what is around six products takes longer.
static constexpr int64_t fewestOfAny = 128;

//===----------------------------------------------------------------------===//
// One convolution
//===----------------------------------------------------------------------===//

namespace {
/// Finds out whether a scan is a convolution that fewer products pay for.
class ConvFinder : public WindowProduct {
public:
  explicit ConvFinder(seq::ScanOp given) { scan = given; }

  bool fits();
  std::string describe() const;
  std::optional<std::vector<float>> readWeights(SymbolTable &symbols,
                                                WeightEvaluator &evaluator);

private:
  bool readsBody();
  bool fitsOp(Operation &op);
  bool liesAlongOut(Value argument);
  bool findWindows();
  bool isWorthIt();
  bool hasWeights();
};
} // namespace

/// Whether an element of the out meets one element of `argument`.
bool ConvFinder::liesAlongOut(Value argument) {
  int64_t number = getInputNumber(scan, argument);
  return number >= 0 && argument.getType() == product.getType() &&
         llvm::all_of(scan.getInputIndex(number), [&](const IndexEntry &entry) {
           return entry.kind != IndexEntry::Window && findInOut(entry);
         });
}

bool ConvFinder::fitsOp(Operation &op) {
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
bool ConvFinder::readsBody() {
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

/// Windows of a few taps, neighbours one element apart. If it is known how many
/// there are, groups must leave little over of them.
bool ConvFinder::findWindows() {
  xIndex = scan.getInputIndex(x);
  for (size_t i = 0; i < xIndex.size(); ++i) {
    const IndexEntry &entry = xIndex[i];
    if (entry.kind != IndexEntry::Window || entry.stride != 1 ||
        entry.size < fewestTaps || entry.size > mostTaps)
      continue;
    std::optional<int64_t> out = findInOut(IndexEntry::domain(entry.symbol));
    int64_t readers = llvm::count_if(xIndex, [&](const IndexEntry &other) {
      return (other.kind == IndexEntry::Window ||
              other.kind == IndexEntry::Domain) &&
             other.symbol == entry.symbol;
    });
    if (!out || readers != 1)
      continue;
    taps = entry.size;
    group = FilterMatrices::reach + 1 - taps;
    knownWindows = getConstantIntValue(scan.getDomain()[entry.symbol]);
    // At least a third of the products must go.
    if (knownWindows &&
        3 * FilterMatrices::reach * ((*knownWindows + group - 1) / group) >
            2 * taps * *knownWindows)
      continue;
    place = i;
    symbol = entry.symbol;
    outPlace = *out;
    return true;
  }
  return false;
}

bool ConvFinder::isWorthIt() {
  int64_t rows = product.getType().getDimSize(0);
  int64_t channels = product.getVector().getType().getNumElements() / taps;
  int64_t readers =
      knownWindows ? (*knownWindows + group - 1) / group : fewestWindows;
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
bool ConvFinder::hasWeights() {
  return scan.getInputs()[w].getDefiningOp<seq::LoadWeightOp>() &&
         isWholeInput(scan, w) &&
         product.getMatrix().getType().getRank() ==
             product.getVector().getType().getRank() + 1;
}

bool ConvFinder::fits() {
  return isOpenWithoutPast(scan) && !scan.getReverse() && readsBody() &&
         findWindows() && isWorthIt() && hasWeights();
}

/// The matrix' numbers; none if they are wrong, which emitting them says.
std::optional<std::vector<float>>
ConvFinder::readWeights(SymbolTable &symbols, WeightEvaluator &evaluator) {
  auto load = scan.getInputs()[w].getDefiningOp<seq::LoadWeightOp>();
  llvm::Expected<WeightEvaluator::Bytes> bytes =
      evaluator.evaluate(symbols.lookup<seq::WeightOp>(load.getWeight()));
  if (!bytes) {
    llvm::consumeError(bytes.takeError());
    return std::nullopt;
  }
  ArrayRef<float> numbers(reinterpret_cast<const float *>(bytes->data()),
                          bytes->size() / sizeof(float));
  return std::vector<float>(numbers);
}

std::string ConvFinder::describe() const {
  std::string many;
  if (!knownWindows)
    many = (", of " + Twine(fewestOfAny) + " windows or more").str();
  return (Twine("fewer products: ") + Twine(FilterMatrices::reach) + " for " +
          Twine(group) + " windows of " + Twine(taps) +
          " taps, which would take " + Twine(group * taps) + many)
      .str();
}

/// A branch that asks for enough `windows`; that of few has a copy of `scan`.
/// The one that it returns is in the other.
static seq::ScanOp branchByWindows(seq::ScanOp scan, Value windows) {
  OpBuilder b(scan);
  Location loc = scan.getLoc();
  Value least = arith::ConstantIndexOp::create(b, loc, fewestOfAny);
  Value many =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, windows, least);
  auto yieldCopy = [&](OpBuilder &nested, Location loc) {
    scf::YieldOp::create(nested, loc, nested.clone(*scan)->getResults());
  };
  auto choice = scf::IfOp::create(b, loc, many, yieldCopy, yieldCopy);
  scan->replaceAllUsesWith(choice.getResults());
  scan.erase();
  return choice.thenYield()->getOperand(0).getDefiningOp<seq::ScanOp>();
}

/// Makes `scan` take fewer products, or, with `onlyNotes`, notes that it would.
static void filterConv(seq::ScanOp scan, SymbolTable &symbols,
                       WeightEvaluator &evaluator, bool onlyNotes) {
  ConvFinder conv(scan);
  if (!conv.fits())
    return;
  if (onlyNotes)
    return addNote(scan, conv.describe());
  std::optional<std::vector<float>> weights =
      conv.readWeights(symbols, evaluator);
  if (!weights)
    return;
  if (!conv.knownWindows) {
    ConvFinder ofMany(branchByWindows(scan, scan.getDomain()[conv.symbol]));
    if (ofMany.fits())
      buildFilteredConv(ofMany, *weights, symbols);
    return;
  }
  buildFilteredConv(conv, *weights, symbols);
}

namespace {
struct MinimalFilters : public seqc::impl::MinimalFiltersBase<MinimalFilters> {
  using MinimalFiltersBase::MinimalFiltersBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    WeightEvaluator evaluator;
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) { scans.push_back(scan); });
    for (seq::ScanOp scan : scans)
      filterConv(scan, symbols, evaluator, onlyNotes);
    if (onlyNotes)
      return;
    eraseUnusedWeights(symbols);
  }
};
} // namespace
