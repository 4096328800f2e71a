/*===- Checks.h - what refuses files, and says why --------------------------===
 *
 * The part of the runtime's inside that C++ sees too.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_RUNTIME_SRC_CHECKS_H
#define SEQC_RUNTIME_SRC_CHECKS_H

#include "seqc/seqc.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps the message for seqc_last_message and returns `status`. */
int seqc_fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says why the model refuses `dims`, which it does. */
int seqc_refuse_dims(const seqc_model_table *table, const int64_t *dims);

/* Refuses a file that the dynamic loader would crash on because a part of it is
 * missing, and, with `check_sum`, one that changed since it was compiled. What
 * is no library at all, or cannot be read, is left to the loader to refuse. */
int seqc_check_library(const char *path, bool check_sum);

/* The same of the contents of the file at `path`. */
int seqc_check_library_data(const void *data, size_t size, const char *path,
                            bool check_sum);

/* Refuses the contents of a file of weights that is not whole or not the
 * model's. */
int seqc_check_weights(const seqc_model_table *table, const void *data,
                       size_t size, const char *path, bool check_sum);

#ifdef __cplusplus
}
#endif

#endif /* SEQC_RUNTIME_SRC_CHECKS_H */
