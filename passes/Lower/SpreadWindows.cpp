//===- SpreadWindows.cpp - convolutions along their result ----------------===//
//
// A scan that multiplies a matrix with windows has its lanes along the matrix'
// rows. A convolution's result has its rows apart and its windows behind each
// other: there, lanes find in memory what they need, and leave it, only where
// they run along the windows.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/TilePlan.h"
#include "passes/Passes.h"
#include "passes/Support/WindowScans.h"

namespace seqc {
#define GEN_PASS_DEF_SPREADWINDOWS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;

/// Fewer vectors of windows leave most of a tile empty.
static constexpr int64_t fewestVectors = 2;
/// Windows further apart than this are read by picking elements, for every
/// product. Of more products than these that takes longer than storing a scan's
/// sums one by one.
static constexpr int64_t mostApart = 2, mostProductsPicked = 64;

namespace {
/// The ops of one scan's body as linalg ops over its domain.
class WindowSpread {
public:
  WindowSpread(seq::ScanOp scan, int64_t lanes);

  bool fits();
  Value build();

private:
  bool hasManyWindows();
  bool fitsOp(Operation &op);
  bool runsAlongWindows(Value argument);
  std::optional<seq::IndexList> findIndex(Value value);
  AffineMap getMap(ArrayRef<IndexEntry> list, AffineMap slice, unsigned space);
  SmallVector<AffineMap> getMaps(Operation &op,
                                 const seq::BodySemantics &space);
  void buildOp(Operation &op);

  seq::ScanOp scan;
  OpBuilder b;
  int64_t lanes;
  seq::IndexList outIndex;
  Type slice;          // what the body yields
  int64_t symbol = -1; // of the windows
  DenseMap<Value, Value> tensors;
};
} // namespace

WindowSpread::WindowSpread(seq::ScanOp scan, int64_t lanes)
    : scan(scan), b(scan), lanes(lanes) {}

//===----------------------------------------------------------------------===//
// Which scans
//===----------------------------------------------------------------------===//

/// Whether lanes along the last dimension of the result find enough to do.
bool WindowSpread::hasManyWindows() {
  if (outIndex.empty() || outIndex.back().kind != IndexEntry::Domain)
    return false;
  symbol = outIndex.back().symbol;
  std::optional<int64_t> windows =
      getConstantIntValue(scan.getDomain()[symbol]);
  return !windows || *windows >= fewestVectors * lanes;
}

/// The entries of the operand that `value` is a slice of: an input, or what the
/// body computes, which lies as the result does.
std::optional<seq::IndexList> WindowSpread::findIndex(Value value) {
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (argument == value)
      return scan.getInputIndex(i);
  if (value.getType() == slice && value.getParentBlock() == scan.getBodyBlock())
    return outIndex;
  return std::nullopt;
}

/// Whether neighbouring windows have neighbouring elements of `argument`, or
/// the same.
bool WindowSpread::runsAlongWindows(Value argument) {
  std::optional<seq::IndexList> list = findIndex(argument);
  if (!list)
    return false;
  int64_t most = countBodyElements(argument) <= mostProductsPicked
                     ? mostLaneStride
                     : mostApart;
  for (auto [i, entry] : llvm::enumerate(*list)) {
    bool walks = (entry.kind == IndexEntry::Domain ||
                  entry.kind == IndexEntry::Window) &&
                 entry.symbol == symbol;
    if (walks && (i + 1 != list->size() ||
                  (entry.kind == IndexEntry::Window && entry.stride > most)))
      return false;
  }
  return true;
}

bool WindowSpread::fitsOp(Operation &op) {
  if (isa<arith::ConstantOp>(op))
    return true;
  std::optional<seq::BodySemantics> space = seq::getBodySemantics(&op);
  if (!space || op.getNumResults() != 1 || op.getResult(0).getType() != slice)
    return false;
  bool runs = llvm::all_of(op.getOperands(), [&](Value value) {
    return getNumber(value) || runsAlongWindows(value);
  });
  // A loop within windows alone has an extent that no operand tells.
  return runs && inversePermutation(
                     concatAffineMaps(getMaps(op, *space), b.getContext()));
}

bool WindowSpread::fits() {
  // One step without a past.
  if (!isOpenWithoutPast(scan) || getConstantIntValue(scan.getTime()) != 1)
    return false;
  outIndex = scan.getOutIndex(0);
  Value yielded = scan.getYield().getOuts().front();
  slice = yielded.getType();
  if (!getElementTypeOrSelf(slice).isF32() || !hasManyWindows() ||
      yielded.getParentBlock() != scan.getBodyBlock() ||
      isa<BlockArgument>(yielded))
    return false;
  bool multiplies = false;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (!fitsOp(op))
      return false;
    std::optional<seq::BodySemantics> space = seq::getBodySemantics(&op);
    multiplies |= space && space->hasReduction();
  }
  return multiplies;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// What walks an operand indexed by `list` where `slice` walks what the body
/// sees of it. The loops are the domain's, time's, and those of `slice`.
AffineMap WindowSpread::getMap(ArrayRef<IndexEntry> list, AffineMap slice,
                               unsigned space) {
  unsigned own = scan.getDomain().size() + 1;
  AffineMap shifted = slice.shiftDims(own);
  SmallVector<AffineExpr> results;
  unsigned next = 0;
  for (const IndexEntry &entry : list) {
    AffineExpr at = b.getAffineConstantExpr(0);
    if (entry.kind == IndexEntry::Time)
      at = b.getAffineDimExpr(own - 1);
    if (entry.kind == IndexEntry::Domain)
      at = b.getAffineDimExpr(entry.symbol);
    if (entry.kind == IndexEntry::Window)
      at = b.getAffineDimExpr(entry.symbol) * entry.stride;
    if (entry.isSliced())
      at = at + shifted.getResult(next++);
    results.push_back(at);
  }
  return AffineMap::get(own + space, 0, results, b.getContext());
}

/// Puts the loops in the order in which the last map, the result's, has them;
/// those that it lacks come behind.
static void orderLoops(SmallVectorImpl<AffineMap> &maps) {
  unsigned loops = maps.back().getNumDims(), behind = 0;
  SmallVector<AffineExpr> places(loops);
  MLIRContext *context = maps.back().getContext();
  for (auto [i, expr] : llvm::enumerate(maps.back().getResults()))
    places[cast<AffineDimExpr>(expr).getPosition()] =
        getAffineDimExpr(i, context);
  for (AffineExpr &place : places)
    if (!place)
      place = getAffineDimExpr(maps.back().getNumResults() + behind++, context);
  for (AffineMap &map : maps)
    map = map.replaceDimsAndSymbols(places, {}, loops, 0);
}

/// What walks the operands that are no numbers, and then the result.
SmallVector<AffineMap> WindowSpread::getMaps(Operation &op,
                                             const seq::BodySemantics &space) {
  unsigned count = space.reduced.size();
  SmallVector<AffineMap> maps;
  for (auto [value, map] : llvm::zip(op.getOperands(), space.operandMaps))
    if (!getNumber(value))
      maps.push_back(getMap(*findIndex(value), map, count));
  maps.push_back(getMap(outIndex, space.resultMaps.front(), count));
  orderLoops(maps);
  return maps;
}

void WindowSpread::buildOp(Operation &op) {
  Location loc = op.getLoc();
  seq::BodySemantics space = *seq::getBodySemantics(&op);
  SmallVector<Value> operands;
  for (Value value : op.getOperands())
    if (!getNumber(value))
      operands.push_back(tensors.lookup(value));
  SmallVector<AffineMap> maps = getMaps(op, space);
  SmallVector<utils::IteratorType> iterators(maps.back().getNumDims(),
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), outIndex.size(),
              utils::IteratorType::parallel);
  Value to = scan.getOuts().front();
  if (space.hasReduction()) {
    SmallVector<Value> start = cast<seq::BodyOpInterface>(op).buildInit(
        b, loc, {getElementTypeOrSelf(slice)});
    to = linalg::FillOp::create(b, loc, start.front(), to).getResult(0);
  }
  auto generic = linalg::GenericOp::create(
      b, loc, to.getType(), operands, to, maps, iterators,
      [&](OpBuilder &nested, Location, ValueRange arguments) {
        SmallVector<Value> elements;
        for (Value value : op.getOperands()) {
          if (TypedAttr number = getNumber(value)) {
            elements.push_back(arith::ConstantOp::create(nested, loc, number));
            continue;
          }
          elements.push_back(arguments.front());
          arguments = arguments.drop_front();
        }
        ValueRange sums = space.hasReduction() ? arguments : ValueRange();
        linalg::YieldOp::create(
            nested, loc, seq::buildBodyElement(nested, &op, elements, sums));
      });
  tensors[op.getResult(0)] = generic.getResult(0);
}

Value WindowSpread::build() {
  for (auto [argument, value] :
       llvm::zip(scan.getInputArguments(), scan.getInputs()))
    tensors[argument] = value;
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (!isa<arith::ConstantOp>(op))
      buildOp(op);
  return tensors.lookup(scan.getYield().getOuts().front());
}

namespace {
struct SpreadWindows : public seqc::impl::SpreadWindowsBase<SpreadWindows> {
  using SpreadWindowsBase::SpreadWindowsBase;

  void runOnOperation() override {
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) { scans.push_back(scan); });
    for (seq::ScanOp scan : scans) {
      WindowSpread spread(scan, lanes);
      if (!spread.fits())
        continue;
      scan.getResult(0).replaceAllUsesWith(spread.build());
      scan.erase();
    }
  }
};
} // namespace
