/*===- Library.c - is this file whole? --------------------------------------===
 *
 * The dynamic loader trusts a library's headers: a truncated one crashes the
 * process. So files are looked at before they are loaded.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "seqc/library.h"
#include "Internal.h"
#include "LibrarySum.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file's contents. */
typedef struct view {
  const unsigned char *data;
  uint64_t size;
} view;

/* The end of `count` entries of `each` bytes at `offset`, or more than any file
 * has. */
static uint64_t table_end(uint64_t offset, uint64_t count, uint64_t each) {
  uint64_t bytes, end;
  if (__builtin_mul_overflow(count, each, &bytes) ||
      __builtin_add_overflow(offset, bytes, &end))
    return UINT64_MAX;
  return end;
}

/* The bytes that a file with these ELF headers has at least. */
static uint64_t required_size(view file) {
  Elf64_Ehdr header;
  memcpy(&header, file.data, sizeof header);
  uint64_t required =
      table_end(header.e_shoff, header.e_shnum, header.e_shentsize);
  uint64_t segments =
      table_end(header.e_phoff, header.e_phnum, sizeof(Elf64_Phdr));
  if (segments > required)
    required = segments;
  if (segments > file.size)
    return required;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, file.data + header.e_phoff + i * sizeof segment,
           sizeof segment);
    uint64_t end = table_end(segment.p_offset, segment.p_filesz, 1);
    if (segment.p_type == PT_LOAD && end > required)
      required = end;
  }
  return required;
}

/* The bytes of all segments that are loaded. Each of them is summed: those of a
 * linker do not overlap, and others could take the square of the file's size.
 */
static uint64_t loaded_size(view file) {
  Elf64_Ehdr header;
  memcpy(&header, file.data, sizeof header);
  uint64_t loaded = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, file.data + header.e_phoff + i * sizeof segment,
           sizeof segment);
    if (segment.p_type == PT_LOAD)
      loaded = table_end(loaded, segment.p_filesz, 1);
  }
  return loaded;
}

/* All of the file, if it ends as the compiler wrote it. */
static int check_trailer(view file, const char *path, bool *found) {
  seqc_library_trailer trailer;
  if (file.size < sizeof trailer)
    return SEQC_OK;
  uint64_t size = file.size - sizeof trailer;
  memcpy(&trailer, file.data + size, sizeof trailer);
  *found = memcmp(trailer.magic, SEQC_LIBRARY_MAGIC, sizeof trailer.magic) == 0;
  if (!*found)
    return SEQC_OK;
  uint64_t sum = seqc_checksum(file.data, size);
  if (trailer.size != size || trailer.checksum != sum)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required a library of %" PRIu64
                     " bytes with checksum %016" PRIx64 ", found %" PRIu64
                     " with %016" PRIx64 ": the file is damaged",
                     path, trailer.size, trailer.checksum, size, sum);
  return SEQC_OK;
}

/* What the loader reads of a file that a tool has changed the rest of. */
static int check_note(view file, const char *path) {
  uint64_t sum = 0, stored, loaded = loaded_size(file);
  if (loaded > file.size)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required segments of at most %" PRIu64
                     " bytes, as the file has, found %" PRIu64,
                     path, file.size, loaded);
  size_t place = seqc_sum_library(file.data, file.size, &sum);
  if (place == 0)
    return SEQC_OK;
  memcpy(&stored, file.data + place, sizeof stored);
  if (stored != sum)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required loaded segments with checksum %016" PRIx64
                     ", found %016" PRIx64
                     ": the file is damaged, or was changed after it was "
                     "compiled",
                     path, stored, sum);
  return SEQC_OK;
}

static int check_contents(view file, const char *path, bool check_sum) {
  uint64_t required = required_size(file);
  if (required > file.size)
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required a library of at least %" PRIu64
                     " bytes, as its headers say, found %" PRIu64,
                     path, required, file.size);
  if (!check_sum)
    return SEQC_OK;
  bool found = false;
  int status = check_trailer(file, path, &found);
  return found ? status : check_note(file, path);
}

int seqc_check_library_data(const void *data, size_t size, const char *path,
                            bool check_sum) {
  view file = {data, size};
  if (size < sizeof(Elf64_Ehdr) || memcmp(file.data, ELFMAG, SELFMAG) != 0 ||
      file.data[EI_CLASS] != ELFCLASS64)
    return SEQC_OK;
  return check_contents(file, path, check_sum);
}

int seqc_check_library(const char *path, bool check_sum) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (file < 0)
    return SEQC_OK;
  void *mapping = MAP_FAILED;
  if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
    mapping = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (mapping == MAP_FAILED)
    return SEQC_OK;
  size_t size = (size_t)info.st_size;
  int status = seqc_check_library_data(mapping, size, path, check_sum);
  munmap(mapping, size);
  return status;
}
