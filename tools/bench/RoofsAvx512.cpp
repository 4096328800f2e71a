//===- RoofsAvx512.cpp - the roof loops in AVX-512 ------------------------===//
#include "tools/bench/HandCells.h"

#include <immintrin.h>

using namespace seqc::bench;

namespace {
struct Avx512 {
  using Type = __m512;
  static constexpr int lanes = 16;
  static constexpr int accumulators = 16;
  static constexpr int together = 8; // vectors that fit the registers

  static Type splat(float x) { return _mm512_set1_ps(x); }
  static Type load(const float *p) { return _mm512_load_ps(p); }
  static void store(float *p, Type x) { _mm512_store_ps(p, x); }
  static void stream(float *p, Type x) { _mm512_stream_ps(p, x); }
  static void fence() { _mm_sfence(); }
  static Type add(Type a, Type b) { return _mm512_add_ps(a, b); }
  static Type sub(Type a, Type b) { return _mm512_sub_ps(a, b); }
  static Type div(Type a, Type b) { return _mm512_div_ps(a, b); }
  static Type mul(Type a, Type b) { return _mm512_mul_ps(a, b); }
  static Type max(Type a, Type b) { return _mm512_max_ps(a, b); }
  static Type fma(Type a, Type b, Type c) { return _mm512_fmadd_ps(a, b, c); }
  static Type round(Type x) {
    return _mm512_roundscale_ps(x,
                                _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Type scaleByPowerOfTwo(Type x, Type k) {
    return _mm512_scalef_ps(x, k);
  }
  static float sum(Type x) { return _mm512_reduce_add_ps(x); }
};
} // namespace

const RoofKernels &seqc::bench::avx512RoofKernels() {
  static const RoofKernels kernels = kernelsOf<Avx512>("AVX-512");
  return kernels;
}
