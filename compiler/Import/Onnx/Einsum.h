//===- Einsum.h - The equation of an Einsum ---------------------*- C++ -*-===//
//
// Letters, and the dimensions that an ellipsis stands for, become numbers:
// those of the result first, in its order, then those that are summed over.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_IMPORT_ONNX_EINSUM_H
#define SEQC_COMPILER_IMPORT_ONNX_EINSUM_H

#include "compiler/Import/Onnx/Ops.h"

namespace seqc::onnx {

struct EinsumPlan {
  llvm::SmallVector<llvm::SmallVector<unsigned, 4>, 2> operands;
  unsigned numResultDims = 0;
  Shape extents; // of every number
};

llvm::Expected<EinsumPlan> planEinsum(const OpContext &context);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_EINSUM_H
