/* Saved states: they come back bit for bit, another model's and damaged ones
 * are refused, and nothing partial is left behind.
 *
 * RUN: %model -o %t.so
 * RUN: %model -DMODEL=other -DHASH=7u -o %t.other.so
 * RUN: %sanitized %s -o %t
 * RUN: rm -rf %t.dir && mkdir %t.dir
 * RUN: %t %t.so %t.other.so %t.dir | FileCheck-22 %s
 * RUN: ls %t.dir | FileCheck-22 %s --check-prefix=FILES
 * FILES: saved
 * FILES-NOT: {{.}}
 */
#include "check.h"

enum { BATCH = 3, WIDTH = 4 };

static char path[4096];

static const char *in(const char *directory, const char *name) {
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

static seqc_state *make_state(seqc_package *package) {
  int64_t batch = BATCH;
  seqc_state *state;
  uint32_t seed = 5;
  OK(seqc_state_create(package, &batch, 1, &state));
  float *averages = seqc_state_tensor(state, 0, NULL);
  for (int i = 0; i < BATCH * WIDTH; ++i)
    averages[i] = next_random(&seed);
  return state;
}

/* Every prefix and every flipped bit of a saved state is refused. */
static void check_damage(seqc_package *package, const seqc_state *state) {
  size_t size = seqc_state_saved_size(state);
  unsigned char *saved = malloc(size);
  seqc_state *loaded;
  OK(seqc_state_serialize(state, saved, size));
  for (size_t length = 0; length < size; ++length) {
    unsigned char *prefix = malloc(length ? length : 1);
    memcpy(prefix, saved, length);
    CHECK(seqc_state_deserialize(package, prefix, length, &loaded) ==
          SEQC_BAD_STATE);
    CHECK(!loaded);
    free(prefix);
  }
  for (size_t bit = 0; bit < 8 * size; ++bit) {
    saved[bit / 8] ^= 1u << bit % 8;
    CHECK(seqc_state_deserialize(package, saved, size, &loaded) ==
          SEQC_BAD_STATE);
    saved[bit / 8] ^= 1u << bit % 8;
  }
  OK(seqc_state_deserialize(package, saved, size, &loaded));
  seqc_state_destroy(loaded);
  // CHECK: bad argument: required a buffer of {{[0-9]+}} bytes, found 8
  FAILS(seqc_state_serialize(state, saved, 8));
  free(saved);
}

int main(int argc, char **argv) {
  seqc_package *package, *other;
  seqc_state *loaded;
  CHECK(argc == 4);
  OK(seqc_package_open(argv[1], NULL, &package));
  OK(seqc_package_open(argv[2], NULL, &other));
  seqc_state *state = make_state(package);
  OK(seqc_state_save(state, in(argv[3], "saved")));
  OK(seqc_state_load(package, path, &loaded));
  CHECK(seqc_state_size(loaded) == seqc_state_size(state));
  CHECK(memcmp(seqc_state_data(loaded), seqc_state_data(state),
               seqc_state_size(state)) == 0);
  seqc_state_destroy(loaded);
  check_damage(package, state);
  // CHECK: bad state: {{.*}}saved: required a state of model 'other'
  // CHECK-SAME: 0000000000000007, found one of 1234567890abcdef
  FAILS(seqc_state_load(other, path, &loaded));
  CHECK(!loaded);
  // CHECK: cannot open: {{.*}}absent: cannot open: No such file
  FAILS(seqc_state_load(package, in(argv[3], "absent"), &loaded));
  // CHECK: cannot open: {{.*}}: cannot read it as a file
  FAILS(seqc_state_load(package, argv[3], &loaded));
  // CHECK: input/output error: {{.*}}absent/x: cannot write: No such file
  FAILS(seqc_state_save(state, in(argv[3], "absent/x")));
  /* A directory is in the way. */
  // CHECK: input/output error: {{.*}}/.: cannot write:
  FAILS(seqc_state_save(state, in(argv[3], ".")));
  seqc_state_destroy(state);
  seqc_package_release(other);
  seqc_package_release(package);
  puts("done"); // CHECK: done
  return 0;
}
