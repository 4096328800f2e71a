//===- RwkvBuilder.h - what the layers of RWKV share ------------*- C++ -*-===//
//
// Every version mixes neighbouring tokens, projects the mixtures, and keeps a
// memory that is independent for each channel of a value: three kinds of scan.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_RWKVBUILDER_H
#define SEQC_DIALECTS_SEQ_CELLS_RWKVBUILDER_H

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"
#include "dialects/Seq/Cells/Norm.h"

namespace seqc::seq {

/// One layer under construction, on sequences [T, B, width].
class RwkvBuilder {
public:
  RwkvBuilder(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);
  /// Of a layer with x, shift0 (may be null) and the like.
  template <typename OpT>
  RwkvBuilder(mlir::OpBuilder &b, OpT op)
      : RwkvBuilder(
            b, op.getLoc(),
            buildWithBatch(b, op.getLoc(), op.getX(), op.getShift0(), 0)) {}

  /// The token before every one, and the last token.
  struct Neighbours {
    mlir::Value before, shift;
  };
  Neighbours shiftTokens(mlir::Value shift0);

  /// x mixed with the token before, once for each weight.
  llvm::SmallVector<mlir::Value, 6>
  mixTokens(mlir::Value before, llvm::ArrayRef<mlir::Value> weights,
            UpdateGate sense);

  /// The same, and the last token.
  struct Mixtures {
    llvm::SmallVector<mlir::Value, 6> mixed;
    mlir::Value shift;
  };
  Mixtures mixWithShift(mlir::Value shift0, llvm::ArrayRef<mlir::Value> weights,
                        UpdateGate sense);

  /// A matrix and the sequence that it is applied to at every step.
  struct Product {
    mlir::Value matrix, sequence;
  };
  using Epilogue = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      Arithmetic &, mlir::ValueRange products, mlir::ValueRange others)>;
  /// The `count` sequences that `epilogue` makes of the products at every step,
  /// all of them of one width. `others` are read along: sequences, or vectors
  /// of that width.
  llvm::SmallVector<mlir::Value> project(llvm::ArrayRef<Product> products,
                                         llvm::ArrayRef<mlir::Value> others,
                                         unsigned count, Epilogue epilogue);
  mlir::Value project(Product product);
  /// outer(bias + up inner(down x)), of which `bias` may be null.
  using Function = mlir::Value (*)(Arithmetic &, mlir::Value);
  mlir::Value projectNarrow(mlir::Value down, mlir::Value up, mlir::Value bias,
                            mlir::Value x, Function inner, Function outer);

  /// A scan over heads and channels of the value: `keys` [T, B, H, N] are read
  /// whole at every step and `values` [T, B, H, N] by channel; `invariants` are
  /// [H] or [H, N]. The step sees a column [N] of the state [B, H, N, N].
  struct Step {
    mlir::Value y, state;
  };
  using BuildStep = llvm::function_ref<Step(
      Arithmetic &, mlir::ValueRange keys, mlir::Value value,
      mlir::ValueRange invariants, mlir::Value state)>;
  /// One step of the memory of versions 5 and 6: what it holds fades by
  /// `decay`, and `bonus` weighs the token itself.
  static Step stepDecayed(Arithmetic &a, mlir::Value r, mlir::Value k,
                          mlir::Value v, mlir::Value decay, mlir::Value bonus,
                          mlir::Value state);
  /// y [T, B, H, N] and the last state.
  std::pair<mlir::Value, mlir::Value>
  scanHeads(llvm::ArrayRef<mlir::Value> keys, mlir::Value values,
            llvm::ArrayRef<mlir::Value> invariants, mlir::Value state0,
            mlir::RankedTensorType stateType, BuildStep buildStep);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value x, time, batch;
  mlir::RankedTensorType type; ///< Of x.

  mlir::RankedTensorType getSequenceType(int64_t width) const {
    return mlir::RankedTensorType::get(
        {type.getDimSize(0), type.getDimSize(1), width}, type.getElementType());
  }
};

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_RWKVBUILDER_H
