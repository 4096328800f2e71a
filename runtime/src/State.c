/*===- State.c - what a model carries between steps -------------------------===
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
    atomic_init(&state->references, 1);
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
  if (!state || atomic_fetch_sub_explicit(&state->references, 1,
                                          memory_order_acq_rel) != 1)
    return;
  seqc_package_release(state->package);
  free(state->dims);
  free(state->data);
  free(state);
}

/* The number of the dynamic dimension whose indices are the slots; -1: none. */
static int32_t find_batch(const seqc_model_table *table) {
  for (int32_t i = 0; i < table->num_dims; ++i)
    if (strcmp(table->dim_names[i], "batch") == 0)
      return i;
  return -1;
}

static int check_slot(const seqc_state *state, int64_t slot, int64_t first) {
  const seqc_model_table *table = state->package->table;
  int32_t batch = find_batch(table);
  /* A batch of fixed size is known to the model alone. */
  int64_t slots = batch < 0 ? INT64_MAX : state->dims[batch];
  if (slot < first || slot >= slots)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required a batch slot from 0 to %" PRId64
                     "%s, found %" PRId64,
                     table->name, slots - 1, first < 0 ? ", or -1 for all" : "",
                     slot);
  return SEQC_OK;
}

int seqc_state_reset(seqc_state *state, int64_t batch_slot) {
  if (!state)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a state, found a null pointer");
  int status = check_slot(state, batch_slot, -1);
  if (status != SEQC_OK)
    return status;
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

/* The same model, and the same dimensions but for `batch`. */
static int check_slots(const seqc_state *target, int64_t target_slot,
                       const seqc_state *source, int64_t source_slot) {
  const seqc_model_table *table = source->package->table;
  int32_t batch = find_batch(table);
  if (batch < 0)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required a dynamic dimension 'batch', found "
                     "none",
                     table->name);
  if (target->package->table->hash != table->hash)
    return seqc_fail(SEQC_BAD_STATE,
                     "model '%s': required a state of the same model, found "
                     "another's",
                     table->name);
  for (int32_t i = 0; i < table->num_dims; ++i)
    if (i != batch && target->dims[i] != source->dims[i])
      return seqc_fail(SEQC_BAD_DIMS,
                       "dimension '%s': required %" PRId64 ", found %" PRId64,
                       table->dim_names[i], target->dims[i], source->dims[i]);
  int status = check_slot(target, target_slot, 0);
  return status == SEQC_OK ? check_slot(source, source_slot, 0) : status;
}

/* The offset of state tensor `index` in the block. */
static size_t find_tensor(const seqc_state *state, int32_t index,
                          size_t *bytes) {
  size_t offset = 0, size = 0;
  for (int32_t i = 0; i <= index; ++i) {
    offset += size;
    offset = (offset + SEQC_ALIGNMENT - 1) & ~(size_t)(SEQC_ALIGNMENT - 1);
    seqc_tensor_resolve(&state->package->table->states[i], state->dims, NULL,
                        &size);
  }
  if (bytes)
    *bytes = size;
  return offset;
}

/* Copies one slot of state tensor `index`: for every index of the axes before
 * the batch, the block of the axes after it. */
static void copy_slot(seqc_state *target, int64_t target_slot,
                      const seqc_state *source, int64_t source_slot,
                      int32_t index, int32_t batch) {
  const seqc_tensor_desc *desc = &source->package->table->states[index];
  int32_t axis = 0;
  while (axis < desc->rank && desc->shape[axis] != -1 - batch)
    ++axis;
  if (axis == desc->rank)
    return;
  int64_t shape[SEQC_MAX_RANK];
  seqc_tensor_resolve(desc, source->dims, shape, NULL);
  size_t outer = 1, inner = seqc_type_size(desc->type);
  for (int32_t i = 0; i < axis; ++i)
    outer *= (size_t)shape[i];
  for (int32_t i = axis + 1; i < desc->rank; ++i)
    inner *= (size_t)shape[i];
  char *to = (char *)target->data + find_tensor(target, index, NULL);
  const char *from =
      (const char *)source->data + find_tensor(source, index, NULL);
  size_t to_slots = (size_t)target->dims[batch];
  size_t from_slots = (size_t)source->dims[batch];
  for (size_t i = 0; i < outer; ++i)
    memmove(to + (i * to_slots + (size_t)target_slot) * inner,
            from + (i * from_slots + (size_t)source_slot) * inner, inner);
}

int seqc_state_copy_slot(seqc_state *target, int64_t target_slot,
                         const seqc_state *source, int64_t source_slot) {
  if (!target || !source)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required two states, found a null pointer");
  int status = check_slots(target, target_slot, source, source_slot);
  if (status != SEQC_OK)
    return status;
  const seqc_model_table *table = source->package->table;
  for (int32_t i = 0; i < table->num_states; ++i)
    copy_slot(target, target_slot, source, source_slot, i, find_batch(table));
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
  return (char *)state->data + find_tensor(state, index, bytes);
}
