//===- WorkspacePlan.h - where temporaries go -------------------*- C++ -*-===//
//
// Which allocations of a function share memory, for the pass that places them
// and for whoever shows the plan.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_CPU_WORKSPACEPLAN_H
#define SEQC_PASSES_CPU_WORKSPACEPLAN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace seqc {

/// One memref.alloc of the function.
struct WorkspaceBuffer {
  mlir::memref::AllocOp op;
  int64_t elementBytes = 0;
  bool isPrivate = false;       ///< Every thread has its own.
  int64_t staticBytes = -1;     ///< Of a shared one with static extents.
  unsigned first = 0, last = 0; ///< Ops of `order` between which it is in use.
  int64_t staticOffset = 0;     ///< The others follow after all of these.
};

struct WorkspacePlan {
  /// The function's ops as they may run, those of branches too: one branch
  /// after the other, for only one of them ever does. Loops are whole.
  llvm::SmallVector<mlir::Operation *, 0> order;
  llvm::SmallVector<WorkspaceBuffer, 0> buffers;
  int64_t sharedBytes = 0; ///< Of the buffers of static size.
};

/// Fails, with a diagnostic, where a buffer's extents depend on data.
mlir::FailureOr<WorkspacePlan> planWorkspace(mlir::func::FuncOp function);

/// Whether an extent may begin here: memref.dim of an argument, or the number
/// of threads. All others are computed from these and constants.
bool isWorkspaceLeaf(mlir::Operation *op);

/// Whether `value` is computed from constants and those alone.
bool isPlannable(mlir::Value value);

} // namespace seqc

#endif // SEQC_PASSES_CPU_WORKSPACEPLAN_H
