/*===- seqc/weights.h - the file of a model's weights -----------------------===
 *
 * NAME.weights is the weights themselves, so that a program may map the file
 * and pass its address as seqc_context.weights, followed by the trailer below.
 * The compiler writes it and the runtime checks it, both with this header.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_WEIGHTS_H
#define SEQC_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SEQC_WEIGHTS_MAGIC "SEQCWTS1"

/* The last bytes of the file, little-endian. */
typedef struct seqc_weights_trailer {
  char magic[8];       /* SEQC_WEIGHTS_MAGIC without its end */
  uint64_t model_hash; /* seqc_model_table.hash */
  uint64_t size;       /* seqc_model_table.weights_size */
  uint64_t checksum;   /* seqc_checksum of the weights */
} seqc_weights_trailer;

/* A checksum against damage, not against forgery. Every step is a bijection of
 * the running value, so a change confined to one word always shows. */
static inline uint64_t seqc_checksum(const void *data, size_t size) {
  const unsigned char *bytes = (const unsigned char *)data;
  uint64_t sum = 0x9e3779b97f4a7c15u ^ (uint64_t)size;
  while (size > 0) {
    uint64_t word = 0;
    size_t count = size < sizeof word ? size : sizeof word;
    memcpy(&word, bytes, count);
    sum = (sum ^ word) * 0xff51afd7ed558ccdu;
    sum ^= sum >> 32;
    bytes += count;
    size -= count;
  }
  return sum;
}

#endif /* SEQC_WEIGHTS_H */
