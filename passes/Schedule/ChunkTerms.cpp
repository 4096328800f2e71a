//===- ChunkTerms.cpp - what takes a scan's steps by matrices -------------===//

#include "passes/Schedule/ChunkTerms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "passes/Support/BodyShape.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Gains
//===----------------------------------------------------------------------===//

/// `value`, of the state's shape, without its columns, if it repeats them: a
/// number or a column.
static Value stripColumns(Value value) {
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    return splat.getInput();
  auto repeat = value.getDefiningOp<seq::BroadcastOp>();
  if (!repeat)
    return Value();
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  auto columns = llvm::to_vector(llvm::seq<int64_t>(1, rank));
  return repeat.getDims() == ArrayRef<int64_t>(columns) ? repeat.getOperand()
                                                        : Value();
}

/// Takes `value`, a gain of `rank` dimensions or a factor of one, apart.
static LogicalResult splitOuter(Value value, int64_t rank, bool isTransposed,
                                OuterGain &gain) {
  if (auto outer = value.getDefiningOp<seq::OuterOp>()) {
    Value key = isTransposed ? outer.getRhs() : outer.getLhs();
    if (getBodyShape(key).size() != 1)
      return failure();
    gain.keys.push_back(key);
    gain.value = isTransposed ? outer.getLhs() : outer.getRhs();
    return success();
  }
  if (auto splat = value.getDefiningOp<tensor::SplatOp>(); splat && rank == 1) {
    gain.value = splat.getInput();
    return success();
  }
  if (auto repeat = value.getDefiningOp<seq::BroadcastOp>();
      repeat && rank > 1 && !isTransposed &&
      repeat.getDims() == ArrayRef<int64_t>{0}) {
    gain.value = repeat.getOperand();
    return success();
  }
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return failure();
  for (auto [part, factor] : {std::pair(product.getLhs(), product.getRhs()),
                              std::pair(product.getRhs(), product.getLhs())}) {
    Value key = rank == 1 ? factor : stripColumns(factor);
    OuterGain tried = gain;
    // What repeats rows is none of the transposed state's columns.
    if (!key || (isTransposed && !getBodyShape(key).empty()) ||
        failed(splitOuter(part, rank, isTransposed, tried)))
      continue;
    gain = tried;
    gain.keys.push_back(key);
    return success();
  }
  return failure();
}

static FailureOr<OuterGain> splitGain(OpOperand *operand, int64_t rank,
                                      bool isTransposed) {
  OuterGain gain;
  gain.operand = operand;
  Value value = operand->get();
  if (matchPattern(value, m_AnyZeroFloat())) {
    gain.isZero = true;
    return gain;
  }
  if (static_cast<int64_t>(getBodyShape(value).size()) == rank - 1) {
    gain.isRow = true;
    gain.value = value;
    return gain;
  }
  if (failed(splitOuter(value, rank, isTransposed, gain)))
    return failure();
  return gain;
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

/// The space of a transition's step, or of the op that a composite one ends in.
static std::optional<seq::BodySemantics>
getStepSemantics(seq::TransitionOpInterface transition) {
  if (!transition.isComposite())
    return seq::getBodySemantics(transition);
  Block scratch;
  OpBuilder b(transition.getContext());
  b.setInsertionPointToEnd(&scratch);
  auto copy = cast<seq::TransitionOpInterface>(b.clone(*transition));
  Value result = copy.decompose(b, transition.getLoc()).front();
  Operation *last = result.getDefiningOp();
  std::optional<seq::BodySemantics> space;
  if (last && !seq::isComposite(last))
    space = seq::getBodySemantics(last);
  while (!scratch.empty())
    scratch.back().erase();
  return space;
}

/// Whether nothing of `transition` belongs to a dimension of its state: it runs
/// element by element, with the same numbers for all.
static bool knowsNoDimension(seq::TransitionOpInterface transition) {
  SmallVector<OpOperand *> gains = transition.getGainOperands();
  for (OpOperand *operand : transition.getElementOperands())
    if (!llvm::is_contained(gains, operand) &&
        isa<RankedTensorType>(operand->get().getType()))
      return false;
  std::optional<seq::BodySemantics> space = getStepSemantics(transition);
  return space && !space->hasReduction() &&
         llvm::all_of(space->resultMaps,
                      [](AffineMap map) { return map.isIdentity(); });
}

/// The row that a product reads the transposed state through `use` with.
static Value getTransposedRows(OpOperand &use) {
  auto product = dyn_cast<seq::MatvecOp>(use.getOwner());
  bool isRead = product && use.getOperandNumber() == 0 &&
                product.getSemiring() == seq::Semiring::PlusTimes &&
                getBodyShape(product.getVector()).size() == 1;
  return isRead ? product.getVector() : Value();
}

/// The rows that `op` multiplies the state that it reads through `use` with.
static Value getRows(OpOperand &use) {
  Operation *op = use.getOwner();
  Value other = op->getNumOperands() == 2
                    ? op->getOperand(1 - use.getOperandNumber())
                    : Value();
  bool isSecond = use.getOperandNumber() == 1;
  if (isa<seq::DotOp>(op))
    return getBodyShape(other).size() == 1 ? other : Value();
  if (isa<seq::VecmatOp>(op))
    return isSecond ? other : Value();
  if (auto product = dyn_cast<seq::MatmulOp>(op))
    return isSecond && product.getSemiring() == seq::Semiring::PlusTimes
               ? other
               : Value();
  if (auto product = dyn_cast<seq::MatvecOp>(op))
    return isSecond && product.getSemiring() == seq::Semiring::PlusTimes &&
                   getBodyShape(use.get()).size() == 1
               ? other
               : Value();
  return Value();
}

namespace {
class TermPlanner {
public:
  TermPlanner(seq::ScanOp scan, const CarryGraph &graph,
              const CarryComponent &component, bool isTransposed,
              std::string &reason)
      : scan(scan), graph(graph), reason(reason) {
    term.component = &component;
    term.isTransposed = isTransposed;
  }

  LogicalResult run() {
    return success(succeeded(findGains()) && succeeded(findReads()) &&
                   succeeded(checkSources()));
  }

  ChunkTerm term;

private:
  LogicalResult fail(const Twine &why) {
    reason = nameCarries(term.component->carries) + ": " + why.str();
    return failure();
  }
  LogicalResult findGains();
  LogicalResult findReads();
  LogicalResult followState(Value value, StateRead read, bool mayAdd);
  LogicalResult checkSources();

  seq::ScanOp scan;
  const CarryGraph &graph;
  std::string &reason;
};
} // namespace

LogicalResult TermPlanner::findGains() {
  seq::TransitionOpInterface transition = term.component->transition;
  std::string name = "'" + transition->getName().getStringRef().str() + "'";
  Value state = transition.getStateOperands().front()->get();
  auto type = dyn_cast<RankedTensorType>(state.getType());
  if (!type)
    return fail("the state is one number, which leaves nothing to multiply");
  if (!type.hasStaticShape())
    return fail("the state's extents are not known");
  SmallVector<OpOperand *> gains = transition.getGainOperands();
  if (gains.empty())
    return fail(name + " does not treat the columns of its state alike and "
                       "apart from each other");
  term.keys = type.getShape()[term.isTransposed ? 1 : 0];
  for (OpOperand *operand : gains) {
    FailureOr<OuterGain> gain =
        splitGain(operand, type.getRank(), term.isTransposed);
    if (failed(gain))
      return fail("what " + name +
                  " adds is not the outer product of keys and values");
    if (gain->value && term.value && gain->value != term.value)
      return fail("what " + name + " adds has several values");
    if (gain->value)
      term.value = gain->value;
    term.gains.push_back(*gain);
  }
  if (!term.value)
    return fail(name + " adds nothing");
  return success();
}

/// Every use of a state must be its transition or lead to products.
LogicalResult TermPlanner::followState(Value value, StateRead read,
                                       bool mayAdd) {
  seq::TransitionOpInterface transition = term.component->transition;
  for (OpOperand &use : value.getUses()) {
    Operation *op = use.getOwner();
    if (op == transition.getOperation())
      continue;
    if (op == scan.getYield()) {
      unsigned carry =
          use.getOperandNumber() - scan.getYield().getOuts().size();
      if (!read.added && read.after &&
          use.getOperandNumber() >= scan.getYield().getOuts().size() &&
          carry == term.component->carries[read.state])
        continue;
      return fail("the state itself leaves the step");
    }
    auto sum = dyn_cast<arith::AddFOp>(op);
    if (sum && mayAdd) {
      read.added = sum->getOperand(1 - use.getOperandNumber());
      if (failed(followState(sum, read, /*mayAdd=*/false)))
        return failure();
      read.added = Value();
      continue;
    }
    Value rows;
    if (op->getParentOp() == scan)
      rows = term.isTransposed ? getTransposedRows(use) : getRows(use);
    if (!rows)
      return fail("'" + op->getName().getStringRef() +
                  "' reads the state, and is no product with rows");
    read.op = op;
    read.rows = rows;
    term.reads.push_back(read);
  }
  return success();
}

LogicalResult TermPlanner::findReads() {
  seq::TransitionOpInterface transition = term.component->transition;
  for (auto [i, operand] : llvm::enumerate(transition.getStateOperands())) {
    StateRead read;
    read.state = i;
    read.after = false;
    if (failed(followState(operand->get(), read, /*mayAdd=*/true)))
      return failure();
    read.after = true;
    if (failed(followState(transition->getResult(i), read, /*mayAdd=*/true)))
      return failure();
  }
  return success();
}

SmallVector<Value> ChunkTerm::getSources() const {
  SmallVector<Value> sources;
  seq::TransitionOpInterface transition = component->transition;
  for (OpOperand *operand : transition.getElementOperands())
    if (llvm::none_of(gains, [&](const OuterGain &gain) {
          return gain.operand == operand;
        }))
      sources.push_back(operand->get());
  for (const OuterGain &gain : gains)
    llvm::append_range(sources, gain.keys);
  for (const StateRead &read : reads)
    sources.push_back(read.rows);
  return sources;
}

LogicalResult TermPlanner::checkSources() {
  SmallVector<Value> sources = term.getSources();
  sources.push_back(term.value);
  for (const StateRead &read : term.reads)
    if (read.added)
      for (unsigned carry : term.component->carries)
        if (graph.getCarriesOf(read.added).test(carry))
          return fail("a product reads the state and what follows from it");
  for (Value source : sources)
    if (graph.getCarriesOf(source).any())
      return fail("keys, values, decays or rows follow from a carry");
  return success();
}

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

/// Whether the same at every step: neither t nor an input that it indexes, and
/// no lengths.
static bool isTimeInvariant(seq::ScanOp scan, const ChunkTerm &term) {
  if (scan.hasLengths())
    return false;
  BodySlice slice = sliceBody(scan, term.getSources());
  if (slice.arguments.contains(scan.getTimeArgument()))
    return false;
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (slice.arguments.contains(argument) &&
        seq::findTime(scan.getInputIndex(i)) >= 0)
      return false;
  return true;
}

/// Plans one component, as it is or with its state transposed.
static FailureOr<ChunkTerm> planTerm(seq::ScanOp scan, const CarryGraph &graph,
                                     const CarryComponent &component,
                                     std::string &reason) {
  TermPlanner planner(scan, graph, component, /*isTransposed=*/false, reason);
  if (succeeded(planner.run()))
    return std::move(planner.term);
  seq::TransitionOpInterface transition = component.transition;
  auto state = dyn_cast<RankedTensorType>(
      transition.getStateOperands().front()->get().getType());
  if (!state || state.getRank() != 2 || !knowsNoDimension(transition))
    return failure();
  std::string other; // The reason of the first plan is the one to tell.
  TermPlanner transposed(scan, graph, component, /*isTransposed=*/true, other);
  if (failed(transposed.run()))
    return failure();
  return std::move(transposed.term);
}

FailureOr<ChunkPlan> seqc::planChunks(seq::ScanOp scan, const CarryGraph &graph,
                                      std::string &reason) {
  ChunkPlan plan;
  for (const CarryComponent &component : graph.getComponents()) {
    if (!component.transition ||
        component.kind != CarryComponent::Kind::Associative)
      continue;
    std::string why;
    FailureOr<ChunkTerm> term = planTerm(scan, graph, component, why);
    if (failed(term)) {
      if (reason.empty())
        reason = why;
      continue;
    }
    term->timeInvariant = isTimeInvariant(scan, *term);
    plan.terms.push_back(std::move(*term));
  }
  if (!plan.terms.empty())
    return plan;
  if (reason.empty())
    reason = "no carry is updated by a transition";
  return failure();
}
