//===- OpsShape.cpp - Shapes and constants --------------------------------===//
//
// Operators that make constants, read shapes and change them.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"
#include <array>
#include <cmath>
#include <numeric>

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;
using Extents = llvm::SmallVector<int64_t, 4>;

/// The elements of a float or integer tensor; null if not known or too many.
static ElementsRef makeElements(std::vector<Dim> ints) {
  auto elements = std::make_shared<Elements>();
  elements->ints = std::move(ints);
  return elements;
}

/// Reinterprets `input` in another shape of as many elements.
static void setReshaped(const Value &input, Value &result) {
  result.known = input.known;
  if (auto extents = result.getStaticShape(); extents && input.weight)
    result.weight = makeReshape(input.weight, *extents);
}

static Error inferConstant(OpContext &context) {
  const auto &attributes = context.node.attributes;
  if (attributes.size() != 1)
    return context.fail("expected one attribute, found " +
                        Twine(attributes.size()));
  const Attribute &attribute = attributes.front();
  if (attribute.tensor) {
    const Weight &weight = *attribute.tensor;
    Value &result = context.setResult(
        0, weight.type, Shape(weight.shape.begin(), weight.shape.end()));
    result.weight = attribute.tensor;
    result.known = loadElements(weight);
    return Error::success();
  }
  bool floats = attribute.kind == Attribute::Kind::Float ||
                attribute.kind == Attribute::Kind::Floats;
  bool list = attribute.kind == Attribute::Kind::Ints ||
              attribute.kind == Attribute::Kind::Floats;
  auto elements = std::make_shared<Elements>();
  if (floats)
    elements->floats = list ? attribute.floats : std::vector{attribute.f};
  else
    for (int64_t number : list ? attribute.ints : std::vector{attribute.i})
      elements->ints.push_back(number);
  Shape shape;
  if (list)
    shape.push_back(int64_t(attribute.ints.size() + attribute.floats.size()));
  context.setResult(0, floats ? ElementType::F32 : ElementType::I64, shape)
      .known = std::move(elements);
  return Error::success();
}

static Error inferShape(OpContext &context) {
  llvm::ArrayRef<Dim> shape = context.getInput(0)->shape;
  int64_t rank = int64_t(shape.size());
  auto clamp = [&](int64_t i) {
    return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  int64_t start = clamp(context.getInt("start", 0));
  int64_t end = std::max(start, clamp(context.getInt("end", rank)));
  shape = shape.slice(start, end - start);
  context.setResult(0, ElementType::I64, {Dim(end - start)}).known =
      makeElements(shape.vec());
  return Error::success();
}

static Error inferSize(OpContext &context) {
  std::optional<Dim> size = Dim(1);
  for (const Dim &dim : context.getInput(0)->shape)
    size = size ? mul(*size, dim) : std::nullopt;
  Value &result = context.setResult(0, ElementType::I64, {});
  if (!size)
    return context.require(size).takeError();
  result.known = makeElements({*size});
  return Error::success();
}

static Error inferConstantOfShape(OpContext &context) {
  auto shape = context.getKnownDims(0, "shape");
  if (!shape)
    return shape.takeError();
  for (const Dim &dim : *shape)
    if (isLess(dim, Dim(0)).value_or(false))
      return context.fail("a dimension is negative: " + dim.str());
  WeightRef element = context.getTensor("value");
  if (!element)
    element = makeBytesWeight(std::string(4, '\0'), ElementType::F32, {1}, "");
  if (element->getNumElements() != 1)
    return context.fail("expected a value of one element, found " +
                        Twine(element->getNumElements()));
  Value &result = context.setResult(0, element->type, *shape);
  auto extents = result.getStaticShape();
  if (!extents)
    return Error::success();
  // The limit keeps a few bytes of model from asking for terabytes of zeros.
  std::optional<int64_t> count = countElements(*extents);
  if (!count || *count > INT32_MAX)
    return context.refuse("a constant of the shape " + toString(*shape) +
                          " is too large");
  result.weight = makeSplatWeight(element->read(), element->type, *extents);
  result.known = loadElements(*result.weight);
  return Error::success();
}

/// From bounds[0] to before bounds[1] by bounds[2]: bounds that are extents
/// give a range of dynamic length; the step is a constant.
static Error inferWholeRange(OpContext &context, std::array<Dim, 3> bounds) {
  ElementType type = context.getInput(0)->type;
  auto delta = bounds[2].getConstant();
  if (!delta || *delta == INT64_MIN)
    return context.refuse("a range with the step " + bounds[2].str() +
                          " is not supported");
  if (*delta == 0)
    return context.fail("the step is zero");
  int64_t width = *delta < 0 ? -*delta : *delta;
  std::optional<Dim> count =
      *delta > 0 ? sub(bounds[1], bounds[0]) : sub(bounds[0], bounds[1]);
  if (count)
    count = add(*count, Dim(width - 1));
  if (count)
    count = floorDiv(*count, Dim(width));
  if (count)
    count = max(*count, Dim(0));
  auto checked = context.require(count);
  if (!checked)
    return checked.takeError();
  if (checked->isConstant() && checked->getOffset() > INT32_MAX)
    return context.refuse("a range of " + checked->str() +
                          " numbers is too large");
  context.resolved.low = {bounds[0]};
  context.resolved.steps = {*delta};
  Value &result = context.setResult(0, type, {*checked});
  if (isFloat(type) || !checked->isConstant() ||
      checked->getOffset() > maxFoldedElements)
    return Error::success();
  std::vector<Dim> numbers;
  std::optional<Dim> next = bounds[0];
  for (int64_t i = 0; next && i < checked->getOffset(); ++i) {
    numbers.push_back(*next);
    next = add(*next, Dim(*delta));
  }
  if (int64_t(numbers.size()) == checked->getOffset())
    result.known = makeElements(std::move(numbers));
  return Error::success();
}

/// The integer that a bound is, whatever its type.
static std::optional<Dim> getWhole(const Value &bound) {
  if (bound.whole || !bound.known || bound.known->floats.size() != 1)
    return bound.whole;
  double number = bound.known->floats.front();
  bool isWhole = number == std::trunc(number) &&
                 std::abs(number) <= double(Dim::maxExtent);
  return isWhole ? std::optional<Dim>(Dim(int64_t(number))) : std::nullopt;
}

/// The number of elements and, where they are few and constants, the elements.
static Error inferFloatRange(OpContext &context) {
  double bounds[3] = {};
  std::optional<Dim> whole[3];
  bool isKnown = true;
  for (unsigned i : {0u, 1u, 2u}) {
    const Value &bound = *context.getInput(i);
    whole[i] = getWhole(bound);
    if (bound.known && bound.known->floats.size() == 1)
      bounds[i] = bound.known->floats.front();
    else if (whole[i])
      isKnown = false;
    else
      return context.refuse("the bound '" + bound.name +
                            "' is not known when compiling");
  }
  if (!isKnown) {
    for (unsigned i : {0u, 1u, 2u})
      if (!whole[i])
        return context.refuse("a range of floats by extents needs whole "
                              "bounds, found " +
                              std::to_string(bounds[i]));
    return inferWholeRange(context, {*whole[0], *whole[1], *whole[2]});
  }
  auto [start, limit, delta] = bounds;
  double count = std::ceil((limit - start) / delta);
  if (!(count <= double(maxFoldedElements)))
    return context.refuse("a range of floats of more than " +
                          Twine(maxFoldedElements) +
                          " numbers is not supported");
  auto elements = std::make_shared<Elements>();
  ElementType type = context.getInput(0)->type;
  for (int64_t i = 0; double(i) < count; ++i)
    elements->floats.push_back(roundTo(type, start + double(i) * delta));
  context.setResult(0, type, {Dim(int64_t(elements->floats.size()))}).known =
      std::move(elements);
  return Error::success();
}

static Error inferRange(OpContext &context) {
  if (isFloat(context.getInput(0)->type))
    return inferFloatRange(context);
  std::array<Dim, 3> bounds;
  for (unsigned i : {0u, 1u, 2u}) {
    auto known = context.getKnownDims(i, "bound");
    if (!known)
      return known.takeError();
    if (known->size() != 1)
      return context.fail("expected a scalar bound, found the shape " +
                          toString(context.getInput(i)->shape));
    bounds[i] = known->front();
  }
  return inferWholeRange(context, bounds);
}

static Error inferUnsqueeze(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto given = context.getIntsOrInput("axes", 1);
  if (!given)
    return given.takeError();
  if (!*given)
    return context.fail("expected axes, found none");
  size_t rank = data.shape.size() + (*given)->size();
  auto axes = context.getAxes(**given, rank);
  if (!axes)
    return axes.takeError();
  llvm::sort(*axes);
  Shape shape = data.shape;
  for (int64_t axis : *axes)
    shape.insert(shape.begin() + axis, Dim(1));
  context.resolved.axes = std::move(*axes);
  setReshaped(data, context.setResult(0, data.type, std::move(shape)));
  return Error::success();
}

static Error inferSqueeze(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto given = context.getIntsOrInput("axes", 1);
  if (!given)
    return given.takeError();
  Extents axes;
  if (*given) {
    auto checked = context.getAxes(**given, data.shape.size());
    if (!checked)
      return checked.takeError();
    axes = std::move(*checked);
    llvm::sort(axes);
  } else {
    for (auto [i, dim] : llvm::enumerate(data.shape)) {
      if (!dim.isConstant())
        return context.refuse("which dimensions are 1 depends on " + dim.str() +
                              ", which --shape can fix");
      if (dim.isConstant(1))
        axes.push_back(int64_t(i));
    }
  }
  Shape shape;
  for (auto [i, dim] : llvm::enumerate(data.shape)) {
    if (!llvm::is_contained(axes, int64_t(i)))
      shape.push_back(dim);
    else if (Error error =
                 context.requireEqual(dim, Dim(1), "dimension " + Twine(i)))
      return error;
  }
  context.resolved.axes = std::move(axes);
  setReshaped(data, context.setResult(0, data.type, std::move(shape)));
  return Error::success();
}

/// The extent that makes `shape`, without its entry at `inferred`, as large as
/// `from`: what is left when the equal extents cancel.
static Expected<Dim> inferExtent(const OpContext &context,
                                 llvm::ArrayRef<Dim> from,
                                 llvm::ArrayRef<Dim> shape, size_t inferred) {
  llvm::SmallVector<Dim> numerator, factors;
  for (const Dim &dim : from)
    dim.collectFactors(numerator);
  for (auto [i, dim] : llvm::enumerate(shape))
    if (i != inferred)
      dim.collectFactors(factors);
  std::optional<Dim> denominator = Dim(1);
  for (const Dim &factor : factors) {
    auto *equal = llvm::find(numerator, factor);
    if (equal != numerator.end() && !factor.isConstant(0))
      numerator.erase(equal);
    else
      denominator = denominator ? mul(*denominator, factor) : std::nullopt;
  }
  std::optional<Dim> total = Dim(1);
  for (const Dim &dim : numerator)
    total = total ? mul(*total, dim) : std::nullopt;
  if (!total || !denominator)
    return context.require(std::nullopt);
  if (denominator->isConstant(0))
    return context.fail("cannot infer a dimension of an empty tensor");
  auto rest = mod(*total, *denominator);
  if (!rest || !rest->isConstant(0))
    return context.refuse("whether " + toString(from) + " divides into " +
                          toString(shape) + " is not known when compiling");
  return context.require(floorDiv(*total, *denominator));
}

/// Whether two shapes have as many elements.
static Error checkSameSize(const OpContext &context, llvm::ArrayRef<Dim> from,
                           llvm::ArrayRef<Dim> to) {
  llvm::SmallVector<Dim> left(from.begin(), from.end());
  std::optional<Dim> lhs = Dim(1), rhs = Dim(1);
  for (const Dim &dim : to) {
    auto *equal = llvm::find(left, dim);
    if (equal != left.end())
      left.erase(equal);
    else
      rhs = rhs ? mul(*rhs, dim) : std::nullopt;
  }
  for (const Dim &dim : left)
    lhs = lhs ? mul(*lhs, dim) : std::nullopt;
  if (!lhs || !rhs)
    return context.require(std::nullopt).takeError();
  return context.requireEqual(
      *lhs, *rhs, "reshape of " + toString(from) + " to " + toString(to));
}

static Error inferReshape(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto wanted = context.getKnownDims(1, "shape");
  if (!wanted)
    return wanted.takeError();
  bool allowZero = context.getInt("allowzero", 0) != 0;
  std::optional<size_t> inferred;
  for (auto [i, dim] : llvm::enumerate(*wanted)) {
    if (dim.isConstant(0) && !allowZero) {
      if (i >= data.shape.size())
        return context.fail("dimension " + Twine(i) +
                            " is to be copied from an input of rank " +
                            Twine(data.shape.size()));
      dim = data.shape[i];
    }
    if (dim.isConstant(-1)) {
      if (inferred)
        return context.fail("more than one dimension is to be inferred");
      inferred = i;
    } else if (isLess(dim, Dim(0)).value_or(false)) {
      return context.fail("a dimension is negative: " + dim.str());
    }
  }
  if (inferred) {
    auto extent = inferExtent(context, data.shape, *wanted, *inferred);
    if (!extent)
      return extent.takeError();
    (*wanted)[*inferred] = *extent;
  }
  if (Error error = checkSameSize(context, data.shape, *wanted))
    return error;
  setReshaped(data, context.setResult(0, data.type, std::move(*wanted)));
  return Error::success();
}

static Error inferFlatten(OpContext &context) {
  const Value &data = *context.getInput(0);
  int64_t rank = int64_t(data.shape.size()), axis = context.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return context.fail("expected an axis of a tensor of rank " + Twine(rank) +
                        ", found " + Twine(axis));
  axis += axis < 0 ? rank : 0;
  Shape shape(2, Dim(1));
  for (auto [i, dim] : llvm::enumerate(data.shape)) {
    Dim &part = shape[int64_t(i) >= axis];
    auto product = context.require(mul(part, dim));
    if (!product)
      return product.takeError();
    part = *product;
  }
  setReshaped(data, context.setResult(0, data.type, std::move(shape)));
  return Error::success();
}

static Error inferExpand(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto wanted = context.getKnownDims(1, "shape");
  if (!wanted)
    return wanted.takeError();
  auto shape = context.broadcast(data.shape, *wanted);
  if (!shape)
    return shape.takeError();
  if (*shape == data.shape)
    return context.setAlias(0, 0);
  Value &result = context.setResult(0, data.type, std::move(*shape));
  auto extents = data.getStaticShape(), expanded = result.getStaticShape();
  std::optional<int64_t> count =
      expanded ? countElements(*expanded) : std::nullopt;
  if (!data.known || !extents || !count || *count > maxFoldedElements)
    return Error::success();
  Extents own = getStrides(*extents), strides(expanded->size(), 0);
  size_t leading = expanded->size() - extents->size();
  for (size_t i = 0; i < extents->size(); ++i)
    strides[leading + i] = (*extents)[i] == 1 ? 0 : own[i];
  result.known = takeStrided(*data.known, *expanded, 0, strides);
  return Error::success();
}

llvm::ArrayRef<OpInfo> getShapeOps() {
  static const OpInfo ops[] = {
      {"Constant", 0, 0, 1,
       "value=t value_int=i value_ints=is value_float=f value_floats=fs",
       inferConstant},
      {"ConstantOfShape", 1, 1, 1, "value=t", inferConstantOfShape},
      {"Expand", 2, 2, 1, "", inferExpand},
      {"Flatten", 1, 1, 1, "axis=i", inferFlatten},
      {"Range", 3, 3, 1, "", inferRange},
      {"Reshape", 2, 2, 1, "allowzero=i", inferReshape},
      {"Shape", 1, 1, 1, "start=i end=i", inferShape},
      {"Size", 1, 1, 1, "", inferSize},
      {"Squeeze", 1, 2, 1, "axes=is", inferSqueeze},
      {"Unsqueeze", 1, 2, 1, "axes=is", inferUnsqueeze},
  };
  return ops;
}

} // namespace seqc::onnx
