/* inside.c - a model that is a part of the program. */
#include "langid_inside.h"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  const langid_inside_dims dims = {0};
  langid_inside_context context = {sizeof context};
  void *state = aligned_alloc(64, 4096);
  float probabilities[15] = {0};
  int byte;
  /* The caller owns all memory: once it runs, nothing is allocated. */
  context.workspace = aligned_alloc(64, 1 << 20);
  if (langid_inside_state_size(&dims) > 4096 ||
      langid_inside_workspace_size(&dims, 1) > 1 << 20)
    return EXIT_FAILURE;
  langid_inside_state_reset(&dims, -1, state);
  while ((byte = getchar()) != EOF) {
    const int64_t input = byte;
    if (langid_inside_step(&context, &dims, &input, state, probabilities))
      return EXIT_FAILURE;
  }
  printf("English %.3f, German %.3f\n", probabilities[0], probabilities[1]);
  return EXIT_SUCCESS;
}
