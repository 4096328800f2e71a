//===- ScanRow.cpp - a selective scan, as in Mamba ------------------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/RoofKernels.h"
#include "tools/bench/Row.h"
#include "tools/bench/ScanLoops.h"

using namespace seqc::bench;

namespace {
struct ScanData {
  Floats u, delta, z, A, B, C, D;
};

/// One of our own loops, its channels split evenly among the threads.
class OwnScan : public Contender {
public:
  using Loop = void (*)(const scan_problem *, long first, long last,
                        float *scratch);

  /// `scratchPerChannel` floats are what `loop` needs for each channel.
  OwnScan(const char *label, Loop loop, long scratchPerChannel,
          const scan_problem &sizes, const ScanData &data, Pool &pool)
      : label(label), loop(loop), pool(pool), problem(sizes), y(data.u.size()),
        h(sizes.batch * sizes.channels * sizes.states),
        scratch(sizes.channels * scratchPerChannel),
        scratchPerChannel(scratchPerChannel) {
    problem.u = data.u.data();
    problem.delta = data.delta.data();
    problem.z = data.z.data();
    problem.A = data.A.data();
    problem.B = data.B.data();
    problem.C = data.C.data();
    problem.D = data.D.data();
    problem.y = y.data();
    problem.h = h.data();
  }

  std::string name() const override { return label; }

  void run() override {
    // In units of 64 channels, so that all vectors and cache lines are whole.
    long units = problem.channels / 64;
    pool.forEachThread([&](int thread) {
      long first = units * thread / pool.threads() * 64;
      long last = units * (thread + 1) / pool.threads() * 64;
      loop(&problem, first, last, scratch.data() + first * scratchPerChannel);
    });
  }

  std::vector<View> outputs() const override {
    return {{y.data(), y.size()}, {h.data(), h.size()}};
  }

private:
  const char *label;
  Loop loop;
  Pool &pool;
  scan_problem problem;
  Floats y, h, scratch;
  long scratchPerChannel;
};

class ScanRow : public Row {
public:
  ScanRow(int64_t batch, int64_t steps, int64_t channels, int64_t states,
          bool multiples)
      : multiples(multiples) {
    sizes.batch = batch;
    sizes.steps = steps;
    sizes.channels = channels;
    sizes.states = states;
    if (channels % 64 || states != HAND_SCAN_STATES)
      fatal("a scan row: channels in whole 64s and %d states were required",
            HAND_SCAN_STATES);
  }

  std::string name() const override {
    return (multiples ? "scan-multiples-" : "scan-") + sizeText();
  }

  // The exponentials counted are those of the states; softplus and the gate add
  // three to every sixteen of them. Three products, two of them with a sum, and
  // one more product make seven operations a state.
  Work work(int) const override {
    double elements = double(sizes.batch) * sizes.steps * sizes.channels;
    Work work;
    work.exps = elements * sizes.states;
    work.flops = work.exps * 7;
    work.streamedBytes = elements * 4 * sizeof(float);
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return work(1).exps * 1e-9; }
  std::string itemName() const override { return "G states"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    generate();
    Lineup lineup;
    auto add = [&](const char *label, OwnScan::Loop loop, long scratch) {
      lineup.add(
          std::make_unique<OwnScan>(label, loop, scratch, sizes, data, pool));
    };
    add("c-loop", scan_loop, 1);
    auto blocked = [](const scan_problem *p, long first, long last, float *) {
      scan_blocked(p, first, last);
    };
    add("c-blocked", blocked, 0);
    add("by-hand", bestKernels().scan, 2 * sizes.states);
    if (setup.peersOnly)
      return lineup;
    std::map<std::string, const float *> inputs = {
        {"u", data.u.data()}, {"delta", data.delta.data()},
        {"A", data.A.data()}, {"B", data.B.data()},
        {"C", data.C.data()}, {"D", data.D.data()},
        {"z", data.z.data()}};
    addCompiledRun(lineup, setup.models + "/scan-" + sizeText() + ".so", pool,
                   inputs, {"y", "h"});
    return lineup;
  }

private:
  std::string sizeText() const {
    return format("%ldx%ldx%ldx%ld", sizes.batch, sizes.steps, sizes.channels,
                  sizes.states);
  }

  /// Step sizes and decay rates in the ranges of trained layers: softplus of
  /// delta is between 0.001 and 0.1 for most, A between -16 and -1, at random
  /// or as layers begin: -1, -2, ... for each channel.
  void generate() {
    if (data.u.size())
      return;
    size_t elements = sizes.batch * sizes.steps * sizes.channels;
    size_t rows = sizes.batch * sizes.steps * sizes.states;
    data.u = Floats::random(elements, 1, -1, 1);
    data.delta = Floats::random(elements, 2, -7, -2);
    data.z = Floats::random(elements, 3, -2, 2);
    data.A = Floats::random(sizes.channels * sizes.states, 4, -16, -1);
    for (size_t i = 0; multiples && i < data.A.size(); ++i)
      data.A.data()[i] = -float(i % sizes.states + 1);
    data.B = Floats::random(rows, 5, -1, 1);
    data.C = Floats::random(rows, 6, -1, 1);
    data.D = Floats::random(sizes.channels, 7, -1, 1);
  }

  scan_problem sizes = {};
  bool multiples;
  ScanData data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeScanRow(int64_t batch, int64_t steps,
                                              int64_t channels, int64_t states,
                                              bool multiples) {
  return std::make_unique<ScanRow>(batch, steps, channels, states, multiples);
}
