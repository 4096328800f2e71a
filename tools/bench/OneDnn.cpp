//===- OneDnn.cpp - recurrent layers run by oneDNN, as a peer -------------===//
#include "tools/bench/OneDnn.h"

#ifndef SEQC_BENCH_ONEDNN

std::string seqc::bench::oneDnnVersion() { return "absent"; }

std::unique_ptr<seqc::bench::Contender>
seqc::bench::makeOneDnnLayer(const RecurrentLayer &, int, std::string &why) {
  why = oneDnnAbsence;
  return nullptr;
}

std::unique_ptr<seqc::bench::Contender>
seqc::bench::makeOneDnnStack(const std::vector<RecurrentLayer> &, int,
                             std::string &why) {
  why = oneDnnAbsence;
  return nullptr;
}

#else

#include "tools/bench/OneDnnWeights.h"

#include <algorithm>
#include <dlfcn.h>
#include <unordered_map>

using namespace seqc::bench;
using Format = dnnl::memory::format_tag;

namespace {
constexpr auto f32 = dnnl::memory::data_type::f32;

class OneDnnLayer : public Contender {
public:
  /// Reads `x`, which is [steps, batch, inputs].
  OneDnnLayer(const RecurrentLayer &data, const Floats &x);

  std::string name() const override { return "onednn"; }
  void run() override {
    layer.execute(stream, arguments);
    stream.wait();
  }
  std::vector<View> outputs() const override {
    std::vector<View> views = {{Y.data(), Y.size()},
                               {lastH.data(), lastH.size()}};
    if (lastC.size())
      views.push_back({lastC.data(), lastC.size()});
    return views;
  }

  const Floats &sequence() const { return Y; }

private:
  /// What all layers describe alike.
  struct Descriptions {
    dnnl::memory::desc input, sequence, state, layer, recurrent, biases;
    dnnl::rnn_direction direction;
  };

  void makePrimitive(const RecurrentLayer &data, const Descriptions &desc);
  template <typename Primitive>
  void keep(const typename Primitive::primitive_desc &description);

  dnnl::engine engine;
  dnnl::stream stream;
  Floats bias, Y, lastH, lastC;
  dnnl::primitive layer;
  dnnl::memory::desc layerWeights, recurrentWeights;
  std::unordered_map<int, dnnl::memory> arguments;
};
} // namespace

/// Where oneDNN's gates are among ONNX's: i f c o among i o f c; a GRU's
/// update, reset and candidate are z r h.
static int findInOnnx(const RecurrentLayer &data, int gate) {
  static const int lstm[4] = {0, 2, 3, 1};
  return data.cell == RecurrentCell::Lstm ? lstm[gate] : gate;
}

/// Weights [directions, gates * hidden, inputs] of ONNX, reordered by gate and
/// then by oneDNN into the layout that its primitive asked for.
dnnl::memory
seqc::bench::packWeights(const Floats &onnx, const RecurrentLayer &data,
                         int64_t inputs, const dnnl::memory::desc &wanted,
                         const dnnl::engine &engine, dnnl::stream &stream) {
  int64_t hidden = data.hidden, count = data.gates(), size = hidden * inputs;
  Floats gates(onnx.size());
  for (int64_t side = 0; side < data.directions; ++side)
    for (int gate = 0; gate < count; ++gate)
      std::copy_n(onnx.data() + (side * count + findInOnnx(data, gate)) * size,
                  size, gates.data() + (side * count + gate) * size);
  dnnl::memory plain(
      {{1, data.directions, inputs, count, hidden}, f32, Format::ldgoi}, engine,
      gates.data());
  dnnl::memory result(wanted, engine);
  dnnl::reorder(plain, result).execute(stream, plain, result);
  stream.wait();
  return result;
}

/// The sum of both biases; a GRU's candidate keeps the recurrent one apart,
/// as a fourth.
Floats seqc::bench::gatherBiases(const RecurrentLayer &data) {
  int64_t H = data.hidden, count = data.gates();
  bool gru = data.cell == RecurrentCell::Gru;
  Floats result(data.directions * (count + gru) * H);
  for (int64_t side = 0; side < data.directions; ++side) {
    const float *biases = data.B.data() + side * 2 * count * H;
    float *to = result.data() + side * (count + gru) * H;
    for (int gate = 0; gate < count; ++gate)
      for (int64_t unit = 0; unit < H; ++unit) {
        int64_t from = findInOnnx(data, gate) * H + unit;
        float recurrent = biases[count * H + from];
        bool apart = gru && gate == 2;
        to[gate * H + unit] = biases[from] + (apart ? 0 : recurrent);
        if (apart)
          to[3 * H + unit] = recurrent;
      }
  }
  return result;
}

template <typename Primitive>
void OneDnnLayer::keep(const typename Primitive::primitive_desc &description) {
  layer = Primitive(description);
  layerWeights = description.weights_layer_desc();
  recurrentWeights = description.weights_iter_desc();
}

void OneDnnLayer::makePrimitive(const RecurrentLayer &data,
                                const Descriptions &desc) {
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  dnnl::memory::desc none;
  switch (data.cell) {
  case RecurrentCell::Lstm:
    return keep<dnnl::lstm_forward>(
        {{kind, desc.direction, desc.input, none, none, desc.layer,
          desc.recurrent, desc.biases, desc.sequence, desc.state, desc.state},
         engine});
  case RecurrentCell::Gru:
    return keep<dnnl::lbr_gru_forward>(
        {{kind, desc.direction, desc.input, none, desc.layer, desc.recurrent,
          desc.biases, desc.sequence, desc.state},
         engine});
  case RecurrentCell::Rnn:
    return keep<dnnl::vanilla_rnn_forward>(
        {{kind, dnnl::algorithm::eltwise_tanh, desc.direction, desc.input, none,
          desc.layer, desc.recurrent, desc.biases, desc.sequence, desc.state},
         engine});
  }
}

OneDnnLayer::OneDnnLayer(const RecurrentLayer &data, const Floats &x)
    : engine(dnnl::engine::kind::cpu, 0), stream(engine),
      bias(gatherBiases(data)),
      Y(data.steps * data.batch * data.directions * data.hidden),
      lastH(data.directions * data.batch * data.hidden),
      lastC(data.cell == RecurrentCell::Lstm ? lastH.size() : 0) {
  int64_t T = data.steps, B = data.batch, H = data.hidden, D = data.directions;
  Descriptions desc = {{{T, B, data.inputs}, f32, Format::tnc},
                       {{T, B, D * H}, f32, Format::tnc},
                       {{1, D, B, H}, f32, Format::ldnc},
                       {{1, D, data.inputs, data.gates(), H}, f32, Format::any},
                       {{1, D, H, data.gates(), H}, f32, Format::any},
                       {{1, D, static_cast<int64_t>(bias.size()) / (D * H), H},
                        f32,
                        Format::ldgo},
                       D == 2 ? dnnl::rnn_direction::bidirectional_concat
                              : dnnl::rnn_direction::unidirectional_left2right};
  makePrimitive(data, desc);
  auto memory = [&](const dnnl::memory::desc &type, const Floats &floats) {
    return dnnl::memory(type, engine, floats.data());
  };
  arguments = {
      {DNNL_ARG_SRC_LAYER, memory(desc.input, x)},
      {DNNL_ARG_WEIGHTS_LAYER,
       packWeights(data.W, data, data.inputs, layerWeights, engine, stream)},
      {DNNL_ARG_WEIGHTS_ITER,
       packWeights(data.R, data, H, recurrentWeights, engine, stream)},
      {DNNL_ARG_BIAS, memory(desc.biases, bias)},
      {DNNL_ARG_DST_LAYER, memory(desc.sequence, Y)},
      {DNNL_ARG_DST_ITER, memory(desc.state, lastH)},
  };
  if (lastC.size())
    arguments.insert({DNNL_ARG_DST_ITER_C, memory(desc.state, lastC)});
}

namespace {
/// Layers in turn; the last one's sequence is what comes out.
class OneDnnStack : public Contender {
public:
  explicit OneDnnStack(const std::vector<RecurrentLayer> &data) {
    for (const RecurrentLayer &layer : data)
      layers.push_back(std::make_unique<OneDnnLayer>(
          layer, layers.empty() ? layer.X : layers.back()->sequence()));
  }

  std::string name() const override { return "onednn"; }
  void run() override {
    for (auto &layer : layers)
      layer->run();
  }
  std::vector<View> outputs() const override {
    return {layers.back()->outputs().front()};
  }

private:
  std::vector<std::unique_ptr<OneDnnLayer>> layers;
};
} // namespace

/// oneDNN takes its threads from OpenMP, whose library came with it.
bool seqc::bench::setOneDnnThreads(int threads, std::string &why) {
  using SetThreads = void (*)(int);
  auto setThreads =
      reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (setThreads)
    setThreads(threads);
  else
    why = "oneDNN without OpenMP: its number of threads cannot be set";
  return setThreads;
}

std::unique_ptr<Contender>
seqc::bench::makeOneDnnLayer(const RecurrentLayer &data, int threads,
                             std::string &why) {
  if (!setOneDnnThreads(threads, why))
    return nullptr;
  return std::make_unique<OneDnnLayer>(data, data.X);
}

std::unique_ptr<Contender>
seqc::bench::makeOneDnnStack(const std::vector<RecurrentLayer> &layers,
                             int threads, std::string &why) {
  if (!setOneDnnThreads(threads, why))
    return nullptr;
  return std::make_unique<OneDnnStack>(layers);
}

std::string seqc::bench::oneDnnVersion() {
  const dnnl_version_t *version = dnnl_version();
  return format("%d.%d.%d", version->major, version->minor, version->patch);
}

#endif // SEQC_BENCH_ONEDNN
