//===- FirstOrderRow.cpp - one multiply-add for every number --------------===//
//
// y[t, d] = a[d] y[t-1, d] + x[t, d]: exponential averages of channels; or of
// one series, whose a changes from step to step. Memory alone should limit it,
// and a mark that moves the same bytes and computes nothing says how much.
//
//===----------------------------------------------------------------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/RoofKernels.h"
#include "tools/bench/Row.h"
#include "tools/bench/ScanLoops.h"

using namespace seqc::bench;

namespace {
class PlainLoop : public Contender {
public:
  PlainLoop(long steps, long channels, const Floats &x, const Floats &a,
            Pool &pool)
      : steps(steps), channels(channels), x(x), a(a), pool(pool), y(x.size()),
        h(channels) {}

  std::string name() const override { return "c-loop"; }

  void run() override {
    if (channels == 1)
      return first_order_series(steps, a.data(), x.data(), y.data(), h.data());
    // In units of 64 channels, so that all vectors and cache lines are whole.
    long unit = channels < 64 ? channels : 64, units = channels / unit;
    pool.forEachThread([&](int thread) {
      first_order_loop(steps, channels, units * thread / pool.threads() * unit,
                       units * (thread + 1) / pool.threads() * unit, a.data(),
                       x.data(), y.data(), h.data());
    });
  }

  std::vector<View> outputs() const override {
    return {{y.data(), y.size()}, {h.data(), h.size()}};
  }

private:
  long steps, channels;
  const Floats &x, &a;
  Pool &pool;
  Floats y, h;
};

/// A copy past the caches, or, for what stays in them, a triad.
class Mover : public Contender {
public:
  Mover(bool isTriad, const Floats &x, const Floats &a, Pool &pool)
      : isTriad(isTriad), x(x), a(a), pool(pool), y(x.size()) {}

  std::string name() const override { return isTriad ? "triad" : "copy"; }
  bool computes() const override { return false; }

  void run() override {
    pool.forEachThread([&](int thread) {
      constexpr long unit = 128; // what the loops take
      long units = x.size() / unit;
      long first = units * thread / pool.threads() * unit;
      long count = units * (thread + 1) / pool.threads() * unit - first;
      if (isTriad)
        bestKernels().triad(y.data() + first, x.data() + first,
                            a.data() + first, count);
      else
        bestKernels().copy(y.data() + first, x.data() + first, count);
    });
  }

  std::vector<View> outputs() const override { return {}; }

private:
  bool isTriad;
  const Floats &x, &a;
  Pool &pool;
  Floats y;
};

class FirstOrderRow : public Row {
public:
  FirstOrderRow(int64_t steps, int64_t channels)
      : steps(steps), channels(channels) {
    if ((channels != 1 && channels % 64) || steps * channels % 128)
      fatal("a first-order row: one channel or whole 64s, and 128 numbers at a "
            "time, were required");
  }

  std::string name() const override {
    return format("first-order-%ldx%ld", steps, channels);
  }

  bool hasThreads(int threads) const override {
    return channels > 1 || threads == 1;
  }

  Work work(int) const override {
    Work work;
    work.flops = 2.0 * steps * channels;
    if (channels == 1)
      work.streamedBytes = getBytes();
    else
      work.copiedBytes = getBytes();
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return getBytes() * 1e-9; }
  std::string itemName() const override { return "GB"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    if (!x.size()) {
      x = Floats::random(steps * channels, 1, -1, 1);
      a = Floats::random(channels == 1 ? steps : channels, 2, 0.5, 0.99);
    }
    Lineup lineup;
    lineup.add(std::make_unique<PlainLoop>(steps, channels, x, a, pool));
    lineup.add(std::make_unique<Mover>(channels == 1, x, a, pool));
    if (!setup.peersOnly)
      addCompiledRun(lineup, setup.models + "/" + name() + ".so", pool,
                     {{"x", x.data()}, {"a", a.data()}}, {"y", "h"});
    return lineup;
  }

private:
  /// x and y, and decays that change.
  double getBytes() const {
    return (channels == 1 ? 3.0 : 2.0) * steps * channels * sizeof(float);
  }

  int64_t steps, channels;
  Floats x, a;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeFirstOrderRow(int64_t steps,
                                                    int64_t channels) {
  return std::make_unique<FirstOrderRow>(steps, channels);
}
