//===- Fuzz.h - what the fuzz targets share ---------------------*- C++ -*-===//
//
// A target is LLVMFuzzerTestOneInput, as libFuzzer has it. Bytes of any kind
// end in an error with a message or in something that is as it must be; a
// target aborts where they do not.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TEST_RUNTIME_FUZZ_FUZZ_H
#define SEQC_TEST_RUNTIME_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

inline void require(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "required: %s\n", what);
  std::abort();
}

#endif // SEQC_TEST_RUNTIME_FUZZ_FUZZ_H
