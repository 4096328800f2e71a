/*===- Status.c - statuses, messages and option structs ---------------------===
 *
 * One message per thread, in a fixed buffer, so that failing allocates nothing.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char last_message[1024];

uint32_t seqc_runtime_version(void) { return SEQC_RUNTIME_VERSION; }

const char *seqc_last_message(void) { return last_message; }

const char *seqc_status_name(int status) {
  switch (status) {
  case SEQC_OK:
    return "ok";
  case SEQC_BAD_ARGUMENT:
    return "bad argument";
  case SEQC_BAD_CONTEXT:
    return "bad context";
  case SEQC_BAD_DIMS:
    return "bad dimensions";
  case SEQC_CANNOT_OPEN:
    return "cannot open";
  case SEQC_BAD_PACKAGE:
    return "bad package";
  case SEQC_BAD_VERSION:
    return "bad version";
  case SEQC_UNSUPPORTED_CPU:
    return "unsupported CPU";
  case SEQC_BAD_WEIGHTS:
    return "bad weights";
  case SEQC_BAD_STATE:
    return "bad state";
  case SEQC_OUT_OF_MEMORY:
    return "out of memory";
  case SEQC_IO_ERROR:
    return "input/output error";
  default:
    return "unknown status";
  }
}

int seqc_fail(int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_message, sizeof last_message, format, arguments);
  va_end(arguments);
  return status;
}

int seqc_copy_options(void *target, size_t target_size, size_t first_size,
                      const void *source, const char *what) {
  memset(target, 0, target_size);
  if (!source)
    return SEQC_OK;
  size_t size;
  memcpy(&size, source, sizeof size);
  /* The upper limit keeps an uninitialised size from being read through. */
  if (size < first_size || size > 4096)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "%s.struct_size: required %zu to 4096, found %zu", what,
                     first_size, size);
  const unsigned char *bytes = source;
  for (size_t i = target_size; i < size; ++i)
    if (bytes[i] != 0)
      return seqc_fail(SEQC_BAD_VERSION,
                       "%s: required only fields of version %d.%d, found a "
                       "newer one in use (byte %zu)",
                       what, SEQC_RUNTIME_MAJOR, SEQC_RUNTIME_MINOR, i);
  memcpy(target, source, size < target_size ? size : target_size);
  return SEQC_OK;
}

void *seqc_allocate(size_t size) {
  if (size > SIZE_MAX - SEQC_ALIGNMENT)
    return NULL;
  size_t rounded = (size + SEQC_ALIGNMENT - 1) & ~(size_t)(SEQC_ALIGNMENT - 1);
  return aligned_alloc(SEQC_ALIGNMENT, rounded ? rounded : SEQC_ALIGNMENT);
}

int64_t *seqc_copy_dims(const int64_t *dims, int32_t num_dims) {
  size_t size = sizeof(int64_t) * (size_t)(num_dims > 0 ? num_dims : 1);
  int64_t *copy = malloc(size);
  if (copy && num_dims > 0)
    memcpy(copy, dims, sizeof(int64_t) * (size_t)num_dims);
  return copy;
}
