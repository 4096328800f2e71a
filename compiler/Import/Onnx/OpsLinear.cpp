//===- OpsLinear.cpp - Contractions ---------------------------------------===//

#include "compiler/Import/Onnx/Einsum.h"
#include "compiler/Import/Onnx/Windows.h"

#include "llvm/ADT/STLExtras.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

/// As numpy: vectors gain a dimension for the product and lose it again, and
/// leading dimensions are broadcast.
static Error inferMatMul(OpContext &context) {
  if (Error error = requireFloats(context))
    return error;
  Shape lhs = context.getInput(0)->shape, rhs = context.getInput(1)->shape;
  if (lhs.empty() || rhs.empty())
    return context.fail("expected operands of rank 1 or more, found a scalar");
  bool isRow = lhs.size() == 1, isColumn = rhs.size() == 1;
  if (isRow)
    lhs.insert(lhs.begin(), Dim(1));
  if (isColumn)
    rhs.push_back(Dim(1));
  if (Error error = context.requireEqual(lhs.back(), rhs[rhs.size() - 2],
                                         "the contracted dimensions"))
    return error;
  auto shape = context.broadcast(llvm::ArrayRef<Dim>(lhs).drop_back(2),
                                 llvm::ArrayRef<Dim>(rhs).drop_back(2));
  if (!shape)
    return shape.takeError();
  if (!isRow)
    shape->push_back(lhs[lhs.size() - 2]);
  if (!isColumn)
    shape->push_back(rhs.back());
  context.setResult(0, context.getInput(0)->type, std::move(*shape));
  return Error::success();
}

/// alpha * A * B + beta * C.
static Error inferGemm(OpContext &context) {
  if (Error error = requireFloats(context))
    return error;
  llvm::ArrayRef<Dim> a = context.getInput(0)->shape;
  llvm::ArrayRef<Dim> b = context.getInput(1)->shape;
  if (a.size() != 2 || b.size() != 2)
    return context.fail("expected matrices, found the shapes " + toString(a) +
                        " and " + toString(b));
  bool transA = context.getInt("transA", 0),
       transB = context.getInt("transB", 0);
  if (Error error = context.requireEqual(a[transA ? 0 : 1], b[transB ? 1 : 0],
                                         "the contracted dimensions"))
    return error;
  Shape shape = {a[transA ? 1 : 0], b[transB ? 0 : 1]};
  if (const Value *c = context.getInput(2)) {
    auto sum = context.broadcast(shape, c->shape);
    if (!sum)
      return sum.takeError();
    if (*sum != shape)
      return context.fail("expected an operand C that broadcasts to " +
                          toString(shape) + ", found " + toString(c->shape));
  }
  context.setResult(0, context.getInput(0)->type, std::move(shape));
  return Error::success();
}

static Error checkConvChannels(const OpContext &context) {
  llvm::ArrayRef<Dim> x = context.getInput(0)->shape;
  llvm::ArrayRef<Dim> w = context.getInput(1)->shape;
  int64_t group = context.getInt("group", 1);
  if (group < 1)
    return context.fail("attribute 'group': expected 1 or more, found " +
                        Twine(group));
  auto channels = context.require(mul(w[1], Dim(group)));
  if (!channels)
    return channels.takeError();
  if (Error error = context.requireEqual(x[1], *channels, "the input channels"))
    return error;
  if (!w[0].isConstant() || w[0].getOffset() % group != 0)
    return context.fail("the output channels, " + w[0].str() +
                        ", do not divide into " + Twine(group) + " groups");
  const Value *bias = context.getInput(2);
  if (bias && bias->shape.size() != 1)
    return context.fail("expected a bias of rank 1, found " +
                        toString(bias->shape));
  if (bias)
    return context.requireEqual(bias->shape[0], w[0], "the bias");
  return Error::success();
}

/// The extents of a kernel, which must be constants.
static Error getTaps(const OpContext &context, const Value &w,
                     llvm::SmallVectorImpl<int64_t> &taps) {
  for (const Dim &dim : llvm::drop_begin(w.shape, 2)) {
    auto extent = dim.getConstant();
    if (!extent)
      return context.refuse("a kernel of dynamic size is not supported");
    if (*extent < 1 || *extent > INT32_MAX)
      return context.fail("expected a kernel of 1 or more elements, found " +
                          Twine(*extent));
    taps.push_back(*extent);
  }
  auto given = context.getInts("kernel_shape");
  if (given && *given != llvm::ArrayRef<int64_t>(taps))
    return context.fail("attribute 'kernel_shape': expected the kernel's " +
                        toString(llvm::ArrayRef<int64_t>(taps)) + ", found " +
                        toString(*given));
  return Error::success();
}

/// The extent of one spatial dimension, and where it begins in the sum of all
/// kernels, which has stride * (D - 1) + span elements.
static Error inferTransposedExtent(OpContext &context, size_t i, int64_t tap,
                                   llvm::ArrayRef<int64_t> pads, Shape &shape) {
  Resolved &resolved = context.resolved;
  const Dim &extent = context.getInput(0)->shape[2 + i];
  int64_t stride = resolved.steps[i];
  int64_t rest = resolved.high[i].getOffset() +
                 (tap - 1) * resolved.dilations[i] + 1 - stride;
  std::optional<Dim> whole = mul(extent, Dim(stride));
  if (whole)
    whole = add(*whole, Dim(rest));
  auto wanted = context.getInts("output_shape");
  llvm::StringRef mode = context.getString("auto_pad", "NOTSET");
  bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  std::optional<Dim> total = Dim(pads[i] + pads[pads.size() / 2 + i]);
  if (wanted)
    total = whole ? sub(*whole, Dim((*wanted)[i])) : std::nullopt;
  else if (same)
    total = Dim(std::max<int64_t>(rest, 0));
  else if (mode == "VALID")
    total = Dim(0);
  auto size =
      context.require(whole && total ? sub(*whole, *total) : std::nullopt);
  if (!size)
    return size.takeError();
  // A result that is longer than all kernels together ends with zeros.
  if (total->isConstant() && total->getOffset() < 0) {
    resolved.high[i] = Dim(resolved.high[i].getOffset() - total->getOffset());
    total = Dim(0);
  }
  if (!total->isConstant())
    return context.refuse("a result of " + size->str() +
                          " elements needs padding that depends on " +
                          extent.str() + ", which is not supported");
  if (isLess(*size, Dim(0)).value_or(false))
    return context.fail("the pads are " + total->str() + ", the kernels over " +
                        extent.str() + " elements cover " + whole->str());
  int64_t half = total->getOffset() / 2, low = pads[i];
  if (wanted || same)
    low = mode == "SAME_UPPER" ? half : total->getOffset() - half;
  resolved.low.push_back(mode == "VALID" && !wanted ? 0 : low);
  shape.push_back(*size);
  return Error::success();
}

/// x [N, C, D...] and w [C, M/group, K...]: sets the result's channels.
static Error checkTransposedChannels(const OpContext &context, Shape &shape) {
  const Value &x = *context.getInput(0), &w = *context.getInput(1);
  int64_t group = context.getInt("group", 1);
  if (x.shape.size() < 3 || w.shape.size() != x.shape.size() || group < 1)
    return context.fail("expected an input and a kernel of one rank of 3 or "
                        "more and 1 group or more, found " +
                        toString(x.shape) + ", " + toString(w.shape) + " and " +
                        Twine(group));
  if (Error error = context.requireEqual(x.shape[1], w.shape[0], "channels"))
    return error;
  auto outputs = context.require(mul(w.shape[1], Dim(group)));
  if (!outputs)
    return outputs.takeError();
  if (!outputs->isConstant() || !w.shape[0].isConstant())
    return context.refuse("a dynamic number of channels is not supported");
  if (w.shape[0].getOffset() % group != 0)
    return context.fail("the channels, " + w.shape[0].str() +
                        ", do not divide into " + Twine(group) + " groups");
  shape = {x.shape[0], *outputs};
  const Value *bias = context.getInput(2);
  if (bias && bias->shape.size() != 1)
    return context.fail("expected a bias of rank 1, found " +
                        toString(bias->shape));
  return bias ? context.requireEqual(bias->shape[0], *outputs, "the bias")
              : Error::success();
}

/// Every element of x adds a kernel to the result. `high` is the padding of
/// the result.
static Error inferConvTranspose(OpContext &context) {
  if (Error error = requireFloats(context))
    return error;
  Shape shape;
  if (Error error = checkTransposedChannels(context, shape))
    return error;
  llvm::SmallVector<int64_t, 4> taps;
  if (Error error = getTaps(context, *context.getInput(1), taps))
    return error;
  size_t spatial = taps.size();
  auto pads = resolveWindows(context, spatial);
  if (!pads)
    return pads.takeError();
  auto extra = getSpatial(context, {"output_padding", spatial, 0, 0});
  if (!extra)
    return extra.takeError();
  auto wanted = getSpatial(context, {"output_shape", spatial, 0, 0});
  if (!wanted)
    return wanted.takeError();
  context.resolved.high.assign(extra->begin(), extra->end());
  for (size_t i = 0; i < spatial; ++i)
    if (Error error = inferTransposedExtent(context, i, taps[i], *pads, shape))
      return error;
  context.setResult(0, context.getInput(0)->type, std::move(shape));
  return Error::success();
}

static Error inferEinsum(OpContext &context) {
  if (Error error = requireFloats(context))
    return error;
  auto plan = planEinsum(context);
  if (!plan)
    return plan.takeError();
  plan->extents.resize(plan->numResultDims);
  context.setResult(0, context.getInput(0)->type, std::move(plan->extents));
  return Error::success();
}

/// MaxPool and AveragePool: windows of every channel.
static Error inferPool(OpContext &context) {
  const Value &x = *context.getInput(0);
  bool isMax = context.node.opType == "MaxPool";
  if (!isFloat(x.type) && !(isMax && isInteger(x.type)))
    return context.fail("expected floats, found " + toString(x.type));
  int64_t order = context.getInt("storage_order", 0);
  if (order != 0 && order != 1)
    return context.fail("attribute 'storage_order': expected 0 or 1, found " +
                        Twine(order));
  auto kernel = context.getInts("kernel_shape");
  if (!kernel || x.shape.size() != kernel->size() + 2 || kernel->empty())
    return context.fail("expected data of rank 3 or more and a kernel of two "
                        "dimensions less, found " +
                        toString(x.shape) + " and " +
                        Twine(kernel ? kernel->size() : 0));
  for (int64_t extent : *kernel)
    if (extent < 1 || extent > INT32_MAX)
      return context.fail("expected a kernel of 1 or more elements, found " +
                          Twine(extent));
  Shape shape = {x.shape[0], x.shape[1]};
  if (Error error = inferWindows(context, *kernel, shape))
    return error;
  if (context.hasOutput(1))
    context.setResult(1, ElementType::I64, shape);
  context.setResult(0, x.type, std::move(shape));
  return Error::success();
}

static Error inferConv(OpContext &context) {
  if (Error error = requireFloats(context))
    return error;
  const Value &x = *context.getInput(0), &w = *context.getInput(1);
  size_t rank = x.shape.size();
  if (rank < 3 || w.shape.size() != rank)
    return context.fail("expected an input and a kernel of one rank of 3 or "
                        "more, found " +
                        toString(x.shape) + " and " + toString(w.shape));
  if (Error error = checkConvChannels(context))
    return error;
  llvm::SmallVector<int64_t, 4> taps;
  if (Error error = getTaps(context, w, taps))
    return error;
  Shape shape = {x.shape[0], w.shape[0]};
  if (Error error = inferWindows(context, taps, shape))
    return error;
  context.setResult(0, x.type, std::move(shape));
  return Error::success();
}

llvm::ArrayRef<OpInfo> getLinearOps() {
  static const OpInfo ops[] = {
      {"AveragePool", 1, 1, 1,
       "auto_pad=s ceil_mode=i count_include_pad=i dilations=is "
       "kernel_shape=is pads=is strides=is",
       inferPool},
      {"Conv", 2, 3, 1,
       "auto_pad=s dilations=is group=i kernel_shape=is pads=is strides=is",
       inferConv},
      {"ConvTranspose", 2, 3, 1,
       "auto_pad=s dilations=is group=i kernel_shape=is output_padding=is "
       "output_shape=is pads=is strides=is",
       inferConvTranspose},
      {"Einsum", 1, -1, 1, "equation=s", inferEinsum},
      {"Gemm", 2, 3, 1, "alpha=f beta=f transA=i transB=i", inferGemm},
      {"MatMul", 2, 2, 1, "", inferMatMul},
      {"MaxPool", 1, 1, 2,
       "auto_pad=s ceil_mode=i dilations=is kernel_shape=is pads=is "
       "storage_order=i strides=is",
       inferPool},
  };
  return ops;
}

} // namespace seqc::onnx
