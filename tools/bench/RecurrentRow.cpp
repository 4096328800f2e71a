//===- RecurrentRow.cpp - a recurrent layer over a sequence ---------------===//
#include "tools/bench/RecurrentRow.h"
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OneDnn.h"

#include <map>

using namespace seqc::bench;

namespace {
class OrtLayer : public Contender {
public:
  OrtLayer(const Setup &setup, const RecurrentLayer &data,
           const std::string &path, int threads)
      : model(setup.onnxRuntime, path, threads),
        hasCell(data.cell == RecurrentCell::Lstm), Y(data.X.size()),
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
    std::vector<const char *> names = {"Y", "Y_h", "Y_c"};
    if (!hasCell) {
      outputs.pop_back();
      names.pop_back();
    }
    model.run({"X"}, {x.value()}, names, outputs);
  }
  std::vector<View> outputs() const override {
    std::vector<View> views = {{Y.data(), Y.size()},
                               {lastH.data(), lastH.size()}};
    if (hasCell)
      views.push_back({lastC.data(), lastC.size()});
    return views;
  }

private:
  OrtModel model;
  bool hasCell;
  Floats Y, lastH, lastC;
  OrtTensor x, y, h, c;
};

class RecurrentRow : public Row {
public:
  RecurrentRow(RecurrentCell cell, int64_t steps, int64_t batch,
               int64_t hidden) {
    data.cell = cell;
    data.steps = steps;
    data.batch = batch;
    data.inputs = hidden;
    data.hidden = hidden;
  }

  std::string name() const override {
    static const char *const names[] = {"lstm", "gru", "rnn"};
    return format("%s-%dx%dx%d", names[int(data.cell)], int(data.steps),
                  int(data.batch), int(data.hidden));
  }

  // Two products with [gates * hidden, hidden] weights a step; the input's one
  // can be done for all steps at once, so only the recurrent weights return
  // each step.
  Work work(int) const override {
    double weights = double(data.gates()) * data.hidden * data.hidden;
    double rows = double(data.steps) * data.batch;
    Work work;
    work.flops = rows * 2 * 2 * weights;
    // An LSTM's cell goes through one more.
    work.exps = rows * data.hidden *
                (data.gates() + (data.cell == RecurrentCell::Lstm));
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
      result.push_back(std::make_unique<OrtLayer>(setup, data, stem + ".onnx",
                                                  pool.threads()));
    else
      absent.push_back({"onnxruntime", setup.onnxRuntimeAbsence});
    std::string why;
    if (auto oneDnn = makeOneDnnLayer(data, pool.threads(), why))
      result.push_back(std::move(oneDnn));
    else
      absent.push_back({"onednn", why});
    if (setup.peersOnly)
      return result;
    std::map<std::string, const float *> inputs = {{"X", data.X.data()}};
    if (auto model = CompiledModel::open(stem + ".so", pool, why))
      result.push_back(std::make_unique<CompiledRun>(
          std::move(model), inputs,
          data.cell == RecurrentCell::Lstm
              ? std::vector<std::string>{"Y", "Y_h", "Y_c"}
              : std::vector<std::string>{"Y", "Y_h"}));
    else
      absent.push_back({"seqc", why});
    return result;
  }

private:
  void load(const std::string &path) {
    if (data.X.size())
      return;
    size_t weights = data.gates() * data.hidden * data.hidden;
    size_t biases = 2 * data.gates() * data.hidden;
    size_t input = data.steps * data.batch * data.hidden;
    std::vector<Floats> parts =
        readParts(path, {weights, weights, biases, input});
    data.W = std::move(parts[0]);
    data.R = std::move(parts[1]);
    data.B = std::move(parts[2]);
    data.X = std::move(parts[3]);
  }

  RecurrentLayer data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeRecurrentRow(RecurrentCell cell,
                                                   int64_t steps, int64_t batch,
                                                   int64_t hidden) {
  return std::make_unique<RecurrentRow>(cell, steps, batch, hidden);
}
