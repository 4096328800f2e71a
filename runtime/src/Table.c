/*===- Table.c - checks of a model's table ----------------------------------===
 *
 * A table comes from a file that may be of another version, or no model at all:
 * nothing in it is used before it has passed these checks.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_TENSORS 4096
#define MAX_PAIRS 1048576

/* What version 1.0 of the table had. */
#define FIRST_TABLE_SIZE offsetof(seqc_model_table, num_equal_extents)
/* What version 1.1 had. */
#define PAIRS_TABLE_SIZE offsetof(seqc_model_table, num_derived_dims)

static int check_tensors(const seqc_model_table *table, const char *where,
                         const char *kind, const seqc_tensor_desc *tensors,
                         int32_t count) {
  if (count < 0 || count > MAX_TENSORS || (count > 0 && !tensors))
    return seqc_fail(SEQC_BAD_PACKAGE, "%s: required 0 to %d %ss, found %d",
                     where, MAX_TENSORS, kind, (int)count);
  for (int32_t i = 0; i < count; ++i) {
    const seqc_tensor_desc *desc = &tensors[i];
    if (!desc->name)
      return seqc_fail(SEQC_BAD_PACKAGE, "%s: %s %d: required a name", where,
                       kind, (int)i);
    if (seqc_type_size(desc->type) == 0)
      return seqc_fail(SEQC_BAD_VERSION,
                       "%s: %s '%s': required a known element type, found %d",
                       where, kind, desc->name, (int)desc->type);
    if (desc->rank < 0 || desc->rank > SEQC_MAX_RANK)
      return seqc_fail(SEQC_BAD_PACKAGE,
                       "%s: %s '%s': required a rank of 0 to %d, found %d",
                       where, kind, desc->name, SEQC_MAX_RANK, (int)desc->rank);
    for (int32_t axis = 0; axis < desc->rank; ++axis)
      if (desc->shape[axis] < -(int64_t)table->num_dims)
        return seqc_fail(SEQC_BAD_PACKAGE,
                         "%s: %s '%s': dimension %d: required one of %d "
                         "dynamic dimensions, found number %" PRId64,
                         where, kind, desc->name, (int)axis,
                         (int)table->num_dims, -1 - desc->shape[axis]);
  }
  return SEQC_OK;
}

static int check_versions(const seqc_model_table *table, const char *where) {
  if (table->abi_major != SEQC_ABI_MAJOR)
    return seqc_fail(SEQC_BAD_VERSION,
                     "%s: required a model of interface version %d.x, found "
                     "%d.%d; compile it again with this version of seqc",
                     where, SEQC_ABI_MAJOR, (int)table->abi_major,
                     (int)table->abi_minor);
  if (table->struct_size < FIRST_TABLE_SIZE)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required a table of at least %zu bytes, found %zu",
                     where, FIRST_TABLE_SIZE, table->struct_size);
  return SEQC_OK;
}

static int64_t count_pairs(const seqc_model_table *table) {
  return table->struct_size < PAIRS_TABLE_SIZE ? 0 : table->num_equal_extents;
}

int32_t seqc_num_derived_dims(const seqc_model_table *table) {
  return table->struct_size < sizeof *table ? 0
                                            : (int32_t)table->num_derived_dims;
}

static int check_dim_names(const seqc_model_table *table, const char *where) {
  if (table->num_dims < 0 || table->num_dims > MAX_TENSORS ||
      (table->num_dims > 0 && !table->dim_names))
    return seqc_fail(SEQC_BAD_PACKAGE, "%s: required 0 to %d dims, found %d",
                     where, MAX_TENSORS, (int)table->num_dims);
  for (int32_t i = 0; i < table->num_dims; ++i)
    if (!table->dim_names[i])
      return seqc_fail(SEQC_BAD_PACKAGE, "%s: dim %d: required a name", where,
                       (int)i);
  if (table->struct_size < sizeof *table || table->num_derived_dims == 0)
    return SEQC_OK;
  if (table->num_derived_dims < 0 ||
      table->num_derived_dims > table->num_dims || !table->derive_dims)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required 0 to %d derived dims and a function that "
                     "computes them, found %" PRId64,
                     where, (int)table->num_dims, table->num_derived_dims);
  return SEQC_OK;
}

/* The tensor that an extent is of; NULL: it is a number, or of none. */
static const seqc_tensor_desc *find_tensor(const seqc_model_table *table,
                                           const seqc_extent *extent) {
  int32_t state = extent->tensor - table->num_inputs;
  if (extent->tensor < 0 || state >= table->num_states)
    return NULL;
  return state < 0 ? &table->inputs[extent->tensor] : &table->states[state];
}

static int check_pairs(const seqc_model_table *table, const char *where) {
  int64_t pairs = count_pairs(table);
  if (pairs < 0 || pairs > MAX_PAIRS || (pairs > 0 && !table->equal_extents))
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required 0 to %d pairs of equal extents, found "
                     "%" PRId64,
                     where, MAX_PAIRS, pairs);
  for (int64_t i = 0; i < 2 * pairs; ++i) {
    const seqc_extent *extent = &table->equal_extents[i];
    const seqc_tensor_desc *tensor = find_tensor(table, extent);
    bool is_number = extent->tensor == -1 && extent->extent >= 0;
    bool is_axis = tensor && extent->axis >= 0 && extent->axis < tensor->rank &&
                   extent->extent == tensor->shape[extent->axis];
    if (!is_number && !is_axis)
      return seqc_fail(
          SEQC_BAD_PACKAGE,
          "%s: equal extents: required a number or a tensor's "
          "extent, found number %" PRId64 " of dimension %d of tensor %d",
          where, extent->extent, (int)extent->axis, (int)extent->tensor);
  }
  return SEQC_OK;
}

int seqc_check_table(const seqc_model_table *table, const char *where) {
  int status = check_versions(table, where);
  if (status != SEQC_OK)
    return status;
  if (!table->name || !table->workspace_size || !table->state_size ||
      !table->state_reset || !table->invoke)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required a name and all functions of the table, "
                     "found a null pointer",
                     where);
  status = check_dim_names(table, where);
  if (status == SEQC_OK)
    status =
        check_tensors(table, where, "input", table->inputs, table->num_inputs);
  if (status == SEQC_OK)
    status = check_tensors(table, where, "output", table->outputs,
                           table->num_outputs);
  if (status == SEQC_OK)
    status =
        check_tensors(table, where, "state", table->states, table->num_states);
  if (status == SEQC_OK)
    status = check_pairs(table, where);
  return status == SEQC_OK ? seqc_require_features(where, table->features)
                           : status;
}

#define PLACE_SIZE 256

/* "4 in dimension 1 of 'x'", or "4". */
static int64_t describe_extent(const seqc_model_table *table,
                               const seqc_extent *extent, const int64_t *dims,
                               char *text) {
  const seqc_tensor_desc *tensor = find_tensor(table, extent);
  int64_t value =
      extent->extent < 0 ? dims[-1 - extent->extent] : extent->extent;
  if (tensor)
    snprintf(text, PLACE_SIZE, "%" PRId64 " in dimension %d of '%s'", value,
             (int)extent->axis, tensor->name);
  else
    snprintf(text, PLACE_SIZE, "%" PRId64, value);
  return value;
}

/* ", found time = 3, batch = 2", of those that a caller gives. */
static void describe_dims(const seqc_model_table *table, const int64_t *dims,
                          char *text) {
  size_t used = 0;
  text[0] = '\0';
  for (int32_t i = 0; i < table->num_dims - seqc_num_derived_dims(table); ++i) {
    int added = snprintf(text + used, PLACE_SIZE - used, "%s %s = %" PRId64,
                         i == 0 ? ", found" : ",", table->dim_names[i], dims[i]);
    /* Names of any length: what does not fit is left out. */
    if (added < 0 || used + (size_t)added >= PLACE_SIZE) {
      text[used] = '\0';
      return;
    }
    used += (size_t)added;
  }
}

int seqc_refuse_dims(const seqc_model_table *table, const int64_t *dims) {
  char first[PLACE_SIZE], second[PLACE_SIZE];
  for (int64_t i = 0; i < count_pairs(table); ++i) {
    const seqc_extent *pair = table->equal_extents + 2 * i;
    if (describe_extent(table, pair, dims, first) !=
        describe_extent(table, pair + 1, dims, second))
      return seqc_fail(SEQC_BAD_DIMS,
                       "model '%s': required equal extents, found %s and %s",
                       table->name, first, second);
  }
  describe_dims(table, dims, first);
  return seqc_fail(SEQC_BAD_DIMS,
                   "model '%s': required dimensions that go together and "
                   "inputs that are long enough%s",
                   table->name, first);
}
