//===- OneDnnConvolution.cpp - a causal convolution by oneDNN, as a peer --===//
#include "tools/bench/CausalConv.h"
#include "tools/bench/OneDnn.h"

#ifndef SEQC_BENCH_ONEDNN

std::unique_ptr<seqc::bench::Contender>
seqc::bench::makeOneDnnConvolution(const CausalConv &, bool, int,
                                   std::string &why) {
  why = oneDnnAbsence;
  return nullptr;
}

#else

#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

using namespace seqc::bench;
using Tag = dnnl::memory::format_tag;

namespace {
constexpr auto f32 = dnnl::memory::data_type::f32;

/// A depthwise convolution of an image one pixel high, padded on the left, and
/// SiLU as what oneDNN does after it. In one dimension it has no code of its
/// own for this.
class OneDnnConvolution : public Contender {
public:
  OneDnnConvolution(const CausalConv &data, bool blocked);

  std::string name() const override { return title; }
  void run() override {
    primitive.execute(stream, arguments);
    stream.wait();
  }
  std::vector<View> outputs() const override {
    dnnl::memory from = result, to(plain, engine, y.data());
    dnnl::stream once = stream;
    dnnl::reorder(from, to).execute(once, from, to);
    once.wait();
    return {{y.data(), y.size()}};
  }

private:
  dnnl::memory reordered(const Floats &values, const dnnl::memory::desc &given,
                         const dnnl::memory::desc &wanted);

  std::string title;
  dnnl::engine engine;
  mutable dnnl::stream stream;
  dnnl::memory::desc plain;
  mutable Floats y;
  dnnl::memory result;
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};
} // namespace

dnnl::memory OneDnnConvolution::reordered(const Floats &values,
                                          const dnnl::memory::desc &given,
                                          const dnnl::memory::desc &wanted) {
  dnnl::memory from(given, engine, const_cast<float *>(values.data()));
  dnnl::memory to(wanted, engine);
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return to;
}

OneDnnConvolution::OneDnnConvolution(const CausalConv &data, bool blocked)
    : title(blocked ? "onednn-blocked" : "onednn-nwc"),
      engine(dnnl::engine::kind::cpu, 0), stream(engine), y(data.x.size()) {
  int64_t T = data.steps, D = data.channels, K = data.taps;
  // Blocked by as many channels as its code for this processor takes.
  Tag layout = blocked ? Tag::any : Tag::nhwc;
  plain = {{1, D, 1, T}, f32, Tag::nhwc};
  dnnl::memory::desc image({1, D, 1, T}, f32, layout);
  dnnl::memory::desc taps({D, 1, 1, 1, K}, f32, Tag::any);
  dnnl::memory::desc bias({D}, f32, Tag::a);
  dnnl::post_ops silu;
  silu.append_eltwise(1.0f, dnnl::algorithm::eltwise_swish, 1.0f, 0.0f);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(silu);
  dnnl::convolution_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference,
       dnnl::algorithm::convolution_direct,
       image,
       taps,
       bias,
       image,
       {1, 1},
       {0, 0},
       {0, K - 1},
       {0, 0}},
      attributes, engine);
  primitive = dnnl::convolution_forward(description);
  result = dnnl::memory(description.dst_desc(), engine);
  arguments = {
      {DNNL_ARG_SRC, reordered(data.x, plain, description.src_desc())},
      {DNNL_ARG_WEIGHTS, reordered(data.w, {{D, 1, 1, 1, K}, f32, Tag::abcde},
                                   description.weights_desc())},
      {DNNL_ARG_BIAS, reordered(data.bias, bias, bias)},
      {DNNL_ARG_DST, result},
  };
}

std::unique_ptr<Contender>
seqc::bench::makeOneDnnConvolution(const CausalConv &data, bool blocked,
                                   int threads, std::string &why) {
  if (!setOneDnnThreads(threads, why))
    return nullptr;
  return std::make_unique<OneDnnConvolution>(data, blocked);
}

#endif // SEQC_BENCH_ONEDNN
