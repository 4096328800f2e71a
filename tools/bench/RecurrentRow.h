//===- RecurrentRow.h - the numbers of one recurrent layer ------*- C++ -*-===//
#ifndef SEQC_TOOLS_BENCH_RECURRENTROW_H
#define SEQC_TOOLS_BENCH_RECURRENTROW_H

#include "tools/bench/Row.h"

#include <functional>

namespace seqc::bench {

/// Sizes, weights and input of a recurrent layer with ONNX's meaning: for every
/// direction, W is [gates * hidden, inputs], R is [gates * hidden, hidden], B
/// is W's then R's bias; X is [steps, batch, inputs]; the first state is zero.
/// The order of gates is i o f c (LSTM) and z r h (GRU); a GRU resets after the
/// recurrent product.
struct RecurrentLayer {
  RecurrentCell cell;
  int64_t steps, batch, inputs, hidden;
  int64_t directions = 1;
  Floats W, R, B, X;

  bool isLstm() const { return cell == RecurrentCell::Lstm; }
  int64_t gates() const {
    return isLstm() ? 4 : cell == RecurrentCell::Gru ? 3 : 1;
  }
};

/// "lstm", "gru" or "rnn".
const char *cellName(RecurrentCell cell);

/// Reads the weights of all `count` layers and the first one's input, in this
/// order, unless they are there already.
void readLayers(const std::string &path, RecurrentLayer *layers,
                size_t count = 1);

/// The peers that run layers over whole sequences, and the compiled model, with
/// input X and these outputs. `stem` is the models' path without extension.
Lineup
lineUpLayers(const Setup &setup, Pool &pool, const std::string &stem,
             const Floats &X, const std::vector<std::string> &outputs,
             const std::function<std::unique_ptr<Contender>()> &makeOnnxRuntime,
             const std::function<std::unique_ptr<Contender>(std::string &why)>
                 &makeOneDnn);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_RECURRENTROW_H
