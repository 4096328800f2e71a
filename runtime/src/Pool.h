/*===- Pool.h - the threads of a session ------------------------------------===
 *
 * A fixed set of threads that enter one parallel region after another. It is
 * what a session passes as seqc_context.parallel.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_RUNTIME_SRC_POOL_H
#define SEQC_RUNTIME_SRC_POOL_H

typedef struct seqc_pool seqc_pool;

/* Starts `threads` - 1 threads; the caller of a region is the last one. */
int seqc_pool_create(int threads, seqc_pool **out);

/* No region may be running. NULL is fine. */
void seqc_pool_destroy(seqc_pool *pool);

/* Runs task(arg, 0) on the calling thread and task(arg, 1) ... task(arg, n - 1)
 * on the others, and returns when all have ended; n is at most the pool's
 * number of threads. One caller at a time. Allocates nothing. */
void seqc_pool_parallel(void *pool, int n, void (*task)(void *, int),
                        void *arg);

#endif /* SEQC_RUNTIME_SRC_POOL_H */
