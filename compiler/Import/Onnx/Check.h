//===- Check.h - Is this graph well formed? ---------------------*- C++ -*-===//
//
// Names resolve, definitions are unique, outputs exist, nothing depends on
// itself.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_CHECK_H
#define SEQC_COMPILER_IMPORT_ONNX_CHECK_H

#include "compiler/Import/Onnx/OnnxModel.h"

namespace seqc::onnx {

/// Checks the graph and its subgraphs, and puts the nodes of each into an order
/// in which every node follows those it uses (the order of the file where that
/// already is one).
llvm::Error checkModel(Model &model);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_CHECK_H
