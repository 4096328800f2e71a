//===- Machine.cpp - what this machine can do -----------------------------===//

#include "tools/seqc/Machine.h"

#include "tools/bench/Roofs.h"
#include "llvm/Support/FormatVariadic.h"

using namespace seqc;

std::optional<MachineFigures> seqc::measureMachine() {
  if (!bench::hasRoofKernels())
    return std::nullopt;
  // Enough to leave most caches behind, and soon read.
  constexpr double mostBytes = 256.0 * 1024 * 1024;
  bench::RoofMeter meter(mostBytes);
  bench::Pool pool(1);
  bench::Roofs roofs = meter.measure(pool);
  constexpr double giga = 1e9;
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
