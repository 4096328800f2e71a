//===- SileroRow.cpp - a speech detector, frame by frame ------------------===//
//
// Silero VAD as a streaming user calls it: one frame in, one probability out,
// the state kept by the caller, on one thread. And the same frames as one
// recording, by the model compiled for many steps at once.
//
//===----------------------------------------------------------------------===//
#include "tools/bench/CompiledModel.h"
#include "tools/bench/Row.h"

#include <algorithm>

using namespace seqc::bench;

namespace {
constexpr int frameSize = 576, stateSize = 2 * 128;

class OrtSilero : public Contender {
public:
  OrtSilero(const Setup &setup, const std::string &path, const Floats &frames)
      : frames(frames), model(setup.onnxRuntime, path, 1), frame(frameSize),
        probability(1), probabilities(frames.size() / frameSize),
        states{Floats(stateSize), Floats(stateSize)},
        input(setup.onnxRuntime, frame.data(), {1, frameSize}),
        output(setup.onnxRuntime, probability.data(), {1, 1}),
        first(setup.onnxRuntime, states[0].data(), {2, 1, 128}),
        second(setup.onnxRuntime, states[1].data(), {2, 1, 128}),
        sampleRate(setup.onnxRuntime, &rate) {}

  std::string name() const override { return "onnxruntime"; }

  void run() override {
    std::fill_n(states[0].data(), stateSize, 0.0f);
    OrtValue *state = first.value(), *next = second.value();
    for (size_t i = 0; i < probabilities.size(); ++i) {
      std::copy_n(frames.data() + i * frameSize, frameSize, frame.data());
      inputs = {input.value(), state, sampleRate.value()};
      outputValues = {output.value(), next};
      model.run(inputNames, inputs, outputNames, outputValues);
      probabilities[i] = probability[0];
      std::swap(state, next);
    }
    last = state == first.value() ? 0 : 1;
  }

  std::vector<View> outputs() const override {
    return {{probabilities.data(), probabilities.size()},
            {states[last].data(), stateSize}};
  }

private:
  const Floats &frames;
  OrtModel model;
  Floats frame, probability, probabilities;
  Floats states[2];
  int64_t rate = 16000;
  int last = 0;
  OrtTensor input, output, first, second, sampleRate;
  const std::vector<const char *> inputNames = {"input", "state", "sr"};
  const std::vector<const char *> outputNames = {"output", "stateN"};
  std::vector<const OrtValue *> inputs;
  std::vector<OrtValue *> outputValues;
};

class CompiledSilero : public Contender {
public:
  /// `perCall` frames go into each call.
  CompiledSilero(std::string name, std::unique_ptr<CompiledModel> given,
                 const Floats &frames, size_t perCall)
      : title(std::move(name)), frames(frames), perCall(perCall),
        model(std::move(given)), probabilities(frames.size() / frameSize) {
    const seqc_model_table &table = model->table();
    if (table.num_inputs != 1 || table.num_outputs != 1 ||
        table.num_states != 1)
      fatal("compiled model '%s': one input, output and state were required, "
            "found %d, %d and %d",
            table.name, table.num_inputs, table.num_outputs, table.num_states);
    model->inputIndex("input");
    model->outputIndex("output");
    if (elementCount(table.inputs[0]) != frameSize ||
        elementCount(table.outputs[0]) != 1 ||
        elementCount(table.states[0]) != stateSize)
      fatal("compiled model '%s': an input of 576, an output of 1 and a state "
            "of 256 f32 were required",
            table.name);
  }

  std::string name() const override { return title; }

  void run() override {
    model->resetState();
    for (size_t i = 0; i < probabilities.size(); i += perCall) {
      const void *input = frames.data() + i * frameSize;
      void *output = probabilities.data() + i;
      model->invoke(int64_t(std::min(perCall, probabilities.size() - i)),
                    &input, &output);
    }
  }

  std::vector<View> outputs() const override {
    return {{probabilities.data(), probabilities.size()},
            {static_cast<const float *>(model->state()), stateSize}};
  }

private:
  std::string title;
  const Floats &frames;
  size_t perCall;
  std::unique_ptr<CompiledModel> model;
  Floats probabilities;
};

class SileroRow : public Row {
public:
  explicit SileroRow(bool lifted) : lifted(lifted) {}

  std::string name() const override {
    return lifted ? "silero-lifted" : "silero";
  }
  /// A frame alone gives two threads too little to share.
  bool hasThreads(int threads) const override {
    return lifted || threads == 1;
  }
  double tolerance() const override { return 1e-4; }
  double items() const override { return double(frames.size()) / frameSize; }
  std::string itemName() const override { return "frames"; }

  std::string missing(const Setup &setup) const override {
    if (fileExists(modelPath(setup)) && fileExists(framesPath(setup)))
      return {};
    return "needs the folder 'silero' of the test data in '" + setup.data + "'";
  }

  // Spectrum, four convolutions, an LSTM cell and the readout; every weight is
  // read again for every frame.
  Work work(int) const override {
    struct Product {
      double weights, positions;
    };
    const Product products[] = {{258 * 256, 4},    {128 * 129 * 3, 4},
                                {64 * 128 * 3, 2}, {64 * 64 * 3, 1},
                                {128 * 64 * 3, 1}, {512 * (128 + 128), 1},
                                {128, 1}};
    Work work;
    work.passes = items();
    for (const Product &product : products) {
      work.flops += 2 * product.weights * product.positions * work.passes;
      work.residentBytes += product.weights * sizeof(float);
    }
    work.exps = 5 * 128 * work.passes;
    work.streamedBytes = frames.bytes();
    return work;
  }

  Lineup lineUp(const Setup &setup, Pool &pool) override {
    std::optional<Floats> file = readFloats(framesPath(setup));
    if (!file)
      fatal("'%s': cannot be read", framesPath(setup).c_str());
    frames = std::move(*file);
    Lineup lineup;
    lineup.addOnnxRuntime(setup, [&] {
      return std::make_unique<OrtSilero>(setup, modelPath(setup), frames);
    });
    if (setup.peersOnly)
      return lineup;
    auto add = [&](const std::string &title, const std::string &path,
                   size_t perCall) {
      addCompiled(lineup, title, path, pool,
                  [&](std::unique_ptr<CompiledModel> model) {
                    return std::make_unique<CompiledSilero>(
                        title, std::move(model), frames, perCall);
                  });
    };
    if (lifted)
      add("streamed", setup.models + "/silero.so", 1);
    add("seqc", setup.models + "/" + name() + ".so",
        lifted ? frames.size() / frameSize : 1);
    return lineup;
  }

private:
  static std::string modelPath(const Setup &setup) {
    return setup.data + "/silero/silero_vad_16k_op15.onnx";
  }
  static std::string framesPath(const Setup &setup) {
    return setup.models + "/silero-frames.f32";
  }

  bool lifted;
  Floats frames;
};
} // namespace

std::unique_ptr<Row> seqc::bench::makeSileroRow(bool lifted) {
  return std::make_unique<SileroRow>(lifted);
}
