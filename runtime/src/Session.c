/*===- Session.c - one thread's means to run a model ------------------------===
 *
 * A session owns the workspace and the threads, so that a run only checks its
 * arguments and calls the model.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"
#include "Pool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 1024

/* What version 1.0 of the options had. */
#define FIRST_OPTIONS_SIZE                                                     \
  (offsetof(seqc_session_options, pool) + sizeof(void *))

struct seqc_session {
  seqc_package *package;
  int64_t *dims;
  size_t workspace_size;
  seqc_pool *pool; /* NULL with one thread or the caller's threads */
  seqc_context context;
};

static int check_threads(const seqc_session_options *options) {
  if (options->threads < 0 || options->threads > MAX_THREADS)
    return seqc_fail(SEQC_BAD_ARGUMENT, "threads: required 0 to %d, found %d",
                     MAX_THREADS, (int)options->threads);
  return SEQC_OK;
}

static int start_threads(seqc_session *session,
                         const seqc_session_options *options) {
  int threads = options->threads > 0 ? options->threads : 1;
  session->context.threads = threads;
  if (options->parallel) {
    session->context.parallel = options->parallel;
    session->context.pool = options->pool;
    return SEQC_OK;
  }
  if (threads == 1)
    return SEQC_OK;
  int status = seqc_pool_create(threads, &session->pool);
  session->context.parallel = seqc_pool_parallel;
  session->context.pool = session->pool;
  return status;
}

int seqc_session_create(seqc_package *package,
                        const seqc_session_options *options,
                        seqc_session **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the session");
  *out = NULL;
  if (!package)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a package, found a null pointer");
  seqc_session_options copy;
  int status = seqc_copy_options(&copy, sizeof copy, FIRST_OPTIONS_SIZE,
                                 options, "seqc_session_options");
  if (status == SEQC_OK)
    status = check_threads(&copy);
  if (status != SEQC_OK)
    return status;
  seqc_session *session = calloc(1, sizeof *session);
  if (!session)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "out of memory for a session");
  session->package = seqc_package_retain(package);
  session->context.struct_size = sizeof session->context;
  session->context.weights = package->weights;
  status = start_threads(session, &copy);
  if (status == SEQC_OK)
    status = seqc_session_set_dims(session, copy.dims, copy.num_dims);
  if (status != SEQC_OK) {
    seqc_session_destroy(session);
    return status;
  }
  *out = session;
  return SEQC_OK;
}

void seqc_session_destroy(seqc_session *session) {
  if (!session)
    return;
  seqc_pool_destroy(session->pool);
  free(session->context.workspace);
  free(session->dims);
  seqc_package_release(session->package);
  free(session);
}

int seqc_session_set_dims(seqc_session *session, const int64_t *dims,
                          int32_t num_dims) {
  if (!session)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a session, found a null pointer");
  const seqc_model_table *table = session->package->table;
  int status = seqc_check_dims(table, dims, num_dims);
  if (status != SEQC_OK)
    return status;
  size_t size = table->workspace_size(dims, session->context.threads);
  int64_t *copy = seqc_copy_dims(dims, num_dims);
  bool grow = size > session->workspace_size || !session->context.workspace;
  void *workspace = copy && grow ? seqc_allocate(size) : NULL;
  if (!copy || (grow && !workspace)) {
    free(copy);
    return seqc_fail(SEQC_OUT_OF_MEMORY,
                     "model '%s': out of memory for a workspace of %zu bytes",
                     table->name, size);
  }
  if (grow) {
    free(session->context.workspace);
    session->context.workspace = workspace;
    session->workspace_size = size;
  }
  free(session->dims);
  session->dims = copy;
  return SEQC_OK;
}

/* A tensor without elements needs no memory, so its pointer may be null. */
static int check_pointers(const seqc_session *session, int64_t steps,
                          const char *kind, const seqc_tensor_desc *tensors,
                          int32_t required, const void *const *pointers,
                          int32_t found) {
  const seqc_model_table *table = session->package->table;
  if (found != required || (required > 0 && !pointers))
    return seqc_fail(SEQC_BAD_ARGUMENT, "model '%s': required %d %ss, found %d",
                     table->name, (int)required, kind,
                     pointers ? (int)found : 0);
  for (int32_t i = 0; i < required && steps > 0; ++i) {
    size_t bytes = 0;
    if (pointers[i])
      continue;
    seqc_tensor_resolve(&tensors[i], session->dims, NULL, &bytes);
    if (bytes > 0)
      return seqc_fail(SEQC_BAD_ARGUMENT,
                       "model '%s': required %s '%s', found a null pointer",
                       table->name, kind, tensors[i].name);
  }
  return SEQC_OK;
}

static int check_steps(const seqc_session *session, int64_t steps,
                       const seqc_state *state) {
  const seqc_model_table *table = session->package->table;
  if (table->num_states == 0 && (steps != 1 || state))
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required steps = 1 and no state, as it has "
                     "no states, found %" PRId64 " and %s",
                     table->name, steps, state ? "a state" : "none");
  if (steps < 0)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required at least 0 steps, found %" PRId64,
                     table->name, steps);
  if (table->num_states == 0)
    return SEQC_OK;
  if (!state)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "model '%s': required a state, found a null pointer",
                     table->name);
  if (state->package->table->hash != table->hash)
    return seqc_fail(SEQC_BAD_STATE,
                     "model '%s': required a state of its own, found one of "
                     "model '%s'",
                     table->name, state->package->table->name);
  if (memcmp(state->dims, session->dims,
             sizeof(int64_t) * (size_t)table->num_dims) != 0)
    return seqc_fail(SEQC_BAD_DIMS,
                     "model '%s': required a state of the session's "
                     "dimensions, found another's",
                     table->name);
  return SEQC_OK;
}

int seqc_session_run(seqc_session *session, int64_t steps,
                     const void *const *inputs, int32_t num_inputs,
                     seqc_state *state, void *const *outputs,
                     int32_t num_outputs) {
  if (!session)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a session, found a null pointer");
  const seqc_model_table *table = session->package->table;
  int status = check_steps(session, steps, state);
  if (status == SEQC_OK)
    status = check_pointers(session, steps, "input", table->inputs,
                            table->num_inputs, inputs, num_inputs);
  if (status == SEQC_OK)
    status = check_pointers(session, steps, "output", table->outputs,
                            table->num_outputs, (const void *const *)outputs,
                            num_outputs);
  if (status != SEQC_OK)
    return status;
  status = table->invoke(&session->context, session->dims, steps, inputs,
                         state ? state->data : NULL, outputs);
  if (status == SEQC_BAD_DIMS)
    return seqc_refuse_dims(table, session->dims);
  return status == SEQC_OK ? status
                           : seqc_fail(status, "model '%s': refused to run: %s",
                                       table->name, seqc_status_name(status));
}
