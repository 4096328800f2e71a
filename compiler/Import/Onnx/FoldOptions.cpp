//===- FoldOptions.cpp - Applies --shape and --const ----------------------===//

#include "compiler/Import/Onnx/FoldOptions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {

class InputMaker {
public:
  explicit InputMaker(const Model &model) : model(model) {}

  Error declare();
  Error applyShape(StringRef spec);
  Error applyConstant(StringRef spec);
  Error substitute();
  Expected<std::vector<Value>> take();

private:
  Expected<Value *> findInput(StringRef option, StringRef spec,
                              StringRef &text);
  Error applyDim(StringRef option, const Value &input, size_t axis,
                 StringRef text);
  Error fail(const Twine &message) { return makeError(model, message); }

  const Model &model;
  std::vector<Value> inputs;
  llvm::StringSet<> withoutShape;
  llvm::StringMap<Dim> replacements; // of the model's names of extents
  std::vector<std::pair<Value *, StringRef>> constants;
};

} // namespace

Error InputMaker::declare() {
  llvm::StringSet<> initializers;
  for (const Initializer &initializer : model.graph.initializers)
    initializers.insert(initializer.name);
  for (const ValueInfo &info : model.graph.inputs) {
    if (initializers.contains(info.name))
      continue;
    if (!info.notTensor.empty())
      return fail("input '" + info.name + "' is a " + info.notTensor +
                  "; only tensors are supported");
    if (!isInterfaceType(info.type))
      return fail("input '" + info.name + "' has elements of " +
                  toString(info.type) + ", which are not supported");
    Value value;
    value.name = info.name;
    value.type = info.type;
    value.shape = info.shape;
    inputs.push_back(std::move(value));
    if (!info.hasShape)
      withoutShape.insert(info.name);
  }
  return Error::success();
}

/// Splits "NAME=TEXT"; names may contain '='.
Expected<Value *> InputMaker::findInput(StringRef option, StringRef spec,
                                        StringRef &text) {
  auto [name, rest] = spec.rsplit('=');
  if (name.size() == spec.size())
    return fail(option + " " + spec + ": expected NAME=" +
                (option == "--shape" ? "DIMxDIMx..." : "VALUE"));
  text = rest;
  for (Value &input : inputs)
    if (input.name == name)
      return &input;
  std::string names =
      llvm::join(llvm::map_range(
                     inputs, [](const Value &v) { return "'" + v.name + "'"; }),
                 ", ");
  return fail(option + " " + spec + ": expected one of the inputs " + names +
              ", found '" + name + "'");
}

Error InputMaker::applyDim(StringRef option, const Value &input, size_t axis,
                           StringRef text) {
  if (text == "?")
    return Error::success();
  Dim wanted;
  int64_t number;
  if (!text.getAsInteger(10, number)) {
    if (number < 0)
      return fail(option + ": expected extents of 0 or more, found " + text);
    wanted = Dim(number);
  } else {
    bool isName =
        !text.empty() && !llvm::isDigit(text[0]) &&
        llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (!isName)
      return fail(option + ": expected a number, '?' or a name, found '" +
                  text + "'");
    wanted = Dim::getSymbol(text);
  }
  const Dim &declared = input.shape[axis];
  if (declared.isConstant()) {
    if (declared == wanted)
      return Error::success();
    return fail(option + ": dimension " + Twine(axis) + " of '" + input.name +
                "' is " + declared.str() + " in the model, found " + text);
  }
  auto [entry, isNew] = replacements.try_emplace(declared.str(), wanted);
  if (!isNew && entry->second != wanted)
    return fail(option + ": dimension '" + declared.str() + "' already is " +
                entry->second.str() + ", found " + text);
  return Error::success();
}

Error InputMaker::applyShape(StringRef spec) {
  StringRef text;
  auto input = findInput("--shape", spec, text);
  if (!input)
    return input.takeError();
  Value &value = **input;
  llvm::SmallVector<StringRef> dims;
  if (text != "scalar" && !text.empty())
    text.split(dims, 'x');
  std::string option = ("--shape " + spec).str();
  if (withoutShape.erase(value.name)) {
    for (size_t axis = 0; axis < dims.size(); ++axis)
      value.shape.push_back(
          Dim::getSymbol(value.name + "_" + std::to_string(axis)));
  }
  if (dims.size() != value.shape.size())
    return fail(option + ": expected " + Twine(value.shape.size()) +
                " dimensions as in the model's " + toString(value.shape) +
                ", found " + Twine(dims.size()));
  for (auto [axis, dim] : llvm::enumerate(dims))
    if (Error error = applyDim(option, value, axis, dim))
      return error;
  return Error::success();
}

Error InputMaker::applyConstant(StringRef spec) {
  StringRef text;
  auto input = findInput("--const", spec, text);
  if (!input)
    return input.takeError();
  constants.push_back({*input, text});
  return Error::success();
}

/// Parses a list of numbers into elements of `value`, or one for all of them.
static bool parseElements(Value &value, StringRef text, size_t count) {
  llvm::SmallVector<StringRef> items;
  text.split(items, ',');
  if (items.size() != 1 && items.size() != count)
    return false;
  auto elements = std::make_shared<Elements>();
  for (size_t i = 0; i < count; ++i) {
    StringRef item = items[items.size() == 1 ? 0 : i].trim();
    int64_t number;
    double real;
    if (isFloat(value.type)) {
      if (item.getAsDouble(real))
        return false;
      elements->floats.push_back(roundTo(value.type, real));
      continue;
    }
    if (value.type == ElementType::Bool && (item == "true" || item == "false"))
      number = item == "true";
    else if (item.getAsInteger(10, number))
      return false;
    if (!fits(value.type, number))
      return false;
    elements->ints.push_back(number);
  }
  value.known = std::move(elements);
  return true;
}

/// Replaces names of extents everywhere, then reads the constants.
Error InputMaker::substitute() {
  for (Value &input : inputs)
    for (Dim &dim : input.shape)
      if (auto found = replacements.find(dim.str());
          !dim.isConstant() && found != replacements.end())
        dim = found->second;
  for (auto [input, text] : constants) {
    auto extents = input->getStaticShape();
    std::optional<int64_t> count =
        extents ? countElements(*extents) : std::nullopt;
    if (!count || *count > maxFoldedElements)
      return fail("--const " + input->name +
                  ": expected a static shape of at "
                  "most " +
                  Twine(maxFoldedElements) + " elements, found " +
                  toString(input->shape));
    if (!parseElements(*input, text, *count))
      return fail("--const " + input->name + "=" + text + ": expected " +
                  Twine(*count) + " numbers of " + toString(input->type) +
                  ", or one for all");
  }
  return Error::success();
}

Expected<std::vector<Value>> InputMaker::take() {
  for (const Value &input : inputs)
    if (withoutShape.contains(input.name))
      return fail("input '" + input.name +
                  "' has no shape in the model; "
                  "--shape " +
                  input.name + "=... gives it one");
  return std::move(inputs);
}

Expected<std::vector<Value>> makeInputs(const Model &model,
                                        const FoldOptions &options) {
  InputMaker maker(model);
  if (Error error = maker.declare())
    return error;
  for (const std::string &spec : options.shapes)
    if (Error error = maker.applyShape(spec))
      return error;
  for (const std::string &spec : options.constants)
    if (Error error = maker.applyConstant(spec))
      return error;
  if (Error error = maker.substitute())
    return error;
  return maker.take();
}

} // namespace seqc::onnx
