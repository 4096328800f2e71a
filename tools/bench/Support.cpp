//===- Support.cpp - small things every part of the bench needs -----------===//
#include "tools/bench/Support.h"

#include <algorithm>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace seqc::bench;

void seqc::bench::fatal(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::fflush(stdout);
  std::fprintf(stderr, "seqc-bench: error: ");
  std::vfprintf(stderr, format, arguments);
  std::fprintf(stderr, "\n");
  va_end(arguments);
  std::exit(2);
}

std::string seqc::bench::format(const char *format, ...) {
  va_list arguments, copy;
  va_start(arguments, format);
  va_copy(copy, arguments);
  std::string text(std::vsnprintf(nullptr, 0, format, copy), '\0');
  va_end(copy);
  std::vsnprintf(text.data(), text.size() + 1, format, arguments);
  va_end(arguments);
  return text;
}

Buffer::Buffer(size_t bytes) : size(bytes) {
  size_t rounded = std::max<size_t>((bytes + 63) / 64 * 64, 64);
  memory.reset(std::aligned_alloc(64, rounded));
  if (!memory)
    fatal("out of memory: %zu bytes were required", rounded);
  std::memset(memory.get(), 0, rounded);
}

void Buffer::Free::operator()(void *pointer) const { std::free(pointer); }

Floats Floats::random(size_t count, uint64_t seed, float low, float high) {
  Floats result(count);
  uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (size_t i = 0; i < count; ++i) {
    // xorshift64*: the upper 24 bits make a float in [0, 1).
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    uint64_t mixed = state * 0x2545F4914F6CDD1Du;
    result[i] = low + (high - low) * float(mixed >> 40) * 0x1p-24f;
  }
  return result;
}

std::optional<Floats> seqc::bench::readFloats(const std::string &path) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    return std::nullopt;
  std::fseek(file, 0, SEEK_END);
  long bytes = std::ftell(file);
  std::rewind(file);
  if (bytes < 0 || bytes % sizeof(float) != 0)
    fatal("'%s': a whole number of f32 was required, found %ld bytes",
          path.c_str(), bytes);
  Floats result(bytes / sizeof(float));
  size_t read = std::fread(result.data(), sizeof(float), result.size(), file);
  std::fclose(file);
  if (read != result.size())
    fatal("'%s': cannot be read to its end", path.c_str());
  return result;
}

std::vector<Floats> seqc::bench::readParts(const std::string &path,
                                           const std::vector<size_t> &sizes) {
  std::optional<Floats> file = readFloats(path);
  size_t total = 0;
  for (size_t size : sizes)
    total += size;
  if (!file || file->size() != total)
    fatal("'%s': %zu f32 were required, found %zu", path.c_str(), total,
          file ? file->size() : 0);
  std::vector<Floats> parts;
  const float *from = file->data();
  for (size_t size : sizes) {
    std::copy_n(from, size, parts.emplace_back(size).data());
    from += size;
  }
  return parts;
}

bool seqc::bench::fileExists(const std::string &path) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (file)
    std::fclose(file);
  return file;
}

double seqc::bench::quantile(std::vector<double> values, double q) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  double position = q * (values.size() - 1);
  size_t below = size_t(position);
  size_t above = std::min(below + 1, values.size() - 1);
  double fraction = position - below;
  return values[below] * (1 - fraction) + values[above] * fraction;
}

double seqc::bench::now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}
