//===- TimeScans.cpp - how scans of a model depend on its time ------------===//

#include "passes/Sequence/TimeForms.h"

#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace seqc;

/// What a scan's body reads from around it is the same at every step.
LogicalResult TimeForms::checkBodyReads(seq::ScanOp op) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value read : captured) {
    if (get(read).hasAxis())
      return refuse(op, "reads all of time at every step");
    if (get(read).kind > TimeForm::Rows)
      return refuse(op, "reads a state beside the steps of a sequence");
    if (odd.contains(read) || extents.contains(read))
      return refuse(op, "computes with the number of steps");
  }
  return success();
}

/// Finds how early the scan's inputs are known; `getLead` says it of one with
/// steps, or refuses that.
LogicalResult TimeForms::visitInputs(
    seq::ScanOp op, Loop &found,
    function_ref<FailureOr<int64_t>(const TimeForm &, const seq::IndexEntry &)>
        getLead) {
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    TimeForm form = get(input);
    if (form.kind > TimeForm::Rows)
      return refuse(op, "reads a state beside the steps of a sequence");
    if (!form.hasAxis())
      continue;
    FailureOr<int64_t> lead = getLead(form, op.getInputIndex(i)[form.axis]);
    if (failed(lead))
      return failure();
    found.add(form, *lead, op);
  }
  return success();
}

LogicalResult TimeForms::visitTimeScan(seq::ScanOp op) {
  if (op.getReverse())
    return refuse(op, "runs backwards over time");
  if (op.hasLengths())
    return refuse(op, "reads the lengths of whole sequences");
  if (!op.getTimeArgument().use_empty())
    return refuse(op, "reads the number of the step");
  Loop found;
  auto getLead = [&](const TimeForm &form,
                     const seq::IndexEntry &entry) -> FailureOr<int64_t> {
    if (entry.kind != seq::IndexEntry::Time)
      return refuse(op, "reads all of time at every step");
    if (form.lead < 0)
      return refuseLater(form.reader, form.lead);
    if (form.extra != 0)
      return refuse(op, "scans more than the steps");
    return form.lead;
  };
  if (failed(visitInputs(op, found, getLead)))
    return failure();
  for (auto [i, out] : llvm::enumerate(op.getOuts())) {
    seq::IndexList index = op.getOutIndex(i);
    if (index[seq::findTime(index)].every != 1)
      return refuse(op, "has no result at every step");
    found.rows.axis = seq::findTime(index);
    forms[op->getResult(i)] = found.rows;
  }
  SmallVector<Value> starts(op.getCarries());
  llvm::append_range(starts, op.getHistories());
  for (auto [i, start] : llvm::enumerate(starts)) {
    TimeForm form = get(start);
    if (form.kind != TimeForm::Invariant && form.kind != TimeForm::First)
      return refuse(op, "begins with what a sequence ends with");
    forms[op->getResult(op.getOuts().size() + i)].kind = TimeForm::Last;
  }
  if (!starts.empty())
    scans.push_back(op);
  return success();
}

/// A scan whose domain has time as `symbol`: every step has one of its own.
LogicalResult TimeForms::visitRowScan(seq::ScanOp op, int64_t symbol) {
  if (!op.getDomainArguments()[symbol].use_empty())
    return refuse(op, "reads the number of the step");
  if (!op.getHistories().empty() || op.hasLengths())
    return refuse(op, "has histories or lengths of its own at every step");
  Loop found;
  auto getLead = [&](const TimeForm &form,
                     const seq::IndexEntry &entry) -> FailureOr<int64_t> {
    bool window = entry.kind == seq::IndexEntry::Window;
    if ((!window && entry.kind != seq::IndexEntry::Domain) ||
        entry.symbol != symbol)
      return refuse(op, "combines different steps");
    if (window && entry.stride != 1)
      return refuse(op, "takes " + Twine(entry.stride) + " steps at a time");
    return form.lead - (window ? entry.size - 1 : 0);
  };
  if (failed(visitInputs(op, found, getLead)))
    return failure();
  // What carries begin with is read, too.
  for (Value carry : op.getCarries())
    if (TimeForm form = get(carry); form.kind == TimeForm::Rows)
      found.add(form, form.lead, op);
  unsigned next = 0;
  auto add = [&](Value init, const seq::IndexList &index) {
    TimeForm form = found.rows;
    form.axis = seq::findDomain(index, symbol);
    form.extra = get(init).extra;
    forms[op->getResult(next++)] = form;
    return form.axis >= 0 && get(init).hasAxis() && get(init).axis == form.axis;
  };
  for (auto [i, out] : llvm::enumerate(op.getOuts()))
    if (!add(out, op.getOutIndex(i)))
      return refuse(op, "has a result of other steps");
  for (auto [i, carry] : llvm::enumerate(op.getCarries()))
    if (!add(carry, op.getCarryIndex(i)))
      return refuse(op, "has a carry of other steps");
  return success();
}

LogicalResult TimeForms::visitScan(seq::ScanOp op) {
  int64_t symbol = -1;
  for (auto [i, extent] : llvm::enumerate(op.getDomain())) {
    if (odd.contains(extent))
      return refuse(op, "merges or divides time");
    if (!getOffset(extent))
      continue;
    if (symbol >= 0)
      return refuse(op, "combines different steps");
    symbol = i;
  }
  std::optional<int64_t> offset = getOffset(op.getTime());
  if (odd.contains(op.getTime()) || (offset && (*offset || symbol >= 0)))
    return refuse(op, "scans more than the steps");
  if (!offset && symbol < 0)
    return visitOther(op);
  if (failed(checkNumbers(op)) || failed(checkBodyReads(op)))
    return failure();
  return offset ? visitTimeScan(op) : visitRowScan(op, symbol);
}
