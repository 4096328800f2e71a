//===- TileLoops.cpp - linalg ops as tiles of vectors ---------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Lower/ScanNest.h"
#include "passes/Lower/TileNest.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_TILELOOPS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// Less is done before other threads have met.
static constexpr double fewestCycles = 1 << 14;

/// Whether it pays to divide `op` among threads.
static bool isWorthThreads(linalg::GenericOp op, const TilePlan &plan) {
  if (!isOutsideLoops(op))
    return false;
  return llvm::any_of(op.getStaticLoopRanges(), ShapedType::isDynamic) ||
         plan.cycles >= fewestCycles;
}

/// The op that leaves in all of `op`'s result what its sums begin with; null
/// where it may be something else.
static linalg::FillOp findFill(linalg::GenericOp op) {
  Value out = op.getOutputs().front();
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    auto fill = dyn_cast<linalg::FillOp>(before);
    if (fill && fill.getOutputs().front() == out)
      return fill;
    if (!isMemoryEffectFree(before) &&
        !hasSingleEffect<MemoryEffects::Allocate>(before))
      return {};
  }
  return {};
}

namespace {
struct TileLoops : public seqc::impl::TileLoopsBase<TileLoops> {
  using TileLoopsBase::TileLoopsBase;

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      std::optional<TilePlan> plan =
          planTiles(op, VectorTarget{lanes, registers});
      if (!plan)
        continue;
      OpBuilder b(op);
      bool threaded = isWorthThreads(op, *plan);
      linalg::FillOp fill = findFill(op);
      Value start = fill ? fill.getInputs().front() : Value();
      buildThreadedRegion(
          b, op.getLoc(), [&] { buildTileNest(b, op, *plan, start, threaded); },
          threaded);
      op.erase();
      if (fill)
        fill.erase();
    }
  }
};
} // namespace
