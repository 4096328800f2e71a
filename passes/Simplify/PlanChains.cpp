//===- PlanChains.cpp - finds equal steps in a block ----------------------===//
//
// From an op the way back along operands leads, in a chain, to the same op of
// the step before, and the same way again to the one before that. Such a row of
// ops is where a chain is tried from. Of those found, the ones with the most
// ops are taken; then ops that follow from every step alike, as readouts do,
// join.
//
//===----------------------------------------------------------------------===//

#include "passes/Simplify/StepChain.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Block.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Support/EqualExtents.h"
#include "llvm/ADT/Sequence.h"

#include <set>
#include <tuple>

using namespace mlir;
using namespace seqc;

/// How many ops the way from a step to the one before is looked for among.
static constexpr size_t maxVisited = 400;
/// How many ops of its kind it may pass by: equal parts of one step.
static constexpr size_t maxWays = 16;
/// In how many candidates its place is remembered.
static constexpr size_t maxPlaces = 4;

namespace {
/// A hop from an op to what makes one of its operands.
struct Hop {
  unsigned read, result, kind;
  bool operator<(const Hop &other) const {
    return std::tie(read, result, kind) <
           std::tie(other.read, other.result, other.kind);
  }
};
using Way = std::vector<Hop>;
/// The way to `op`.
struct WayBack {
  Way way;
  Operation *op;
};

class ChainPlanner {
public:
  ChainPlanner(Block &block, OpKinds &kinds, PlannedPlaces &planned,
               size_t minSteps)
      : block(block), kinds(kinds), planned(planned), minSteps(minSteps),
        extents(block) {}

  ChainPlan run();

private:
  /// A chain, what is in it and how much it replaces.
  struct Candidate {
    StepChain chain;
    bool isIrreducible;
    size_t size, number;
  };

  bool isStepOp(Operation *op);
  void countKinds();
  std::vector<WayBack> findWays(Operation *op);
  bool isKnownStep(Operation *op, Operation *earlier);
  SmallVector<Operation *> follow(Operation *op, const Way &way);
  void tryWay(Operation *op, const Way &way);
  void addCandidate(StepChain chain);
  void collectCandidates();
  bool takeCandidates();
  bool accept(const StepChain &chain);
  bool isIndependent(const StepChain &chain,
                     const llvm::DenseSet<Operation *> &dependents,
                     size_t number, size_t firstRow = 0);
  bool keepsExtents(const StepChain &chain);
  SmallVector<Operation *> getCoreOps(const StepChain &chain);
  void claim(unsigned number);
  void addReadouts(unsigned number);
  SmallVector<Operation *> findReadout(const StepChain &chain, Operation *user,
                                       unsigned row, unsigned result);
  void keepRests(ChainPlan &plan);

  Block &block;
  OpKinds &kinds;
  PlannedPlaces &planned; ///< What depends on the carries of taken chains.
  llvm::DenseSet<Operation *> shared; ///< What else they compute.
  size_t minSteps;
  EqualExtents extents;
  llvm::DenseMap<unsigned, size_t> frequency;
  std::set<std::pair<Operation *, Way>> tried;
  std::set<std::pair<size_t, size_t>> known; ///< Candidates' steps and ops.
  llvm::DenseMap<Operation *, SmallVector<StepPlace, 1>> places; ///< In them.
  std::vector<Candidate> candidates;
  std::vector<StepChain> chains;
  std::vector<ChainPlan::Rest> rests;
};
} // namespace

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

bool ChainPlanner::isStepOp(Operation *op) {
  return op->getBlock() == &block && isMemoryEffectFree(op) &&
         op->getNumResults() > 0 && !isMadeAnywhere(op) &&
         !kinds.getReads(op).empty() && !planned.contains(op) &&
         !isa<tensor::InsertSliceOp>(op);
}

void ChainPlanner::countKinds() {
  frequency.clear();
  for (Operation &op : block)
    if (isStepOp(&op))
      ++frequency[kinds.getLoose(&op)];
}

/// The shortest ways back to ops of the same kind.
std::vector<WayBack> ChainPlanner::findWays(Operation *op) {
  struct Visit {
    Operation *op;
    int from;
    Hop hop;
  };
  unsigned kind = kinds.getLoose(op);
  std::vector<Visit> visits = {{op, -1, {}}};
  llvm::DenseSet<Operation *> seen = {op};
  std::vector<WayBack> ways;
  for (size_t next = 0; next < visits.size() && visits.size() < maxVisited &&
                        ways.size() < maxWays;
       ++next) {
    Operation *here = visits[next].op;
    for (auto [read, value] : llvm::enumerate(kinds.getReads(here))) {
      auto result = dyn_cast<OpResult>(value);
      if (!result || !isStepOp(result.getOwner()) ||
          !seen.insert(result.getOwner()).second)
        continue;
      Hop hop = {unsigned(read), result.getResultNumber(),
                 kinds.getLoose(result.getOwner())};
      visits.push_back({result.getOwner(), int(next), hop});
      if (hop.kind != kind)
        continue;
      Way way;
      for (int i = visits.size() - 1; i > 0; i = visits[i].from)
        way.push_back(visits[i].hop);
      std::reverse(way.begin(), way.end());
      ways.push_back({std::move(way), result.getOwner()});
    }
  }
  return ways;
}

/// The ops that the way leads to, again and again, while they are equal; the
/// last one is `op`.
SmallVector<Operation *> ChainPlanner::follow(Operation *op, const Way &way) {
  SmallVector<Operation *> ops = {op};
  while (true) {
    Operation *here = ops.back();
    for (const Hop &hop : way) {
      auto result = dyn_cast<OpResult>(kinds.getReads(here)[hop.read]);
      if (!result || result.getResultNumber() != hop.result ||
          !isStepOp(result.getOwner()) ||
          kinds.getLoose(result.getOwner()) != hop.kind) {
        std::reverse(ops.begin(), ops.end());
        return ops;
      }
      here = result.getOwner();
    }
    if (kinds.get(here) != kinds.get(op)) {
      std::reverse(ops.begin(), ops.end());
      return ops;
    }
    ops.push_back(here);
  }
}

/// Tries the last steps, then ever more of them: no step is looked at more
/// often than the chain is long. Where one differs, the chain begins after it.
void ChainPlanner::tryWay(Operation *op, const Way &way) {
  if (tried.count({op, way}))
    return;
  SmallVector<Operation *> anchors = follow(op, way);
  for (Operation *anchor : anchors)
    tried.insert({anchor, way});
  size_t all = anchors.size(), first = all;
  std::optional<StepChain> found;
  bool isLimited = false;
  for (size_t count = minSteps;
       count >= minSteps && count <= all && count > all - first;) {
    StepChain chain(kinds, ArrayRef(anchors).take_back(count), planned);
    if (chain.complete(0)) {
      first = all - count;
      found = std::move(chain);
      if (isLimited)
        break;
      count = std::min(2 * count, all);
      continue;
    }
    size_t differing = all - count + chain.differing + 1;
    rests.push_back(
        {op, all, "step " + std::to_string(differing) + " " + chain.reason});
    isLimited = true;
    count = all - differing;
  }
  if (found)
    addCandidate(std::move(*found));
  // The steps before may be a chain of their own.
  for (Operation *anchor : ArrayRef(anchors).take_front(first))
    tried.erase({anchor, way});
}

/// A chain that is found from another op of its steps is the same.
void ChainPlanner::addCandidate(StepChain chain) {
  SmallVector<Operation *> core = getCoreOps(chain);
  llvm::sort(core);
  llvm::hash_code hash = llvm::hash_combine_range(core.begin(), core.end());
  if (!known.insert({chain.getNumSteps(), size_t(hash)}).second)
    return;
  bool isIrreducible = chain.isIrreducible();
  unsigned number = candidates.size();
  SmallVector<bool> isCore = chain.getCore();
  for (auto [row, ops] : llvm::enumerate(chain.rows))
    for (auto [step, op] : llvm::enumerate(ops))
      if (isCore[row])
        if (auto &of = places[op]; of.size() < maxPlaces)
          of.push_back({number, unsigned(row), unsigned(step)});
  candidates.push_back({std::move(chain), isIrreducible, core.size(), number});
}

/// Whether both are in a chain that was found, and not one step apart: steps of
/// several of its steps, and ways between its places, are no better ones.
bool ChainPlanner::isKnownStep(Operation *op, Operation *earlier) {
  auto here = places.find(op), there = places.find(earlier);
  if (here == places.end() || there == places.end())
    return false;
  for (const StepPlace &a : here->second)
    for (const StepPlace &b : there->second)
      if (a.chain == b.chain && (a.row != b.row || a.step != b.step + 1))
        return true;
  return false;
}

void ChainPlanner::collectCandidates() {
  countKinds();
  candidates.clear();
  known.clear();
  places.clear();
  rests.clear();
  tried.clear();
  for (Operation &op : llvm::reverse(block))
    if (isStepOp(&op) && frequency[kinds.getLoose(&op)] >= minSteps)
      for (const WayBack &back : findWays(&op))
        if (!isKnownStep(&op, back.op))
          tryWay(&op, back.way);
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    // A chain that is cut at another place of the step has a step less.
    return std::tuple(a.isIrreducible, a.chain.getNumSteps(), a.size,
                      b.number) >
           std::tuple(b.isIrreducible, b.chain.getNumSteps(), b.size, a.number);
  });
}

//===----------------------------------------------------------------------===//
// Taking
//===----------------------------------------------------------------------===//

SmallVector<Operation *> ChainPlanner::getCoreOps(const StepChain &chain) {
  SmallVector<Operation *> ops;
  for (auto [row, isCore] : llvm::enumerate(chain.getCore()))
    if (isCore)
      llvm::append_range(ops, chain.rows[row]);
  return ops;
}

/// Whether nothing that comes from around depends on the chain, which is to be
/// the one with `number`.
bool ChainPlanner::isIndependent(const StepChain &chain,
                                 const llvm::DenseSet<Operation *> &dependents,
                                 size_t number, size_t firstRow) {
  bool independent = true;
  auto check = [&](Value value) {
    independent &= !dependents.contains(value.getDefiningOp());
  };
  chain.forEachSource(
      [&](unsigned row, unsigned read, const StepSource &source) {
        if (row < firstRow || source.kind == StepSource::Same)
          return;
        if (source.kind == StepSource::Row) {
          // Where the rows are may be a value, too.
          Value first = chain.getTuple(row, read).front();
          llvm::for_each(first.getDefiningOp()->getOperands(), check);
          return;
        }
        if (source.kind != StepSource::Planned) {
          check(source.value);
          return;
        }
        independent &= source.row < number;
        for (Operation *op : getCoreOps(chains[source.row]))
          independent &= !dependents.contains(op);
      });
  return independent;
}

/// Whether no carry grows or shrinks on the way.
bool ChainPlanner::keepsExtents(const StepChain &chain) {
  bool kept = true;
  chain.forEachSource([&](unsigned, unsigned, const StepSource &source) {
    if (source.kind == StepSource::Carry)
      kept &= llvm::all_of(chain.rows[source.row], [&](Operation *op) {
        return extents.haveSame(source.value, op->getResult(source.result));
      });
  });
  return kept;
}

/// What depends on no carry may be in several chains.
void ChainPlanner::claim(unsigned number) {
  SmallVector<bool> core = chains[number].getCore();
  for (auto [row, ops] : llvm::enumerate(chains[number].rows))
    for (auto [step, op] : llvm::enumerate(ops))
      if (core[row])
        planned[op] = {number, unsigned(row), unsigned(step)};
      else
        shared.insert(op);
}

bool ChainPlanner::accept(const StepChain &chain) {
  SmallVector<Operation *> core = getCoreOps(chain);
  if (core.empty() ||
      llvm::any_of(core,
                   [&](Operation *op) {
                     return planned.contains(op) || shared.contains(op);
                   }) ||
      !keepsExtents(chain))
    return false;
  return isIndependent(chain, getDependents(block, core), chains.size());
}

/// Takes chains that have no smaller one within; false if there are none.
bool ChainPlanner::takeCandidates() {
  bool taken = false;
  for (Candidate &candidate : candidates) {
    if (!candidate.isIrreducible && taken)
      break;
    if (!accept(candidate.chain))
      continue;
    chains.push_back(candidate.chain);
    claim(chains.size() - 1);
    taken = true;
  }
  return taken;
}

//===----------------------------------------------------------------------===//
// Readouts
//===----------------------------------------------------------------------===//

/// The ops that read `row` in every step as `user` does in the first.
SmallVector<Operation *> ChainPlanner::findReadout(const StepChain &chain,
                                                   Operation *user,
                                                   unsigned row,
                                                   unsigned result) {
  Value first = chain.rows[row].front()->getResult(result);
  ArrayRef<Value> reads = kinds.getReads(user);
  unsigned read = llvm::find(reads, first) - reads.begin();
  SmallVector<Operation *> ops = {user};
  if (read == reads.size())
    return {};
  for (Operation *op : ArrayRef(chain.rows[row]).drop_front()) {
    Operation *found = nullptr;
    for (Operation *other : op->getResult(result).getUsers()) {
      Operation *next = block.findAncestorOpInBlock(*other);
      if (!next || !isStepOp(next) || kinds.get(next) != kinds.get(user) ||
          kinds.getReads(next)[read] != op->getResult(result) ||
          shared.contains(next) || llvm::is_contained(ops, next))
        continue;
      // Of several, the one that has the same weights.
      bool isAlike =
          llvm::all_of(llvm::zip(reads, kinds.getReads(next)), [&](auto pair) {
            auto [x, y] = pair;
            Operation *def = x.getDefiningOp();
            return kinds.isSame(x, y) ||
                   (def && (isStepOp(def) || planned.contains(def)));
          });
      if (isAlike) {
        found = next;
        break;
      }
    }
    if (!found)
      return {};
    ops.push_back(found);
  }
  return ops;
}

/// Ops that follow from every step alike join the chain.
void ChainPlanner::addReadouts(unsigned number) {
  StepChain &chain = chains[number];
  llvm::DenseSet<Operation *> dependents =
      getDependents(block, getCoreOps(chain));
  llvm::DenseSet<Operation *> refused;
  for (unsigned row = 0; row < chain.rows.size(); ++row) {
    for (Value value : chain.rows[row].front()->getResults()) {
      SmallVector<Operation *> users(value.getUsers());
      for (Operation *direct : users) {
        Operation *user = block.findAncestorOpInBlock(*direct);
        if (!user || !dependents.contains(user) || !isStepOp(user) ||
            shared.contains(user) || refused.contains(user))
          continue;
        SmallVector<Operation *> ops = findReadout(
            chain, user, row, cast<OpResult>(value).getResultNumber());
        size_t before = chain.rows.size();
        bool added = !ops.empty() && chain.add(ops);
        if (added && isIndependent(chain, dependents, number, before) &&
            keepsExtents(chain))
          claim(number);
        else {
          refused.insert(user);
          if (added)
            chain.removeRows(before);
        }
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

/// Of almost equal steps that stay, one op speaks for all.
void ChainPlanner::keepRests(ChainPlan &plan) {
  SmallVector<size_t> order = llvm::to_vector(llvm::seq(rests.size()));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::pair(rests[a].steps, b) > std::pair(rests[b].steps, a);
  });
  llvm::DenseSet<Operation *> told;
  for (size_t number : order) {
    const ChainPlan::Rest &rest = rests[number];
    if (planned.contains(rest.op) || told.contains(rest.op))
      continue;
    // What it was tried with, and all that leads there.
    SmallVector<Operation *> work = {rest.op};
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      if (!told.insert(op).second)
        continue;
      for (Value read : kinds.getReads(op))
        if (Operation *def = read.getDefiningOp())
          work.push_back(def);
    }
    plan.rests.push_back(rest);
  }
}

ChainPlan ChainPlanner::run() {
  do
    collectCandidates();
  while (takeCandidates());
  for (unsigned number = chains.size(); number-- > 0;)
    addReadouts(number);
  ChainPlan plan;
  keepRests(plan);
  plan.chains = std::move(chains);
  return plan;
}

ChainPlan seqc::planChains(Block &block, OpKinds &kinds, PlannedPlaces &planned,
                           size_t minSteps) {
  return ChainPlanner(block, kinds, planned, minSteps).run();
}
