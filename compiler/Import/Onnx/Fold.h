//===- Fold.h - From a model to the graph that runs -------------*- C++ -*-===//
//
// Walks a model once from its inputs to its outputs, infers every type and
// shape, evaluates arithmetic on shapes, decides conditions and keeps only what
// has to be computed at run time: a flat list of nodes over numbered values.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_FOLD_H
#define SEQC_COMPILER_IMPORT_ONNX_FOLD_H

#include "compiler/Import/Onnx/Ops.h"

namespace llvm {
class raw_ostream;
}

namespace seqc::onnx {

/// What the command line fixes.
struct FoldOptions {
  /// "NAME=?x1x576": an integer, "?" for what the model says, or a name.
  std::vector<std::string> shapes;
  /// "NAME=16000", "NAME=1,2,3": an input that becomes a constant.
  std::vector<std::string> constants;
};

struct FoldedNode {
  const Node *node;                 // of the model, which outlives this
  std::vector<int> inputs, outputs; // values; -1 where absent
  Resolved resolved;
};

struct FoldedOutput {
  std::string name;
  int value;
};

/// An operator, or a use of one, that cannot be imported.
struct Unsupported {
  std::string op;
  std::string reason; // empty: the operator as such
  unsigned count = 0;
  std::string firstNode;
};

/// "If: 2 nodes, first 'a/b': its condition ...".
std::string toString(const Unsupported &entry);

struct FoldedGraph {
  std::shared_ptr<const Model> model;
  std::vector<Value> values;
  std::vector<FoldedNode> nodes; // each follows those it uses
  std::vector<int> inputs;
  std::vector<FoldedOutput> outputs;
  std::vector<Unsupported> unsupported;
};

/// Folds. What is not supported is in the result, not an error: values that
/// depend on it are `unknown`.
llvm::Expected<FoldedGraph> foldModel(std::shared_ptr<const Model> model,
                                      const FoldOptions &options);

/// One error that lists everything unsupported, or success.
llvm::Error checkSupported(const FoldedGraph &graph);

/// For messages and tests: one line per input, node and output.
void printFolded(const FoldedGraph &graph, llvm::raw_ostream &os);

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_FOLD_H
