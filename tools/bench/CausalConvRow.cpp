//===- CausalConvRow.cpp - a causal convolution of every channel ----------===//
//
// The short convolution before a Mamba layer's scan, with its SiLU.
//
//===----------------------------------------------------------------------===//
#include "tools/bench/CausalConv.h"
#include "tools/bench/CompiledModel.h"
#include "tools/bench/Row.h"
#include "tools/bench/ScanLoops.h"

using namespace seqc::bench;

namespace {
class PlainConv : public Contender {
public:
  PlainConv(const CausalConv &data, Pool &pool)
      : data(data), pool(pool), y(data.x.size()) {}

  std::string name() const override { return "c-loop"; }

  void run() override {
    // Whole cache lines for every thread.
    long units = data.channels / 16;
    pool.forEachThread([&](int thread) {
      causal_conv_loop(
          data.steps, data.channels, units * thread / pool.threads() * 16,
          units * (thread + 1) / pool.threads() * 16, data.taps, data.w.data(),
          data.bias.data(), data.x.data(), y.data());
    });
  }

  std::vector<View> outputs() const override { return {{y.data(), y.size()}}; }

private:
  const CausalConv &data;
  Pool &pool;
  Floats y;
};

class CausalConvRow : public Row {
public:
  CausalConvRow(int64_t steps, int64_t channels) {
    data.steps = steps;
    data.channels = channels;
    data.taps = 4;
    if (channels % 16)
      fatal("a causal convolution row: whole 16s of channels were required");
  }

  std::string name() const override {
    return format("causal-conv-%ldx%ld", data.steps, data.channels);
  }

  Work work(int) const override {
    double numbers = double(data.steps) * data.channels;
    Work work;
    work.flops = 2.0 * data.taps * numbers;
    work.exps = numbers;
    work.streamedBytes = 2 * numbers * sizeof(float);
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override {
    return double(data.steps) * data.channels * 1e-9;
  }
  std::string itemName() const override { return "Gelem"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    if (!data.x.size()) {
      data.x = Floats::random(data.steps * data.channels, 1, -2, 2);
      data.w = Floats::random(data.channels * data.taps, 2, -1, 1);
      data.bias = Floats::random(data.channels, 3, -1, 1);
    }
    Lineup lineup;
    lineup.add(std::make_unique<PlainConv>(data, pool));
    for (bool blocked : {false, true}) {
      std::string why;
      auto peer = makeOneDnnConvolution(data, blocked, pool.threads(), why);
      lineup.add(blocked ? "onednn-blocked" : "onednn-nwc", std::move(peer),
                 why);
    }
    if (!setup.peersOnly)
      addCompiledRun(lineup, setup.models + "/" + name() + ".so", pool,
                     {{"x", data.x.data()},
                      {"w", data.w.data()},
                      {"bias", data.bias.data()}},
                     {"y"});
    return lineup;
  }

private:
  CausalConv data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeCausalConvRow(int64_t steps,
                                                    int64_t channels) {
  return std::make_unique<CausalConvRow>(steps, channels);
}
