//===- Inspect.h - What is in this model? -----------------------*- C++ -*-===//
//
// The answer of `seqc inspect`: inputs, outputs, dynamic extents, likely pairs
// of state input and output, and operators that cannot be compiled.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_INSPECT_H
#define SEQC_COMPILER_IMPORT_ONNX_INSPECT_H

#include "compiler/Import/Onnx/Fold.h"

namespace seqc::onnx {

/// An input and an output that look like one state before and after a step.
struct StatePair {
  std::string input, output;
};

/// Pairs of one type and shape whose names say so: state and stateN, h and hn,
/// h0 and hn, hidden_in and hidden_out, past and present.
std::vector<StatePair> suggestStates(const FoldedGraph &graph);

/// Prints what is known of the model under the overrides. An error only where
/// the file is malformed.
llvm::Error inspectOnnx(llvm::StringRef path, const FoldOptions &options,
                        llvm::raw_ostream &os, bool json);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_INSPECT_H
