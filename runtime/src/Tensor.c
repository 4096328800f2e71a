/*===- Tensor.c - shapes and sizes of the interface's tensors ---------------===
 *
 * Every product of extents is checked for overflow here, once, before any of
 * the model's own code sees the dimensions.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* More than any address space holds: a sum of a few thousand still fits. */
#define MAX_TENSOR_BYTES ((size_t)1 << 47)

size_t seqc_type_size(int32_t type) {
  switch (type) {
  case SEQC_F64:
  case SEQC_I64:
    return 8;
  case SEQC_F32:
  case SEQC_I32:
    return 4;
  case SEQC_F16:
  case SEQC_BF16:
  case SEQC_I16:
    return 2;
  case SEQC_I8:
  case SEQC_U8:
  case SEQC_BOOL:
    return 1;
  default:
    return 0;
  }
}

int seqc_tensor_resolve(const seqc_tensor_desc *desc, const int64_t *dims,
                        int64_t *shape, size_t *bytes) {
  size_t size = seqc_type_size(desc->type);
  bool empty = false;
  for (int32_t axis = 0; axis < desc->rank; ++axis) {
    int64_t extent = desc->shape[axis];
    if (extent < 0)
      extent = dims[-1 - extent];
    if (extent < 0)
      return seqc_fail(SEQC_BAD_DIMS,
                       "dimension %d of '%s': required at least 0, found "
                       "%" PRId64,
                       (int)axis, desc->name, extent);
    if (shape)
      shape[axis] = extent;
    empty |= extent == 0;
    /* Zero extents are left out so that an absurd other one still shows. */
    if (extent > 0 && (!seqc_multiply(size, (size_t)extent, &size) ||
                       size > MAX_TENSOR_BYTES))
      return seqc_fail(SEQC_BAD_DIMS,
                       "'%s': required at most %zu bytes, found more at "
                       "dimension %d of %" PRId64,
                       desc->name, MAX_TENSOR_BYTES, (int)axis, extent);
  }
  if (bytes)
    *bytes = empty ? 0 : size;
  return SEQC_OK;
}

static int check_sizes(const seqc_tensor_desc *tensors, int32_t count,
                       const int64_t *dims) {
  for (int32_t i = 0; i < count; ++i) {
    int status = seqc_tensor_resolve(&tensors[i], dims, NULL, NULL);
    if (status != SEQC_OK)
      return status;
  }
  return SEQC_OK;
}

/* The number of dimensions, and the sign of the first `given`. */
static int check_given_dims(const seqc_model_table *table, const int64_t *dims,
                            int32_t num_dims, int32_t given) {
  if (num_dims != table->num_dims)
    return seqc_fail(SEQC_BAD_DIMS,
                     "model '%s': required %d dynamic dimensions, found %d",
                     table->name, (int)table->num_dims, (int)num_dims);
  if (num_dims > 0 && !dims)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required %d dimensions, found a null pointer",
                     table->name, (int)num_dims);
  for (int32_t i = 0; i < given; ++i)
    if (dims[i] < 0)
      return seqc_fail(SEQC_BAD_DIMS,
                       "dimension '%s': required at least 0, found %" PRId64,
                       table->dim_names[i], dims[i]);
  return SEQC_OK;
}

int seqc_derive_dims(const seqc_package *package, int64_t *dims,
                     int32_t num_dims) {
  if (!package)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a package, found a null pointer");
  const seqc_model_table *table = package->table;
  int32_t given = table->num_dims - seqc_num_derived_dims(table);
  int status = check_given_dims(table, dims, num_dims, given);
  if (status != SEQC_OK || given == table->num_dims)
    return status;
  status = table->derive_dims(dims);
  for (int32_t i = given; status == SEQC_BAD_DIMS && i < num_dims; ++i)
    if (dims[i] < 0)
      return seqc_fail(SEQC_BAD_DIMS,
                       "model '%s': required larger inputs: dimension '%s' of "
                       "an output would be %" PRId64,
                       table->name, table->dim_names[i], dims[i]);
  return status == SEQC_OK
             ? status
             : seqc_fail(status, "model '%s': refused to derive dimensions: %s",
                         table->name, seqc_status_name(status));
}

/* Those that follow from others must be what they follow as. */
static int check_derived(const seqc_model_table *table, const int64_t *dims) {
  int32_t derived = seqc_num_derived_dims(table);
  if (derived == 0)
    return SEQC_OK;
  int64_t *copy = seqc_copy_dims(dims, table->num_dims);
  if (!copy)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "out of memory for dimensions");
  int status = table->derive_dims(copy);
  if (status != SEQC_OK && status != SEQC_BAD_DIMS)
    status = seqc_fail(status, "model '%s': refused to derive dimensions: %s",
                       table->name, seqc_status_name(status));
  else
    status = SEQC_OK;
  for (int32_t i = table->num_dims - derived;
       status == SEQC_OK && i < table->num_dims; ++i)
    if (copy[i] != dims[i])
      status = seqc_fail(SEQC_BAD_DIMS,
                         "dimension '%s': required %" PRId64
                         ", which follows from the others, found %" PRId64,
                         table->dim_names[i], copy[i], dims[i]);
  free(copy);
  return status;
}

int seqc_check_dims(const seqc_model_table *table, const int64_t *dims,
                    int32_t num_dims) {
  int status = check_given_dims(table, dims, num_dims, num_dims);
  if (status == SEQC_OK)
    status = check_sizes(table->inputs, table->num_inputs, dims);
  if (status == SEQC_OK)
    status = check_derived(table, dims);
  if (status == SEQC_OK)
    status = check_sizes(table->outputs, table->num_outputs, dims);
  if (status == SEQC_OK)
    status = check_sizes(table->states, table->num_states, dims);
  return status;
}

size_t seqc_state_block_size(const seqc_model_table *table,
                             const int64_t *dims) {
  size_t end = 0;
  for (int32_t i = 0; i < table->num_states; ++i) {
    size_t bytes = 0;
    seqc_tensor_resolve(&table->states[i], dims, NULL, &bytes);
    end = (end + SEQC_ALIGNMENT - 1) & ~(size_t)(SEQC_ALIGNMENT - 1);
    end += bytes;
  }
  return end;
}
