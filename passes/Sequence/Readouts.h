//===- Readouts.h - what only the last step leaves, at every step -*- C++ -*-=//
//
// A model may end with something of its last step: a class for the whole
// sequence. As a step it says at every step what it would if that were the last
// one.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SEQUENCE_READOUTS_H
#define SEQC_PASSES_SEQUENCE_READOUTS_H

#include "passes/Sequence/OpBatcher.h"
#include "passes/Sequence/TimeForms.h"

namespace seqc {

class Readouts {
public:
  Readouts(mlir::func::FuncOp function, const ModelInfo &info, TimeForms &forms,
           mlir::OpBuilder &b)
      : function(function), info(info), forms(forms), b(b), batcher(b) {}

  /// Makes rows of the outputs that are no state. Fails with a diagnostic on an
  /// op that they cannot be made of.
  llvm::LogicalResult run();

  /// The output's value at every step, steps first; null where it has rows
  /// anyhow, and where it is a state.
  mlir::Value getRows(const TensorInfo &output) const {
    return rows.lookup(output.index);
  }

  /// What a carry or history ends with, where the output is that and no output
  /// of the step, but its state; else null.
  mlir::Value getEnd(const TensorInfo &output);

private:
  mlir::Operation *getReturn() {
    return function.getBody().front().getTerminator();
  }
  bool isCarryEnd(mlir::Value value) const;
  mlir::Value findEnd(mlir::Value value) const;
  llvm::SmallVector<const TensorInfo *> findReadouts();
  llvm::LogicalResult collect(mlir::Value value);
  void addOuts(seq::ScanOp scan, llvm::ArrayRef<unsigned> carries);
  void takeCarries(seq::ScanOp scan);
  mlir::Value takeRows(mlir::tensor::ExtractSliceOp pick);
  llvm::LogicalResult emit(mlir::Value value);

  mlir::func::FuncOp function;
  const ModelInfo &info;
  TimeForms &forms;
  mlir::OpBuilder &b;
  OpBatcher batcher;
  llvm::SetVector<mlir::Value> carryEnds; ///< Those that are needed.
  llvm::DenseMap<unsigned, mlir::Value> rows;
  llvm::DenseSet<unsigned> states; ///< The outputs that are states.
};

/// `tensor` with its dimensions in the order `order`.
mlir::Value permute(mlir::OpBuilder &b, mlir::Location loc, mlir::Value tensor,
                    llvm::ArrayRef<int64_t> order);

/// `axis` and then all others.
llvm::SmallVector<int64_t> putFirst(int64_t axis, int64_t rank);

} // namespace seqc

#endif // SEQC_PASSES_SEQUENCE_READOUTS_H
