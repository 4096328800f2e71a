//===- LowerParallel.cpp - guarded alternatives become branches -----------===//
//
// A scan's alternatives become branches, and the forms that split time become
// scans of the others (SplitScan.h, ChunkScan.h).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Lower/ChunkScan.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/SplitScan.h"
#include "passes/Lower/TimeLanes.h"
#include "passes/Passes.h"
#include "passes/Schedule/Legality.h"

namespace seqc {
#define GEN_PASS_DEF_LOWERPARALLEL
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// Steps in a chunk where the schedule leaves the choice.
static constexpr int64_t defaultChunk = 128;

/// The forms that split time.
static bool splitsTime(seq::Form form) {
  return form == seq::Form::Parallel || form == seq::Form::Chunked ||
         form == seq::Form::Convolution;
}

/// Carries that never change become inputs, so that nothing has to compose
/// them; their results are what came in.
static seq::ScanOp dropHeldCarries(seq::ScanOp scan) {
  CarryGraph graph(scan);
  llvm::BitVector held(scan.getCarries().size());
  for (const CarryComponent &component : graph.getComponents())
    if (component.kind == CarryComponent::Kind::Held)
      held.set(component.carries[0]);
  if (held.none())
    return scan;
  seq::ScanOperands operands = scan.getScanOperands();
  SmallVector<seq::ScanOperands::Slot> carries = operands.carries;
  SmallVector<Value> arguments(scan.getInputArguments()), kept, yielded;
  operands.carries.clear();
  for (auto [i, slot] : llvm::enumerate(carries)) {
    if (held.test(i)) {
      operands.inputs.push_back({slot.value, slot.index});
      arguments.push_back(scan.getCarryArguments()[i]);
      continue;
    }
    operands.carries.push_back(slot);
    kept.push_back(scan.getCarryArguments()[i]);
    yielded.push_back(scan.getYield().getCarries()[i]);
  }
  OpBuilder b(scan);
  auto fresh = seq::ScanOp::create(
      b, scan.getLoc(), operands,
      [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(scan.getDomainArguments(), body.domain);
        mapping.map(Value(scan.getTimeArgument()), body.time);
        mapping.map(ValueRange(arguments), body.inputs);
        mapping.map(ValueRange(kept), body.carries);
        for (Operation &op : scan.getBodyBlock()->without_terminator())
          nested.clone(op, mapping);
        auto look = [&](Value value) { return mapping.lookupOrDefault(value); };
        seq::YieldOp::create(
            nested, loc,
            llvm::to_vector(llvm::map_range(scan.getYield().getOuts(), look)),
            llvm::to_vector(llvm::map_range(yielded, look)));
      });
  unsigned next = 0, outs = scan.getOuts().size();
  for (auto [i, result] : llvm::enumerate(scan->getResults())) {
    bool isHeld = i >= outs && i - outs < held.size() && held.test(i - outs);
    result.replaceAllUsesWith(isHeld ? carries[i - outs].value
                                     : Value(fresh->getResult(next++)));
  }
  scan.erase();
  return fresh;
}

/// `scan` in one `form`.
static SmallVector<Value> emitSingle(OpBuilder &b, seq::ScanOp scan,
                                     seq::Form form, int64_t chunk,
                                     int64_t block) {
  auto single = cast<seq::ScanOp>(b.clone(*scan));
  single.setScheduleAttr(b.getArrayAttr(Attribute(seq::AlternativeAttr::get(
      b.getContext(), form, /*min_time=*/0, chunk, block, /*fan=*/0))));
  return llvm::to_vector(ValueRange(single.getResults()));
}

/// The parallel form. One chunk is nothing to split: lanes may share its steps,
/// else they follow each other.
static SmallVector<Value> emitParallel(OpBuilder &b, seq::ScanOp scan,
                                       SplitSizes sizes) {
  std::optional<int64_t> steps = getConstantIntValue(scan.getTime());
  bool whole = sizes.chunk >= wholeTime || (steps && *steps <= sizes.chunk);
  if (whole && canShareSteps(scan, CarryGraph(scan), sizes.lanes))
    return emitSingle(b, scan, seq::Form::Parallel, wholeTime, sizes.block);
  std::string reason;
  if (sizes.chunk >= wholeTime && canLowerRecurrent(scan, reason))
    return emitSingle(b, scan, seq::Form::Recurrent, /*chunk=*/0, sizes.block);
  return splitScan(b, scan, sizes);
}

/// `scan` with `alternative` alone, or what replaces its parallel form.
static SmallVector<Value> emitAlternative(OpBuilder &b, seq::ScanOp scan,
                                          seq::AlternativeAttr alternative,
                                          int64_t lanes) {
  int64_t chunk = alternative.getChunk();
  if (alternative.getForm() == seq::Form::Parallel)
    return emitParallel(b, scan,
                        {chunk ? chunk : defaultChunk, alternative.getBlock(),
                         alternative.getFan(), lanes});
  if (splitsTime(alternative.getForm()))
    return chunkScan(b, scan, chunk ? chunk : stepsInChunk);
  return emitSingle(b, scan, alternative.getForm(), chunk,
                    alternative.getBlock());
}

/// The alternatives from the first on, behind their guards.
static SmallVector<Value> emitAlternatives(OpBuilder &b, seq::ScanOp scan,
                                           ArrayRef<Attribute> alternatives,
                                           int64_t lanes) {
  auto first = cast<seq::AlternativeAttr>(alternatives.front());
  std::optional<int64_t> steps = getConstantIntValue(scan.getTime());
  if (first.getMinTime() == 0 || (steps && *steps >= first.getMinTime()))
    return emitAlternative(b, scan, first, lanes);
  if (steps)
    return emitAlternatives(b, scan, alternatives.drop_front(), lanes);
  Location loc = scan.getLoc();
  Value least = arith::ConstantIndexOp::create(b, loc, first.getMinTime());
  Value guard = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                      scan.getTime(), least);
  auto branch = scf::IfOp::create(
      b, loc, guard,
      [&](OpBuilder &nested, Location loc) {
        scf::YieldOp::create(nested, loc,
                             emitAlternative(nested, scan, first, lanes));
      },
      [&](OpBuilder &nested, Location loc) {
        scf::YieldOp::create(
            nested, loc,
            emitAlternatives(nested, scan, alternatives.drop_front(), lanes));
      });
  return llvm::to_vector(ValueRange(branch.getResults()));
}

/// Fails where a form that the schedule names is illegal; says whether any of
/// them splits time.
static FailureOr<bool> checkForms(seq::ScanOp scan) {
  bool splits = false;
  for (Attribute attr : scan.getScheduleAttr()) {
    auto alternative = cast<seq::AlternativeAttr>(attr);
    seq::Form form = alternative.getForm();
    if (!splitsTime(form))
      continue;
    if (alternative.getFan() && alternative.getChunk() >= wholeTime)
      return scan.emitOpError("required chunks under a tree of ")
             << alternative.getFan() << ", found one that is all of time";
    splits = true;
    Verdict verdict = judgeForm(scan, CarryGraph(scan), form);
    if (!verdict.legal)
      return scan.emitOpError("cannot take the ")
             << seq::stringifyForm(form) << " form: " << verdict.reason;
  }
  return splits;
}

namespace {
struct LowerParallel : public seqc::impl::LowerParallelBase<LowerParallel> {
  using LowerParallelBase::LowerParallelBase;

  void runOnOperation() override {
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) {
      if (scan.getSchedule() && !scan.hasBufferSemantics())
        scans.push_back(scan);
    });
    for (seq::ScanOp scan : scans) {
      FailureOr<bool> splits = checkForms(scan);
      if (failed(splits))
        return signalPassFailure();
      if (!*splits && scan.getSchedule()->size() == 1)
        continue;
      if (*splits)
        scan = dropHeldCarries(scan);
      OpBuilder b(scan);
      SmallVector<Attribute> alternatives(scan.getScheduleAttr().getValue());
      scan->replaceAllUsesWith(emitAlternatives(b, scan, alternatives, lanes));
      scan.erase();
    }
  }
};
} // namespace
