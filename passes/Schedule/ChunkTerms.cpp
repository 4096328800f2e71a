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
static LogicalResult splitOuter(Value value, int64_t rank, OuterGain &gain) {
  if (auto outer = value.getDefiningOp<seq::OuterOp>()) {
    if (getBodyShape(outer.getLhs()).size() != 1)
      return failure();
    gain.keys.push_back(outer.getLhs());
    gain.value = outer.getRhs();
    return success();
  }
  if (auto splat = value.getDefiningOp<tensor::SplatOp>(); splat && rank == 1) {
    gain.value = splat.getInput();
    return success();
  }
  if (auto repeat = value.getDefiningOp<seq::BroadcastOp>();
      repeat && rank > 1 && repeat.getDims() == ArrayRef<int64_t>{0}) {
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
    if (!key || failed(splitOuter(part, rank, tried)))
      continue;
    gain = tried;
    gain.keys.push_back(key);
    return success();
  }
  return failure();
}

static FailureOr<OuterGain> splitGain(OpOperand *operand, int64_t rank) {
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
  if (failed(splitOuter(value, rank, gain)))
    return failure();
  return gain;
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

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
              const CarryComponent &component, std::string &reason)
      : scan(scan), graph(graph), reason(reason) {
    term.component = &component;
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
  for (OpOperand *operand : gains) {
    FailureOr<OuterGain> gain = splitGain(operand, type.getRank());
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
    Value rows = op->getParentOp() == scan ? getRows(use) : Value();
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

/// Whether the same at every step: neither t nor an input that it indexes.
static bool isTimeInvariant(seq::ScanOp scan, const ChunkTerm &term) {
  BodySlice slice = sliceBody(scan, term.getSources());
  if (slice.arguments.contains(scan.getTimeArgument()))
    return false;
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (slice.arguments.contains(argument) &&
        seq::findTime(scan.getInputIndex(i)) >= 0)
      return false;
  return true;
}

FailureOr<ChunkPlan> seqc::planChunks(seq::ScanOp scan, const CarryGraph &graph,
                                      std::string &reason) {
  ChunkPlan plan;
  plan.timeInvariant = !scan.hasLengths();
  for (const CarryComponent &component : graph.getComponents()) {
    if (!component.transition ||
        component.kind != CarryComponent::Kind::Associative)
      continue;
    std::string why;
    TermPlanner planner(scan, graph, component, why);
    if (failed(planner.run())) {
      if (reason.empty())
        reason = why;
      continue;
    }
    plan.timeInvariant &= isTimeInvariant(scan, planner.term);
    plan.terms.push_back(std::move(planner.term));
  }
  if (!plan.terms.empty())
    return plan;
  if (reason.empty())
    reason = "no carry is updated by a transition";
  return failure();
}
