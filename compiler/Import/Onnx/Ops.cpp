//===- Ops.cpp - Look-up and checks common to all operators ---------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;

char UnsupportedError::ID = 0;

const OpInfo *lookupOp(llvm::StringRef name) {
  static const llvm::StringMap<const OpInfo *> table = [] {
    llvm::StringMap<const OpInfo *> rows;
    for (llvm::ArrayRef<OpInfo> group :
         {getElementwiseOps(), getShapeOps(), getViewOps(), getLinearOps(),
          getRecurrentOps(), getReduceOps(), getIndexedOps(), getStatefulOps(),
          getResizeOps()})
      for (const OpInfo &info : group)
        rows[info.name] = &info;
    return rows;
  }();
  return table.lookup(name);
}

bool isElementOp(llvm::StringRef name) {
  for (llvm::ArrayRef<OpInfo> group :
       {getElementwiseOps(), getShapeOps(), getViewOps()})
    for (const OpInfo &info : group)
      if (name == info.name)
        return true;
  return false;
}

Error checkOperand(const OpContext &context, const ExpectedOperand &expected) {
  const Value *value = context.getInput(expected.input);
  if (!value)
    return Error::success();
  if (value->type != expected.type ||
      value->shape.size() != expected.shape.size())
    return context.fail("expected " + Twine(expected.what) + " (input " +
                        Twine(expected.input) + ") of " +
                        toString(expected.type) + " " +
                        toString(expected.shape) + ", found " +
                        toString(value->type) + " " + toString(value->shape));
  for (auto [i, dim] : llvm::enumerate(expected.shape))
    if (Error error = context.requireEqual(value->shape[i], dim,
                                           "dimension " + Twine(i) + " of " +
                                               expected.what))
      return error;
  return Error::success();
}

static llvm::StringRef spell(Attribute::Kind kind) {
  static const char *const spellings[] = {"i",  "f", "s", "is",   "fs",
                                          "ss", "t", "g", "other"};
  return spellings[int(kind)];
}

/// "an integer" for "i".
static llvm::StringRef describeKind(llvm::StringRef kind) {
  return llvm::StringSwitch<llvm::StringRef>(kind)
      .Case("i", "an integer")
      .Case("f", "a float")
      .Case("s", "a string")
      .Case("is", "integers")
      .Case("fs", "floats")
      .Case("ss", "strings")
      .Case("t", "a tensor")
      .Case("g", "a graph")
      .Default("another kind");
}

static Error checkCounts(const Model &model, const Node &node,
                         const OpInfo &info) {
  int given = int(node.inputs.size());
  if (given < info.minInputs || (info.maxInputs >= 0 && given > info.maxInputs))
    return makeError(
        model, node,
        "expected " +
            (info.maxInputs < 0 ? "at least " + Twine(info.minInputs)
             : info.minInputs == info.maxInputs
                 ? Twine(info.minInputs)
                 : Twine(info.minInputs) + " to " + Twine(info.maxInputs)) +
            " inputs, found " + Twine(given));
  for (int i = 0; i < info.minInputs; ++i)
    if (node.inputs[i].empty())
      return makeError(model, node, "input " + Twine(i) + " is absent");
  int results = int(node.outputs.size());
  if (results == 0 || (info.maxOutputs >= 0 && results > info.maxOutputs))
    return makeError(model, node,
                     "expected 1 to " + Twine(info.maxOutputs) +
                         " outputs, found " + Twine(results));
  return Error::success();
}

Error checkSignature(const Model &model, const Node &node, const OpInfo &info) {
  if (Error error = checkCounts(model, node, info))
    return error;
  llvm::SmallVector<llvm::StringRef> specs;
  llvm::StringRef(info.attributes).split(specs, ' ', -1, /*KeepEmpty=*/false);
  for (const Attribute &attribute : node.attributes) {
    auto spec = llvm::find_if(specs, [&](llvm::StringRef spec) {
      return spec.split('=').first == attribute.name;
    });
    if (spec == specs.end())
      return llvm::make_error<UnsupportedError>("attribute '" + attribute.name +
                                                "' is not known");
    llvm::StringRef expected = spec->split('=').second;
    llvm::StringRef found = spell(attribute.kind);
    // An empty list has no kind of its own in files of the first IR version.
    bool emptyList = attribute.kind == Attribute::Kind::Ints &&
                     attribute.ints.empty() && expected.size() == 2;
    if (found != expected && !emptyList)
      return makeError(model, node,
                       "attribute '" + attribute.name + "': expected " +
                           describeKind(expected) + ", found " +
                           describeKind(found));
  }
  return Error::success();
}

int64_t OpContext::getInt(llvm::StringRef name, int64_t otherwise) const {
  const Attribute *attribute = node.getAttribute(name);
  return attribute ? attribute->i : otherwise;
}

double OpContext::getFloat(llvm::StringRef name, double otherwise) const {
  const Attribute *attribute = node.getAttribute(name);
  return attribute ? attribute->f : otherwise;
}

llvm::StringRef OpContext::getString(llvm::StringRef name,
                                     llvm::StringRef otherwise) const {
  const Attribute *attribute = node.getAttribute(name);
  return attribute ? llvm::StringRef(attribute->s) : otherwise;
}

std::optional<llvm::ArrayRef<int64_t>>
OpContext::getInts(llvm::StringRef name) const {
  if (const Attribute *attribute = node.getAttribute(name))
    return llvm::ArrayRef<int64_t>(attribute->ints);
  return std::nullopt;
}

WeightRef OpContext::getTensor(llvm::StringRef name) const {
  const Attribute *attribute = node.getAttribute(name);
  return attribute ? attribute->tensor : nullptr;
}

Error OpContext::fail(const Twine &message) const {
  return makeError(model, node, message);
}

Error OpContext::refuse(const Twine &reason) const {
  return llvm::make_error<UnsupportedError>(reason.str());
}

Expected<Shape> OpContext::getKnownDims(unsigned i,
                                        llvm::StringRef what) const {
  const Value *value = getInput(i);
  if (!value)
    return fail("the " + what + " (input " + Twine(i) + ") is absent");
  if (!isInteger(value->type))
    return fail("expected integers as the " + what + ", found " +
                toString(value->type));
  if (value->shape.size() > 1)
    return fail("expected a list as the " + what + ", found the shape " +
                toString(value->shape));
  if (!value->known)
    return refuse("the " + what + " '" + value->name +
                  "' is not known when compiling");
  return Shape(value->known->ints.begin(), value->known->ints.end());
}

Expected<std::vector<int64_t>>
OpContext::getKnownInts(unsigned i, llvm::StringRef what) const {
  auto dims = getKnownDims(i, what);
  if (!dims)
    return dims.takeError();
  std::vector<int64_t> numbers;
  for (const Dim &dim : *dims) {
    if (!dim.isConstant())
      return refuse("the " + what + " depends on " + dim.str() +
                    ", which --shape can fix");
    numbers.push_back(dim.getOffset());
  }
  return numbers;
}

Expected<std::optional<std::vector<int64_t>>>
OpContext::getIntsOrInput(llvm::StringRef name, unsigned i) const {
  std::optional<std::vector<int64_t>> numbers;
  if (auto attribute = getInts(name)) {
    numbers = attribute->vec();
    return numbers;
  }
  if (!getInput(i))
    return numbers;
  auto known = getKnownInts(i, name);
  if (!known)
    return known.takeError();
  numbers = std::move(*known);
  return numbers;
}

Expected<int64_t> OpContext::getAxis(int64_t axis, size_t rank) const {
  int64_t size = int64_t(rank);
  if (axis < -size || axis >= size)
    return fail("expected an axis of a tensor of rank " + Twine(size) +
                ", found " + Twine(axis));
  return axis < 0 ? axis + size : axis;
}

Expected<llvm::SmallVector<int64_t, 4>>
OpContext::getAxes(llvm::ArrayRef<int64_t> axes, size_t rank) const {
  llvm::SmallVector<int64_t, 4> result;
  for (int64_t axis : axes) {
    auto one = getAxis(axis, rank);
    if (!one)
      return one.takeError();
    if (llvm::is_contained(result, *one))
      return fail("axis " + Twine(axis) + " is given twice");
    result.push_back(*one);
  }
  return result;
}

Error OpContext::requireEqual(const Dim &lhs, const Dim &rhs,
                              const Twine &what) const {
  std::optional<bool> equal = isEqual(lhs, rhs);
  if (!equal)
    return refuse(what + ": " + lhs.str() + " and " + rhs.str() +
                  " may differ; --shape can give them one name or a number");
  if (!*equal)
    return fail(what + ": " + lhs.str() + " and " + rhs.str() + " differ");
  return Error::success();
}

/// Whether `dim` is min(`of`, n) with a number n: so many rows of a table of n.
static bool isCutOff(const Dim &dim, const Dim &of) {
  if (dim.getOffset() != 0 || dim.getTerms().size() != 1 ||
      dim.getTerms()[0].factor != 1)
    return false;
  const Dim::Symbol &symbol = *dim.getTerms()[0].symbol;
  auto isNumber = [](const Dim &number) {
    return number.isConstant() && number.getOffset() > 1;
  };
  return symbol.op == Dim::Symbol::Min &&
         ((symbol.lhs == of && isNumber(symbol.rhs)) ||
          (symbol.rhs == of && isNumber(symbol.lhs)));
}

Expected<Shape> OpContext::broadcast(llvm::ArrayRef<Dim> lhs,
                                     llvm::ArrayRef<Dim> rhs) const {
  if (lhs.size() < rhs.size())
    std::swap(lhs, rhs);
  Shape result(lhs.begin(), lhs.end());
  size_t leading = lhs.size() - rhs.size();
  for (auto [i, dim] : llvm::enumerate(rhs)) {
    Dim &merged = result[leading + i];
    if (dim.isConstant(1))
      continue;
    // A table that is too short is what the compiled model asks about.
    if (merged.isConstant(1) || (!isInBody && isCutOff(merged, dim))) {
      merged = dim;
      continue;
    }
    if (!isInBody && isCutOff(dim, merged))
      continue;
    if (Error error = requireEqual(merged, dim,
                                   "broadcast of " + toString(lhs) + " and " +
                                       toString(rhs)))
      return error;
  }
  return result;
}

Expected<Dim> OpContext::require(std::optional<Dim> dim) const {
  if (dim)
    return *dim;
  return refuse("an extent of the result overflows or is too long an "
                "expression of the dynamic extents");
}

Value &OpContext::setResult(unsigned i, ElementType type, Shape shape) {
  results[i].type = type;
  results[i].shape = std::move(shape);
  return results[i];
}

Error OpContext::setAlias(unsigned i, unsigned input) {
  aliases[i] = int(input);
  return Error::success();
}

} // namespace seqc::onnx
