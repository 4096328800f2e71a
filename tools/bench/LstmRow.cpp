//===- LstmRow.cpp - an LSTM layer over a sequence ------------------------===//
#include "tools/bench/LstmRow.h"
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OneDnn.h"

#include <algorithm>
#include <map>

using namespace seqc::bench;

namespace {
class OrtLstm : public Contender {
public:
  OrtLstm(const Setup &setup, const LstmData &data, const std::string &path,
          int threads)
      : model(setup.onnxRuntime, path, threads), Y(data.X.size()),
        lastH(data.batch * data.hidden), lastC(data.batch * data.hidden),
        x(setup.onnxRuntime, data.X.data(),
          {data.steps, data.batch, data.hidden}),
        y(setup.onnxRuntime, Y.data(),
          {data.steps, 1, data.batch, data.hidden}),
        h(setup.onnxRuntime, lastH.data(), {1, data.batch, data.hidden}),
        c(setup.onnxRuntime, lastC.data(), {1, data.batch, data.hidden}) {}

  std::string name() const override { return "onnxruntime"; }
  void run() override {
    std::vector<OrtValue *> outputs = {y.value(), h.value(), c.value()};
    model.run({"X"}, {x.value()}, {"Y", "Y_h", "Y_c"}, outputs);
  }
  std::vector<View> outputs() const override {
    return {{Y.data(), Y.size()},
            {lastH.data(), lastH.size()},
            {lastC.data(), lastC.size()}};
  }

private:
  OrtModel model;
  Floats Y, lastH, lastC;
  OrtTensor x, y, h, c;
};

class LstmRow : public Row {
public:
  LstmRow(int64_t steps, int64_t batch, int64_t hidden) {
    data.steps = steps;
    data.batch = batch;
    data.hidden = hidden;
  }

  std::string name() const override {
    return format("lstm-%dx%dx%d", int(data.steps), int(data.batch),
                  int(data.hidden));
  }

  // Two products with [4 hidden, hidden] weights a step; the input's one can be
  // done for all steps at once, so only the recurrent weights return each step.
  Work work(int) const override {
    double weights = 4.0 * data.hidden * data.hidden;
    double rows = double(data.steps) * data.batch;
    Work work;
    work.flops = rows * 2 * 2 * weights;
    work.exps = rows * 5 * data.hidden;
    work.residentBytes = weights * sizeof(float);
    work.passes = data.steps;
    work.streamedBytes = 2.0 * data.steps * data.batch * data.hidden * 4;
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return work(1).flops * 1e-9; }
  std::string itemName() const override { return "GFLOP"; }

  std::vector<std::unique_ptr<Contender>>
  contenders(const Setup &setup, Pool &pool,
             std::vector<Absence> &absent) override {
    std::string stem = setup.models + "/" + name();
    load(stem + ".f32");
    std::vector<std::unique_ptr<Contender>> result;
    if (setup.onnxRuntime)
      result.push_back(std::make_unique<OrtLstm>(setup, data, stem + ".onnx",
                                                 pool.threads()));
    else
      absent.push_back({"onnxruntime", setup.onnxRuntimeAbsence});
    std::string why;
    if (auto oneDnn = makeOneDnnLstm(data, pool.threads(), why))
      result.push_back(std::move(oneDnn));
    else
      absent.push_back({"onednn", why});
    if (setup.peersOnly)
      return result;
    std::map<std::string, const float *> inputs = {{"X", data.X.data()}};
    if (auto model = CompiledModel::open(stem + ".so", pool, why))
      result.push_back(std::make_unique<CompiledRun>(
          std::move(model), inputs,
          std::vector<std::string>{"Y", "Y_h", "Y_c"}));
    else
      absent.push_back({"seqc", why});
    return result;
  }

private:
  void load(const std::string &path) {
    if (data.X.size())
      return;
    std::optional<Floats> file = readFloats(path);
    size_t weights = 4 * data.hidden * data.hidden, biases = 8 * data.hidden;
    size_t input = data.steps * data.batch * data.hidden;
    if (!file || file->size() != 2 * weights + biases + input)
      fatal("'%s': %zu f32 were required, found %zu", path.c_str(),
            2 * weights + biases + input, file ? file->size() : 0);
    const float *from = file->data();
    auto take = [&](size_t count) {
      Floats part(count);
      std::copy(from, from + count, part.data());
      from += count;
      return part;
    };
    data.W = take(weights);
    data.R = take(weights);
    data.B = take(biases);
    data.X = take(input);
  }

  LstmData data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeLstmRow(int64_t steps, int64_t batch,
                                              int64_t hidden) {
  return std::make_unique<LstmRow>(steps, batch, hidden);
}
