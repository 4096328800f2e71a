//===- Timing.h - contenders measured in interleaved rounds ---------------===//
//
// Every round times each contender once, in an order that rotates, so that
// drift of the machine touches all alike and ratios are formed within a round.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_TIMING_H
#define SEQC_TOOLS_BENCH_TIMING_H

#include <string>
#include <vector>

namespace seqc::bench {

struct View {
  const float *data;
  size_t size;
};

/// One way to compute a row.
class Contender {
public:
  virtual ~Contender() = default;
  virtual std::string name() const = 0;
  /// Computes the whole row once.
  virtual void run() = 0;
  /// What the last run wrote; the same tensors in the same order for every
  /// contender of a row.
  virtual std::vector<View> outputs() const = 0;
  /// What it may differ from the first one beyond the row's tolerance: it
  /// rounds its weights.
  virtual double rounding() const { return 0; }
  /// Whether it is the compiled model, too, but compiled otherwise: it says how
  /// many times as fast as that it is.
  virtual bool isVariant() const { return false; }
  /// Whether it computes the row; else it only moves as many bytes, a mark.
  virtual bool computes() const { return true; }
  /// What every step of one more run took; none where a run is no stream.
  virtual std::vector<double> stepSeconds() { return {}; }
};

/// Waits until no thread of this process is busy: the pools of some libraries
/// spin for milliseconds after their last task, on cores the next one needs.
void settle();

/// How much of the machine other processes took while this one measured.
class LoadMeter {
public:
  LoadMeter() : start(read()) {}
  /// Cores' worth of work done by others since construction, time stolen by the
  /// hypervisor included; 0 where the kernel does not say.
  double othersCores() const;

private:
  struct Sample {
    double wall, all, mine;
  };
  static Sample read();
  Sample start;
};

/// What interleaved rounds gave.
struct Rounds {
  /// Seconds of each contender in each round that was kept.
  std::vector<std::vector<double>> seconds;
  int attempted = 0;
  double othersCores = 0; // mean over the rounds kept
};

/// Times `contenders` until `wanted` rounds were quiet, which is said of the
/// machine and not of what was measured, or `patience` times as many were made;
/// the quietest `wanted` are kept.
Rounds timeInterleaved(const std::vector<Contender *> &contenders, int wanted,
                       int patience);

/// other[i] / mine[i].
std::vector<double> ratios(const std::vector<double> &other,
                           const std::vector<double> &mine);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_TIMING_H
