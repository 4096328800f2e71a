/*===- seqc/dlpack.h - tensors to and from other libraries ------------------===
 *
 * DLPack is how array libraries lend each other tensors without copying them.
 * These functions take and give its DLManagedTensor, as declared by any version
 * of dlpack.h before its 1.0, or by a program itself; this header needs
 * neither.
 *
 * Plain C99.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_DLPACK_H
#define SEQC_DLPACK_H

#include "seqc/seqc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct DLManagedTensor;

/* The address of `tensor`'s elements, for seqc_session_run. It is as `desc`
 * says at these dimensions, with a leading dimension of `steps` unless that is
 * negative; it lies in the processor's memory, in row-major order without gaps,
 * at a multiple of its elements' size. Otherwise SEQC_BAD_ARGUMENT. `tensor`
 * stays the caller's, and must live as long as the address is used. */
SEQC_API int seqc_dlpack_import(const seqc_tensor_desc *desc,
                                const int64_t *dims, int64_t steps,
                                const struct DLManagedTensor *tensor,
                                void **data);

/* A tensor of the same kind with 64-aligned memory of its own, not initialised,
 * such as for an output. Whoever it is given to calls its deleter. */
SEQC_API int seqc_dlpack_create(const seqc_tensor_desc *desc,
                                const int64_t *dims, int64_t steps,
                                struct DLManagedTensor **out);

/* State tensor `index` of the table, not copied: what is written to it is the
 * state's. It keeps the state's memory until its deleter is called, even if the
 * state is destroyed before. */
SEQC_API int seqc_dlpack_view_state(seqc_state *state, int32_t index,
                                    struct DLManagedTensor **out);

#ifdef __cplusplus
}
#endif

#endif /* SEQC_DLPACK_H */
