//===- OpsLinear.cpp - Contractions ---------------------------------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

static Error requireFloats(const OpContext &context) {
  ElementType type = context.getInput(0)->type;
  for (const Value *input : context.inputs)
    if (input && (input->type != type || !isFloat(type)))
      return context.refuse("operands of " + toString(type) + " and " +
                            toString(input->type) +
                            " are not supported, only floats of one type");
  return Error::success();
}

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

namespace {

/// A list attribute of Conv with one number per spatial dimension.
struct SpatialAttribute {
  const char *name;
  size_t count;
  int64_t otherwise, least;
};

} // namespace

static llvm::Expected<llvm::SmallVector<int64_t, 4>>
getSpatial(const OpContext &context, const SpatialAttribute &attribute) {
  auto given = context.getInts(attribute.name);
  if (!given)
    return llvm::SmallVector<int64_t, 4>(attribute.count, attribute.otherwise);
  if (given->size() != attribute.count)
    return context.fail("attribute '" + Twine(attribute.name) + "': expected " +
                        Twine(attribute.count) + " numbers, found " +
                        Twine(given->size()));
  for (int64_t number : *given)
    if (number < attribute.least || number > INT32_MAX)
      return context.fail("attribute '" + Twine(attribute.name) +
                          "': expected numbers from " + Twine(attribute.least) +
                          ", found " + Twine(number));
  return llvm::SmallVector<int64_t, 4>(given->begin(), given->end());
}

/// Fills in the padding of one spatial dimension; `span` is what the dilated
/// kernel covers.
static Error resolvePadding(OpContext &context, size_t i, const Dim &extent,
                            int64_t span, llvm::ArrayRef<int64_t> pads,
                            size_t spatial) {
  llvm::StringRef mode = context.getString("auto_pad", "NOTSET");
  Resolved &resolved = context.resolved;
  if (mode == "NOTSET" || mode == "VALID") {
    resolved.low.push_back(mode == "VALID" ? 0 : pads[i]);
    resolved.high.push_back(mode == "VALID" ? 0 : pads[spatial + i]);
    return Error::success();
  }
  if (mode != "SAME_UPPER" && mode != "SAME_LOWER")
    return context.fail("attribute 'auto_pad': expected NOTSET, VALID, "
                        "SAME_UPPER or SAME_LOWER, found '" +
                        mode + "'");
  int64_t stride = resolved.steps[i], total = span - stride;
  // With a stride of 1 the padding does not depend on the extent.
  if (stride != 1) {
    std::optional<int64_t> size = extent.getConstant();
    if (!size)
      return context.refuse("auto_pad of the dynamic extent " + extent.str() +
                            " with a stride is not supported");
    int64_t steps = (*size + stride - 1) / stride;
    total = (steps - 1) * stride + span - *size;
  }
  total = std::max<int64_t>(total, 0);
  int64_t less = total / 2, more = total - less;
  bool upper = mode == "SAME_UPPER";
  resolved.low.push_back(upper ? less : more);
  resolved.high.push_back(upper ? more : less);
  return Error::success();
}

static Error inferConvExtent(OpContext &context, size_t i, size_t spatial,
                             llvm::ArrayRef<int64_t> pads, Shape &shape) {
  const Dim &extent = context.getInput(0)->shape[2 + i];
  std::optional<int64_t> kernel =
      context.getInput(1)->shape[2 + i].getConstant();
  if (!kernel)
    return context.refuse("a kernel of dynamic size is not supported");
  if (*kernel < 1 || *kernel > INT32_MAX)
    return context.fail("expected a kernel of 1 or more elements, found " +
                        Twine(*kernel));
  int64_t span = (*kernel - 1) * context.resolved.dilations[i] + 1;
  if (Error error = resolvePadding(context, i, extent, span, pads, spatial))
    return error;
  std::optional<Dim> size = add(extent, context.resolved.low[i]);
  if (size)
    size = add(*size, context.resolved.high[i]);
  if (size)
    size = sub(*size, Dim(span));
  if (size && isLess(*size, Dim(0)).value_or(false))
    return context.fail("the kernel covers " + Twine(span) +
                        " elements, the padded input has " +
                        add(*size, Dim(span)).value_or(Dim(0)).str());
  if (size)
    size = floorDiv(*size, Dim(context.resolved.steps[i]));
  if (size)
    size = add(*size, Dim(1));
  auto checked = context.require(size);
  if (!checked)
    return checked.takeError();
  shape.push_back(*checked);
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
  size_t spatial = rank - 2;
  auto strides = getSpatial(context, {"strides", spatial, 1, 1});
  if (!strides)
    return strides.takeError();
  auto dilations = getSpatial(context, {"dilations", spatial, 1, 1});
  if (!dilations)
    return dilations.takeError();
  auto pads = getSpatial(context, {"pads", 2 * spatial, 0, 0});
  if (!pads)
    return pads.takeError();
  if (auto kernel = context.getInts("kernel_shape"))
    for (auto [i, extent] : llvm::enumerate(*kernel))
      if (kernel->size() != spatial || !w.shape[2 + i].isConstant(extent))
        return context.fail(
            "attribute 'kernel_shape': expected the kernel's " +
            toString(llvm::ArrayRef<Dim>(w.shape).drop_front(2)) + ", found " +
            toString(*kernel));
  context.resolved.steps = std::move(*strides);
  context.resolved.dilations = std::move(*dilations);
  Shape shape = {x.shape[0], w.shape[0]};
  for (size_t i = 0; i < spatial; ++i)
    if (Error error = inferConvExtent(context, i, spatial, *pads, shape))
      return error;
  context.setResult(0, x.type, std::move(shape));
  return Error::success();
}

llvm::ArrayRef<OpInfo> getLinearOps() {
  static const OpInfo ops[] = {
      {"Conv", 2, 3, 1,
       "auto_pad=s dilations=is group=i kernel_shape=is pads=is strides=is",
       inferConv},
      {"Gemm", 2, 3, 1, "alpha=f beta=f transA=i transB=i", inferGemm},
      {"MatMul", 2, 2, 1, "", inferMatMul},
  };
  return ops;
}

} // namespace seqc::onnx
