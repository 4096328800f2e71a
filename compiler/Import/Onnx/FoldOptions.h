//===- FoldOptions.h - Applies --shape and --const --------------*- C++ -*-===//
//
// Turns a model's declared inputs and the command line's overrides into the
// values that folding starts from.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_FOLDOPTIONS_H
#define SEQC_COMPILER_IMPORT_ONNX_FOLDOPTIONS_H

#include "compiler/Import/Onnx/Fold.h"

namespace seqc::onnx {

/// The inputs of `model` without initializers, in order, with shapes and, for
/// constants, elements.
llvm::Expected<std::vector<Value>> makeInputs(const Model &model,
                                              const FoldOptions &options);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_FOLDOPTIONS_H
