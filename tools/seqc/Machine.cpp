//===- Machine.cpp - what this machine can do -----------------------------===//

#include "tools/seqc/Machine.h"

#include "tools/bench/RoofKernels.h"
#include "tools/bench/Roofs.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

using namespace seqc;

// Enough to leave most caches behind, and soon read.
static constexpr double mostBytes = 256.0 * 1024 * 1024;
static constexpr double giga = 1e9;

/// The rates of one thread.
static MachineModel measureRates(bench::RoofMeter &meter) {
  bench::Pool one(1);
  bench::Roofs roofs = meter.measure(one);
  MachineModel machine;
  machine.gigaflops = roofs.flops / giga;
  machine.gigaexps = roofs.exps / giga;
  machine.l2GigabytesPerSecond = roofs.l2 / giga;
  machine.l3GigabytesPerSecond = roofs.l3 / giga;
  machine.memoryGigabytesPerSecond = roofs.dram / giga;
  machine.l2Bytes = meter.caches().l2;
  machine.l3Bytes = meter.caches().l3;
  return machine;
}

std::optional<MachineFigures> seqc::measureMachine() {
  if (!bench::hasRoofKernels())
    return std::nullopt;
  bench::RoofMeter meter(mostBytes);
  return getFigures(
      measureRates(meter),
      llvm::formatv("measured when this page was made: one thread, {0}, {1} "
                    "KiB of L2, {2} KiB of L3",
                    meter.instructionSet(), int64_t(meter.caches().l2 / 1024),
                    int64_t(meter.caches().l3 / 1024)));
}

/// The shortest time of a few tries, in nanoseconds.
static double timeBest(llvm::function_ref<void()> body) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5; ++i) {
    double start = bench::now();
    body();
    best = std::min(best, (bench::now() - start) * giga);
  }
  return best;
}

/// One multiply-add that waits for the one before it.
static double measureLatency() {
  constexpr long count = 1 << 20;
  volatile float kept;
  return timeBest([&] { kept = bench::bestKernels().chain(count); }) / count;
}

/// Threads that wait for each other as those of a kernel do: by looking, for a
/// while. One that has no core of its own lets the others go on after that.
static double measureBarrier(bench::Pool &pool) {
  constexpr int count = 2000, looks = 10000;
  std::atomic<int> arrived{0}, round{0};
  int threads = pool.threads();
  double best = timeBest([&] {
    pool.forEachThread([&](int) {
      for (int i = 0; i < count; ++i) {
        int now = round.load(std::memory_order_acquire);
        if (arrived.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
          arrived.store(0, std::memory_order_relaxed);
          round.store(now + 1, std::memory_order_release);
          continue;
        }
        for (int look = 0; round.load(std::memory_order_acquire) == now; ++look)
          if (look > looks)
            std::this_thread::yield();
      }
    });
  });
  return best / count;
}

std::optional<MachineModel> seqc::calibrateMachine() {
  if (!bench::hasRoofKernels())
    return std::nullopt;
  bench::RoofMeter meter(mostBytes);
  MachineModel machine = measureRates(meter);
  machine.threads = std::max<int64_t>(1, bench::cpus().size());
  machine.latencyNs = measureLatency();
  if (machine.threads > 1) {
    bench::Pool all(machine.threads);
    machine.barrierNs = measureBarrier(all);
  }
  return machine;
}
