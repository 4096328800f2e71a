/* embed.c - speech in audio, with a compiled model linked into the program.
 *
 *   seqc compile silero_vad_16k_op15.onnx --const sr=16000 -o vad
 *   cc -std=c99 embed.c vad.so -lm -Wl,-rpath,. -o embed
 *   ./embed < audio.raw      (16 kHz, 16-bit, mono)
 *
 * The caller owns all memory: once it runs, nothing is allocated. */
#include "vad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY = 64, FRAME = 512 };

static void *allocate_aligned(size_t size) {
  char *memory = malloc(size + 63);
  return memory ? memory + (64 - (uintptr_t)memory % 64) % 64 : NULL;
}

int main(void) {
  const vad_dims dims = {1};
  vad_context context = {0};
  void *state = allocate_aligned(vad_state_size(&dims));
  float window[HISTORY + FRAME] = {0}, probability = 0;
  int16_t samples[FRAME];
  int i, status = VAD_OK;

  context.struct_size = sizeof context;
  context.workspace = allocate_aligned(vad_workspace_size(&dims, 1));
  if (!state || !context.workspace)
    return EXIT_FAILURE;
  vad_state_reset(&dims, -1, state);

  while (status == VAD_OK &&
         fread(samples, sizeof *samples, FRAME, stdin) == FRAME) {
    memmove(window, window + FRAME, HISTORY * sizeof *window);
    for (i = 0; i < FRAME; ++i)
      window[HISTORY + i] = (float)samples[i] / 32768.0f;
    status = vad_step(&context, &dims, window, state, &probability);
    printf("%.4f\n", probability);
  }
  return status == VAD_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
