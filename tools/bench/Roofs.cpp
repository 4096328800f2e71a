//===- Roofs.cpp - what this machine can do at most -----------------------===//
#include "tools/bench/Roofs.h"
#include "tools/bench/RoofKernels.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

using namespace seqc::bench;

/// The size of a cache of the first CPU as the kernel lists it.
static double cacheSize(int level, double fallback) {
  for (int index = 0; index < 8; ++index) {
    std::string folder =
        format("/sys/devices/system/cpu/cpu0/cache/index%d/", index);
    std::FILE *file = std::fopen((folder + "level").c_str(), "r");
    if (!file)
      break;
    int found = 0;
    bool matches = std::fscanf(file, "%d", &found) == 1 && found == level;
    std::fclose(file);
    if (!matches)
      continue;
    file = std::fopen((folder + "size").c_str(), "r");
    if (!file)
      continue;
    long kilobytes = 0;
    bool read = std::fscanf(file, "%ldK", &kilobytes) == 1;
    std::fclose(file);
    if (read && kilobytes > 0)
      return kilobytes * 1024.0;
  }
  return fallback;
}

Caches Caches::detect() {
  double l2 = cacheSize(2, 1 << 20);
  return {l2, cacheSize(3, 16 * l2)};
}

void Roofs::raiseTo(const Roofs &other) {
  flops = std::max(flops, other.flops);
  l2 = std::max(l2, other.l2);
  l3 = std::max(l3, other.l3);
  dram = std::max(dram, other.dram);
  copy = std::max(copy, other.copy);
  exps = std::max(exps, other.exps);
}

#if defined(__x86_64__)
static bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512dq");
}
#endif

bool seqc::bench::hasRoofKernels() {
#if defined(__x86_64__)
  return hasAvx512() ||
         (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#else
  return true;
#endif
}

const RoofKernels &seqc::bench::bestKernels() {
#if defined(__x86_64__)
  if (!hasRoofKernels())
    fatal("a CPU with AVX2 and FMA is required");
  return hasAvx512() ? avx512RoofKernels() : avx2RoofKernels();
#else
  return neonRoofKernels();
#endif
}

RoofMeter::RoofMeter(double mostBytes)
    : kernels(bestKernels()), sizes(Caches::detect()) {
  // Four times the last cache, so that it holds little of one walk; shared
  // caches of large servers are bounded by what is reasonable to allocate.
  double bytes = std::clamp(4 * sizes.l3, 256.0 * 1024 * 1024, mostBytes);
  memory = Floats(size_t(bytes) / sizeof(float));
}

const char *RoofMeter::instructionSet() const { return kernels.name; }

/// Calls `call` on all threads for some milliseconds at a time and returns the
/// best rate, where one call on one thread does `perCall` units of work.
double RoofMeter::rate(Pool &pool, double perCall,
                       const std::function<void(int)> &call) {
  constexpr double batchSeconds = 4e-3;
  constexpr int batches = 6;
  pool.forEachThread(call);
  double start = now();
  pool.forEachThread(call);
  double once = std::max(now() - start, 1e-7);
  long calls = std::clamp(long(batchSeconds / once), 1L, 100000L);

  double best = 0;
  for (int batch = 0; batch < batches; ++batch) {
    start = now();
    pool.forEachThread([&](int thread) {
      for (long i = 0; i < calls; ++i)
        call(thread);
    });
    double seconds = now() - start;
    best = std::max(best, perCall * calls * pool.threads() / seconds);
  }
  return best;
}

Roofs RoofMeter::measure(Pool &pool) {
  volatile float sink = 0;
  long share = memory.size() / pool.threads() / 256 * 256;
  auto part = [&](int thread) { return memory.data() + thread * share; };
  auto floatsIn = [](double bytes) { return long(bytes) / 4 / 256 * 256; };
  auto readRate = [&](long count) {
    count = std::min(count, share);
    return rate(pool, count * 4.0, [&, count](int thread) {
      sink = kernels.read(part(thread), count);
    });
  };

  Roofs roofs;
  constexpr long iterations = 2000;
  roofs.flops = rate(pool, 2.0 * iterations * kernels.fmasPerIteration,
                     [&](int) { sink = kernels.fma(iterations); });
  roofs.l2 = readRate(floatsIn(sizes.l2 / 2));
  // Several times the L2 of a core, but no more of L3 than half for all.
  roofs.l3 =
      readRate(floatsIn(std::min(8 * sizes.l2, sizes.l3 / 2 / pool.threads())));
  roofs.dram = readRate(share);
  long half = share / 2;
  roofs.copy = rate(pool, 2.0 * half * sizeof(float), [&](int thread) {
    kernels.copy(part(thread) + half, part(thread), half);
  });
  // Source and destination stay in L1 together.
  constexpr long arguments = 1024;
  roofs.exps = rate(pool, 4.0 * arguments, [&](int thread) {
    for (int repeat = 0; repeat < 4; ++repeat)
      kernels.exp(part(thread) + arguments, part(thread), arguments);
  });
  return roofs;
}

Limit seqc::bench::limitOf(const Work &work, const Roofs &roofs,
                           const Caches &caches, int threads) {
  Limit limit;
  auto consider = [&](double seconds, const char *what) {
    if (seconds > limit.seconds)
      limit = {seconds, what};
  };
  consider(work.flops / roofs.flops, "FMA peak");
  consider(work.exps / roofs.exps, "exp rate");
  // Of what a core reads again in every pass, at most its L2's worth can have
  // stayed there.
  double fromL2 = std::min(work.residentBytes, caches.l2 * threads);
  double fromL3 = work.residentBytes - fromL2;
  consider(work.passes * (fromL2 / roofs.l2 + fromL3 / roofs.l3),
           fromL3 > 0 ? "L2 and L3 reads" : "L2 reads");
  bool beyondL3 = work.streamedBytes > caches.l3;
  consider(work.streamedBytes / (beyondL3 ? roofs.dram : roofs.l3),
           beyondL3 ? "DRAM reads" : "L3 reads");
  bool copiesBeyondL3 = work.copiedBytes > caches.l3;
  consider(work.copiedBytes / (copiesBeyondL3 ? roofs.copy : roofs.l3),
           copiesBeyondL3 ? "a copy past the caches" : "L3 reads");
  return limit;
}
