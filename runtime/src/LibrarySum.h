/*===- LibrarySum.h - the checksum of what the dynamic loader reads ---------===
 *
 * For the compiler, which writes it into a library's note, and for the runtime,
 * which compares. See seqc/library.h.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_RUNTIME_SRC_LIBRARYSUM_H
#define SEQC_RUNTIME_SRC_LIBRARYSUM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sums a 64-bit little-endian ELF file of `size` bytes whose headers and loaded
 * segments all lie within it. Returns the place in the file of the note's
 * checksum, 8 bytes, or 0 where the file has no such note. */
size_t seqc_sum_library(const unsigned char *file, size_t size, uint64_t *sum);

#ifdef __cplusplus
}
#endif

#endif /* SEQC_RUNTIME_SRC_LIBRARYSUM_H */
