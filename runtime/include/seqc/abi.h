/*===- seqc/abi.h - what a compiled model exports ---------------------------===
 *
 * Every model compiled by seqc exports `NAME_model()`, and every shared library
 * also `seqc_model()`; both return the table below. A generated header NAME.h
 * wraps the same functions with typed arguments; this file is for code that
 * loads models it does not know at compile time.
 *
 * Plain C99. Nothing here allocates, and nothing is global.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_ABI_H
#define SEQC_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A loader refuses a table whose major version differs from its own. */
#define SEQC_ABI_MAJOR 1
#define SEQC_ABI_MINOR 2

/* Status of an invocation. */
enum {
  SEQC_OK = 0,
  SEQC_BAD_ARGUMENT = 1, /* a null pointer, a negative dimension */
  SEQC_BAD_CONTEXT = 2,  /* struct_size too small, weights missing or unaligned */
  SEQC_BAD_DIMS = 3      /* sizes that do not fit in memory or are smaller than
                            a window or a slice needs, or dimensions that
                            are independent in the interface but not in the
                            model: the batch of an input and of another, or
                            one that derive_dims would have made another */
};

/* Element types, numbered as they are stored in tensors' descriptions. */
enum {
  SEQC_F32 = 1,
  SEQC_F64 = 2,
  SEQC_F16 = 3,
  SEQC_BF16 = 4,
  SEQC_I8 = 5,
  SEQC_I16 = 6,
  SEQC_I32 = 7,
  SEQC_I64 = 8,
  SEQC_U8 = 9,
  SEQC_BOOL = 10 /* one byte, 0 or 1 */
};

#define SEQC_MAX_RANK 8

/* A tensor of the interface. `shape[i] >= 0` is an extent; `-1 - k` names the
 * dynamic dimension k of the model (an index into `dim_names`). */
typedef struct seqc_tensor_desc {
  const char *name;
  int32_t type; /* SEQC_F32, ... */
  int32_t rank;
  int64_t shape[SEQC_MAX_RANK];
} seqc_tensor_desc;

/* An extent that must be another's. */
typedef struct seqc_extent {
  int32_t tensor; /* of the inputs and then the states; -1: a number */
  int32_t axis;
  int64_t extent; /* as in the tensor's shape, or the number */
} seqc_extent;

/* What a caller lends to one invocation. Zero the struct, then set
 * `struct_size`. */
typedef struct seqc_context {
  size_t struct_size;  /* sizeof(seqc_context) */
  const void *weights; /* weights_size bytes, 64-aligned; NULL if embedded */
  void *workspace;     /* workspace_size(dims) bytes, 64-aligned */
  /* Runs task(arg, 0) ... task(arg, n - 1) at the same time, each on a thread
   * of its own, and returns when all have ended. NULL: one thread. */
  void (*parallel)(void *pool, int n, void (*task)(void *, int), void *arg);
  void *pool;
  int32_t threads; /* the n to ask `parallel` for; 0 and 1: the calling thread */
  int32_t reserved;
} seqc_context;

/* `dims` are the values of the dynamic dimensions, in the order of dim_names.
 * The last num_derived_dims are extents of outputs that follow from the others.
 *
 * derive_dims: writes those. SEQC_BAD_DIMS where one would be negative.
 *
 * workspace_size: 0 for dimensions that invoke refuses.
 *
 * invoke: a model without states ignores `steps` (pass 1) and `state` (NULL).
 * A model with states runs `steps` steps: input i is [steps, shape...], output
 * j is [steps, shape...], and `state` is read and updated in place. steps = 0
 * leaves the state as it is and writes nothing. */
typedef struct seqc_model_table {
  int32_t abi_major, abi_minor;
  size_t struct_size;
  const char *name;
  const char *target;   /* "x86_64-pc-linux-gnu+avx2+fma": what the code needs */
  const char *features; /* CPU features needed, comma-separated: "avx2,fma" */
  const char *report;   /* JSON written by the compiler: forms, costs, sizes */
  uint64_t hash;        /* identifies model and weights; stored in saved states */
  int32_t num_dims, num_inputs, num_outputs, num_states;
  const char *const *dim_names;
  const seqc_tensor_desc *inputs;
  const seqc_tensor_desc *outputs;
  const seqc_tensor_desc *states; /* the state block holds them one after
                                     another, each 64-byte aligned */
  size_t weights_size;            /* bytes */
  const void *embedded_weights;   /* NULL if they are in a file */
  size_t (*workspace_size)(const int64_t *dims, int32_t threads);
  size_t (*state_size)(const int64_t *dims);
  void (*state_reset)(const int64_t *dims, int64_t batch_slot, void *state);
  int (*invoke)(const seqc_context *context, const int64_t *dims, int64_t steps,
                const void *const *inputs, void *state, void *const *outputs);
  /* SPIR-V target only, otherwise NULL and 0: one JSON dispatch plan and the
   * SPIR-V words it refers to. */
  const char *vulkan_plan;
  const uint32_t *spirv;
  size_t spirv_words;
  /* Since 1.1, a shorter struct_size has none: pairs of extents that must be
   * equal though they are independent in the interface. invoke refuses others,
   * and some more that are no tensor's. */
  int64_t num_equal_extents; /* pairs */
  const seqc_extent *equal_extents;
  /* Since 1.2; before, none is derived. */
  int64_t num_derived_dims;
  int (*derive_dims)(int64_t *dims);
} seqc_model_table;

typedef const seqc_model_table *(*seqc_model_function)(void);

#ifdef __cplusplus
}
#endif

#endif /* SEQC_ABI_H */
