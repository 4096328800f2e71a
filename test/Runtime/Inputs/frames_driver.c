/* Runs the model of frames.mlir by its generated header alone. */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>

#define EXPECT(status, call)                                                   \
  if ((call) != (status)) {                                                    \
    printf("%s: required %d\n", #call, (int)(status));                         \
    return 1;                                                                  \
  }

int main(void) {
  enum { TIME = 23 };
  float x[TIME], sums[TIME], twice[2 * TIME], last[TIME], roots[TIME];
  for (int i = 0; i < TIME; ++i)
    x[i] = (float)i;
  frames_dims dims = {.time = TIME};
  EXPECT(FRAMES_OK, frames_derive_dims(&dims));
  printf("%d frames, twice %d, kept %d\n", (int)dims.frames,
         (int)dims.twice_dim0, (int)dims.kept);
  frames_context context = {.struct_size = sizeof context};
  size_t size = frames_workspace_size(&dims, 1);
  context.workspace = size ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;
  EXPECT(FRAMES_OK, frames_run(&context, &dims, x, sums, twice, last, roots));
  printf("%g %g %g %g\n", sums[1], sums[dims.frames - 1], last[0],
         twice[TIME + 1]);

  ++dims.frames;
  EXPECT(FRAMES_BAD_DIMS,
         frames_run(&context, &dims, x, sums, twice, last, roots));
  frames_dims shorter = {.time = 1};
  EXPECT(FRAMES_BAD_DIMS, frames_derive_dims(&shorter));
  frames_dims negative = {.time = -1};
  EXPECT(FRAMES_BAD_ARGUMENT, frames_derive_dims(&negative));
  frames_dims absurd = {.time = INT64_MAX};
  EXPECT(FRAMES_BAD_DIMS, frames_derive_dims(&absurd));
  EXPECT(FRAMES_BAD_ARGUMENT, frames_derive_dims(NULL));
  free(context.workspace);
  return 0;
}
