//===- Machine.cpp - what this machine can do -----------------------------===//

#include "tools/seqc/Machine.h"

#include "tools/bench/RoofKernels.h"
#include "tools/bench/Roofs.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>

using namespace seqc;

// Enough to leave most caches behind, and soon read.
static constexpr double mostBytes = 256.0 * 1024 * 1024;
static constexpr double giga = 1e9;

std::optional<MachineFigures> seqc::measureMachine() {
  if (!bench::hasRoofKernels())
    return std::nullopt;
  bench::RoofMeter meter(mostBytes);
  bench::Pool pool(1);
  bench::Roofs roofs = meter.measure(pool);
  MachineFigures figures;
  figures.gigaflops = roofs.flops / giga;
  figures.gigaexps = roofs.exps / giga;
  figures.l2GigabytesPerSecond = roofs.l2 / giga;
  figures.l3GigabytesPerSecond = roofs.l3 / giga;
  figures.memoryGigabytesPerSecond = roofs.dram / giga;
  figures.origin = llvm::formatv(
      "measured when this page was made: one thread, {0}, {1} KiB of L2, {2} "
      "KiB of L3",
      meter.instructionSet(), int64_t(meter.caches().l2 / 1024),
      int64_t(meter.caches().l3 / 1024));
  return figures;
}

/// The shortest time of a few tries, in nanoseconds.
static double timeBest(llvm::function_ref<void()> body) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5; ++i) {
    Clock::time_point start = Clock::now();
    body();
    std::chrono::duration<double, std::nano> passed = Clock::now() - start;
    best = std::min(best, passed.count());
  }
  return best;
}

/// One multiply-add that waits for the one before it.
static double measureLatency() {
  constexpr long count = 1 << 20;
  volatile float kept;
  return timeBest([&] { kept = bench::bestKernels().chain(count); }) / count;
}

/// Threads that wait for each other as those of a kernel do: by looking, since
/// the others are as far.
static double measureBarrier(bench::Pool &pool) {
  constexpr int count = 10000;
  std::atomic<int> arrived{0}, round{0};
  int threads = pool.threads();
  double best = timeBest([&] {
    pool.forEachThread([&](int) {
      for (int i = 0; i < count; ++i) {
        int now = round.load(std::memory_order_acquire);
        if (arrived.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
          arrived.store(0, std::memory_order_relaxed);
          round.store(now + 1, std::memory_order_release);
        } else {
          while (round.load(std::memory_order_acquire) == now)
            ;
        }
      }
    });
  });
  return best / count;
}

std::optional<MachineModel> seqc::calibrateMachine() {
  if (!bench::hasRoofKernels())
    return std::nullopt;
  bench::RoofMeter meter(mostBytes);
  MachineModel machine;
  machine.threads = std::max<int64_t>(1, bench::cpus().size());
  {
    bench::Pool one(1);
    bench::Roofs roofs = meter.measure(one);
    machine.gigaflops = roofs.flops / giga;
    machine.gigaexps = roofs.exps / giga;
    machine.l2GigabytesPerSecond = roofs.l2 / giga;
    machine.l3GigabytesPerSecond = roofs.l3 / giga;
    machine.memoryGigabytesPerSecond = roofs.dram / giga;
  }
  machine.l2Bytes = meter.caches().l2;
  machine.l3Bytes = meter.caches().l3;
  machine.latencyNs = measureLatency();
  if (machine.threads > 1) {
    bench::Pool all(machine.threads);
    machine.barrierNs = measureBarrier(all);
  }
  return machine;
}
