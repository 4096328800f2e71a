/*===- Table.c - checks of a model's table ----------------------------------===
 *
 * A table comes from a file that may be of another version, or no model at all:
 * nothing in it is used before it has passed these checks.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"

#include <inttypes.h>

#define MAX_TENSORS 4096

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
  if (table->struct_size < sizeof *table)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required a table of at least %zu bytes, found %zu",
                     where, sizeof *table, table->struct_size);
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
  if (table->num_dims < 0 || table->num_dims > MAX_TENSORS ||
      (table->num_dims > 0 && !table->dim_names))
    return seqc_fail(SEQC_BAD_PACKAGE, "%s: required 0 to %d dims, found %d",
                     where, MAX_TENSORS, (int)table->num_dims);
  for (int32_t i = 0; i < table->num_dims; ++i)
    if (!table->dim_names[i])
      return seqc_fail(SEQC_BAD_PACKAGE, "%s: dim %d: required a name", where,
                       (int)i);
  status =
      check_tensors(table, where, "input", table->inputs, table->num_inputs);
  if (status == SEQC_OK)
    status = check_tensors(table, where, "output", table->outputs,
                           table->num_outputs);
  if (status == SEQC_OK)
    status =
        check_tensors(table, where, "state", table->states, table->num_states);
  return status == SEQC_OK ? seqc_require_features(where, table->features)
                           : status;
}
