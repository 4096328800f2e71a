/*===- support.h - what the compiler and a model's support code share -------===
 *
 * The constant descriptor that the emitter writes into every compiled model,
 * and the functions of support.c that work on it. Private to a compiled model:
 * nothing here is visible outside it.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_COMPILER_TARGET_SUPPORT_H
#define SEQC_COMPILER_TARGET_SUPPORT_H

#include "seqc/abi.h"

/* One step of the model, executed by `threads` threads at once, or as many as
 * its block holds at most: how many is the number behind the dimensions.
 * `states` are updated in place. */
typedef void seqc_kernel(int64_t thread, int64_t threads, void *sync,
                         const void *weights, void *workspace,
                         const int64_t *dims, const void *const *inputs,
                         void *const *states, void *const *outputs);

/* How a state begins. `batch_axis` is the axis whose slices are the batch
 * slots, or -1: then the state belongs to all slots. `initial` holds one
 * element, which fills the state, or the whole content of one slot; NULL: the
 * state begins as zero bytes. */
typedef struct seqc_state_start {
  int64_t batch_axis;
  size_t initial_bytes;
  const void *initial;
} seqc_state_start;

typedef struct seqc_descriptor {
  const seqc_model_table *table;
  seqc_kernel *kernel;
  /* -1 where the dimensions do not go together or are too small. */
  int64_t (*workspace_bytes)(const int64_t *dims, int64_t threads);
  /* Writes the dimensions that follow from others; NULL: there are none. */
  void (*derive_extents)(int64_t *dims);
  const seqc_state_start *starts; /* one for each state */
  int64_t block;                  /* the steps of one kernel call, at most */
} seqc_descriptor;

size_t seqc_support_workspace_size(const seqc_descriptor *model,
                                   const int64_t *dims, int32_t threads);
int seqc_support_derive_dims(const seqc_descriptor *model, int64_t *dims);
size_t seqc_support_state_size(const seqc_descriptor *model,
                               const int64_t *dims);
void seqc_support_state_reset(const seqc_descriptor *model, const int64_t *dims,
                              int64_t batch_slot, void *state);
int seqc_support_invoke(const seqc_descriptor *model,
                        const seqc_context *context, const int64_t *dims,
                        int64_t steps, const void *const *inputs, void *state,
                        void *const *outputs);

/* Called by kernels between their phases; `sync` is what the kernel got. */
void seqc_barrier(void *sync);

/* The item of `count` (fewer than 2^32) that thread `thread` does after item
 * `last`, -1 at first, or -1 when all are taken: see `seq.take`. Between two
 * loops that share items so stands a barrier. */
int64_t seqc_take(void *sync, int64_t thread, int64_t count, int64_t last,
                  int64_t backwards);

#endif /* SEQC_COMPILER_TARGET_SUPPORT_H */
