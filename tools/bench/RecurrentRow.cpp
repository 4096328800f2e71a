//===- RecurrentRow.cpp - a recurrent layer over a sequence ---------------===//
#include "tools/bench/RecurrentRow.h"
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OneDnn.h"

using namespace seqc::bench;

const char *seqc::bench::cellName(RecurrentCell cell) {
  static const char *const names[] = {"lstm", "gru", "rnn"};
  return names[int(cell)];
}

void seqc::bench::readLayers(const std::string &path, RecurrentLayer *layers,
                             size_t count) {
  RecurrentLayer &first = layers[0];
  if (first.X.size())
    return;
  std::vector<size_t> sizes;
  for (size_t i = 0; i < count; ++i) {
    const RecurrentLayer &layer = layers[i];
    size_t rows = layer.directions * layer.gates() * layer.hidden;
    sizes.insert(sizes.end(),
                 {rows * layer.inputs, rows * layer.hidden, 2 * rows});
  }
  sizes.push_back(first.steps * first.batch * first.inputs);
  std::vector<Floats> parts = readParts(path, sizes);
  for (size_t i = 0; i < count; ++i) {
    layers[i].W = std::move(parts[3 * i]);
    layers[i].R = std::move(parts[3 * i + 1]);
    layers[i].B = std::move(parts[3 * i + 2]);
  }
  first.X = std::move(parts.back());
}

Lineup seqc::bench::lineUpLayers(
    const Setup &setup, Pool &pool, const std::string &stem, const Floats &X,
    const std::vector<std::string> &outputs,
    const std::function<std::unique_ptr<Contender>()> &makeOnnxRuntime,
    const std::function<std::unique_ptr<Contender>(std::string &why)>
        &makeOneDnn) {
  Lineup lineup;
  lineup.addOnnxRuntime(setup, makeOnnxRuntime);
  std::string why;
  auto oneDnn = makeOneDnn(why);
  lineup.add("onednn", std::move(oneDnn), why);
  if (!setup.peersOnly)
    addCompiledRun(lineup, stem + ".so", pool, {{"X", X.data()}}, outputs);
  return lineup;
}

namespace {
class OrtLayer : public Contender {
public:
  OrtLayer(const Setup &setup, const RecurrentLayer &data,
           const std::string &path, int threads)
      : model(setup.onnxRuntime, path, threads), hasCell(data.isLstm()),
        Y(data.X.size()), lastH(data.batch * data.hidden),
        lastC(data.batch * data.hidden),
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
    return format("%s-%dx%dx%d", cellName(data.cell), int(data.steps),
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
    work.exps = rows * data.hidden * (data.gates() + data.isLstm());
    work.residentBytes = weights * sizeof(float);
    work.passes = data.steps;
    work.streamedBytes = 2.0 * data.steps * data.batch * data.hidden * 4;
    return work;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return work(1).flops * 1e-9; }
  std::string itemName() const override { return "GFLOP"; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    std::string stem = setup.models + "/" + name();
    readLayers(stem + ".f32", &data);
    std::vector<std::string> outputs = {"Y", "Y_h"};
    if (data.isLstm())
      outputs.push_back("Y_c");
    return lineUpLayers(
        setup, pool, stem, data.X, outputs,
        [&] {
          return std::make_unique<OrtLayer>(setup, data, stem + ".onnx",
                                            pool.threads());
        },
        [&](std::string &why) {
          return makeOneDnnLayer(data, pool.threads(), why);
        });
  }

private:
  RecurrentLayer data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeRecurrentRow(RecurrentCell cell,
                                                   int64_t steps, int64_t batch,
                                                   int64_t hidden) {
  return std::make_unique<RecurrentRow>(cell, steps, batch, hidden);
}
