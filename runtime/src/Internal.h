/*===- Internal.h - what the runtime's files share --------------------------===
 *
 * Statuses with messages, checks of the table, and the layout of the handles.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_RUNTIME_SRC_INTERNAL_H
#define SEQC_RUNTIME_SRC_INTERNAL_H

#include "Checks.h"

#include <stdatomic.h>
#include <stdbool.h>

#define SEQC_ALIGNMENT 64

struct seqc_package {
  atomic_int references;
  const seqc_model_table *table;
  const void *weights; /* embedded, borrowed, or inside `mapping` */
  void *library;       /* dlopen's handle; NULL for a linked-in table */
  void *mapping;       /* the mapped file of the weights, or NULL */
  size_t mapping_size;
};

struct seqc_state {
  atomic_int references; /* its creator and the views of it */
  seqc_package *package;
  int64_t *dims;
  void *data;
  size_t size;
};

/* Copies an option struct that begins with its size, which is at least that of
 * version 1.0, `first_size`. A shorter one than ours is of an older header: the
 * fields it lacks are zero. A longer one must not use those that we lack. */
int seqc_copy_options(void *target, size_t target_size, size_t first_size,
                      const void *source, const char *what);

/* Refuses a table that no run could be trusted with. */
int seqc_check_table(const seqc_model_table *table, const char *where);

/* seqc_check_features for the model at `where`; names all that are missing. */
int seqc_require_features(const char *where, const char *features);

/* Checks the number and sign of `dims`, that those which follow from others do,
 * and that every tensor of the interface fits in memory at these dimensions. */
int seqc_check_dims(const seqc_model_table *table, const int64_t *dims,
                    int32_t num_dims);

/* The bytes the state tensors take by the rule of abi.h: one after another,
 * each 64-aligned. `dims` have been checked. */
size_t seqc_state_block_size(const seqc_model_table *table,
                             const int64_t *dims);

/* A state for checked or unchecked `dims`, its block not yet written. */
int seqc_state_allocate(seqc_package *package, const int64_t *dims,
                        int32_t num_dims, seqc_state **out);

/* 64-aligned, at least one byte; free() returns it. */
void *seqc_allocate(size_t size);

int64_t *seqc_copy_dims(const int64_t *dims, int32_t num_dims);

/* Sets `product` and returns true unless `a * b` overflows. */
static inline bool seqc_multiply(size_t a, size_t b, size_t *product) {
  return !__builtin_mul_overflow(a, b, product);
}

#endif /* SEQC_RUNTIME_SRC_INTERNAL_H */
