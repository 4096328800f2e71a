//===- Memory.h - the plan of the workspace to look at ----------*- C++ -*-===//
#ifndef SEQC_COMPILER_EXPLAIN_MEMORY_H
#define SEQC_COMPILER_EXPLAIN_MEMORY_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace seqc {

/// A temporary of the model.
struct PlannedBuffer {
  std::string type;
  double offset = 0, bytes = 0;
  unsigned first = 0, last = 0; ///< Steps of the program.
  bool isPrivate = false;       ///< Every thread has its own.
  bool isDynamic = false;       ///< The size follows from the dimensions.
};

/// The workspace over the program. Dynamic dimensions and the number of threads
/// count as one.
struct MemoryPlan {
  std::vector<std::string> steps; ///< What the program does, in order.
  std::vector<PlannedBuffer> buffers;
  double bytes = 0;
  double separateBytes = 0; ///< If no two buffers shared memory.
};

/// From the model after it was lowered to loops; fails, with a diagnostic,
/// where seq-plan-workspace would.
mlir::FailureOr<MemoryPlan> collectMemory(mlir::ModuleOp module);

/// "1.5 KiB".
std::string formatBytes(double bytes);

/// An SVG element: the program to the right, the workspace upward.
void drawMemory(const MemoryPlan &plan, llvm::raw_ostream &os);

} // namespace seqc

#endif // SEQC_COMPILER_EXPLAIN_MEMORY_H
