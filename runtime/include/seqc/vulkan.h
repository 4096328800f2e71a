/*===- seqc/vulkan.h - running compiled models on a GPU ---------------------===
 *
 * For models compiled with --target=vulkan. Beside seqc/seqc.h: the same
 * packages and states, with a session of another kind. Lives in a library of
 * its own, libseqc_vulkan, so that libseqc does not depend on Vulkan.
 *
 * The first device with a compute queue is used, a GPU before a processor.
 * SEQC_VULKAN_VALIDATION=1 in the environment turns the validation layer on;
 * a run that it has anything to say about fails.
 *
 * Plain C99.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_VULKAN_H
#define SEQC_VULKAN_H

#include "seqc/seqc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Statuses beyond those of seqc.h. */
enum {
  SEQC_NO_DEVICE = 32,    /* no Vulkan, or no device that can run the model */
  SEQC_VULKAN_FAILED = 33 /* a call failed, or the validation layer spoke */
};

/* Ownership: the caller destroys it. Thread-safety: one thread at a time. */
typedef struct seqc_vulkan_session seqc_vulkan_session;

/* Makes the device's buffers and pipelines for these dimensions. */
int seqc_vulkan_session_create(seqc_package *package, const int64_t *dims,
                               int32_t num_dims, seqc_vulkan_session **out);
void seqc_vulkan_session_destroy(seqc_vulkan_session *session);

/* As seqc_session_run: the same tensors, and the same bytes in `state`. */
int seqc_vulkan_session_run(seqc_vulkan_session *session, int64_t steps,
                            const void *const *inputs, int32_t num_inputs,
                            seqc_state *state, void *const *outputs,
                            int32_t num_outputs);

/* The device's name. */
const char *seqc_vulkan_session_device(const seqc_vulkan_session *session);

#ifdef __cplusplus
}
#endif

#endif /* SEQC_VULKAN_H */
