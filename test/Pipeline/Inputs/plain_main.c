/* Linked with plain.o, not loaded: the generated header is all it includes. */
#include "plain.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  plain_context context;
  float x[4] = {0, 1, -1, 1e-42f}, y[4];
  int i;
  memset(&context, 0, sizeof context);
  context.struct_size = sizeof context;
  printf("%d %d %d\n", (int)plain_workspace_size(NULL, 1),
         (int)plain_state_size(NULL), (int)plain_weights_size());
  printf("%d %d\n", plain_run(&context, NULL, x, NULL),
         plain_run(&context, NULL, x, y));
  for (i = 0; i < 4; ++i)
    printf("%.4f\n", (double)y[i]);
  return plain_model() == NULL;
}
