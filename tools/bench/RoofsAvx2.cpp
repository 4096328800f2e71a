//===- RoofsAvx2.cpp - the roof loops in AVX2 and FMA ---------------------===//
#include "tools/bench/HandCells.h"

#include <immintrin.h>

using namespace seqc::bench;

namespace {
struct Avx2 {
  using Type = __m256;
  static constexpr int lanes = 8;
  // Ten chains hide a latency of five cycles at two a cycle and, with the
  // factor and the addend, fit the sixteen registers.
  static constexpr int accumulators = 10;
  static constexpr int together = 4; // vectors that fit the registers

  static Type splat(float x) { return _mm256_set1_ps(x); }
  static Type load(const float *p) { return _mm256_load_ps(p); }
  static void store(float *p, Type x) { _mm256_store_ps(p, x); }
  static void stream(float *p, Type x) { _mm256_stream_ps(p, x); }
  static void fence() { _mm_sfence(); }
  static Type add(Type a, Type b) { return _mm256_add_ps(a, b); }
  static Type sub(Type a, Type b) { return _mm256_sub_ps(a, b); }
  static Type div(Type a, Type b) { return _mm256_div_ps(a, b); }
  static Type mul(Type a, Type b) { return _mm256_mul_ps(a, b); }
  static Type max(Type a, Type b) { return _mm256_max_ps(a, b); }
  static Type fma(Type a, Type b, Type c) { return _mm256_fmadd_ps(a, b, c); }
  static Type round(Type x) {
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Type scaleByPowerOfTwo(Type x, Type k) {
    __m256i shifted = _mm256_slli_epi32(_mm256_cvtps_epi32(k), 23);
    return _mm256_castsi256_ps(
        _mm256_add_epi32(_mm256_castps_si256(x), shifted));
  }
  static float sum(Type x) {
    alignas(32) float lane[lanes];
    store(lane, x);
    float total = 0;
    for (float value : lane)
      total += value;
    return total;
  }
};
} // namespace

const RoofKernels &seqc::bench::avx2RoofKernels() {
  static const RoofKernels kernels = kernelsOf<Avx2>("AVX2");
  return kernels;
}
