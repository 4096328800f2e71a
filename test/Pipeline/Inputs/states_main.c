/* Prints the states of states.mlir after resets. */
#include "states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *state;

static void print(const char *title) {
  const float *a = (const float *)state;
  const double *b = (const double *)(state + 64);
  const char *c = state + 128;
  const float *d = (const float *)(state + 192);
  int i;
  printf("%s: a", title);
  for (i = 0; i < 12; ++i)
    printf(" %g", (double)a[i]);
  printf(" b %g %g %g c", b[0], b[1], b[2]);
  for (i = 0; i < 4; ++i)
    printf(" %d", c[i]);
  printf(" d %g %g\n", (double)d[0], (double)d[1]);
}

static void fill(void) {
  float *a = (float *)state, *d = (float *)(state + 192);
  double *b = (double *)(state + 64);
  int i;
  memset(state, 9, 256);
  for (i = 0; i < 12; ++i)
    a[i] = 9;
  for (i = 0; i < 3; ++i)
    b[i] = 9;
  d[0] = d[1] = 9;
}

int main(void) {
  states_dims dims = {2, 3}, none = {0, 0};
  printf("%d %d\n", (int)states_state_size(&dims),
         (int)states_state_size(&none));
  state = aligned_alloc(64, 256);
  fill();
  states_state_reset(&dims, -1, state);
  print("all");
  fill();
  states_state_reset(&dims, 1, state);
  print("slot 1");
  fill();
  states_state_reset(&dims, 2, state);
  states_state_reset(&none, -1, state);
  print("none");
  free(state);
  return 0;
}
