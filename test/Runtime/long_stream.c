/* A stream of many steps: the memory of the process stays as it is, and what
 * comes out does not drift from float64, step by step and in runs of 100. The
 * same for ten million steps: `long_stream MODEL.so WEIGHTS 10000000`, see
 * README.md.
 *
 * RUN: %python %S/Inputs/make_lstm.py %t.mlir %t.f32
 * RUN: seqc compile %t.mlir -o %t.model
 * RUN: %plain %s %runtime_sources -lm -o %t
 * RUN: %t %t.model.so %t.f32 200000 | FileCheck-22 %s
 */
#define _GNU_SOURCE
#include "check.h"

#include <malloc.h>
#include <math.h>

enum { I = 4, H = 8, RUN = 100, PARTS = 10 };

static float w[4][H][I], r[4][H][H], b[4][H];

static void read_weights(const char *path) {
  FILE *file = fopen(path, "rb");
  CHECK(file && fread(w, sizeof w, 1, file) == 1 &&
        fread(r, sizeof r, 1, file) == 1 && fread(b, sizeof b, 1, file) == 1);
  fclose(file);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* One step in float64. */
static void step(const float *x, double *h, double *c) {
  double gates[4][H];
  for (int g = 0; g < 4; ++g)
    for (int j = 0; j < H; ++j) {
      double sum = b[g][j];
      for (int i = 0; i < I; ++i)
        sum += (double)w[g][j][i] * x[i];
      for (int i = 0; i < H; ++i)
        sum += r[g][j][i] * h[i];
      gates[g][j] = sum;
    }
  for (int j = 0; j < H; ++j) {
    c[j] =
        sigmoid(gates[1][j]) * c[j] + sigmoid(gates[0][j]) * tanh(gates[2][j]);
    h[j] = sigmoid(gates[3][j]) * tanh(c[j]);
  }
}

/* Pages of the process's address space, and bytes that it has allocated. */
typedef struct memory {
  long pages;
  size_t bytes;
} memory;

static memory measure_memory(void) {
  memory now = {0, mallinfo2().uordblks};
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file && fscanf(file, "%ld", &now.pages) == 1);
  fclose(file);
  return now;
}

typedef struct stream {
  seqc_session *session;
  seqc_state *state;
  float output[RUN][H];
} stream;

static void run(stream *s, const float *input, int64_t steps, float *output) {
  const void *inputs[] = {input};
  void *outputs[] = {output};
  OK(seqc_session_run(s->session, steps, inputs, 1, s->state, outputs, 1));
}

static double difference(const float *found, const double *required,
                         double largest) {
  for (int j = 0; j < H; ++j)
    largest = fmax(largest, fabs(found[j] - required[j]));
  return largest;
}

/* Runs of both streams and of float64; returns the largest difference. */
static double run_part(stream *single, stream *many, int64_t runs,
                       uint32_t *seed, double *h, double *c) {
  static float input[RUN][I];
  double largest = 0;
  for (int64_t i = 0; i < runs; ++i) {
    for (int t = 0; t < RUN; ++t)
      for (int j = 0; j < I; ++j)
        input[t][j] = next_random(seed);
    run(many, input[0], RUN, many->output[0]);
    for (int t = 0; t < RUN; ++t) {
      run(single, input[t], 1, single->output[t]);
      step(input[t], h, c);
      largest = difference(single->output[t], h, largest);
      largest = difference(many->output[t], h, largest);
    }
  }
  return largest;
}

int main(int argc, char **argv) {
  static stream streams[2];
  double h[H] = {0}, c[H] = {0};
  uint32_t seed = 1;
  seqc_package *package;
  seqc_session_options options = {sizeof options, NULL, 0, 1, NULL, NULL};
  CHECK(argc == 4);
  int64_t runs = atoll(argv[3]) / RUN / PARTS;
  read_weights(argv[2]);
  OK(seqc_package_open(argv[1], NULL, &package));
  for (int i = 0; i < 2; ++i) {
    OK(seqc_session_create(package, &options, &streams[i].session));
    OK(seqc_state_create(package, NULL, 0, &streams[i].state));
  }
  puts("steps, largest difference from float64");
  fflush(stdout);
  memory before = {0, 0};
  for (int part = 1; part <= PARTS; ++part) {
    double largest = run_part(&streams[0], &streams[1], runs, &seed, h, c);
    printf("%10lld %.2g\n", (long long)(part * runs * RUN), largest);
    fflush(stdout);
    CHECK(largest < 1e-5);
    /* By then libc has what it keeps for itself. */
    memory now = measure_memory();
    if (part <= 2)
      before = now;
    CHECK(now.bytes == before.bytes && now.pages == before.pages);
  }
  // CHECK: 200000 {{[0-9.e-]+}}
  printf("%ld pages of memory and %zu bytes allocated throughout\n",
         before.pages, before.bytes);
  for (int i = 0; i < 2; ++i) {
    seqc_session_destroy(streams[i].session);
    seqc_state_destroy(streams[i].state);
  }
  seqc_package_release(package);
  puts("no drift"); // CHECK: no drift
  return 0;
}
