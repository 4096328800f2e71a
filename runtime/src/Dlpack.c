/*===- Dlpack.c - tensors to and from other libraries -----------------------===
 *
 * The structs are those of DLPack's specification, versions 0.2 to 0.8, whose
 * layout the later ones keep for DLManagedTensor.
 *===----------------------------------------------------------------------===*/
#include "seqc/dlpack.h"
#include "Internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ON_PROCESSOR = 1 };

enum {
  CODE_INT = 0,
  CODE_UINT = 1,
  CODE_FLOAT = 2,
  CODE_BFLOAT = 4,
  CODE_BOOL = 6
};

typedef struct element_type {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} element_type;

typedef struct dl_tensor {
  void *data;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  element_type dtype;
  int64_t *shape;
  int64_t *strides; /* in elements; NULL: row-major without gaps */
  uint64_t byte_offset;
} dl_tensor;

typedef struct DLManagedTensor {
  dl_tensor tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} managed_tensor;

/* A tensor of ours, and what it owns or keeps. */
typedef struct own_tensor {
  managed_tensor managed;
  int64_t shape[SEQC_MAX_RANK + 1];
  void *memory;
  seqc_state *state;
} own_tensor;

static element_type find_type(int32_t type) {
  static const uint8_t codes[] = {
      [SEQC_F32] = CODE_FLOAT, [SEQC_F64] = CODE_FLOAT,
      [SEQC_F16] = CODE_FLOAT, [SEQC_BF16] = CODE_BFLOAT,
      [SEQC_I8] = CODE_INT,    [SEQC_I16] = CODE_INT,
      [SEQC_I32] = CODE_INT,   [SEQC_I64] = CODE_INT,
      [SEQC_U8] = CODE_UINT,   [SEQC_BOOL] = CODE_BOOL};
  element_type result = {codes[type], (uint8_t)(8 * seqc_type_size(type)), 1};
  return result;
}

/* Older libraries give booleans as bytes. */
static bool has_type(element_type found, int32_t type) {
  element_type required = find_type(type);
  bool byte = type == SEQC_BOOL && found.code == CODE_UINT;
  return (found.code == required.code || byte) && found.bits == required.bits &&
         found.lanes == 1;
}

/* The shape with its leading steps, its rank, and its size in bytes. */
static int resolve(const seqc_tensor_desc *desc, const int64_t *dims,
                   int64_t steps, int64_t *shape, int32_t *rank,
                   size_t *bytes) {
  int32_t leading = steps >= 0;
  shape[0] = steps;
  *rank = leading + desc->rank;
  int status = seqc_tensor_resolve(desc, dims, shape + leading, bytes);
  if (status == SEQC_OK && leading &&
      !seqc_multiply(*bytes, (size_t)steps, bytes))
    return seqc_fail(SEQC_BAD_DIMS,
                     "'%s': required a size that fits in memory, found "
                     "%" PRId64 " steps",
                     desc->name, steps);
  return status;
}

static int check_arguments(const void *first, const void *second) {
  return first && second ? SEQC_OK
                         : seqc_fail(SEQC_BAD_ARGUMENT,
                                     "required a tensor and a place for the "
                                     "result, found a null pointer");
}

static int refuse(const seqc_tensor_desc *desc, const char *what) {
  return seqc_fail(SEQC_BAD_ARGUMENT, "'%s': required a DLPack tensor %s",
                   desc->name, what);
}

static int check_layout(const seqc_tensor_desc *desc, const dl_tensor *tensor,
                        const int64_t *shape, int32_t rank, size_t bytes) {
  if (tensor->device_type != ON_PROCESSOR)
    return refuse(desc, "in the processor's memory");
  if (!has_type(tensor->dtype, desc->type))
    return refuse(desc, "of the model's element type");
  if (tensor->ndim != rank)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "'%s': required a DLPack tensor of rank %d, found %d",
                     desc->name, (int)rank, (int)tensor->ndim);
  int64_t stride = 1;
  for (int32_t axis = rank - 1; axis >= 0; --axis) {
    if (tensor->shape[axis] != shape[axis])
      return seqc_fail(SEQC_BAD_ARGUMENT,
                       "'%s': dimension %d: required %" PRId64
                       ", found %" PRId64,
                       desc->name, (int)axis, shape[axis], tensor->shape[axis]);
    if (tensor->strides && bytes > 0 && shape[axis] != 1 &&
        tensor->strides[axis] != stride)
      return refuse(desc, "in row-major order without gaps");
    stride *= shape[axis];
  }
  if (bytes > 0 && !tensor->data)
    return refuse(desc, "with elements, found a null pointer");
  if (((uintptr_t)tensor->data + tensor->byte_offset) %
          seqc_type_size(desc->type) !=
      0)
    return refuse(desc, "at a multiple of its elements' size");
  return SEQC_OK;
}

int seqc_dlpack_import(const seqc_tensor_desc *desc, const int64_t *dims,
                       int64_t steps, const struct DLManagedTensor *tensor,
                       void **data) {
  int64_t shape[SEQC_MAX_RANK + 1];
  int32_t rank = 0;
  size_t bytes = 0;
  int status = check_arguments(tensor, data);
  if (status == SEQC_OK)
    status = resolve(desc, dims, steps, shape, &rank, &bytes);
  if (status == SEQC_OK)
    status = check_layout(desc, &tensor->tensor, shape, rank, bytes);
  if (status == SEQC_OK)
    *data = (char *)tensor->tensor.data + tensor->tensor.byte_offset;
  return status;
}

static void delete_tensor(managed_tensor *managed) {
  own_tensor *tensor = managed->manager_ctx;
  seqc_state_destroy(tensor->state);
  free(tensor->memory);
  free(tensor);
}

/* A tensor without elements yet; its size in `bytes`. */
static int make_tensor(const seqc_tensor_desc *desc, const int64_t *dims,
                       int64_t steps, own_tensor **out, size_t *bytes) {
  own_tensor *tensor = calloc(1, sizeof *tensor);
  if (!tensor)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "'%s': out of memory", desc->name);
  dl_tensor *dl = &tensor->managed.tensor;
  int status = resolve(desc, dims, steps, tensor->shape, &dl->ndim, bytes);
  if (status != SEQC_OK) {
    free(tensor);
    return status;
  }
  dl->device_type = ON_PROCESSOR;
  dl->dtype = find_type(desc->type);
  dl->shape = tensor->shape;
  tensor->managed.manager_ctx = tensor;
  tensor->managed.deleter = delete_tensor;
  *out = tensor;
  return SEQC_OK;
}

int seqc_dlpack_create(const seqc_tensor_desc *desc, const int64_t *dims,
                       int64_t steps, struct DLManagedTensor **out) {
  int status = check_arguments(desc, out);
  if (status != SEQC_OK)
    return status;
  *out = NULL;
  own_tensor *tensor = NULL;
  size_t bytes = 0;
  status = make_tensor(desc, dims, steps, &tensor, &bytes);
  if (status != SEQC_OK)
    return status;
  tensor->memory = seqc_allocate(bytes);
  if (!tensor->memory) {
    free(tensor);
    return seqc_fail(SEQC_OUT_OF_MEMORY, "'%s': out of memory for %zu bytes",
                     desc->name, bytes);
  }
  tensor->managed.tensor.data = tensor->memory;
  *out = &tensor->managed;
  return SEQC_OK;
}

int seqc_dlpack_view_state(seqc_state *state, int32_t index,
                           struct DLManagedTensor **out) {
  int status = check_arguments(state, out);
  if (status != SEQC_OK)
    return status;
  *out = NULL;
  void *data = seqc_state_tensor(state, index, NULL);
  if (!data)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required a state tensor from 0 to %d, found "
                     "%d",
                     state->package->table->name,
                     (int)state->package->table->num_states - 1, (int)index);
  own_tensor *tensor = NULL;
  size_t bytes = 0;
  status = make_tensor(&state->package->table->states[index], state->dims, -1,
                       &tensor, &bytes);
  if (status != SEQC_OK)
    return status;
  atomic_fetch_add_explicit(&state->references, 1, memory_order_relaxed);
  tensor->state = state;
  tensor->managed.tensor.data = data;
  *out = &tensor->managed;
  return SEQC_OK;
}
