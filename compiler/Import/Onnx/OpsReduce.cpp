//===- OpsReduce.cpp - Reductions and normalisations ----------------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <numeric>

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

/// The shape of `data` with `axes` reduced.
static Shape reduceShape(llvm::ArrayRef<Dim> data, llvm::ArrayRef<int64_t> axes,
                         bool keepDims) {
  Shape shape;
  for (auto [i, dim] : llvm::enumerate(data)) {
    bool reduced = llvm::is_contained(axes, int64_t(i));
    if (!reduced || keepDims)
      shape.push_back(reduced ? Dim(1) : dim);
  }
  return shape;
}

/// Combines all elements of a small integer tensor, as shape arithmetic does.
static ElementsRef reduceInts(llvm::StringRef op, const Elements &data) {
  using Combine = std::optional<Dim> (*)(const Dim &, const Dim &);
  auto combine = llvm::StringSwitch<Combine>(op)
                     .Case("ReduceProd", mul)
                     .Case("ReduceSum", add)
                     .Case("ReduceMin", min)
                     .Case("ReduceMax", max)
                     .Default(nullptr);
  if (!combine || data.ints.empty())
    return nullptr;
  std::optional<Dim> total = data.ints.front();
  for (const Dim &dim : llvm::drop_begin(data.ints))
    total = total ? combine(*total, dim) : std::nullopt;
  if (!total)
    return nullptr;
  auto result = std::make_shared<Elements>();
  result->ints.push_back(*total);
  return result;
}

static Error inferReduce(OpContext &context) {
  const Value &data = *context.getInput(0);
  size_t rank = data.shape.size();
  auto given = context.getIntsOrInput("axes", 1);
  if (!given)
    return given.takeError();
  bool none = !*given || (*given)->empty();
  if (none && context.getInt("noop_with_empty_axes", 0))
    return context.setAlias(0, 0);
  if (none) {
    given->emplace(rank);
    std::iota((*given)->begin(), (*given)->end(), 0);
  }
  auto axes = context.getAxes(**given, rank);
  if (!axes)
    return axes.takeError();
  llvm::sort(*axes);
  bool keepDims = context.getInt("keepdims", 1) != 0;
  Value &result =
      context.setResult(0, data.type, reduceShape(data.shape, *axes, keepDims));
  if (data.known && data.type == ElementType::I64 && axes->size() == rank)
    result.known = reduceInts(context.node.opType, *data.known);
  context.resolved.axes = std::move(*axes);
  context.resolved.keepDims = keepDims;
  return Error::success();
}

/// Reductions that sum powers or exponentials.
static Error inferFloatReduce(OpContext &context) {
  if (!isFloat(context.getInput(0)->type))
    return context.refuse("a reduction of " +
                          toString(context.getInput(0)->type) +
                          " is not supported");
  return inferReduce(context);
}

static Error inferArgReduce(OpContext &context) {
  const Value &data = *context.getInput(0);
  auto axis = context.getAxis(context.getInt("axis", 0), data.shape.size());
  if (!axis)
    return axis.takeError();
  bool keepDims = context.getInt("keepdims", 1) != 0;
  context.resolved.axes = {*axis};
  context.resolved.keepDims = keepDims;
  context.setResult(0, ElementType::I64,
                    reduceShape(data.shape, {*axis}, keepDims));
  return Error::success();
}

/// Softmax: over one axis since version 13, over all from `axis` on before.
static Error inferSoftmax(OpContext &context) {
  const Value &data = *context.getInput(0);
  if (!isFloat(data.type))
    return context.fail("expected floats, found " + toString(data.type));
  bool oneAxis = context.opset >= 13;
  auto axis = context.getAxis(context.getInt("axis", oneAxis ? -1 : 1),
                              data.shape.size());
  if (!axis)
    return axis.takeError();
  for (int64_t i = *axis; i < int64_t(oneAxis ? *axis + 1 : data.shape.size());
       ++i)
    context.resolved.axes.push_back(i);
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

static Error inferHardmax(OpContext &context) {
  if (context.opset < 13)
    return context.refuse("operator sets before 13 are not supported");
  return inferSoftmax(context);
}

static Error inferLayerNormalization(OpContext &context) {
  const Value &data = *context.getInput(0);
  if (!isFloat(data.type))
    return context.fail("expected floats, found " + toString(data.type));
  if (context.getInt("stash_type", 1) != 1)
    return context.refuse("the stash type " +
                          Twine(context.getInt("stash_type", 1)) +
                          " is not supported, only f32");
  auto axis = context.getAxis(context.getInt("axis", -1), data.shape.size());
  if (!axis)
    return axis.takeError();
  for (unsigned i : {1u, 2u}) {
    const Value *scale = context.getInput(i);
    if (!scale)
      continue;
    auto shape = context.broadcast(data.shape, scale->shape);
    if (!shape)
      return shape.takeError();
    if (*shape != data.shape || scale->type != data.type)
      return context.fail("expected input " + Twine(i) +
                          " to broadcast to the data, found " +
                          toString(scale->type) + " " + toString(scale->shape));
  }
  for (size_t i = *axis; i < data.shape.size(); ++i)
    context.resolved.axes.push_back(int64_t(i));
  context.setResult(0, data.type, data.shape);
  // The statistics are f32 whatever the data are.
  Shape reduced = reduceShape(data.shape, context.resolved.axes, true);
  context.setResult(1, ElementType::F32, reduced);
  context.setResult(2, ElementType::F32, reduced);
  return Error::success();
}

/// Scale, bias and, of a batch, statistics: one number for each channel.
static Error checkChannels(const OpContext &context, unsigned first,
                           unsigned last) {
  const Value &data = *context.getInput(0);
  if (!isFloat(data.type) || data.shape.size() < 2)
    return context.fail("expected floats of rank 2 or more, found " +
                        toString(data.type) + " " + toString(data.shape));
  for (unsigned i = first; i <= last; ++i) {
    const Value &value = *context.getInput(i);
    if (value.type != data.type || value.shape.size() != 1)
      return context.fail("expected a list of " + toString(data.type) +
                          " as input " + Twine(i) + ", found " +
                          toString(value.type) + " " + toString(value.shape));
    if (Error error = context.requireEqual(value.shape[0], data.shape[1],
                                           "input " + Twine(i)))
      return error;
  }
  return Error::success();
}

static Error inferInstanceNormalization(OpContext &context) {
  if (Error error = checkChannels(context, 1, 2))
    return error;
  const Value &data = *context.getInput(0);
  for (size_t i = 2; i < data.shape.size(); ++i)
    context.resolved.axes.push_back(int64_t(i));
  context.setResult(0, data.type, data.shape);
  return Error::success();
}

static Error inferBatchNormalization(OpContext &context) {
  if (Error error = checkChannels(context, 1, 4))
    return error;
  if (context.opset < 7)
    return context.refuse("training mode, the default before operator set 7, "
                          "is not supported");
  for (unsigned i = 1; i < 5; ++i)
    if (context.getInt("training_mode", 0) != 0 || context.hasOutput(i))
      return context.refuse("training mode is not supported");
  context.setResult(0, context.getInput(0)->type, context.getInput(0)->shape);
  return Error::success();
}

static Error inferGlobalPool(OpContext &context) {
  const Value &data = *context.getInput(0);
  if (data.shape.size() < 3)
    return context.fail("expected a rank of 3 or more, found " +
                        Twine(data.shape.size()));
  for (size_t i = 2; i < data.shape.size(); ++i)
    context.resolved.axes.push_back(int64_t(i));
  context.resolved.keepDims = true;
  context.setResult(0, data.type,
                    reduceShape(data.shape, context.resolved.axes, true));
  return Error::success();
}

llvm::ArrayRef<OpInfo> getReduceOps() {
  static const char reduce[] = "axes=is keepdims=i noop_with_empty_axes=i";
  static const char arg[] = "axis=i keepdims=i select_last_index=i";
  static const OpInfo ops[] = {
      {"ArgMax", 1, 1, 1, arg, inferArgReduce},
      {"ArgMin", 1, 1, 1, arg, inferArgReduce},
      {"BatchNormalization", 5, 5, 5, "epsilon=f momentum=f training_mode=i",
       inferBatchNormalization},
      {"GlobalAveragePool", 1, 1, 1, "", inferGlobalPool},
      {"GlobalMaxPool", 1, 1, 1, "", inferGlobalPool},
      {"InstanceNormalization", 3, 3, 1, "epsilon=f",
       inferInstanceNormalization},
      {"LayerNormalization", 2, 3, 3, "axis=i epsilon=f stash_type=i",
       inferLayerNormalization},
      {"Hardmax", 1, 1, 1, "axis=i", inferHardmax},
      {"LogSoftmax", 1, 1, 1, "axis=i", inferSoftmax},
      {"ReduceL1", 1, 2, 1, reduce, inferReduce},
      {"ReduceL2", 1, 2, 1, reduce, inferFloatReduce},
      {"ReduceLogSum", 1, 2, 1, reduce, inferFloatReduce},
      {"ReduceLogSumExp", 1, 2, 1, reduce, inferFloatReduce},
      {"ReduceMax", 1, 2, 1, reduce, inferReduce},
      {"ReduceMean", 1, 2, 1, reduce, inferFloatReduce},
      {"ReduceMin", 1, 2, 1, reduce, inferReduce},
      {"ReduceProd", 1, 2, 1, reduce, inferReduce},
      {"ReduceSum", 1, 2, 1, reduce, inferReduce},
      {"ReduceSumSquare", 1, 2, 1, reduce, inferReduce},
      {"Softmax", 1, 1, 1, "axis=i", inferSoftmax},
  };
  return ops;
}

} // namespace seqc::onnx
