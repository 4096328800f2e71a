/*===- Pool.c - the threads of a session ------------------------------------===
 *
 * Threads wait for the next region with a short spin, because a streaming model
 * is called again within microseconds, and then in a futex, because a thread
 * that spins on a shared core keeps the others from working.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "Pool.h"
#include "Internal.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* About 20 to 50 microseconds. */
#define SPINS 1000

typedef struct worker {
  seqc_pool *pool;
  pthread_t thread;
  int index;
} worker;

struct seqc_pool {
  int num_workers;
  int spins;
  /* Counts the regions; the workers wait for it to change. */
  _Atomic uint32_t generation;
  _Atomic uint32_t sleeping;
  /* Workers that have not yet left the current region; the caller waits. */
  _Atomic uint32_t running;
  _Atomic uint32_t caller_sleeps;
  /* The current region. Written before `generation`; task NULL means exit. */
  int n;
  void (*task)(void *, int);
  void *arg;
  worker workers[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/* Waits until the region after `seen` begins and returns its number. The
 * sleeper counts itself before the kernel compares, and begin_region() counts
 * the region before it looks for sleepers, so one of the two sees the other. */
static uint32_t await_region(seqc_pool *pool, uint32_t seen) {
  for (int i = 0; i < pool->spins; ++i) {
    uint32_t now =
        atomic_load_explicit(&pool->generation, memory_order_acquire);
    if (now != seen)
      return now;
    relax();
  }
  atomic_fetch_add(&pool->sleeping, 1);
  uint32_t now;
  while ((now = atomic_load(&pool->generation)) == seen)
    futex_wait(&pool->generation, seen);
  atomic_fetch_sub(&pool->sleeping, 1);
  return now;
}

static void begin_region(seqc_pool *pool, int n, void (*task)(void *, int),
                         void *arg) {
  pool->n = n;
  pool->task = task;
  pool->arg = arg;
  atomic_store_explicit(&pool->running, (uint32_t)pool->num_workers,
                        memory_order_relaxed);
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->sleeping) != 0)
    futex_wake_all(&pool->generation);
}

static void leave_region(seqc_pool *pool) {
  if (atomic_fetch_sub(&pool->running, 1) == 1 &&
      atomic_load(&pool->caller_sleeps))
    futex_wake_all(&pool->running);
}

static void await_workers(seqc_pool *pool) {
  for (int i = 0; i < pool->spins; ++i) {
    if (atomic_load_explicit(&pool->running, memory_order_acquire) == 0)
      return;
    relax();
  }
  atomic_store(&pool->caller_sleeps, 1);
  uint32_t left;
  while ((left = atomic_load(&pool->running)) != 0)
    futex_wait(&pool->running, left);
  atomic_store(&pool->caller_sleeps, 0);
}

static void *work(void *argument) {
  worker *self = argument;
  seqc_pool *pool = self->pool;
  uint32_t seen = 0;
  while (true) {
    seen = await_region(pool, seen);
    if (!pool->task)
      return NULL;
    if (self->index < pool->n)
      pool->task(pool->arg, self->index);
    leave_region(pool);
  }
}

/* Spinning pays only where every thread can have a core. */
static int choose_spins(int threads) {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0)
    return 0;
  return threads <= CPU_COUNT(&cores) ? SPINS : 0;
}

int seqc_pool_create(int threads, seqc_pool **out) {
  int num_workers = threads - 1;
  seqc_pool *pool =
      calloc(1, sizeof *pool + sizeof(worker) * (size_t)num_workers);
  if (!pool)
    return seqc_fail(SEQC_OUT_OF_MEMORY, "out of memory for %d threads",
                     threads);
  pool->spins = choose_spins(threads);
  for (int i = 0; i < num_workers; ++i) {
    worker *w = &pool->workers[i];
    w->pool = pool;
    w->index = i + 1;
    int error = pthread_create(&w->thread, NULL, work, w);
    if (error != 0) {
      seqc_pool_destroy(pool);
      return seqc_fail(SEQC_OUT_OF_MEMORY, "cannot start thread %d of %d: %s",
                       i + 2, threads, strerror(error));
    }
    pool->num_workers = i + 1;
  }
  *out = pool;
  return SEQC_OK;
}

void seqc_pool_destroy(seqc_pool *pool) {
  if (!pool)
    return;
  begin_region(pool, 0, NULL, NULL);
  for (int i = 0; i < pool->num_workers; ++i)
    pthread_join(pool->workers[i].thread, NULL);
  free(pool);
}

void seqc_pool_parallel(void *opaque, int n, void (*task)(void *, int),
                        void *arg) {
  seqc_pool *pool = opaque;
  if (n > 1)
    begin_region(pool, n, task, arg);
  if (n > 0)
    task(arg, 0);
  if (n > 1)
    await_workers(pool);
}
