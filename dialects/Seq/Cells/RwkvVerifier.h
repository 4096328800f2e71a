//===- RwkvVerifier.h - the checks of RWKV's layers -------------*- C++ -*-===//
//
// The layers of all versions have sequences of one width, the last token as a
// state, and heads that divide the channels.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_RWKVVERIFIER_H
#define SEQC_DIALECTS_SEQ_CELLS_RWKVVERIFIER_H

#include "dialects/Seq/Cells/CellBuilder.h"

namespace seqc::seq {

/// The checks that all layers share.
struct RwkvVerifier {
  mlir::Operation *op;
  mlir::RankedTensorType x;
  SharedExtent time = {}, batch = {}; ///< Once `verifyCommon` has seen x.

  template <typename OpT> static RwkvVerifier get(OpT op) {
    return {op, mlir::cast<mlir::RankedTensorType>(op.getX().getType())};
  }

  int64_t width() const { return x.getDimSize(2); }

  /// x, one element type, and what every layer has.
  mlir::LogicalResult verifyCommon(mlir::Value y, mlir::Value shift0,
                                   mlir::Value shift) {
    if (x.getRank() != 3 || mlir::ShapedType::isDynamic(width()))
      return op->emitOpError("needs x [T, B, C] with a static C, found ") << x;
    NamedOperand input = {"x", op->getOperand(0)};
    time = SharedExtent(input, 0);
    batch = SharedExtent(input, 1);
    if (mlir::failed(verifyElements(op, input.value)) ||
        mlir::failed(expectSequences({{"result y", y}})))
      return mlir::failure();
    return expectStates({{"shift0", shift0}, {"result shift", shift}}, width());
  }

  /// [T, B, C].
  mlir::LogicalResult expectSequences(llvm::ArrayRef<NamedOperand> sequences) {
    return expectExtents(op, sequences, {time, batch, width()}, 2);
  }

  /// [B, ...].
  mlir::LogicalResult expectStates(llvm::ArrayRef<NamedOperand> states,
                                   llvm::ArrayRef<int64_t> shape) {
    llvm::SmallVector<RequiredExtent> whole = {batch};
    llvm::append_range(whole, shape);
    return expectExtents(op, states, whole, 1);
  }

  /// `heads` [H] or [H, N].
  mlir::LogicalResult verifyHeads(llvm::StringRef name, mlir::Value heads,
                                  bool mayBeScalar, int64_t &count) const {
    auto type = mlir::cast<mlir::RankedTensorType>(heads.getType());
    count =
        type.getRank() > 0 ? type.getDimSize(0) : mlir::ShapedType::kDynamic;
    if (mlir::ShapedType::isDynamic(count) || count < 1 || width() % count != 0)
      return op->emitOpError("needs a number of heads that divides ")
             << width() << " channels in " << name << ", found " << type;
    if (mayBeScalar && type.getRank() == 1)
      return mlir::success();
    return expectWeights(op, {{name, heads}}, {count, width() / count});
  }

  /// matrices [C, R] after [R, C] with an R of their own.
  mlir::LogicalResult expectNarrow(NamedOperand down, NamedOperand up) const {
    if (!down.value)
      return mlir::success();
    auto type = mlir::cast<mlir::RankedTensorType>(down.value.getType());
    int64_t rank = type.getRank() == 2 ? type.getDimSize(0) : 1;
    if (mlir::failed(expectWeights(op, down, {rank, width()})))
      return mlir::failure();
    return expectWeights(op, up, {width(), rank});
  }

  mlir::LogicalResult verifyEpsilon(const llvm::APFloat &epsilon) const {
    if (epsilon.isNegative() || epsilon.isZero() || epsilon.isNaN())
      return op->emitOpError("needs a positive epsilon, found ")
             << epsilon.convertToDouble();
    return mlir::success();
  }
};
} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_RWKVVERIFIER_H
