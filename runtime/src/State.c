/*===- State.c - what a model carries between steps
 * --------------------------===
 *
 * A state is one flat block beside the dimensions it was made for, so cloning
 * is a copy.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int seqc_state_allocate(seqc_package *package, const int64_t *dims,
                        int32_t num_dims, seqc_state **out) {
  const seqc_model_table *table = package->table;
  int status = seqc_check_dims(table, dims, num_dims);
  if (status != SEQC_OK)
    return status;
  size_t size = table->state_size(dims);
  size_t required = seqc_state_block_size(table, dims);
  if (size < required)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "model '%s': required a state of at least %zu bytes, "
                     "found state_size() of %zu",
                     table->name, required, size);
  seqc_state *state = calloc(1, sizeof *state);
  if (state) {
    state->dims = seqc_copy_dims(dims, num_dims);
    state->data = seqc_allocate(size);
    state->size = size;
  }
  if (!state || !state->dims || !state->data) {
    seqc_state_destroy(state);
    return seqc_fail(SEQC_OUT_OF_MEMORY,
                     "model '%s': out of memory for a state of %zu bytes",
                     table->name, size);
  }
  state->package = seqc_package_retain(package);
  *out = state;
  return SEQC_OK;
}

int seqc_state_create(seqc_package *package, const int64_t *dims,
                      int32_t num_dims, seqc_state **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the state");
  *out = NULL;
  if (!package)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a package, found a null pointer");
  int status = seqc_state_allocate(package, dims, num_dims, out);
  if (status == SEQC_OK) {
    /* The gaps that alignment leaves are saved too: no stale memory in them. */
    memset((*out)->data, 0, (*out)->size);
    package->table->state_reset(dims, -1, (*out)->data);
  }
  return status;
}

void seqc_state_destroy(seqc_state *state) {
  if (!state)
    return;
  seqc_package_release(state->package);
  free(state->dims);
  free(state->data);
  free(state);
}

/* A slot is an index of the dimension named "batch"; a model without one has a
 * single slot. */
static int64_t count_slots(const seqc_state *state) {
  const seqc_model_table *table = state->package->table;
  for (int32_t i = 0; i < table->num_dims; ++i)
    if (strcmp(table->dim_names[i], "batch") == 0)
      return state->dims[i];
  return INT64_MAX;
}

int seqc_state_reset(seqc_state *state, int64_t batch_slot) {
  if (!state)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a state, found a null pointer");
  int64_t slots = count_slots(state);
  if (batch_slot < -1 || batch_slot >= slots)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required a batch slot below %" PRId64
                     ", or -1 for all, found %" PRId64,
                     state->package->table->name, slots, batch_slot);
  state->package->table->state_reset(state->dims, batch_slot, state->data);
  return SEQC_OK;
}

int seqc_state_clone(const seqc_state *state, seqc_state **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the state");
  *out = NULL;
  if (!state)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a state, found a null pointer");
  int status = seqc_state_allocate(state->package, state->dims,
                                   state->package->table->num_dims, out);
  if (status == SEQC_OK)
    memcpy((*out)->data, state->data, state->size);
  return status;
}

int seqc_state_copy(seqc_state *target, const seqc_state *source) {
  if (!target || !source)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required two states, found a null pointer");
  const seqc_model_table *table = source->package->table;
  if (target->package->table->hash != table->hash ||
      target->size != source->size ||
      memcmp(target->dims, source->dims,
             sizeof(int64_t) * (size_t)table->num_dims) != 0)
    return seqc_fail(SEQC_BAD_STATE,
                     "model '%s': required a state of the same model and "
                     "dimensions, found another",
                     table->name);
  memmove(target->data, source->data, source->size);
  return SEQC_OK;
}

void *seqc_state_data(seqc_state *state) { return state ? state->data : NULL; }

size_t seqc_state_size(const seqc_state *state) {
  return state ? state->size : 0;
}

const int64_t *seqc_state_dims(const seqc_state *state) {
  return state ? state->dims : NULL;
}

void *seqc_state_tensor(seqc_state *state, int32_t index, size_t *bytes) {
  if (!state || index < 0 || index >= state->package->table->num_states)
    return NULL;
  size_t offset = 0, size = 0;
  for (int32_t i = 0; i <= index; ++i) {
    offset += size;
    offset = (offset + SEQC_ALIGNMENT - 1) & ~(size_t)(SEQC_ALIGNMENT - 1);
    seqc_tensor_resolve(&state->package->table->states[i], state->dims, NULL,
                        &size);
  }
  if (bytes)
    *bytes = size;
  return (char *)state->data + offset;
}
