//===- OneDnnStep.cpp - an LSTM by oneDNN, a step at a time, as a peer ----===//
#include "tools/bench/OneDnn.h"

#ifndef SEQC_BENCH_ONEDNN

std::unique_ptr<seqc::bench::Contender>
seqc::bench::makeOneDnnStep(const RecurrentLayer &, bool, int,
                            std::string &why) {
  why = oneDnnAbsence;
  return nullptr;
}

#else

#include "tools/bench/OneDnnWeights.h"
#include "tools/bench/Stream.h"

#include <cstring>
#include <unordered_map>

using namespace seqc::bench;
using Format = dnnl::memory::format_tag;
using Element = dnnl::memory::data_type;

namespace {
/// What every step reads and writes; the weights in a layout of oneDNN's
/// choice.
struct Step {
  dnnl::memory::desc input, output, state, cell, layer, recurrent, bias;

  Step(const RecurrentLayer &data, Element element) {
    int64_t H = data.hidden, gates = data.gates();
    input = {{1, 1, data.inputs}, element, Format::tnc};
    output = {{1, 1, H}, element, Format::tnc};
    state = {{1, 1, 1, H}, element, Format::ldnc};
    cell = {{1, 1, 1, H}, Element::f32, Format::ldnc};
    layer = {{1, 1, data.inputs, gates, H}, element, Format::any};
    recurrent = {{1, 1, H, gates, H}, element, Format::any};
    bias = {{1, 1, gates, H}, Element::f32, Format::ldgo};
  }

  /// Empty where oneDNN has no such LSTM.
  dnnl::lstm_forward::primitive_desc describe(const dnnl::engine &engine) {
    return {{dnnl::prop_kind::forward_inference,
             dnnl::rnn_direction::unidirectional_left2right, input, state, cell,
             layer, recurrent, bias, output, state, cell},
            engine,
            /*allow_empty=*/true};
  }
};

/// A step reads one pair of states and writes the other.
class OneDnnStep : public Stream {
public:
  OneDnnStep(const RecurrentLayer &data, Element element, Step step,
             const dnnl::lstm_forward::primitive_desc &description,
             const dnnl::engine &engine);

  double rounding() const override {
    return element == Element::f32 ? 0 : 3e-2;
  }
  void run() override {
    Stream::run();
    dnnl::memory floats({{data.steps, data.hidden}, Element::f32, Format::ab},
                        engine, Y.data());
    dnnl::reorder(results, floats).execute(stream, results, floats);
    stream.wait();
  }

private:
  void reset() override {
    for (int which : {DNNL_ARG_SRC_ITER, DNNL_ARG_SRC_ITER_C}) {
      dnnl::memory &state = arguments[0].at(which);
      std::memset(state.get_data_handle(), 0, state.get_desc().get_size());
    }
  }
  void step(int64_t i) override {
    auto &given = arguments[i % 2];
    given.at(DNNL_ARG_SRC_LAYER).set_data_handle(rowOf(inputs, i));
    given.at(DNNL_ARG_DST_LAYER).set_data_handle(rowOf(results, i));
    layer.execute(stream, given);
    stream.wait();
  }

  char *rowOf(const dnnl::memory &rows, int64_t i) const {
    return static_cast<char *>(rows.get_data_handle()) +
           i * (rows.get_desc().get_size() / data.steps);
  }

  Element element;
  dnnl::engine engine;
  dnnl::stream stream;
  dnnl::primitive layer;
  Floats bias;
  dnnl::memory inputs, results; ///< Of all steps.
  std::unordered_map<int, dnnl::memory> arguments[2];
};
} // namespace

OneDnnStep::OneDnnStep(const RecurrentLayer &data, Element element, Step step,
                       const dnnl::lstm_forward::primitive_desc &description,
                       const dnnl::engine &engine)
    : Stream(element == Element::f32 ? "onednn" : "onednn-bf16", data),
      element(element), engine(engine), stream(engine), layer(description),
      bias(gatherBiases(data)),
      inputs({{data.steps, data.inputs}, element, Format::ab}, engine),
      results({{data.steps, data.hidden}, element, Format::ab}, engine) {
  dnnl::memory given({{data.steps, data.inputs}, Element::f32, Format::ab},
                     engine, const_cast<float *>(data.X.data()));
  dnnl::reorder(given, inputs).execute(stream, given, inputs);
  stream.wait();
  dnnl::memory states[2], cells[2];
  for (int side = 0; side < 2; ++side) {
    states[side] = dnnl::memory(step.state, engine);
    cells[side] = dnnl::memory(step.cell, engine);
  }
  dnnl::memory weights = packWeights(data.W, data, data.inputs,
                                     description.weights_layer_desc(), engine,
                                     stream),
               recurrent =
                   packWeights(data.R, data, data.hidden,
                               description.weights_iter_desc(), engine, stream);
  for (int side = 0; side < 2; ++side)
    arguments[side] = {
        {DNNL_ARG_SRC_LAYER, dnnl::memory(step.input, engine)},
        {DNNL_ARG_SRC_ITER, states[side]},
        {DNNL_ARG_SRC_ITER_C, cells[side]},
        {DNNL_ARG_WEIGHTS_LAYER, weights},
        {DNNL_ARG_WEIGHTS_ITER, recurrent},
        {DNNL_ARG_BIAS, dnnl::memory(step.bias, engine, bias.data())},
        {DNNL_ARG_DST_LAYER, dnnl::memory(step.output, engine)},
        {DNNL_ARG_DST_ITER, states[1 - side]},
        {DNNL_ARG_DST_ITER_C, cells[1 - side]},
    };
}

std::unique_ptr<Contender>
seqc::bench::makeOneDnnStep(const RecurrentLayer &data, bool narrow,
                            int threads, std::string &why) {
  if (!setOneDnnThreads(threads, why))
    return nullptr;
  Element element = narrow ? Element::bf16 : Element::f32;
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  Step step(data, element);
  auto description = step.describe(engine);
  if (!description) {
    why = format("oneDNN %s has no LSTM in %s for this processor",
                 oneDnnVersion().c_str(), narrow ? "bf16" : "f32");
    return nullptr;
  }
  return std::make_unique<OneDnnStep>(data, element, step, description, engine);
}

#endif // SEQC_BENCH_ONEDNN
