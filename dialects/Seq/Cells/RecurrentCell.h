//===- RecurrentCell.h - what recurrent cells share -------------*- C++ -*-===//
//
// RNN, LSTM and GRU differ in one step; operands, sequences, states and the
// scan around the step are the same for all of them.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_RECURRENTCELL_H
#define SEQC_DIALECTS_SEQ_CELLS_RECURRENTCELL_H

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

namespace seqc::seq {

/// A layer in one direction.
struct RecurrentCell {
  mlir::Operation *op;
  mlir::Value x, w, r, inputBias, recurrentBias, lengths, y;
  mlir::ArrayAttr activations; // null: `defaults`
  std::optional<double> clip;
  bool reverse, batchMajor;
  /// The extents before [H, I] in w: how many gates, or none.
  llvm::SmallVector<int64_t, 3> gates;
  llvm::SmallVector<Activation, 3> defaults;

  template <typename OpT>
  RecurrentCell(OpT cell, llvm::ArrayRef<int64_t> gates,
                llvm::ArrayRef<Activation> defaults)
      : op(cell), x(cell.getX()), w(cell.getW()), r(cell.getR()),
        inputBias(cell.getInputBias()), recurrentBias(cell.getRecurrentBias()),
        lengths(cell.getLengths()), y(cell.getY()),
        activations(cell.getActivationsAttr()), reverse(cell.getReverse()),
        batchMajor(cell.getBatchMajor()), gates(gates), defaults(defaults) {
    if (cell.getClip())
      clip = cell.getClip()->convertToDouble();
  }

  /// Extents of the weights, dynamic ones included.
  int64_t getFeatures() const { return getType(x).getDimSize(2); }
  int64_t getHidden() const { return getType(r).getDimSize(gates.size()); }
  int64_t getOutput() const { return getType(r).getShape().back(); }

  ActivationAttr getActivation(unsigned i) const;

  /// Everything but the cell's own operands and the states: to be called before
  /// asking for extents. `transposed` says that w is [..., I, H]; `yWidth` is
  /// the width of y, by default that of the state.
  mlir::LogicalResult verify(std::optional<int64_t> yWidth = {},
                             bool transposed = false);
  /// The whole of a cell with gates of one size and the state h alone.
  template <typename OpT>
  mlir::LogicalResult verifyGated(OpT cell, llvm::StringRef letters);
  /// `value`, where present, must be [B, width].
  mlir::LogicalResult verifyState(llvm::StringRef name, mlir::Value value,
                                  int64_t width);

private:
  SharedExtent batch; ///< Once `verify` has seen x.

  mlir::LogicalResult verifyAttributes() const;
  static mlir::RankedTensorType getType(mlir::Value value) {
    return mlir::cast<mlir::RankedTensorType>(value.getType());
  }
};

/// Arithmetic of one step, on tensors.
struct StepBuilder : Arithmetic {
  const RecurrentCell &cell;

  /// x[i]: one gate of several.
  mlir::Value row(mlir::Value x, int64_t i);
  /// x + biases, of which any may be null.
  mlir::Value addBiases(mlir::Value x, llvm::ArrayRef<mlir::Value> biases);
  /// matrix vector + biases.
  mlir::Value product(mlir::Value matrix, mlir::Value vector,
                      llvm::ArrayRef<mlir::Value> biases = {});
  /// The cell's i-th activation of x, clipped first where the cell clips.
  mlir::Value activate(unsigned i, mlir::Value x);
  /// What an update gate makes of the old state and the candidate.
  mlir::Value update(UpdateGate sense, mlir::Value gate, mlir::Value old,
                     mlir::Value candidate);
};

/// What a step yields.
struct StepResult {
  mlir::Value y;
  llvm::SmallVector<mlir::Value, 2> states;
};

/// The scan of a cell over its batch and time. `sequences` are laid out as x,
/// `invariants` go whole to every step and may be null, `states` are
/// [B, width] and begin as zeros where their initial value is null.
struct CellScan {
  struct State {
    mlir::Value initial;
    mlir::RankedTensorType type;
  };
  llvm::SmallVector<mlir::Value, 2> sequences;
  llvm::SmallVector<mlir::Value> invariants;
  llvm::SmallVector<State, 2> states;
  mlir::RankedTensorType y;

  CellScan() = default;
  /// Reads x, carries h and yields y.
  template <typename OpT>
  explicit CellScan(OpT cell)
      : sequences({cell.getX()}),
        states({{cell.getH0(),
                 mlir::cast<mlir::RankedTensorType>(cell.getH().getType())}}),
        y(mlir::cast<mlir::RankedTensorType>(cell.getY().getType())) {}

  /// The body's arguments, in the same order; null where an invariant is.
  using BuildStep = llvm::function_ref<StepResult(
      StepBuilder &step, mlir::ValueRange sequences,
      llvm::ArrayRef<mlir::Value> invariants, mlir::ValueRange states)>;
  ScanOp build(const RecurrentCell &cell, mlir::OpBuilder &builder,
               BuildStep buildStep) const;
};

template <typename OpT>
mlir::LogicalResult RecurrentCell::verifyGated(OpT cell,
                                               llvm::StringRef letters) {
  if (failed(verifyGateOrder(op, cell.getGateOrder(), letters)) ||
      failed(verify()) || failed(verifyState("h0", cell.getH0(), getHidden())))
    return mlir::failure();
  return verifyState("result h", cell.getH(), getHidden());
}

/// The gates `first` and, where it is not negative, `second` of a [gates, ...]
/// tensor: [...] or [2, ...], in the order of the tensor.
mlir::Value extractGates(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value tensor, int64_t first,
                         int64_t second = -1);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_RECURRENTCELL_H
