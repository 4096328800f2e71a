//===- OneDnn.cpp - LSTM layers run by oneDNN, as a peer ------------------===//
#include "tools/bench/OneDnn.h"

#ifndef SEQC_BENCH_ONEDNN

std::string seqc::bench::oneDnnVersion() { return "absent"; }

std::unique_ptr<seqc::bench::Contender>
seqc::bench::makeOneDnnLstm(const LstmData &, int, std::string &why) {
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

class OneDnnLstm : public Contender {
public:
  explicit OneDnnLstm(const LstmData &data);

  std::string name() const override { return "onednn"; }
  void run() override {
    lstm.execute(stream, arguments);
    stream.wait();
  }
  std::vector<View> outputs() const override {
    return {{Y.data(), Y.size()},
            {lastH.data(), lastH.size()},
            {lastC.data(), lastC.size()}};
  }

private:
  dnnl::memory packed(const Floats &onnx, const LstmData &data,
                      const dnnl::memory::desc &wanted);

  dnnl::engine engine;
  dnnl::stream stream;
  Floats bias, Y, lastH, lastC;
  dnnl::lstm_forward lstm;
  std::unordered_map<int, dnnl::memory> arguments;
};
} // namespace

/// Where oneDNN's gates i f c o are among ONNX's i o f c.
static constexpr int gateInOnnx[4] = {0, 2, 3, 1};

/// Weights [4 * hidden, inputs] of ONNX, reordered by gate and then by oneDNN
/// into the layout that its primitive asked for.
dnnl::memory OneDnnLstm::packed(const Floats &onnx, const LstmData &data,
                                const dnnl::memory::desc &wanted) {
  int64_t hidden = data.hidden;
  Floats gates(onnx.size());
  for (int gate = 0; gate < 4; ++gate)
    std::copy_n(onnx.data() + gateInOnnx[gate] * hidden * hidden,
                hidden * hidden, gates.data() + gate * hidden * hidden);
  dnnl::memory plain({{1, 1, hidden, 4, hidden}, f32, Format::ldgoi}, engine,
                     gates.data());
  dnnl::memory result(wanted, engine);
  dnnl::reorder(plain, result).execute(stream, plain, result);
  stream.wait();
  return result;
}

OneDnnLstm::OneDnnLstm(const LstmData &data)
    : engine(dnnl::engine::kind::cpu, 0), stream(engine), bias(4 * data.hidden),
      Y(data.X.size()), lastH(data.batch * data.hidden),
      lastC(data.batch * data.hidden) {
  int64_t T = data.steps, B = data.batch, H = data.hidden;
  for (int gate = 0; gate < 4; ++gate)
    for (int64_t unit = 0; unit < H; ++unit) {
      int64_t from = gateInOnnx[gate] * H + unit;
      bias[gate * H + unit] = data.B.data()[from] + data.B.data()[4 * H + from];
    }

  dnnl::memory::desc sequence({T, B, H}, f32, Format::tnc);
  dnnl::memory::desc state({1, 1, B, H}, f32, Format::ldnc);
  dnnl::memory::desc weights({1, 1, H, 4, H}, f32, Format::any);
  dnnl::memory::desc biases({1, 1, 4, H}, f32, Format::ldgo);
  dnnl::lstm_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference,
       dnnl::rnn_direction::unidirectional_left2right, sequence,
       dnnl::memory::desc(), dnnl::memory::desc(), weights, weights, biases,
       sequence, state, state},
      engine);
  lstm = dnnl::lstm_forward(description);

  auto memory = [&](const dnnl::memory::desc &desc, const Floats &floats) {
    return dnnl::memory(desc, engine, floats.data());
  };
  arguments = {
      {DNNL_ARG_SRC_LAYER, memory(sequence, data.X)},
      {DNNL_ARG_WEIGHTS_LAYER,
       packed(data.W, data, description.weights_layer_desc())},
      {DNNL_ARG_WEIGHTS_ITER,
       packed(data.R, data, description.weights_iter_desc())},
      {DNNL_ARG_BIAS, memory(biases, bias)},
      {DNNL_ARG_DST_LAYER, memory(sequence, Y)},
      {DNNL_ARG_DST_ITER, memory(state, lastH)},
      {DNNL_ARG_DST_ITER_C, memory(state, lastC)},
  };
}

std::unique_ptr<Contender> seqc::bench::makeOneDnnLstm(const LstmData &data,
                                                       int threads,
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
  return std::make_unique<OneDnnLstm>(data);
}

std::string seqc::bench::oneDnnVersion() {
  const dnnl_version_t *version = dnnl_version();
  return format("%d.%d.%d", version->major, version->minor, version->patch);
}

#endif // SEQC_BENCH_ONEDNN
