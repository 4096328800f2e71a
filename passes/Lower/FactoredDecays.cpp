//===- FactoredDecays.cpp - decays that a state need not see --------------===//

#include "passes/Lower/FactoredDecays.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Support/ScanInputs.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

namespace {
class DecayFactoring {
public:
  DecayFactoring(ScanOp scan, const RecurrentPlan &plan)
      : scan(scan), plan(plan) {}

  bool find();
  FactoredScan build(OpBuilder &b);

private:
  /// A key or a row of the body, where it is read.
  struct Place {
    OpOperand *operand;
    unsigned input;
    ScaledInput::Role role;
  };

  bool findState(AffineOp op);
  bool isRowInput(Value value, bool wantsRow = true);
  bool addGain(Value gain);
  bool addReads(Value state, ScaledInput::Role role);
  bool addRead(OpOperand &use, ScaledInput::Role role);
  void add(OpOperand &operand, ScaledInput::Role role);
  bool pays();
  unsigned getSlot(FactoredScan &made, const Place &place);
  bool isReplaced(OpOperand &use, const FactoredScan &made);
  void scale(OpBuilder &b, const Place &place, Operation *copy, Value scaled,
             bool isRow, IRMapping &mapping);
  void cloneBody(OpBuilder &b, ScanBody body, const FactoredScan &made,
                 ArrayRef<unsigned> slots);

  ScanOp scan;
  const RecurrentPlan &plan;
  AffineOp update;
  unsigned carry = 0;
  SmallVector<Place> places;
};
} // namespace

/// What `value` is a view of.
static Value skipReshapes(Value value) {
  while (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
      value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

/// Whether every lane reads `value`, an input, alike: a number, or, if
/// `wantsRow`, one for each row of the state, beside each other in memory.
bool DecayFactoring::isRowInput(Value value, bool wantsRow) {
  int64_t input = getInputNumber(scan, value);
  if (input < 0 || !getElementTypeOrSelf(value.getType()).isF32() ||
      scan.getInputHistory()[input] >= 0 || scan.getInputLanes()[input] != 0)
    return false;
  IndexList list = scan.getInputIndex(input);
  if (findDomain(list, plan.laneSymbol) >= 0)
    return false;
  if (!wantsRow)
    return getBodyShape(value).empty();
  return plan.getRolledDim(value) == 0 && getBodyShape(value).size() == 1 &&
         list.back().kind == IndexEntry::All;
}

void DecayFactoring::add(OpOperand &operand, ScaledInput::Role role) {
  places.push_back(
      {&operand, unsigned(getInputNumber(scan, operand.get())), role});
}

/// A gain that is a sum of outer products of keys with what has no rows.
bool DecayFactoring::addGain(Value gain) {
  Operation *op = gain.getDefiningOp();
  if (!op || !gain.hasOneUse())
    return false;
  if (isa<arith::AddFOp>(op))
    return addGain(op->getOperand(0)) && addGain(op->getOperand(1));
  if (!isa<OuterOp>(op))
    return false;
  for (unsigned i : {0, 1})
    if (isRowInput(op->getOperand(i)) &&
        plan.getRolledDim(op->getOperand(1 - i)) < 0) {
      add(op->getOpOperand(i), ScaledInput::Key);
      return true;
    }
  return false;
}

/// A product of the state with a row over all its rows.
bool DecayFactoring::addRead(OpOperand &use, ScaledInput::Role role) {
  Operation *op = use.getOwner();
  auto matvec = dyn_cast<MatvecOp>(op);
  if (!isa<VecmatOp, DotOp>(op) &&
      !(matvec && matvec.getSemiring() == Semiring::PlusTimes))
    return false;
  OpOperand &row = op->getOpOperand(1 - use.getOperandNumber());
  bool isReduced = llvm::any_of(plan.rolledReductions, [&](const auto &found) {
    return found.first == op;
  });
  if (!isReduced || !isRowInput(row.get()))
    return false;
  add(row, role);
  return true;
}

/// Whether all that uses `state` are reads, its update, and the yield.
bool DecayFactoring::addReads(Value state, ScaledInput::Role role) {
  return llvm::all_of(state.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
      return addReads(user->getResult(0), role);
    if (user == update)
      return role == ScaledInput::Before && &use == &update.getStateMutable();
    if (isa<YieldOp>(user))
      return role == ScaledInput::After &&
             use.getOperandNumber() == scan.getOuts().size() + carry;
    return addRead(use, role);
  });
}

/// Whether `op` updates a state of the form that is asked for.
bool DecayFactoring::findState(AffineOp op) {
  places.clear();
  update = op;
  Value state = skipReshapes(op.getState());
  auto *found = llvm::find(scan.getCarryArguments(), state);
  if (found == scan.getCarryArguments().end() || op.getLogDecay() ||
      op.getFull() || op.getSemiring() != Semiring::PlusTimes ||
      plan.getRolledDim(state) < 0 || getBodyShape(state).size() != 1)
    return false;
  carry = found - scan.getCarryArguments().begin();
  IndexList list = scan.getCarryIndex(carry);
  return findDomain(list, plan.laneSymbol) >= 0 &&
         skipReshapes(scan.getYield().getCarries()[carry]) == op.getResult() &&
         isRowInput(op.getDecay(),
                    isa<RankedTensorType>(op.getDecay().getType())) &&
         addGain(op.getGain()) && addReads(state, ScaledInput::Before) &&
         addReads(op.getResult(), ScaledInput::After) && pays();
}

/// Scaling a step's keys and rows takes about as long as multiplying the state;
/// what it saves besides is the wait of the reads for that.
bool DecayFactoring::pays() {
  int64_t reads = llvm::count_if(places, [](const Place &place) {
    return place.role != ScaledInput::Key;
  });
  return reads >= (isa<RankedTensorType>(update.getDecay().getType()) ? 2 : 1);
}

bool DecayFactoring::find() {
  if (plan.kind != RecurrentPlan::Lanes::Domain || plan.laneSymbol < 0 ||
      plan.rolledExtent == 0 || scan.hasLengths() ||
      !scan.getHistories().empty())
    return false;
  return llvm::any_of(scan.getBodyBlock()->getOps<AffineOp>(),
                      [&](AffineOp op) { return findState(op); });
}

/// The number among the scaled inputs of what `place` reads.
unsigned DecayFactoring::getSlot(FactoredScan &made, const Place &place) {
  unsigned input = made.hasRowDecays ? place.input : made.decay;
  for (auto [i, scaled] : llvm::enumerate(made.scaled))
    if (scaled.input == input && scaled.role == place.role)
      return i;
  made.scaled.push_back({input, place.role, Value()});
  return made.scaled.size() - 1;
}

/// Whether the factored body lacks `use`, of an input.
bool DecayFactoring::isReplaced(OpOperand &use, const FactoredScan &made) {
  return &use == &update.getDecayMutable() ||
         (made.hasRowDecays && llvm::any_of(places, [&](const Place &place) {
            return place.operand == &use;
          }));
}

/// `value` times the number `factor`.
static Value multiply(OpBuilder &b, Value value, Value factor) {
  if (isa<RankedTensorType>(value.getType()))
    factor =
        tensor::SplatOp::create(b, value.getLoc(), factor, value.getType());
  return arith::MulFOp::create(b, value.getLoc(), value, factor);
}

/// Has `copy`, of the op at `place`, read what is scaled by `scaled`: a key or
/// row itself, or the number that scales them all, which is cheaper to apply to
/// what has no rows. `mapping` has the results of the copy.
void DecayFactoring::scale(OpBuilder &b, const Place &place, Operation *copy,
                           Value scaled, bool isRow, IRMapping &mapping) {
  unsigned number = place.operand->getOperandNumber();
  if (isRow)
    return copy->setOperand(number, scaled);
  if (place.role == ScaledInput::Key) {
    OpBuilder before(copy);
    Value column = copy->getOperand(1 - number);
    copy->setOperand(1 - number, multiply(before, column, scaled));
    return;
  }
  mapping.map(place.operand->getOwner()->getResult(0),
              multiply(b, copy->getResult(0), scaled));
}

/// The body without the decays; place by place, it reads the scaled inputs of
/// `slots`.
void DecayFactoring::cloneBody(OpBuilder &b, ScanBody body,
                               const FactoredScan &made,
                               ArrayRef<unsigned> slots) {
  IRMapping mapping;
  mapping.map(scan.getDomainArguments(), body.domain);
  mapping.map(Value(scan.getTimeArgument()), body.time);
  for (auto [input, argument] : llvm::zip(made.kept, body.inputs))
    mapping.map(Value(scan.getInputArguments()[input]), argument);
  mapping.map(scan.getCarryArguments(), body.carries);
  ValueRange scaled = body.inputs.drop_front(made.kept.size());
  for (Operation &op : *scan.getBodyBlock()) {
    if (&op == update) {
      Value sum = arith::AddFOp::create(b, op.getLoc(),
                                        mapping.lookup(update.getState()),
                                        mapping.lookup(update.getGain()));
      mapping.map(update.getResult(), sum);
      continue;
    }
    Operation *copy = b.clone(op, mapping);
    for (auto [place, slot] : llvm::zip(places, slots))
      if (place.operand->getOwner() == &op)
        scale(b, place, copy, scaled[slot], made.hasRowDecays, mapping);
  }
}

FactoredScan DecayFactoring::build(OpBuilder &b) {
  FactoredScan made;
  made.carry = carry;
  made.decay = getInputNumber(scan, update.getDecay());
  made.hasRowDecays = isa<RankedTensorType>(update.getDecay().getType());
  SmallVector<unsigned> slots;
  for (const Place &place : places)
    slots.push_back(getSlot(made, place));
  ScanOperands operands = scan.getScanOperands();
  SmallVector<ScanOperands::Input> inputs = std::move(operands.inputs);
  operands.inputs.clear();
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments()))
    if (!llvm::all_of(argument.getUses(),
                      [&](OpOperand &use) { return isReplaced(use, made); })) {
      made.kept.push_back(i);
      operands.inputs.push_back(inputs[i]);
    }
  for (const ScaledInput &scaled : made.scaled)
    operands.inputs.push_back(inputs[scaled.input]);
  made.scan = ScanOp::create(b, scan.getLoc(), operands,
                             [&](OpBuilder &nested, Location, ScanBody body) {
                               cloneBody(nested, body, made, slots);
                             });
  for (auto [i, scaled] : llvm::enumerate(made.scaled))
    scaled.argument = made.scan.getInputArguments()[made.kept.size() + i];
  return made;
}

std::optional<FactoredScan> seqc::factorDecays(OpBuilder &b, ScanOp scan,
                                               const RecurrentPlan &plan) {
  DecayFactoring factoring(scan, plan);
  if (!factoring.find())
    return std::nullopt;
  return factoring.build(b);
}
