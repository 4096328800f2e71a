/* Opening models: what is not a model, another version's, another CPU's, and
 * weights that are missing, cut, damaged or another model's.
 *
 * RUN: %sanitized %s -o %t
 * RUN: %model -o %t.good.so
 * RUN: %model -DABI_MAJOR=2 -o %t.version.so
 * RUN: %model -DFEATURES='"avx9000"' -o %t.unknown.so
 * RUN: %model -DNO_ENTRY -o %t.noentry.so
 * RUN: not %t open %t.absent.so | FileCheck-22 %s --check-prefix=ABSENT
 * ABSENT: cannot open: {{.*}}absent.so: cannot open: No such file or directory
 * RUN: not %t open %s | FileCheck-22 %s --check-prefix=TEXT
 * TEXT: cannot open: {{.*}}package.c: required a shared library, found:
 * RUN: not %t open %t.noentry.so | FileCheck-22 %s --check-prefix=NOENTRY
 * NOENTRY: bad package: {{.*}}: required a model compiled by seqc, found a
 * NOENTRY-SAME: library without seqc_model()
 * RUN: not %t open %t.version.so | FileCheck-22 %s --check-prefix=VERSION
 * VERSION: bad version: {{.*}}: required a model of interface version 1.x,
 * VERSION-SAME: found 2.2; compile it again
 * RUN: not %t open %t.unknown.so | FileCheck-22 %s --check-prefix=UNKNOWN
 * UNKNOWN: unsupported CPU: {{.*}}unknown.so: required CPU features avx9000;
 * UNKNOWN-SAME: found a runtime that does not know how to check avx9000
 * RUN: %t open %t.good.so | FileCheck-22 %s --check-prefix=GOOD
 * GOOD: opened
 *
 * RUN: %model -DWEIGHTS_IN_FILE -o %t.w.so
 * RUN: rm -f %t.w.weights
 * RUN: not %t open %t.w.so | FileCheck-22 %s --check-prefix=MISSING
 * MISSING: bad weights: {{.*}}.w.weights: required the weights of model 'ema'
 * MISSING-SAME: (4 bytes), found: No such file or directory
 * RUN: %t write %t.w.weights && %t open %t.w.so
 * RUN: truncate -s -1 %t.w.weights
 * RUN: not %t open %t.w.so | FileCheck-22 %s --check-prefix=CUT
 * CUT: bad weights: {{.*}}: required a file of 36 bytes, found 35
 * RUN: %t write %t.w.weights 1
 * RUN: not %t open %t.w.so | FileCheck-22 %s --check-prefix=DAMAGED
 * DAMAGED: bad weights: {{.*}}: required weights with checksum
 * RUN: %t write %t.w.weights 0 7
 * RUN: not %t open %t.w.so | FileCheck-22 %s --check-prefix=OTHER
 * OTHER: bad weights: {{.*}}: required the weights of model 1234567890abcdef,
 * OTHER-SAME: found those of 0000000000000007
 * RUN: %t memory %t.w.so | FileCheck-22 %s --check-prefix=MEMORY
 * RUN: %t table | FileCheck-22 %s --check-prefix=TABLE
 */
#include "check.h"
#include "seqc/weights.h"

#define MODEL linked
#include "ema_model.c"

/* Writes the weights of ema_model.c, with a flipped bit or another's hash. */
static int write_weights(const char *path, unsigned flip, uint64_t hash) {
  float decay = 0.75f;
  seqc_weights_trailer trailer = {SEQC_WEIGHTS_MAGIC, hash, sizeof decay,
                                  seqc_checksum(&decay, sizeof decay)};
  ((unsigned char *)&decay)[0] ^= flip;
  FILE *file = fopen(path, "wb");
  CHECK(file && fwrite(&decay, sizeof decay, 1, file) == 1 &&
        fwrite(&trailer, sizeof trailer, 1, file) == 1);
  return fclose(file);
}

static void check_memory(const char *path) {
  static const _Alignas(64) float decay[2] = {0.75f, 0.75f};
  seqc_package *package;
  seqc_package_options options = {0};
  options.struct_size = sizeof options;
  options.weights = decay;
  options.weights_size = 8;
  // MEMORY: bad weights: model 'ema': required 4 bytes of weights, found 8
  FAILS(seqc_package_open(path, &options, &package));
  options.weights_size = 4;
  options.weights = decay + 1;
  // MEMORY: bad weights: model 'ema': required weights at a multiple of 64
  FAILS(seqc_package_open(path, &options, &package));
  options.weights = decay;
  OK(seqc_package_open(path, &options, &package));
  seqc_package_release(package);
}

/* A linked-in table, and tables with one thing wrong. */
static void check_table(void) {
  seqc_package *package;
  OK(seqc_package_from_table(linked_model(), NULL, &package));
  CHECK(seqc_package_table(package) == linked_model());
  CHECK(seqc_package_retain(package) == package);
  seqc_package_release(package);
  seqc_package_release(package);

  seqc_tensor_desc desc = *linked_model()->inputs;
  seqc_model_table table = *linked_model();
  table.inputs = &desc;
  desc.rank = 9;
  // TABLE: bad package: {{.*}} input 'input': required a rank of 0 to 8, found
  // 9
  FAILS(seqc_package_from_table(&table, NULL, &package));
  desc.rank = 2;
  desc.shape[0] = -2;
  // TABLE: bad package: {{.*}} 'input': dimension 0: required one of 1 dynamic
  // TABLE-SAME: dimensions, found number 1
  FAILS(seqc_package_from_table(&table, NULL, &package));
  desc.shape[0] = -1;
  desc.type = 99;
  // TABLE: bad version: {{.*}} required a known element type, found 99
  FAILS(seqc_package_from_table(&table, NULL, &package));
  desc.type = SEQC_F32;
  table.invoke = NULL;
  // TABLE: bad package: {{.*}} required a name and all functions
  FAILS(seqc_package_from_table(&table, NULL, &package));
  table = *linked_model();
  seqc_extent pair[2] = {{0, 0, table.inputs[0].shape[0]}, {-1, 0, 3}};
  table.num_equal_extents = 1;
  table.equal_extents = pair;
  OK(seqc_package_from_table(&table, NULL, &package));
  seqc_package_release(package);
  pair[1].tensor = -2;
  // TABLE: bad package: {{.*}} equal extents: required a number or a tensor's
  // TABLE-SAME: extent, found number 3 of dimension 0 of tensor -2
  FAILS(seqc_package_from_table(&table, NULL, &package));
  pair[1].tensor = table.num_inputs + table.num_states;
  // TABLE: bad package: {{.*}} equal extents: required a number
  FAILS(seqc_package_from_table(&table, NULL, &package));
  pair[1] = pair[0];
  pair[1].axis = 8;
  // TABLE: bad package: {{.*}} equal extents: required a number
  FAILS(seqc_package_from_table(&table, NULL, &package));
  pair[1].axis = 0;
  pair[1].extent = -2;
  // TABLE: bad package: {{.*}} found number -2 of dimension 0 of tensor 0
  FAILS(seqc_package_from_table(&table, NULL, &package));
  table.equal_extents = NULL;
  // TABLE: bad package: {{.*}} required 0 to 1048576 pairs of equal extents,
  // TABLE-SAME: found 1
  FAILS(seqc_package_from_table(&table, NULL, &package));
  // A model of version 1.0 has no such pairs, whatever lies behind its table.
  table.struct_size = offsetof(seqc_model_table, num_equal_extents);
  OK(seqc_package_from_table(&table, NULL, &package));
  seqc_package_release(package);
  // Nor has one of version 1.1 dimensions that follow from others.
  table = *linked_model();
  table.num_derived_dims = 1;
  table.struct_size = offsetof(seqc_model_table, num_derived_dims);
  OK(seqc_package_from_table(&table, NULL, &package));
  seqc_package_release(package);
  table.struct_size = sizeof table;
  table.derive_dims = NULL;
  // TABLE: bad package: {{.*}} required 0 to 1 derived dims and a function that
  // TABLE-SAME: computes them, found 1
  FAILS(seqc_package_from_table(&table, NULL, &package));
  table = *linked_model();
  table.struct_size = 8;
  // TABLE: bad package: {{.*}} required a table of at least
  FAILS(seqc_package_from_table(&table, NULL, &package));
  table = *linked_model();
  table.embedded_weights = NULL;
  // TABLE: bad weights: model 'linked': required weights or weights_path
  FAILS(seqc_package_from_table(&table, NULL, &package));
#ifdef __x86_64__
  OK(seqc_check_features("sse2,cx16"));
#endif
  OK(seqc_check_features(""));
  // TABLE: this machine: required CPU features none-such,other; found a
  // TABLE-SAME: runtime that does not know how to check none-such, other
  FAILS(seqc_check_features("none-such,other"));
}

int main(int argc, char **argv) {
  CHECK(argc >= 2);
  if (strcmp(argv[1], "write") == 0)
    return write_weights(argv[2], argc > 3 ? (unsigned)atoi(argv[3]) : 0,
                         argc > 4 ? (uint64_t)atoi(argv[4]) : HASH);
  if (strcmp(argv[1], "memory") == 0) {
    check_memory(argv[2]);
    return 0;
  }
  if (strcmp(argv[1], "table") == 0) {
    check_table();
    return 0;
  }
  seqc_package *package;
  int status = seqc_package_open(argv[2], NULL, &package);
  puts(status == SEQC_OK ? "opened" : seqc_status_name(status));
  if (status != SEQC_OK) {
    printf("%s: %s\n", seqc_status_name(status), seqc_last_message());
    return 1;
  }
  seqc_package_release(package);
  return 0;
}
