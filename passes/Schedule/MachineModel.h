//===- MachineModel.h - what the cost model knows of a machine --*- C++ -*-===//
#ifndef SEQC_PASSES_SCHEDULE_MACHINEMODEL_H
#define SEQC_PASSES_SCHEDULE_MACHINEMODEL_H

#include <cstdint>

namespace seqc {

/// Rates are for one thread. The defaults are those of a desktop core with
/// AVX2; `seqc calibrate` measures a machine, and every figure is an option of
/// seq-choose-schedule.
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
  double getBandwidth(double bytes) const {
    if (bytes <= l2Bytes)
      return l2GigabytesPerSecond;
    return bytes <= l3Bytes ? l3GigabytesPerSecond : memoryGigabytesPerSecond;
  }
};

} // namespace seqc

#endif // SEQC_PASSES_SCHEDULE_MACHINEMODEL_H
