//===- CarryGraph.cpp - how the carries of a scan depend on each other ----===//

#include "passes/Support/CarryGraph.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace seqc;

CarryGraph::CarryGraph(seq::ScanOp scan)
    : scan(scan), count(scan.getCarries().size()) {
  propagate();
  findComponents();
  for (CarryComponent &component : components)
    classify(component);
  assignLevels();
}

//===----------------------------------------------------------------------===//
// Dependences
//===----------------------------------------------------------------------===//

BitVector CarryGraph::getCarriesOf(Value value) const {
  auto it = dependences.find(value);
  return it == dependences.end() ? BitVector(count) : it->second;
}

BitVector CarryGraph::getCarriesOf(Operation *op) const {
  BitVector carries(count);
  op->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands())
      carries |= getCarriesOf(operand);
  });
  return carries;
}

/// Walks the body once: its block is in SSA order.
void CarryGraph::propagate() {
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments())) {
    BitVector self(count);
    self.set(i);
    dependences[argument] = self;
  }
  for (Operation &op : *scan.getBodyBlock()) {
    BitVector carries = getCarriesOf(&op);
    if (carries.any())
      for (Value result : op.getResults())
        dependences[result] = carries;
  }
}

//===----------------------------------------------------------------------===//
// Components
//===----------------------------------------------------------------------===//

/// Scans have a handful of carries, so the transitive closure is computed
/// outright; what a carry reaches also orders the components.
void CarryGraph::findComponents() {
  SmallVector<BitVector> reaches;
  for (Value yielded : scan.getYield().getCarries())
    reaches.push_back(getCarriesOf(yielded));
  for (unsigned via = 0; via < count; ++via)
    for (unsigned from = 0; from < count; ++from)
      if (reaches[from].test(via))
        reaches[from] |= reaches[via];
  for (unsigned i = 0; i < count; ++i)
    reaches[i].set(i);

  BitVector placed(count);
  for (unsigned i = 0; i < count; ++i) {
    if (placed.test(i))
      continue;
    CarryComponent &component = components.emplace_back();
    for (unsigned j = i; j < count; ++j)
      if (reaches[i].test(j) && reaches[j].test(i)) {
        component.carries.push_back(j);
        placed.set(j);
      }
  }
  // A component reaches strictly more than those it depends on.
  auto key = [&](const CarryComponent &component) {
    unsigned first = component.carries[0];
    return std::pair(reaches[first].count(), first);
  };
  llvm::sort(components, [&](const CarryComponent &a, const CarryComponent &b) {
    return key(a) < key(b);
  });
}

/// Held carries are at level 0 and raise nobody: their value is known.
void CarryGraph::assignLevels() {
  SmallVector<const CarryComponent *> owner(count, nullptr);
  for (CarryComponent &component : components) {
    for (unsigned carry : component.carries)
      for (unsigned from :
           getCarriesOf(scan.getYield().getCarries()[carry]).set_bits())
        if (const CarryComponent *earlier = owner[from])
          component.level = std::max(component.level, earlier->level + 1);
    if (component.kind != CarryComponent::Kind::Held)
      for (unsigned carry : component.carries)
        owner[carry] = &component;
  }
}

//===----------------------------------------------------------------------===//
// Classification
//===----------------------------------------------------------------------===//

/// `%name` is lost after parsing, so an op is named by itself and its result.
static std::string describe(Operation *op) {
  std::string text = "'" + op->getName().getStringRef().str() + "'";
  if (op->getNumResults() > 0) {
    llvm::raw_string_ostream os(text);
    os << " to " << op->getResult(0).getType();
  }
  return text;
}

std::string seqc::nameCarries(ArrayRef<unsigned> carries) {
  std::string text = carries.size() == 1 ? "carry " : "carries ";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(carries, os);
  return text;
}

StringRef seqc::stringifyKind(CarryComponent::Kind kind) {
  switch (kind) {
  case CarryComponent::Kind::Held:
    return "held";
  case CarryComponent::Kind::Associative:
    return "associative";
  case CarryComponent::Kind::Opaque:
    return "opaque";
  }
  llvm_unreachable("every kind has a name");
}

void CarryGraph::classify(CarryComponent &component) {
  auto yielded = scan.getYield().getCarries();
  auto arguments = scan.getCarryArguments();
  unsigned first = component.carries[0];
  if (component.carries.size() == 1 && yielded[first] == arguments[first]) {
    component.kind = CarryComponent::Kind::Held;
    component.reason = nameCarries(component.carries) + " never changes";
    return;
  }
  if (classifyTransition(component)) {
    component.kind = CarryComponent::Kind::Associative;
    return;
  }
  component.transition = nullptr;
  if (component.reason.empty())
    component.reason = explainOpaque(component);
}

/// Looks for the one transition that updates all of `component`. Fills in the
/// proof, or the reason where a transition comes close.
bool CarryGraph::classifyTransition(CarryComponent &component) {
  auto yielded = scan.getYield().getCarries();
  auto arguments = scan.getCarryArguments();
  Operation *op = yielded[component.carries[0]].getDefiningOp();
  auto transition = dyn_cast_or_null<seq::TransitionOpInterface>(op);
  if (!transition || op->getNumResults() != component.carries.size())
    return false;
  SmallVector<OpOperand *> states = transition.getStateOperands();
  if (states.size() != component.carries.size())
    return false;
  // Results and state operands correspond; put the carries in their order.
  SmallVector<unsigned> ordered;
  for (auto [result, state] : llvm::zip(op->getResults(), states)) {
    auto *carry = llvm::find_if(
        component.carries, [&, result = result, state = state](unsigned c) {
          return yielded[c] == result && arguments[c] == state->get();
        });
    if (carry == component.carries.end())
      return false;
    ordered.push_back(*carry);
  }
  StringRef name = op->getName().getStringRef();
  for (OpOperand *element : transition.getElementOperands()) {
    BitVector carries = getCarriesOf(element->get());
    for (unsigned carry : component.carries)
      if (carries.test(carry)) {
        component.reason =
            "carry " + std::to_string(carry) + " feeds operand " +
            std::to_string(element->getOperandNumber()) + " of '" + name.str() +
            "', part of the transition's element";
        return false;
      }
  }
  std::string refusal;
  if (failed(transition.isAssociative(refusal))) {
    component.reason = "'" + name.str() + "': " + refusal;
    return false;
  }
  component.carries = ordered;
  component.transition = transition;
  component.reason = nameCarries(component.carries) + " updated by '" +
                     name.str() + "' alone, whose other operands do not " +
                     "depend on " + (ordered.size() == 1 ? "it" : "them");
  return true;
}

/// Names the first op, in the order of the body, through which the component
/// depends on itself and that is no transition.
std::string CarryGraph::explainOpaque(const CarryComponent &component) {
  BitVector own(count);
  for (unsigned carry : component.carries)
    own.set(carry);
  // Ops that lead to the component's new values.
  llvm::SmallPtrSet<Operation *, 16> leading;
  for (unsigned carry : component.carries)
    if (Operation *op = scan.getYield().getCarries()[carry].getDefiningOp())
      leading.insert(op);
  Block *body = scan.getBodyBlock();
  for (Operation &op : llvm::reverse(*body))
    if (leading.contains(&op))
      op.walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (Operation *def = operand.getDefiningOp();
              def && def->getBlock() == body)
            leading.insert(def);
      });
  for (Operation &op : *body) {
    BitVector carries = getCarriesOf(&op);
    carries &= own;
    if (!leading.contains(&op) || carries.none() ||
        isa<seq::TransitionOpInterface>(op))
      continue;
    return "carry " + std::to_string(carries.find_first()) + " is read by " +
           describe(&op) + ", not by a transition";
  }
  unsigned carry = component.carries[0];
  if (Operation *op = scan.getYield().getCarries()[carry].getDefiningOp();
      op && getCarriesOf(op).anyCommon(own))
    return nameCarries(component.carries) + " updated by " + describe(op) +
           " together with other values";
  return "carry " + std::to_string(carry) +
         " is replaced at every step, not updated by a transition";
}

const CarryComponent *CarryGraph::findOpaque() const {
  for (const CarryComponent &component : components)
    if (component.kind == CarryComponent::Kind::Opaque)
      return &component;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Tier and causality
//===----------------------------------------------------------------------===//

static Operation *findSecondTierOp(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (auto timeBlock = dyn_cast<seq::TimeBlockOp>(op)) {
      if (Operation *found = findSecondTierOp(timeBlock.getBody().front()))
        return found;
      continue;
    }
    // A composite transition stands for ops of the first tier.
    if (!seq::getBodySemantics(&op) && !seq::isComposite(&op))
      return &op;
  }
  return nullptr;
}

Operation *seqc::findSecondTierOp(seq::ScanOp scan) {
  return ::findSecondTierOp(*scan.getBodyBlock());
}

LogicalResult seqc::isCausal(seq::ScanOp scan, std::string &reason) {
  if (!scan.getReverse())
    return success();
  reason = "the scan is reversed: step t needs every later step first";
  return failure();
}
