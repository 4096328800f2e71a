//===- OpsIndexed.cpp - Elements chosen and placed by index ---------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"
#include <numeric>

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

static Error requireIndices(const OpContext &context, unsigned i) {
  ElementType type = context.getInput(i)->type;
  if (type != ElementType::I64 && type != ElementType::I32)
    return context.fail("expected indices of i32 or i64, found " +
                        toString(type));
  return Error::success();
}

/// Sets the one axis, which all of these have.
static Error resolveAxis(OpContext &context, int64_t otherwise) {
  auto axis = context.getAxis(context.getInt("axis", otherwise),
                              context.getInput(0)->shape.size());
  if (!axis)
    return axis.takeError();
  context.resolved.axes = {*axis};
  return Error::success();
}

static Error requireSameRank(const OpContext &context, unsigned i) {
  const Value &data = *context.getInput(0), &other = *context.getInput(i);
  if (data.shape.size() != other.shape.size())
    return context.fail("expected input " + Twine(i) + " of rank " +
                        Twine(data.shape.size()) + ", found " +
                        Twine(other.shape.size()));
  return Error::success();
}

static Error inferGatherElements(OpContext &context) {
  const Value &data = *context.getInput(0), &indices = *context.getInput(1);
  if (Error error = requireIndices(context, 1))
    return error;
  if (Error error = requireSameRank(context, 1))
    return error;
  if (Error error = resolveAxis(context, 0))
    return error;
  for (auto [i, dim] : llvm::enumerate(indices.shape))
    if (int64_t(i) != context.resolved.axes.front() &&
        !isLessEqual(dim, data.shape[i]).value_or(false))
      return context.refuse("indices of " + toString(indices.shape) +
                            " may be larger than the data of " +
                            toString(data.shape));
  context.setResult(0, data.type, indices.shape);
  return Error::success();
}

/// How many numbers each index has, which is the last extent of the indices.
static llvm::Expected<int64_t> getTupleSize(const OpContext &context,
                                            int64_t batch) {
  const Value &data = *context.getInput(0), &indices = *context.getInput(1);
  if (Error error = requireIndices(context, 1))
    return std::move(error);
  if (indices.shape.empty() || data.shape.empty())
    return context.fail("expected data and indices of rank 1 or more");
  auto size = indices.shape.back().getConstant();
  if (!size)
    return context.refuse("indices of a dynamic number of dimensions are not "
                          "supported");
  if (batch < 0 || batch >= int64_t(indices.shape.size()) || *size < 1 ||
      *size + batch > int64_t(data.shape.size()))
    return context.fail("expected 1 to " +
                        Twine(int64_t(data.shape.size()) - batch) +
                        " numbers in an index, found " + Twine(*size));
  return *size;
}

/// indices [batch..., outer..., n]; the result is [batch..., outer...] and what
/// is left of the data.
static Error inferGatherNd(OpContext &context) {
  const Value &data = *context.getInput(0), &indices = *context.getInput(1);
  int64_t batch = context.getInt("batch_dims", 0);
  auto size = getTupleSize(context, batch);
  if (!size)
    return size.takeError();
  for (int64_t i = 0; i < batch; ++i)
    if (Error error =
            context.requireEqual(data.shape[i], indices.shape[i], "the batch"))
      return error;
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.append(data.shape.begin() + batch + *size, data.shape.end());
  context.resolved.axes = {batch};
  context.setResult(0, data.type, std::move(shape));
  return Error::success();
}

static Error checkReduction(const OpContext &context) {
  llvm::StringRef mode = context.getString("reduction", "none");
  if (mode != "none" && mode != "add" && mode != "mul" && mode != "min" &&
      mode != "max")
    return context.refuse("the reduction '" + mode + "' is not supported");
  if (context.getInput(2)->type != context.getInput(0)->type)
    return context.fail("expected updates of " +
                        toString(context.getInput(0)->type) + ", found " +
                        toString(context.getInput(2)->type));
  return Error::success();
}

static Error inferScatterNd(OpContext &context) {
  const Value &data = *context.getInput(0), &indices = *context.getInput(1);
  const Value &updates = *context.getInput(2);
  auto size = getTupleSize(context, 0);
  if (!size)
    return size.takeError();
  if (Error error = checkReduction(context))
    return error;
  Shape expected(indices.shape.begin(), indices.shape.end() - 1);
  expected.append(data.shape.begin() + *size, data.shape.end());
  if (updates.shape.size() != expected.size())
    return context.fail("expected updates of " + toString(expected) +
                        ", found " + toString(updates.shape));
  for (auto [found, wanted] : llvm::zip_equal(updates.shape, expected))
    if (Error error = context.requireEqual(found, wanted, "the updates"))
      return error;
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

static Error inferScatterElements(OpContext &context) {
  const Value &data = *context.getInput(0), &indices = *context.getInput(1);
  const Value &updates = *context.getInput(2);
  if (Error error = requireIndices(context, 1))
    return error;
  if (Error error = checkReduction(context))
    return error;
  for (unsigned i : {1u, 2u})
    if (Error error = requireSameRank(context, i))
      return error;
  if (Error error = resolveAxis(context, 0))
    return error;
  for (auto [i, dim] : llvm::enumerate(indices.shape)) {
    if (Error error = context.requireEqual(dim, updates.shape[i], "updates"))
      return error;
    if (int64_t(i) != context.resolved.axes.front() &&
        !isLessEqual(dim, data.shape[i]).value_or(false))
      return context.refuse("indices of " + toString(indices.shape) +
                            " may be larger than the data of " +
                            toString(data.shape));
  }
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

static Error inferOneHot(OpContext &context) {
  const Value &indices = *context.getInput(0), &values = *context.getInput(2);
  const Value &depth = *context.getInput(1);
  std::optional<Dim> extent;
  if (depth.known && depth.known->ints.size() == 1)
    extent = depth.known->ints.front();
  if (depth.known && depth.known->floats.size() == 1)
    extent = Dim(int64_t(depth.known->floats.front()));
  if (!extent)
    return context.refuse("the depth '" + depth.name +
                          "' is not known when compiling");
  if (isLess(*extent, Dim(0)).value_or(true))
    return context.fail("expected a depth of 0 or more, found " +
                        extent->str());
  if (values.shape.size() != 1 || !values.shape[0].isConstant(2))
    return context.fail("expected two values, found the shape " +
                        toString(values.shape));
  auto axis =
      context.getAxis(context.getInt("axis", -1), indices.shape.size() + 1);
  if (!axis)
    return axis.takeError();
  Shape shape = indices.shape;
  shape.insert(shape.begin() + *axis, *extent);
  context.resolved.axes = {*axis};
  context.setResult(0, values.type, std::move(shape));
  return Error::success();
}

static Error inferReverseSequence(OpContext &context) {
  const Value &data = *context.getInput(0), &lengths = *context.getInput(1);
  if (Error error = requireIndices(context, 1))
    return error;
  int64_t batch = context.getInt("batch_axis", 1);
  int64_t time = context.getInt("time_axis", 0);
  if (data.shape.size() < 2 || batch + time != 1 || batch * time != 0)
    return context.fail("expected data of rank 2 or more and the axes 0 and 1 "
                        "for time and batch, found the axes " +
                        Twine(time) + " and " + Twine(batch) + " of " +
                        toString(data.shape));
  if (lengths.shape.size() != 1)
    return context.fail("expected a list of lengths, found the shape " +
                        toString(lengths.shape));
  if (Error error = context.requireEqual(lengths.shape[0], data.shape[batch],
                                         "the lengths and the batch"))
    return error;
  context.resolved.axes = {time, batch};
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

static Error inferTile(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto repeats = context.getKnownDims(1, "repeats");
  if (!repeats)
    return repeats.takeError();
  if (repeats->size() != data.shape.size())
    return context.fail("expected " + Twine(data.shape.size()) +
                        " repeats, found " + Twine(repeats->size()));
  Shape shape;
  for (auto [dim, repeat] : llvm::zip_equal(data.shape, *repeats)) {
    if (isLess(repeat, Dim(0)).value_or(false))
      return context.fail("a repeat is negative: " + repeat.str());
    auto extent = context.require(mul(dim, repeat));
    if (!extent)
      return extent.takeError();
    shape.push_back(*extent);
  }
  if (shape == data.shape)
    return context.setAlias(0, 0);
  context.setResult(0, data.type, std::move(shape));
  return Error::success();
}

static Error inferTrilu(OpContext &context) {
  const Value &data = *context.getInput(0), *k = context.getInput(1);
  if (data.shape.size() < 2)
    return context.fail("expected a rank of 2 or more, found " +
                        Twine(data.shape.size()));
  if (k && (k->type != ElementType::I64 || k->shape.size() > 1))
    return context.fail("expected a scalar of i64 as the diagonal, found " +
                        toString(k->type) + " " + toString(k->shape));
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

static Error inferEyeLike(OpContext &context) {
  const Value &data = *context.getInput(0);
  if (data.shape.size() != 2)
    return context.fail("expected a matrix, found " + toString(data.shape));
  auto type = ElementType(context.getInt("dtype", int64_t(data.type)));
  if (getByteSize(type) == 0)
    return context.refuse("the element type " +
                          Twine(context.getInt("dtype", 0)) +
                          " is not supported");
  context.setResult(0, type, data.shape);
  return Error::success();
}

static Error inferTopK(OpContext &context) {
  const Value &data = *context.getInput(0);
  if (data.type == ElementType::Bool)
    return context.fail("expected numbers, found booleans");
  std::optional<Dim> count;
  if (auto attribute = context.node.getAttribute("k")) {
    count = Dim(attribute->i);
  } else {
    auto known = context.getKnownDims(1, "number of elements");
    if (!known)
      return known.takeError();
    if (known->size() != 1)
      return context.fail("expected one number of elements, found " +
                          Twine(known->size()));
    count = known->front();
  }
  if (Error error = resolveAxis(context, -1))
    return error;
  Shape shape = data.shape;
  Dim &extent = shape[context.resolved.axes.front()];
  if (isLess(*count, Dim(0)).value_or(true) ||
      !isLessEqual(*count, extent).value_or(false))
    return context.refuse("the " + count->str() + " largest of " +
                          extent.str() + " elements may not exist");
  extent = *count;
  context.setResult(0, data.type, shape);
  context.setResult(1, ElementType::I64, shape);
  return Error::success();
}

static Error inferCumulative(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto given = context.getKnownInts(1, "axis");
  if (!given)
    return given.takeError();
  if (given->size() != 1)
    return context.fail("expected one axis, found " + Twine(given->size()));
  auto axis = context.getAxis(given->front(), data.shape.size());
  if (!axis)
    return axis.takeError();
  context.resolved.axes = {*axis};
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

/// The shape in between and its permutation: blocks of depth move to or from
/// height and width.
static Error inferDepthSpace(OpContext &context) {
  const Value &data = *context.getInput(0);
  int64_t block = context.getInt("blocksize", 0);
  if (data.shape.size() != 4 || block < 1 || block > INT32_MAX)
    return context.fail("expected data of rank 4 and blocks of 1 or more, "
                        "found " +
                        toString(data.shape) + " and " + Twine(block));
  bool toSpace = context.node.opType == "DepthToSpace";
  llvm::StringRef mode = context.getString("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return context.fail("attribute 'mode': expected DCR or CRD, found '" +
                        mode + "'");
  Dim factor = block, area = block * block;
  auto divide = [&](const Dim &dim, const Dim &by) -> std::optional<Dim> {
    auto rest = mod(dim, by);
    return rest && rest->isConstant(0) ? floorDiv(dim, by) : std::nullopt;
  };
  const Shape &x = data.shape;
  auto depth = toSpace ? divide(x[1], area) : mul(x[1], area);
  auto height = toSpace ? mul(x[2], factor) : divide(x[2], factor);
  auto width = toSpace ? mul(x[3], factor) : divide(x[3], factor);
  if (!depth || !height || !width)
    return context.refuse("whether blocks of " + Twine(block) + " divide " +
                          toString(x) + " is not known when compiling");
  Resolved &resolved = context.resolved;
  if (toSpace && mode == "DCR") {
    resolved.low = {x[0], factor, factor, *depth, x[2], x[3]};
    resolved.axes = {0, 3, 4, 1, 5, 2};
  } else if (toSpace) {
    resolved.low = {x[0], *depth, factor, factor, x[2], x[3]};
    resolved.axes = {0, 1, 4, 2, 5, 3};
  } else {
    resolved.low = {x[0], x[1], *height, factor, *width, factor};
    resolved.axes = {0, 3, 5, 1, 2, 4};
  }
  context.setResult(0, data.type, {x[0], *depth, *height, *width});
  return Error::success();
}

llvm::ArrayRef<OpInfo> getIndexedOps() {
  static const OpInfo ops[] = {
      {"CumProd", 2, 2, 1, "exclusive=i reverse=i", inferCumulative},
      {"CumSum", 2, 2, 1, "exclusive=i reverse=i", inferCumulative},
      {"DepthToSpace", 1, 1, 1, "blocksize=i mode=s", inferDepthSpace},
      {"EyeLike", 1, 1, 1, "dtype=i k=i", inferEyeLike},
      {"GatherElements", 2, 2, 1, "axis=i", inferGatherElements},
      {"GatherND", 2, 2, 1, "batch_dims=i", inferGatherNd},
      {"OneHot", 3, 3, 1, "axis=i", inferOneHot},
      {"ReverseSequence", 2, 2, 1, "batch_axis=i time_axis=i",
       inferReverseSequence},
      {"Scatter", 3, 3, 1, "axis=i", inferScatterElements},
      {"ScatterElements", 3, 3, 1, "axis=i reduction=s", inferScatterElements},
      {"ScatterND", 3, 3, 1, "reduction=s", inferScatterNd},
      {"SpaceToDepth", 1, 1, 1, "blocksize=i", inferDepthSpace},
      {"Tile", 2, 2, 1, "", inferTile},
      {"TopK", 1, 2, 2, "axis=i k=i largest=i sorted=i", inferTopK},
      {"Trilu", 1, 2, 1, "upper=i", inferTrilu},
  };
  return ops;
}

} // namespace seqc::onnx
