//===- StreamRow.cpp - recurrent layers, one step a call ------------------===//
//
// A recurrent layer as a sensor or an audio effect runs it: one row in, the
// hidden state out, the state kept by the caller. Small ones have one input and
// run on one thread; what a step of a large one takes is to read its weights.
//
//===----------------------------------------------------------------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/OneDnn.h"
#include "tools/bench/RoofKernels.h"
#include "tools/bench/Stream.h"

#include <algorithm>

using namespace seqc::bench;

namespace {
class OrtStream : public Stream {
public:
  OrtStream(const Setup &setup, const RecurrentLayer &data,
            const std::string &path, int threads)
      : Stream("onnxruntime", data), model(setup.onnxRuntime, path, threads),
        input(data.inputs), row(data.hidden),
        x(setup.onnxRuntime, input.data(), {1, 1, data.inputs}),
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
    std::copy_n(data.X.data() + i * data.inputs, data.inputs, input.data());
    model.run(inputNames, inputs[i % 2], outputNames, results[i % 2]);
    std::copy_n(row.data(), data.hidden, Y.data() + i * data.hidden);
  }

  OrtModel model;
  Floats input, row;
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

/// What rounding weights to a type may change in a state, whose size is at
/// most 1.
struct WeightType {
  const char *name;
  double rounding;
};
constexpr WeightType exactWeights = {"", 0};
constexpr WeightType roundedWeights[] = {
    {"bf16", 1e-2}, {"f16", 1e-3}, {"int8", 2e-2}};

class CompiledStream : public Stream {
public:
  CompiledStream(const std::string &title, const RecurrentLayer &data,
                 WeightType type, std::unique_ptr<CompiledModel> given)
      : Stream(title, data), type(type), model(std::move(given)) {
    const seqc_model_table &table = model->table();
    if (table.num_inputs != 1 || table.num_outputs != 1 ||
        table.num_states != 1 + data.isLstm() ||
        elementCount(table.inputs[0]) != size_t(data.inputs) ||
        elementCount(table.outputs[0]) != size_t(data.hidden))
      fatal(
          "compiled model '%s': an input of %d, an output of %d and %d states "
          "were required",
          table.name, int(data.inputs), int(data.hidden), 1 + data.isLstm());
    model->inputIndex("X");
    model->outputIndex("Y");
  }

  double rounding() const override { return type.rounding; }
  bool isVariant() const override { return type.rounding > 0; }

private:
  void reset() override { model->resetState(); }
  void step(int64_t i) override {
    const void *input = data.X.data() + i * data.inputs;
    void *output = Y.data() + i * data.hidden;
    model->invoke(1, &input, &output);
  }

  WeightType type;
  std::unique_ptr<CompiledModel> model;
};

class StreamRow : public Row {
public:
  StreamRow(RecurrentCell cell, int64_t steps, int64_t inputs, int64_t hidden) {
    data.cell = cell;
    data.steps = steps;
    data.batch = 1;
    data.inputs = inputs;
    data.hidden = hidden;
  }

  double tolerance() const override { return 1e-5; }
  double items() const override { return double(data.steps); }
  std::string itemName() const override { return "steps"; }

  Work work(int) const override {
    double units = double(data.steps) * data.hidden;
    double weights =
        double(data.gates()) * data.hidden * (data.hidden + data.inputs);
    Work work;
    work.flops = 2 * weights * data.steps;
    work.exps = units * (data.gates() + data.isLstm());
    work.residentBytes = weights * sizeof(float);
    work.passes = double(data.steps);
    work.streamedBytes = units * sizeof(float);
    return work;
  }

protected:
  /// The layer's numbers are there, and ONNX Runtime where it is.
  Lineup begin(const Setup &setup, int threads) {
    readLayers(stem(setup) + ".f32", &data);
    Lineup lineup;
    lineup.addOnnxRuntime(setup, [&] {
      return std::make_unique<OrtStream>(setup, data, stem(setup) + ".onnx",
                                         threads);
    });
    return lineup;
  }
  void addModel(Lineup &lineup, const Setup &setup, Pool &pool,
                WeightType type) const {
    std::string suffix = type.rounding > 0 ? std::string("-") + type.name : "";
    std::string title = "seqc" + suffix;
    addCompiled(lineup, title, stem(setup) + suffix + ".so", pool,
                [&](std::unique_ptr<CompiledModel> model) {
                  return std::make_unique<CompiledStream>(title, data, type,
                                                          std::move(model));
                });
  }
  std::string stem(const Setup &setup) const {
    return setup.models + "/" + name();
  }

  RecurrentLayer data;
};

class SmallRow : public StreamRow {
public:
  using StreamRow::StreamRow;

  std::string name() const override {
    return format("small-%s-%dx%d", cellName(data.cell), int(data.steps),
                  int(data.hidden));
  }
  bool hasThreads(int threads) const override { return threads == 1; }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    Lineup lineup = begin(setup, pool.threads());
    HandCell cell = bestKernels().cell(data.cell, data.hidden);
    lineup.add("by-hand",
               cell.step ? std::make_unique<HandStream>(data, cell) : nullptr,
               format("no %s of %d units was written", cellName(data.cell),
                      int(data.hidden)));
    if (!setup.peersOnly)
      addModel(lineup, setup, pool, exactWeights);
    return lineup;
  }
};

class StepRow : public StreamRow {
public:
  using StreamRow::StreamRow;

  std::string name() const override {
    return format("%s-step-%d", cellName(data.cell), int(data.hidden));
  }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    Lineup lineup = begin(setup, pool.threads());
    for (bool narrow : {false, true}) {
      std::string why;
      auto step = makeOneDnnStep(data, narrow, pool.threads(), why);
      lineup.add(narrow ? "onednn-bf16" : "onednn", std::move(step), why);
    }
    if (setup.peersOnly)
      return lineup;
    addModel(lineup, setup, pool, exactWeights);
    for (WeightType type : roundedWeights)
      addModel(lineup, setup, pool, type);
    return lineup;
  }
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeStreamRow(RecurrentCell cell,
                                                int64_t steps, int64_t hidden) {
  return std::make_unique<SmallRow>(cell, steps, /*inputs=*/1, hidden);
}

std::unique_ptr<Row> seqc::bench::makeStepRow(RecurrentCell cell, int64_t steps,
                                              int64_t hidden) {
  return std::make_unique<StepRow>(cell, steps, hidden, hidden);
}
