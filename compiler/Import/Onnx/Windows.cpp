//===- Windows.cpp - Windows that move over an input ----------------------===//

#include "compiler/Import/Onnx/Windows.h"

#include "llvm/ADT/STLExtras.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

Error requireFloats(const OpContext &context) {
  ElementType type = context.getInput(0)->type;
  for (const Value *input : context.inputs)
    if (input && (input->type != type || !isFloat(type)))
      return context.refuse("operands of " + toString(type) + " and " +
                            toString(input->type) +
                            " are not supported, only floats of one type");
  return Error::success();
}

llvm::Expected<llvm::SmallVector<int64_t, 4>>
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

/// How many windows there are along one dimension of `room` elements more than
/// one window covers. With ceil_mode the last may reach over the end, as long
/// as it does not begin there.
static llvm::Expected<Dim> countWindows(OpContext &context, size_t i,
                                        const Dim &room, int64_t span) {
  int64_t stride = context.resolved.steps[i];
  std::optional<Dim> count = floorDiv(room, Dim(stride));
  if (count)
    count = add(*count, Dim(1));
  auto checked = context.require(count);
  if (!checked || stride == 1 || context.getInt("ceil_mode", 0) == 0)
    return checked;
  auto left = room.getConstant(), high = context.resolved.high[i].getConstant();
  if (!left || !high)
    return context.refuse("ceil_mode of a dynamic extent is not supported");
  // The first element behind the data is at left + span - high.
  int64_t next = checked->getOffset() * stride;
  bool partial = *left % stride != 0 && next < *left + span - *high;
  return partial ? Dim(checked->getOffset() + 1) : *checked;
}

static Error inferWindow(OpContext &context, size_t i,
                         llvm::ArrayRef<int64_t> kernel,
                         llvm::ArrayRef<int64_t> pads, Shape &shape) {
  const Dim &extent = context.getInput(0)->shape[2 + i];
  int64_t span = (kernel[i] - 1) * context.resolved.dilations[i] + 1;
  if (Error error =
          resolvePadding(context, i, extent, span, pads, kernel.size()))
    return error;
  std::optional<Dim> size = add(extent, context.resolved.low[i]);
  if (size)
    size = add(*size, context.resolved.high[i]);
  if (size)
    size = sub(*size, Dim(span));
  auto room = context.require(size);
  if (!room)
    return room.takeError();
  if (isLess(*room, Dim(0)).value_or(false))
    return context.fail("the kernel covers " + Twine(span) +
                        " elements, the padded input has " +
                        add(*room, Dim(span)).value_or(Dim(0)).str());
  auto count = countWindows(context, i, *room, span);
  if (!count)
    return count.takeError();
  shape.push_back(*count);
  return Error::success();
}

llvm::Expected<llvm::SmallVector<int64_t, 4>> resolveWindows(OpContext &context,
                                                             size_t spatial) {
  auto strides = getSpatial(context, {"strides", spatial, 1, 1});
  if (!strides)
    return strides.takeError();
  auto dilations = getSpatial(context, {"dilations", spatial, 1, 1});
  if (!dilations)
    return dilations.takeError();
  context.resolved.steps = std::move(*strides);
  context.resolved.dilations = std::move(*dilations);
  return getSpatial(context, {"pads", 2 * spatial, 0, 0});
}

Error inferWindows(OpContext &context, llvm::ArrayRef<int64_t> kernel,
                   Shape &shape) {
  auto pads = resolveWindows(context, kernel.size());
  if (!pads)
    return pads.takeError();
  for (size_t i = 0; i < kernel.size(); ++i)
    if (Error error = inferWindow(context, i, kernel, *pads, shape))
      return error;
  return Error::success();
}

} // namespace seqc::onnx
