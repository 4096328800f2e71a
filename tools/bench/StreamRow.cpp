//===- StreamRow.cpp - small layers, one step a call ----------------------===//
//
// A small recurrent layer as a sensor or an audio effect runs it: one number
// in, the hidden state out, the state kept by the caller, on one thread.
//
//===----------------------------------------------------------------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/RecurrentRow.h"
#include "tools/bench/RoofKernels.h"

#include <algorithm>

using namespace seqc::bench;

namespace {
/// One way to compute the row: a step at a time into the rows of Y.
class Stream : public Contender {
public:
  Stream(std::string title, const RecurrentLayer &data)
      : title(std::move(title)), data(data), Y(data.steps * data.hidden) {}

  std::string name() const override { return title; }
  void run() override {
    reset();
    for (int64_t i = 0; i < data.steps; ++i)
      step(i);
  }
  std::vector<double> stepSeconds() override {
    std::vector<double> seconds(data.steps);
    reset();
    for (int64_t i = 0; i < data.steps; ++i) {
      double start = now();
      step(i);
      seconds[i] = now() - start;
    }
    return seconds;
  }
  std::vector<View> outputs() const override { return {{Y.data(), Y.size()}}; }

protected:
  virtual void reset() = 0;
  virtual void step(int64_t i) = 0;

  std::string title;
  const RecurrentLayer &data;
  Floats Y;
};

class OrtStream : public Stream {
public:
  OrtStream(const Setup &setup, const RecurrentLayer &data,
            const std::string &path)
      : Stream("onnxruntime", data), model(setup.onnxRuntime, path, 1),
        number(1), row(data.hidden),
        x(setup.onnxRuntime, number.data(), {1, 1, 1}),
        y(setup.onnxRuntime, row.data(), {1, 1, 1, data.hidden}) {
    for (const char *name : {"h", "c"})
      if (data.isLstm() || *name == 'h') {
        inputNames.push_back(name);
        outputNames.push_back(*name == 'h' ? "Y_h" : "Y_c");
        for (int side = 0; side < 2; ++side) {
          states[side].emplace_back(data.hidden);
          tensors[side].emplace_back(setup.onnxRuntime,
                                     states[side].back().data(),
                                     std::vector<int64_t>{1, 1, data.hidden});
        }
      }
    for (int side = 0; side < 2; ++side) {
      inputs[side] = {x.value()};
      results[side] = {y.value()};
      for (size_t i = 0; i < states[0].size(); ++i) {
        inputs[side].push_back(tensors[side][i].value());
        results[side].push_back(tensors[1 - side][i].value());
      }
    }
  }

private:
  void reset() override {
    for (Floats &state : states[0])
      std::fill_n(state.data(), state.size(), 0.0f);
  }
  void step(int64_t i) override {
    number[0] = data.X.data()[i];
    model.run(inputNames, inputs[i % 2], outputNames, results[i % 2]);
    std::copy_n(row.data(), data.hidden, Y.data() + i * data.hidden);
  }

  OrtModel model;
  Floats number, row;
  OrtTensor x, y;
  std::vector<Floats> states[2]; ///< Read by even and by odd steps.
  std::vector<OrtTensor> tensors[2];
  std::vector<const char *> inputNames = {"X"}, outputNames = {"Y"};
  std::vector<const OrtValue *> inputs[2];
  std::vector<OrtValue *> results[2];
};

class HandStream : public Stream {
public:
  HandStream(const RecurrentLayer &data, const HandCell &cell)
      : Stream("by-hand", data), cell(cell), weights(cell.packedSize),
        h(cell.stateSize), c(cell.stateSize) {
    cell.pack(data.W.data(), data.R.data(), data.B.data(), weights.data());
  }

private:
  void reset() override {
    std::fill_n(h.data(), h.size(), 0.0f);
    std::fill_n(c.data(), c.size(), 0.0f);
  }
  void step(int64_t i) override {
    cell.step(weights.data(), data.X.data()[i], h.data(), c.data());
    std::copy_n(h.data(), data.hidden, Y.data() + i * data.hidden);
  }

  HandCell cell;
  Floats weights, h, c;
};

class CompiledStream : public Stream {
public:
  CompiledStream(const RecurrentLayer &data,
                 std::unique_ptr<CompiledModel> given)
      : Stream("seqc", data), model(std::move(given)) {
    const seqc_model_table &table = model->table();
    if (table.num_inputs != 1 || table.num_outputs != 1 ||
        table.num_states != 1 + data.isLstm() ||
        elementCount(table.inputs[0]) != 1 ||
        elementCount(table.outputs[0]) != size_t(data.hidden))
      fatal("compiled model '%s': one input, one output of %d and %d states "
            "were required",
            table.name, int(data.hidden), 1 + data.isLstm());
    model->inputIndex("X");
    model->outputIndex("Y");
  }

private:
  void reset() override { model->resetState(); }
  void step(int64_t i) override {
    const void *input = data.X.data() + i;
    void *output = Y.data() + i * data.hidden;
    model->invoke(1, &input, &output);
  }

  std::unique_ptr<CompiledModel> model;
};

class StreamRow : public Row {
public:
  StreamRow(RecurrentCell cell, int64_t steps, int64_t hidden) {
    data.cell = cell;
    data.steps = steps;
    data.batch = data.inputs = 1;
    data.hidden = hidden;
  }

  std::string name() const override {
    return format("small-%s-%dx%d", cellName(data.cell), int(data.steps),
                  int(data.hidden));
  }
  bool hasThreads(int threads) const override { return threads == 1; }
  double tolerance() const override { return 1e-5; }
  double items() const override { return double(data.steps); }
  std::string itemName() const override { return "steps"; }

  Work work(int) const override {
    double units = double(data.steps) * data.hidden;
    double weights = double(data.gates()) * data.hidden * (data.hidden + 1);
    Work work;
    work.flops = 2 * weights * data.steps;
    work.exps = units * (data.gates() + data.isLstm());
    work.residentBytes = weights * sizeof(float);
    work.passes = double(data.steps);
    work.streamedBytes = units * sizeof(float);
    return work;
  }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    std::string stem = setup.models + "/" + name();
    readLayers(stem + ".f32", &data);
    Lineup lineup;
    lineup.addOnnxRuntime(setup, [&] {
      return std::make_unique<OrtStream>(setup, data, stem + ".onnx");
    });
    HandCell cell = bestKernels().cell(data.cell, data.hidden);
    lineup.add("by-hand",
               cell.step ? std::make_unique<HandStream>(data, cell) : nullptr,
               format("no %s of %d units was written", cellName(data.cell),
                      int(data.hidden)));
    if (!setup.peersOnly)
      addCompiled(lineup, "seqc", stem + ".so", pool,
                  [&](std::unique_ptr<CompiledModel> model) {
                    return std::make_unique<CompiledStream>(data,
                                                            std::move(model));
                  });
    return lineup;
  }

private:
  RecurrentLayer data;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeStreamRow(RecurrentCell cell,
                                                int64_t steps, int64_t hidden) {
  return std::make_unique<StreamRow>(cell, steps, hidden);
}
