/* The header of a compiled model, as the compiler generates it for a model
 * with one input, one output and a state. */
#ifndef VAD_H
#define VAD_H

#include "seqc/abi.h"

typedef struct vad_dims {
  int64_t batch;
} vad_dims;
typedef seqc_context vad_context;

size_t vad_workspace_size(const vad_dims *dims, int32_t threads);
size_t vad_state_size(const vad_dims *dims);
void vad_state_reset(const vad_dims *dims, int64_t batch_slot, void *state);
int vad_step(const vad_context *context, const vad_dims *dims,
             const float *input /*[batch,576]*/, void *state,
             float *output /*[batch,1]*/);
int vad_run(const vad_context *context, const vad_dims *dims, int64_t T,
            const float *input /*[T,batch,576]*/, void *state,
            float *output /*[T,batch,1]*/);
const seqc_model_table *vad_model(void);

#endif
