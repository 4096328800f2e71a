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

/// How a Scan or a Loop runs its body.
struct Steps {
  /// A sequence that a step reads or writes one slice of.
  struct Sequence {
    int64_t axis = 0; // of time
    bool backwards = false;
  };
  Dim count;
  /// What extents call the number of a Loop's step.
  std::string number;
  unsigned states = 0;
  llvm::SmallVector<Sequence, 2> read, written;
  /// Scan 8: dimension 0 of every operand and result is a batch, of which a
  /// step sees one member.
  bool isBatched = false;
  /// Scan 8: the last operand has the number of steps of every member.
  bool hasLengths = false;
  /// A Loop that may end before `count` steps: the last operand, and the last
  /// output of its body, say whether there is another step.
  bool isConditional = false;
  /// A conditional Loop whose number of steps nobody knows before it runs: it
  /// has no `count`. Where `hasLimit`, an operand behind the condition is the
  /// most.
  bool isOpen = false, hasLimit = false;
};

struct FoldedBody;

/// A node that is left. The operands of an If are its condition and, where
/// both branches are computed outside of it, the results of the first branch,
/// then of the other; its bodies otherwise are the two branches. The operands
/// of a Scan or Loop are the states, then the sequences; those of its body the
/// same, step by step.
struct FoldedNode {
  const Node *node = nullptr;       // of the model, which outlives this
  std::vector<int> inputs, outputs; // values; -1 where absent
  Resolved resolved;
  Steps steps;
  std::vector<FoldedBody> bodies;
};

/// A graph in a node. It may use values from around it.
struct FoldedBody {
  std::vector<int> inputs, outputs;
  std::vector<FoldedNode> nodes;
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
