//===- ScanParts.h - one scan as several ------------------------*- C++ -*-===//
//
// A body's outs and carries shared among scans that run one after the other:
// what a part leaves to those after it is written for every step.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_SCANPARTS_H
#define SEQC_PASSES_LOWER_SCANPARTS_H

#include "passes/Support/BodySlice.h"
#include "llvm/ADT/MapVector.h"

namespace seqc {

/// Replaces `scan`, which has no histories, by parts.
class ScanParts {
public:
  struct Part {
    /// Numbers of outs and carries of the scan.
    llvm::SmallVector<unsigned> outs, carries;
    /// Values of its body, scalars or tensors of floats, which are written for
    /// the parts after it.
    llvm::SmallVector<mlir::Value> kept;

    bool isEmpty() const {
      return outs.empty() && carries.empty() && kept.empty();
    }
  };

  explicit ScanParts(seq::ScanOp scan)
      : scan(scan), operands(scan.getScanOperands()),
        results(scan->getNumResults()) {}

  /// Builds a scan of `part`, which reads what the parts before it have kept
  /// and computes the rest that it needs from the scan's inputs.
  seq::ScanOp build(const Part &part);

  /// The values of the scan's body in the part that was built last.
  const mlir::IRMapping &getLastMapping() const { return lastMapping; }

  /// Erases the scan, all of whose outs and carries have a part by now.
  void finish();

private:
  seq::ScanOperands makeOperands(const Part &part, const BodySlice &slice);
  mlir::Value makeEmpty(mlir::Type slice);
  seq::IndexList getIndex(mlir::Type slice);

  seq::ScanOp scan;
  seq::ScanOperands operands;
  llvm::SmallVector<mlir::Value> results;
  /// The tensor for each value of the body that a part has kept.
  llvm::MapVector<mlir::Value, mlir::Value> known;
  mlir::IRMapping lastMapping;
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_SCANPARTS_H
