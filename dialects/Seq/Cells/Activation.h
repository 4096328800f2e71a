//===- Activation.h - the activations of ONNX's cells -----------*- C++ -*-===//
#ifndef SEQC_DIALECTS_SEQ_CELLS_ACTIVATION_H
#define SEQC_DIALECTS_SEQ_CELLS_ACTIVATION_H

#include "dialects/Seq/SeqOps.h"

namespace seqc::seq {

/// Applies `activation` to `x`, a float or a tensor of floats.
mlir::Value buildActivation(mlir::OpBuilder &builder, mlir::Location loc,
                            ActivationAttr activation, mlir::Value x);

/// Limits `x` to [-limit, limit].
mlir::Value buildClip(mlir::OpBuilder &builder, mlir::Location loc,
                      double limit, mlir::Value x);

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_CELLS_ACTIVATION_H
