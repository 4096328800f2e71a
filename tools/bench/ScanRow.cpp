//===- ScanRow.cpp - a selective scan, as in Mamba ------------------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/Row.h"
#include "tools/bench/ScanLoops.h"

using namespace seqc::bench;

namespace {
struct ScanData {
  Floats u, delta, z, A, B, C, D;
};

/// One of the plain C loops, its channels split evenly among the threads.
class PlainScan : public Contender {
public:
  PlainScan(const scan_problem &sizes, const ScanData &data, Pool &pool,
            bool blocked)
      : pool(pool), blocked(blocked), problem(sizes), y(data.u.size()),
        h(sizes.batch * sizes.channels * sizes.states),
        scratch(sizes.channels) {
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

  std::string name() const override { return blocked ? "c-blocked" : "c-loop"; }

  void run() override {
    pool.forEachThread([this](int thread) {
      long first = problem.channels * thread / pool.threads();
      long last = problem.channels * (thread + 1) / pool.threads();
      if (blocked)
        scan_blocked(&problem, first, last);
      else
        scan_loop(&problem, first, last, scratch.data() + first);
    });
  }

  std::vector<View> outputs() const override {
    return {{y.data(), y.size()}, {h.data(), h.size()}};
  }

private:
  Pool &pool;
  bool blocked;
  scan_problem problem;
  Floats y, h, scratch;
};

class ScanRow : public Row {
public:
  ScanRow(int64_t batch, int64_t steps, int64_t channels, int64_t states) {
    sizes.batch = batch;
    sizes.steps = steps;
    sizes.channels = channels;
    sizes.states = states;
  }

  std::string name() const override {
    return format("scan-%ldx%ldx%ldx%ld", sizes.batch, sizes.steps,
                  sizes.channels, sizes.states);
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

  std::vector<std::unique_ptr<Contender>>
  contenders(const Setup &setup, Pool &pool,
             std::vector<Absence> &absent) override {
    generate();
    std::vector<std::unique_ptr<Contender>> result;
    result.push_back(std::make_unique<PlainScan>(sizes, data, pool, false));
    result.push_back(std::make_unique<PlainScan>(sizes, data, pool, true));
    if (setup.peersOnly)
      return result;
    std::string why;
    auto model =
        CompiledModel::open(setup.models + "/" + name() + ".so", pool, why);
    if (!model) {
      absent.push_back({"seqc", why});
      return result;
    }
    std::map<std::string, const float *> inputs = {
        {"u", data.u.data()}, {"delta", data.delta.data()},
        {"A", data.A.data()}, {"B", data.B.data()},
        {"C", data.C.data()}, {"D", data.D.data()},
        {"z", data.z.data()}};
    result.push_back(std::make_unique<CompiledRun>(
        std::move(model), inputs, std::vector<std::string>{"y", "h"}));
    return result;
  }

private:
  /// Step sizes and decay rates in the ranges of trained layers: softplus of
  /// delta is between 0.001 and 0.1 for most, A between -16 and -1, at random.
  void generate() {
    if (data.u.size())
      return;
    size_t elements = sizes.batch * sizes.steps * sizes.channels;
    size_t rows = sizes.batch * sizes.steps * sizes.states;
    data.u = Floats::random(elements, 1, -1, 1);
    data.delta = Floats::random(elements, 2, -7, -2);
    data.z = Floats::random(elements, 3, -2, 2);
    data.A = Floats::random(sizes.channels * sizes.states, 4, -16, -1);
    data.B = Floats::random(rows, 5, -1, 1);
    data.C = Floats::random(rows, 6, -1, 1);
    data.D = Floats::random(sizes.channels, 7, -1, 1);
  }

  scan_problem sizes = {};
  ScanData data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeScanRow(int64_t batch, int64_t steps,
                                              int64_t channels,
                                              int64_t states) {
  return std::make_unique<ScanRow>(batch, steps, channels, states);
}
