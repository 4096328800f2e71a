//===- HandCells.h - one step of a small layer, written by hand -----------===//
//
// What somebody who knows the cell, its size and the machine would write with
// intrinsics: a mark for how near compiled steps come. One input, batch 1; the
// number of units is a constant, so that every loop is unrolled; the gates of a
// unit stand together and all weights are scaled for powers of two.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_HANDCELLS_H
#define SEQC_TOOLS_BENCH_HANDCELLS_H

#include "tools/bench/HandScan.h"

namespace seqc::bench {
constexpr float handLog2e = 1.44269504f;

/// For units in whole vectors: a tile's bias [gates + 1], weights of the input
/// [gates] and of every unit [gates], each of `lanes` numbers. A GRU keeps the
/// recurrent bias of its candidate apart, as the last.
template <typename V, int units> struct HandLayout {
  static constexpr long lanes = V::lanes;
  static constexpr long tiles = (units + lanes - 1) / lanes;
  static constexpr long tileSize(long gates) {
    return (gates + 1 + gates + units * gates) * lanes;
  }
};

/// 1 / (1 + 2^-x) of several vectors.
template <typename V, int count>
static void handSigmoids(typename V::Type (&x)[count]) {
  for (int i = 0; i < count; ++i) // keeps the power finite
    x[i] = V::sub(V::splat(0), V::max(x[i], V::splat(-115)));
  exponentialsOfTwo<V>(x);
  for (int i = 0; i < count; ++i)
    x[i] = V::div(V::splat(1), V::add(V::splat(1), x[i]));
}

/// tanh of a number, from the sigmoid of twice that.
template <typename V> static typename V::Type handTanh(typename V::Type s) {
  return V::sub(V::add(s, s), V::splat(1));
}

/// The sums of all gates of one tile: what is known of the input, plus the
/// products with the units. Two chains for each gate hide the latency.
template <typename V, int units, int gates>
static void handSums(const float *weights, const float *h,
                     typename V::Type (&sums)[gates]) {
  constexpr long lanes = V::lanes;
  typename V::Type odd[gates];
  for (int g = 0; g < gates; ++g)
    odd[g] = V::splat(0);
#pragma GCC unroll 8
  for (int k = 0; k < units; k += 2) {
    typename V::Type even = V::splat(h[k]), next = V::splat(h[k + 1]);
    for (int g = 0; g < gates; ++g) {
      sums[g] =
          V::fma(even, V::load(weights + (k * gates + g) * lanes), sums[g]);
      odd[g] = V::fma(next, V::load(weights + ((k + 1) * gates + g) * lanes),
                      odd[g]);
    }
  }
  for (int g = 0; g < gates; ++g)
    sums[g] = V::add(sums[g], odd[g]);
}

template <typename V, int units>
static void handLstm(const float *weights, float x, float *h, float *c) {
  constexpr long lanes = V::lanes, gates = 4;
  using Layout = HandLayout<V, units>;
  typename V::Type fresh[Layout::tiles];
  for (long tile = 0; tile < Layout::tiles; ++tile) {
    const float *bias = weights + tile * Layout::tileSize(gates);
    const float *input = bias + (gates + 1) * lanes;
    typename V::Type sums[gates];
    for (int g = 0; g < gates; ++g)
      sums[g] = V::fma(V::splat(x), V::load(input + g * lanes),
                       V::load(bias + g * lanes));
    handSums<V, units>(input + gates * lanes, h, sums);
    handSigmoids<V>(sums); // i o f, and that of the candidate
    typename V::Type cell = V::fma(sums[2], V::load(c + tile * lanes),
                                   V::mul(sums[0], handTanh<V>(sums[3])));
    V::store(c + tile * lanes, cell);
    typename V::Type bent[1] = {V::mul(cell, V::splat(2 * handLog2e))};
    handSigmoids<V>(bent);
    fresh[tile] = V::mul(sums[1], handTanh<V>(bent[0]));
  }
  for (long tile = 0; tile < Layout::tiles; ++tile)
    V::store(h + tile * lanes, fresh[tile]);
}

template <typename V, int units>
static void handGru(const float *weights, float x, float *h, float *) {
  constexpr long lanes = V::lanes, gates = 3;
  using Layout = HandLayout<V, units>;
  typename V::Type fresh[Layout::tiles];
  for (long tile = 0; tile < Layout::tiles; ++tile) {
    const float *bias = weights + tile * Layout::tileSize(gates);
    const float *input = bias + (gates + 1) * lanes;
    typename V::Type in = V::splat(x), sums[gates];
    for (int g = 0; g < 2; ++g)
      sums[g] =
          V::fma(in, V::load(input + g * lanes), V::load(bias + g * lanes));
    sums[2] = V::load(bias + 3 * lanes);
    handSums<V, units>(input + gates * lanes, h, sums);
    typename V::Type open[2] = {sums[0], sums[1]}; // z r
    handSigmoids<V>(open);
    typename V::Type candidate[1] = {V::fma(
        open[1], sums[2],
        V::fma(in, V::load(input + 2 * lanes), V::load(bias + 2 * lanes)))};
    handSigmoids<V>(candidate);
    typename V::Type value = handTanh<V>(candidate[0]);
    fresh[tile] =
        V::fma(open[0], V::sub(V::load(h + tile * lanes), value), value);
  }
  for (long tile = 0; tile < Layout::tiles; ++tile)
    V::store(h + tile * lanes, fresh[tile]);
}

/// Lays ONNX's weights of one input out; `to` is zeroed. Gates are in ONNX's
/// order, and the last one's function is tanh.
template <typename V, int units, int gates>
static void handPack(const float *W, const float *R, const float *B,
                     float *to) {
  constexpr long lanes = V::lanes;
  for (long unit = 0; unit < units; ++unit) {
    float *bias = to + unit / lanes * HandLayout<V, units>::tileSize(gates) +
                  unit % lanes;
    float *input = bias + (gates + 1) * lanes;
    for (long g = 0; g < gates; ++g) {
      float scale = g + 1 == gates ? 2 * handLog2e : handLog2e;
      long row = g * units + unit;
      float recurrent = B[gates * units + row];
      bool apart = gates == 3 && g == 2;
      bias[g * lanes] = scale * (B[row] + (apart ? 0 : recurrent));
      if (apart)
        bias[3 * lanes] = scale * recurrent;
      input[g * lanes] = scale * W[row];
      for (long k = 0; k < units; ++k)
        input[(gates + k * gates + g) * lanes] = scale * R[row * units + k];
    }
  }
}

template <typename V, int units, int gates>
static HandCell handCell(void (*step)(const float *, float, float *, float *)) {
  using Layout = HandLayout<V, units>;
  return {step, handPack<V, units, gates>,
          Layout::tiles * Layout::tileSize(gates), Layout::tiles * V::lanes};
}

template <typename V, int units> static HandCell handCell(RecurrentCell cell) {
  switch (cell) {
  case RecurrentCell::Lstm:
    return handCell<V, units, 4>(handLstm<V, units>);
  case RecurrentCell::Gru:
    return handCell<V, units, 3>(handGru<V, units>);
  case RecurrentCell::Rnn:
    break;
  }
  return {};
}

/// The cell with so many units; without a step where there is none.
template <typename V>
static HandCell handCells(RecurrentCell cell, long units) {
  switch (units) {
  case 8:
    return handCell<V, 8>(cell);
  case 16:
    return handCell<V, 16>(cell);
  case 40:
    return handCell<V, 40>(cell);
  default:
    return {};
  }
}

template <typename V> static RoofKernels kernelsOf(const char *name) {
  return {name,         V::accumulators * V::lanes,
          fmaLoop<V>,   chainLoop<V>,
          readLoop<V>,  copyLoop<V>,
          triadLoop<V>, expLoop<V>,
          handScan<V>,  handCells<V>};
}

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_HANDCELLS_H
