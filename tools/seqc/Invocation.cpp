//===- Invocation.cpp - one use of a model, from arrays to arrays ---------===//

#include "tools/seqc/Invocation.h"
#include "tools/seqc/ExitCodes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/TimeProfiler.h"

#include <chrono>
#include <cstring>

using namespace seqc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

Invocation::Invocation(const LoadedModel &model)
    : model(model), dims(model), feeds(model.getInputs().size()),
      initialStates(model.getStates().size()) {}

static void appendNames(std::string &text, StringRef kind,
                        ArrayRef<seqc_tensor_desc> tensors) {
  if (tensors.empty())
    return;
  text += (text.empty() ? "" : "; ") + kind.str();
  for (auto [i, desc] : llvm::enumerate(tensors))
    text += (i ? ", " : " ") + std::string(desc.name);
}

std::string Invocation::describeNames(bool withOutputs) const {
  std::string text;
  if (withOutputs)
    appendNames(text, "outputs", model.getOutputs());
  else
    appendNames(text, "inputs", model.getInputs());
  appendNames(text, "states", model.getStates());
  return text;
}

//===----------------------------------------------------------------------===//
// Giving
//===----------------------------------------------------------------------===//

/// What is wrong with an array that was read from a file begins with its path.
static Error inFileOf(const Array &array, Error error) {
  if (array.path.empty())
    return error;
  return llvm::handleErrors(
      std::move(error), [&](const llvm::ErrorInfoBase &info) -> Error {
        return makeError("%s: %s", array.path.c_str(), info.message().c_str());
      });
}

/// .npy has no bf16, so f32 stands for it; all other types must be equal.
static Error matchType(const seqc_tensor_desc &desc, Array &array,
                       const std::string &who) {
  if (desc.type == SEQC_BF16 && array.type == SEQC_F32) {
    Expected<Array> rounded = convertArray(array, SEQC_BF16);
    if (!rounded)
      return rounded.takeError();
    rounded->path = array.path;
    array = std::move(*rounded);
  }
  if (array.type != desc.type)
    return makeError("%s: required elements of type %s, found %s", who.c_str(),
                     getTypeName(desc.type).str().c_str(),
                     getTypeName(array.type).str().c_str());
  return Error::success();
}

Error Invocation::give(StringRef name, Array array, bool streamed) {
  std::optional<size_t> index = findTensor(model.getInputs(), name);
  if (!index && !streamed && model.findState(name))
    return giveState(name, std::move(array));
  if (!index)
    return makeError("required a name of model '%s' (%s), found '%s'",
                     model.getTable().name, describeNames(false).c_str(),
                     name.str().c_str());
  std::string who = "input '" + name.str() + "'";
  if (feeds[*index].isGiven)
    return makeError("%s: required one value, found two", who.c_str());
  if (Error error = matchType(model.getInputs()[*index], array, who))
    return inFileOf(array, std::move(error));
  feeds[*index] = {std::move(array), /*isGiven=*/true, streamed};
  streams |= streamed;
  return Error::success();
}

Error Invocation::giveState(StringRef name, Array array) {
  std::optional<size_t> index = model.findState(name);
  if (!index)
    return makeError("required a state of model '%s' (%s), found '%s'",
                     model.getTable().name, describeNames(false).c_str(),
                     name.str().c_str());
  std::string who = "state '" + name.str() + "'";
  if (initialStates[*index])
    return makeError("%s: required one value, found two", who.c_str());
  if (Error error = matchType(model.getStates()[*index], array, who))
    return inFileOf(array, std::move(error));
  initialStates[*index] = std::move(array);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

Error Invocation::setSteps(int64_t count, const std::string &who) {
  if (!hasSteps) {
    hasSteps = true;
    steps = count;
    stepsOrigin = who;
  }
  if (steps != count)
    return makeError("%s: required %lld steps, as %s has, found %lld",
                     who.c_str(), (long long)steps, stepsOrigin.c_str(),
                     (long long)count);
  return Error::success();
}

Error Invocation::checkInput(size_t index) {
  const seqc_tensor_desc &desc = model.getInputs()[index];
  Feed &feed = feeds[index];
  std::string who = "input '" + std::string(desc.name) + "'";
  if (!feed.isGiven)
    return makeError("%s: required a value (%s), found none", who.c_str(),
                     describeTensor(desc).c_str());
  ArrayRef<int64_t> shape = feed.array.shape;
  size_t rank = size_t(desc.rank);
  bool mayHaveRows = feed.hasRows || !model.getStates().empty();
  bool hasRows = shape.size() == rank + 1 && mayHaveRows;
  if (!hasRows && (feed.hasRows || shape.size() != rank)) {
    std::string required = describeTensor(desc);
    if (feed.hasRows)
      required = "STEPSx" + required;
    else if (mayHaveRows)
      required += " or STEPSx" + required;
    return makeError("%s: required %s, found %s", who.c_str(), required.c_str(),
                     describeType(desc.type, shape).c_str());
  }
  feed.hasRows = hasRows;
  if (!hasRows)
    return dims.match(desc, shape, who);
  Error error = setSteps(shape.front(), who);
  return llvm::joinErrors(std::move(error),
                          dims.match(desc, shape.drop_front(), who));
}

Error Invocation::checkState(size_t index) {
  const seqc_tensor_desc &desc = model.getStates()[index];
  return dims.match(desc, initialStates[index]->shape,
                    "state '" + std::string(desc.name) + "'");
}

/// One run over all steps takes a row for each, so an input that is the same
/// for all of them is repeated.
Error Invocation::spreadOverSteps(Feed &feed) {
  llvm::SmallVector<int64_t> shape = {steps};
  shape.append(feed.array.shape.begin(), feed.array.shape.end());
  Expected<Array> rows = makeArray(feed.array.type, shape);
  if (!rows)
    return rows.takeError();
  size_t rowBytes = feed.array.data.size();
  for (int64_t row = 0; row < steps; ++row)
    std::memcpy(rows->data.data() + row * rowBytes, feed.array.data.data(),
                rowBytes);
  feed.array = std::move(*rows);
  feed.hasRows = true;
  return Error::success();
}

Error Invocation::makeInitialState() {
  for (StateHandle *handle : {&initialState, &state}) {
    Expected<StateHandle> made = model.makeState(dimValues);
    if (!made)
      return made.takeError();
    *handle = std::move(*made);
  }
  if (!stateFile.empty()) {
    seqc_state *loaded = nullptr;
    int status =
        seqc_state_load(model.getPackage(), stateFile.c_str(), &loaded);
    StateHandle owner(loaded);
    // Refuses a state of other dimensions.
    if (status == SEQC_OK)
      status = seqc_state_copy(initialState.get(), loaded);
    if (status != SEQC_OK)
      return makeRuntimeError(status);
  }
  for (auto [i, array] : llvm::enumerate(initialStates))
    if (array)
      std::memcpy(seqc_state_tensor(initialState.get(), int32_t(i), nullptr),
                  array->data.data(), array->data.size());
  return Error::success();
}

Error Invocation::makeSession(int threads, bool onGpu) {
  if (onGpu) {
    Expected<VulkanHandle> made = model.makeVulkanSession(dimValues);
    if (!made)
      return made.takeError();
    vulkanSession = std::move(*made);
    return Error::success();
  }
  Expected<SessionHandle> made = model.makeSession(dimValues, threads);
  if (!made)
    return made.takeError();
  session = std::move(*made);
  return Error::success();
}

Error Invocation::prepare(int threads, bool onGpu) {
  Error errors = Error::success();
  for (size_t i = 0; i < feeds.size(); ++i)
    errors = llvm::joinErrors(std::move(errors),
                              inFileOf(feeds[i].array, checkInput(i)));
  for (size_t i = 0; i < initialStates.size(); ++i)
    if (initialStates[i])
      errors = llvm::joinErrors(std::move(errors),
                                inFileOf(*initialStates[i], checkState(i)));
  if (errors)
    return errors;
  auto values = dims.finish();
  if (!values)
    return values.takeError();
  dimValues = std::move(*values);
  if (hasSteps && !streams)
    for (Feed &feed : feeds)
      if (!feed.hasRows)
        if (Error error = spreadOverSteps(feed))
          return error;
  for (const seqc_tensor_desc &desc : model.getOutputs()) {
    llvm::SmallVector<int64_t> shape = resolveShape(desc, dimValues);
    if (hasSteps)
      shape.insert(shape.begin(), steps);
    Expected<Array> output = makeArray(desc.type, shape);
    if (!output)
      return makeError("output '%s': %s", desc.name,
                       llvm::toString(output.takeError()).c_str());
    outputs.push_back(std::move(*output));
  }
  if (Error error = makeSession(threads, onGpu))
    return error;
  if (!model.getStates().empty())
    return makeInitialState();
  if (!stateFile.empty())
    return makeError("--state-in: required a model with states, found '%s' "
                     "without any",
                     model.getTable().name);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

int Invocation::runSession(int64_t count, llvm::ArrayRef<const void *> inputs,
                           llvm::ArrayRef<void *> outputs) {
  llvm::TimeTraceScope trace("run",
                             [&] { return std::to_string(count) + " steps"; });
  auto numInputs = int32_t(inputs.size()), numOutputs = int32_t(outputs.size());
  if (vulkanSession)
    return seqc_vulkan_session_run(vulkanSession.get(), count, inputs.data(),
                                   numInputs, state.get(), outputs.data(),
                                   numOutputs);
  return seqc_session_run(session.get(), count, inputs.data(), numInputs,
                          state.get(), outputs.data(), numOutputs);
}

Expected<double> Invocation::run() {
  if (state)
    if (int status = seqc_state_copy(state.get(), initialState.get()))
      return makeRuntimeError(status);
  llvm::SmallVector<const void *> inputPointers;
  llvm::SmallVector<size_t> inputStrides;
  for (const Feed &feed : feeds) {
    inputPointers.push_back(feed.array.data.data());
    inputStrides.push_back(
        feed.hasRows && steps > 0 ? feed.array.data.size() / steps : 0);
  }
  llvm::SmallVector<void *> outputPointers;
  for (Array &output : outputs)
    outputPointers.push_back(output.data.data());
  int64_t runs = streams ? steps : 1;
  auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < runs; ++i) {
    int status = runSession(streams ? 1 : steps, inputPointers, outputPointers);
    if (status != SEQC_OK)
      return makeRuntimeError(status);
    for (auto [pointer, stride] : llvm::zip(inputPointers, inputStrides))
      pointer = static_cast<const char *>(pointer) + stride;
    for (auto [pointer, output] : llvm::zip(outputPointers, outputs))
      pointer = static_cast<char *>(pointer) + output.data.size() / runs;
  }
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - begin;
  return elapsed.count();
}

//===----------------------------------------------------------------------===//
// Taking
//===----------------------------------------------------------------------===//

Array Invocation::getState(size_t index) const {
  const seqc_tensor_desc &desc = model.getStates()[index];
  Array array;
  array.type = desc.type;
  array.shape = resolveShape(desc, dimValues);
  size_t bytes = 0;
  const char *data = static_cast<const char *>(
      seqc_state_tensor(state.get(), int32_t(index), &bytes));
  array.data.assign(data, data + bytes);
  return array;
}

Expected<Array> Invocation::take(StringRef name) const {
  if (std::optional<size_t> index = findTensor(model.getOutputs(), name))
    return outputs[*index];
  if (std::optional<size_t> index = model.findState(name))
    return getState(*index);
  return makeError("required a name of model '%s' (%s), found '%s'",
                   model.getTable().name, describeNames(true).c_str(),
                   name.str().c_str());
}

Expected<Array> Invocation::takeState(StringRef name) const {
  if (std::optional<size_t> index = model.findState(name))
    return getState(*index);
  return makeError("required a state of model '%s' (%s), found '%s'",
                   model.getTable().name, describeNames(true).c_str(),
                   name.str().c_str());
}

Error Invocation::saveState(StringRef path) const {
  if (!state)
    return makeError("--state-out: required a model with states, found '%s' "
                     "without any",
                     model.getTable().name);
  if (int status = seqc_state_save(state.get(), path.str().c_str()))
    return makeRuntimeError(status);
  return Error::success();
}
