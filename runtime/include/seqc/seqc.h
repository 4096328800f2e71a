/*===- seqc/seqc.h - loading and running compiled models --------------------===
 *
 * A small layer over seqc/abi.h for programs that load models at run time:
 *
 *   package  a compiled model and its weights: immutable, shared by sessions
 *   session  what one thread needs to run it: dimensions, workspace, threads
 *   state    what a model carries from one step to the next
 *
 * A program that is built together with one model needs none of it: the
 * generated header NAME.h is enough.
 *
 * Every function that can fail returns a status, SEQC_OK or one of the values
 * below; seqc_last_message() then says what was required and what was found.
 * On failure the handle behind `out` is set to NULL and nothing else changes.
 *
 * Plain C99.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_SEQC_H
#define SEQC_SEQC_H

#include "seqc/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A program built against one major version
 * must not run with another: compare with seqc_runtime_version(). */
#define SEQC_RUNTIME_MAJOR 1
#define SEQC_RUNTIME_MINOR 0
#define SEQC_RUNTIME_VERSION                                                   \
  ((uint32_t)SEQC_RUNTIME_MAJOR << 16 | SEQC_RUNTIME_MINOR)

/* Statuses beyond those of abi.h, which seqc_session_run passes on. */
enum {
  SEQC_CANNOT_OPEN = 16,     /* a file that is not there or cannot be read */
  SEQC_BAD_PACKAGE = 17,     /* not a compiled model, or an inconsistent one */
  SEQC_BAD_VERSION = 18,     /* compiled for another version of the interface */
  SEQC_UNSUPPORTED_CPU = 19, /* the code needs features this CPU lacks */
  SEQC_BAD_WEIGHTS = 20,     /* missing, truncated, damaged, or another's */
  SEQC_BAD_STATE = 21,       /* damaged, or another model's */
  SEQC_OUT_OF_MEMORY = 22,
  SEQC_IO_ERROR = 23 /* a file that cannot be written */
};

#if defined(__GNUC__) && defined(SEQC_BUILDING_RUNTIME)
#define SEQC_API __attribute__((visibility("default")))
#else
#define SEQC_API
#endif

/* The version of the library that is linked. */
SEQC_API uint32_t seqc_runtime_version(void);

/* What went wrong in the last call that failed on this thread: one line, never
 * NULL. Valid until the next call that fails on this thread. */
SEQC_API const char *seqc_last_message(void);

/* The status in words, such as "bad state". */
SEQC_API const char *seqc_status_name(int status);

/*===----------------------------------------------------------------------===
 * Tensors of the interface.
 *===----------------------------------------------------------------------===*/

/* The bytes of one element of type SEQC_F32, ...; 0 for an unknown type. */
SEQC_API size_t seqc_type_size(int32_t type);

/* Resolves the dynamic dimensions of `desc`: writes its extents to `shape`
 * (SEQC_MAX_RANK of them; may be NULL) and its size in bytes to `bytes` (may be
 * NULL). SEQC_BAD_DIMS where a dimension is negative or the size overflows. */
SEQC_API int seqc_tensor_resolve(const seqc_tensor_desc *desc,
                                 const int64_t *dims, int64_t *shape,
                                 size_t *bytes);

/*===----------------------------------------------------------------------===
 * Package. Ownership: counted; whoever opens or retains it releases it, and
 * sessions and states hold a count of their own. Thread-safety: every function
 * may be called from any thread at any time.
 *===----------------------------------------------------------------------===*/

typedef struct seqc_package seqc_package;

/* Zero it, then set struct_size. */
typedef struct seqc_package_options {
  size_t struct_size; /* sizeof(seqc_package_options) */
  /* The file of the weights. NULL: the library's path with .weights in place
   * of .so. */
  const char *weights_path;
  /* The weights themselves in memory, 64-aligned, instead of a file. They are
   * borrowed until the package is released for the last time. */
  const void *weights;
  size_t weights_size;
  /* 1: believe the checksums of the library and of the weights, so that a mapped
   * file is read only where the model reads it. Sizes and model are checked in
   * any case. */
  int32_t skip_checksum;
  int32_t reserved;
} seqc_package_options;

/* Opens a compiled model: the shared library at `path`. `options` may be NULL.
 * The library stays loaded until the last release. */
SEQC_API int seqc_package_open(const char *path,
                               const seqc_package_options *options,
                               seqc_package **out);

/* The same for a model that is linked into the program: pass NAME_model(). */
SEQC_API int seqc_package_from_table(const seqc_model_table *table,
                                     const seqc_package_options *options,
                                     seqc_package **out);

SEQC_API seqc_package *seqc_package_retain(seqc_package *package);
SEQC_API void seqc_package_release(seqc_package *package); /* NULL is fine */

/* The model's description; valid as long as the package. */
SEQC_API const seqc_model_table *
seqc_package_table(const seqc_package *package);

/* SEQC_UNSUPPORTED_CPU unless this CPU and operating system have every one of
 * `features`, LLVM's names separated by commas, such as "avx2,fma". */
SEQC_API int seqc_check_features(const char *features);

/*===----------------------------------------------------------------------===
 * State. Ownership: the caller destroys it. Thread-safety: one thread at a
 * time; several may read (clone, save) while none writes.
 *
 * Saved states are little-endian bytes that begin with a magic number, a format
 * version and the model's hash, and end with a checksum: another model's state
 * and a damaged one are refused.
 *===----------------------------------------------------------------------===*/

typedef struct seqc_state seqc_state;

/* A state as before the first step. `dims` are num_dims values in the order of
 * the table's dim_names. A model without states has an empty one. */
SEQC_API int seqc_state_create(seqc_package *package, const int64_t *dims,
                               int32_t num_dims, seqc_state **out);
SEQC_API void seqc_state_destroy(seqc_state *state); /* NULL is fine */

/* Back to before the first step: one slot of the batch, or all (-1). */
SEQC_API int seqc_state_reset(seqc_state *state, int64_t batch_slot);

SEQC_API int seqc_state_clone(const seqc_state *state, seqc_state **out);

/* Overwrites `target` with `source`: same model, same dimensions. Allocates
 * nothing. */
SEQC_API int seqc_state_copy(seqc_state *target, const seqc_state *source);

/* Overwrites slot `target_slot` of the batch by slot `source_slot` of another
 * state of the same model, whose other dimensions are the same: a stream moves
 * to another batch. The batch is the dynamic dimension of that name; state
 * tensors without it stay. Allocates nothing. */
SEQC_API int seqc_state_copy_slot(seqc_state *target, int64_t target_slot,
                                  const seqc_state *source,
                                  int64_t source_slot);

/* The flat block that NAME_step and NAME_run take, 64-aligned, and its size. */
SEQC_API void *seqc_state_data(seqc_state *state);
SEQC_API size_t seqc_state_size(const seqc_state *state);

/* The values of the dynamic dimensions; they live as long as the state. */
SEQC_API const int64_t *seqc_state_dims(const seqc_state *state);

/* The place, in the block, of state tensor `index` of the table, and its size
 * in bytes (may be NULL). NULL where there is no such tensor. */
SEQC_API void *seqc_state_tensor(seqc_state *state, int32_t index,
                                 size_t *bytes);

/* The bytes that seqc_state_serialize writes. */
SEQC_API size_t seqc_state_saved_size(const seqc_state *state);
SEQC_API int seqc_state_serialize(const seqc_state *state, void *buffer,
                                  size_t size);
SEQC_API int seqc_state_deserialize(seqc_package *package, const void *buffer,
                                    size_t size, seqc_state **out);

/* The same to and from a file. A file appears whole or not at all. */
SEQC_API int seqc_state_save(const seqc_state *state, const char *path);
SEQC_API int seqc_state_load(seqc_package *package, const char *path,
                             seqc_state **out);

/*===----------------------------------------------------------------------===
 * Session. Ownership: the caller destroys it. Thread-safety: one thread at a
 * time; any number of sessions run one package at the same time.
 *===----------------------------------------------------------------------===*/

typedef struct seqc_session seqc_session;

/* How many of a model's dimensions follow from the others: its last ones. */
SEQC_API int32_t seqc_num_derived_dims(const seqc_model_table *table);

/* Writes the last num_derived_dims of `dims`, extents of outputs that follow
 * from the others. Every other function wants all num_dims of them.
 * SEQC_BAD_DIMS where inputs are too short for one not to be negative. */
SEQC_API int seqc_derive_dims(const seqc_package *package, int64_t *dims,
                              int32_t num_dims);

/* Zero it, then set struct_size. */
typedef struct seqc_session_options {
  size_t struct_size;  /* sizeof(seqc_session_options) */
  const int64_t *dims; /* in the order of the table's dim_names */
  int32_t num_dims;
  /* How many threads run the model, the calling one included; 0 means 1. The
   * results do not depend on it. The session starts and owns the others,
   * unless `parallel` is given. */
  int32_t threads;
  /* The caller's own threads, as in seqc_context. */
  void (*parallel)(void *pool, int n, void (*task)(void *, int), void *arg);
  void *pool;
} seqc_session_options;

SEQC_API int seqc_session_create(seqc_package *package,
                                 const seqc_session_options *options,
                                 seqc_session **out);
SEQC_API void seqc_session_destroy(seqc_session *session); /* NULL is fine */

/* Other dimensions. The workspace grows if it must and never shrinks. */
SEQC_API int seqc_session_set_dims(seqc_session *session, const int64_t *dims,
                                   int32_t num_dims);

/* Runs the model: `steps` steps if it has states, else once (steps = 1).
 * inputs[i] is [steps, shape...], outputs[j] likewise, each in the order of the
 * table; without states the leading dimension is absent. `state` is updated in
 * place, has the session's dimensions, and is NULL for a model without states.
 * Allocates nothing. */
SEQC_API int seqc_session_run(seqc_session *session, int64_t steps,
                              const void *const *inputs, int32_t num_inputs,
                              seqc_state *state, void *const *outputs,
                              int32_t num_outputs);

#ifdef __cplusplus
}
#endif

#endif /* SEQC_SEQC_H */
