//===- MatrixRowsBlocking.cpp - how lanes along matrix rows go in blocks --===//

#include "passes/Lower/MatrixRowsBlocking.h"
#include "passes/Lower/FixedPoint.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Steps in a time block: enough rows for the block's matrix product to reuse
/// each load of the weights.
static constexpr int64_t rowsInBlock = 64;
/// Weights beyond this size do not stay in a core's cache between two steps;
/// walking them to and fro reuses the half that does.
static constexpr int64_t sweepBytes = 1 << 19;

/// Weights beyond this size come from afar in every step: a group's are asked
/// for while the rows of the group before it go by. Loads do not move past such
/// a request, which costs registers.
static constexpr int64_t farBytes = 3 << 19, registersForNext = 2;

/// The fewest sums that hide a multiply-add's latency.
static constexpr int64_t fewestSums = 8;

/// Multiply-adds that take as long as to read a vector from the second cache,
/// measured on a Zen 4, as were the sizes for products beside others below.
static constexpr double secondCacheCost = 2.4;

/// Blocks of any number of rows are for so many, those of many steps' for more.
static constexpr int64_t likelyRows = 4, manyRows = 8;

/// Of one row, as many sums at once are enough for narrow weights from afar;
/// more tiles are more places in memory that they come from, which is slower
/// but where the processor fetches ahead.
static constexpr int64_t sumsFromAfar = 4;

/// Weights beyond `sweepBytes` that are two bytes each are used up faster than
/// most processors ask for more by themselves: so far ahead they are asked for.
static constexpr int64_t bytesAhead = 2048;

/// Of a core's first cache, what a group's weights may take.
static constexpr int64_t firstCacheBytes = 32 << 10;

/// A step's weights beyond the first cache are waited for, and its products
/// leave the units time for others; beyond this size the weights of those would
/// be waited for, too.
static constexpr int64_t sharedCacheBytes = 8 << 20;

/// So many rows make it worth to read weights beside those of a step. Of more a
/// group's own products would have to wait.
static constexpr int64_t fewestRows = 4, mostRows = 5;

/// About so many steps are in a time block whose products are computed beside
/// the steps before; those of the first one are not.
static constexpr int64_t stepsBeside = 8;

SmallVector<RowRun> seqc::splitRows(int64_t count, int64_t rows) {
  int64_t rest = count % rows, whole = count - rest, half = rest;
  if (rest > 0 && whole > 0 && 2 * rest < rows) {
    whole -= rows;
    half = llvm::divideCeil(rest + rows, 2);
  }
  SmallVector<RowRun> runs;
  if (whole > 0)
    runs.push_back({0, whole, rows});
  for (int64_t at = whole, last; at < count; at = last) {
    half = std::min(half, count - at);
    last = count - (count - at) % half;
    runs.push_back({at, last, half});
  }
  return runs;
}

bool seqc::isInQuads(ScanOp scan, unsigned input) {
  auto type = cast<ShapedType>(scan.getInputs()[input].getType());
  return scan.getInputLanes()[input] > 0 &&
         type.getElementType().isInteger(8) &&
         scan.getInputLanes()[input] * quadSize == type.getShape().back();
}

bool seqc::isHoisted(Operation *contraction) {
  return isa<TimeBlockOp>(contraction->getParentOp());
}

namespace {
class RowsBlocking {
public:
  RowsBlocking(ScanOp scan, const RecurrentPlan &plan,
               const VectorTarget &target)
      : scan(scan), plan(plan), target(target) {}

  MatrixRowsBlocking choose(int64_t block, bool alone);

private:
  std::optional<int64_t> countRows();
  int64_t countTileBytes();
  int64_t countRegisters(RowBlock candidate);
  double measureStep(RowBlock candidate, int64_t rows);
  void forEachBlock(int64_t maxRows, function_ref<void(RowBlock)> visit);
  RowBlock chooseBlock(int64_t maxRows);
  void chooseWeights();
  void chooseSteps(std::optional<int64_t> rows);
  bool waitsForWeights(std::optional<int64_t> rows);
  Operation *findStepContraction();
  int64_t countStepBytes();
  void chooseJobs(bool keepsBlock);
  bool takeJobs(int64_t tiles, int64_t rows, bool keepsBlock);

  ScanOp scan;
  const RecurrentPlan &plan;
  const VectorTarget &target;
  bool far = false; ///< Whether the weights come from afar.
  bool takesFixedPoint = false;
  int64_t narrowest = 4; ///< Bytes of the narrowest weights.
  MatrixRowsBlocking chosen;
};
} // namespace

/// The number of domain points, and of steps without carries, if it is known.
std::optional<int64_t> RowsBlocking::countRows() {
  int64_t points = 1;
  SmallVector<Value> extents(scan.getDomain());
  if (scan.getCarries().empty())
    extents.push_back(scan.getTime());
  for (Value extent : extents) {
    std::optional<int64_t> known = getConstantIntValue(extent);
    if (!known)
      return std::nullopt;
    points *= *known;
  }
  return points;
}

/// The bytes of the longest contraction's matrix for one tile of rows.
int64_t RowsBlocking::countTileBytes() {
  int64_t bytes = 0;
  for (Operation *op : plan.contractions)
    bytes = std::max(bytes, countBodyElements(op->getOperand(1)) * plan.gates *
                                target.lanes * 4);
  return bytes;
}

/// The registers that a block's products take: its sums, the fewer of its
/// weights and elements, and one of the others at a time.
int64_t RowsBlocking::countRegisters(RowBlock candidate) {
  int64_t weights = candidate.tiles * plan.gates;
  // Sums of every digit, the digits, and one vector of weights.
  if (takesFixedPoint)
    return fixedDigits * candidate.rows * (weights + 1) + 1;
  // Narrow ones become f32 in registers of their own.
  return candidate.rows * weights + std::min(candidate.rows, weights) +
         (narrowest < 4 ? 4 : 1);
}

/// What `rows` rows take one of two threads, in multiply-adds for each term. 0:
/// not asked of a single row, nor where threads share rows.
double RowsBlocking::measureStep(RowBlock candidate, int64_t rows) {
  if (rows == 1 || scan.getCarries().empty())
    return 0;
  int64_t vectors = llvm::divideCeil(plan.laneExtent, target.lanes);
  int64_t groups = llvm::divideCeil(vectors, candidate.tiles);
  double tiles =
      std::min<int64_t>(llvm::divideCeil(groups, 2) * candidate.tiles, vectors);
  int64_t weights = candidate.tiles * plan.gates;
  bool inFirst = candidate.tiles * countTileBytes() <= firstCacheBytes;
  double fetch = inFirst ? 0 : weights * secondCacheCost * narrowest / 4;
  double sum = 0;
  for (const RowRun &run : splitRows(rows, candidate.rows))
    sum += (run.last - run.first) / run.rows *
           std::max<double>({double(run.rows * weights), fetch, fewestSums,
                             double(run.rows + weights)});
  return sum * tiles / candidate.tiles;
}

/// Calls `visit` for blocks that fit the registers, of at most `maxRows`.
void RowsBlocking::forEachBlock(int64_t maxRows,
                                function_ref<void(RowBlock)> visit) {
  int64_t vectors = llvm::divideCeil(plan.laneExtent, target.lanes);
  // Of one row, a few gates alone are too few sums to hide a multiply-add's
  // latency; a group for each of several threads must be left.
  int64_t mostTiles = std::min(
      vectors, std::max<int64_t>(4, std::min(8 / plan.gates, vectors / 4)));
  if (far && narrowest < 4 && maxRows == 1 && !target.fetchesAhead)
    mostTiles = std::min<int64_t>(mostTiles,
                                  llvm::divideCeil(sumsFromAfar, plan.gates));
  for (int64_t t = 1; t <= mostTiles; ++t)
    for (int64_t r = 1; r <= std::clamp<int64_t>(maxRows, 1, 8); ++r)
      if (countRegisters({r, t}) <= target.registers && (r == 1 || t <= 4))
        visit({r, t});
}

/// Picks the block that takes a step the least time, or else the one of the
/// most sums, among equals one whose weights stay in the first cache while rows
/// go by, and among those the one with the fewest loads.
RowBlock RowsBlocking::chooseBlock(int64_t maxRows) {
  int64_t tileBytes = countTileBytes();
  RowBlock best;
  std::optional<std::tuple<double, int64_t, int64_t>> least;
  forEachBlock(maxRows, [&](RowBlock candidate) {
    int64_t weights = candidate.tiles * plan.gates;
    int64_t sums = candidate.rows * weights;
    int64_t loads = (candidate.rows + weights) * 64 / sums;
    if (candidate.tiles > 1 && candidate.tiles * tileBytes > firstCacheBytes)
      loads *= 2;
    auto cost = std::make_tuple(measureStep(candidate, maxRows), -sums, loads);
    if (least && cost >= *least)
      return;
    least = cost;
    best = candidate;
  });
  best.asksForNext =
      far && countRegisters(best) + registersForNext <= target.registers;
  return best;
}

/// How the weights are walked and asked for, by their bytes.
void RowsBlocking::chooseWeights() {
  int64_t bytes = 0;
  for (Operation *op : plan.contractions) {
    Value argument = op->getOperand(0);
    unsigned input = cast<BlockArgument>(argument).getArgNumber() -
                     scan.getDomain().size() - 1;
    int64_t width = getElementTypeOrSelf(scan.getInputs()[input].getType())
                        .getIntOrFloatBitWidth() /
                    8;
    takesFixedPoint |= isInQuads(scan, input);
    bytes += countBodyElements(argument) * width;
    narrowest = std::min(narrowest, width);
  }
  far = bytes > farBytes;
  chosen.sweep = !scan.getCarries().empty() && bytes > sweepBytes;
  chosen.takes = chosen.sweep;
  if (bytes > sweepBytes && narrowest == 2 && !target.fetchesAhead)
    chosen.weightsAhead =
        std::max<int64_t>(bytesAhead / (plan.gates * target.lanes * 2), 1);
  chosen.longProducts = countTileBytes() >= firstCacheBytes;
}

/// The steps of a time block of `rows` points, if it is known how many.
void RowsBlocking::chooseSteps(std::optional<int64_t> rows) {
  int64_t &block = chosen.block;
  if (block == 0 && rows) {
    block = std::clamp<int64_t>(rowsInBlock / std::max<int64_t>(*rows, 1), 4,
                                rowsInBlock);
    // No rows are left over but at the end.
    while (*rows * block % chooseBlock(*rows * block).rows != 0)
      ++block;
  } else if (block == 0) {
    block = 16;
  }
  if (std::optional<int64_t> time = getConstantIntValue(scan.getTime()))
    block = std::clamp<int64_t>(block, 1, std::max<int64_t>(*time, 1));
}

/// Whether a step of one row has one contraction, which waits for its weights,
/// and a time block another, of a like kind.
bool RowsBlocking::waitsForWeights(std::optional<int64_t> rows) {
  if (rows != 1 || takesFixedPoint || narrowest < 4 || plan.stages > 1 ||
      plan.wholeCarries.empty() || plan.contractions.size() != 2 ||
      isHoisted(plan.contractions[0]) == isHoisted(plan.contractions[1]))
    return false;
  int64_t bytes = countStepBytes();
  return bytes > firstCacheBytes && bytes <= sharedCacheBytes &&
         llvm::all_of(plan.contractions, [&](Operation *op) {
           int64_t terms = countBodyElements(op->getOperand(1));
           return terms >= target.lanes &&
                  llvm::is_contained(getBodyShape(op->getOperand(1)), terms);
         });
}

/// The contraction that every step computes for itself.
Operation *RowsBlocking::findStepContraction() {
  return *llvm::find_if_not(plan.contractions, isHoisted);
}

int64_t RowsBlocking::countStepBytes() {
  return countBodyElements(findStepContraction()->getOperand(0)) * 4;
}

/// Chooses the largest group and job whose sums the registers hold together, so
/// that every job finds a group of the steps.
void RowsBlocking::chooseJobs(bool keepsBlock) {
  for (int64_t tiles = chosen.step.tiles; tiles * plan.gates >= fewestSums;
       --tiles)
    for (int64_t rows = mostRows; rows >= fewestRows; --rows)
      if (takeJobs(tiles, rows, keepsBlock))
        return;
}

bool RowsBlocking::takeJobs(int64_t tiles, int64_t rows, bool keepsBlock) {
  int64_t vectors = llvm::divideCeil(plan.laneExtent, target.lanes);
  int64_t groups = llvm::divideCeil(vectors, tiles);
  rows = std::max<int64_t>(rows, llvm::divideCeil(vectors, groups));
  if (countRegisters({1, tiles}) + countRegisters({rows, 1}) - 1 >
      target.registers)
    return false;
  int64_t block = keepsBlock ? chosen.block : llvm::alignTo(stepsBeside, rows);
  std::optional<int64_t> time = getConstantIntValue(scan.getTime());
  int64_t jobs = llvm::divideCeil(block, rows) * vectors;
  if (jobs > block * groups || (time && *time <= block))
    return false;
  chosen.block = block;
  chosen.step.tiles = tiles;
  chosen.jobRows = rows;
  // Of weights from afar no time is left that a walk to and fro would save.
  chosen.sweep &= countStepBytes() <= farBytes;
  return true;
}

MatrixRowsBlocking RowsBlocking::choose(int64_t block, bool alone) {
  std::optional<int64_t> rows = countRows();
  if (alone && rows)
    return {};
  if (alone)
    rows = 1;
  chosen.block = block;
  chooseWeights();
  chooseSteps(rows);
  chosen.step = chooseBlock(
      rows.value_or(scan.getCarries().empty() ? manyRows : likelyRows));
  chosen.hoist = chooseBlock(rows ? *rows * chosen.block : manyRows);
  if (waitsForWeights(rows))
    chooseJobs(/*keepsBlock=*/block != 0);
  // The rows of a single block read a group's weights once.
  if (rows && *rows * chosen.block <= chosen.hoist.rows)
    chosen.hoist.asksForNext = false;
  return chosen;
}

MatrixRowsBlocking seqc::chooseMatrixRowsBlocking(ScanOp scan,
                                                  const RecurrentPlan &plan,
                                                  const VectorTarget &target,
                                                  int64_t block, bool alone) {
  return RowsBlocking(scan, plan, target).choose(block, alone);
}
