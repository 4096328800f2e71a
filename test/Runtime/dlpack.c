/* DLPack: tensors of another library's header go into a run without a copy, and
 * ours go to another library, which gives them back.
 *
 * REQUIRES: dlpack
 * RUN: %model -o %t.so
 * RUN: %sanitized %s -o %t && %t %t.so | FileCheck-22 %s
 */
#include "seqc/dlpack.h"
#include "check.h"
#include <dlpack/dlpack.h>

enum { STEPS = 3, BATCH = 2, WIDTH = 4 };

static const int64_t dims[] = {BATCH};

/* As an array library lends it: with an offset, and with strides. */
static DLManagedTensor lend(float *data, int64_t *shape, int64_t *strides) {
  DLManagedTensor tensor = {0};
  tensor.dl_tensor.data = data - 1;
  tensor.dl_tensor.byte_offset = sizeof *data;
  tensor.dl_tensor.device.device_type = kDLCPU;
  tensor.dl_tensor.ndim = 3;
  tensor.dl_tensor.dtype = (DLDataType){kDLFloat, 32, 1};
  tensor.dl_tensor.shape = shape;
  tensor.dl_tensor.strides = strides;
  return tensor;
}

static void check_run(seqc_package *package) {
  static float values[1 + STEPS * BATCH * WIDTH];
  const seqc_model_table *table = seqc_package_table(package);
  for (int i = 1; i <= STEPS * BATCH * WIDTH; ++i)
    values[i] = 1;
  int64_t shape[] = {STEPS, BATCH, WIDTH};
  int64_t strides[] = {BATCH * WIDTH, WIDTH, 1};
  DLManagedTensor lent = lend(values + 1, shape, strides), *result, *view;
  void *input, *output;
  seqc_state *state;
  OK(seqc_dlpack_import(table->inputs, dims, STEPS, &lent, &input));
  CHECK(input == values + 1);
  OK(seqc_dlpack_create(table->outputs, dims, STEPS, &result));
  OK(seqc_dlpack_import(table->outputs, dims, STEPS, result, &output));
  CHECK((uintptr_t)output % 64 == 0);
  OK(seqc_state_create(package, dims, 1, &state));
  OK(seqc_dlpack_view_state(state, 1, &view));
  seqc_session *session = make_session(package, BATCH, 1);
  const void *inputs[] = {input};
  OK(seqc_session_run(session, STEPS, inputs, 1, state, &output, 1));
  seqc_session_destroy(session);
  seqc_state_destroy(state); /* the view keeps its memory */
  const int64_t *counts = view->dl_tensor.data;
  printf("%lld steps, rank %d of %d bits, last %g\n", (long long)counts[1],
         view->dl_tensor.ndim, view->dl_tensor.dtype.bits,
         ((float *)result->dl_tensor.data)[STEPS * BATCH - 1]);
  // CHECK: 3 steps, rank 1 of 64 bits, last 0.578125
  printf("%lld x %lld x %lld\n", (long long)result->dl_tensor.shape[0],
         (long long)result->dl_tensor.shape[1],
         (long long)result->dl_tensor.shape[2]);
  // CHECK: 3 x 2 x 1
  view->deleter(view);
  result->deleter(result);
}

static void check_refusals(seqc_package *package) {
  static float values[1 + STEPS * BATCH * WIDTH];
  const seqc_tensor_desc *desc = seqc_package_table(package)->inputs;
  int64_t shape[] = {STEPS, BATCH, WIDTH}, strides[] = {1, STEPS, 6};
  DLManagedTensor lent = lend(values + 1, shape, strides), *made;
  void *data;
  // CHECK: 'input': required a DLPack tensor in row-major order without gaps
  FAILS(seqc_dlpack_import(desc, dims, STEPS, &lent, &data));
  lent.dl_tensor.strides = NULL;
  OK(seqc_dlpack_import(desc, dims, STEPS, &lent, &data));
  // CHECK: 'input': required a DLPack tensor of rank 2, found 3
  FAILS(seqc_dlpack_import(desc, dims, -1, &lent, &data));
  // CHECK: 'input': dimension 0: required 7, found 3
  FAILS(seqc_dlpack_import(desc, dims, 7, &lent, &data));
  lent.dl_tensor.byte_offset = 3;
  // CHECK: 'input': required a DLPack tensor at a multiple of its elements'
  // size
  FAILS(seqc_dlpack_import(desc, dims, STEPS, &lent, &data));
  lent.dl_tensor.dtype.code = kDLInt;
  // CHECK: 'input': required a DLPack tensor of the model's element type
  FAILS(seqc_dlpack_import(desc, dims, STEPS, &lent, &data));
  lent.dl_tensor.device.device_type = kDLCUDA;
  // CHECK: 'input': required a DLPack tensor in the processor's memory
  FAILS(seqc_dlpack_import(desc, dims, STEPS, &lent, &data));
  // CHECK: required a tensor and a place for the result, found a null pointer
  FAILS(seqc_dlpack_import(desc, dims, STEPS, NULL, &data));
  int64_t many[] = {(int64_t)1 << 40};
  // CHECK: 'input': required a size that fits in memory, found {{[0-9]+}} steps
  FAILS(seqc_dlpack_create(desc, many, (int64_t)1 << 40, &made));
  seqc_state *state;
  OK(seqc_state_create(package, dims, 1, &state));
  // CHECK: model 'ema': required a state tensor from 0 to 1, found 2
  FAILS(seqc_dlpack_view_state(state, 2, &made));
  seqc_state_destroy(state);
}

int main(int argc, char **argv) {
  seqc_package *package;
  CHECK(argc == 2);
  OK(seqc_package_open(argv[1], NULL, &package));
  check_run(package);
  check_refusals(package);
  seqc_package_release(package);
  puts("done"); // CHECK: done
  return 0;
}
