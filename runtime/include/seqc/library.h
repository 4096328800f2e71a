/*===- seqc/library.h - what shows that a compiled library is whole ---------===
 *
 * The compiler writes both of these into NAME.so, and the runtime checks them:
 *
 *   trailer  the last bytes of the file, after what the linker wrote, with the
 *            checksum of everything before. Tools like strip leave it out.
 *   note     in a section that is loaded with the library, .note.seqc, with the
 *            checksum of what the dynamic loader reads. It stays when a library
 *            is stripped, and shows a change of anything that could matter.
 *
 * A library with neither was not linked by seqc; of that, only the size is
 * checked.
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

#define SEQC_NOTE_OWNER "seqc"
#define SEQC_NOTE_MAGIC "SEQCSUM1"
#define SEQC_NOTE_TYPE 1

/* An ELF note, little-endian. */
typedef struct seqc_library_note {
  uint32_t owner_size; /* 5 */
  uint32_t data_size;  /* 16: magic and checksum */
  uint32_t type;       /* SEQC_NOTE_TYPE */
  char owner[8];       /* SEQC_NOTE_OWNER and zeros */
  char magic[8];       /* SEQC_NOTE_MAGIC without its end */
  /* Of the ELF headers, but for where the sections are described, and of the
   * segments that are loaded, but for these bytes themselves. Two words, as a
   * note is only 4-byte aligned: the lower one first. */
  uint32_t checksum[2];
} seqc_library_note;

#endif /* SEQC_LIBRARY_H */
