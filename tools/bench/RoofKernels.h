//===- RoofKernels.h - loops that reach one limit of the machine each -----===//
//
// The loops are templates over a vector type that RoofsAvx2.cpp,
// RoofsAvx512.cpp and RoofsNeon.cpp supply. They are static and include no
// library header: each of those files is compiled for another instruction set,
// and a shared inline function would carry it elsewhere.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_ROOFKERNELS_H
#define SEQC_TOOLS_BENCH_ROOFKERNELS_H

#include "tools/bench/RecurrentCell.h"
#include "tools/bench/ScanLoops.h"

namespace seqc::bench {

/// A small layer written by hand (HandCells.h). `step` takes packed weights,
/// one input and the state in place; null for a cell or a size that is not
/// there.
struct HandCell {
  void (*step)(const float *packed, float x, float *h, float *c) = nullptr;
  /// Packs ONNX's weights into `packedSize` zeros.
  void (*pack)(const float *W, const float *R, const float *B,
               float *to) = nullptr;
  long packedSize = 0, stateSize = 0; // floats
};

struct RoofKernels {
  const char *name;
  /// Lanes times accumulators: the fused multiply-adds of one iteration.
  long fmasPerIteration;
  /// Independent chains of multiply-adds; returns their sum.
  float (*fma)(long iterations);
  /// Multiply-adds of which each waits for the one before it.
  float (*chain)(long count);
  /// Sums n floats, a multiple of 128.
  float (*read)(const float *data, long n);
  /// Copies n floats, a multiple of 128, past the caches.
  void (*copy)(float *to, const float *from, long n);
  /// to = a + 0.9 b for n floats, a multiple of 128, into the caches.
  void (*triad)(float *to, const float *a, const float *b, long n);
  /// exp of n floats, a multiple of 128, none above 88; those below -87 are
  /// taken as -87, which keeps the result a normal number.
  void (*exp)(float *to, const float *from, long n);
  /// The selective scan written by hand: channels [first, last) of every batch
  /// entry, both multiples of 64; states are HAND_SCAN_STATES; `scratch` holds
  /// 2 * states floats for each channel.
  void (*scan)(const scan_problem *problem, long first, long last,
               float *scratch);
  /// An LSTM or GRU of one input; 8, 16 or 40 units.
  HandCell (*cell)(RecurrentCell cell, long units);
};

const RoofKernels &avx2RoofKernels();
const RoofKernels &avx512RoofKernels();
const RoofKernels &neonRoofKernels();

template <typename V> static float fmaLoop(long iterations) {
  typename V::Type sums[V::accumulators];
  volatile float almostOne = 0.999f, small = 1e-3f;
  typename V::Type factor = V::splat(almostOne), addend = V::splat(small);
  for (int i = 0; i < V::accumulators; ++i)
    sums[i] = V::splat(float(i));
  for (long step = 0; step < iterations; ++step)
    for (int i = 0; i < V::accumulators; ++i)
      sums[i] = V::fma(sums[i], factor, addend);
  for (int i = 1; i < V::accumulators; ++i)
    sums[0] = V::add(sums[0], sums[i]);
  return V::sum(sums[0]);
}

template <typename V> static float chainLoop(long count) {
  volatile float almostOne = 0.999f, small = 1e-3f;
  typename V::Type factor = V::splat(almostOne), sum = V::splat(small);
  for (long i = 0; i < count; ++i)
    sum = V::fma(sum, factor, factor);
  return V::sum(sum);
}

template <typename V> static float readLoop(const float *data, long n) {
  typename V::Type sums[8];
  for (int i = 0; i < 8; ++i)
    sums[i] = V::splat(0);
  for (long at = 0; at < n; at += 8 * V::lanes)
    for (int i = 0; i < 8; ++i)
      sums[i] = V::add(sums[i], V::load(data + at + i * V::lanes));
  for (int i = 1; i < 8; ++i)
    sums[0] = V::add(sums[0], sums[i]);
  return V::sum(sums[0]);
}

template <typename V>
static void copyLoop(float *to, const float *from, long n) {
  for (long at = 0; at < n; at += 8 * V::lanes)
    for (int i = 0; i < 8; ++i)
      V::stream(to + at + i * V::lanes, V::load(from + at + i * V::lanes));
  V::fence();
}

template <typename V>
static void triadLoop(float *to, const float *a, const float *b, long n) {
  typename V::Type factor = V::splat(0.9f);
  for (long at = 0; at < n; at += 4 * V::lanes)
    for (int i = 0; i < 4; ++i) {
      long j = at + i * V::lanes;
      V::store(to + j, V::fma(factor, V::load(b + j), V::load(a + j)));
    }
}

/// e^x = 2^k e^r with k = round(x log2 e) and |r| <= log(2)/2, where the series
/// up to r^6/720 is within 1.3e-7 of e^r. k log 2 is subtracted in two parts.
template <typename V> static typename V::Type exponential(typename V::Type x) {
  x = V::max(x, V::splat(-87.0f));
  typename V::Type k = V::round(V::mul(x, V::splat(1.44269504f)));
  typename V::Type r = V::fma(k, V::splat(-0.693359375f), x);
  r = V::fma(k, V::splat(2.12194440e-4f), r);
  typename V::Type p = V::splat(1.0f / 720);
  p = V::fma(p, r, V::splat(1.0f / 120));
  p = V::fma(p, r, V::splat(1.0f / 24));
  p = V::fma(p, r, V::splat(1.0f / 6));
  p = V::fma(p, r, V::splat(0.5f));
  p = V::fma(p, r, V::splat(1));
  p = V::fma(p, r, V::splat(1));
  return V::scaleByPowerOfTwo(p, k);
}

template <typename V>
static void expLoop(float *to, const float *from, long n) {
  for (long at = 0; at < n; at += 4 * V::lanes)
    for (int i = 0; i < 4; ++i) {
      const float *source = from + at + i * V::lanes;
      V::store(to + at + i * V::lanes, exponential<V>(V::load(source)));
    }
}

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ROOFKERNELS_H
