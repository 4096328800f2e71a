//===- DomainBlocking.cpp - how lanes along the domain go in blocks -------===//

#include "passes/Lower/DomainBlocking.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/BodyCauses.h"
#include "passes/Lower/EarlyValues.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Steps in a time block: short blocks keep the rows of all operands in a
/// core's own cache while the next tile reads its part of them; shorter ones
/// leave room for a state that lies in memory. Where tiles share no row, that
/// state comes from far once for as many steps as possible: so many that their
/// rows stay in the second cache for the next tile, or that what is computed
/// ahead for all of them stays in the first. One group of tiles that has all
/// lanes reads its rows for itself.
static constexpr int64_t stepsInBlock = 16, stepsWithStateInMemory = 8,
                         stepsOfOneGroup = 32, stepsWithoutSharedRows = 256,
                         stepsWithEarlyValues = 64;

/// What the steps of a block read for all lanes, beside a state in memory, is
/// read again by the next tile: as much as leaves the nearest cache to the
/// rest.
static constexpr int64_t sharedElements = 2048;

/// What the tiles of a group walk at every step stays in the nearest cache.
static constexpr int64_t tileElements = 6144;

/// Most tiles that go through the body together.
static constexpr int64_t mostTiles = 4;

/// Steps that walk a state in memory together, where registers hold all sums.
static constexpr int64_t stepsInWalk = 4;

namespace {
class Blocking {
public:
  Blocking(ScanOp scan, const RecurrentPlan &plan, const VectorTarget &target,
           int64_t lanes)
      : scan(scan), plan(plan), registers(target.registers), lanes(lanes),
        hasEarlyValues(!findEarlyValues(scan).empty()) {}

  DomainBlocking choose(std::optional<int64_t> extent, int64_t block);

private:
  void chooseRolled(std::optional<int64_t> extent);
  bool isRolledSlow();
  int64_t countSums();
  int64_t countRepeated(int64_t symbol = -1);
  void choosePoints();
  void chooseSteps();
  int64_t countShared();
  int64_t countStreamed();

  ScanOp scan;
  const RecurrentPlan &plan;
  int64_t registers, lanes;
  bool hasEarlyValues;
  DomainBlocking chosen;
};
} // namespace

/// Whether walking the rolled dimension takes divisions or transcendentals.
bool Blocking::isRolledSlow() {
  CauseAnalysis causes(scan);
  return llvm::any_of(plan.rolledDims, [&](const auto &rolled) {
    return causes.of(rolled.first).slow;
  });
}

/// The sums that a loop over the rolled dimension carries for a tile.
int64_t Blocking::countSums() {
  SmallVector<int64_t> sums(plan.rolledLoops, 0);
  for (const auto &reduction : plan.rolledReductions)
    sums[reduction.second] += countBodyElements(reduction.first->getResult(0));
  return std::max<int64_t>(1, *llvm::max_element(sums));
}

/// The elements that each lane reads again at every step, and alike at all
/// points along `symbol` if it is not -1.
int64_t Blocking::countRepeated(int64_t symbol) {
  int64_t elements = 0;
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    IndexList list = scan.getInputIndex(i);
    if (findTime(list) < 0 && findDomain(list, plan.laneSymbol) >= 0 &&
        (symbol < 0 || findDomain(list, symbol) < 0))
      elements += countBodyElements(argument);
  }
  return elements;
}

/// The elements that a step reads and that are the same for all lanes.
int64_t Blocking::countShared() {
  int64_t elements = 0;
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    IndexList list = scan.getInputIndex(i);
    if (findTime(list) >= 0 && findDomain(list, plan.laneSymbol) < 0)
      elements += countBodyElements(argument);
  }
  return elements;
}

/// Points that read the same at every step load it once for all of them, where
/// tiles of one point would have nothing in common.
void Blocking::choosePoints() {
  if (isRolledSlow() || hasEarlyValues || countShared() > 0)
    return;
  int64_t most = 0;
  for (auto [symbol, size] : llvm::enumerate(scan.getDomain())) {
    std::optional<int64_t> extent = getConstantIntValue(size);
    if (static_cast<int64_t>(symbol) == plan.laneSymbol || !extent)
      continue;
    int64_t same = countRepeated(symbol);
    int64_t room = (tileElements / lanes - countRepeated()) /
                   std::max<int64_t>(plan.stateSize, 1);
    int64_t points =
        std::min({registers / (4 * countSums()), mostTiles, room, *extent});
    if (points < 2 || same <= most)
      continue;
    most = same;
    chosen.pointSymbol = symbol;
    chosen.points = points;
  }
}

/// Steps that wait for nothing but the elements of the state themselves take
/// each through all of them while it is in a register: a load and a store serve
/// several steps, and so does what is the same at every step. Not where a step
/// reads whole rows: those of several steps, a power of two apart, would drive
/// each other out of the nearest cache.
void Blocking::chooseSteps() {
  bool elementwise =
      plan.rolledLoops == 1 && !isRolledSlow() && countShared() == 0 &&
      llvm::all_of(scan.getCarryArguments(),
                   [&](Value carry) { return plan.getRolledDim(carry) >= 0; });
  std::optional<int64_t> time = getConstantIntValue(scan.getTime());
  if (!elementwise || registers / (4 * countSums()) < stepsInWalk ||
      (time && *time < stepsInWalk))
    return;
  chosen.steps = stepsInWalk;
  chosen.tiles = 1;
}

/// A state that lies in memory. Tiles share what is the same for all lanes, and
/// fill the time in which a sum waits for its last term, unless exponentials
/// do.
void Blocking::chooseRolled(std::optional<int64_t> extent) {
  bool slow = isRolledSlow();
  int64_t sums = countSums();
  // Of a state in memory, and of what is read with it.
  int64_t perLane = std::max<int64_t>(plan.stateSize + countRepeated(), 1);
  chosen.tiles =
      std::min(registers / (2 * sums), tileElements / (perLane * lanes));
  chosen.tiles = std::clamp<int64_t>(chosen.tiles, 1, slow ? 2 : mostTiles);
  if (extent)
    chosen.tiles = std::clamp<int64_t>(*extent / lanes, 1, chosen.tiles);
  chooseSteps();
  if (chosen.steps == 1)
    choosePoints();
  chosen.rollStep = std::min(plan.rolledExtent, registers / (slow ? 8 : 16));
  if (chosen.block != 0)
    return;
  int64_t shared = countShared();
  if (shared > 0 && extent && *extent <= lanes * chosen.tiles)
    chosen.block = stepsOfOneGroup;
  else if (shared > 0)
    chosen.block =
        std::clamp<int64_t>(sharedElements / shared, 1, stepsWithStateInMemory);
  else
    chosen.block =
        hasEarlyValues ? stepsWithEarlyValues : stepsWithoutSharedRows;
}

/// What a step without reductions, divisions and transcendentals moves.
int64_t Blocking::countStreamed() {
  CauseAnalysis causes(scan);
  for (Value value : scan.getYield()->getOperands()) {
    Causes cause = causes.of(value);
    if (cause.slow || cause.sums)
      return 0;
  }
  int64_t bytes = 0;
  auto add = [&](const IndexList &list, Value seen) {
    int64_t bits =
        getElementTypeOrSelf(seen.getType()).isIntOrFloat()
            ? getElementTypeOrSelf(seen.getType()).getIntOrFloatBitWidth()
            : 64;
    if (findTime(list) >= 0)
      bytes += countBodyElements(seen) * bits / 8;
  };
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    add(scan.getInputIndex(i), argument);
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    add(scan.getOutIndex(i), value);
  return bytes;
}

DomainBlocking Blocking::choose(std::optional<int64_t> extent, int64_t block) {
  chosen.block = block;
  // Half the registers for the state, the rest for the step. Without a state
  // the nest takes several steps side by side instead.
  int64_t vectors = std::max<int64_t>(plan.stateSize, 1);
  if (scan.getCarries().empty())
    vectors = registers / 2;
  chosen.tiles = std::clamp<int64_t>(registers / (2 * vectors), 1, mostTiles);
  if (plan.rolledExtent > 0 &&
      std::max(vectors, plan.rolledExtent) > registers / 2)
    chooseRolled(extent);
  else if (extent)
    chosen.tiles = std::clamp<int64_t>(*extent / lanes, 1, chosen.tiles);
  if (chosen.rollStep == 0 && chosen.block == 0)
    chosen.streamedBytes = countStreamed();
  if (lanes == 1)
    chosen.tiles = 1;
  if (chosen.block == 0)
    chosen.block = stepsInBlock;
  return chosen;
}

DomainBlocking
seqc::chooseDomainBlocking(ScanOp scan, const RecurrentPlan &plan,
                           const VectorTarget &target, int64_t lanes,
                           std::optional<int64_t> extent, int64_t block) {
  return Blocking(scan, plan, target, lanes).choose(extent, block);
}
