//===- Check.cpp - Is this graph well formed? -----------------------------===//

#include "compiler/Import/Onnx/Check.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <queue>

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

const Attribute *Node::getAttribute(llvm::StringRef name) const {
  auto found = llvm::find_if(
      attributes, [&](const Attribute &a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

std::string Node::getOperator() const {
  return domain.empty() ? opType : domain + "::" + opType;
}

std::string Node::describe() const {
  return "node '" + name + "' (" + getOperator() + ", number " +
         std::to_string(index) + ")";
}

Error makeError(const Model &model, const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 model.path + ": " + message);
}

Error makeError(const Model &model, const Node &node, const Twine &message) {
  return makeError(model, node.describe() + ": " + message);
}

namespace {

/// The names that a graph defines; node outputs map to the node's position.
struct Scope {
  const Scope *parent;
  llvm::StringMap<int> definitions; // -1: an input or an initializer

  bool contains(llvm::StringRef name) const {
    return definitions.contains(name) || (parent && parent->contains(name));
  }
};

class Checker {
public:
  explicit Checker(const Model &model) : model(model) {}
  Error checkGraph(Graph &graph, const Scope *parent);

private:
  Error define(const Graph &graph, Scope &scope);
  Error checkUses(Graph &graph, const Scope &scope);
  Error sort(Graph &graph, const Scope &scope);

  const Model &model;
};

} // namespace

/// Adds to `names` what `graph` uses and does not define.
static void collectFreeNames(const Graph &graph, llvm::StringSet<> &names) {
  llvm::StringSet<> used, defined;
  for (const ValueInfo &input : graph.inputs)
    defined.insert(input.name);
  for (const Initializer &initializer : graph.initializers)
    defined.insert(initializer.name);
  for (const ValueInfo &output : graph.outputs)
    used.insert(output.name);
  for (const Node &node : graph.nodes) {
    used.insert(node.inputs.begin(), node.inputs.end());
    defined.insert(node.outputs.begin(), node.outputs.end());
    for (const Attribute &attribute : node.attributes)
      if (attribute.graph)
        collectFreeNames(*attribute.graph, used);
  }
  for (const auto &name : used)
    if (!defined.contains(name.getKey()))
      names.insert(name.getKey());
}

Error Checker::define(const Graph &graph, Scope &scope) {
  for (const ValueInfo &input : graph.inputs) {
    if (input.name.empty())
      return makeError(model, "an input has no name");
    if (!scope.definitions.try_emplace(input.name, -1).second)
      return makeError(model, "input '" + input.name + "' is defined twice");
  }
  llvm::StringSet<> initializers;
  for (const Initializer &initializer : graph.initializers) {
    // Up to IR version 3 an initializer also is an input.
    scope.definitions.try_emplace(initializer.name, -1);
    if (!initializers.insert(initializer.name).second)
      return makeError(model, "initializer '" + initializer.name +
                                  "' is defined twice");
  }
  for (auto [position, node] : llvm::enumerate(graph.nodes))
    for (const std::string &output : node.outputs)
      if (!output.empty() &&
          !scope.definitions.try_emplace(output, int(position)).second)
        return makeError(model, node,
                         "value '" + output + "' is defined twice");
  return Error::success();
}

Error Checker::checkUses(Graph &graph, const Scope &scope) {
  for (Node &node : graph.nodes) {
    for (const std::string &input : node.inputs)
      if (!input.empty() && !scope.contains(input))
        return makeError(model, node,
                         "input '" + input + "' is not defined anywhere");
    for (Attribute &attribute : node.attributes)
      if (attribute.graph)
        if (Error error = checkGraph(*attribute.graph, &scope))
          return error;
  }
  for (const ValueInfo &output : graph.outputs)
    if (!scope.contains(output.name))
      return makeError(model,
                       "output '" + output.name + "' is not defined anywhere");
  return Error::success();
}

/// Kahn's algorithm, taking the earliest node of the file among those ready.
Error Checker::sort(Graph &graph, const Scope &scope) {
  size_t count = graph.nodes.size();
  std::vector<std::vector<int>> users(count);
  std::vector<int> missing(count, 0);
  for (auto [position, node] : llvm::enumerate(graph.nodes)) {
    llvm::StringSet<> used;
    used.insert(node.inputs.begin(), node.inputs.end());
    for (const Attribute &attribute : node.attributes)
      if (attribute.graph)
        collectFreeNames(*attribute.graph, used);
    for (const auto &name : used) {
      auto found = scope.definitions.find(name.getKey());
      if (found == scope.definitions.end() || found->second < 0)
        continue;
      users[found->second].push_back(int(position));
      ++missing[position];
    }
  }
  std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
  for (size_t i = 0; i < count; ++i)
    if (missing[i] == 0)
      ready.push(int(i));
  std::vector<Node> sorted;
  sorted.reserve(count);
  std::vector<bool> done(count, false);
  while (!ready.empty()) {
    int position = ready.top();
    ready.pop();
    done[position] = true;
    for (int user : users[position])
      if (--missing[user] == 0)
        ready.push(user);
    sorted.push_back(std::move(graph.nodes[position]));
  }
  if (sorted.size() != count)
    return makeError(model, graph.nodes[llvm::find(done, false) - done.begin()],
                     "depends on its own result");
  graph.nodes = std::move(sorted);
  return Error::success();
}

Error Checker::checkGraph(Graph &graph, const Scope *parent) {
  Scope scope{parent, {}};
  if (Error error = define(graph, scope))
    return error;
  if (Error error = checkUses(graph, scope))
    return error;
  return sort(graph, scope);
}

Error checkModel(Model &model) {
  if (model.graph.outputs.empty())
    return makeError(model, "the graph has no outputs");
  return Checker(model).checkGraph(model.graph, nullptr);
}

} // namespace seqc::onnx
