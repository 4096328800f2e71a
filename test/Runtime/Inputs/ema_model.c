/* A model as the compiler would emit it, written by hand: the mean over WIDTH
 * channels of their exponential moving averages. Its states are the averages,
 * [batch, WIDTH], and the number of steps seen, [batch]. The macros make the
 * variants that the tests need. */
#include "seqc/abi.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#ifndef MODEL
#define MODEL ema
#endif
#ifndef WIDTH
#define WIDTH 4
#endif
#ifndef ABI_MAJOR
#define ABI_MAJOR SEQC_ABI_MAJOR
#endif
#ifndef FEATURES
#define FEATURES ""
#endif
#ifndef HASH
#define HASH 0x1234567890abcdefu
#endif

#define PASTE(a, b) a##b
#define NAMED(a, b) PASTE(a, b)
#define FN(suffix) NAMED(MODEL, suffix)
#define STRING(a) #a
#define TEXT(a) STRING(a)

typedef struct FN(_dims) {
  int64_t batch;
} dims_t;

/* Half a block of states: the averages, padded to 64 bytes. */
static size_t counts_offset(int64_t batch) {
  return ((size_t)batch * WIDTH * sizeof(float) + 63) & ~(size_t)63;
}

size_t FN(_state_size)(const dims_t *dims) {
  return counts_offset(dims->batch) + (size_t)dims->batch * sizeof(int64_t);
}

size_t FN(_workspace_size)(const dims_t *dims, int32_t threads) {
  (void)dims;
  (void)threads;
  return 64;
}

void FN(_state_reset)(const dims_t *dims, int64_t slot, void *state) {
  float *averages = state;
  int64_t *counts = (int64_t *)((char *)state + counts_offset(dims->batch));
  for (int64_t b = 0; b < dims->batch; ++b) {
    if (slot >= 0 && slot != b)
      continue;
    memset(averages + b * WIDTH, 0, WIDTH * sizeof(float));
    counts[b] = 0;
  }
}

/* The weight of the old average, the same for every channel. */
#ifdef WEIGHTS_IN_FILE
#define EMBEDDED NULL
#else
static const _Alignas(64) float embedded[1] = {0.75f};
#define EMBEDDED embedded
#endif

typedef struct region {
  const seqc_context *context;
  int64_t batch, steps;
  float decay;
  const float *input;
  void *state;
  float *output;
  _Atomic int64_t *arrived;
} region;

static void step_slot(const region *r, int64_t t, int64_t b) {
  float *average = (float *)r->state + b * WIDTH;
  const float *x = r->input + (t * r->batch + b) * WIDTH;
  float sum = 0;
  for (int i = 0; i < WIDTH; ++i) {
    average[i] = r->decay * average[i] + (1 - r->decay) * x[i];
    sum += average[i];
  }
  ((int64_t *)((char *)r->state + counts_offset(r->batch)))[b] += 1;
  r->output[t * r->batch + b] = sum / WIDTH;
}

/* All threads walk the time loop together: this hangs unless the tasks really
 * run at the same time. */
static void walk(void *argument, int thread) {
  const region *r = argument;
  int threads = r->context->threads > 1 ? r->context->threads : 1;
  for (int64_t t = 0; t < r->steps; ++t) {
    for (int64_t b = thread; b < r->batch; b += threads)
      step_slot(r, t, b);
    atomic_fetch_add(r->arrived, 1);
    while (atomic_load(r->arrived) < (t + 1) * threads)
      sched_yield();
  }
}

int FN(_run)(const seqc_context *context, const dims_t *dims, int64_t steps,
             const float *input, void *state, float *output) {
  if (!context || context->struct_size < sizeof *context || !dims)
    return SEQC_BAD_CONTEXT;
  if (dims->batch < 0 || steps < 0)
    return SEQC_BAD_ARGUMENT;
  const float *weights = context->weights ? context->weights : EMBEDDED;
  if (!weights)
    return SEQC_BAD_CONTEXT;
  region r = {context, dims->batch, steps,  *weights,
              input,   state,       output, context->workspace};
  atomic_init(r.arrived, 0);
  if (context->parallel && context->threads > 1)
    context->parallel(context->pool, context->threads, walk, &r);
  else
    walk(&r, 0);
  return SEQC_OK;
}

int FN(_step)(const seqc_context *context, const dims_t *dims,
              const float *input, void *state, float *output) {
  return FN(_run)(context, dims, 1, input, state, output);
}

static size_t workspace_size(const int64_t *dims, int32_t threads) {
  return FN(_workspace_size)((const dims_t *)dims, threads);
}

static size_t state_size(const int64_t *dims) {
  return FN(_state_size)((const dims_t *)dims);
}

static void state_reset(const int64_t *dims, int64_t slot, void *state) {
  FN(_state_reset)((const dims_t *)dims, slot, state);
}

static int invoke(const seqc_context *context, const int64_t *dims,
                  int64_t steps, const void *const *inputs, void *state,
                  void *const *outputs) {
  return FN(_run)(context, (const dims_t *)dims, steps, inputs[0], state,
                  outputs[0]);
}

static const char *const dim_names[] = {"batch"};
static const seqc_tensor_desc inputs[] = {{"input", SEQC_F32, 2, {-1, WIDTH}}};
static const seqc_tensor_desc outputs[] = {{"output", SEQC_F32, 2, {-1, 1}}};
static const seqc_tensor_desc states[] = {
    {"averages", SEQC_F32, 2, {-1, WIDTH}}, {"counts", SEQC_I64, 1, {-1}}};

static const seqc_model_table table = {
    .abi_major = ABI_MAJOR,
    .abi_minor = SEQC_ABI_MINOR,
    .struct_size = sizeof(seqc_model_table),
    .name = TEXT(MODEL),
    .target = "any",
    .features = FEATURES,
    .report = "{\"states\": [{\"input\": \"averages\", \"output\": "
              "\"averagesN\"}, {\"input\": \"counts\", \"output\": "
              "\"countsN\"}]}",
    .hash = HASH,
    .num_dims = 1,
    .num_inputs = 1,
    .num_outputs = 1,
    .num_states = 2,
    .dim_names = dim_names,
    .inputs = inputs,
    .outputs = outputs,
    .states = states,
    .weights_size = sizeof(float),
    .embedded_weights = EMBEDDED,
    .workspace_size = workspace_size,
    .state_size = state_size,
    .state_reset = state_reset,
    .invoke = invoke,
};

const seqc_model_table *FN(_model)(void) { return &table; }

#ifndef NO_ENTRY
const seqc_model_table *seqc_model(void) { return &table; }
#endif
