//===- LstmRow.h - the numbers of one LSTM layer --------------------------===//
#ifndef SEQC_TOOLS_BENCH_LSTMROW_H
#define SEQC_TOOLS_BENCH_LSTMROW_H

#include "tools/bench/Row.h"

namespace seqc::bench {

/// Sizes, weights and input of an LSTM layer with ONNX's meaning: W and R are
/// [4 * hidden, hidden] with gates in the order i o f c, B is W's then R's
/// bias, X is [steps, batch, hidden]; the first state is zero.
struct LstmData {
  int64_t steps, batch, hidden;
  Floats W, R, B, X;
};

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_LSTMROW_H
