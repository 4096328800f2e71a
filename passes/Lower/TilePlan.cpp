//===- TilePlan.cpp - how a linalg op maps to vectors ---------------------===//

#include "passes/Lower/TilePlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Lower/BodyCauses.h"

using namespace mlir;
using namespace seqc;
using vector::CombiningKind;

/// What an extent that is not known counts as.
static constexpr double unknownExtent = 256;
/// Cycles from one addition to the next that needs it, of which two run beside
/// each other, and those that the lanes of one accumulator take.
static constexpr double latency = 4, additionsAtOnce = 2, combineLanes = 4;
/// Cycles of an element without vectors: its sum waits for the one before.
static constexpr double scalarCycles = 4;

//===----------------------------------------------------------------------===//
// What the op does
//===----------------------------------------------------------------------===//

/// How the body combines the result so far, which nothing else sees, with the
/// rest; nothing if it does otherwise.
static std::optional<CombiningKind> findKind(linalg::GenericOp generic) {
  Block *body = generic.getBody();
  BlockArgument out = body->getArguments().back();
  Operation *op = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!op || op->getBlock() != body || !out.hasOneUse() ||
      *out.user_begin() != op)
    return std::nullopt;
  auto fused = dyn_cast<math::FmaOp>(op);
  if (fused)
    return fused.getC() == out ? std::optional(CombiningKind::ADD)
                               : std::nullopt;
  return linalg::getCombinerOpKind(op);
}

/// Whether vectors can take the ops of the body: of floats of one type, and of
/// what comparing them gives.
static bool hasVectorBody(linalg::GenericOp generic, FloatType element) {
  auto isElement = [&](Type type) {
    return type == element || type.isInteger(1);
  };
  for (Operation &op : generic.getBody()->without_terminator()) {
    bool plain = isa<arith::ConstantOp>(op) ||
                 (isPure(&op) && OpTrait::hasElementwiseMappableTraits(&op));
    if (!plain || !llvm::all_of(op.getOperandTypes(), isElement) ||
        !llvm::all_of(op.getResultTypes(), isElement))
      return false;
  }
  return llvm::all_of(generic->getOperandTypes(), [&](Type type) {
    return getElementTypeOrSelf(type) == element;
  });
}

/// Additions that one element takes as long as; a product goes with its sum.
static double countOps(linalg::GenericOp generic) {
  constexpr double function = 12;
  double count = 0;
  bool multiplies = false;
  for (Operation &op : generic.getBody()->without_terminator()) {
    if (isa<arith::ConstantOp>(op))
      continue;
    bool isFunction = isSlow(&op) && !isa<math::FmaOp, math::AbsFOp>(op);
    count += isFunction ? function : 1;
    multiplies |= isa<arith::MulFOp>(op);
  }
  if (generic.getNumReductionLoops() != 0 && multiplies)
    --count;
  return std::max(count, 1.0);
}

/// Whether every dimension of a memref is walked by constants times loops, and
/// a constant.
static bool isLinear(AffineMap map) {
  return map.getNumSymbols() == 0 &&
         llvm::all_of(map.getResults(), [&](AffineExpr result) {
           bool linear = true;
           result.walk([&](AffineExpr part) {
             linear &= part.getKind() != AffineExprKind::Mod &&
                       part.getKind() != AffineExprKind::FloorDiv &&
                       part.getKind() != AffineExprKind::CeilDiv;
           });
           return linear;
         });
}

//===----------------------------------------------------------------------===//
// Where lanes find their elements
//===----------------------------------------------------------------------===//

namespace {
/// How operands walk one loop.
class Walks {
public:
  Walks(linalg::GenericOp generic, int64_t lanes)
      : generic(generic), maps(generic.getIndexingMapsArray()),
        extents(generic.getStaticLoopRanges()), lanes(lanes) {}

  bool has(unsigned operand, int64_t loop) const {
    return loop >= 0 && maps[operand].isFunctionOfDim(loop);
  }

  /// How many elements of `operand` lie from one iteration of `loop` to the
  /// next: 0 where it does not walk it, -1 where that is not known, or more
  /// than vectors are picked from.
  int64_t getStride(unsigned operand, int64_t loop) const {
    if (!has(operand, loop))
      return 0;
    auto type = dyn_cast<MemRefType>(generic->getOperand(operand).getType());
    SmallVector<int64_t> strides;
    int64_t offset, total = 0;
    if (!type || failed(type.getStridesAndOffset(strides, offset)))
      return -1;
    for (auto [result, stride] : llvm::zip(maps[operand].getResults(), strides))
      if (result.isFunctionOfDim(loop)) {
        if (ShapedType::isDynamic(stride))
          return -1;
        total += getFactor(result, loop) * stride;
      }
    return total >= 1 && total <= std::min(lanes, mostLaneStride) ? total : -1;
  }

  /// Whether lanes may run along `loop`. The result's lie behind each other, or
  /// with those of other rows between them.
  bool takesLanes(int64_t loop) const {
    unsigned result = maps.size() - 1;
    bool walked = false;
    for (unsigned i = 0; i <= result; ++i) {
      int64_t stride = getStride(i, loop);
      if (stride < 0 || (stride > 1 && i == result && findBetween(loop) < 0))
        return false;
      walked |= stride > 0;
    }
    return walked;
  }

  /// The loop whose iterations lie between the lanes of the result along
  /// `loop`, or -1.
  int64_t findBetween(int64_t loop) const {
    unsigned result = maps.size() - 1;
    for (int64_t other = 0, e = extents.size(); other < e; ++other)
      if (other != loop && getStride(result, other) == 1 &&
          extents[other] == getStride(result, loop))
        return other;
    return -1;
  }

  unsigned getNumOperands() const { return maps.size(); }

private:
  /// What `result`, constants times loops and a constant, multiplies `loop` by.
  int64_t getFactor(AffineExpr result, int64_t loop) const {
    SmallVector<AffineExpr> places;
    for (int64_t other = 0, e = extents.size(); other < e; ++other)
      places.push_back(
          getAffineConstantExpr(other == loop, result.getContext()));
    AffineExpr zero = getAffineConstantExpr(0, result.getContext());
    SmallVector<AffineExpr> zeros(extents.size(), zero);
    auto evaluate = [&](ArrayRef<AffineExpr> at) {
      return cast<AffineConstantExpr>(
                 simplifyAffineExpr(result.replaceDims(at), 0, 0))
          .getValue();
    };
    return evaluate(places) - evaluate(zeros);
  }

  linalg::GenericOp generic;
  SmallVector<AffineMap> maps;
  SmallVector<int64_t> extents;
  int64_t lanes;
};
} // namespace

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

namespace {
/// Finds the tiles that take the fewest cycles, by a count of loads, additions
/// and the time from one addition to the next.
class TilePlanner {
public:
  TilePlanner(linalg::GenericOp generic, const VectorTarget &target,
              int64_t lanes)
      : walks(generic, lanes), lanes(lanes), registers(target.registers),
        extents(generic.getStaticLoopRanges()),
        iterators(generic.getIteratorTypesArray()),
        isCombining(generic.getNumReductionLoops() != 0),
        ops(countOps(generic)) {}

  std::optional<TilePlan> plan();

private:
  double getExtent(int64_t loop) const {
    if (loop < 0)
      return 1;
    return ShapedType::isDynamic(extents[loop]) ? unknownExtent
                                                : double(extents[loop]);
  }
  bool isCombined(int64_t loop) const {
    return iterators[loop] == utils::IteratorType::reduction;
  }
  bool sharesLoads(const TilePlan &plan, int64_t loop) const;
  void tryLane(int64_t loop);
  void tryTiles(TilePlan &plan);
  double countLoads(const TilePlan &plan, int64_t rows, int64_t columns,
                    int64_t vectors) const;
  double countTile(const TilePlan &plan, int64_t rows, int64_t columns,
                   int64_t vectors) const;
  double countAll(const TilePlan &plan) const;
  bool fits(const TilePlan &plan) const;

  Walks walks;
  int64_t lanes, registers;
  SmallVector<int64_t> extents;
  SmallVector<utils::IteratorType> iterators;
  bool isCombining;
  double ops; ///< Of an element, in additions.
  std::optional<TilePlan> best;
  double bestCycles = 0;
};
} // namespace

/// Loads that one iteration of the combined loops takes in a tile.
double TilePlanner::countLoads(const TilePlan &plan, int64_t rows,
                               int64_t columns, int64_t vectors) const {
  double loads = 0;
  for (unsigned i = 0; i + 1 < walks.getNumOperands(); ++i)
    loads += std::max<int64_t>(plan.laneStrides[i] * vectors, 1) *
             (walks.has(i, plan.rows.loop) ? rows : 1) *
             (walks.has(i, plan.columns.loop) ? columns : 1);
  return loads;
}

/// Accumulators, what an iteration loads for them once, and one more to spare.
bool TilePlanner::fits(const TilePlan &plan) const {
  double held = plan.vectors;
  if (plan.combinesLanes)
    held = plan.vectors * std::min(plan.rows.count, plan.columns.count);
  return plan.rows.count * plan.columns.count * plan.vectors + held + 2 <=
         registers;
}

/// Cycles of a tile.
double TilePlanner::countTile(const TilePlan &plan, int64_t rows,
                              int64_t columns, int64_t vectors) const {
  double sums = rows * columns * vectors, iterations = 1;
  for (int64_t loop : plan.combined)
    iterations *= getExtent(loop);
  if (plan.combinesLanes)
    iterations *= std::ceil(getExtent(plan.laneLoop) / double(lanes * vectors));
  double step =
      std::max({isCombining ? latency : 0, sums * ops / additionsAtOnce,
                countLoads(plan, rows, columns, vectors) / additionsAtOnce});
  // Results are loaded and stored, and loops begun.
  double around = 4 + sums;
  if (plan.interleavesRows)
    around += sums * double(rows);
  if (plan.combinesLanes)
    around += combineLanes * rows * columns;
  return iterations * (step + 0.5) + around;
}

/// Cycles of all tiles, those at the edges included.
double TilePlanner::countAll(const TilePlan &plan) const {
  // How many there are of each size.
  using Sizes = SmallVector<std::pair<double, int64_t>, 2>;
  auto split = [&](double extent, int64_t count, bool known) {
    double full = std::floor(extent / double(count));
    Sizes sizes = {{full, count}};
    auto rest = int64_t(extent - full * double(count));
    // Where the extent is not known, the rest is taken one by one.
    if (rest > 0 && known)
      sizes.push_back({1, rest});
    else if (!known)
      sizes.push_back({double(count - 1) / 2, 1});
    return sizes;
  };
  auto isKnown = [&](int64_t loop) {
    return loop < 0 || !ShapedType::isDynamic(extents[loop]);
  };
  double times = 1;
  for (int64_t loop : plan.outer)
    times *= getExtent(loop);
  Sizes vectors = {{1, plan.vectors}};
  if (!plan.combinesLanes)
    vectors = split(std::ceil(getExtent(plan.laneLoop) / double(lanes)),
                    plan.vectors, isKnown(plan.laneLoop));
  double cycles = 0;
  for (auto [rowTiles, rows] : split(getExtent(plan.rows.loop), plan.rows.count,
                                     isKnown(plan.rows.loop)))
    for (auto [columnTiles, columns] :
         split(getExtent(plan.columns.loop), plan.columns.count,
               isKnown(plan.columns.loop)))
      for (auto [vectorTiles, count] : vectors)
        cycles += rowTiles * columnTiles * vectorTiles *
                  countTile(plan, rows, columns, count);
  return times * cycles;
}

/// Tries tiles of every size for the loops that `plan` has.
void TilePlanner::tryTiles(TilePlan &plan) {
  auto limit = [&](int64_t loop) {
    return loop < 0 ? 1 : int64_t(std::min<double>(getExtent(loop), 12));
  };
  int64_t fewest = plan.interleavesRows ? extents[plan.rows.loop] : 1;
  for (plan.rows.count = fewest; plan.rows.count <= limit(plan.rows.loop);
       ++plan.rows.count)
    for (plan.columns.count = 1; plan.columns.count <= limit(plan.columns.loop);
         ++plan.columns.count)
      for (plan.vectors = 1; plan.vectors <= 8 && (plan.vectors - 1) * lanes <
                                                      getExtent(plan.laneLoop);
           ++plan.vectors) {
        if (!fits(plan))
          break;
        double cycles = countAll(plan);
        if (best && cycles >= bestCycles)
          continue;
        best = plan;
        bestCycles = cycles;
      }
}

/// Whether rows beside each other along `loop` share what they wait for: loads
/// of each step, or vectors that are picked from others.
bool TilePlanner::sharesLoads(const TilePlan &plan, int64_t loop) const {
  if (isCombining)
    return true;
  for (unsigned i = 0; i + 1 < walks.getNumOperands(); ++i)
    if (plan.laneStrides[i] > 0 && !walks.has(i, loop))
      return true;
  return false;
}

/// Tries lanes along `loop`, with every loop for the rows of a tile; where the
/// lanes are combined, with one for its columns, too.
void TilePlanner::tryLane(int64_t loop) {
  if (!walks.takesLanes(loop))
    return;
  SmallVector<int64_t> parallel = {-1};
  TilePlan plan;
  plan.lanes = lanes;
  plan.laneLoop = loop;
  plan.combinesLanes = isCombined(loop);
  for (unsigned i = 0; i < walks.getNumOperands(); ++i)
    plan.laneStrides.push_back(walks.getStride(i, loop));
  for (int64_t other = 0, e = extents.size(); other < e; ++other) {
    if (other == loop)
      continue;
    (isCombined(other) ? plan.combined : parallel).push_back(other);
  }
  plan.interleavesRows = plan.laneStrides.back() > 1;
  for (int64_t rows : parallel)
    for (int64_t columns : parallel) {
      if (columns >= 0 && (!plan.combinesLanes || columns <= rows))
        continue;
      if (plan.interleavesRows ? rows != walks.findBetween(loop)
                               : rows >= 0 && !sharesLoads(plan, rows))
        continue;
      plan.rows.loop = rows;
      plan.columns.loop = columns;
      plan.outer.clear();
      for (int64_t other : ArrayRef(parallel).drop_front())
        if (other != rows && other != columns)
          plan.outer.push_back(other);
      tryTiles(plan);
    }
}

std::optional<TilePlan> TilePlanner::plan() {
  double elements = 1;
  for (int64_t loop = 0, e = extents.size(); loop < e; ++loop)
    elements *= getExtent(loop);
  for (int64_t loop = 0, e = extents.size(); loop < e; ++loop)
    tryLane(loop);
  if (!best || bestCycles >= elements * (scalarCycles + ops))
    return std::nullopt;
  best->cycles = bestCycles;
  return best;
}

std::optional<TilePlan> seqc::planTiles(linalg::GenericOp generic,
                                        const VectorTarget &target) {
  if (!generic.hasPureBufferSemantics() || generic.hasIndexSemantics() ||
      generic.getNumDpsInits() != 1)
    return std::nullopt;
  auto element =
      dyn_cast<FloatType>(getElementTypeOrSelf(generic.getOutputs().front()));
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  if (!element || (!element.isF32() && !element.isF64()) ||
      !hasVectorBody(generic, element) ||
      !maps.back().isProjectedPermutation() ||
      maps.back().getNumResults() != generic.getNumParallelLoops() ||
      !llvm::all_of(maps, isLinear))
    return std::nullopt;
  std::optional<CombiningKind> kind;
  if (generic.getNumReductionLoops() != 0 && !(kind = findKind(generic)))
    return std::nullopt;
  // Registers hold half as many numbers of twice the size.
  int64_t lanes = target.lanes * 32 / element.getWidth();
  if (lanes < 2)
    return std::nullopt;
  std::optional<TilePlan> plan = TilePlanner(generic, target, lanes).plan();
  if (plan)
    plan->kind = kind;
  return plan;
}
