/* Running a model: steps and sequences, threads, slots, refused arguments, and
 * no allocation in a run.
 *
 * RUN: %model -o %t.so
 * RUN: %sanitized %s -o %t && %t %t.so | FileCheck-22 %s
 * RUN: %plain -DTRAP %s %S/Inputs/malloc_trap.c %runtime_sources -o %t.trap
 * RUN: %t.trap %t.so | FileCheck-22 %s
 */
#include "check.h"

enum { STEPS = 37, BATCH = 5, WIDTH = 4 };

#ifdef TRAP
extern volatile int malloc_trap_armed;
#else
static volatile int malloc_trap_armed;
#endif

static float input[STEPS * BATCH * WIDTH];

static void run(seqc_session *session, seqc_state *state, int64_t begin,
                int64_t steps, float *output) {
  const void *inputs[] = {input + begin * BATCH * WIDTH};
  void *outputs[] = {output + begin * BATCH};
  malloc_trap_armed = 1;
  int status = seqc_session_run(session, steps, inputs, 1, state, outputs, 1);
  malloc_trap_armed = 0;
  OK(status);
}

/* The same bits in one run, step by step, and with two and three threads. */
static void check_forms(seqc_package *package) {
  static float whole[STEPS * BATCH], other[STEPS * BATCH];
  int64_t batch = BATCH;
  seqc_state *state, *last;
  OK(seqc_state_create(package, &batch, 1, &state));
  seqc_session *session = make_session(package, BATCH, 1);
  run(session, state, 0, STEPS, whole);
  OK(seqc_state_clone(state, &last));
  OK(seqc_state_reset(state, -1));
  for (int64_t t = 0; t < STEPS; ++t)
    run(session, state, t, 1, other);
  CHECK(memcmp(whole, other, sizeof whole) == 0);
  CHECK(memcmp(seqc_state_data(state), seqc_state_data(last),
               seqc_state_size(last)) == 0);
  run(session, state, 0, 0, other); /* no steps: the state stays */
  CHECK(memcmp(seqc_state_data(state), seqc_state_data(last),
               seqc_state_size(last)) == 0);
  seqc_session_destroy(session);
  for (int32_t threads = 2; threads <= 3; ++threads) {
    session = make_session(package, BATCH, threads);
    OK(seqc_state_reset(state, -1));
    memset(other, 0, sizeof other);
    run(session, state, 0, STEPS / 2, other);
    run(session, state, STEPS / 2, STEPS - STEPS / 2, other);
    CHECK(memcmp(whole, other, sizeof whole) == 0);
    seqc_session_destroy(session);
  }
  seqc_state_destroy(state);
  seqc_state_destroy(last);
  puts("forms agree"); // CHECK: forms agree
}

/* Many short regions, some after a pause that puts the threads to sleep. */
static void check_regions(seqc_package *package) {
  static float output[STEPS * BATCH];
  int64_t batch = BATCH;
  seqc_state *state;
  OK(seqc_state_create(package, &batch, 1, &state));
  seqc_session *session = make_session(package, BATCH, 2);
  for (int i = 0; i < 300; ++i) {
    run(session, state, 0, 1, output);
    if (i % 100 == 0)
      for (volatile int wait = 0; wait < 2000000; ++wait)
        ;
  }
  int64_t *counts = seqc_state_tensor(state, 1, NULL);
  CHECK(counts[0] == 300 && counts[BATCH - 1] == 300);
  seqc_session_destroy(session);
  seqc_state_destroy(state);
  puts("regions end"); // CHECK: regions end
}

/* Slot 3 of `state` becomes slot 1 of a batch of two. */
static void move_slot(seqc_package *package, seqc_state *state) {
  int64_t batch = 2;
  seqc_state *pair;
  OK(seqc_state_create(package, &batch, 1, &pair));
  OK(seqc_state_copy_slot(pair, 1, state, 3));
  float *averages = seqc_state_tensor(pair, 0, NULL);
  CHECK(averages[0] == 0 && averages[WIDTH - 1] == 0);
  CHECK(memcmp(averages + WIDTH,
               (float *)seqc_state_tensor(state, 0, NULL) + 3 * WIDTH,
               WIDTH * sizeof(float)) == 0);
  int64_t *counts = seqc_state_tensor(pair, 1, NULL);
  CHECK(counts[0] == 0 && counts[1] == 3);
  CHECK(seqc_state_dims(pair)[0] == 2);
  // CHECK: bad argument: model 'ema': required a batch slot from 0 to 1, found 2
  FAILS(seqc_state_copy_slot(pair, 2, state, 3));
  // CHECK: bad argument: model 'ema': required a batch slot from 0 to 4, found -1
  FAILS(seqc_state_copy_slot(pair, 0, state, -1));
  seqc_state_destroy(pair);
}

static void check_slots(seqc_package *package) {
  static float output[STEPS * BATCH];
  int64_t batch = BATCH;
  seqc_state *state;
  size_t bytes;
  OK(seqc_state_create(package, &batch, 1, &state));
  seqc_session *session = make_session(package, BATCH, 1);
  run(session, state, 0, 3, output);
  OK(seqc_state_reset(state, 2));
  int64_t *counts = seqc_state_tensor(state, 1, &bytes);
  CHECK(bytes == BATCH * sizeof *counts);
  CHECK(counts[1] == 3 && counts[2] == 0 && counts[3] == 3);
  CHECK(!seqc_state_tensor(state, 2, NULL));
  move_slot(package, state);
  // CHECK: bad argument: model 'ema': required a batch slot from 0 to 4, or -1
  // CHECK-SAME: for all, found 5
  FAILS(seqc_state_reset(state, BATCH));
  seqc_session_destroy(session);
  seqc_state_destroy(state);
}

static void check_refusals(seqc_package *package) {
  float output[BATCH];
  const void *inputs[] = {NULL};
  void *outputs[] = {output};
  int64_t batch = BATCH, other = 3, negative = -1, absurd = INT64_MAX;
  seqc_state *state, *small, *refused;
  seqc_session *session = make_session(package, BATCH, 1);
  OK(seqc_state_create(package, &batch, 1, &state));
  OK(seqc_state_create(package, &other, 1, &small));
  // CHECK: bad argument: model 'ema': required input 'input', found a null
  FAILS(seqc_session_run(session, 1, inputs, 1, state, outputs, 1));
  inputs[0] = input;
  // CHECK: bad argument: model 'ema': required 1 inputs, found 2
  FAILS(seqc_session_run(session, 1, inputs, 2, state, outputs, 1));
  // CHECK: bad argument: model 'ema': required 1 outputs, found 0
  FAILS(seqc_session_run(session, 1, inputs, 1, state, NULL, 1));
  // CHECK: bad argument: model 'ema': required a state, found a null
  FAILS(seqc_session_run(session, 1, inputs, 1, NULL, outputs, 1));
  // CHECK: bad argument: model 'ema': required at least 0 steps, found -4
  FAILS(seqc_session_run(session, -4, inputs, 1, state, outputs, 1));
  // CHECK: bad dimensions: model 'ema': required a state of the session's
  FAILS(seqc_session_run(session, 1, inputs, 1, small, outputs, 1));
  // CHECK: bad state: model 'ema': required a state of the same model
  FAILS(seqc_state_copy(state, small));
  // CHECK: bad dimensions: model 'ema': required 1 dynamic dimensions, found 0
  FAILS(seqc_session_set_dims(session, NULL, 0));
  // CHECK: bad dimensions: dimension 'batch': required at least 0, found -1
  FAILS(seqc_session_set_dims(session, &negative, 1));
  // CHECK: bad dimensions: 'input': required at most {{[0-9]+}} bytes
  FAILS(seqc_session_set_dims(session, &absurd, 1));
  // CHECK: bad dimensions: 'input': required at most
  FAILS(seqc_state_create(package, &absurd, 1, &refused));
  seqc_state_destroy(small);
  seqc_state_destroy(state);
  seqc_session_destroy(session);
  seqc_session_options options = {0};
  // CHECK: bad argument: seqc_session_options.struct_size: required
  // CHECK-SAME: {{[0-9]+}} to 4096, found 0
  FAILS(seqc_session_create(package, &options, &session));
  options.struct_size = sizeof options;
  options.threads = -2;
  // CHECK: bad argument: threads: required 0 to 1024, found -2
  FAILS(seqc_session_create(package, &options, &session));
  struct {
    seqc_session_options options;
    int newer;
  } extended = {{0}, 1};
  extended.options.struct_size = sizeof extended;
  // CHECK: bad version: seqc_session_options: required only fields of version
  FAILS(seqc_session_create(package, &extended.options, &session));
}

int main(int argc, char **argv) {
  seqc_package *package;
  uint32_t seed = 1;
  CHECK(argc == 2);
  CHECK(seqc_runtime_version() == SEQC_RUNTIME_VERSION);
  for (int i = 0; i < STEPS * BATCH * WIDTH; ++i)
    input[i] = next_random(&seed);
  OK(seqc_package_open(argv[1], NULL, &package));
  check_forms(package);
  check_regions(package);
  check_slots(package);
  check_refusals(package);
  seqc_package_release(package);
  puts("done"); // CHECK: done
  return 0;
}
