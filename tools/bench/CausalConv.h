//===- CausalConv.h - the numbers of a causal convolution -----------------===//
#ifndef SEQC_TOOLS_BENCH_CAUSALCONV_H
#define SEQC_TOOLS_BENCH_CAUSALCONV_H

#include "tools/bench/Support.h"
#include "tools/bench/Timing.h"

#include <memory>

namespace seqc::bench {

/// y[t, d] = silu(bias[d] + sum over k of w[d, k] x[t - taps + 1 + k, d]), with
/// zeros before the first step.
struct CausalConv {
  int64_t steps, channels, taps;
  Floats x, w, bias; ///< [steps, channels], [channels, taps], [channels]
};

/// Input and output lie as they do for the others, or blocked by channels as
/// oneDNN asks for. Null, with the reason in `why`, where the bench was built
/// without oneDNN.
std::unique_ptr<Contender> makeOneDnnConvolution(const CausalConv &data,
                                                 bool blocked, int threads,
                                                 std::string &why);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_CAUSALCONV_H
