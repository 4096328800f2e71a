//===- Support.h - small things every part of the bench needs -------------===//
//
// Aligned buffers, raw f32 files, seeded random numbers, order statistics and
// the one way to stop with an error.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_SUPPORT_H
#define SEQC_TOOLS_BENCH_SUPPORT_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace seqc::bench {

/// Prints "seqc-bench: error: ..." and exits with status 2.
[[noreturn]] void fatal(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

std::string format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/// Zeroed memory, aligned for the widest vectors and to cache lines.
class Buffer {
public:
  Buffer() = default;
  explicit Buffer(size_t bytes);

  void *data() const { return memory.get(); }
  size_t bytes() const { return size; }

private:
  struct Free {
    void operator()(void *pointer) const;
  };
  std::unique_ptr<void, Free> memory;
  size_t size = 0;
};

/// `count` floats in a Buffer.
class Floats {
public:
  Floats() = default;
  explicit Floats(size_t count) : buffer(count * sizeof(float)), count(count) {}
  /// Uniform in [low, high); the same numbers for the same seed.
  static Floats random(size_t count, uint64_t seed, float low, float high);

  float *data() const { return static_cast<float *>(buffer.data()); }
  size_t size() const { return count; }
  size_t bytes() const { return count * sizeof(float); }
  float &operator[](size_t i) { return data()[i]; }

private:
  Buffer buffer;
  size_t count = 0;
};

/// Reads a whole file of little-endian f32; nothing if it cannot be opened.
std::optional<Floats> readFloats(const std::string &path);

/// The file's floats in parts of these sizes, which must be all of it.
std::vector<Floats> readParts(const std::string &path,
                              const std::vector<size_t> &sizes);

bool fileExists(const std::string &path);

/// The q-quantile of `values`, interpolated between neighbours.
double quantile(std::vector<double> values, double q);
inline double median(const std::vector<double> &values) {
  return quantile(values, 0.5);
}

/// Seconds on a clock that only moves forward.
double now();

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_SUPPORT_H
