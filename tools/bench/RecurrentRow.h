//===- RecurrentRow.h - the numbers of one recurrent layer ------*- C++ -*-===//
#ifndef SEQC_TOOLS_BENCH_RECURRENTROW_H
#define SEQC_TOOLS_BENCH_RECURRENTROW_H

#include "tools/bench/Row.h"

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

/// Reads the weights of all `layers` and the first one's input, in this order,
/// unless they are there already.
void readLayers(const std::string &path, std::vector<RecurrentLayer> &layers);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_RECURRENTROW_H
