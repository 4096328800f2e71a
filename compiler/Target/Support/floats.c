/*===- floats.c - conversions to and from 16-bit floats ---------------------===
 *
 * LLVM calls these by name where a processor has no instruction for them. They
 * are linked into the models that use such numbers, and into no others.
 *===----------------------------------------------------------------------===*/
#include <stdint.h>

/* `x` with `fraction` bits of fraction and 15 - `fraction` bits of exponent,
 * rounded to the nearest, to even between two. */
static uint16_t narrow(double x, int fraction) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  uint16_t sign = (uint16_t)(bits >> 63 << 15);
  uint16_t infinity = (uint16_t)(0x7fff >> fraction << fraction);
  int bias = (1 << (14 - fraction)) - 1;
  int exponent = (int)(bits >> 52 & 0x7ff) - 1023 + bias;
  uint64_t significand = bits & ((UINT64_C(1) << 52) - 1);
  if ((bits >> 52 & 0x7ff) == 0x7ff) {
    uint16_t quiet = (uint16_t)(1 << (fraction - 1));
    uint16_t kept = (uint16_t)(significand >> (52 - fraction));
    return sign | infinity | (significand ? (uint16_t)(quiet | kept) : 0);
  }
  if (exponent > 2 * bias)
    return sign | infinity;
  significand |= UINT64_C(1) << 52;
  /* Below the smallest exponent the fraction loses digits instead. */
  int shift = 52 - fraction + (exponent < 1 ? 1 - exponent : 0);
  if (shift > 54)
    return sign;
  uint64_t result = significand >> shift;
  uint64_t rest = significand & ((UINT64_C(1) << shift) - 1);
  uint64_t half = UINT64_C(1) << (shift - 1);
  /* The leading one adds one to the exponent; so does rounding up to the next
   * power of two, at the end to infinity. */
  if (exponent > 1)
    result += (uint64_t)(exponent - 1) << fraction;
  if (rest > half || (rest == half && (result & 1)))
    ++result;
  return sign | (uint16_t)result;
}

enum { HALF_FRACTION = 10, BFLOAT_FRACTION = 7 };

static _Float16 to_half(double x) {
  uint16_t bits = narrow(x, HALF_FRACTION);
  _Float16 result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

static __bf16 to_bfloat(double x) {
  uint16_t bits = narrow(x, BFLOAT_FRACTION);
  __bf16 result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

_Float16 __truncdfhf2(double x) { return to_half(x); }
_Float16 __truncsfhf2(float x) { return to_half(x); }
__bf16 __truncdfbf2(double x) { return to_bfloat(x); }
__bf16 __truncsfbf2(float x) { return to_bfloat(x); }

float __extendhfsf2(_Float16 x) {
  uint16_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
  uint32_t exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  uint32_t wide = sign | (exponent + 127 - 15) << 23 | fraction << 13;
  if (exponent == 0x1f) {
    wide = sign | UINT32_C(0x7f800000) | fraction << 13;
  } else if (exponent == 0) {
    float small = (float)fraction * 0x1p-24f;
    __builtin_memcpy(&wide, &small, sizeof wide);
    wide |= sign;
  }
  float result;
  __builtin_memcpy(&result, &wide, sizeof result);
  return result;
}
