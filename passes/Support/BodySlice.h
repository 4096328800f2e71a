//===- BodySlice.h - the part of a body that computes some values -*- C++
//-*-===//
#ifndef SEQC_PASSES_SUPPORT_BODYSLICE_H
#define SEQC_PASSES_SUPPORT_BODYSLICE_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace seqc {

/// Top-level ops of a body, and the body's arguments that they read.
struct BodySlice {
  llvm::SmallPtrSet<mlir::Operation *, 16> ops;
  llvm::SmallPtrSet<mlir::Value, 16> arguments;
  llvm::SmallPtrSet<mlir::Value, 16> given; ///< Read, but known already.
};

/// What `wanted`, values that `scan`'s body sees, are computed from. What
/// `given` maps is known already: the slice ends there.
BodySlice sliceBody(seq::ScanOp scan, llvm::ArrayRef<mlir::Value> wanted,
                    const mlir::IRMapping &given = {});

/// Clones the ops of `slice`; `mapping` has the arguments.
void cloneSlice(mlir::OpBuilder &b, seq::ScanOp scan, const BodySlice &slice,
                mlir::IRMapping &mapping);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_BODYSLICE_H
