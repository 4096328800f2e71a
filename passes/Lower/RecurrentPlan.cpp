//===- RecurrentPlan.cpp - how a scan's body maps to vectors --------------===//

#include "passes/Lower/RecurrentPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/Promote.h"
#include "passes/Lower/SeparateProducts.h"
#include "passes/Support/BodyConstants.h"
#include "passes/Support/BodyDims.h"
#include "passes/Support/ScanInputs.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Most elements of one value that are kept in registers.
static constexpr int64_t maxUnrolled = 64;

void seqc::forEachIndex(ArrayRef<int64_t> shape,
                        function_ref<void(ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(shape, 0))
    return;
  SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    visit(index);
    int64_t d = shape.size() - 1;
    for (; d >= 0 && ++index[d] == shape[d]; --d)
      index[d] = 0;
    if (d < 0)
      return;
  }
}

static int64_t getCarryNumber(ScanOp scan, Value value) {
  for (auto [i, carry] : llvm::enumerate(scan.getCarryArguments()))
    if (carry == value)
      return i;
  return -1;
}

bool seqc::isMatrixContraction(ScanOp scan, Operation *op) {
  std::optional<BodySemantics> space = getBodySemantics(op);
  if (!space || !space->hasReduction() || op->getNumOperands() != 2 ||
      op->getNumResults() != 1)
    return false;
  int64_t input = getInputNumber(scan, op->getOperand(0));
  if (input < 0 || getBodyShape(op->getOperand(0)).size() < 2)
    return false;
  // The matrix must be [parallel..., reduced...] and the vector [reduced...],
  // as seq.pack lays it out.
  unsigned rank = space->extents.size();
  unsigned vector = getBodyShape(op->getOperand(1)).size();
  if (!isWholeInput(scan, input) || !space->operandMaps[0].isIdentity() ||
      space->operandMaps[1] !=
          AffineMap::getMinorIdentityMap(rank, vector, op->getContext()))
    return false;
  for (unsigned d = 0; d < rank; ++d)
    if (space->reduced[d] != (d >= rank - vector))
      return false;
  if (rank <= vector)
    return false;
  // Within a time block only what lies in memory is there before the block.
  Value operand = op->getOperand(1);
  return getInputNumber(scan, operand) >= 0 ||
         getCarryNumber(scan, operand) >= 0 ||
         (vector == 1 && op->getParentOp() == scan && operand.getDefiningOp() &&
          !isa<TimeBlockOp>(operand.getDefiningOp()));
}

namespace {
/// Collects the plan of one scan.
class Planner {
public:
  Planner(ScanOp scan, std::string &reason) : scan(scan), reason(reason) {}

  LogicalResult run();
  RecurrentPlan plan;

private:
  LogicalResult fail(const Twine &why) {
    reason = why.str();
    return failure();
  }
  LogicalResult checkInterface();
  LogicalResult checkOps();
  LogicalResult checkValue(Value value);
  LogicalResult checkReduction(Operation *op, const BodySemantics &space);
  LogicalResult planMatrixRows();
  LogicalResult planStages();
  LogicalResult planDomain();
  LogicalResult rollClass(unsigned wanted);
  int64_t countLargest();
  void planRolling();
  LogicalResult assignLanes(Value value);

  ScanOp scan;
  std::string &reason;
  SmallVector<Operation *> ops;
  std::optional<BodyDims> dims;
  llvm::DenseSet<unsigned> laneClasses;
};
} // namespace

LogicalResult Planner::checkInterface() {
  for (unsigned i = 0; i < scan.getInputs().size(); ++i) {
    if (scan.getInputHistory()[i] < 0)
      continue;
    IndexList list = scan.getInputIndex(i);
    for (const IndexEntry &entry : list)
      if (entry.kind == IndexEntry::Window)
        return fail("input " + Twine(i) + " has both a history and a window");
    for (const IndexEntry &entry : scan.getLengthsIndex())
      if (findDomain(list, entry.symbol) < 0)
        return fail("input " + Twine(i) +
                    ", which has a history, is not "
                    "indexed by the domain symbols of the lengths");
  }
  return success();
}

LogicalResult Planner::checkValue(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  if (!element.isF32() && !element.isIndex() && !element.isInteger(1))
    return fail("the body has values of another type than f32");
  if (ShapedType::isDynamicShape(getBodyShape(value)))
    return fail("a value of the body has a dynamic dimension");
  return success();
}

LogicalResult Planner::checkOps() {
  for (Operation *op : ops) {
    std::optional<BodySemantics> space = getBodySemantics(op);
    // A reduction with a second result reports a winner, which no vector does.
    if (!space || (space->hasReduction() && op->getNumResults() != 1))
      return fail("'" + op->getName().getStringRef() +
                  "' belongs to the second tier of body");
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      bool inside =
          def ? scan->isAncestor(def)
              : cast<BlockArgument>(operand).getOwner() == scan.getBodyBlock();
      if (!inside && !getBodyShape(operand).empty() &&
          !getRepeatedNumber(operand))
        return fail("'" + op->getName().getStringRef() +
                    "' reads a tensor from outside of the body");
    }
  }
  dims.emplace(scan);
  for (Value value : dims->getValues())
    if (failed(checkValue(value)))
      return failure();
  return success();
}

/// Finds the lane dimension of `value`; the others must fit registers, unless
/// only contractions read it.
LogicalResult Planner::assignLanes(Value value) {
  bool inMemory = llvm::all_of(value.getUses(), [&](OpOperand &use) {
    return plan.contractions.contains(use.getOwner());
  });
  if (inMemory && isa<BlockArgument>(value))
    return success();
  int64_t lane = -1, unrolled = 1;
  for (auto [d, extent] : llvm::enumerate(getBodyShape(value))) {
    if (laneClasses.contains(dims->getClass(value, d))) {
      if (lane >= 0)
        return fail("a value runs along the lanes in two dimensions");
      if (extent != plan.laneExtent)
        return fail("contractions have outputs of different lengths");
      lane = d;
      continue;
    }
    unrolled *= extent;
  }
  if (unrolled > maxUnrolled)
    return fail("a value of " + Twine(unrolled) +
                " elements for each lane does not fit registers");
  if (lane >= 0)
    plan.laneDims[value] = lane;
  return success();
}

LogicalResult Planner::checkReduction(Operation *op,
                                      const BodySemantics &space) {
  if (!space.hasReduction() || plan.contractions.contains(op))
    return success();
  for (auto [operand, map] : llvm::zip(op->getOperands(), space.operandMaps)) {
    int64_t lane = plan.getLaneDim(operand);
    if (lane < 0)
      continue;
    auto dim = dyn_cast<AffineDimExpr>(map.getResult(lane));
    if (dim && space.reduced[dim.getPosition()])
      return fail("'" + op->getName().getStringRef() +
                  "' reduces what it has just computed across lanes without "
                  "a matrix, which has no vector lowering yet");
  }
  return success();
}

/// Assigns stages: a contraction needs the whole vector that it reads, so what
/// computes that vector must have run for all lanes before.
LogicalResult Planner::planStages() {
  llvm::DenseMap<Value, int64_t> stage;
  llvm::DenseSet<Value> contracted; // follows from a contraction
  auto isComputedVector = [&](OpOperand &use) {
    return use.getOperandNumber() == 1 &&
           plan.contractions.contains(use.getOwner()) &&
           use.getOwner()->getParentOp() == scan && use.get().getDefiningOp();
  };
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    bool after = plan.contractions.contains(&op);
    int64_t at = 0;
    for (OpOperand &operand : op.getOpOperands()) {
      at = std::max(at, stage.lookup(operand.get()) +
                            (isComputedVector(operand) ? 1 : 0));
      after |= contracted.contains(operand.get());
    }
    for (Value result : op.getResults()) {
      stage[result] = at;
      if (after)
        contracted.insert(result);
    }
    plan.stages = std::max(plan.stages, at + 1);
  }
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    for (Value value : op.getResults()) {
      int64_t at = stage[value];
      bool vector = llvm::any_of(value.getUses(), isComputedVector);
      bool later = llvm::any_of(value.getUsers(), [&](Operation *user) {
        return isa<YieldOp>(user) ? at + 1 < plan.stages
                                  : stage.lookup(user->getResult(0)) > at;
      });
      // What follows from inputs alone is as cheap to compute again.
      if (!vector && !(later && contracted.contains(value)))
        continue;
      if (plan.getLaneDim(value) < 0 ||
          !getElementTypeOrSelf(value.getType()).isF32())
        return fail("a later stage of the step needs a value that does not "
                    "run along the lanes");
      plan.handedOn.push_back({value, at});
    }
  return success();
}

LogicalResult Planner::planMatrixRows() {
  plan.kind = RecurrentPlan::Lanes::MatrixRows;
  for (Operation *op : plan.contractions) {
    ArrayRef<int64_t> shape = getBodyShape(op->getResult(0));
    laneClasses.insert(dims->getClass(op->getResult(0), shape.size() - 1));
    plan.laneExtent = shape.back();
    int64_t gates = 1;
    for (int64_t extent : shape.drop_back())
      gates *= extent;
    plan.gates = std::max(plan.gates, gates);
    int64_t carry = getCarryNumber(scan, op->getOperand(1));
    if (carry >= 0)
      plan.wholeCarries.insert(carry);
  }
  if (plan.gates > 8)
    return fail("a contraction with " + Twine(plan.gates) +
                " outputs for each lane does not fit registers");
  for (Value value : dims->getValues())
    if (failed(assignLanes(value)))
      return failure();
  for (Operation *op : ops)
    if (failed(checkReduction(op, *getBodySemantics(op))))
      return failure();
  if (failed(planStages()))
    return failure();
  for (auto [i, value] : llvm::enumerate(scan.getYield().getCarries()))
    if (plan.getLaneDim(value) < 0)
      return fail("carry " + Twine(i) + " does not run along the lanes");
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    if (plan.getLaneDim(value) < 0)
      return fail("out " + Twine(i) + " does not run along the lanes");
  return success();
}

LaneSymbol seqc::chooseLaneSymbol(ScanOp scan) {
  SmallVector<int64_t> votes(scan.getDomain().size(), 0);
  auto vote = [&](const IndexList &list, Value seen) {
    if (!list.empty() && list.back().kind == IndexEntry::Domain)
      votes[list.back().symbol] += countBodyElements(seen);
  };
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    vote(scan.getInputIndex(i), argument);
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    vote(scan.getOutIndex(i), value);
  LaneSymbol best;
  for (auto [symbol, count] : llvm::enumerate(votes))
    if (count > best.elements &&
        getConstantIntValue(scan.getDomain()[symbol]) != 1)
      best = {static_cast<int64_t>(symbol), count};
  return best;
}

namespace {
/// Whether loops can walk one dimension of a body's values: each of them has it
/// once at most. What waits for a reduction along it is walked by a later loop.
class Rolling {
public:
  Rolling(ScanOp scan, RecurrentPlan &plan) : scan(scan), plan(plan) {}

  bool run(ArrayRef<Operation *> ops) {
    return llvm::all_of(ops, [&](Operation *op) { return addOp(op); }) &&
           checkCarries();
  }

private:
  bool addOp(Operation *op) {
    BodySemantics space = *getBodySemantics(op);
    int64_t rolled = -1;
    auto add = [&](Value value, AffineMap map) {
      int64_t dim = plan.getRolledDim(value);
      if (dim < 0)
        return true;
      auto expr = dyn_cast<AffineDimExpr>(map.getResult(dim));
      if (!expr || (rolled >= 0 && rolled != expr.getPosition()))
        return false;
      rolled = expr.getPosition();
      return true;
    };
    if (!llvm::all_of_zip(op->getOperands(), space.operandMaps, add) ||
        !llvm::all_of_zip(op->getResults(), space.resultMaps, add))
      return false;
    // The loop that the op stands in, or that its operands come from.
    int64_t loop = 0;
    for (Value operand : op->getOperands())
      loop = std::max(loop, loops.lookup(operand) + waiting.contains(operand));
    bool reduces = rolled >= 0 && space.reduced[rolled];
    if (reduces) {
      plan.rolledReductions.push_back({op, loop});
      waiting.insert(op->result_begin(), op->result_end());
    }
    for (Value result : op->getResults())
      loops[result] = loop;
    if (rolled >= 0)
      plan.rolledLoops = std::max(plan.rolledLoops, loop + 1);
    return true;
  }

  /// A carry is updated in place: its new value must walk with the old one.
  bool checkCarries() {
    for (auto [argument, value] :
         llvm::zip(scan.getCarryArguments(), scan.getYield().getCarries()))
      if (plan.getRolledDim(argument) != plan.getRolledDim(value))
        return false;
    return true;
  }

  ScanOp scan;
  RecurrentPlan &plan;
  llvm::DenseSet<Value> waiting; // results of reductions along the dimension
  llvm::DenseMap<Value, int64_t> loops;
};
} // namespace

/// Has loops walk the dimensions of class `wanted`, if they can.
LogicalResult Planner::rollClass(unsigned wanted) {
  plan.clearRolling();
  for (Value value : dims->getValues())
    for (auto [dim, extent] : llvm::enumerate(getBodyShape(value)))
      if (dims->getClass(value, dim) == wanted) {
        plan.rolledExtent = extent;
        if (extent == 0 || !plan.rolledDims.insert({value, dim}).second)
          return failure();
      }
  return success(Rolling(scan, plan).run(ops));
}

/// The elements of the largest value that one turn of the loops sees.
int64_t Planner::countLargest() {
  int64_t largest = 1;
  for (Value value : dims->getValues()) {
    int64_t size = countBodyElements(value);
    if (plan.getRolledDim(value) >= 0)
      size /= plan.rolledExtent;
    largest = std::max(largest, size);
  }
  return largest;
}

/// Looks for the dimension that leaves least to unroll when loops walk it.
void Planner::planRolling() {
  if (!scan.getBodyBlock()->getOps<TimeBlockOp>().empty())
    return;
  plan.clearRolling();
  int64_t best = dims->getNumClasses(), least = countLargest();
  for (unsigned candidate = 0; candidate < dims->getNumClasses(); ++candidate)
    if (succeeded(rollClass(candidate)) && countLargest() < least) {
      best = candidate;
      least = countLargest();
    }
  plan.clearRolling();
  if (best < dims->getNumClasses())
    (void)rollClass(best);
}

LogicalResult Planner::planDomain() {
  plan.kind = RecurrentPlan::Lanes::Domain;
  plan.laneSymbol = chooseLaneSymbol(scan).symbol;
  planRolling();
  if (int64_t size = countLargest(); size > maxUnrolled)
    return fail("a value of " + Twine(size) +
                " elements for each domain point does not fit registers");
  for (Value carry : scan.getCarryArguments())
    plan.stateSize += countBodyElements(carry);
  if (plan.laneSymbol >= 0 &&
      !scan.getDomainArguments()[plan.laneSymbol].use_empty())
    plan.laneSymbol = -1;
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    for (const IndexEntry &entry : scan.getInputIndex(i))
      if (entry.kind == IndexEntry::Window && entry.symbol == plan.laneSymbol)
        plan.laneSymbol = -1;
  return success();
}

LogicalResult Planner::run() {
  ops = getBodyOps(scan);
  if (failed(checkInterface()) || failed(checkOps()))
    return failure();
  for (Operation *op : ops)
    if (isMatrixContraction(scan, op))
      plan.contractions.insert(op);
  if (plan.contractions.empty())
    return planDomain();
  if (succeeded(planMatrixRows()))
    return success();
  // A few small matrices among other values may still fit registers.
  if (!scan.getBodyBlock()->getOps<TimeBlockOp>().empty())
    return failure();
  std::string rows = std::exchange(reason, "");
  plan = RecurrentPlan();
  if (succeeded(planDomain()))
    return success();
  reason = rows;
  return failure();
}

FailureOr<RecurrentPlan> seqc::planRecurrent(ScanOp scan, std::string &reason) {
  Planner planner(scan, reason);
  if (failed(planner.run()))
    return failure();
  return std::move(planner.plan);
}

/// Calls `visit` for what the passes before the lowering make of `scan`.
static bool allLowered(ScanOp scan, function_ref<bool(ScanOp)> visit) {
  Block scratch;
  OpBuilder b(scan.getContext());
  b.setInsertionPointToEnd(&scratch);
  auto clone = cast<ScanOp>(b.clone(*scan));
  decomposeTransitions(clone);
  for (ScanOp part : separateProducts(clone))
    // More lanes only promote more.
    promoteScan(part, VectorTarget().lanes);
  return llvm::all_of(scratch.getOps<ScanOp>(), visit);
}

bool seqc::canLowerRecurrent(ScanOp scan, std::string &reason) {
  if (scan.hasBufferSemantics())
    return succeeded(planRecurrent(scan, reason));
  return allLowered(scan, [&](ScanOp made) {
    return succeeded(planRecurrent(made, reason));
  });
}

int64_t seqc::getPromotedExtent(ScanOp scan) {
  int64_t extent = 1;
  allLowered(scan, [&](ScanOp made) {
    for (Value symbol : made.getDomain().drop_front(scan.getDomain().size()))
      extent = std::max(extent, getConstantIntValue(symbol).value_or(1));
    return true;
  });
  return extent;
}

AlternativeAttr seqc::getAlternative(ScanOp scan) {
  if (!scan.getSchedule())
    return {};
  return cast<AlternativeAttr>(scan.getSchedule()->getValue().back());
}

bool seqc::isLoweredNaively(ScanOp scan) {
  std::string reason;
  if (!scan.getSchedule())
    return !canLowerRecurrent(scan, reason);
  auto first = cast<AlternativeAttr>(scan.getSchedule()->getValue().front());
  return first.getForm() == Form::Naive;
}
