/*===- Package.c - opening compiled models and their weights ----------------===
 *
 * A package is a checked table, the weights it needs, and a count of who uses
 * them. Weights in a file are mapped, so processes share their pages.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "Internal.h"
#include "seqc/weights.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What version 1.0 of the options had. */
#define FIRST_OPTIONS_SIZE                                                     \
  (offsetof(seqc_package_options, reserved) + sizeof(int32_t))

/* Maps what there is: how much it must be is seqc_check_weights' to say. */
static int map_file(seqc_package *package, const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (file < 0 || fstat(file, &info) != 0) {
    int error = errno;
    if (file >= 0)
      close(file);
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "%s: required the weights of model '%s' (%zu bytes), "
                     "found: %s",
                     path, package->table->name, package->table->weights_size,
                     strerror(error));
  }
  size_t size = S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
  void *mapping =
      size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
  int error = errno;
  close(file);
  if (mapping == MAP_FAILED)
    return seqc_fail(SEQC_IO_ERROR, "%s: cannot map %zu bytes: %s", path, size,
                     strerror(error));
  package->mapping = mapping;
  package->mapping_size = size;
  package->weights = mapping;
  return SEQC_OK;
}

int seqc_check_weights(const seqc_model_table *table, const void *data,
                       size_t size, const char *path, bool check_sum) {
  seqc_weights_trailer trailer;
  size_t required = table->weights_size + sizeof trailer;
  if (size != required)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "%s: required a file of %zu bytes, found %zu", path,
                     required, size);
  memcpy(&trailer, (const char *)data + table->weights_size, sizeof trailer);
  if (memcmp(trailer.magic, SEQC_WEIGHTS_MAGIC, sizeof trailer.magic) != 0 ||
      trailer.size != table->weights_size)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "%s: required a weights file that ends with %s and its "
                     "size, found another file or a damaged one",
                     path, SEQC_WEIGHTS_MAGIC);
  if (trailer.model_hash != table->hash)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "%s: required the weights of model %016" PRIx64
                     ", found those of %016" PRIx64,
                     path, table->hash, trailer.model_hash);
  if (!check_sum)
    return SEQC_OK;
  uint64_t sum = seqc_checksum(data, table->weights_size);
  if (sum != trailer.checksum)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "%s: required weights with checksum %016" PRIx64
                     ", found %016" PRIx64 ": the file is damaged",
                     path, trailer.checksum, sum);
  return SEQC_OK;
}

/* The library's path with .weights in place of .so; NULL without memory. */
static char *weights_beside(const char *library) {
  size_t length = strlen(library);
  if (length > 3 && strcmp(library + length - 3, ".so") == 0)
    length -= 3;
  char *path = malloc(length + sizeof ".weights");
  if (path) {
    memcpy(path, library, length);
    memcpy(path + length, ".weights", sizeof ".weights");
  }
  return path;
}

static int use_memory(seqc_package *package,
                      const seqc_package_options *options) {
  size_t required = package->table->weights_size;
  if (options->weights_size != required)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "model '%s': required %zu bytes of weights, found %zu",
                     package->table->name, required, options->weights_size);
  if ((uintptr_t)options->weights % SEQC_ALIGNMENT != 0)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "model '%s': required weights at a multiple of %d, found "
                     "%p",
                     package->table->name, SEQC_ALIGNMENT, options->weights);
  package->weights = options->weights;
  return SEQC_OK;
}

static int find_weights(seqc_package *package, const char *library,
                        const seqc_package_options *options) {
  const seqc_model_table *table = package->table;
  if (table->embedded_weights || table->weights_size == 0) {
    if (options->weights || options->weights_path)
      return seqc_fail(SEQC_BAD_ARGUMENT,
                       "model '%s': required no weights, as it contains its "
                       "own, found some in the options",
                       table->name);
    return SEQC_OK;
  }
  if (options->weights)
    return use_memory(package, options);
  char *beside = NULL;
  const char *path = options->weights_path;
  if (!path && library) {
    path = beside = weights_beside(library);
    if (!beside)
      return seqc_fail(SEQC_OUT_OF_MEMORY, "%s: out of memory", library);
  }
  if (!path)
    return seqc_fail(SEQC_BAD_WEIGHTS,
                     "model '%s': required weights or weights_path, as it "
                     "does not contain its weights, found neither",
                     table->name);
  int status = map_file(package, path);
  if (status == SEQC_OK)
    status = seqc_check_weights(table, package->mapping, package->mapping_size,
                                path, !options->skip_checksum);
  free(beside);
  return status;
}

/* Checks `table` and finds its weights. Takes `library`, on failure too. */
static int make_package(const seqc_model_table *table, void *library,
                        const char *path, const seqc_package_options *options,
                        seqc_package **out) {
  seqc_package *package = calloc(1, sizeof *package);
  if (!package) {
    if (library)
      dlclose(library);
    return seqc_fail(SEQC_OUT_OF_MEMORY, "out of memory");
  }
  atomic_init(&package->references, 1);
  package->table = table;
  package->library = library;
  seqc_package_options copy;
  int status = seqc_copy_options(&copy, sizeof copy, FIRST_OPTIONS_SIZE,
                                 options, "seqc_package_options");
  if (status == SEQC_OK)
    status = seqc_check_table(table, path ? path : "linked-in model");
  if (status == SEQC_OK)
    status = find_weights(package, path, &copy);
  if (status != SEQC_OK) {
    seqc_package_release(package);
    return status;
  }
  *out = package;
  return SEQC_OK;
}

int seqc_package_from_table(const seqc_model_table *table,
                            const seqc_package_options *options,
                            seqc_package **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the package");
  *out = NULL;
  if (!table)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a table, found a null pointer");
  return make_package(table, NULL, NULL, options, out);
}

int seqc_package_open(const char *path, const seqc_package_options *options,
                      seqc_package **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the package");
  *out = NULL;
  if (!path)
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a path, found a null pointer");
  /* dlopen would look for a name without a slash in the system's folders. */
  char *absolute = realpath(path, NULL);
  if (!absolute)
    return seqc_fail(SEQC_CANNOT_OPEN, "%s: cannot open: %s", path,
                     strerror(errno));
  /* make_package checks the options; until then, a size that is too small has
   * no such field. */
  bool skip_checksum = options && options->struct_size >= FIRST_OPTIONS_SIZE &&
                       options->skip_checksum;
  int status = seqc_check_library(path, !skip_checksum);
  if (status != SEQC_OK) {
    free(absolute);
    return status;
  }
  void *library = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
  free(absolute);
  if (!library)
    return seqc_fail(SEQC_CANNOT_OPEN,
                     "%s: required a shared library, found: %s", path,
                     dlerror());
  /* POSIX's way to turn an object pointer into a function pointer. */
  seqc_model_function model = NULL;
  *(void **)&model = dlsym(library, "seqc_model");
  const seqc_model_table *table = model ? model() : NULL;
  if (!table) {
    dlclose(library);
    return seqc_fail(SEQC_BAD_PACKAGE,
                     "%s: required a model compiled by seqc, found a library "
                     "without seqc_model()",
                     path);
  }
  return make_package(table, library, path, options, out);
}

seqc_package *seqc_package_retain(seqc_package *package) {
  if (package)
    atomic_fetch_add_explicit(&package->references, 1, memory_order_relaxed);
  return package;
}

void seqc_package_release(seqc_package *package) {
  if (!package || atomic_fetch_sub_explicit(&package->references, 1,
                                            memory_order_acq_rel) != 1)
    return;
  if (package->mapping)
    munmap(package->mapping, package->mapping_size);
  if (package->library)
    dlclose(package->library);
  free(package);
}

const seqc_model_table *seqc_package_table(const seqc_package *package) {
  return package->table;
}
