//===- Folder.h - Folds one model -------------------------------*- C++ -*-===//
//
// The walk behind `foldModel`. Operators with graphs of their own are in
// FoldIf.cpp and FoldSteps.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_IMPORT_ONNX_FOLDER_H
#define SEQC_COMPILER_IMPORT_ONNX_FOLDER_H

#include "compiler/Import/Onnx/Fold.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace seqc::onnx {

/// The values that names stand for in a graph and those around it.
struct Names {
  const Names *parent;
  llvm::StringMap<int> values;

  int lookup(llvm::StringRef name) const {
    auto found = values.find(name);
    if (found != values.end())
      return found->second;
    return parent ? parent->lookup(name) : -1;
  }
};

/// Up to IR version 3 initializers are among the inputs; these are the others.
std::vector<const ValueInfo *> getOwnInputs(const Graph &graph);

class Folder {
public:
  explicit Folder(std::shared_ptr<const Model> model) {
    result.model = std::move(model);
  }

  llvm::Expected<FoldedGraph> run(const FoldOptions &options);

  const Model &getModel() const { return *result.model; }
  const Value &getValue(int id) const { return result.values[id]; }
  int addValue(Value value) {
    result.values.push_back(std::move(value));
    return int(result.values.size()) - 1;
  }
  void addNode(FoldedNode node) { result.nodes.push_back(std::move(node)); }
  void addUnknownResults(const Node &node, Names &names);
  llvm::Error checkValue(const Node &node, const Value &value);

  /// Folds a graph whose inputs, if it has any, are `body.inputs`. It runs once
  /// and always, or is the `body` of a node.
  llvm::Error foldBody(const Graph &graph, const Names &names, FoldedBody &body,
                       bool runsOnce = false);
  /// A name that no extent has.
  std::string makeStepName();

private:
  llvm::Error addInputs(const FoldOptions &options, Names &names);
  void addInitializers(const Graph &graph, Names &names);
  llvm::Error foldNodes(const Graph &graph, Names &names);
  llvm::Error foldNode(const Node &node, Names &names);
  /// These give an UnsupportedError where they refuse.
  llvm::Error foldControl(const Node &node, Names &names);
  llvm::Error foldIf(const Node &node, Names &names);
  llvm::Error foldUndecidedIf(const Node &node, int condition, Names &names);
  llvm::Expected<std::vector<Value>> joinBranches(const OpContext &context,
                                                  const FoldedNode &folded,
                                                  const std::string &undecided);
  llvm::Error foldScan(const Node &node, Names &names);
  llvm::Error foldLoop(const Node &node, Names &names);
  llvm::Error addResults(OpContext &context, llvm::ArrayRef<int> inputs,
                         Names &names);
  std::string describeUndecided(int condition);
  void refuse(const Node &node, llvm::StringRef reason);
  void collectExtents(int value, std::vector<std::string> &extents);
  void dropDeadNodes();

  FoldedGraph result;
  unsigned stepNames = 0;
  unsigned bodies = 0;       ///< That the node being folded is in.
  llvm::StringSet<> extents; ///< Of all results outside of bodies.
};

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_FOLDER_H
