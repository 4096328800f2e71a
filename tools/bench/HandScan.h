//===- HandScan.h - the selective scan written by hand --------------------===//
//
// What somebody who knows the recurrence and the machine would write with
// intrinsics: a mark for how near the compiled scan comes. Channels side by
// side in the vectors, a few steps of many channels at a time, and the decay's
// base changed to two once, in A.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_HANDSCAN_H
#define SEQC_TOOLS_BENCH_HANDSCAN_H

#include "tools/bench/RoofKernels.h"

namespace seqc::bench {
// Steps and channels whose inputs, widened to what the states need, fit L1; in
// a row the channels are four whole cache lines.
constexpr long handSteps = 16, handChannels = 64;
constexpr long handStates = HAND_SCAN_STATES;

/// 2^x of several vectors for x from -126 to 127; below that, 2^-126. The
/// polynomial is the series of 2^f for |f| <= 1/2, within 2e-7. The vectors go
/// through it side by side: one alone waits for each of its own results, and
/// schedulers do not look far enough ahead to find the next.
template <typename V, int count>
static void exponentialsOfTwo(typename V::Type (&x)[count]) {
  constexpr float series[] = {1.5403530e-4f,
                              1.3333558e-3f,
                              9.6181291e-3f,
                              5.5504109e-2f,
                              2.4022651e-1f,
                              6.9314718e-1f,
                              1};
  typename V::Type k[count], p[count];
  for (int i = 0; i < count; ++i)
    x[i] = V::max(x[i], V::splat(-126));
  for (int i = 0; i < count; ++i)
    k[i] = V::round(x[i]);
  for (int i = 0; i < count; ++i)
    x[i] = V::sub(x[i], k[i]);
  for (int i = 0; i < count; ++i)
    p[i] = V::splat(series[0]);
  for (int degree = 1; degree < 7; ++degree)
    for (int i = 0; i < count; ++i)
      p[i] = V::fma(p[i], x[i], V::splat(series[degree]));
  for (int i = 0; i < count; ++i)
    x[i] = V::scaleByPowerOfTwo(p[i], k[i]);
}

/// log(1 + e^x) = max(x, 0) + log(1 + q) with q = e^-|x|, and
/// log(1 + q) = 2 artanh(s) with s = q / (2 + q) <= 1/3.
template <typename V> static typename V::Type softplus(typename V::Type x) {
  typename V::Type zero = V::splat(0), negative = V::sub(zero, x);
  typename V::Type magnitude = V::max(x, negative);
  typename V::Type q = exponential<V>(V::sub(zero, magnitude));
  typename V::Type s = V::div(q, V::add(q, V::splat(2)));
  typename V::Type square = V::mul(s, s), series = V::splat(1.0f / 13);
  for (int odd = 11; odd >= 1; odd -= 2)
    series = V::fma(series, square, V::splat(1.0f / float(odd)));
  return V::fma(V::mul(V::splat(2), s), series, V::max(x, zero));
}

template <typename V> static typename V::Type silu(typename V::Type x) {
  // -80 keeps e^-x finite; the result there is below 2e-33.
  typename V::Type bounded = V::max(x, V::splat(-80));
  typename V::Type e = exponential<V>(V::sub(V::splat(0), bounded));
  return V::div(x, V::add(V::splat(1), e));
}

/// One group of channels through `steps` steps. a and h are [states][lanes];
/// dt, gain and sum are [steps][handChannels].
template <typename V>
static void handGroup(long steps, const float *a, float *h, const float *B,
                      const float *C, const float *dt, const float *gain,
                      float *sum) {
  constexpr int lanes = V::lanes, together = V::together;
  for (long t = 0; t < steps; ++t) {
    typename V::Type step = V::load(dt + t * handChannels);
    typename V::Type in = V::load(gain + t * handChannels);
    typename V::Type total = V::load(sum + t * handChannels);
    const float *b = B + t * handStates, *c = C + t * handStates;
    for (long n = 0; n < handStates; n += together) {
      typename V::Type decay[together];
      for (int i = 0; i < together; ++i)
        decay[i] = V::mul(step, V::load(a + (n + i) * lanes));
      exponentialsOfTwo<V>(decay);
      for (int i = 0; i < together; ++i) {
        float *place = h + (n + i) * lanes;
        typename V::Type state =
            V::fma(decay[i], V::load(place), V::mul(in, V::splat(b[n + i])));
        V::store(place, state);
        total = V::fma(V::splat(c[n + i]), state, total);
      }
    }
    V::store(sum + t * handChannels, total);
  }
}

/// `width` channels from `d` through `steps` steps from `row`.
template <typename V>
static void handTile(const scan_problem *p, long row, long steps, long d,
                     long width, const float *a, float *h) {
  constexpr long lanes = V::lanes;
  alignas(64) float dt[handSteps * handChannels];
  alignas(64) float gain[handSteps * handChannels];
  alignas(64) float sum[handSteps * handChannels];
  for (long t = 0; t < steps; ++t)
    for (long i = 0; i < width; i += lanes) {
      long from = (row + t) * p->channels + d + i, to = t * handChannels + i;
      typename V::Type u = V::load(p->u + from);
      typename V::Type step = softplus<V>(V::load(p->delta + from));
      V::store(dt + to, step);
      V::store(gain + to, V::mul(step, u));
      V::store(sum + to, V::mul(V::load(p->D + d + i), u));
    }
  for (long i = 0; i < width; i += lanes)
    handGroup<V>(steps, a + i * handStates, h + i * handStates,
                 p->B + row * handStates, p->C + row * handStates, dt + i,
                 gain + i, sum + i);
  for (long t = 0; t < steps; ++t)
    for (long i = 0; i < width; i += lanes) {
      long at = (row + t) * p->channels + d + i;
      V::store(p->y + at, V::mul(V::load(sum + t * handChannels + i),
                                 silu<V>(V::load(p->z + at))));
    }
}

/// Channels [first, last) of every batch entry. `scratch` holds 2 * states
/// floats for each of them.
template <typename V>
static void handScan(const scan_problem *p, long first, long last,
                     float *scratch) {
  constexpr long lanes = V::lanes, tile = handStates * lanes;
  float *a = scratch, *h = scratch + (last - first) * handStates;
  // The decay's base is changed to two once, in A.
  for (long d = first; d < last; ++d)
    for (long n = 0; n < handStates; ++n)
      a[(d - first) / lanes * tile + n * lanes + (d - first) % lanes] =
          p->A[d * handStates + n] * 1.44269504f;
  for (long b = 0; b < p->batch; ++b) {
    for (long i = 0; i < (last - first) * handStates; ++i)
      h[i] = 0;
    for (long t = 0; t < p->steps; t += handSteps) {
      long left = p->steps - t, steps = left < handSteps ? left : handSteps;
      for (long d = first; d < last; d += handChannels) {
        long rest = last - d, width = rest < handChannels ? rest : handChannels;
        long at = (d - first) * handStates;
        handTile<V>(p, b * p->steps + t, steps, d, width, a + at, h + at);
      }
    }
    for (long d = first; d < last; ++d)
      for (long n = 0; n < handStates; ++n)
        p->h[(b * p->channels + d) * handStates + n] =
            h[(d - first) / lanes * tile + n * lanes + (d - first) % lanes];
  }
}

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_HANDSCAN_H
