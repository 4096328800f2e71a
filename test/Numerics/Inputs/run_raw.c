/* Runs a compiled model without states on files of raw numbers, over the C
 * runtime alone, so that it can be built for any processor.
 *
 *   run_raw MODEL.so THREADS in NAME 2x3 FILE ... out NAME FILE ...
 *
 * The dynamic dimensions follow from the inputs' shapes. */
#include "seqc/seqc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TENSORS 32

static void check(int status) {
  if (status == SEQC_OK)
    return;
  fprintf(stderr, "%s: %s\n", seqc_status_name(status), seqc_last_message());
  exit(1);
}

static void fail(const char *required, const char *found) {
  fprintf(stderr, "%s was required, found '%s'\n", required, found);
  exit(1);
}

static int find(const seqc_tensor_desc *tensors, int count, const char *name) {
  for (int i = 0; i < count; ++i)
    if (!strcmp(tensors[i].name, name))
      return i;
  fail("a tensor's name", name);
  return -1;
}

static void *allocate(size_t bytes) {
  void *memory = calloc(bytes + 1, 1);
  if (!memory)
    fail("memory", "none");
  return memory;
}

static void move(void *data, size_t bytes, const char *path,
                 const char *mode) {
  FILE *file = fopen(path, mode);
  size_t moved = 0;
  if (file)
    moved = *mode == 'r' ? fread(data, 1, bytes, file)
                         : fwrite(data, 1, bytes, file);
  if (!file || moved != bytes || fclose(file))
    fail("a file of the tensor's size", path);
}

static void set_dims(const seqc_tensor_desc *tensor, const char *shape,
                     int64_t *dims) {
  for (int axis = 0; axis < tensor->rank; ++axis) {
    char *end;
    int64_t extent = strtoll(shape, &end, 10);
    if (tensor->shape[axis] < 0)
      dims[-1 - tensor->shape[axis]] = extent;
    shape = *end ? end + 1 : end;
  }
}

int main(int argc, char **argv) {
  if (argc < 3)
    fail("MODEL.so THREADS in NAME SHAPE FILE ... out NAME FILE ...", "");
  seqc_package *package;
  check(seqc_package_open(argv[1], NULL, &package));
  const seqc_model_table *table = seqc_package_table(package);
  int64_t dims[MAX_TENSORS] = {0};
  if (table->num_states || table->num_inputs > MAX_TENSORS ||
      table->num_outputs > MAX_TENSORS || table->num_dims > MAX_TENSORS)
    fail("a small model without states", argv[1]);
  void *inputs[MAX_TENSORS] = {0}, *outputs[MAX_TENSORS] = {0};
  for (int at = 3; at + 3 < argc && !strcmp(argv[at], "in"); at += 4)
    set_dims(&table->inputs[find(table->inputs, table->num_inputs,
                                 argv[at + 1])],
             argv[at + 2], dims);
  size_t bytes;
  int at = 3;
  for (; at + 3 < argc && !strcmp(argv[at], "in"); at += 4) {
    int i = find(table->inputs, table->num_inputs, argv[at + 1]);
    check(seqc_tensor_resolve(&table->inputs[i], dims, NULL, &bytes));
    inputs[i] = allocate(bytes);
    move(inputs[i], bytes, argv[at + 3], "rb");
  }
  for (int i = 0; i < table->num_outputs; ++i) {
    check(seqc_tensor_resolve(&table->outputs[i], dims, NULL, &bytes));
    outputs[i] = allocate(bytes);
  }

  seqc_session_options options = {0};
  options.struct_size = sizeof options;
  options.dims = dims;
  options.num_dims = table->num_dims;
  options.threads = atoi(argv[2]);
  seqc_session *session;
  check(seqc_session_create(package, &options, &session));
  check(seqc_session_run(session, 1, (const void *const *)inputs,
                         table->num_inputs, NULL, outputs,
                         table->num_outputs));
  for (; at + 2 < argc && !strcmp(argv[at], "out"); at += 3) {
    int i = find(table->outputs, table->num_outputs, argv[at + 1]);
    check(seqc_tensor_resolve(&table->outputs[i], dims, NULL, &bytes));
    move(outputs[i], bytes, argv[at + 2], "wb");
  }
  if (at != argc)
    fail("in NAME SHAPE FILE or out NAME FILE", argv[at]);
  seqc_session_destroy(session);
  seqc_package_release(package);
  for (int i = 0; i < MAX_TENSORS; ++i) {
    free(inputs[i]);
    free(outputs[i]);
  }
  return 0;
}
