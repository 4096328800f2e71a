//===- Legality.h - which forms a scan may take, with the proof -*- C++ -*-===//
#ifndef SEQC_PASSES_SCHEDULE_LEGALITY_H
#define SEQC_PASSES_SCHEDULE_LEGALITY_H

#include "passes/Support/CarryGraph.h"

namespace seqc {

/// Whether a scan may take a form.
struct Verdict {
  seq::Form form;
  bool legal;
  /// The proof, or what forbids it.
  std::string reason;
};

/// The verdict on `form`, from the IR alone.
Verdict judgeForm(seq::ScanOp scan, const CarryGraph &graph, seq::Form form);

/// The verdicts on every form.
llvm::SmallVector<Verdict> judgeForms(seq::ScanOp scan,
                                      const CarryGraph &graph);

/// How `alternative` splits time, for people: " in chunks of 128 under a tree
/// of 16"; nothing where it does not.
std::string describeChunks(seq::AlternativeAttr alternative);

} // namespace seqc

#endif // SEQC_PASSES_SCHEDULE_LEGALITY_H
