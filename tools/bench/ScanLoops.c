/*===- ScanLoops.c - recurrences as plain C loops ---------------------------===
 *
 * Compiled with -Ofast for this machine: see CMakeLists.txt.
 *===----------------------------------------------------------------------===*/
#include "tools/bench/ScanLoops.h"

#include <math.h>
#include <string.h>

/* Channels of a block: four vectors of AVX2. */
#define BLOCK 32

/* Both sides are computed, so that the loop around it becomes vectors. */
static inline float softplus(float x) {
  float log_term = logf(1.0f + expf(x));
  return x > 20.0f ? x : log_term;
}

static inline float silu(float x) { return x / (1.0f + expf(-x)); }

static void scan_step(const scan_problem *p, long b, long t, long first,
                      long last, float *restrict dt) {
  long row = b * p->steps + t, N = p->states;
  const float *restrict u = p->u + row * p->channels;
  const float *restrict delta = p->delta + row * p->channels;
  const float *restrict z = p->z + row * p->channels;
  const float *restrict B = p->B + row * N, *restrict C = p->C + row * N;
  float *restrict y = p->y + row * p->channels;

  for (long d = first; d < last; ++d)
    dt[d - first] = softplus(delta[d]);
  for (long d = first; d < last; ++d) {
    const float *restrict a = p->A + d * N;
    float *restrict h = p->h + (b * p->channels + d) * N;
    float step = dt[d - first], gain = step * u[d], sum = 0;
    for (long n = 0; n < N; ++n) {
      h[n] = expf(step * a[n]) * h[n] + gain * B[n];
      sum += C[n] * h[n];
    }
    y[d] = sum + p->D[d] * u[d];
  }
  for (long d = first; d < last; ++d)
    y[d] *= silu(z[d]);
}

void scan_loop(const scan_problem *p, long first, long last, float *scratch) {
  size_t bytes = (size_t)((last - first) * p->states) * sizeof(float);
  for (long b = 0; b < p->batch; ++b) {
    memset(p->h + (b * p->channels + first) * p->states, 0, bytes);
    for (long t = 0; t < p->steps; ++t)
      scan_step(p, b, t, first, last, scratch);
  }
}

/* One step of the `width` channels from `d0`; a and h are [states][BLOCK]. */
static inline void block_step(const scan_problem *p, long row, long d0,
                              long width, const float *restrict a,
                              float *restrict h) {
  const float *restrict u = p->u + row * p->channels + d0;
  const float *restrict delta = p->delta + row * p->channels + d0;
  const float *restrict z = p->z + row * p->channels + d0;
  const float *restrict D = p->D + d0;
  float *restrict y = p->y + row * p->channels + d0;
  float dt[BLOCK], gain[BLOCK], sum[BLOCK];

  for (long d = 0; d < width; ++d) {
    dt[d] = softplus(delta[d]);
    gain[d] = dt[d] * u[d];
    sum[d] = D[d] * u[d];
  }
  for (long n = 0; n < p->states; ++n) {
    float b = p->B[row * p->states + n], c = p->C[row * p->states + n];
    for (long d = 0; d < width; ++d) {
      float value =
          expf(dt[d] * a[n * BLOCK + d]) * h[n * BLOCK + d] + gain[d] * b;
      h[n * BLOCK + d] = value;
      sum[d] += c * value;
    }
  }
  for (long d = 0; d < width; ++d)
    y[d] = sum[d] * silu(z[d]);
}

static void scan_block(const scan_problem *p, long b, long d0, long width) {
  float a[SCAN_BLOCKED_STATES * BLOCK], h[SCAN_BLOCKED_STATES * BLOCK];
  long N = p->states;
  memset(h, 0, sizeof h);
  for (long n = 0; n < N; ++n)
    for (long d = 0; d < width; ++d)
      a[n * BLOCK + d] = p->A[(d0 + d) * N + n];
  for (long t = 0; t < p->steps; ++t) {
    /* A full block's width is known to the compiler. */
    if (width == BLOCK)
      block_step(p, b * p->steps + t, d0, BLOCK, a, h);
    else
      block_step(p, b * p->steps + t, d0, width, a, h);
  }
  for (long n = 0; n < N; ++n)
    for (long d = 0; d < width; ++d)
      p->h[(b * p->channels + d0 + d) * N + n] = h[n * BLOCK + d];
}

void scan_blocked(const scan_problem *p, long first, long last) {
  for (long b = 0; b < p->batch; ++b)
    for (long d0 = first; d0 < last; d0 += BLOCK)
      scan_block(p, b, d0, last - d0 < BLOCK ? last - d0 : BLOCK);
}

void first_order_loop(long steps, long channels, long first, long last,
                      const float *restrict a, const float *restrict x,
                      float *restrict y, float *restrict h) {
  for (long d = first; d < last; ++d)
    h[d] = 0;
  for (long t = 0; t < steps; ++t)
    for (long d = first; d < last; ++d) {
      h[d] = a[d] * h[d] + x[t * channels + d];
      y[t * channels + d] = h[d];
    }
}

void first_order_series(long steps, const float *restrict a,
                        const float *restrict x, float *restrict y, float *h) {
  float state = 0;
  for (long t = 0; t < steps; ++t) {
    state = a[t] * state + x[t];
    y[t] = state;
  }
  *h = state;
}

void causal_conv_loop(long steps, long channels, long first, long last,
                      long taps, const float *restrict w,
                      const float *restrict bias, const float *restrict x,
                      float *restrict y) {
  for (long t = 0; t < steps; ++t) {
    float *restrict row = y + t * channels;
    for (long d = first; d < last; ++d)
      row[d] = bias[d];
    for (long k = t < taps - 1 ? taps - 1 - t : 0; k < taps; ++k) {
      const float *restrict from = x + (t - taps + 1 + k) * channels;
      for (long d = first; d < last; ++d)
        row[d] += w[d * taps + k] * from[d];
    }
    for (long d = first; d < last; ++d)
      row[d] = silu(row[d]);
  }
}
