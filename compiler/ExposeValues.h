//===- ExposeValues.h - what a model computes on the way --------*- C++ -*-===//
//
// For finding where a result goes wrong: makes the values between a model's
// inputs and its outputs outputs as well.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_EXPOSEVALUES_H
#define SEQC_COMPILER_EXPOSEVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace seqc {

/// Adds a result for every tensor that one node of the model computes and
/// another reads. Its name is the number of its node, in the order of the
/// model, and the node's name or the line of its text: "012-encoder/LSTM",
/// "003-line14-seq.scan.1". A value that cannot be an output is left out with a
/// remark: its element type is none of the interface's, or an extent is none of
/// an input's.
void exposeValues(mlir::func::FuncOp function);

} // namespace seqc

#endif // SEQC_COMPILER_EXPOSEVALUES_H
