//===- TileReductions.cpp - sums over tensors as tiles of vectors ---------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Lower/ReductionNest.h"
#include "passes/Lower/ScanNest.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_TILEREDUCTIONS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// Fewer iterations are done before other threads have met.
static constexpr int64_t fewestIterations = 1 << 18;

/// Whether it pays to divide `op` among threads, which meet in every iteration
/// of a loop around it.
static bool isWorthThreads(linalg::GenericOp op) {
  if (!isa<func::FuncOp>(op->getParentOp()))
    return false;
  int64_t iterations = 1;
  for (int64_t extent : op.getStaticLoopRanges()) {
    if (ShapedType::isDynamic(extent))
      return true;
    iterations *= extent;
  }
  return iterations >= fewestIterations;
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
struct TileReductions : public seqc::impl::TileReductionsBase<TileReductions> {
  using TileReductionsBase::TileReductionsBase;

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      std::optional<ReductionPlan> plan =
          planReduction(op, VectorTarget{lanes, registers});
      if (!plan)
        continue;
      OpBuilder b(op);
      bool threaded = isWorthThreads(op);
      linalg::FillOp fill = findFill(op);
      Value start = fill ? fill.getInputs().front() : Value();
      buildThreadedRegion(
          b, op.getLoc(),
          [&] { buildReductionNest(b, op, *plan, start, threaded); }, threaded);
      op.erase();
      if (fill)
        fill.erase();
    }
  }
};
} // namespace
