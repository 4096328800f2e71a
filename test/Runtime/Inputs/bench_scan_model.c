/* What the compiler would emit for the bench's first scan row, around the plain
 * C loop: with OFFSET its first output is wrong in one element. */
#include "seqc/abi.h"
#include "tools/bench/ScanLoops.h"

enum { L = 2048, D = 1536, N = 16 };

#ifndef OFFSET
#define OFFSET 0
#endif

static const seqc_tensor_desc inputs[] = {
    {"delta", SEQC_F32, 3, {1, L, D}}, {"u", SEQC_F32, 3, {1, L, D}},
    {"A", SEQC_F32, 2, {D, N}},        {"B", SEQC_F32, 3, {1, L, N}},
    {"C", SEQC_F32, 3, {1, L, N}},     {"D", SEQC_F32, 1, {D}},
    {"z", SEQC_F32, 3, {1, L, D}},
};
static const seqc_tensor_desc outputs[] = {
    {"h", SEQC_F32, 3, {1, D, N}},
    {"y", SEQC_F32, 3, {1, L, D}},
};

static size_t no_bytes(const int64_t *dims) {
  (void)dims;
  return 0;
}

static size_t no_workspace(const int64_t *dims, int32_t threads) {
  (void)dims;
  (void)threads;
  return 0;
}

static void no_reset(const int64_t *dims, int64_t slot, void *state) {
  (void)dims;
  (void)slot;
  (void)state;
}

typedef struct region {
  const scan_problem *problem;
  int tasks;
} region;

static void task(void *argument, int index) {
  const region *r = argument;
  scan_blocked(r->problem, (long)D * index / r->tasks,
               (long)D * (index + 1) / r->tasks);
}

static int invoke(const seqc_context *context, const int64_t *dims,
                  int64_t steps, const void *const *in, void *state,
                  void *const *out) {
  (void)dims;
  (void)state;
  if (context->struct_size < sizeof *context || steps != 1)
    return SEQC_BAD_ARGUMENT;
  scan_problem problem = {1,     L,     D,     N,     in[1],  in[0], in[6],
                          in[2], in[3], in[4], in[5], out[1], out[0]};
  region r = {&problem, context->threads > 1 ? context->threads : 1};
  if (r.tasks > 1)
    context->parallel(context->pool, r.tasks, task, &r);
  else
    task(&r, 0);
  problem.y[L * D / 2] += OFFSET;
  return SEQC_OK;
}

static const seqc_model_table table = {
    .abi_major = SEQC_ABI_MAJOR,
    .abi_minor = SEQC_ABI_MINOR,
    .struct_size = sizeof(seqc_model_table),
    .name = "scan",
    .target = "",
    .features = "",
    .report = "{}",
    .num_inputs = 7,
    .num_outputs = 2,
    .inputs = inputs,
    .outputs = outputs,
    .workspace_size = no_workspace,
    .state_size = no_bytes,
    .state_reset = no_reset,
    .invoke = invoke,
};

const seqc_model_table *seqc_model(void) { return &table; }
