//===- FoldSteps.cpp - Scan and Loop --------------------------------------===//
//
// Both keep the folded graph of one step. A Scan's operands say how often it
// runs; a Loop's number of steps must follow from the extents. Its condition
// may depend on data where it writes nothing in every step. A state has one
// type and shape.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Folder.h"

#include "llvm/ADT/STLExtras.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

namespace {

/// One Scan or Loop.
class StepsFolder {
public:
  StepsFolder(Folder &folder, const Node &node, Names &names)
      : folder(folder), node(node), names(names),
        context(folder.getModel(), node, {}), steps(folded.steps) {
    folded.node = &node;
    folded.bodies.resize(1);
  }

  Error foldScan();
  Error foldLoop();

private:
  FoldedBody &getBody() { return folded.bodies.front(); }
  const Value &getOperand(size_t i) const {
    return folder.getValue(folded.inputs[i]);
  }
  Error takeOperands(size_t first, size_t count);
  Error checkBody(size_t numInputs, size_t extraOutputs);
  Error checkDeclared(const ValueInfo &declared, const Value &value);
  Error addBodyInput(Value value);
  Error addState(size_t i);

  Error readScanAttributes(size_t operands);
  Error readFlags(llvm::StringRef attribute,
                  llvm::MutableArrayRef<Steps::Sequence> sequences);
  Error readAxes(llvm::StringRef attribute, size_t i, size_t rank,
                 Steps::Sequence &sequence);
  Error addSequence(size_t i);
  Error addLengths(const std::string &name);
  Error joinBatch(const Value &value);

  Error readTripCount(size_t operands);
  Error readCondition(Value &condition);
  Error checkCondition(int after);
  Error endByData(const std::string &condition);
  Error refuseWritten(const llvm::Twine &reason);

  Error checkStates(bool isScan);
  Error addResults(bool isScan);

  Folder &folder;
  const Node &node;
  Names &names;
  OpContext context;
  FoldedNode folded;
  Steps &steps;
  const Graph *graph = nullptr;
  std::vector<const ValueInfo *> inputs; // of the body
  std::optional<Dim> batch, count;
  int condition = -1; ///< Of a Loop, before its first step.
  int limit = -1; ///< How many steps a Loop has at most, where that is given.
  /// Whether something read is not known, for want of an operator.
  bool unknown = false;
};

} // namespace

//===----------------------------------------------------------------------===//
// What both share
//===----------------------------------------------------------------------===//

/// The operands from `first` on, which must be there.
Error StepsFolder::takeOperands(size_t first, size_t count) {
  for (size_t i = first; i < first + count; ++i) {
    if (node.inputs[i].empty())
      return context.fail("input " + Twine(i) + " is absent");
    folded.inputs.push_back(names.lookup(node.inputs[i]));
    unknown |= folder.getValue(folded.inputs.back()).unknown;
  }
  return Error::success();
}

/// The body's outputs are `extraOutputs`, then the node's.
Error StepsFolder::checkBody(size_t numInputs, size_t extraOutputs) {
  const Attribute *body = node.getAttribute("body");
  if (!body)
    return context.fail("attribute 'body': expected a graph, found none");
  graph = body->graph.get();
  inputs = getOwnInputs(*graph);
  size_t outputs = node.outputs.size() + extraOutputs;
  if (inputs.size() == numInputs && graph->outputs.size() == outputs)
    return Error::success();
  return context.fail("attribute 'body': expected a graph of " +
                      Twine(numInputs) + " inputs and " + Twine(outputs) +
                      " outputs, found " + Twine(inputs.size()) + " and " +
                      Twine(graph->outputs.size()));
}

/// What the body says of an input must not contradict what it is given.
Error StepsFolder::checkDeclared(const ValueInfo &declared,
                                 const Value &value) {
  if (!declared.notTensor.empty())
    return context.refuse("input '" + declared.name + "' of its body is a " +
                          declared.notTensor + "; only tensors are supported");
  bool fits =
      declared.type == ElementType::Undefined || declared.type == value.type;
  if (declared.hasShape) {
    fits &= declared.shape.size() == value.shape.size();
    for (auto [x, y] : llvm::zip(declared.shape, value.shape))
      fits &= !x.isConstant() || !y.isConstant() || x == y;
  }
  if (fits)
    return Error::success();
  return context.fail("attribute 'body': input '" + declared.name +
                      "': expected " + toString(value.type) + " " +
                      toString(value.shape) + ", found " +
                      toString(declared.type) + " " + toString(declared.shape));
}

Error StepsFolder::addBodyInput(Value value) {
  const ValueInfo &declared = *inputs[getBody().inputs.size()];
  if (!value.unknown)
    if (Error error = checkDeclared(declared, value))
      return error;
  value.name = declared.name;
  getBody().inputs.push_back(folder.addValue(std::move(value)));
  return Error::success();
}

/// Operand `i` is a state.
Error StepsFolder::addState(size_t i) {
  const Value &initial = getOperand(i);
  Value value;
  value.unknown = initial.unknown;
  value.type = initial.type;
  value.shape = initial.shape;
  if (steps.isBatched && !initial.unknown) {
    if (Error error = joinBatch(initial))
      return error;
    value.shape.erase(value.shape.begin());
  }
  return addBodyInput(std::move(value));
}

Error StepsFolder::checkStates(bool isScan) {
  size_t first = getBody().inputs.size() - steps.states - steps.read.size();
  for (size_t i = 0; i < steps.states; ++i) {
    const Value &before = folder.getValue(getBody().inputs[first + i]);
    const Value &after = folder.getValue(getBody().outputs[i]);
    if (before.type == after.type && before.shape == after.shape)
      continue;
    std::string message = "attribute 'body': state '" + before.name +
                          "' goes from " + toString(before.type) + " " +
                          toString(before.shape) + " to " +
                          toString(after.type) + " " + toString(after.shape);
    if (isScan || before.type != after.type)
      return context.fail(message);
    return context.refuse(message + "; only states of one shape are supported");
  }
  return Error::success();
}

/// The last states, then what the steps have written.
Error StepsFolder::addResults(bool isScan) {
  unknown |= llvm::any_of(getBody().outputs,
                          [&](int id) { return folder.getValue(id).unknown; });
  if (unknown) {
    folder.addUnknownResults(node, names);
    return Error::success();
  }
  if (Error error = checkStates(isScan))
    return error;
  std::vector<Value> results;
  for (auto [i, name] : llvm::enumerate(node.outputs)) {
    const Value &last = folder.getValue(getBody().outputs[i]);
    Value &value = results.emplace_back();
    value.name = name;
    value.type = last.type;
    value.shape = last.shape;
    if (i >= steps.states) {
      Steps::Sequence &sequence = steps.written[i - steps.states];
      if (Error error = readAxes("scan_output_axes", i - steps.states,
                                 value.shape.size() + 1, sequence))
        return error;
      value.shape.insert(value.shape.begin() + sequence.axis, steps.count);
    }
    if (steps.isBatched) {
      value.shape.insert(value.shape.begin(), *batch);
      if (i >= steps.states)
        ++steps.written[i - steps.states].axis;
    }
    if (Error error = folder.checkValue(node, value))
      return error;
  }
  for (auto [name, value] : llvm::zip_equal(node.outputs, results)) {
    folded.outputs.push_back(name.empty() ? -1
                                          : folder.addValue(std::move(value)));
    if (!name.empty())
      names.values[name] = folded.outputs.back();
  }
  folder.addNode(std::move(folded));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

/// One number, 0 or 1, for each sequence.
Error StepsFolder::readFlags(llvm::StringRef attribute,
                             llvm::MutableArrayRef<Steps::Sequence> sequences) {
  auto flags = context.getInts(attribute);
  if (!flags)
    return Error::success();
  if (flags->size() != sequences.size() ||
      llvm::any_of(*flags, [](int64_t flag) { return flag != 0 && flag != 1; }))
    return context.fail("attribute '" + attribute + "': expected " +
                        Twine(sequences.size()) +
                        " numbers of 0 and 1, found " + toString(*flags));
  for (auto [sequence, flag] : llvm::zip_equal(sequences, *flags))
    sequence.backwards = flag == 1;
  return Error::success();
}

/// The axis of time of sequence `i`, of rank `rank`.
Error StepsFolder::readAxes(llvm::StringRef attribute, size_t i, size_t rank,
                            Steps::Sequence &sequence) {
  auto axes = context.getInts(attribute);
  if (!axes)
    return Error::success();
  bool reads = attribute == "scan_input_axes";
  size_t count = reads ? steps.read.size() : steps.written.size();
  if (axes->size() != count)
    return context.fail("attribute '" + attribute + "': expected " +
                        Twine(count) + " axes, found " + Twine(axes->size()));
  int64_t axis = (*axes)[i], size = int64_t(rank);
  if (axis < -size || axis >= size)
    return context.fail("attribute '" + attribute +
                        "': expected an axis of a tensor of rank " +
                        Twine(size) + ", found " + Twine(axis));
  sequence.axis = axis < 0 ? axis + size : axis;
  return Error::success();
}

Error StepsFolder::readScanAttributes(size_t operands) {
  static const OpInfo batched = {
      "Scan", 0, -1, -1, "body=g num_scan_inputs=i directions=is", nullptr};
  static const OpInfo plain = {
      "Scan",
      0,
      -1,
      -1,
      "body=g num_scan_inputs=i scan_input_axes=is scan_input_directions=is "
      "scan_output_axes=is scan_output_directions=is",
      nullptr};
  if (Error error = checkSignature(folder.getModel(), node,
                                   steps.isBatched ? batched : plain))
    return error;
  int64_t count = context.getInt("num_scan_inputs", 0);
  if (count < 1 || count > int64_t(operands))
    return context.fail("attribute 'num_scan_inputs': expected from 1 to " +
                        Twine(operands) + ", found " + Twine(count));
  steps.read.resize(count);
  steps.states = operands - count;
  if (node.outputs.size() < steps.states)
    return context.fail("expected at least " + Twine(steps.states) +
                        " outputs, one for each state, found " +
                        Twine(node.outputs.size()));
  steps.written.resize(node.outputs.size() - steps.states);
  if (Error error = readFlags(
          steps.isBatched ? "directions" : "scan_input_directions", steps.read))
    return error;
  return readFlags("scan_output_directions", steps.written);
}

/// All operands have one batch.
Error StepsFolder::joinBatch(const Value &value) {
  if (value.shape.empty())
    return context.fail("expected a batch in dimension 0 of '" + value.name +
                        "', found a scalar");
  if (!batch)
    batch = value.shape.front();
  return context.requireEqual(*batch, value.shape.front(),
                              "the batch of '" + value.name + "'");
}

/// Operand `i` is read slice by slice.
Error StepsFolder::addSequence(size_t i) {
  const Value &whole = getOperand(i);
  Value slice;
  slice.unknown = whole.unknown;
  slice.type = whole.type;
  slice.shape = whole.shape;
  if (whole.unknown)
    return addBodyInput(std::move(slice));
  size_t number = i - steps.states;
  Steps::Sequence &sequence = steps.read[number];
  sequence.axis = steps.isBatched ? 1 : 0;
  if (steps.isBatched)
    if (Error error = joinBatch(whole))
      return error;
  if (int64_t(whole.shape.size()) <= sequence.axis)
    return context.fail("'" + whole.name + "', which is scanned: expected at " +
                        "least " + Twine(sequence.axis + 1) +
                        " dimensions, found the shape " +
                        toString(whole.shape));
  if (Error error =
          readAxes("scan_input_axes", number, whole.shape.size(), sequence))
    return error;
  const Dim &extent = whole.shape[sequence.axis];
  if (!count)
    count = steps.count = extent;
  if (Error error =
          context.requireEqual(steps.count, extent, "the number of steps"))
    return error;
  slice.shape.erase(slice.shape.begin() + sequence.axis);
  if (steps.isBatched)
    slice.shape.erase(slice.shape.begin());
  return addBodyInput(std::move(slice));
}

/// The number of steps of every member of the batch.
Error StepsFolder::addLengths(const std::string &name) {
  int id = names.lookup(name);
  const Value &lengths = folder.getValue(id);
  unknown |= lengths.unknown;
  if (unknown)
    return Error::success();
  if (lengths.type != ElementType::I64 || lengths.shape.size() != 1)
    return context.fail("expected lengths of i64 in one dimension, found " +
                        toString(lengths.type) + " " + toString(lengths.shape));
  if (Error error = context.requireEqual(*batch, lengths.shape.front(),
                                         "the number of lengths"))
    return error;
  folded.inputs.push_back(id);
  steps.hasLengths = true;
  return Error::success();
}

Error StepsFolder::foldScan() {
  steps.isBatched = folder.getModel().opset < 9;
  size_t first = steps.isBatched ? 1 : 0;
  if (node.inputs.size() <= first)
    return context.fail("expected at least " + Twine(first + 1) +
                        " inputs, found " + Twine(node.inputs.size()));
  size_t operands = node.inputs.size() - first;
  if (Error error = readScanAttributes(operands))
    return error;
  if (Error error = takeOperands(first, operands))
    return error;
  if (Error error = checkBody(operands, 0))
    return error;
  for (size_t i = 0; i < operands; ++i)
    if (Error error = i < steps.states ? addState(i) : addSequence(i))
      return error;
  if (first && !node.inputs.front().empty())
    if (Error error = addLengths(node.inputs.front()))
      return error;
  if (Error error = folder.foldBody(*graph, names, getBody()))
    return error;
  return addResults(/*isScan=*/true);
}

Error Folder::foldScan(const Node &node, Names &names) {
  return StepsFolder(*this, node, names).foldScan();
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

Error StepsFolder::readTripCount(size_t operands) {
  static const OpInfo info = {"Loop", 0, -1, -1, "body=g", nullptr};
  if (Error error = checkSignature(folder.getModel(), node, info))
    return error;
  if (operands < 2)
    return context.fail("expected at least 2 inputs, found " + Twine(operands));
  steps.states = operands - 2;
  if (node.outputs.size() < steps.states)
    return context.fail("expected at least " + Twine(steps.states) +
                        " outputs, one for each state, found " +
                        Twine(node.outputs.size()));
  steps.written.resize(node.outputs.size() - steps.states);
  if (node.inputs[0].empty()) {
    steps.isOpen = true;
    return refuseWritten("it has no number of steps (input 0)");
  }
  limit = names.lookup(node.inputs[0]);
  const Value &count = folder.getValue(limit);
  if (count.unknown) {
    unknown = true;
    return Error::success();
  }
  if (count.type != ElementType::I64 || count.shape.size() > 1)
    return context.fail("expected one i64 as the number of steps (input 0), "
                        "found " +
                        toString(count.type) + " " + toString(count.shape));
  if (!count.known || count.known->ints.size() != 1) {
    steps.isOpen = true;
    return refuseWritten("its number of steps '" + count.name +
                         "' is not known when compiling");
  }
  auto least = context.require(max(count.known->ints.front(), Dim(0)));
  if (!least)
    return least.takeError();
  steps.count = *least;
  return Error::success();
}

/// Outputs have extents that are known before anything runs.
Error StepsFolder::refuseWritten(const llvm::Twine &reason) {
  if (steps.written.empty())
    return Error::success();
  return context.refuse(reason + ", nor are then the extents of what it writes "
                                 "in every step");
}

/// More steps than this nobody waits for: a Loop that may end earlier is not
/// run to such an end.
static constexpr int64_t mostSteps = int64_t(1) << 31;

/// A condition that is not known when compiling ends a Loop early: the others
/// of its steps do nothing.
Error StepsFolder::endByData(const std::string &condition) {
  if (Error error = refuseWritten("its condition '" + condition +
                                  "' is not known when compiling"))
    return error;
  steps.isConditional = true;
  std::optional<int64_t> count = steps.count.getConstant();
  steps.isOpen |= count && *count >= mostSteps;
  return Error::success();
}

/// The condition before the first step. Within a step it is true.
Error StepsFolder::readCondition(Value &within) {
  within.type = ElementType::Bool;
  auto elements = std::make_shared<Elements>();
  elements->ints = {Dim(1)};
  within.known = elements;
  if (node.inputs[1].empty()) {
    condition = folder.addValue(Value(within));
    return Error::success();
  }
  condition = names.lookup(node.inputs[1]);
  const Value &given = folder.getValue(condition);
  if (given.unknown) {
    unknown = true;
    return Error::success();
  }
  if (given.type != ElementType::Bool || given.shape.size() > 1)
    return context.fail("expected one boolean as the condition (input 1), "
                        "found " +
                        toString(given.type) + " " + toString(given.shape));
  if (!given.known || given.known->ints.size() != 1)
    return endByData(given.name);
  if (given.known->ints.front().isConstant(0)) {
    steps.isOpen = false;
    steps.count = Dim(0);
  }
  return Error::success();
}

/// The condition after a step.
Error StepsFolder::checkCondition(int after) {
  const Value &value = folder.getValue(after);
  if (value.unknown) {
    unknown = true;
    return Error::success();
  }
  if (value.type != ElementType::Bool || value.shape.size() > 1)
    return context.fail("attribute 'body': expected one boolean as output 0, "
                        "the condition, found " +
                        toString(value.type) + " " + toString(value.shape));
  if (!value.known || value.known->ints.size() != 1)
    return endByData(value.name);
  if (steps.isOpen) {
    // The number of steps alone ends it, then.
    steps.isConditional = true;
    if (limit < 0 && value.known->ints.front().isConstant(1))
      return context.fail("it never ends: expected a number of steps (input 0) "
                          "or a condition (output 0 of the body) that is not "
                          "always true, found neither");
    return Error::success();
  }
  if (!value.known->ints.front().isConstant(0))
    return Error::success();
  // The first step is the last one.
  auto once = context.require(min(steps.count, Dim(1)));
  if (!once)
    return once.takeError();
  steps.count = *once;
  return Error::success();
}

/// What the number of an open Loop's step stays below.
static constexpr int64_t lastOpenStep = int64_t(1) << 62;

Error StepsFolder::foldLoop() {
  size_t operands = node.inputs.size();
  if (Error error = readTripCount(operands))
    return error;
  if (Error error = takeOperands(2, steps.states))
    return error;
  if (Error error = checkBody(operands, 1))
    return error;
  Value within, number;
  if (Error error = readCondition(within))
    return error;
  steps.number = folder.makeStepName();
  number.type = ElementType::I64;
  auto last =
      context.require(steps.isOpen                ? Dim(lastOpenStep)
                      : steps.count.isConstant(0) ? Dim(0)
                                                  : sub(steps.count, Dim(1)));
  if (!last)
    return last.takeError();
  auto elements = std::make_shared<Elements>();
  elements->ints = {Dim::getStep(steps.number, *last)};
  number.known = elements;
  // Either is a scalar or, as older models have it, a list of one.
  if (inputs[0]->hasShape && inputs[0]->shape.size() == 1)
    number.shape = {Dim(1)};
  if (inputs[1]->hasShape && inputs[1]->shape.size() == 1)
    within.shape = {Dim(1)};
  if (Error error = addBodyInput(std::move(number)))
    return error;
  if (Error error = addBodyInput(std::move(within)))
    return error;
  for (size_t i = 0; i < steps.states; ++i)
    if (Error error = addState(i))
      return error;
  if (Error error = folder.foldBody(*graph, names, getBody()))
    return error;
  FoldedBody &body = getBody();
  if (Error error = checkCondition(body.outputs.front()))
    return error;
  // The condition goes behind the states.
  std::rotate(body.outputs.begin(), body.outputs.begin() + 1,
              body.outputs.end());
  if (steps.isConditional)
    folded.inputs.push_back(condition);
  else
    body.outputs.pop_back();
  steps.hasLimit = steps.isOpen && limit >= 0;
  if (steps.hasLimit)
    folded.inputs.push_back(limit);
  body.inputs.erase(body.inputs.begin(), body.inputs.begin() + 2);
  return addResults(/*isScan=*/false);
}

Error Folder::foldLoop(const Node &node, Names &names) {
  return StepsFolder(*this, node, names).foldLoop();
}

} // namespace seqc::onnx
