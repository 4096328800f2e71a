/*===- seqc/library.h - the end of a compiled library -----------------------===
 *
 * After what the linker wrote, NAME.so has the trailer below. The dynamic loader
 * does not look there; tools like strip leave it out, and what is left is a
 * library as before whose damage goes unnoticed. The compiler writes it and the
 * runtime checks it, both with this header.
 *===----------------------------------------------------------------------===*/
#ifndef SEQC_LIBRARY_H
#define SEQC_LIBRARY_H

#include "seqc/weights.h"

#define SEQC_LIBRARY_MAGIC "SEQCLIB1"

/* The last bytes of the file, little-endian. */
typedef struct seqc_library_trailer {
  char magic[8];     /* SEQC_LIBRARY_MAGIC without its end */
  uint64_t size;     /* of the file before the trailer */
  uint64_t checksum; /* seqc_checksum of that */
} seqc_library_trailer;

#endif /* SEQC_LIBRARY_H */
