/*===- LibrarySum.c - the checksum of what the dynamic loader reads ---------===
 *
 * Tools that strip a library drop sections that are not loaded and write the
 * headers again: so the sum leaves out where the sections are described and
 * where in the file the segments are.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "LibrarySum.h"
#include "seqc/library.h"

#include <elf.h>

static uint64_t add(uint64_t sum, const void *data, size_t size) {
  uint64_t both[2] = {sum, seqc_checksum(data, size)};
  return seqc_checksum(both, sizeof both);
}

/* The checksum's place in the note; 0: no note. */
static size_t find_note(const unsigned char *file, size_t size) {
  seqc_library_note note = {sizeof SEQC_NOTE_OWNER,
                            sizeof note.magic + sizeof note.checksum,
                            SEQC_NOTE_TYPE,
                            SEQC_NOTE_OWNER,
                            {0},
                            {0}};
  memcpy(note.magic, SEQC_NOTE_MAGIC, sizeof note.magic);
  size_t head = offsetof(seqc_library_note, checksum);
  const unsigned char *found = memmem(file, size, &note, head);
  if (!found || size - (size_t)(found - file) < sizeof note)
    return 0;
  return (size_t)(found - file) + head;
}

static uint64_t add_headers(const unsigned char *file, uint64_t sum) {
  Elf64_Ehdr header;
  memcpy(&header, file, sizeof header);
  size_t segments = header.e_phoff;
  header.e_shoff = 0;
  header.e_shnum = header.e_shentsize = header.e_shstrndx = 0;
  sum = add(sum, &header, sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, file + segments + i * sizeof segment, sizeof segment);
    segment.p_offset = 0;
    sum = add(sum, &segment, sizeof segment);
  }
  return sum;
}

/* The loaded bytes from `begin` to `end`, without those of the checksum. */
static uint64_t add_range(const unsigned char *file, size_t begin, size_t end,
                          size_t place, uint64_t sum) {
  size_t after = place + sizeof(uint64_t);
  if (begin > place || after > end)
    return add(sum, file + begin, end - begin);
  sum = add(sum, file + begin, place - begin);
  return add(sum, file + after, end - after);
}

size_t seqc_sum_library(const unsigned char *file, size_t size, uint64_t *sum) {
  size_t place = find_note(file, size);
  if (place == 0)
    return 0;
  Elf64_Ehdr header;
  memcpy(&header, file, sizeof header);
  uint64_t total = add_headers(file, 0);
  size_t headers_end =
      header.e_phoff + (size_t)header.e_phnum * sizeof(Elf64_Phdr);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, file + header.e_phoff + i * sizeof segment,
           sizeof segment);
    if (segment.p_type != PT_LOAD)
      continue;
    size_t begin = segment.p_offset, end = begin + segment.p_filesz;
    if (begin == 0 && end >= headers_end)
      begin = headers_end;
    total = add_range(file, begin, end, place, total);
  }
  *sum = total;
  return place;
}
