//===- Fold.cpp - From a model to the graph that runs ---------------------===//

#include "compiler/Import/Onnx/FoldOptions.h"
#include "compiler/Import/Onnx/Folder.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;

Expected<FoldedGraph> Folder::run(const FoldOptions &options) {
  const Graph &graph = result.model->graph;
  Names names{nullptr, {}};
  if (Error error = addInputs(options, names))
    return error;
  addInitializers(graph, names);
  if (Error error = foldNodes(graph, names))
    return error;
  for (const ValueInfo &output : graph.outputs) {
    result.outputs.push_back({output.name, names.lookup(output.name)});
    const Value &value = result.values[result.outputs.back().value];
    if (!value.unknown && !isInterfaceType(value.type))
      return makeError(*result.model,
                       "output '" + output.name + "' has elements of " +
                           toString(value.type) + ", which are not supported");
  }
  dropDeadNodes();
  return std::move(result);
}

Error Folder::addInputs(const FoldOptions &options, Names &names) {
  auto inputs = makeInputs(*result.model, options);
  if (!inputs)
    return inputs.takeError();
  for (Value &input : *inputs) {
    if (Error error = checkValue(Node(), input))
      return makeError(*result.model, "input '" + input.name +
                                          "': " + toString(std::move(error)));
    bool isConstant = input.known != nullptr;
    std::string name = input.name;
    int value = addValue(std::move(input));
    names.values[name] = value;
    if (!isConstant)
      result.inputs.push_back(value);
  }
  return Error::success();
}

void Folder::addInitializers(const Graph &graph, Names &names) {
  for (const Initializer &initializer : graph.initializers) {
    Value value;
    value.name = initializer.name;
    value.type = initializer.weight->type;
    value.shape.assign(initializer.weight->shape.begin(),
                       initializer.weight->shape.end());
    value.weight = initializer.weight;
    value.known = loadElements(*initializer.weight);
    names.values[initializer.name] = addValue(std::move(value));
  }
}

Error Folder::foldNodes(const Graph &graph, Names &names) {
  for (const Node &node : graph.nodes)
    if (Error error = foldNode(node, names))
      return error;
  return Error::success();
}

/// Runs `step` and turns what it refuses into an entry of the list.
static Error
catchUnsupported(Error error,
                 llvm::function_ref<void(llvm::StringRef)> record) {
  return llvm::handleErrors(
      std::move(error),
      [&](const UnsupportedError &unsupported) { record(unsupported.reason); });
}

Error Folder::foldControl(const Node &node, Names &names) {
  bool refused = false;
  Error error =
      catchUnsupported(node.opType == "If"     ? foldIf(node, names)
                       : node.opType == "Scan" ? foldScan(node, names)
                                               : foldLoop(node, names),
                       [&](llvm::StringRef reason) {
                         refuse(node, reason);
                         refused = true;
                       });
  if (refused)
    addUnknownResults(node, names);
  return error;
}

/// Whether a result's extents depend on the number of a step.
static bool changesByStep(const Value &value) {
  return llvm::any_of(value.shape,
                      [](const Dim &dim) { return dim.dependsOnStep(); });
}

Error Folder::foldNode(const Node &node, Names &names) {
  if (node.domain.empty() &&
      (node.opType == "If" || node.opType == "Scan" || node.opType == "Loop"))
    return foldControl(node, names);
  const OpInfo *info = node.domain.empty() ? lookupOp(node.opType) : nullptr;
  if (!info) {
    refuse(node, "");
    addUnknownResults(node, names);
    return Error::success();
  }
  std::vector<int> ids;
  llvm::SmallVector<const Value *> inputs;
  bool unknown = false;
  for (const std::string &input : node.inputs) {
    ids.push_back(input.empty() ? -1 : names.lookup(input));
    inputs.push_back(ids.back() < 0 ? nullptr : &result.values[ids.back()]);
    unknown |= inputs.back() && inputs.back()->unknown;
  }
  // Absent operands at the end are as if they were not there.
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  OpContext context(*result.model, node, inputs);
  context.isInBody = bodies > 0;
  context.extents = bodies > 0 ? nullptr : &extents;
  bool refused = false;
  Error error = checkSignature(*result.model, node, *info);
  if (!error && !unknown)
    error = info->infer(context);
  if (!error && llvm::any_of(context.results, changesByStep))
    error = context.refuse(
        "the shape of its result, " +
        toString(llvm::find_if(context.results, changesByStep)->shape) +
        ", changes from step to step");
  error = catchUnsupported(std::move(error), [&](llvm::StringRef reason) {
    refuse(node, reason);
    refused = true;
  });
  if (error)
    return error;
  if (unknown || refused) {
    addUnknownResults(node, names);
    return Error::success();
  }
  if (bodies == 0)
    for (const Value &value : context.results)
      for (const Dim &dim : value.shape)
        extents.insert(dim.str());
  return addResults(context, ids, names);
}

std::vector<const ValueInfo *> getOwnInputs(const Graph &graph) {
  llvm::StringSet<> initializers;
  for (const Initializer &initializer : graph.initializers)
    initializers.insert(initializer.name);
  std::vector<const ValueInfo *> own;
  for (const ValueInfo &input : graph.inputs)
    if (!initializers.contains(input.name))
      own.push_back(&input);
  return own;
}

Error Folder::foldBody(const Graph &graph, const Names &names, FoldedBody &body,
                       bool runsOnce) {
  Names inner{&names, {}};
  for (auto [input, id] : llvm::zip_equal(getOwnInputs(graph), body.inputs))
    inner.values[input->name] = id;
  addInitializers(graph, inner);
  std::vector<FoldedNode> around = std::exchange(result.nodes, {});
  bodies += runsOnce ? 0 : 1;
  Error error = foldNodes(graph, inner);
  bodies -= runsOnce ? 0 : 1;
  body.nodes = std::exchange(result.nodes, std::move(around));
  if (error)
    return error;
  for (const ValueInfo &output : graph.outputs)
    body.outputs.push_back(inner.lookup(output.name));
  return Error::success();
}

std::string Folder::makeStepName() {
  std::vector<std::string> taken;
  for (int input : result.inputs)
    for (const Dim &dim : getValue(input).shape)
      dim.collectNames(taken);
  std::string name;
  do
    name = "step" + std::to_string(stepNames++);
  while (llvm::is_contained(taken, name));
  return name;
}

/// No extent may be negative or beyond any memory.
Error Folder::checkValue(const Node &node, const Value &value) {
  constexpr int64_t limit = int64_t(1) << 46;
  llvm::SmallVector<int64_t, 4> extents;
  bool fits = value.shape.size() <= 16;
  for (const Dim &dim : value.shape) {
    fits &= dim.getOffset() <= limit && dim.getOffset() >= -limit;
    if (dim.isConstant())
      extents.push_back(dim.getOffset());
  }
  if (fits && countElements(extents))
    return Error::success();
  std::string message = "a tensor of the shape " + toString(value.shape) +
                        " is impossible or too large";
  if (node.opType.empty())
    return llvm::createStringError(message);
  return makeError(*result.model, node, message);
}

Error Folder::addResults(OpContext &context, llvm::ArrayRef<int> inputs,
                         Names &names) {
  const Node &node = context.node;
  FoldedNode folded;
  folded.node = &node;
  folded.inputs.assign(inputs.begin(), inputs.end());
  bool isNeeded = false;
  for (auto [i, name] : llvm::enumerate(node.outputs)) {
    folded.outputs.push_back(-1);
    if (name.empty())
      continue;
    if (context.aliases[i] >= 0) {
      names.values[name] = inputs[context.aliases[i]];
      continue;
    }
    Value &value = context.results[i];
    if (Error error = checkValue(node, value))
      return error;
    value.name = name;
    // What is known, even symbolically, is made where it is used.
    if (!value.known && !value.weight) {
      folded.outputs.back() = int(result.values.size());
      isNeeded = true;
    }
    names.values[name] = addValue(std::move(value));
  }
  folded.resolved = std::move(context.resolved);
  if (isNeeded)
    result.nodes.push_back(std::move(folded));
  return Error::success();
}

void Folder::addUnknownResults(const Node &node, Names &names) {
  for (const std::string &name : node.outputs) {
    Value value;
    value.name = name;
    value.unknown = true;
    names.values[name] = addValue(std::move(value));
  }
}

void Folder::refuse(const Node &node, llvm::StringRef reason) {
  std::string op = node.getOperator();
  auto found = llvm::find_if(result.unsupported, [&](const Unsupported &entry) {
    return entry.op == op && entry.reason == reason;
  });
  if (found == result.unsupported.end()) {
    result.unsupported.push_back({op, reason.str(), 1, node.name});
    return;
  }
  ++found->count;
}

/// The names of the extents that known integers below `value` are made of.
void Folder::collectExtents(int value, std::vector<std::string> &extents) {
  llvm::SmallVector<int> pending = {value};
  llvm::DenseSet<int> seen;
  while (!pending.empty()) {
    int next = pending.pop_back_val();
    if (next < 0 || !seen.insert(next).second)
      continue;
    if (result.values[next].known)
      for (const Dim &dim : result.values[next].known->ints)
        dim.collectNames(extents);
    for (const FoldedNode &node : result.nodes)
      if (llvm::is_contained(node.outputs, next))
        pending.append(node.inputs.begin(), node.inputs.end());
  }
}

/// Forgets the results of `node` that nobody uses; false if all are.
static bool dropUnused(FoldedNode &node, const std::vector<bool> &used) {
  bool isUsed = false;
  for (int &value : node.outputs) {
    if (value >= 0 && !used[value])
      value = -1;
    isUsed |= value >= 0;
  }
  return isUsed;
}

/// Marks what the bodies of `node` leave for its results. A step needs all
/// states of the one before, and whether it is one.
static void markOutputs(FoldedNode &node, std::vector<bool> &used) {
  for (FoldedBody &body : node.bodies)
    for (auto [i, value] : llvm::enumerate(body.outputs)) {
      if (i >= node.steps.states && i < node.outputs.size() &&
          node.outputs[i] < 0)
        value = -1;
      else
        used[value] = true;
    }
}

/// Keeps, in order, the nodes that make what is used, and marks what they use.
static void keepUsed(std::vector<FoldedNode> &nodes, std::vector<bool> &used) {
  std::vector<FoldedNode> kept;
  for (FoldedNode &node : llvm::reverse(nodes)) {
    if (!dropUnused(node, used))
      continue;
    for (int value : node.inputs)
      if (value >= 0)
        used[value] = true;
    markOutputs(node, used);
    for (FoldedBody &body : node.bodies)
      keepUsed(body.nodes, used);
    kept.push_back(std::move(node));
  }
  nodes.assign(std::make_move_iterator(kept.rbegin()),
               std::make_move_iterator(kept.rend()));
}

void Folder::dropDeadNodes() {
  std::vector<bool> used(result.values.size(), false);
  for (const FoldedOutput &output : result.outputs)
    used[output.value] = true;
  keepUsed(result.nodes, used);
}

Expected<FoldedGraph> foldModel(std::shared_ptr<const Model> model,
                                const FoldOptions &options) {
  return Folder(std::move(model)).run(options);
}

std::string toString(const Unsupported &entry) {
  return entry.op + ": " + std::to_string(entry.count) +
         (entry.count == 1 ? " node, '" : " nodes, first '") + entry.firstNode +
         "'" + (entry.reason.empty() ? "" : ": " + entry.reason);
}

Error checkSupported(const FoldedGraph &graph) {
  if (graph.unsupported.empty())
    return Error::success();
  std::string message = "these operators are not supported:";
  for (const Unsupported &entry : graph.unsupported)
    message += "\n  " + toString(entry);
  return makeError(*graph.model, message);
}

static std::string printNumber(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

/// "%3 f32[batchx128]", or the constant.
static std::string print(const FoldedGraph &graph, int id) {
  if (id < 0)
    return "none";
  const Value &value = graph.values[id];
  std::string type = toString(value.type) + "[" + toString(value.shape) + "]";
  if (value.unknown)
    return "%" + std::to_string(id) + " unknown";
  if (value.weight)
    return toString(value.type) + " " + toString(*value.weight);
  if (!value.known)
    return "%" + std::to_string(id) + " " + type;
  std::string elements;
  for (const Dim &dim : value.known->ints)
    elements += (elements.empty() ? "" : ", ") + dim.str();
  for (double number : value.known->floats)
    elements += (elements.empty() ? "" : ", ") + printNumber(number);
  return type + " {" + elements + "}";
}

static void printNodes(const FoldedGraph &graph,
                       llvm::ArrayRef<FoldedNode> nodes, unsigned indent,
                       llvm::raw_ostream &os) {
  auto list = [&](llvm::ArrayRef<int> values) {
    return llvm::join(
        llvm::map_range(values, [&](int v) { return print(graph, v); }), ", ");
  };
  for (const FoldedNode &node : nodes) {
    os.indent(indent) << node.node->getOperator() << " (" << list(node.inputs)
                      << ") -> " << list(node.outputs);
    const Resolved &resolved = node.resolved;
    if (!resolved.low.empty())
      os << " low " << toString(resolved.low);
    if (!resolved.high.empty())
      os << " high " << toString(resolved.high);
    if (!resolved.steps.empty())
      os << " steps " << toString(resolved.steps);
    if (!resolved.axes.empty())
      os << " axes " << toString(resolved.axes);
    if (node.steps.isOpen)
      os << " as long as its condition holds";
    else if (!node.steps.read.empty() || !node.steps.number.empty())
      os << (node.steps.isConditional ? " at most" : "") << " times "
         << node.steps.count.str();
    os << "\n";
    for (const FoldedBody &body : node.bodies) {
      os.indent(indent + 2) << "(" << list(body.inputs) << ")\n";
      printNodes(graph, body.nodes, indent + 4, os);
      os.indent(indent + 2) << "-> " << list(body.outputs) << "\n";
    }
  }
}

void printFolded(const FoldedGraph &graph, llvm::raw_ostream &os) {
  for (int input : graph.inputs)
    os << "input '" << graph.values[input].name << "' " << print(graph, input)
       << "\n";
  printNodes(graph, graph.nodes, 0, os);
  for (const FoldedOutput &output : graph.outputs)
    os << "output '" << output.name << "' " << print(graph, output.value)
       << "\n";
}

} // namespace seqc::onnx
