//===- ExpandCells.cpp - cells become scans -------------------------------===//

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
      cell->replaceAllUsesWith(*results);
      cell->erase();
    }
  }
};
} // namespace
