//===- OpsView.cpp - Parts, joins and permutations of tensors -------------===//
//
// Operators that move elements without computing any. Each is applied to the
// known elements and to the lazy view of a constant alike.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <numeric>

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;
using Extents = llvm::SmallVector<int64_t, 4>;

/// Takes `starts + index * steps` of a static tensor, if it is a constant.
static void setSliced(const Value &input, Value &result,
                      llvm::ArrayRef<int64_t> starts,
                      llvm::ArrayRef<int64_t> steps) {
  auto from = input.getStaticShape(), to = result.getStaticShape();
  if (!from || !to)
    return;
  if (input.weight)
    result.weight = makeSlice(input.weight, starts, *to, steps);
  if (!input.known)
    return;
  Extents strides = getStrides(*from);
  int64_t base = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    base += starts[i] * strides[i];
    strides[i] *= steps[i];
  }
  result.known = takeStrided(*input.known, *to, base, strides);
}

/// Gather at one constant index is a slice, without the dimension if the index
/// is a scalar.
static void setGatheredConstant(const Value &data, int64_t axis,
                                const Value &indices, Value &result) {
  auto from = data.getStaticShape(), to = result.getStaticShape();
  auto numbers =
      indices.known ? indices.known->getConstantInts() : std::nullopt;
  if (!from || !to || !numbers)
    return;
  for (int64_t &number : *numbers)
    number += number < 0 ? (*from)[axis] : 0;
  if (numbers->size() == 1 && data.weight) {
    Extents starts(from->size(), 0), sizes = *from, steps(from->size(), 1);
    starts[axis] = numbers->front();
    sizes[axis] = 1;
    if (WeightRef row = makeSlice(data.weight, starts, sizes, steps))
      result.weight = makeReshape(row, *to);
  }
  std::optional<int64_t> count = countElements(*to);
  if (!data.known || !count || *count > maxFoldedElements)
    return;
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < from->size(); ++i)
    (int64_t(i) < axis ? outer : inner) *= int64_t(i) == axis ? 1 : (*from)[i];
  auto elements = std::make_shared<Elements>();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t number : *numbers)
      for (int64_t i = 0; i < inner; ++i) {
        int64_t at = (o * (*from)[axis] + number) * inner + i;
        if (isFloat(data.type))
          elements->floats.push_back(data.known->floats[at]);
        else
          elements->ints.push_back(data.known->ints[at]);
      }
  result.known = std::move(elements);
}

static Error inferGather(OpContext &context) {
  const Value &data = *context.getInput(0), &indices = *context.getInput(1);
  auto axis = context.getAxis(context.getInt("axis", 0), data.shape.size());
  if (!axis)
    return axis.takeError();
  if (indices.type != ElementType::I64 && indices.type != ElementType::I32)
    return context.fail("expected indices of i32 or i64, found " +
                        toString(indices.type));
  if (indices.known)
    for (const Dim &index : indices.known->ints) {
      const Dim &extent = data.shape[*axis];
      auto counted = index.isConstant() && index.getOffset() < 0
                         ? add(index, extent)
                         : index;
      if (counted && (isLess(*counted, Dim(0)).value_or(false) ||
                      isLessEqual(extent, *counted).value_or(false)))
        return context.fail("index " + index.str() +
                            " is outside of the dimension, which has " +
                            extent.str());
    }
  Shape shape(data.shape.begin(), data.shape.begin() + *axis);
  shape.append(indices.shape.begin(), indices.shape.end());
  shape.append(data.shape.begin() + *axis + 1, data.shape.end());
  Value &result = context.setResult(0, data.type, std::move(shape));
  context.resolved.axes = {*axis};
  setGatheredConstant(data, *axis, indices, result);
  return Error::success();
}

/// A bound of a slice: counted from the end if negative, then clamped.
static Expected<Dim> resolveBound(const OpContext &context, Dim bound,
                                  const Dim &extent, Dim low, const Dim &high) {
  // Exporters write the least integer there is for "through index 0", which
  // leaves no room for arithmetic; half of it is as far beyond any extent.
  if (auto number = bound.getConstant())
    bound = std::max(*number, INT64_MIN / 2);
  std::optional<bool> negative = isLess(bound, Dim(0));
  bool isExtent = context.isExtent(bound);
  if (isExtent)
    negative = false;
  if (!negative)
    return context.refuse("whether the bound " + bound.str() +
                          " is negative depends on the dynamic extents");
  std::optional<Dim> counted = *negative ? add(bound, extent) : bound;
  if (!counted)
    return context.require(counted);
  std::optional<Dim> above = isExtent ? counted : max(*counted, low);
  // What is taken from is an extent, too, so 0 is not beyond it.
  bool isFirst = above && above->isConstant(0) && low.isConstant(0);
  if (above && !isFirst)
    above = min(*above, high);
  return context.require(above);
}

/// Sets `start` and `size` of one sliced dimension.
static Error resolveSlice(const OpContext &context, const Dim &extent,
                          const Dim &first, const Dim &last, int64_t step,
                          Dim &start, Dim &size) {
  // Walking down, bounds clamp one lower: -1 is "through index 0".
  auto top = step > 0 ? std::optional<Dim>(extent) : sub(extent, Dim(1));
  auto begin = resolveBound(context, first, extent, Dim(0), *top);
  if (!begin)
    return begin.takeError();
  auto end = resolveBound(context, last, extent, Dim(step > 0 ? 0 : -1), *top);
  if (!end)
    return end.takeError();
  int64_t width = step > 0 ? step : -step;
  std::optional<Dim> length = step > 0 ? sub(*end, *begin) : sub(*begin, *end);
  if (length && !context.isExtent(*length))
    length = max(*length, Dim(0));
  if (length)
    length = add(*length, Dim(width - 1));
  if (length)
    length = floorDiv(*length, Dim(width));
  auto counted = context.require(length);
  if (!counted)
    return counted.takeError();
  start = *begin;
  size = *counted;
  return Error::success();
}

static Expected<Shape> getSliceBounds(const OpContext &context,
                                      llvm::StringRef attribute,
                                      unsigned input) {
  if (auto numbers = context.getInts(attribute))
    return Shape(numbers->begin(), numbers->end());
  return context.getKnownDims(input, attribute);
}

/// The axes and steps of a slice; by default the first axes, by 1.
static Error getSliceAxes(OpContext &context, size_t count, size_t rank,
                          Extents &axes, std::vector<int64_t> &steps) {
  auto given = context.getIntsOrInput("axes", 3);
  if (!given)
    return given.takeError();
  if (!*given) {
    given->emplace(count);
    std::iota((*given)->begin(), (*given)->end(), 0);
  }
  auto checked = context.getAxes(**given, rank);
  if (!checked)
    return checked.takeError();
  auto walked = context.getIntsOrInput("steps", 4);
  if (!walked)
    return walked.takeError();
  axes = std::move(*checked);
  steps = walked->value_or(std::vector<int64_t>(count, 1));
  if (axes.size() != count || steps.size() != count)
    return context.fail("expected as many axes and steps as starts, " +
                        Twine(count) + ", found " + Twine(axes.size()) +
                        " and " + Twine(steps.size()));
  return Error::success();
}

static Error inferSlice(OpContext &context) {
  const Value &data = *context.getInput(0);
  size_t rank = data.shape.size();
  auto starts = getSliceBounds(context, "starts", 1);
  if (!starts)
    return starts.takeError();
  auto ends = getSliceBounds(context, "ends", 2);
  if (!ends)
    return ends.takeError();
  if (starts->size() != ends->size())
    return context.fail("expected as many ends as starts, " +
                        Twine(starts->size()) + ", found " +
                        Twine(ends->size()));
  Extents axes;
  std::vector<int64_t> steps;
  if (Error error = getSliceAxes(context, starts->size(), rank, axes, steps))
    return error;
  Resolved &resolved = context.resolved;
  resolved.low.assign(rank, Dim(0));
  resolved.steps.assign(rank, 1);
  Shape shape = data.shape;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (steps[i] == 0 || steps[i] == INT64_MIN)
      return context.fail("step " + Twine(steps[i]) + " is not possible");
    resolved.steps[axis] = steps[i];
    if (Error error =
            resolveSlice(context, data.shape[axis], (*starts)[i], (*ends)[i],
                         steps[i], resolved.low[axis], shape[axis]))
      return error;
    // With one element left the step does not matter; a small one cannot
    // overflow an index.
    if (shape[axis].isConstant() && shape[axis].getOffset() <= 1)
      resolved.steps[axis] = 1;
  }
  bool whole = shape == data.shape &&
               llvm::all_of(resolved.steps, [](int64_t s) { return s == 1; });
  if (whole)
    return context.setAlias(0, 0);
  Value &result = context.setResult(0, data.type, std::move(shape));
  Extents low;
  for (const Dim &dim : resolved.low) {
    if (!dim.isConstant())
      return Error::success();
    low.push_back(dim.getOffset());
  }
  setSliced(data, result, low, resolved.steps);
  return Error::success();
}

/// Joins the elements of static operands along `axis`.
static ElementsRef concatElements(llvm::ArrayRef<const Value *> inputs,
                                  llvm::ArrayRef<int64_t> shape, int64_t axis) {
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < shape.size(); ++i)
    (int64_t(i) < axis ? outer : inner) *= int64_t(i) == axis ? 1 : shape[i];
  auto elements = std::make_shared<Elements>();
  for (int64_t row = 0; row < outer; ++row)
    for (const Value *input : inputs) {
      int64_t count = inner * input->shape[axis].getOffset();
      for (int64_t i = row * count; i < (row + 1) * count; ++i)
        if (isFloat(input->type))
          elements->floats.push_back(input->known->floats[i]);
        else
          elements->ints.push_back(input->known->ints[i]);
    }
  return elements;
}

static Error inferConcat(OpContext &context) {
  const Value *first = context.getInput(0);
  auto axis = context.getAxis(context.getInt("axis", 1), first->shape.size());
  if (!axis)
    return axis.takeError();
  Shape shape = first->shape;
  for (const Value *input : context.inputs.drop_front()) {
    if (!input || input->type != first->type ||
        input->shape.size() != shape.size())
      return context.fail(
          "expected operands of one type and rank, " + toString(first->type) +
          " " + toString(shape) + ", found " +
          (input ? toString(input->type) + " " + toString(input->shape)
                 : "an absent one"));
    for (size_t i = 0; i < shape.size(); ++i) {
      if (int64_t(i) != *axis) {
        if (Error error = context.requireEqual(shape[i], input->shape[i],
                                               "dimension " + Twine(i)))
          return error;
        continue;
      }
      auto sum = context.require(add(shape[i], input->shape[i]));
      if (!sum)
        return sum.takeError();
      shape[i] = *sum;
    }
  }
  context.resolved.axes = {*axis};
  if (context.getNumInputs() == 1)
    return context.setAlias(0, 0);
  Value &result = context.setResult(0, first->type, std::move(shape));
  auto extents = result.getStaticShape();
  std::optional<int64_t> count =
      extents ? countElements(*extents) : std::nullopt;
  if (!count)
    return Error::success();
  llvm::SmallVector<WeightRef> weights;
  for (const Value *input : context.inputs)
    if (WeightRef constant = getConstant(*input))
      weights.push_back(constant);
  if (weights.size() == context.inputs.size())
    result.weight = makeConcat(weights, *axis);
  if (*count <= maxFoldedElements &&
      llvm::all_of(context.inputs, [](const Value *v) { return !!v->known; }))
    result.known = concatElements(context.inputs, *extents, *axis);
  return Error::success();
}

static Error inferTranspose(OpContext &context) {
  const Value &data = *context.getInput(0);
  size_t rank = data.shape.size();
  Extents permutation(rank);
  std::iota(permutation.rbegin(), permutation.rend(), 0);
  if (auto given = context.getInts("perm")) {
    auto axes = context.getAxes(*given, rank);
    if (!axes)
      return axes.takeError();
    if (axes->size() != rank)
      return context.fail("expected a permutation of " + Twine(rank) +
                          " dimensions, found " + Twine(axes->size()));
    permutation = std::move(*axes);
  }
  if (llvm::is_sorted(permutation))
    return context.setAlias(0, 0);
  Shape shape;
  for (int64_t axis : permutation)
    shape.push_back(data.shape[axis]);
  context.resolved.axes = permutation;
  Value &result = context.setResult(0, data.type, std::move(shape));
  auto extents = data.getStaticShape(), permuted = result.getStaticShape();
  if (!extents)
    return Error::success();
  if (data.weight)
    result.weight = makeTranspose(data.weight, permutation);
  if (data.known) {
    Extents from = getStrides(*extents), strides;
    for (int64_t axis : permutation)
      strides.push_back(from[axis]);
    result.known = takeStrided(*data.known, *permuted, 0, strides);
  }
  return Error::success();
}

/// The sizes of the parts: given, or equal but for a smaller last one.
static Expected<std::vector<int64_t>> getParts(const OpContext &context,
                                               int64_t extent) {
  auto given = context.getIntsOrInput("split", 1);
  if (!given)
    return given.takeError();
  int64_t count = int64_t(context.node.outputs.size());
  if (!*given) {
    if (int64_t asked = context.getInt("num_outputs", count); asked != count)
      return context.fail("expected " + Twine(asked) + " outputs, found " +
                          Twine(count));
    int64_t size = (extent + count - 1) / count;
    given->emplace(count, size);
    (*given)->back() = extent - size * (count - 1);
  }
  int64_t left = extent;
  for (int64_t part : **given) {
    if (part < 0 || part > left)
      return context.fail("the parts do not add up to " + Twine(extent));
    left -= part;
  }
  if (left != 0 || int64_t((*given)->size()) != count)
    return context.fail("expected " + Twine(count) + " parts of together " +
                        Twine(extent) + ", found " +
                        toString(llvm::ArrayRef<int64_t>(**given)));
  return **given;
}

static Error inferSplit(OpContext &context) {
  const Value &data = *context.getInput(0);
  size_t rank = data.shape.size();
  auto axis = context.getAxis(context.getInt("axis", 0), rank);
  if (!axis)
    return axis.takeError();
  std::optional<int64_t> extent = data.shape[*axis].getConstant();
  if (!extent)
    return context.refuse("a split of the dynamic extent " +
                          data.shape[*axis].str() + " is not supported");
  auto parts = getParts(context, *extent);
  if (!parts)
    return parts.takeError();
  context.resolved.axes = {*axis};
  Extents starts(rank, 0), steps(rank, 1);
  for (auto [i, part] : llvm::enumerate(*parts)) {
    Shape shape = data.shape;
    shape[*axis] = part;
    setSliced(data, context.setResult(i, data.type, std::move(shape)), starts,
              steps);
    starts[*axis] += part;
  }
  return Error::success();
}

/// How many elements go in front of each dimension, then behind: fewer than
/// none are taken away.
static Expected<Extents> getPads(const OpContext &context, size_t rank) {
  auto axes = context.getIntsOrInput("axes", 3);
  if (!axes)
    return axes.takeError();
  Extents padded(rank);
  std::iota(padded.begin(), padded.end(), 0);
  if (*axes) {
    auto checked = context.getAxes(**axes, rank);
    if (!checked)
      return checked.takeError();
    padded = std::move(*checked);
  }
  auto pads = context.getIntsOrInput("pads", 1);
  if (!pads)
    return pads.takeError();
  if (!*pads || (*pads)->size() != 2 * padded.size())
    return context.fail("expected " + Twine(2 * padded.size()) +
                        " pads, found " + Twine(*pads ? (*pads)->size() : 0));
  for (int64_t pad : **pads)
    if (pad < -Dim::maxExtent || pad > Dim::maxExtent)
      return context.fail("pads of " + Twine(pad) +
                          " elements are not possible");
  Extents all(2 * rank, 0);
  for (auto [i, axis] : llvm::enumerate(padded)) {
    all[axis] = (**pads)[i];
    all[rank + axis] = (**pads)[padded.size() + i];
  }
  return all;
}

/// Whether a dimension has the elements that its pads take away or repeat.
static Error checkPads(const OpContext &context, llvm::StringRef mode,
                       const Dim &extent, int64_t before, int64_t after) {
  auto refuse = [&](llvm::StringRef more) {
    return context.refuse("cannot pad " + extent.str() + " elements with " +
                          Twine(before) + " and " + Twine(after) + " of them" +
                          more);
  };
  if (before >= 0 && after >= 0 && mode == "constant")
    return Error::success();
  if (before == 0 && after == 0)
    return Error::success();
  if (mode != "constant" && (before < 0 || after < 0))
    return context.refuse("negative pads of the mode '" + mode +
                          "' are not supported");
  // Mirroring takes that many besides the first or last, the other mode one.
  // The compiled model asks it of what is not known here.
  Dim most = mode == "constant"  ? -before - after - 1
             : mode == "reflect" ? std::max(before, after)
                                 : 0;
  std::optional<bool> lacks = isLessEqual(extent, most);
  if (!lacks && context.isInBody)
    return refuse(" in a body; --shape can fix how many");
  return lacks.value_or(false) ? refuse("") : Error::success();
}

static Error inferPad(OpContext &context) {
  const Value &data = *context.getInput(0);
  size_t rank = data.shape.size();
  llvm::StringRef mode = context.getString("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge")
    return context.refuse("the mode '" + mode + "' is not supported");
  auto pads = getPads(context, rank);
  if (!pads)
    return pads.takeError();
  const Value *fill = context.getInput(2);
  if (fill && (fill->type != data.type || fill->shape.size() > 1))
    return context.fail("expected a scalar of " + toString(data.type) +
                        " to pad with, found " + toString(fill->type) + " " +
                        toString(fill->shape));
  Shape shape = data.shape;
  Resolved &resolved = context.resolved;
  for (size_t i = 0; i < rank; ++i) {
    int64_t before = (*pads)[i], after = (*pads)[rank + i];
    resolved.low.push_back(before);
    resolved.high.push_back(after);
    if (Error error = checkPads(context, mode, data.shape[i], before, after))
      return error;
    std::optional<Dim> padded = add(shape[i], Dim(before));
    if (padded)
      padded = add(*padded, Dim(after));
    auto extent = context.require(padded);
    if (!extent)
      return extent.takeError();
    shape[i] = *extent;
  }
  if (llvm::all_of(*pads, [](int64_t pad) { return pad == 0; }))
    return context.setAlias(0, 0);
  context.setResult(0, data.type, std::move(shape));
  return Error::success();
}

llvm::ArrayRef<OpInfo> getViewOps() {
  static const OpInfo ops[] = {
      {"Concat", 1, -1, 1, "axis=i", inferConcat},
      {"Gather", 2, 2, 1, "axis=i", inferGather},
      {"Pad", 1, 4, 1, "mode=s pads=is value=f", inferPad},
      {"Slice", 1, 5, 1, "starts=is ends=is axes=is", inferSlice},
      {"Split", 1, 2, -1, "axis=i split=is num_outputs=i", inferSplit},
      {"Transpose", 1, 1, 1, "perm=is", inferTranspose},
  };
  return ops;
}

} // namespace seqc::onnx
