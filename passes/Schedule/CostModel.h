//===- CostModel.h - what a form of a scan should cost ----------*- C++ -*-===//
//
// A first model: per step it counts arithmetic, transcendentals, bytes and the
// longest dependent chain through the carries, and takes the largest of the
// times that they need. Extents that are not known count as one.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SCHEDULE_COSTMODEL_H
#define SEQC_PASSES_SCHEDULE_COSTMODEL_H

#include "passes/Support/CarryGraph.h"

namespace seqc {

/// What the model knows of a machine; rates are for one thread. The defaults
/// are those of a desktop core with AVX2: `tools/bench` prints what a machine
/// really has, and every figure is an option of seq-choose-schedule.
struct MachineModel {
  int64_t threads = 1;
  int64_t lanes = 8;      ///< f32 elements in a vector register.
  double gigaflops = 100; ///< Multiply-adds count as two.
  double gigaexps = 3;    ///< Vector exponentials.
  double l2GigabytesPerSecond = 80;
  double l3GigabytesPerSecond = 25;
  double memoryGigabytesPerSecond = 12;
  double l2Bytes = 512 * 1024;
  double l3Bytes = 16 * 1024 * 1024;
  double latencyNs = 1.2; ///< One dependent multiply-add.
  double barrierNs = 300; ///< All threads meeting once.

  /// The bandwidth of the level that holds `bytes`.
  double getBandwidth(double bytes) const;
};

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

  /// Microseconds for `steps` steps; `chunk` is for the forms that split time.
  double predict(seq::Form form, double steps, int64_t chunk) const;
  /// The chunk that makes `steps` steps cheapest.
  int64_t chooseChunk(double steps) const;

  const StepWork &getStep() const { return step; }

private:
  double stepNs(const StepWork &work, double steps, double splits) const;
  double chunksNs(double steps, int64_t chunk) const;

  seq::ScanOp scan;
  MachineModel machine;
  StepWork step, summary;
  bool hasCarries;
  bool foldsInVectors; ///< Else summaries come from naive loops.
};

} // namespace seqc

#endif // SEQC_PASSES_SCHEDULE_COSTMODEL_H
