//===- ExpandCells.cpp - cells become scans -------------------------------===//

#include "dialects/Seq/Cells/CellBuilder.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_EXPANDCELLS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Replaces every op that has CellOpInterface by its own expansion.
struct ExpandCells : public seqc::impl::ExpandCellsBase<ExpandCells> {
  void runOnOperation() override {
    SmallVector<seq::CellOpInterface> cells;
    getOperation()->walk([&](seq::CellOpInterface op) { cells.push_back(op); });
    for (seq::CellOpInterface cell : cells) {
      OpBuilder builder(cell);
      FailureOr<SmallVector<Value>> results = cell.expand(builder);
      if (failed(results))
        return signalPassFailure();
      // A batch may be static in an operand and dynamic in the result, or the
      // other way round.
      for (auto [result, value] : llvm::zip(cell->getResults(), *results))
        result.replaceAllUsesWith(
            seq::buildCast(builder, cell.getLoc(), result.getType(), value));
      cell->erase();
    }
  }
};
} // namespace
