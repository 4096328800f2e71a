//===- FoldIf.cpp - Conditions --------------------------------------------===//
//
// An If whose condition is known becomes the chosen branch. Another one stays,
// with both branches; where these are cheap they are computed before it, and it
// chooses between their results.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Folder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

/// The order of the branches everywhere.
static constexpr const char *branchNames[] = {"then_branch", "else_branch"};

static const Graph &getBranch(const Node &node, unsigned i) {
  return *node.getAttribute(branchNames[i])->graph;
}

static Error checkIf(const OpContext &context) {
  static const OpInfo info = {"If",   1, 1, -1, "then_branch=g else_branch=g",
                              nullptr};
  const Node &node = context.node;
  if (Error error = checkSignature(context.model, node, info))
    return error;
  for (const char *name : branchNames) {
    const Attribute *branch = node.getAttribute(name);
    if (!branch)
      return context.fail("attribute '" + Twine(name) +
                          "': expected a graph, found none");
    size_t inputs = branch->graph->inputs.size();
    size_t outputs = branch->graph->outputs.size();
    if (outputs != node.outputs.size() || inputs != 0)
      return context.fail(
          "attribute '" + Twine(name) + "': expected a graph of " +
          Twine(node.outputs.size()) + " outputs and no inputs, found " +
          Twine(outputs) + " and " + Twine(inputs));
  }
  return Error::success();
}

Error Folder::foldIf(const Node &node, Names &names) {
  OpContext context(*result.model, node, {});
  if (Error error = checkIf(context))
    return error;
  int condition = names.lookup(node.inputs[0]);
  const Value &value = getValue(condition);
  if (!value.unknown && value.type != ElementType::Bool)
    return context.fail("expected a boolean condition, found " +
                        toString(value.type));
  if (!value.known || value.known->ints.size() != 1 ||
      !value.known->isConstant())
    return foldUndecidedIf(node, condition, names);
  FoldedBody body;
  bool isTrue = !value.known->ints.front().isConstant(0);
  if (Error error = foldBody(getBranch(node, isTrue ? 0 : 1), names, body,
                             /*runsOnce=*/true))
    return error;
  for (FoldedNode &inner : body.nodes)
    addNode(std::move(inner));
  for (auto [name, output] : llvm::zip_equal(node.outputs, body.outputs))
    if (!name.empty())
      names.values[name] = output;
  return Error::success();
}

/// Why an If cannot be decided, with the extents that its condition depends on.
std::string Folder::describeUndecided(int condition) {
  std::vector<std::string> extents;
  collectExtents(condition, extents);
  std::string reason = "its condition is not known when compiling";
  if (!extents.empty())
    reason += "; it depends on " + llvm::join(extents, ", ") +
              ", which --shape can fix";
  return reason;
}

/// Whether computing both branches costs little and cannot go wrong: integers
/// are not divided by what the condition may keep from being zero.
static bool isCheap(const Folder &folder, const FoldedBody &body) {
  return llvm::all_of(body.nodes, [&](const FoldedNode &node) {
    llvm::StringRef op = node.node->opType;
    bool divides = op == "Div" || op == "Mod";
    return isElementOp(op) &&
           !(divides && isInteger(folder.getValue(node.inputs.front()).type));
  });
}

/// What is known of the results: both branches must agree.
llvm::Expected<std::vector<Value>>
Folder::joinBranches(const OpContext &context, const FoldedNode &folded,
                     const std::string &undecided) {
  std::vector<Value> results;
  for (auto [i, name] : llvm::enumerate(context.node.outputs)) {
    const Value &x = getValue(folded.bodies[0].outputs[i]);
    const Value &y = getValue(folded.bodies[1].outputs[i]);
    if (x.type != y.type || x.shape != y.shape)
      return context.refuse(undecided +
                            "; its branches differ: " + toString(x.type) + " " +
                            toString(x.shape) + " and " + toString(y.type) +
                            " " + toString(y.shape));
    Value &value = results.emplace_back();
    value.name = name;
    value.type = x.type;
    value.shape = x.shape;
  }
  return results;
}

Error Folder::foldUndecidedIf(const Node &node, int condition, Names &names) {
  OpContext context(*result.model, node, {});
  FoldedNode folded;
  folded.node = &node;
  folded.inputs = {condition};
  folded.bodies.resize(2);
  for (unsigned i = 0; i < 2; ++i)
    // What is wrong with a branch may be why there is a condition.
    if (Error error = foldBody(getBranch(node, i), names, folded.bodies[i]))
      return context.refuse(describeUndecided(condition) + "; attribute '" +
                            branchNames[i] +
                            "': " + toString(std::move(error)));
  const Value &value = getValue(condition);
  bool unknown = value.unknown;
  if (!unknown && llvm::any_of(value.shape, [](const Dim &dim) {
        return !dim.isConstant(1);
      }))
    return context.fail("expected one condition, found the shape " +
                        toString(value.shape));
  for (const FoldedBody &body : folded.bodies)
    for (int output : body.outputs)
      unknown |= getValue(output).unknown;
  if (unknown) {
    addUnknownResults(node, names);
    return Error::success();
  }
  auto results = joinBranches(context, folded, describeUndecided(condition));
  if (!results)
    return results.takeError();
  for (auto [name, value] : llvm::zip_equal(node.outputs, *results)) {
    folded.outputs.push_back(name.empty() ? -1 : addValue(std::move(value)));
    if (!name.empty())
      names.values[name] = folded.outputs.back();
  }
  if (isCheap(*this, folded.bodies[0]) && isCheap(*this, folded.bodies[1])) {
    for (FoldedBody &body : folded.bodies) {
      llvm::append_range(folded.inputs, body.outputs);
      for (FoldedNode &inner : body.nodes)
        addNode(std::move(inner));
    }
    folded.bodies.clear();
  }
  addNode(std::move(folded));
  return Error::success();
}

} // namespace seqc::onnx
