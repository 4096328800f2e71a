/* Many sessions of one package in many threads, under ThreadSanitizer: packages
 * are shared, sessions and states are not, and a state that nobody writes is
 * cloned and saved by several threads. Every thread gets the same bits.
 *
 * RUN: gcc -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=thread \
 * RUN:   -I%S/../../runtime/include -I%S/Inputs %s %S/Inputs/ema_model.c \
 * RUN:   %runtime_sources -o %t
 * RUN: %model -o %t.so
 * RUN: rm -rf %t.dir && mkdir %t.dir
 * RUN: env TSAN_OPTIONS=halt_on_error=1 %t %t.so %t.dir | FileCheck-22 %s
 */
#include "check.h"

#include <pthread.h>

extern const seqc_model_table *ema_model(void);

enum { THREADS = 8, ROUNDS = 40, STEPS = 5, BATCH = 3, WIDTH = 4 };

static seqc_package *package;
static seqc_state *shared;
static const char *library, *folder;
static float input[STEPS * BATCH * WIDTH];

typedef struct job {
  int index;
  pthread_t thread;
  float output[STEPS * BATCH];
} job;

/* One stream from its own clone of the shared state. */
static void run_stream(job *self, seqc_session *session) {
  const void *inputs[] = {input};
  void *outputs[] = {self->output};
  seqc_state *state, *loaded;
  char path[4096];
  OK(seqc_state_clone(shared, &state));
  OK(seqc_state_reset(state, self->index % BATCH));
  OK(seqc_state_copy_slot(state, self->index % BATCH, shared,
                          self->index % BATCH));
  OK(seqc_session_run(session, STEPS, inputs, 1, state, outputs, 1));
  snprintf(path, sizeof path, "%s/state", folder);
  OK(seqc_state_save(shared, path)); /* every thread writes the same file */
  OK(seqc_state_load(package, path, &loaded));
  CHECK(memcmp(seqc_state_data(loaded), seqc_state_data(shared),
               seqc_state_size(shared)) == 0);
  seqc_state_destroy(loaded);
  seqc_state_destroy(state);
}

static void *work(void *argument) {
  job *self = argument;
  seqc_package *own = seqc_package_retain(package), *opened;
  seqc_session *session = make_session(own, BATCH, 1 + self->index % 3);
  for (int round = 0; round < ROUNDS; ++round) {
    run_stream(self, session);
    if (round % 10 == 0) { /* sessions come and go beside those that run */
      OK(seqc_package_open(library, NULL, &opened));
      seqc_session_destroy(session);
      session = make_session(opened, BATCH, 1 + (self->index + round) % 3);
      seqc_package_release(opened);
    }
    /* The message is this thread's own. */
    CHECK(seqc_session_set_dims(session, NULL, self->index + 2) != SEQC_OK);
    char *end = strrchr(seqc_last_message(), ' ');
    CHECK(atoi(end) == self->index + 2);
  }
  seqc_session_destroy(session);
  seqc_package_release(own);
  return NULL;
}

int main(int argc, char **argv) {
  static job jobs[THREADS];
  int64_t batch = BATCH;
  uint32_t seed = 3;
  CHECK(argc == 3);
  library = argv[1];
  folder = argv[2];
  for (int i = 0; i < STEPS * BATCH * WIDTH; ++i)
    input[i] = next_random(&seed);
  OK(seqc_package_from_table(ema_model(), NULL, &package));
  OK(seqc_state_create(package, &batch, 1, &shared));
  for (int i = 0; i < THREADS; ++i) {
    jobs[i].index = i;
    CHECK(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) == 0);
  }
  for (int i = 0; i < THREADS; ++i)
    CHECK(pthread_join(jobs[i].thread, NULL) == 0);
  for (int i = 1; i < THREADS; ++i)
    CHECK(memcmp(jobs[0].output, jobs[i].output, sizeof jobs[i].output) == 0);
  seqc_state_destroy(shared);
  seqc_package_release(package);
  puts("every thread agrees"); // CHECK: every thread agrees
  return 0;
}
