//===- Activation.cpp - the activations of ONNX's cells -------------------===//

#include "dialects/Seq/Cells/Activation.h"
#include "dialects/Seq/Cells/Arithmetic.h"

using namespace mlir;
using namespace seqc::seq;

Value seqc::seq::buildActivation(OpBuilder &builder, Location loc,
                                 ActivationAttr activation, Value x) {
  Arithmetic a{builder, loc};
  Value alpha = a.constantLike(x, activation.getAlphaValue());
  Value beta = a.constantLike(x, activation.getBetaValue());
  switch (activation.getKind()) {
  case Activation::Sigmoid:
    return a.sigmoid(x);
  case Activation::Tanh:
    return a.tanh(x);
  case Activation::Relu:
    return a.max(x, a.constantLike(x, 0.0));
  case Activation::Affine:
    return a.add(a.mul(alpha, x), beta);
  case Activation::LeakyRelu:
    return a.above(x, 0.0, a.mul(alpha, x));
  case Activation::ThresholdedRelu:
    return a.above(x, activation.getAlphaValue(), a.constantLike(x, 0.0));
  case Activation::ScaledTanh:
    return a.mul(alpha, a.tanh(a.mul(beta, x)));
  case Activation::HardSigmoid:
    return a.min(a.max(a.add(a.mul(alpha, x), beta), a.constantLike(x, 0.0)),
                 a.constantLike(x, 1.0));
  case Activation::Elu: {
    Value exp = a.exp(a.min(x, a.constantLike(x, 0.0)));
    return a.above(x, 0.0, a.mul(alpha, a.sub(exp, a.constantLike(x, 1.0))));
  }
  case Activation::Softsign: {
    Value size = math::AbsFOp::create(builder, loc, x);
    return a.div(x, a.add(a.constantLike(x, 1.0), size));
  }
  case Activation::Softplus:
    return a.softplus(x);
  case Activation::Identity:
    return x;
  case Activation::HalfLinear: // The sigmoid is 1/2 at 0, and below it less.
    return a.add(a.max(x, a.constantLike(x, 0.0)),
                 a.min(a.sigmoid(x), a.constantLike(x, 0.5)));
  }
  llvm_unreachable("an activation without a formula");
}

Value seqc::seq::buildClip(OpBuilder &builder, Location loc, double limit,
                           Value x) {
  Arithmetic a{builder, loc};
  return a.min(a.max(x, a.constantLike(x, -limit)), a.constantLike(x, limit));
}
