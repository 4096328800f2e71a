//===- GatedSequence.h - gates of inputs, affine states ---------*- C++ -*-===//
//
// Two scans: one makes the gates of every step from the inputs, the other is
// affine in a state that is independent for each unit, so that it may run in
// parallel over time. Of a cell whose gates see its state too (sLSTM) the first
// makes the inputs' part.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_GATEDSEQUENCE_H
#define SEQC_DIALECTS_SEQ_CELLS_GATEDSEQUENCE_H

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/RecurrentCell.h"

namespace seqc::seq {

class GatedSequence {
public:
  /// Of x [T, B, I] ([B, T, I]) with states of `type` [B, H].
  GatedSequence(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x,
                mlir::RankedTensorType state, bool batchMajor = false);

  /// An input and the matrices [G, H, I] that it is multiplied with.
  struct Tap {
    mlir::Value weights, x;
  };
  using BuildGates = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      Arithmetic &, llvm::ArrayRef<mlir::Value> sums)>;
  /// The `count` sequences [T, B, H] that `build` makes of the G sums of the
  /// taps' products, with a row of `bias` (null: none).
  llvm::SmallVector<mlir::Value> buildGates(llvm::ArrayRef<Tap> taps,
                                            mlir::Value bias, unsigned count,
                                            BuildGates build);

  /// A state that is updated at every step as decay state + gain, and what is
  /// read of it: y [T, B, H] ([B, T, H]) and the last state. `lengths` and
  /// `initial` may be null.
  struct Pool {
    mlir::Value decay, gain, initial;
    mlir::Value output = {}; ///< Multiplied with what is read, or null.
    mlir::Value lengths = {};
    bool reverse = false;
  };
  llvm::SmallVector<mlir::Value> pool(const Pool &pool,
                                      mlir::RankedTensorType y);

private:
  IndexList getSequence(IndexEntry last) const;

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::RankedTensorType state, gate;
  bool batchMajor;
  mlir::Value time, batch;
};

/// The activation of a candidate, `attribute` or else `fallback`.
mlir::Value buildCandidate(Arithmetic &a, ActivationAttr attribute,
                           Activation fallback, mlir::Value x);

/// A cell with the operands of seq.min_gru, whose gates are `letters`.
mlir::LogicalResult verifyMinimalCell(mlir::Operation *op, mlir::Value x,
                                      mlir::Value w, mlir::Value bias,
                                      mlir::Value h0, mlir::Value lengths,
                                      bool batchMajor, llvm::StringRef order,
                                      llvm::StringRef letters);

template <typename OpT>
mlir::LogicalResult verifyMinimalCell(OpT op, llvm::StringRef letters) {
  return verifyMinimalCell(op, op.getX(), op.getW(), op.getBias(), op.getH0(),
                           op.getLengths(), op.getBatchMajor(),
                           op.getGateOrder(), letters);
}

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_GATEDSEQUENCE_H
