/*===- ScanLoops.h - recurrences as plain C loops ---------------------------===
 *
 * What somebody who knows C, caches and their compiler's flags would write: the
 * peers of the scan rows.
 *
 *   dt = softplus(delta[b,t,d])
 *   h[n] = exp(dt * A[d,n]) * h[n] + dt * u[b,t,d] * B[b,t,n]
 *   y[b,t,d] = (sum_n C[b,t,n] * h[n] + D[d] * u[b,t,d]) * silu(z[b,t,d])
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_TOOLS_BENCH_SCANLOOPS_H
#define SEQC_TOOLS_BENCH_SCANLOOPS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct scan_problem {
  long batch, steps, channels, states;
  const float *u, *delta, *z; /* [batch, steps, channels] */
  const float *A;             /* [channels, states] */
  const float *B, *C;         /* [batch, steps, states] */
  const float *D;             /* [channels] */
  float *y;                   /* [batch, steps, channels] */
  float *h;                   /* [batch, channels, states]: the last state */
} scan_problem;

/* Channels [first, last) of every batch entry, from a zero state. `scratch`
 * holds last - first floats. Time outside, channels inside. */
void scan_loop(const scan_problem *p, long first, long last, float *scratch);

/* The same with blocks of channels walked through all of time, the channels of
 * a block side by side in the vectors and the block's states in L1. */
void scan_blocked(const scan_problem *p, long first, long last);

/* y[t, d] = a[d] * y[t-1, d] + x[t, d] for channels [first, last) of `channels`,
 * from zero; h is the last row. Time outside, channels inside. */
void first_order_loop(long steps, long channels, long first, long last,
                      const float *a, const float *x, float *y, float *h);

/* The same for one channel, with a decay of every step's own: y[t] = a[t] *
 * y[t-1] + x[t]. */
void first_order_series(long steps, const float *a, const float *x, float *y,
                        float *h);

/* y[t, d] = silu(bias[d] + sum_k w[d, k] x[t - taps + 1 + k, d]) for channels
 * [first, last), zeros before the first step. */
void causal_conv_loop(long steps, long channels, long first, long last,
                      long taps, const float *w, const float *bias,
                      const float *x, float *y);

/* The largest number of states that scan_blocked takes. */
#define SCAN_BLOCKED_STATES 16

/* The number of states that the scan written by hand is for. */
#define HAND_SCAN_STATES 16

#ifdef __cplusplus
}
#endif

#endif /* SEQC_TOOLS_BENCH_SCANLOOPS_H */
