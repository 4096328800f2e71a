//===- BodyCauses.h - what a body's values follow from ----------*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_BODYCAUSES_H
#define SEQC_PASSES_LOWER_BODYCAUSES_H

#include "dialects/Seq/SeqOps.h"
#include "llvm/ADT/DenseMap.h"

namespace seqc {

/// What one value of a scan's body follows from: nothing, if it is the same at
/// every step.
struct Causes {
  bool carry = false; ///< A carry, or a time block.
  bool time = false;  ///< The step's number, or an input read at it.
  bool slow = false;  ///< A division or a transcendental function.
  bool sums = false;  ///< A reduction.
};

/// Whether `op` is a division or a transcendental function.
bool isSlow(mlir::Operation *op);

class CauseAnalysis {
public:
  explicit CauseAnalysis(seq::ScanOp scan) : scan(scan) {}

  Causes of(mlir::Value value);
  bool isInvariant(mlir::Value value) {
    Causes causes = of(value);
    return !causes.carry && !causes.time;
  }

private:
  Causes ofArgument(mlir::BlockArgument argument);
  Causes ofOp(mlir::Operation *op);

  seq::ScanOp scan;
  llvm::DenseMap<mlir::Value, Causes> known;
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_BODYCAUSES_H
