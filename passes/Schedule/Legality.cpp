//===- Legality.cpp - which forms a scan may take, with the proof ---------===//

#include "passes/Schedule/Legality.h"
#include "passes/Lower/RecurrentPlan.h"

using namespace mlir;
using namespace seqc;

/// Splitting time cuts every operand's time dimension in two.
static LogicalResult canSplitTime(seq::ScanOp scan, std::string &reason) {
  for (auto [i, history] : llvm::enumerate(scan.getInputHistory()))
    if (history >= 0) {
      reason = "input " + std::to_string(i) +
               " reads earlier steps, which a chunk does not hold";
      return failure();
    }
  for (unsigned i = 0; i < scan.getOuts().size(); ++i) {
    seq::IndexList list = scan.getOutIndex(i);
    if (list[seq::findTime(list)].every != 1) {
      reason = "out " + std::to_string(i) +
               " is written every few steps, which chunks need not divide";
      return failure();
    }
  }
  return success();
}

static Verdict judgeRecurrent(seq::ScanOp scan) {
  if (Operation *op = findSecondTierOp(scan))
    return {seq::Form::Recurrent, false,
            "'" + op->getName().getStringRef().str() +
                "' is of the second tier, which has no vector form"};
  std::string reason;
  if (!canLowerRecurrent(scan, reason))
    return {seq::Form::Recurrent, false, reason};
  return {seq::Form::Recurrent, true,
          "step after step; every op of the body is of the first tier"};
}

static Verdict judgeParallel(seq::ScanOp scan, const CarryGraph &graph) {
  auto illegal = [](std::string reason) {
    return Verdict{seq::Form::Parallel, false, std::move(reason)};
  };
  if (const CarryComponent *opaque = graph.findOpaque())
    return illegal(opaque->reason);
  if (Operation *op = findSecondTierOp(scan))
    return illegal("'" + op->getName().getStringRef().str() +
                   "' is of the second tier, which runs step after step");
  std::string reason;
  if (failed(canSplitTime(scan, reason)))
    return illegal(reason);
  if (graph.getComponents().empty())
    return {seq::Form::Parallel, true,
            "no carry: every step is independent of the others"};
  llvm::raw_string_ostream os(reason);
  llvm::interleave(
      graph.getComponents(), os,
      [&](const CarryComponent &component) { os << component.reason; }, "; ");
  return {seq::Form::Parallel, true, reason};
}

Verdict seqc::judgeForm(seq::ScanOp scan, const CarryGraph &graph,
                        seq::Form form) {
  switch (form) {
  case seq::Form::Naive:
    return {form, true, "step after step, in plain loops: takes every body"};
  case seq::Form::Recurrent:
    return judgeRecurrent(scan);
  case seq::Form::Parallel:
    return judgeParallel(scan, graph);
  }
  llvm_unreachable("every form is judged");
}

SmallVector<Verdict> seqc::judgeForms(seq::ScanOp scan,
                                      const CarryGraph &graph) {
  SmallVector<Verdict> verdicts;
  for (seq::Form form :
       {seq::Form::Naive, seq::Form::Recurrent, seq::Form::Parallel})
    verdicts.push_back(judgeForm(scan, graph, form));
  return verdicts;
}
