/* seqc_take: every item of every loop is done once, with any number of threads,
 * forwards and backwards, where threads are late, and where one thread is
 * alone. The support code of compiled models, under ThreadSanitizer.
 *
 * RUN: gcc -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=thread \
 * RUN:   -I%S/../.. -I%S/../../runtime/include %s -lpthread -o %t
 * RUN: env TSAN_OPTIONS=halt_on_error=1 %t | FileCheck-22 %s
 */
#define _GNU_SOURCE
#include "compiler/Target/Support/support.c"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPS = 60, MOST_ITEMS = 200, MOST_THREADS = 20 };

static barrier sync_words;
/* Items of loop k: 7 more than in the one before, from 0 on, and again. */
static int count_items(int loop) { return loop * 7 % MOST_ITEMS; }
/* Plain memory: the barriers order who writes it. */
static int done[LOOPS][MOST_ITEMS];
static int firsts[LOOPS][MOST_THREADS];

static void *work(void *argument) {
  int thread = (int)(intptr_t)argument;
  for (int loop = 0; loop < LOOPS; ++loop) {
    int count = count_items(loop);
    int64_t item = -1;
    firsts[loop][thread] = -1;
    while ((item = seqc_take(&sync_words, thread, count, item, loop % 2)) >=
           0) {
      if (item >= count)
        abort();
      if (firsts[loop][thread] < 0)
        firsts[loop][thread] = (int)item;
      ++done[loop][item];
      if ((loop + thread) % 3 == 0)
        sched_yield();
    }
    seqc_barrier(&sync_words);
  }
  return NULL;
}

static void check(int threads) {
  memset(done, 0, sizeof done);
  start_barrier(&sync_words, threads);
  pthread_t others[MOST_THREADS];
  for (int i = 1; i < threads; ++i)
    pthread_create(&others[i], NULL, work, (void *)(intptr_t)i);
  work(NULL);
  for (int i = 1; i < threads; ++i)
    pthread_join(others[i], NULL);
  int wrong = 0, strange = 0;
  for (int loop = 0; loop < LOOPS; ++loop) {
    int count = count_items(loop);
    for (int i = 0; i < count; ++i)
      wrong += done[loop][i] != 1;
    /* Each begins where an even division would have it begin. */
    for (int t = 0; t < threads && threads <= MOST_RANGES; ++t) {
      int low = t * count / threads, high = (t + 1) * count / threads;
      int own = high - low - (high - low) / 4;
      strange += own > 0 && firsts[loop][t] != (loop % 2 ? high - 1 : low);
    }
  }
  printf("%d threads: %d wrong, %d strange\n", threads, wrong, strange);
}

int main(void) {
  /* CHECK: 1 threads: 0 wrong, 0 strange
   */
  check(1);
  /* CHECK: 2 threads: 0 wrong, 0 strange
   */
  check(2);
  /* CHECK: 5 threads: 0 wrong, 0 strange
   */
  check(5);
  /* More than there are ranges.
   * CHECK: 20 threads: 0 wrong, 0 strange
   */
  check(20);
  return 0;
}
