/* Checks for the test programs: a failed one says where and ends the program.
 */
#ifndef CHECK_H
#define CHECK_H

#include "seqc/seqc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s does not hold (%s)\n", __FILE__, __LINE__,    \
              #condition, seqc_last_message());                                \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

#define OK(call) CHECK((call) == SEQC_OK)

/* Prints what a call that must fail says. */
#define FAILS(call)                                                            \
  do {                                                                         \
    int status_ = (call);                                                      \
    CHECK(status_ != SEQC_OK);                                                 \
    printf("%s: %s\n", seqc_status_name(status_), seqc_last_message());        \
  } while (0)

/* Numbers in [-1, 1) that are the same everywhere. */
static inline float next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(int32_t)*seed / 2147483648.0f;
}

static inline seqc_session *make_session(seqc_package *package, int64_t batch,
                                         int32_t threads) {
  seqc_session_options options = {0};
  options.struct_size = sizeof options;
  options.dims = &batch;
  options.num_dims = 1;
  options.threads = threads;
  seqc_session *session;
  OK(seqc_session_create(package, &options, &session));
  return session;
}

#endif
