/*===- support.c - the part of a compiled model that is the same in all -----===
 *
 * Sizes, state, argument checks, the parallel region and its barrier, over the
 * constant tables of one model. Compiled to LLVM bitcode when seqc is built and
 * linked into every model, where it is optimised together with the kernel.
 * Freestanding: it allocates nothing, has no globals, and calls only memcpy,
 * memset and syscall.
 *===----------------------------------------------------------------------===*/
#include "compiler/Target/Support/support.h"

#include <stdbool.h>

#define CACHE_LINE 64

/*===- Sizes
 * ----------------------------------------------------------------===*/

static int64_t element_bytes(int32_t type) {
  switch (type) {
  case SEQC_F64:
  case SEQC_I64:
    return 8;
  case SEQC_F32:
  case SEQC_I32:
    return 4;
  case SEQC_F16:
  case SEQC_BF16:
  case SEQC_I16:
    return 2;
  default:
    return 1;
  }
}

static int64_t extent(const seqc_tensor_desc *tensor, int axis,
                      const int64_t *dims) {
  int64_t shape = tensor->shape[axis];
  return shape >= 0 ? shape : dims[-1 - shape];
}

/* The bytes of axes [begin, end); false if they do not fit. An empty tensor has
 * none, however large its other axes are. */
static bool axes_bytes(const seqc_tensor_desc *tensor, const int64_t *dims,
                       int begin, int end, int64_t *bytes) {
  for (int axis = begin; axis < end; ++axis) {
    if (extent(tensor, axis, dims) == 0) {
      *bytes = 0;
      return true;
    }
  }
  int64_t product = element_bytes(tensor->type);
  for (int axis = begin; axis < end; ++axis)
    if (__builtin_mul_overflow(product, extent(tensor, axis, dims), &product))
      return false;
  *bytes = product;
  return true;
}

static bool tensor_bytes(const seqc_tensor_desc *tensor, const int64_t *dims,
                         int64_t *bytes) {
  return axes_bytes(tensor, dims, 0, tensor->rank, bytes);
}

static bool aligned(const void *pointer) {
  return ((uintptr_t)pointer & (CACHE_LINE - 1)) == 0;
}

/* The distance to the next state of the block; false if it does not fit. */
static bool state_stride(const seqc_tensor_desc *tensor, const int64_t *dims,
                         int64_t *stride) {
  if (!tensor_bytes(tensor, dims, stride) ||
      __builtin_add_overflow(*stride, CACHE_LINE - 1, stride))
    return false;
  *stride &= ~(int64_t)(CACHE_LINE - 1);
  return true;
}

static bool state_block_bytes(const seqc_model_table *table,
                              const int64_t *dims, int64_t *bytes) {
  *bytes = 0;
  for (int i = 0; i < table->num_states; ++i) {
    int64_t stride;
    if (!state_stride(&table->states[i], dims, &stride) ||
        __builtin_add_overflow(*bytes, stride, bytes))
      return false;
  }
  return true;
}

/* The first `count` dimensions, and the sizes of inputs, which have no others.
 */
static int check_input_dims(const seqc_model_table *table, const int64_t *dims,
                            int count) {
  if (table->num_dims > 0 && !dims)
    return SEQC_BAD_ARGUMENT;
  for (int i = 0; i < count; ++i)
    if (dims[i] < 0)
      return SEQC_BAD_ARGUMENT;
  int64_t bytes;
  for (int i = 0; i < table->num_inputs; ++i)
    if (!tensor_bytes(&table->inputs[i], dims, &bytes))
      return SEQC_BAD_DIMS;
  return SEQC_OK;
}

/* SEQC_OK only if every tensor of the interface has a size. */
static int check_dims(const seqc_model_table *table, const int64_t *dims) {
  int status = check_input_dims(table, dims, table->num_dims);
  if (status != SEQC_OK)
    return status;
  int64_t bytes;
  for (int i = 0; i < table->num_outputs; ++i)
    if (!tensor_bytes(&table->outputs[i], dims, &bytes))
      return SEQC_BAD_DIMS;
  return state_block_bytes(table, dims, &bytes) ? SEQC_OK : SEQC_BAD_DIMS;
}

int seqc_support_derive_dims(const seqc_descriptor *model, int64_t *dims) {
  const seqc_model_table *table = model->table;
  int num_given = table->num_dims - (int)table->num_derived_dims;
  int status = check_input_dims(table, dims, num_given);
  if (status != SEQC_OK)
    return status;
  if (model->derive_extents)
    model->derive_extents(dims);
  for (int i = num_given; i < table->num_dims; ++i)
    if (dims[i] < 0)
      return SEQC_BAD_DIMS;
  return SEQC_OK;
}

/* What a kernel gets: the dimensions, then the number of steps. */
static void add_steps(const seqc_model_table *table, const int64_t *dims,
                      int64_t steps, int64_t *all) {
  for (int i = 0; i < table->num_dims; ++i)
    all[i] = dims[i];
  all[table->num_dims] = steps;
}

static int64_t workspace_bytes(const seqc_descriptor *model,
                               const int64_t *dims, int64_t threads) {
  int64_t all[model->table->num_dims + 1];
  add_steps(model->table, dims, model->block, all);
  return model->workspace_bytes(all, threads);
}

size_t seqc_support_workspace_size(const seqc_descriptor *model,
                                   const int64_t *dims, int32_t threads) {
  if (check_dims(model->table, dims) != SEQC_OK)
    return 0;
  int64_t bytes = workspace_bytes(model, dims, threads > 1 ? threads : 1);
  return bytes < 0 ? 0 : (size_t)bytes;
}

size_t seqc_support_state_size(const seqc_descriptor *model,
                               const int64_t *dims) {
  if (check_dims(model->table, dims) != SEQC_OK)
    return 0;
  int64_t bytes;
  state_block_bytes(model->table, dims, &bytes);
  return (size_t)bytes;
}

/*===- State
 * ----------------------------------------------------------------===*/

/* Writes `bytes` bytes of one slot, which lie `offset` bytes into it. */
static void start_slice(const seqc_tensor_desc *tensor,
                        const seqc_state_start *start, int64_t offset,
                        char *slice, int64_t bytes) {
  if (!start->initial) {
    __builtin_memset(slice, 0, (size_t)bytes);
    return;
  }
  int64_t element = element_bytes(tensor->type);
  if ((int64_t)start->initial_bytes != element) {
    __builtin_memcpy(slice, (const char *)start->initial + offset,
                     (size_t)bytes);
    return;
  }
  for (int64_t i = 0; i < bytes; i += element)
    __builtin_memcpy(slice + i, start->initial, (size_t)element);
}

/* Resets one slot of a state, or all of them with `batch_slot` < 0. A state
 * without a batch axis is one slot. */
static void reset_tensor(const seqc_tensor_desc *tensor,
                         const seqc_state_start *start, const int64_t *dims,
                         int64_t batch_slot, char *data) {
  int axis = (int)start->batch_axis;
  int64_t slots = axis < 0 ? 1 : extent(tensor, axis, dims);
  int64_t total, inner;
  tensor_bytes(tensor, dims, &total);
  if (total == 0 || batch_slot >= slots)
    return;
  axes_bytes(tensor, dims, axis < 0 ? 0 : axis + 1, tensor->rank, &inner);
  int64_t first = batch_slot < 0 ? 0 : batch_slot;
  int64_t last = batch_slot < 0 ? slots : batch_slot + 1;
  int64_t row = slots * inner;
  for (int64_t outer = 0; outer * row < total; ++outer)
    for (int64_t slot = first; slot < last; ++slot)
      start_slice(tensor, start, outer * inner,
                  data + outer * row + slot * inner, inner);
}

void seqc_support_state_reset(const seqc_descriptor *model, const int64_t *dims,
                              int64_t batch_slot, void *state) {
  const seqc_model_table *table = model->table;
  if (!state || batch_slot < -1 || check_dims(table, dims) != SEQC_OK)
    return;
  bool batched = false;
  for (int i = 0; i < table->num_states; ++i)
    batched |= model->starts[i].batch_axis >= 0;
  char *data = (char *)state;
  for (int i = 0; i < table->num_states; ++i) {
    /* What all slots share is not one slot's to reset. */
    bool shared = batched && model->starts[i].batch_axis < 0;
    if (!shared || batch_slot < 0)
      reset_tensor(&table->states[i], &model->starts[i], dims, batch_slot,
                   data);
    int64_t stride;
    state_stride(&table->states[i], dims, &stride);
    data += stride;
  }
}

/*===- The barrier
 * ----------------------------------------------------------===*/

/* Ranges that the items of a loop are divided into. Of more threads several
 * begin with the same one. */
enum { MOST_RANGES = 16 };

/* What of a range is taken: the phase that this was in, and how many items. In
 * another phase none is. */
typedef struct range {
  _Alignas(CACHE_LINE) uint64_t taken;
} range;

/* The threads of one region meet here; the last to arrive opens the next phase.
 * Each word has a cache line of its own: the spinning threads read only
 * `phase`. */
typedef struct barrier {
  _Alignas(CACHE_LINE) uint32_t arrived;
  uint32_t threads;
  _Alignas(CACHE_LINE) uint32_t phase;
  _Alignas(CACHE_LINE) uint32_t sleepers;
  range ranges[MOST_RANGES];
} barrier;

extern long syscall(long number, ...);

enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

#if defined(__x86_64__)
enum { SYS_FUTEX = 202 };
static void pause_briefly(void) { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
enum { SYS_FUTEX = 98 };
static void pause_briefly(void) { __asm__ volatile("isb" ::: "memory"); }
#else
#error "no support code for this architecture"
#endif

/* Between two free cores the others arrive within a microsecond or so. Where
 * threads share a core, spinning only keeps them from arriving. */
#define SPINS 2000

/* Ranges that none of these threads begins with are never read, and to clear
 * them would take a part of a small model's step. */
static void start_barrier(barrier *sync, int64_t threads) {
  sync->arrived = sync->phase = sync->sleepers = 0;
  sync->threads = (uint32_t)threads;
  for (int64_t i = 0; i < MOST_RANGES && i < threads; ++i)
    sync->ranges[i].taken = 0;
}

static void wait_for_phase(barrier *sync, uint32_t phase) {
  for (int i = 0; i < SPINS; ++i) {
    if (__atomic_load_n(&sync->phase, __ATOMIC_ACQUIRE) != phase)
      return;
    pause_briefly();
  }
  /* Sequentially consistent with the opening thread's write of `phase` and read
   * of `sleepers`: either it sees this sleeper, or the futex sees the phase. */
  __atomic_fetch_add(&sync->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&sync->phase, __ATOMIC_SEQ_CST) == phase)
    syscall(SYS_FUTEX, &sync->phase, FUTEX_WAIT_PRIVATE, phase, (void *)0);
  __atomic_fetch_sub(&sync->sleepers, 1, __ATOMIC_RELAXED);
}

__attribute__((noinline)) static void meet(barrier *sync) {
  uint32_t phase = __atomic_load_n(&sync->phase, __ATOMIC_RELAXED);
  uint32_t arrived = __atomic_add_fetch(&sync->arrived, 1, __ATOMIC_ACQ_REL);
  if (arrived != sync->threads) {
    wait_for_phase(sync, phase);
    return;
  }
  __atomic_store_n(&sync->arrived, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&sync->phase, phase + 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&sync->sleepers, __ATOMIC_SEQ_CST) != 0)
    syscall(SYS_FUTEX, &sync->phase, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

void seqc_barrier(void *sync) {
  barrier *shared = (barrier *)sync;
  if (shared->threads > 1)
    meet(shared);
}

/* Takes one of `count` items that are shared; -1 if none is left. */
static int64_t take_shared(range *from, uint64_t phase, int64_t count) {
  uint64_t seen = __atomic_load_n(&from->taken, __ATOMIC_RELAXED);
  for (;;) {
    uint64_t done = seen >> 32 == phase ? (uint32_t)seen : 0;
    if ((int64_t)done >= count)
      return -1;
    /* What the items read and write is ordered by the barriers. */
    if (__atomic_compare_exchange_n(&from->taken, &seen,
                                    phase << 32 | (done + 1), true,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
      return (int64_t)done;
  }
}

/* An atomic operation waits for all loads before it, which a thread that is far
 * from its end is spared. */
int64_t seqc_take(void *sync, int64_t thread, int64_t count, int64_t last,
                  int64_t backwards) {
  barrier *shared = (barrier *)sync;
  uint64_t phase = __atomic_load_n(&shared->phase, __ATOMIC_RELAXED);
  bool alone = shared->threads <= MOST_RANGES;
  int64_t ranges = alone ? shared->threads : MOST_RANGES;
  int64_t own = thread % ranges;
  for (int64_t i = 0; i < ranges; ++i) {
    int64_t low = own * count / ranges, high = (own + 1) * count / ranges;
    int64_t kept = alone ? high - low - (high - low) / 4 : 0;
    int64_t item = kept;
    if (i == 0 && last < 0)
      item = 0;
    else if (i == 0 && last >= low && last < high)
      item = backwards ? high - last : last - low + 1;
    if (item >= kept) {
      item = take_shared(&shared->ranges[own], phase, high - low - kept);
      item += item < 0 ? 0 : kept;
    }
    if (item >= 0)
      return backwards ? high - 1 - item : low + item;
    own = own + 1 < ranges ? own + 1 : 0;
  }
  /* One thread alone opens no phases. */
  if (shared->threads == 1)
    shared->ranges[0].taken = 0;
  return -1;
}

/*===- The parallel region
 * --------------------------------------------------===*/

/* A decayed state sticks at a denormal and makes every step many times slower,
 * so denormals are zero within a region. */
#if defined(__x86_64__)
typedef uint32_t float_mode;
static float_mode flush_denormals(void) {
  float_mode saved = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(saved | 0x8040u); /* FTZ and DAZ */
  return saved;
}
static void restore_float_mode(float_mode saved) {
  __builtin_ia32_ldmxcsr(saved);
}
#else
typedef uint64_t float_mode;
static float_mode flush_denormals(void) {
  float_mode saved;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved)::"memory");
  __asm__ volatile("msr fpcr, %0" ::"r"(saved | (1u << 24)) : "memory");
  return saved;
}
static void restore_float_mode(float_mode saved) {
  __asm__ volatile("msr fpcr, %0" ::"r"(saved) : "memory");
}
#endif

/* One invocation, as its threads share it. */
typedef struct region {
  barrier sync;
  const seqc_descriptor *model;
  const void *weights;
  void *workspace;
  const int64_t *dims;
  int64_t steps, threads;
  const void *const *inputs;
  void *const *outputs;
  void *const *states;
} region;

/* Moves a thread's pointers to the slices that lie `steps` steps ahead. */
static void advance(const region *shared, int64_t steps, const void **inputs,
                    void **outputs) {
  const seqc_model_table *table = shared->model->table;
  int64_t bytes;
  for (int i = 0; i < table->num_inputs; ++i) {
    tensor_bytes(&table->inputs[i], shared->dims, &bytes);
    inputs[i] = (const char *)inputs[i] + bytes * steps;
  }
  for (int i = 0; i < table->num_outputs; ++i) {
    tensor_bytes(&table->outputs[i], shared->dims, &bytes);
    outputs[i] = (char *)outputs[i] + bytes * steps;
  }
}

/* In a call on one thread the model is a constant, and with it all sizes: a
 * step of a small model takes less time than finding those out. */
#define INLINE static inline __attribute__((always_inline))

INLINE void run_steps(region *shared, const seqc_descriptor *model,
                      int thread) {
  const seqc_model_table *table = model->table;
  const void *inputs[table->num_inputs + 1];
  void *outputs[table->num_outputs + 1];
  for (int i = 0; i < table->num_inputs; ++i)
    inputs[i] = shared->inputs[i];
  for (int i = 0; i < table->num_outputs; ++i)
    outputs[i] = shared->outputs[i];
  int64_t dims[table->num_dims + 1];
  float_mode saved = flush_denormals();
  for (int64_t step = 0; step < shared->steps; step += model->block) {
    int64_t left = shared->steps - step;
    add_steps(table, shared->dims, left < model->block ? left : model->block,
              dims);
    if (step > 0) {
      advance(shared, model->block, inputs, outputs);
      seqc_barrier(&shared->sync);
    }
    model->kernel(thread, shared->threads, &shared->sync, shared->weights,
                  shared->workspace, dims, inputs, shared->states, outputs);
  }
  restore_float_mode(saved);
}

static void run_thread(void *arg, int thread) {
  region *shared = (region *)arg;
  run_steps(shared, shared->model, thread);
}

/*===- Invocation
 * -----------------------------------------------------------===*/

/* Checks that a buffer is there if anything is read from it or written to it.
 */
static int check_buffer(const seqc_tensor_desc *tensor, const int64_t *dims,
                        int64_t steps, const void *const *buffers, int index) {
  int64_t bytes;
  tensor_bytes(tensor, dims, &bytes);
  if (__builtin_mul_overflow(bytes, steps, &bytes))
    return SEQC_BAD_DIMS;
  if (bytes > 0 && (!buffers || !buffers[index]))
    return SEQC_BAD_ARGUMENT;
  return SEQC_OK;
}

static int check_buffers(const seqc_model_table *table, const int64_t *dims,
                         int64_t steps, const void *const *inputs,
                         const void *state, void *const *outputs) {
  for (int i = 0; i < table->num_inputs; ++i) {
    int status = check_buffer(&table->inputs[i], dims, steps, inputs, i);
    if (status != SEQC_OK)
      return status;
  }
  for (int i = 0; i < table->num_outputs; ++i) {
    int status = check_buffer(&table->outputs[i], dims, steps,
                              (const void *const *)outputs, i);
    if (status != SEQC_OK)
      return status;
  }
  int64_t state_bytes;
  state_block_bytes(table, dims, &state_bytes);
  bool bad_state = (state_bytes > 0 && !state) || !aligned(state);
  return bad_state ? SEQC_BAD_ARGUMENT : SEQC_OK;
}

/* Finds the weights, and checks the dimensions against each other and what the
 * context lends. */
static int check_context(const seqc_descriptor *model,
                         const seqc_context *context, const int64_t *dims,
                         int64_t threads, const void **weights) {
  const seqc_model_table *table = model->table;
  int64_t bytes = workspace_bytes(model, dims, threads);
  if (bytes < 0)
    return SEQC_BAD_DIMS;
  *weights = table->embedded_weights;
  if (!*weights)
    *weights = context->weights;
  if (table->weights_size > 0 && (!*weights || !aligned(*weights)))
    return SEQC_BAD_CONTEXT;
  if ((bytes > 0 && !context->workspace) || !aligned(context->workspace))
    return SEQC_BAD_CONTEXT;
  return SEQC_OK;
}

/* Lays the states out over the block and runs the region. */
INLINE void run_region(region *shared, const seqc_descriptor *model,
                       const seqc_context *context, char *state) {
  const seqc_model_table *table = model->table;
  void *states[table->num_states + 1];
  for (int i = 0; i < table->num_states; ++i) {
    int64_t stride;
    states[i] = state;
    state_stride(&table->states[i], shared->dims, &stride);
    state += stride;
  }
  shared->states = states;
  if (shared->threads > 1)
    context->parallel(context->pool, (int)shared->threads, run_thread, shared);
  else
    run_steps(shared, model, 0);
}

int seqc_support_invoke(const seqc_descriptor *model,
                        const seqc_context *context, const int64_t *dims,
                        int64_t steps, const void *const *inputs, void *state,
                        void *const *outputs) {
  const seqc_model_table *table = model->table;
  if (!context)
    return SEQC_BAD_ARGUMENT;
  if (context->struct_size < sizeof(seqc_context))
    return SEQC_BAD_CONTEXT;
  if (table->num_states == 0)
    steps = 1;
  if (steps < 0)
    return SEQC_BAD_ARGUMENT;
  bool parallel = context->parallel && context->threads > 1;
  int64_t threads = parallel ? context->threads : 1;
  const void *weights;
  int status = check_dims(table, dims);
  if (status == SEQC_OK)
    status = check_context(model, context, dims, threads, &weights);
  if (status == SEQC_OK)
    status = check_buffers(table, dims, steps, inputs, state, outputs);
  if (status != SEQC_OK || steps == 0)
    return status;
  region shared;
  start_barrier(&shared.sync, threads);
  shared.model = model;
  shared.weights = weights;
  shared.workspace = context->workspace;
  shared.dims = dims;
  shared.steps = steps;
  shared.threads = threads;
  shared.inputs = inputs;
  shared.outputs = outputs;
  run_region(&shared, model, context, (char *)state);
  return SEQC_OK;
}
