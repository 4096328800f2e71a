//===- Resize.cpp - Which elements those of a resized tensor are made of --===//

#include "compiler/Import/Onnx/Resize.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <numeric>

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// Results along an axis of known extents: their taps lie in tables.
static constexpr int64_t mostResults = 1 << 20, mostRepeats = 1 << 12;

/// Before operator set 11 there were no attributes for these.
static bool isOld(const OpContext &context) {
  return context.opset < 11 || context.node.opType == "Upsample";
}

static StringRef getCoordinates(const OpContext &context) {
  return context.getString("coordinate_transformation_mode",
                           isOld(context) ? "asymmetric" : "half_pixel");
}

static StringRef getRounding(const OpContext &context) {
  return context.getString("nearest_mode",
                           isOld(context) ? "floor" : "round_prefer_floor");
}

static Error requireOneOf(const OpContext &context, StringRef attribute,
                          StringRef found, llvm::ArrayRef<StringRef> known) {
  if (llvm::is_contained(known, found))
    return Error::success();
  return context.refuse("attribute '" + attribute + "': expected " +
                        llvm::join(known, ", ") + ", found '" + found + "'");
}

static Error checkModes(const OpContext &context) {
  StringRef mode = context.getString("mode", "nearest");
  if (Error error =
          requireOneOf(context, "mode", mode, {"nearest", "linear", "cubic"}))
    return error;
  if (Error error = requireOneOf(
          context, "coordinate_transformation_mode", getCoordinates(context),
          {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
           "tf_half_pixel_for_nn"}))
    return error;
  if (Error error = requireOneOf(
          context, "nearest_mode", getRounding(context),
          {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}))
    return error;
  if (Error error =
          requireOneOf(context, "keep_aspect_ratio_policy",
                       context.getString("keep_aspect_ratio_policy", "stretch"),
                       {"stretch"}))
    return error;
  if (context.getInt("antialias", 0) != 0)
    return context.refuse("attribute 'antialias': expected 0");
  ElementType type = context.getInput(0)->type;
  if (mode != "nearest" && !isFloat(type))
    return context.refuse("mode " + mode + " of " + toString(type) +
                          ": expected floats");
  return Error::success();
}

/// The place of result `at` among the data.
static double findPlace(StringRef coordinates, const ResizedAxis &axis,
                        int64_t at) {
  double width = axis.from * axis.scale;
  if (coordinates == "asymmetric")
    return at / axis.scale;
  if (coordinates == "tf_half_pixel_for_nn")
    return (at + 0.5) / axis.scale;
  // Not the extent: ONNX's own tests take the product, of which it is a part.
  if (coordinates == "align_corners")
    return width == 1 ? 0 : at * (axis.from - 1) / (width - 1);
  if (coordinates == "pytorch_half_pixel" && width <= 1)
    return 0;
  return (at + 0.5) / axis.scale - 0.5;
}

static double roundPlace(StringRef rounding, double place) {
  if (rounding == "round_prefer_floor")
    return std::ceil(place - 0.5);
  if (rounding == "round_prefer_ceil")
    return std::floor(place + 0.5);
  return rounding == "floor" ? std::floor(place) : std::ceil(place);
}

/// Keys' kernel: a = -0.75 is ONNX's default.
static double weighCubic(double a, double distance) {
  double d = distance;
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

llvm::SmallVector<Tap, 4> computeTaps(const OpContext &context,
                                      const ResizedAxis &axis, int64_t at) {
  StringRef mode = context.getString("mode", "nearest");
  double place = findPlace(getCoordinates(context), axis, at);
  auto clamp = [&](double index) {
    return int64_t(std::clamp<double>(index, 0, axis.from - 1));
  };
  if (mode == "nearest")
    return {{clamp(roundPlace(getRounding(context), place)), 1}};
  int64_t count = mode == "linear" ? 2 : 4;
  double first = std::floor(place) - (count / 2 - 1), sum = 0;
  bool excludes = context.getInt("exclude_outside", 0) != 0;
  double a = context.getFloat("cubic_coeff_a", -0.75);
  llvm::SmallVector<Tap, 4> taps;
  for (double index = first; index < first + count; ++index) {
    double distance = std::abs(index - place);
    double weight = mode == "linear" ? std::max(0.0, 1 - distance)
                                     : weighCubic(a, distance);
    if (excludes && (index < 0 || index >= axis.from))
      weight = 0;
    taps.push_back({clamp(index), weight});
    sum += weight;
  }
  for (Tap &tap : taps)
    tap.weight /= excludes ? sum : 1;
  return taps;
}

/// The scales, if they are given. Old nodes have them as an attribute or as
/// their second and last input.
static Expected<std::optional<std::vector<double>>>
getScales(const OpContext &context) {
  const Attribute *attribute = context.node.getAttribute("scales");
  if (isOld(context) && context.getNumInputs() > (attribute ? 1 : 2))
    return context.fail("expected " + Twine(attribute ? 1 : 2) +
                        " inputs, found " + Twine(context.getNumInputs()));
  if (attribute)
    return std::optional(attribute->floats);
  const Value *scales = context.getInput(isOld(context) ? 1 : 2);
  if (!scales || (scales->shape.size() == 1 && scales->shape[0].isConstant(0)))
    return std::optional<std::vector<double>>();
  if (!scales->known || !scales->known->isConstant() || !isFloat(scales->type))
    return context.refuse("needs scales that are known when compiling");
  return std::optional(scales->known->floats);
}

/// Whether every element is repeated, whatever the extent.
static bool isRepeated(const OpContext &context, ResizedAxis axis) {
  if (context.getString("mode", "nearest") != "nearest" ||
      getCoordinates(context) == "align_corners")
    return false;
  axis.from = 3;
  axis.to = 3 * axis.factor;
  for (int64_t at = 0; at < axis.to; ++at)
    if (computeTaps(context, axis, at)[0].place != at / axis.factor)
      return false;
  return true;
}

/// The number that `dim` is a multiple of, at least 1.
static int64_t getConstantFactor(const Dim &dim) {
  llvm::SmallVector<Dim> factors;
  dim.collectFactors(factors);
  int64_t product = 1;
  for (const Dim &factor : factors)
    if (std::optional<int64_t> known = factor.getConstant())
      if (llvm::MulOverflow(product, std::max<int64_t>(*known, 1), product))
        return 1;
  return product;
}

/// `axis` with what follows from its scale or, where it has none, its extents.
static Expected<ResizedAxis> resolveExtent(const OpContext &context,
                                           ResizedAxis axis, bool hasScale) {
  const Dim &from = context.getInput(0)->shape[axis.axis];
  std::optional<int64_t> known = from.getConstant();
  if (hasScale && !(axis.scale > 0 && axis.scale <= mostResults))
    return context.fail("expected scales above 0 and at most " +
                        Twine(mostResults) + ", found " +
                        std::to_string(axis.scale));
  if (known && hasScale && *known <= mostResults)
    axis.extent = Dim(int64_t(std::floor(*known * axis.scale)));
  std::optional<int64_t> to = axis.extent.getConstant();
  if (known && (hasScale || to)) {
    axis.from = *known;
    axis.to = to.value_or(0);
    if (*known > mostResults || *to > mostResults)
      return context.refuse("resizes " + from.str() + " to " +
                            axis.extent.str() + " elements: expected at most " +
                            Twine(mostResults));
    if (*to < 1 || *known < 1)
      return context.fail("resizes " + from.str() + " to " + axis.extent.str() +
                          " elements");
    if (!hasScale)
      axis.scale = double(*to) / *known;
    return axis;
  }
  if (!hasScale) {
    int64_t factor = getConstantFactor(axis.extent) / getConstantFactor(from);
    std::optional<Dim> whole = mul(from, Dim(factor));
    axis.scale = whole && *whole == axis.extent ? factor : 0;
  }
  axis.factor = axis.scale <= mostRepeats ? int64_t(axis.scale) : 0;
  if (axis.factor < 1 || axis.factor != axis.scale ||
      !isRepeated(context, axis))
    return context.refuse("resizes " + from.str() +
                          " elements, which are not known when "
                          "compiling, by other than repeating each of them");
  auto extent = context.require(mul(from, Dim(axis.factor)));
  if (!extent)
    return extent.takeError();
  axis.extent = *extent;
  return axis;
}

Expected<llvm::SmallVector<ResizedAxis, 2>>
resolveResize(const OpContext &context) {
  if (Error error = checkModes(context))
    return std::move(error);
  const Shape &shape = context.getInput(0)->shape;
  auto scales = getScales(context);
  if (!scales)
    return scales.takeError();
  Shape sizes;
  if (!*scales) {
    if (isOld(context) || !context.getInput(3))
      return context.fail("expected scales or sizes, found neither");
    auto known = context.getKnownDims(3, "size");
    if (!known)
      return known.takeError();
    sizes = *known;
  } else if (context.getInput(3)) {
    return context.fail("expected scales or sizes, found both");
  }
  std::vector<int64_t> all(shape.size());
  std::iota(all.begin(), all.end(), 0);
  auto axes =
      context.getAxes(context.getInts("axes").value_or(all), shape.size());
  if (!axes)
    return axes.takeError();
  size_t count = *scales ? (*scales)->size() : sizes.size();
  if (count != axes->size())
    return context.fail("expected " + Twine(axes->size()) +
                        (*scales ? " scales" : " sizes") + ", found " +
                        Twine(count));
  llvm::SmallVector<ResizedAxis, 2> resized;
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    ResizedAxis made = {axis, *scales ? shape[axis] : sizes[i],
                        *scales ? (**scales)[i] : 0};
    if (*scales ? made.scale == 1 : made.extent == shape[axis])
      continue;
    auto resolved = resolveExtent(context, made, scales->has_value());
    if (!resolved)
      return resolved.takeError();
    resized.push_back(*resolved);
  }
  return resized;
}

static Error inferResize(OpContext &context) {
  auto axes = resolveResize(context);
  if (!axes)
    return axes.takeError();
  if (axes->empty())
    return context.setAlias(0, 0);
  const Value &data = *context.getInput(0);
  Shape shape = data.shape;
  for (const ResizedAxis &axis : *axes)
    shape[axis.axis] = axis.extent;
  context.setResult(0, data.type, std::move(shape));
  return Error::success();
}

llvm::ArrayRef<OpInfo> getResizeOps() {
  static const OpInfo ops[] = {
      {"Resize", 1, 4, 1,
       "antialias=i axes=is coordinate_transformation_mode=s cubic_coeff_a=f "
       "exclude_outside=i extrapolation_value=f keep_aspect_ratio_policy=s "
       "mode=s nearest_mode=s",
       inferResize},
      {"Upsample", 1, 2, 1, "mode=s scales=fs", inferResize},
  };
  return ops;
}

} // namespace seqc::onnx
