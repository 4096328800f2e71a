/*===- Cpu.c - does this machine have the features a model needs? -----------===
 *
 * LLVM's feature names against CPUID and XCR0 (x86) or the kernel's capability
 * words (AArch64). A name that is not known here is refused: running on the
 * hope that it does not matter would end in an illegal instruction.
 *===----------------------------------------------------------------------===*/
#include "Internal.h"

#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };

/* The register state the operating system must save: XCR0's bits. */
#define NONE 0u
#define YMM 0x6u
#define ZMM 0xe6u
#define TILE 0x60000u

typedef struct feature {
  const char *name;
  unsigned leaf, subleaf;
  unsigned char reg, bit;
  unsigned saved;
} feature;

static const feature features[] = {
    {"cmov", 1, 0, EDX, 15, NONE},
    {"cx8", 1, 0, EDX, 8, NONE},
    {"mmx", 1, 0, EDX, 23, NONE},
    {"fxsr", 1, 0, EDX, 24, NONE},
    {"sse", 1, 0, EDX, 25, NONE},
    {"sse2", 1, 0, EDX, 26, NONE},
    {"sse3", 1, 0, ECX, 0, NONE},
    {"pclmul", 1, 0, ECX, 1, NONE},
    {"ssse3", 1, 0, ECX, 9, NONE},
    {"fma", 1, 0, ECX, 12, YMM},
    {"cx16", 1, 0, ECX, 13, NONE},
    {"sse4.1", 1, 0, ECX, 19, NONE},
    {"sse4.2", 1, 0, ECX, 20, NONE},
    {"crc32", 1, 0, ECX, 20, NONE},
    {"movbe", 1, 0, ECX, 22, NONE},
    {"popcnt", 1, 0, ECX, 23, NONE},
    {"aes", 1, 0, ECX, 25, NONE},
    {"xsave", 1, 0, ECX, 27, NONE},
    {"avx", 1, 0, ECX, 28, YMM},
    {"f16c", 1, 0, ECX, 29, YMM},
    {"rdrnd", 1, 0, ECX, 30, NONE},
    {"fsgsbase", 7, 0, EBX, 0, NONE},
    {"bmi", 7, 0, EBX, 3, NONE},
    {"avx2", 7, 0, EBX, 5, YMM},
    {"bmi2", 7, 0, EBX, 8, NONE},
    {"invpcid", 7, 0, EBX, 10, NONE},
    {"avx512f", 7, 0, EBX, 16, ZMM},
    {"avx512dq", 7, 0, EBX, 17, ZMM},
    {"rdseed", 7, 0, EBX, 18, NONE},
    {"adx", 7, 0, EBX, 19, NONE},
    {"avx512ifma", 7, 0, EBX, 21, ZMM},
    {"clflushopt", 7, 0, EBX, 23, NONE},
    {"clwb", 7, 0, EBX, 24, NONE},
    {"avx512cd", 7, 0, EBX, 28, ZMM},
    {"sha", 7, 0, EBX, 29, NONE},
    {"avx512bw", 7, 0, EBX, 30, ZMM},
    {"avx512vl", 7, 0, EBX, 31, ZMM},
    {"avx512vbmi", 7, 0, ECX, 1, ZMM},
    {"pku", 7, 0, ECX, 4, NONE},
    {"waitpkg", 7, 0, ECX, 5, NONE},
    {"avx512vbmi2", 7, 0, ECX, 6, ZMM},
    {"gfni", 7, 0, ECX, 8, NONE},
    {"vaes", 7, 0, ECX, 9, YMM},
    {"vpclmulqdq", 7, 0, ECX, 10, YMM},
    {"avx512vnni", 7, 0, ECX, 11, ZMM},
    {"avx512bitalg", 7, 0, ECX, 12, ZMM},
    {"avx512vpopcntdq", 7, 0, ECX, 14, ZMM},
    {"rdpid", 7, 0, ECX, 22, NONE},
    {"cldemote", 7, 0, ECX, 25, NONE},
    {"movdiri", 7, 0, ECX, 27, NONE},
    {"movdir64b", 7, 0, ECX, 28, NONE},
    {"avx512vp2intersect", 7, 0, EDX, 8, ZMM},
    {"serialize", 7, 0, EDX, 14, NONE},
    {"amx-bf16", 7, 0, EDX, 22, TILE},
    {"avx512fp16", 7, 0, EDX, 23, ZMM},
    {"amx-tile", 7, 0, EDX, 24, TILE},
    {"amx-int8", 7, 0, EDX, 25, TILE},
    {"avxvnni", 7, 1, EAX, 4, YMM},
    {"avx512bf16", 7, 1, EAX, 5, ZMM},
    {"amx-fp16", 7, 1, EAX, 21, TILE},
    {"avxifma", 7, 1, EAX, 23, YMM},
    {"avxvnniint8", 7, 1, EDX, 4, YMM},
    {"avxneconvert", 7, 1, EDX, 5, YMM},
    {"xsaveopt", 0xd, 1, EAX, 0, NONE},
    {"xsavec", 0xd, 1, EAX, 1, NONE},
    {"xsaves", 0xd, 1, EAX, 3, NONE},
    {"sahf", 0x80000001, 0, ECX, 0, NONE},
    {"lzcnt", 0x80000001, 0, ECX, 5, NONE},
    {"sse4a", 0x80000001, 0, ECX, 6, NONE},
    {"prfchw", 0x80000001, 0, ECX, 8, NONE},
    {"64bit", 0x80000001, 0, EDX, 29, NONE},
    {"clzero", 0x80000008, 0, EBX, 0, NONE},
    {"rdpru", 0x80000008, 0, EBX, 4, NONE},
    {"wbnoinvd", 0x80000008, 0, EBX, 9, NONE},
};

/* What the operating system saves on a context switch. */
static unsigned saved_registers(void) {
  unsigned regs[4];
  if (!__get_cpuid(1, &regs[EAX], &regs[EBX], &regs[ECX], &regs[EDX]) ||
      !(regs[ECX] & bit_OSXSAVE))
    return 0;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/* 1: there, 0: not there, -1: a name this runtime does not know. */
static int has_feature(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof features / sizeof *features; ++i) {
    const feature *f = &features[i];
    if (strlen(f->name) != length || memcmp(f->name, name, length) != 0)
      continue;
    unsigned regs[4] = {0, 0, 0, 0};
    if (!__get_cpuid_count(f->leaf, f->subleaf, &regs[EAX], &regs[EBX],
                           &regs[ECX], &regs[EDX]))
      return 0;
    return (regs[f->reg] >> f->bit & 1) &&
           (saved_registers() & f->saved) == f->saved;
  }
  return -1;
}

#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

typedef struct feature {
  const char *name;
  unsigned long word; /* AT_HWCAP or AT_HWCAP2 */
  unsigned long mask;
} feature;

/* The kernel's words say no more than these; a bit that this system's headers
 * do not name yet is left out. */
static const feature features[] = {
    {"fp-armv8", AT_HWCAP, HWCAP_FP},
    {"neon", AT_HWCAP, HWCAP_ASIMD},
    {"aes", AT_HWCAP, HWCAP_AES},
    {"sha2", AT_HWCAP, HWCAP_SHA2},
    {"crc", AT_HWCAP, HWCAP_CRC32},
    {"lse", AT_HWCAP, HWCAP_ATOMICS},
    {"fullfp16", AT_HWCAP, HWCAP_ASIMDHP},
    {"rdm", AT_HWCAP, HWCAP_ASIMDRDM},
    {"jsconv", AT_HWCAP, HWCAP_JSCVT},
    {"complxnum", AT_HWCAP, HWCAP_FCMA},
    {"rcpc", AT_HWCAP, HWCAP_LRCPC},
    {"ccpp", AT_HWCAP, HWCAP_DCPOP},
    {"sha3", AT_HWCAP, HWCAP_SHA3},
    {"dotprod", AT_HWCAP, HWCAP_ASIMDDP},
    {"sve", AT_HWCAP, HWCAP_SVE},
    {"fp16fml", AT_HWCAP, HWCAP_ASIMDFHM},
    {"dit", AT_HWCAP, HWCAP_DIT},
    {"flagm", AT_HWCAP, HWCAP_FLAGM},
    {"ssbs", AT_HWCAP, HWCAP_SSBS},
    {"sb", AT_HWCAP, HWCAP_SB},
#ifdef HWCAP2_SVE2
    {"sve2", AT_HWCAP2, HWCAP2_SVE2},
#endif
#ifdef HWCAP2_I8MM
    {"i8mm", AT_HWCAP2, HWCAP2_I8MM},
#endif
#ifdef HWCAP2_BF16
    {"bf16", AT_HWCAP2, HWCAP2_BF16},
#endif
#ifdef HWCAP2_BTI
    {"bti", AT_HWCAP2, HWCAP2_BTI},
#endif
#ifdef HWCAP2_SME
    {"sme", AT_HWCAP2, HWCAP2_SME},
#endif
};

static int has_feature(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof features / sizeof *features; ++i)
    if (strlen(features[i].name) == length &&
        memcmp(features[i].name, name, length) == 0)
      return (getauxval(features[i].word) & features[i].mask) != 0;
  return -1;
}

#else

static int has_feature(const char *name, size_t length) {
  (void)name;
  (void)length;
  return -1;
}

#endif

/* Appends a name to a list; one that is full ends with dots. */
static void append_name(char *list, size_t size, const char *name,
                        size_t length) {
  size_t used = strlen(list);
  if (used + length + sizeof ", ..." > size) {
    if (used + sizeof ", ..." <= size && list[used - 1] != '.')
      memcpy(list + used, ", ...", sizeof ", ...");
    return;
  }
  if (used > 0) {
    memcpy(list + used, ", ", 2);
    used += 2;
  }
  memcpy(list + used, name, length);
  list[used + length] = '\0';
}

int seqc_require_features(const char *where, const char *names) {
  char missing[512] = "", unknown[128] = "";
  for (const char *name = names ? names : ""; *name;) {
    size_t length = strcspn(name, ",");
    int found = length == 0 ? 1 : has_feature(name, length);
    if (found == 0)
      append_name(missing, sizeof missing, name, length);
    else if (found < 0)
      append_name(unknown, sizeof unknown, name, length);
    name += length + (name[length] == ',');
  }
  if (*missing)
    return seqc_fail(SEQC_UNSUPPORTED_CPU,
                     "%s: required CPU features %s; found a CPU or an "
                     "operating system without %s",
                     where, names, missing);
  if (*unknown)
    return seqc_fail(SEQC_UNSUPPORTED_CPU,
                     "%s: required CPU features %s; found a runtime that does "
                     "not know how to check %s",
                     where, names, unknown);
  return SEQC_OK;
}

int seqc_check_features(const char *features) {
  return seqc_require_features("this machine", features);
}
