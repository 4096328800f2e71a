//===- Arithmetic.h - formulas of expansions --------------------*- C++ -*-===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_ARITHMETIC_H
#define SEQC_DIALECTS_SEQ_CELLS_ARITHMETIC_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::seq {

/// Arithmetic on floats, or on tensors of one type.
struct Arithmetic {
  mlir::OpBuilder &b;
  mlir::Location loc;

  mlir::Value add(mlir::Value x, mlir::Value y) {
    return mlir::arith::AddFOp::create(b, loc, x, y);
  }
  mlir::Value sub(mlir::Value x, mlir::Value y) {
    return mlir::arith::SubFOp::create(b, loc, x, y);
  }
  mlir::Value mul(mlir::Value x, mlir::Value y) {
    return mlir::arith::MulFOp::create(b, loc, x, y);
  }
  mlir::Value div(mlir::Value x, mlir::Value y) {
    return mlir::arith::DivFOp::create(b, loc, x, y);
  }
  mlir::Value max(mlir::Value x, mlir::Value y) {
    return mlir::arith::MaximumFOp::create(b, loc, x, y);
  }
  mlir::Value min(mlir::Value x, mlir::Value y) {
    return mlir::arith::MinimumFOp::create(b, loc, x, y);
  }
  mlir::Value negate(mlir::Value x) {
    return mlir::arith::NegFOp::create(b, loc, x);
  }
  mlir::Value exp(mlir::Value x) {
    return mlir::math::ExpOp::create(b, loc, x);
  }
  mlir::Value tanh(mlir::Value x) {
    return mlir::math::TanhOp::create(b, loc, x);
  }
  mlir::Value sigmoid(mlir::Value x) {
    return SigmoidOp::create(b, loc, x.getType(), x);
  }
  mlir::Value softplus(mlir::Value x) {
    return SoftplusOp::create(b, loc, x.getType(), x);
  }
  /// 1 - x.
  mlir::Value complement(mlir::Value x) { return sub(constantLike(x, 1.0), x); }
  mlir::Value constantLike(mlir::Value x, double value) {
    return buildConstantLike(b, loc, x.getType(), value);
  }
  mlir::Value splatLike(mlir::Value scalar, mlir::Value x) {
    if (scalar.getType() == x.getType())
      return scalar;
    return mlir::tensor::SplatOp::create(b, loc, x.getType(), scalar);
  }
  /// The sum of the products.
  mlir::Value dot(mlir::Value x, mlir::Value y) {
    return DotOp::create(b, loc, mlir::getElementTypeOrSelf(x), x, y);
  }
  /// decay state + gain, where the decay, or its logarithm, is of the state's
  /// type or its rows'.
  mlir::Value affine(mlir::Value decay, mlir::Value state, mlir::Value gain,
                     bool inLog = false) {
    auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
    return AffineOp::create(b, loc, state.getType(), decay, state, gain,
                            inLog ? b.getUnitAttr() : mlir::UnitAttr(), plus,
                            mlir::UnitAttr());
  }
  /// exp(log) state + gain.
  mlir::Value fade(mlir::Value log, mlir::Value state, mlir::Value gain) {
    return affine(log, state, gain, /*inLog=*/true);
  }
  /// x where x > threshold, otherwise `other`.
  mlir::Value above(mlir::Value x, double threshold, mlir::Value other) {
    mlir::Value condition = mlir::arith::CmpFOp::create(
        b, loc, mlir::arith::CmpFPredicate::OGT, x, constantLike(x, threshold));
    return mlir::arith::SelectOp::create(b, loc, condition, x, other);
  }
};

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_ARITHMETIC_H
