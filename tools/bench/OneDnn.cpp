//===- OneDnn.cpp - recurrent layers run by oneDNN, as a peer -------------===//
#include "tools/bench/OneDnn.h"

#ifndef SEQC_BENCH_ONEDNN

std::string seqc::bench::oneDnnVersion() { return "absent"; }

std::unique_ptr<seqc::bench::Contender>
seqc::bench::makeOneDnnLayer(const RecurrentLayer &, int, std::string &why) {
  why = "the bench was built without oneDNN (Debian's libdnnl-dev)";
  return nullptr;
}

#else

#include <algorithm>
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#if DNNL_VERSION_MAJOR != 2
#error "oneDNN 2 is required"
#endif

using namespace seqc::bench;
using Format = dnnl::memory::format_tag;

namespace {
constexpr auto f32 = dnnl::memory::data_type::f32;

class OneDnnLayer : public Contender {
public:
  explicit OneDnnLayer(const RecurrentLayer &data);

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

private:
  /// What all layers describe alike.
  struct Descriptions {
    dnnl::memory::desc sequence, state, weights, biases;
  };

  void makePrimitive(const RecurrentLayer &data, const Descriptions &desc);
  template <typename Primitive>
  void keep(const typename Primitive::primitive_desc &description);
  Floats gather(const RecurrentLayer &data) const;
  dnnl::memory packed(const Floats &onnx, const RecurrentLayer &data,
                      const dnnl::memory::desc &wanted);

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

/// Weights [gates * hidden, inputs] of ONNX, reordered by gate and then by
/// oneDNN into the layout that its primitive asked for.
dnnl::memory OneDnnLayer::packed(const Floats &onnx, const RecurrentLayer &data,
                                 const dnnl::memory::desc &wanted) {
  int64_t hidden = data.hidden, count = data.gates();
  Floats gates(onnx.size());
  for (int gate = 0; gate < count; ++gate)
    std::copy_n(onnx.data() + findInOnnx(data, gate) * hidden * hidden,
                hidden * hidden, gates.data() + gate * hidden * hidden);
  dnnl::memory plain({{1, 1, hidden, count, hidden}, f32, Format::ldgoi},
                     engine, gates.data());
  dnnl::memory result(wanted, engine);
  dnnl::reorder(plain, result).execute(stream, plain, result);
  stream.wait();
  return result;
}

/// The sum of both biases; a GRU's candidate keeps the recurrent one apart,
/// as a fourth.
Floats OneDnnLayer::gather(const RecurrentLayer &data) const {
  int64_t H = data.hidden, count = data.gates();
  bool gru = data.cell == RecurrentCell::Gru;
  Floats result((count + gru) * H);
  for (int gate = 0; gate < count; ++gate)
    for (int64_t unit = 0; unit < H; ++unit) {
      int64_t from = findInOnnx(data, gate) * H + unit;
      float recurrent = data.B.data()[count * H + from];
      bool apart = gru && gate == 2;
      result[gate * H + unit] = data.B.data()[from] + (apart ? 0 : recurrent);
      if (apart)
        result[3 * H + unit] = recurrent;
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
  constexpr auto forwards = dnnl::rnn_direction::unidirectional_left2right;
  dnnl::memory::desc none;
  switch (data.cell) {
  case RecurrentCell::Lstm:
    return keep<dnnl::lstm_forward>(
        {{kind, forwards, desc.sequence, none, none, desc.weights, desc.weights,
          desc.biases, desc.sequence, desc.state, desc.state},
         engine});
  case RecurrentCell::Gru:
    return keep<dnnl::lbr_gru_forward>(
        {{kind, forwards, desc.sequence, none, desc.weights, desc.weights,
          desc.biases, desc.sequence, desc.state},
         engine});
  case RecurrentCell::Rnn:
    return keep<dnnl::vanilla_rnn_forward>(
        {{kind, dnnl::algorithm::eltwise_tanh, forwards, desc.sequence, none,
          desc.weights, desc.weights, desc.biases, desc.sequence, desc.state},
         engine});
  }
}

OneDnnLayer::OneDnnLayer(const RecurrentLayer &data)
    : engine(dnnl::engine::kind::cpu, 0), stream(engine), bias(gather(data)),
      Y(data.X.size()), lastH(data.batch * data.hidden),
      lastC(data.cell == RecurrentCell::Lstm ? data.batch * data.hidden : 0) {
  int64_t T = data.steps, B = data.batch, H = data.hidden;
  Descriptions desc = {
      {{T, B, H}, f32, Format::tnc},
      {{1, 1, B, H}, f32, Format::ldnc},
      {{1, 1, H, data.gates(), H}, f32, Format::any},
      {{1, 1, static_cast<int64_t>(bias.size()) / H, H}, f32, Format::ldgo}};
  makePrimitive(data, desc);
  auto memory = [&](const dnnl::memory::desc &type, const Floats &floats) {
    return dnnl::memory(type, engine, floats.data());
  };
  arguments = {
      {DNNL_ARG_SRC_LAYER, memory(desc.sequence, data.X)},
      {DNNL_ARG_WEIGHTS_LAYER, packed(data.W, data, layerWeights)},
      {DNNL_ARG_WEIGHTS_ITER, packed(data.R, data, recurrentWeights)},
      {DNNL_ARG_BIAS, memory(desc.biases, bias)},
      {DNNL_ARG_DST_LAYER, memory(desc.sequence, Y)},
      {DNNL_ARG_DST_ITER, memory(desc.state, lastH)},
  };
  if (lastC.size())
    arguments.insert({DNNL_ARG_DST_ITER_C, memory(desc.state, lastC)});
}

std::unique_ptr<Contender>
seqc::bench::makeOneDnnLayer(const RecurrentLayer &data, int threads,
                             std::string &why) {
  // oneDNN takes its threads from OpenMP, whose library came with it.
  using SetThreads = void (*)(int);
  auto setThreads =
      reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (!setThreads) {
    why = "oneDNN without OpenMP: its number of threads cannot be set";
    return nullptr;
  }
  setThreads(threads);
  return std::make_unique<OneDnnLayer>(data);
}

std::string seqc::bench::oneDnnVersion() {
  const dnnl_version_t *version = dnnl_version();
  return format("%d.%d.%d", version->major, version->minor, version->patch);
}

#endif // SEQC_BENCH_ONEDNN
