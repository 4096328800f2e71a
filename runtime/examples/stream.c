/* stream.c - streams floats through any compiled model with one input and one
 * output, loading it when it starts.
 *
 *   cc stream.c -lseqc -o stream
 *   ./stream vad.so < frames.f32
 *
 * Each step reads one input from standard input and writes one output to
 * standard output; dynamic dimensions are 1. */
#include "seqc/seqc.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_DIMS = 16 };

static int fail(void) {
  fprintf(stderr, "stream: %s\n", seqc_last_message());
  return EXIT_FAILURE;
}

static int stream(seqc_session *session, const seqc_model_table *table,
                  const int64_t *dims, seqc_state *state) {
  size_t input_size, output_size;
  void *input, *output;
  int status;
  if (seqc_tensor_resolve(table->inputs, dims, NULL, &input_size) != SEQC_OK ||
      seqc_tensor_resolve(table->outputs, dims, NULL, &output_size) != SEQC_OK)
    return fail();
  input = malloc(input_size);
  output = malloc(output_size);
  status = input && output ? EXIT_SUCCESS : EXIT_FAILURE;
  while (status == EXIT_SUCCESS && fread(input, input_size, 1, stdin) == 1) {
    const void *inputs[1];
    inputs[0] = input;
    if (seqc_session_run(session, 1, inputs, 1, state, &output, 1) != SEQC_OK)
      status = fail();
    else if (fwrite(output, output_size, 1, stdout) != 1)
      status = EXIT_FAILURE;
  }
  free(input);
  free(output);
  return status;
}

int main(int argc, char **argv) {
  int64_t dims[MAX_DIMS];
  seqc_session_options options = {0};
  seqc_package *package = NULL;
  seqc_session *session = NULL;
  seqc_state *state = NULL;
  const seqc_model_table *table;
  int i, status;

  if (argc != 2) {
    fprintf(stderr, "usage: stream MODEL.so < inputs > outputs\n");
    return EXIT_FAILURE;
  }
  if (seqc_package_open(argv[1], NULL, &package) != SEQC_OK)
    return fail();
  table = seqc_package_table(package);
  if (table->num_inputs != 1 || table->num_outputs != 1 ||
      table->num_states == 0 || table->num_dims > MAX_DIMS) {
    fprintf(stderr, "stream: required a model with a state, one input and one "
                    "output\n");
    return EXIT_FAILURE;
  }
  for (i = 0; i < MAX_DIMS; ++i)
    dims[i] = 1;
  if (seqc_derive_dims(package, dims, table->num_dims) != SEQC_OK)
    return fail();
  options.struct_size = sizeof options;
  options.dims = dims;
  options.num_dims = table->num_dims;
  if (seqc_session_create(package, &options, &session) != SEQC_OK ||
      seqc_state_create(package, dims, table->num_dims, &state) != SEQC_OK)
    return fail();
  status = stream(session, table, dims, state);
  seqc_state_destroy(state);
  seqc_session_destroy(session);
  seqc_package_release(package);
  return status;
}
