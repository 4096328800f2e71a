//===- Fold.cpp - From a model to the graph that runs ---------------------===//

#include "compiler/Import/Onnx/Fold.h"
#include "compiler/Import/Onnx/FoldOptions.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;

namespace {

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

class Folder {
public:
  explicit Folder(std::shared_ptr<const Model> model) {
    result.model = std::move(model);
  }

  Expected<FoldedGraph> run(const FoldOptions &options);

private:
  Error addInputs(const FoldOptions &options, Names &names);
  void addInitializers(const Graph &graph, Names &names);
  Error foldNodes(const Graph &graph, Names &names);
  Error foldNode(const Node &node, Names &names);
  Error foldIf(const Node &node, Names &names);
  void refuseIf(const Node &node, int condition, Names &names);
  Error addResults(OpContext &context, llvm::ArrayRef<int> inputs,
                   Names &names);
  Error checkValue(const Node &node, const Value &value);
  void addUnknownResults(const Node &node, Names &names);
  void refuse(const Node &node, llvm::StringRef reason);
  void scanUnsupported(const Graph &graph);
  void collectExtents(int value, std::vector<std::string> &extents);
  void dropDeadNodes();
  int addValue(Value value) {
    result.values.push_back(std::move(value));
    return int(result.values.size()) - 1;
  }

  FoldedGraph result;
};

} // namespace

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

Error Folder::foldNode(const Node &node, Names &names) {
  if (node.domain.empty() && node.opType == "If")
    return foldIf(node, names);
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
  bool refused = false;
  Error error = checkSignature(*result.model, node, *info);
  if (!error && !unknown)
    error = info->infer(context);
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
  return addResults(context, ids, names);
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
  FoldedNode folded{&node, {inputs.begin(), inputs.end()}, {}, {}};
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

static const Attribute *getBranch(const Node &node, llvm::StringRef name) {
  const Attribute *branch = node.getAttribute(name);
  return branch && branch->graph ? branch : nullptr;
}

/// Replaces an If by the branch that its condition selects.
Error Folder::foldIf(const Node &node, Names &names) {
  const Attribute *branches[] = {getBranch(node, "else_branch"),
                                 getBranch(node, "then_branch")};
  if (!branches[0] || !branches[1] || node.inputs.size() != 1 ||
      node.inputs[0].empty())
    return makeError(*result.model, node,
                     "expected a condition and two branches");
  for (const Attribute *branch : branches)
    if (branch->graph->outputs.size() != node.outputs.size() ||
        !branch->graph->inputs.empty())
      return makeError(
          *result.model, node,
          "attribute '" + branch->name + "': expected a graph of " +
              Twine(node.outputs.size()) + " outputs and no inputs, found " +
              Twine(branch->graph->outputs.size()) + " and " +
              Twine(branch->graph->inputs.size()));
  int condition = names.lookup(node.inputs[0]);
  const Value &value = result.values[condition];
  if (!value.unknown && value.type != ElementType::Bool)
    return makeError(*result.model, node,
                     "expected a boolean condition, found " +
                         toString(value.type));
  if (!value.known || value.known->ints.size() != 1) {
    refuseIf(node, condition, names);
    return Error::success();
  }
  const Graph &chosen =
      *branches[!value.known->ints.front().isConstant(0)]->graph;
  Names inner{&names, {}};
  addInitializers(chosen, inner);
  if (Error error = foldNodes(chosen, inner))
    return error;
  for (auto [name, output] : llvm::zip_equal(node.outputs, chosen.outputs))
    names.values[name] = inner.lookup(output.name);
  return Error::success();
}

/// Records an If that cannot be decided, with the extents its condition depends
/// on, and what else its branches would need.
void Folder::refuseIf(const Node &node, int condition, Names &names) {
  if (!result.values[condition].unknown) {
    std::vector<std::string> extents;
    collectExtents(condition, extents);
    std::string reason = "its condition is not known when compiling";
    if (!extents.empty())
      reason += "; it depends on " + llvm::join(extents, ", ") +
                ", which --shape can fix";
    refuse(node, reason);
  }
  for (const Attribute &attribute : node.attributes)
    if (attribute.graph)
      scanUnsupported(*attribute.graph);
  addUnknownResults(node, names);
}

/// Records the operators of a graph that is not folded.
void Folder::scanUnsupported(const Graph &graph) {
  for (const Node &node : graph.nodes) {
    bool isIf = node.domain.empty() && node.opType == "If";
    if (!isIf && (!node.domain.empty() || !lookupOp(node.opType)))
      refuse(node, "");
    for (const Attribute &attribute : node.attributes)
      if (isIf && attribute.graph)
        scanUnsupported(*attribute.graph);
  }
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

void Folder::dropDeadNodes() {
  std::vector<bool> used(result.values.size(), false);
  for (const FoldedOutput &output : result.outputs)
    used[output.value] = true;
  std::vector<FoldedNode> kept;
  for (FoldedNode &node : llvm::reverse(result.nodes)) {
    bool isUsed = llvm::any_of(
        node.outputs, [&](int value) { return value >= 0 && used[value]; });
    if (!isUsed)
      continue;
    for (int value : node.inputs)
      if (value >= 0)
        used[value] = true;
    for (int &value : node.outputs)
      if (value >= 0 && !used[value])
        value = -1;
    kept.push_back(std::move(node));
  }
  result.nodes.assign(std::make_move_iterator(kept.rbegin()),
                      std::make_move_iterator(kept.rend()));
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

void printFolded(const FoldedGraph &graph, llvm::raw_ostream &os) {
  for (int input : graph.inputs)
    os << "input '" << graph.values[input].name << "' " << print(graph, input)
       << "\n";
  auto list = [&](llvm::ArrayRef<int> values) {
    return llvm::join(
        llvm::map_range(values, [&](int v) { return print(graph, v); }), ", ");
  };
  for (const FoldedNode &node : graph.nodes) {
    os << node.node->getOperator() << " (" << list(node.inputs) << ") -> "
       << list(node.outputs);
    const Resolved &resolved = node.resolved;
    if (!resolved.low.empty())
      os << " low " << toString(resolved.low);
    if (!resolved.high.empty())
      os << " high " << toString(resolved.high);
    if (!resolved.steps.empty())
      os << " steps " << toString(resolved.steps);
    if (!resolved.axes.empty())
      os << " axes " << toString(resolved.axes);
    os << "\n";
  }
  for (const FoldedOutput &output : graph.outputs)
    os << "output '" << output.name << "' " << print(graph, output.value)
       << "\n";
}

} // namespace seqc::onnx
