/*===- SavedState.c - states as bytes and files -----------------------------===
 *
 * A saved state is the block of a state between a header that names its model
 * and a checksum. It may come from anywhere: it is checked as a whole before
 * the model's own code sees any of it.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "Internal.h"
#include "seqc/weights.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_MAGIC "SEQCSTA1"

/* A saved state: this header, the dims, the block, and a checksum of all. */
typedef struct saved_header {
  char magic[8];
  uint64_t model_hash;
  uint64_t num_dims;
  uint64_t block_size;
} saved_header;

static size_t header_size(uint64_t num_dims) {
  return sizeof(saved_header) + sizeof(int64_t) * (size_t)num_dims;
}

size_t seqc_state_saved_size(const seqc_state *state) {
  return state ? header_size((uint64_t)state->package->table->num_dims) +
                     state->size + sizeof(uint64_t)
               : 0;
}

int seqc_state_serialize(const seqc_state *state, void *buffer, size_t size) {
  if (!state || !buffer)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a state and a buffer, found a null pointer");
  size_t required = seqc_state_saved_size(state);
  if (size < required)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a buffer of %zu bytes, found %zu", required,
                     size);
  const seqc_model_table *table = state->package->table;
  saved_header header = {.model_hash = table->hash,
                         .num_dims = (uint64_t)table->num_dims,
                         .block_size = state->size};
  memcpy(header.magic, STATE_MAGIC, sizeof header.magic);
  size_t dims_size = sizeof(int64_t) * (size_t)table->num_dims;
  char *end = buffer;
  memcpy(end, &header, sizeof header);
  end += sizeof header;
  memcpy(end, state->dims, dims_size);
  end += dims_size;
  memcpy(end, state->data, state->size);
  end += state->size;
  uint64_t sum = seqc_checksum(buffer, required - sizeof sum);
  memcpy(end, &sum, sizeof sum);
  return SEQC_OK;
}

/* Everything that can be told before the model's own code sees the dims. */
static int check_saved(const seqc_model_table *table, const char *where,
                       const char *buffer, size_t size) {
  saved_header header;
  size_t required = header_size((uint64_t)table->num_dims) + sizeof(uint64_t);
  if (size < sizeof header)
    return seqc_fail(SEQC_BAD_STATE,
                     "%s: required at least %zu bytes, found %zu", where,
                     required, size);
  memcpy(&header, buffer, sizeof header);
  if (memcmp(header.magic, STATE_MAGIC, sizeof header.magic) != 0)
    return seqc_fail(SEQC_BAD_STATE,
                     "%s: required a saved state, which begins with %s, found "
                     "something else",
                     where, STATE_MAGIC);
  if (header.model_hash != table->hash)
    return seqc_fail(SEQC_BAD_STATE,
                     "%s: required a state of model '%s' %016" PRIx64
                     ", found one of %016" PRIx64,
                     where, table->name, table->hash, header.model_hash);
  if (header.num_dims != (uint64_t)table->num_dims || size < required ||
      header.block_size != size - required)
    return seqc_fail(SEQC_BAD_STATE,
                     "%s: required %d dims and a block of %" PRIu64
                     " bytes, found %" PRIu64 " dims in %zu bytes in all",
                     where, (int)table->num_dims, header.block_size,
                     header.num_dims, size);
  uint64_t stored, sum = seqc_checksum(buffer, size - sizeof sum);
  memcpy(&stored, buffer + size - sizeof sum, sizeof stored);
  if (sum != stored)
    return seqc_fail(SEQC_BAD_STATE,
                     "%s: required checksum %016" PRIx64 ", found %016" PRIx64
                     ": it is damaged",
                     where, stored, sum);
  return SEQC_OK;
}

static int restore(seqc_package *package, const char *where, const char *buffer,
                   size_t size, seqc_state **out) {
  const seqc_model_table *table = package->table;
  int status = check_saved(table, where, buffer, size);
  if (status != SEQC_OK)
    return status;
  size_t begin = header_size((uint64_t)table->num_dims);
  size_t block = size - begin - sizeof(uint64_t);
  /* A copy, because the buffer need not be aligned. */
  int64_t *dims = malloc(begin);
  if (!dims)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "%s: out of memory", where);
  memcpy(dims, buffer + sizeof(saved_header), begin - sizeof(saved_header));
  status = seqc_check_dims(table, dims, table->num_dims);
  /* Before anything as large as the dims claim is allocated. */
  if (status == SEQC_OK && (seqc_state_block_size(table, dims) > block ||
                            table->state_size(dims) != block))
    status = seqc_fail(SEQC_BAD_STATE,
                       "%s: required a block of %zu bytes for its dims, found "
                       "%zu",
                       where, table->state_size(dims), block);
  if (status == SEQC_OK)
    status = seqc_state_allocate(package, dims, table->num_dims, out);
  if (status == SEQC_OK)
    memcpy((*out)->data, buffer + begin, block);
  free(dims);
  return status;
}

int seqc_state_deserialize(seqc_package *package, const void *buffer,
                           size_t size, seqc_state **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the state");
  *out = NULL;
  if (!package || !buffer)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a package and a buffer, found a null pointer");
  return restore(package, "saved state", buffer, size, out);
}

/* Writes to a neighbour and renames it: no half a file under `path`. */
static int write_file(const char *path, const void *data, size_t size) {
  size_t length = strlen(path);
  char *temporary = malloc(length + sizeof ".XXXXXX");
  if (!temporary)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "%s: out of memory", path);
  memcpy(temporary, path, length);
  memcpy(temporary + length, ".XXXXXX", sizeof ".XXXXXX");
  int descriptor = mkstemp(temporary);
  FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
  bool written = file && fwrite(data, 1, size, file) == size;
  int error = errno;
  if (file && fclose(file) != 0 && written) {
    written = false;
    error = errno;
  } else if (!file && descriptor >= 0) {
    close(descriptor);
  }
  if (written && rename(temporary, path) != 0) {
    written = false;
    error = errno;
  }
  if (!written && descriptor >= 0)
    unlink(temporary);
  free(temporary);
  return written ? SEQC_OK
                 : seqc_fail(SEQC_IO_ERROR, "%s: cannot write: %s", path,
                             strerror(error));
}

int seqc_state_save(const seqc_state *state, const char *path) {
  if (!state || !path)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a state and a path, found a null pointer");
  size_t size = seqc_state_saved_size(state);
  void *buffer = malloc(size);
  if (!buffer)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "%s: out of memory", path);
  int status = seqc_state_serialize(state, buffer, size);
  if (status == SEQC_OK)
    status = write_file(path, buffer, size);
  free(buffer);
  return status;
}

/* Reads all of a regular file. */
static int read_file(const char *path, void **data, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return seqc_fail(SEQC_CANNOT_OPEN, "%s: cannot open: %s", path,
                     strerror(errno));
  long length = -1;
  if (fseek(file, 0, SEEK_END) == 0)
    length = ftell(file);
  char *buffer = NULL;
  if (length >= 0 && length < LONG_MAX)
    buffer = malloc((size_t)length + 1);
  bool read = buffer && fseek(file, 0, SEEK_SET) == 0 &&
              fread(buffer, 1, (size_t)length, file) == (size_t)length;
  fclose(file);
  if (!read) {
    free(buffer);
    return seqc_fail(SEQC_CANNOT_OPEN, "%s: cannot read it as a file", path);
  }
  *data = buffer;
  *size = (size_t)length;
  return SEQC_OK;
}

int seqc_state_load(seqc_package *package, const char *path, seqc_state **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the state");
  *out = NULL;
  if (!package || !path)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a package and a path, found a null pointer");
  void *data = NULL;
  size_t size = 0;
  int status = read_file(path, &data, &size);
  if (status == SEQC_OK)
    status = restore(package, path, data, size, out);
  free(data);
  return status;
}
