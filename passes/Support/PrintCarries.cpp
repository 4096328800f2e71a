//===- PrintCarries.cpp - remarks on the carries of every scan ------------===//

#include "passes/Passes.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {
#define GEN_PASS_DEF_PRINTCARRIES
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Says of every scan which of its carries are associative, and why or why not.
struct PrintCarries : public seqc::impl::PrintCarriesBase<PrintCarries> {
  void runOnOperation() override {
    getOperation()->walk([](seq::ScanOp scan) {
      CarryGraph graph(scan);
      for (const CarryComponent &component : graph.getComponents())
        scan.emitRemark() << nameCarries(component.carries) << ": "
                          << stringifyKind(component.kind) << ", level "
                          << component.level << ": " << component.reason;
      if (Operation *op = findSecondTierOp(scan))
        scan.emitRemark() << "second tier: '" << op->getName() << "'";
      std::string reason;
      if (failed(isCausal(scan, reason)))
        scan.emitRemark() << "no step form: " << reason;
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
