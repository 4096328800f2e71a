/* While the trap is armed, an allocation ends the program. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

volatile int malloc_trap_armed;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static void check_trap(void) {
  static const char message[] = "an allocation during a run\n";
  if (!malloc_trap_armed)
    return;
  if (write(2, message, sizeof message - 1) < 0)
    _exit(4);
  _exit(3);
}

void *malloc(size_t size) {
  check_trap();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  check_trap();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  check_trap();
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  check_trap();
  return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
  check_trap();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  check_trap();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : 12;
}

void free(void *memory) {
  check_trap();
  __libc_free(memory);
}
