//===- Activation.cpp - the activations of ONNX's cells -------------------===//

#include "dialects/Seq/Cells/Activation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace seqc::seq;

namespace {
/// Arithmetic on values of one type.
struct Arithmetic {
  OpBuilder &b;
  Location loc;
  Type type;

  Value constant(double value) {
    return buildConstantLike(b, loc, type, value);
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value max(Value x, Value y) {
    return arith::MaximumFOp::create(b, loc, x, y);
  }
  Value min(Value x, Value y) {
    return arith::MinimumFOp::create(b, loc, x, y);
  }
  Value tanh(Value x) { return math::TanhOp::create(b, loc, x); }
  /// x where x > threshold, otherwise `other`.
  Value above(Value x, double threshold, Value other) {
    Value condition = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                            x, constant(threshold));
    return arith::SelectOp::create(b, loc, condition, x, other);
  }
};
} // namespace

Value seqc::seq::buildActivation(OpBuilder &builder, Location loc,
                                 ActivationAttr activation, Value x) {
  Arithmetic a{builder, loc, x.getType()};
  Value alpha = a.constant(activation.getAlphaValue());
  Value beta = a.constant(activation.getBetaValue());
  switch (activation.getKind()) {
  case Activation::Sigmoid:
    return SigmoidOp::create(builder, loc, x.getType(), x);
  case Activation::Tanh:
    return a.tanh(x);
  case Activation::Relu:
    return a.max(x, a.constant(0.0));
  case Activation::Affine:
    return a.add(a.mul(alpha, x), beta);
  case Activation::LeakyRelu:
    return a.above(x, 0.0, a.mul(alpha, x));
  case Activation::ThresholdedRelu:
    return a.above(x, activation.getAlphaValue(), a.constant(0.0));
  case Activation::ScaledTanh:
    return a.mul(alpha, a.tanh(a.mul(beta, x)));
  case Activation::HardSigmoid:
    return a.min(a.max(a.add(a.mul(alpha, x), beta), a.constant(0.0)),
                 a.constant(1.0));
  case Activation::Elu: {
    Value exp = math::ExpOp::create(builder, loc, a.min(x, a.constant(0.0)));
    return a.above(x, 0.0, a.mul(alpha, a.sub(exp, a.constant(1.0))));
  }
  case Activation::Softsign: {
    Value size = math::AbsFOp::create(builder, loc, x);
    return a.div(x, a.add(a.constant(1.0), size));
  }
  case Activation::Softplus:
    return SoftplusOp::create(builder, loc, x.getType(), x);
  }
  llvm_unreachable("an activation without a formula");
}

Value seqc::seq::buildClip(OpBuilder &builder, Location loc, double limit,
                           Value x) {
  Arithmetic a{builder, loc, x.getType()};
  return a.min(a.max(x, a.constant(-limit)), a.constant(limit));
}
