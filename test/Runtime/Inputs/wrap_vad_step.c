/* Linked with -Wl,--wrap=vad_step: arms the malloc trap around every step. */
#include "vad.h"

extern volatile int malloc_trap_armed;

int __real_vad_step(const vad_context *context, const vad_dims *dims,
                    const float *input, void *state, float *output);
int __wrap_vad_step(const vad_context *context, const vad_dims *dims,
                    const float *input, void *state, float *output);

int __wrap_vad_step(const vad_context *context, const vad_dims *dims,
                    const float *input, void *state, float *output) {
  malloc_trap_armed = 1;
  int status = __real_vad_step(context, dims, input, state, output);
#ifdef SPRING_THE_TRAP
  extern void *malloc(size_t size);
  *(void *volatile *)&state = malloc(1);
#endif
  malloc_trap_armed = 0;
  return status;
}
