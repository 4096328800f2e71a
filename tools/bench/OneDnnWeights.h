//===- OneDnnWeights.h - a layer's weights as oneDNN takes them -*- C++ -*-===//
#ifndef SEQC_TOOLS_BENCH_ONEDNNWEIGHTS_H
#define SEQC_TOOLS_BENCH_ONEDNNWEIGHTS_H

#include "tools/bench/RecurrentRow.h"

#include <oneapi/dnnl/dnnl.hpp>

#if DNNL_VERSION_MAJOR != 2
#error "oneDNN 2 is required"
#endif

namespace seqc::bench {

/// Weights [directions, gates * hidden, inputs] of ONNX in the layout, and of
/// the type, that a primitive asked for.
dnnl::memory packWeights(const Floats &onnx, const RecurrentLayer &data,
                         int64_t inputs, const dnnl::memory::desc &wanted,
                         const dnnl::engine &engine, dnnl::stream &stream);

/// The sum of both biases; a GRU's candidate keeps the recurrent one apart, as
/// a fourth.
Floats gatherBiases(const RecurrentLayer &data);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ONEDNNWEIGHTS_H
