//===- StepAnalysis.cpp - how one step depends on the one before ----------===//

#include "passes/Sequence/StepAnalysis.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Support/ViewElements.h"

using namespace mlir;
using namespace seqc;

llvm::SetVector<Value> seqc::getReads(Operation *op) {
  llvm::SetVector<Value> reads;
  reads.insert(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), reads);
  return reads;
}

StepAnalysis::StepAnalysis(func::FuncOp step, const ModelInfo &info)
    : step(step), info(info) {
  findVarying();
  findTimeScans();
  // A scan that other ops on the way lead into steps with them.
  while (findCore())
    ;
  Operation *end = step.getBody().front().getTerminator();
  for (const TensorInfo &output : info.outputs)
    needRows(end->getOperand(output.index));
  if (!core.empty() || !coreStates.empty())
    needCoreReads();
  for (unsigned state = 0; state < info.states.size(); ++state)
    if (!isCoreState(state))
      needLast(getUpdate(state));
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

std::optional<unsigned> StepAnalysis::getState(Value value) const {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &step.getBody().front())
    return std::nullopt;
  for (auto [i, state] : llvm::enumerate(info.states))
    if (state.index == argument.getArgNumber())
      return i;
  return std::nullopt;
}

BlockArgument StepAnalysis::getArgument(unsigned state) const {
  return step.getArgument(info.states[state].index);
}

Value StepAnalysis::getUpdate(unsigned state) const {
  Operation *end = step.getBody().front().getTerminator();
  return end->getOperand(info.states[state].resultIndex);
}

void StepAnalysis::findVarying() {
  for (BlockArgument argument : step.getArguments())
    varying.insert(argument);
  for (Operation &op : step.getBody().front()) {
    if (isa<tensor::DimOp>(op))
      continue;
    if (llvm::any_of(getReads(&op),
                     [&](Value value) { return varying.contains(value); }))
      varying.insert(op.result_begin(), op.result_end());
  }
}

//===----------------------------------------------------------------------===//
// Scans over time
//===----------------------------------------------------------------------===//

/// Whether every carry begins with what the same carry ended with a step
/// before: followed through the states it is the scan's own result.
bool StepAnalysis::carriesOver(seq::ScanOp scan) {
  if (!scan.getHistories().empty() || scan.hasLengths() ||
      getConstantIntValue(scan.getTime()) != 1 ||
      llvm::none_of(scan.getResults(),
                    [&](Value result) { return isVarying(result); }))
    return false;
  for (unsigned i = 0; i < scan.getOuts().size(); ++i) {
    seq::IndexList index = scan.getOutIndex(i);
    if (index[seq::findTime(index)].every != 1)
      return false;
  }
  // What the body reads from around it is to be the same at all steps.
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(scan->getRegions(), captured);
  if (llvm::any_of(captured, [&](Value read) { return isVarying(read); }))
    return false;
  auto followState = [&](Value value) -> Value {
    std::optional<unsigned> state = getState(value);
    return state ? getUpdate(*state) : Value();
  };
  unsigned first = scan.getOuts().size();
  for (auto [i, carry] : llvm::enumerate(scan.getCarries()))
    if (!isSameThroughViews(carry, scan->getResult(first + i), followState))
      return false;
  return true;
}

void StepAnalysis::findTimeScans() {
  for (auto scan : step.getBody().front().getOps<seq::ScanOp>())
    if (carriesOver(scan))
      timeScans.insert(scan);
}

std::optional<unsigned> StepAnalysis::getCarry(Value value) const {
  auto scan = value.getDefiningOp<seq::ScanOp>();
  if (!scan || !timeScans.contains(scan))
    return std::nullopt;
  unsigned number = cast<OpResult>(value).getResultNumber();
  if (number < scan.getOuts().size())
    return std::nullopt;
  return number - scan.getOuts().size();
}

/// What `op` reads, but for the states of a scan over time.
static llvm::SetVector<Value> getReadsOfStep(Operation *op, bool isTimeScan) {
  if (!isTimeScan)
    return getReads(op);
  auto scan = cast<seq::ScanOp>(op);
  llvm::SetVector<Value> reads;
  reads.insert(scan.getInputs().begin(), scan.getInputs().end());
  getUsedValuesDefinedAbove(op->getRegions(), reads);
  return reads;
}

//===----------------------------------------------------------------------===//
// The core
//===----------------------------------------------------------------------===//

/// The states that the rows of `value` follow from.
llvm::BitVector StepAnalysis::findStatesBehind(Value value) {
  llvm::BitVector states(info.states.size());
  llvm::DenseSet<Value> visited;
  SmallVector<Value> worklist = {value};
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!varying.contains(next) || !visited.insert(next).second)
      continue;
    if (std::optional<unsigned> state = getState(next)) {
      states.set(*state);
      worklist.push_back(getUpdate(*state));
    } else if (Operation *op = next.getDefiningOp()) {
      llvm::append_range(worklist, getReadsOfStep(op, isTimeScan(op)));
    }
  }
  return states;
}

/// The ops on a way from one of the core's states to another's update.
void StepAnalysis::findCoreOps() {
  llvm::DenseSet<Value> behind, ahead;
  for (unsigned state : coreStates)
    ahead.insert(getArgument(state));
  SmallVector<Operation *> reached;
  for (Operation &op : step.getBody().front().without_terminator())
    if (!isa<tensor::DimOp>(op) &&
        llvm::any_of(getReads(&op),
                     [&](Value value) { return ahead.contains(value); })) {
      ahead.insert(op.result_begin(), op.result_end());
      reached.push_back(&op);
    }
  for (unsigned state : coreStates)
    behind.insert(getUpdate(state));
  llvm::DenseSet<Operation *> members;
  for (Operation *op : llvm::reverse(reached))
    if (llvm::any_of(op->getResults(),
                     [&](Value value) { return behind.contains(value); })) {
      members.insert(op);
      behind.insert_range(getReads(op));
    }
  for (Operation *op : reached)
    if (members.contains(op))
      core.insert(op);
}

/// True where a scan had to join and the search must be made again.
bool StepAnalysis::findCore() {
  core.clear();
  coreStates.clear();
  for (unsigned state = 0; state < info.states.size(); ++state)
    if (findStatesBehind(getUpdate(state)).test(state))
      coreStates.insert(state);
  if (coreStates.empty())
    return false;
  findCoreOps();
  bool joined = false;
  for (Operation *op : core)
    joined |= timeScans.erase(op);
  return joined;
}

//===----------------------------------------------------------------------===//
// What is needed after every step
//===----------------------------------------------------------------------===//

SmallVector<Value> StepAnalysis::getCoreReads() const {
  llvm::SetVector<Value> all;
  for (Operation *op : core)
    all.insert_range(getReads(op));
  for (unsigned state : coreStates)
    all.insert(getUpdate(state));
  SmallVector<Value> reads;
  for (Value read : all) {
    std::optional<unsigned> state = getState(read);
    bool own = state ? isCoreState(*state)
                     : read.getDefiningOp() && isCore(read.getDefiningOp());
    // What an op defines within itself is not read.
    if (!own && read.getParentBlock() == &step.getBody().front())
      reads.push_back(read);
  }
  return reads;
}

void StepAnalysis::needCoreReads() {
  for (Value read : getCoreReads())
    needRows(read);
}

void StepAnalysis::needRows(Value value) {
  SmallVector<Value> worklist = {value};
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!isVarying(next) || !seen.insert(next).second)
      continue;
    std::optional<unsigned> state = getState(next);
    Operation *op = next.getDefiningOp();
    if (state && !isCoreState(*state)) {
      worklist.push_back(getUpdate(*state));
      continue;
    }
    if (state || (op && isCore(op))) {
      coreRows.insert(next);
      continue;
    }
    if (!op)
      continue;
    if (getCarry(next))
      carryRows.insert(next);
    llvm::append_range(worklist, getReadsOfStep(op, isTimeScan(op)));
  }
}

void StepAnalysis::needLast(Value value) {
  if (!isVarying(value))
    return;
  Operation *op = value.getDefiningOp();
  if (op && isTimeScan(op) && getCarry(value)) {
    for (Value read : getReadsOfStep(op, true))
      needRows(read);
    return;
  }
  if (op && !isCore(op) && isViewOp(op)) {
    for (Value source : getViewSources(op))
      needLast(source);
    return;
  }
  needRows(value);
}
