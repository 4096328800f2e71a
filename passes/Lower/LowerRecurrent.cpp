//===- LowerRecurrent.cpp - scans become loops over vectors ---------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/MatrixRowsBlocking.h"
#include "passes/Lower/PrefixScan.h"
#include "passes/Lower/ScanNest.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_LOWERRECURRENT
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

namespace {
struct LowerRecurrent : public seqc::impl::LowerRecurrentBase<LowerRecurrent> {
  using LowerRecurrentBase::LowerRecurrentBase;

  /// `prefix`, which waits for `scan`, goes with it or before it.
  LogicalResult lower(ScanOp scan, ScanOp prefix) {
    if (!scan.hasBufferSemantics())
      return scan.emitOpError("must be bufferized before it is lowered");
    std::string reason;
    FailureOr<RecurrentPlan> plan = planRecurrent(scan, reason);
    if (failed(plan))
      return scan.emitOpError("has no vector lowering: ") << reason;
    for (Operation *op : plan->contractions) {
      unsigned input = cast<BlockArgument>(op->getOperand(0)).getArgNumber() -
                       scan.getDomain().size() - 1;
      int64_t packed = scan.getInputLanes()[input];
      bool narrow = !getElementTypeOrSelf(scan.getInputs()[input]).isF32();
      if (packed == 0 || packed % lanes != 0 || (narrow && packed != lanes))
        return scan.emitOpError("needs matrices packed for ")
               << int64_t(lanes) << " lanes" << (narrow ? "" : " or a multiple")
               << ", found " << packed;
    }
    if (lanes != 4 && lanes != 8 && lanes != 16)
      for (unsigned i = 0; i < scan.getInputs().size(); ++i)
        if (isInQuads(scan, i))
          return scan.emitOpError("has bytes in quads, which need 4, 8 or 16 "
                                  "lanes, found ")
                 << int64_t(lanes);
    VectorTarget target{lanes, registers};
    target.fetchesAhead = fetchesAhead;
    OpBuilder builder(scan);
    AlternativeAttr given = getAlternative(scan);
    int64_t block = given ? given.getBlock() : 0;
    bool taken = false;
    bool sharesSteps = given && given.getForm() == Form::Parallel &&
                       lowerTime(builder, scan, *plan, target);
    if (plan->kind == RecurrentPlan::Lanes::MatrixRows)
      lowerMatrixRows(builder, scan, *plan, target, block);
    else if (!sharesSteps)
      taken = lowerDomain(builder, scan, *plan, target, block, prefix);
    scan.erase();
    if (prefix && !taken)
      return lower(prefix, /*prefix=*/{});
    if (taken)
      prefix.erase();
    return success();
  }

  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation()->walk([&](ScanOp scan) { scans.push_back(scan); });
    llvm::DenseMap<ScanOp, ScanOp> prefixes;
    llvm::DenseSet<ScanOp> waiting;
    for (ScanOp scan : scans)
      if (ScanOp prefix = findPrefixScan(scan)) {
        prefixes[scan] = prefix;
        waiting.insert(prefix);
      }
    for (ScanOp scan : scans)
      if (!waiting.contains(scan) && failed(lower(scan, prefixes.lookup(scan))))
        return signalPassFailure();
  }
};
} // namespace
