//===- RoofsNeon.cpp - the roof loops in AArch64's Advanced SIMD ----------===//
#include "tools/bench/HandCells.h"

#include <arm_neon.h>

using namespace seqc::bench;

namespace {
struct Neon {
  using Type = float32x4_t;
  static constexpr int lanes = 4;
  static constexpr int accumulators = 24;
  static constexpr int together = 8; // vectors that fit the registers

  static Type splat(float x) { return vdupq_n_f32(x); }
  static Type load(const float *p) { return vld1q_f32(p); }
  static void store(float *p, Type x) { vst1q_f32(p, x); }
  // A streaming store of one vector does not exist; a store of plain vectors
  // is what the compiler's own copies use.
  static void stream(float *p, Type x) { vst1q_f32(p, x); }
  static void fence() {}
  static Type add(Type a, Type b) { return vaddq_f32(a, b); }
  static Type sub(Type a, Type b) { return vsubq_f32(a, b); }
  static Type div(Type a, Type b) { return vdivq_f32(a, b); }
  static Type mul(Type a, Type b) { return vmulq_f32(a, b); }
  static Type max(Type a, Type b) { return vmaxq_f32(a, b); }
  static Type fma(Type a, Type b, Type c) { return vfmaq_f32(c, a, b); }
  static Type round(Type x) { return vrndnq_f32(x); }
  static Type scaleByPowerOfTwo(Type x, Type k) {
    int32x4_t shifted = vshlq_n_s32(vcvtnq_s32_f32(k), 23);
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), shifted));
  }
  static float sum(Type x) { return vaddvq_f32(x); }
};
} // namespace

const RoofKernels &seqc::bench::neonRoofKernels() {
  static const RoofKernels kernels = kernelsOf<Neon>("NEON");
  return kernels;
}
