//===- Fuzz.h - fuzz targets, with and without libFuzzer --------*- C++ -*-===//
//
// A target is LLVMFuzzerTestOneInput, as libFuzzer has it. Linked with
// Driver.cpp instead, it runs on mutations of the files it is given, the same
// ones every time, which is short enough for a test.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TEST_RUNTIME_FUZZ_FUZZ_H
#define SEQC_TEST_RUNTIME_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif // SEQC_TEST_RUNTIME_FUZZ_FUZZ_H
