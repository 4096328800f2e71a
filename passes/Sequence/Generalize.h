//===- Generalize.h - named loops become plain ones -------------*- C++ -*-===//
#ifndef SEQC_PASSES_SEQUENCE_GENERALIZE_H
#define SEQC_PASSES_SEQUENCE_GENERALIZE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace seqc {

/// Makes copies, transposes and the like of a model loops over elements, for
/// which there is one rule; fills stay. A diagnostic on what has no such form.
llvm::LogicalResult generalizeNamedOps(mlir::func::FuncOp function);

} // namespace seqc

#endif // SEQC_PASSES_SEQUENCE_GENERALIZE_H
