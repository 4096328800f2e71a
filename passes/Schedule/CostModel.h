//===- CostModel.h - what a form of a scan should cost ----------*- C++ -*-===//
//
// A first model: per step it counts arithmetic, transcendentals, bytes and the
// longest dependent chain through the carries, and takes the largest of the
// times that they need. Extents that are not known count as one.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SCHEDULE_COSTMODEL_H
#define SEQC_PASSES_SCHEDULE_COSTMODEL_H

#include "passes/Schedule/MachineModel.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {

/// What one step of every domain point together needs.
struct StepWork {
  double flops = 0;
  double exps = 0;
  double streamBytes = 0;    ///< Indexed by time: read or written once.
  double invariantBytes = 0; ///< Read again at every step.
  double chain = 0;          ///< Dependent multiply-adds through the carries.
  double points = 1;         ///< Domain points.
  double width = 1;          ///< Elements side by side for vector lanes.
  bool mixes = false;        ///< A contraction reads a carry.

  StepWork &operator+=(const StepWork &other);
};

/// The work of the whole body.
StepWork countStep(seq::ScanOp scan, const CarryGraph &graph);

/// The work of folding one step into the summaries: what the transitions'
/// elements need, and the transitions.
StepWork countSummaryStep(seq::ScanOp scan, const CarryGraph &graph);

/// Predicted time of one form.
class CostModel {
public:
  CostModel(seq::ScanOp scan, const CarryGraph &graph,
            const MachineModel &machine);

  /// Microseconds for `steps` steps; `chunk` is for the forms that split time,
  /// `fan` for the parallel one.
  double predict(seq::Form form, double steps, int64_t chunk,
                 int64_t fan = 0) const;
  /// The chunk that makes `steps` steps cheapest.
  int64_t chooseChunk(double steps) const;
  /// The children of a node of the tree over the chunks; 0: no tree.
  int64_t chooseFan(double steps, int64_t chunk) const;

  const StepWork &getStep() const { return step; }
  /// Whether lanes can share the steps.
  bool sharesSteps() const { return shares; }

private:
  double sharedNs(double steps) const;
  double stepNs(const StepWork &work, double steps, double splits) const;
  double enteringNs(double steps, double chunks, int64_t fan) const;
  double chunksNs(double steps, int64_t chunk) const;

  seq::ScanOp scan;
  MachineModel machine;
  StepWork step, summary;
  bool hasCarries;
  bool shares;
  bool foldsInVectors; ///< Else summaries come from naive loops.
};

} // namespace seqc

#endif // SEQC_PASSES_SCHEDULE_COSTMODEL_H
