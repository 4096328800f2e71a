/* Loads a compiled ema.mlir through seqc/abi.h, runs it with 1 and 2 threads
 * and calls it with every kind of wrong argument. */
#define _GNU_SOURCE
#include "seqc/abi.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmmintrin.h>

static int failures;

static void expect(int ok, const char *what) {
  if (!ok) {
    printf("FAILED: %s\n", what);
    ++failures;
  }
}

typedef struct call {
  void (*task)(void *, int);
  void *arg;
  int index;
} call;

static void *run_call(void *opaque) {
  call *c = opaque;
  c->task(c->arg, c->index);
  return NULL;
}

static void parallel(void *pool, int n, void (*task)(void *, int), void *arg) {
  pthread_t threads[16];
  call calls[16];
  ++*(int *)pool;
  for (int i = 1; i < n; ++i) {
    calls[i] = (call){task, arg, i};
    pthread_create(&threads[i], NULL, run_call, &calls[i]);
  }
  task(arg, 0);
  for (int i = 1; i < n; ++i)
    pthread_join(threads[i], NULL);
}

enum { STEPS = 200, BATCH = 3, WIDTH = 4, N = BATCH * WIDTH };
static const float decay[WIDTH] = {0.5f, 0.25f, 0.125f, 1.0f};
static float x[STEPS * N], y[STEPS * N], sum[STEPS];

/* Runs all steps from a zero state; compares with a plain loop. */
static void check_run(const seqc_model_table *model,
                      const seqc_context *context, void *state, int by_steps) {
  int64_t dims[] = {BATCH};
  const void *inputs[] = {x};
  void *outputs[] = {y, sum};
  memset(y, -1, sizeof y);
  model->state_reset(dims, -1, state);
  if (!by_steps) {
    expect(model->invoke(context, dims, STEPS, inputs, state, outputs) ==
               SEQC_OK,
           "invoke");
  } else {
    for (int t = 0; t < STEPS; ++t) {
      inputs[0] = x + t * N;
      outputs[0] = y + t * N;
      outputs[1] = sum + t;
      expect(model->invoke(context, dims, 1, inputs, state, outputs) == SEQC_OK,
             "invoke one step");
    }
  }
  float h[N] = {0};
  double worst = 0;
  for (int t = 0; t < STEPS; ++t) {
    float total = 0;
    for (int i = 0; i < N; ++i) {
      float a = decay[i % WIDTH];
      h[i] = (1 - a) * h[i] + a * x[t * N + i];
      total += h[i];
      worst = fmax(worst, fabs(h[i] - y[t * N + i]));
    }
    worst = fmax(worst, fabs(total - sum[t]));
  }
  expect(worst < 1e-5, "outputs");
  expect(memcmp(state, y + (STEPS - 1) * N, sizeof h) == 0, "final state");
}

static void check_reset(const seqc_model_table *model) {
  int64_t dims[] = {BATCH};
  float *state = aligned_alloc(64, 64);
  for (int i = 0; i < N; ++i)
    state[i] = 1;
  model->state_reset(dims, 1, state);
  for (int i = 0; i < N; ++i)
    expect(state[i] == (i / WIDTH == 1 ? 0 : 1), "reset of one slot");
  model->state_reset(dims, BATCH, state);
  model->state_reset(dims, -2, state);
  expect(state[N - 1] == 1, "reset of no slot");
  model->state_reset(dims, -1, state);
  expect(state[0] == 0 && state[N - 1] == 0, "reset of all slots");
  free(state);
}

static void check_refusals(const seqc_model_table *model,
                           const seqc_context *good, void *state) {
  int64_t dims[] = {BATCH}, negative[] = {-1}, huge[] = {INT64_MAX / 2};
  const void *inputs[] = {x};
  void *outputs[] = {y, sum};
  const void *no_inputs[] = {NULL};
  seqc_context context = *good;
  expect(model->invoke(NULL, dims, 1, inputs, state, outputs) ==
             SEQC_BAD_ARGUMENT,
         "no context");
  expect(model->invoke(good, NULL, 1, inputs, state, outputs) ==
             SEQC_BAD_ARGUMENT,
         "no dims");
  expect(model->invoke(good, negative, 1, inputs, state, outputs) ==
             SEQC_BAD_ARGUMENT,
         "a negative dim");
  expect(model->invoke(good, huge, 1, inputs, state, outputs) == SEQC_BAD_DIMS,
         "a huge dim");
  expect(model->invoke(good, dims, -1, inputs, state, outputs) ==
             SEQC_BAD_ARGUMENT,
         "negative steps");
  expect(model->invoke(good, dims, 1, no_inputs, state, outputs) ==
             SEQC_BAD_ARGUMENT,
         "no input");
  expect(model->invoke(good, dims, 1, inputs, NULL, outputs) ==
             SEQC_BAD_ARGUMENT,
         "no state");
  expect(model->invoke(good, dims, 1, inputs, (char *)state + 4, outputs) ==
             SEQC_BAD_ARGUMENT,
         "an unaligned state");
  expect(model->invoke(good, dims, 0, NULL, state, NULL) == SEQC_OK,
         "no steps");
  context.workspace = NULL;
  expect(model->invoke(&context, dims, 1, inputs, state, outputs) ==
             SEQC_BAD_CONTEXT,
         "no workspace");
  context = *good;
  context.struct_size = 8;
  expect(model->invoke(&context, dims, 1, inputs, state, outputs) ==
             SEQC_BAD_CONTEXT,
         "a small context");
  expect(model->workspace_size(negative, 1) == 0 &&
             model->state_size(huge) == 0,
         "sizes for bad dims");
}

int main(int argc, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW);
  if (argc < 2 || !library) {
    printf("%s\n", dlerror());
    return 2;
  }
  seqc_model_function get = NULL;
  *(void **)&get = dlsym(library, "seqc_model");
  const seqc_model_table *model = get();
  int64_t dims[] = {BATCH};
  printf("model %s: %d.%d, %zu bytes of table\n", model->name, model->abi_major,
         model->abi_minor, model->struct_size);
  printf("input %s type %d [%lld, %lld]\n", model->inputs[0].name,
         model->inputs[0].type, (long long)model->inputs[0].shape[0],
         (long long)model->inputs[0].shape[1]);
  printf("dim %s, state %s of %zu bytes, weights %zu\n", model->dim_names[0],
         model->states[0].name, model->state_size(dims), model->weights_size);
  printf("report %s\n", model->report);
  expect(model->struct_size == sizeof *model, "the table's size");

  for (int i = 0; i < STEPS * N; ++i)
    x[i] = (float)((i * 7919) % 1000) / 500 - 1;
  int regions = 0;
  void *state = aligned_alloc(64, 64);
  seqc_context context = {.struct_size = sizeof context,
                          .workspace = aligned_alloc(64, 64),
                          .parallel = parallel,
                          .pool = &regions};
  if (!model->embedded_weights) {
    float *weights = aligned_alloc(64, 64);
    FILE *file = fopen(argv[2], "rb");
    expect(file && fread(weights, 1, 16, file) == 16, "the weights' file");
    context.weights = weights;
  }
  unsigned mode = _mm_getcsr();
  check_run(model, &context, state, 0);
  expect(regions == 0, "one thread needs no region");
  context.threads = 2;
  check_run(model, &context, state, 0);
  expect(regions == 1, "one region a call");
  check_run(model, &context, state, 1);
  context.threads = 5;
  check_run(model, &context, state, 0);
  expect(_mm_getcsr() == mode, "the floating-point mode is restored");
  check_reset(model);
  check_refusals(model, &context, state);
  printf(failures ? "failed\n" : "all good\n");
  return failures != 0;
}
