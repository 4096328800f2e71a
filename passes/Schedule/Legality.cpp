//===- Legality.cpp - which forms a scan may take, with the proof ---------===//

#include "passes/Schedule/Legality.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/TimeLanes.h"
#include "passes/Schedule/ChunkTerms.h"

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

/// "carry 0 goes by products of keys and values, and carry 1 step after step".
static std::string explainChunks(const ChunkPlan &plan, unsigned carries) {
  SmallVector<unsigned> taken, left;
  for (const ChunkTerm &term : plan.terms)
    llvm::append_range(taken, term.component->carries);
  llvm::sort(taken);
  for (unsigned carry = 0; carry < carries; ++carry)
    if (!llvm::is_contained(taken, carry))
      left.push_back(carry);
  std::string proof = nameCarries(taken) +
                      ": columns apart, gains that are products of keys and "
                      "values, and reads that are products with rows";
  if (!left.empty())
    proof += "; " + nameCarries(left) + " step after step";
  return proof;
}

/// Chunked, or convolution, which asks for more.
static Verdict judgeChunks(seq::ScanOp scan, const CarryGraph &graph,
                           seq::Form form) {
  std::string reason;
  if (failed(canSplitTime(scan, reason)))
    return {form, false, reason};
  FailureOr<ChunkPlan> plan = planChunks(scan, graph, reason);
  if (failed(plan))
    return {form, false, reason};
  if (form == seq::Form::Convolution && !plan->isTimeInvariant())
    return {form, false,
            "decays, keys or rows change with time, or lengths end it"};
  return {form, true, explainChunks(*plan, scan.getCarries().size())};
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
  case seq::Form::Chunked:
  case seq::Form::Convolution:
    return judgeChunks(scan, graph, form);
  }
  llvm_unreachable("every form is judged");
}

SmallVector<Verdict> seqc::judgeForms(seq::ScanOp scan,
                                      const CarryGraph &graph) {
  SmallVector<Verdict> verdicts;
  for (seq::Form form :
       {seq::Form::Naive, seq::Form::Recurrent, seq::Form::Parallel,
        seq::Form::Chunked, seq::Form::Convolution})
    verdicts.push_back(judgeForm(scan, graph, form));
  return verdicts;
}

std::string seqc::describeChunks(seq::AlternativeAttr alternative) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (alternative.getChunk() >= wholeTime)
    os << " within vectors";
  else if (alternative.getChunk())
    os << " in chunks of " << alternative.getChunk();
  if (alternative.getFan())
    os << " under a tree of " << alternative.getFan();
  return text;
}
