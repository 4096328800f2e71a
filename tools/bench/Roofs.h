//===- Roofs.h - what this machine can do at most -------------------------===//
//
// The limits that a row is held against, measured beside it in the same run,
// and the work of a row from which its shortest possible time follows.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_ROOFS_H
#define SEQC_TOOLS_BENCH_ROOFS_H

#include "tools/bench/Pool.h"
#include "tools/bench/Support.h"

#include <string>

namespace seqc::bench {

struct RoofKernels;

/// Whether there are loops for this CPU.
bool hasRoofKernels();

/// The loops for the widest vectors that this CPU has.
const RoofKernels &bestKernels();

/// Cache sizes in bytes: L2 of one core, L3 of all.
struct Caches {
  double l2, l3;
  static Caches detect();
};

/// Rates with all threads of a pool at work, each the best that was seen.
struct Roofs {
  double flops = 0; // f32 multiply-adds, counted as two, per second
  double l2 = 0;    // bytes read per second
  double l3 = 0;    // bytes read per second
  double dram = 0;  // bytes read per second
  double copy = 0;  // bytes read and written past the caches per second
  double exps = 0;  // exponentials of f32 per second
  void raiseTo(const Roofs &other);
};

/// What a row must do at least, whoever does it.
struct Work {
  double flops = 0;
  double exps = 0;
  double residentBytes = 0; // read again in every pass, split among the threads
  double passes = 0;
  double streamedBytes = 0; // inputs and outputs, touched once in a run
  double copiedBytes = 0;   // the same, where as many are read as are written
};

struct Limit {
  double seconds = 0;
  std::string what;
};

class RoofMeter {
public:
  /// Reads from memory walk a buffer that is larger than the caches, within
  /// `mostBytes`.
  explicit RoofMeter(double mostBytes = 1024.0 * 1024 * 1024);
  Roofs measure(Pool &pool);
  const char *instructionSet() const;
  const Caches &caches() const { return sizes; }

private:
  double rate(Pool &pool, double perCall, const std::function<void(int)> &call);

  const RoofKernels &kernels;
  Caches sizes;
  Floats memory; // larger than the caches; every loop takes its part
};

/// The shortest time for `work` on `threads` threads: the largest of what each
/// resource alone would need.
Limit limitOf(const Work &work, const Roofs &roofs, const Caches &caches,
              int threads);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ROOFS_H
