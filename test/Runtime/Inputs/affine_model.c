/* A model without states, written by hand as the compiler would emit it:
 * y = 2 x + bias for x [rows, columns] and bias [columns], and the sum of y. */
#include "seqc/abi.h"

static int invoke(const seqc_context *context, const int64_t *dims,
                  int64_t steps, const void *const *inputs, void *state,
                  void *const *outputs) {
  const float *x = inputs[0], *bias = inputs[1];
  float *y = outputs[0], *sum = outputs[1];
  if (!context || !context->workspace || steps != 1 || state)
    return SEQC_BAD_CONTEXT;
  *sum = 0;
  for (int64_t i = 0; i < dims[0]; ++i) {
    for (int64_t j = 0; j < dims[1]; ++j) {
      y[i * dims[1] + j] = 2 * x[i * dims[1] + j] + bias[j];
      *sum += y[i * dims[1] + j];
    }
  }
  return SEQC_OK;
}

static size_t workspace_size(const int64_t *dims, int32_t threads) {
  (void)dims;
  (void)threads;
  return 0;
}

static size_t state_size(const int64_t *dims) {
  (void)dims;
  return 0;
}

static void state_reset(const int64_t *dims, int64_t slot, void *state) {
  (void)dims;
  (void)slot;
  (void)state;
}

static const char *const dim_names[] = {"rows", "columns"};
static const seqc_tensor_desc inputs[] = {{"x", SEQC_F32, 2, {-1, -2}},
                                          {"bias", SEQC_F32, 1, {-2}}};
static const seqc_tensor_desc outputs[] = {{"y", SEQC_F32, 2, {-1, -2}},
                                           {"sum", SEQC_F32, 0, {0}}};

static const seqc_model_table table = {
    .abi_major = SEQC_ABI_MAJOR,
    .abi_minor = SEQC_ABI_MINOR,
    .struct_size = sizeof(seqc_model_table),
    .name = "affine",
    .target = "any",
    .features = "",
    .report = "{}",
    .hash = 2,
    .num_dims = 2,
    .num_inputs = 2,
    .num_outputs = 2,
    .dim_names = dim_names,
    .inputs = inputs,
    .outputs = outputs,
    .workspace_size = workspace_size,
    .state_size = state_size,
    .state_reset = state_reset,
    .invoke = invoke,
};

const seqc_model_table *seqc_model(void) { return &table; }
