//===- OpsElementwise.cpp - Element by element, with broadcast ------------===//

#include "compiler/Import/Onnx/Ops.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

namespace seqc::onnx {

using llvm::Error;
using llvm::Expected;
using llvm::Twine;

namespace {

using MaybeDim = std::optional<Dim>;
using Ints = llvm::ArrayRef<Dim>;
using Floats = llvm::ArrayRef<double>;

/// How an operator is evaluated when its operands are known. Either function
/// may be absent: then it is not evaluated for that kind of elements.
struct Evaluation {
  MaybeDim (*onInts)(Ints) = nullptr;
  double (*onFloats)(Floats) = nullptr;
  bool isPredicate = false; // the result is a boolean
  /// Where this is the second operand (the first too, if `commutes`), the
  /// result is the other one.
  std::optional<int> neutral = std::nullopt;
  bool commutes = false;
};

} // namespace

static MaybeDim fromBool(std::optional<bool> value) {
  return value ? MaybeDim(Dim(*value)) : std::nullopt;
}

/// Integer division in ONNX truncates, as in C.
static MaybeDim divide(const Dim &lhs, const Dim &rhs) {
  if (lhs.isConstant() && rhs.isConstant()) {
    int64_t a = lhs.getOffset(), b = rhs.getOffset();
    if (b == 0 || (a == INT64_MIN && b == -1))
      return std::nullopt;
    return Dim(a / b);
  }
  if (lhs.getLowerBound().value_or(-1) < 0)
    return std::nullopt;
  return floorDiv(lhs, rhs);
}

static MaybeDim power(const Dim &base, const Dim &exponent) {
  auto count = exponent.getConstant();
  if (!count || *count < 0 || *count > 64)
    return std::nullopt;
  MaybeDim result = Dim(1);
  for (int64_t i = 0; i < *count && result; ++i)
    result = mul(*result, base);
  return result;
}

static MaybeDim absolute(const Dim &dim) {
  if (dim.getLowerBound().value_or(-1) >= 0)
    return dim;
  return dim.isConstant() ? sub(Dim(0), dim) : std::nullopt;
}

static const llvm::StringMap<Evaluation> &getEvaluations() {
  static const llvm::StringMap<Evaluation> table = {
      {"Add",
       {[](Ints x) { return add(x[0], x[1]); },
        [](Floats x) { return x[0] + x[1]; }, false, 0, true}},
      {"Sub",
       {[](Ints x) { return sub(x[0], x[1]); },
        [](Floats x) { return x[0] - x[1]; }, false, 0}},
      {"Mul",
       {[](Ints x) { return mul(x[0], x[1]); },
        [](Floats x) { return x[0] * x[1]; }, false, 1, true}},
      {"Div",
       {[](Ints x) { return divide(x[0], x[1]); },
        [](Floats x) { return x[0] / x[1]; }, false, 1}},
      {"Pow",
       {[](Ints x) { return power(x[0], x[1]); },
        [](Floats x) { return std::pow(x[0], x[1]); }, false, 1}},
      {"Min",
       {[](Ints x) { return min(x[0], x[1]); },
        [](Floats x) { return std::min(x[0], x[1]); }}},
      {"Max",
       {[](Ints x) { return max(x[0], x[1]); },
        [](Floats x) { return std::max(x[0], x[1]); }}},
      {"Equal",
       {[](Ints x) { return fromBool(isEqual(x[0], x[1])); },
        [](Floats x) { return double(x[0] == x[1]); }, true}},
      {"Less",
       {[](Ints x) { return fromBool(isLess(x[0], x[1])); },
        [](Floats x) { return double(x[0] < x[1]); }, true}},
      {"LessOrEqual",
       {[](Ints x) { return fromBool(isLessEqual(x[0], x[1])); },
        [](Floats x) { return double(x[0] <= x[1]); }, true}},
      {"Greater",
       {[](Ints x) { return fromBool(isLess(x[1], x[0])); },
        [](Floats x) { return double(x[0] > x[1]); }, true}},
      {"GreaterOrEqual",
       {[](Ints x) { return fromBool(isLessEqual(x[1], x[0])); },
        [](Floats x) { return double(x[0] >= x[1]); }, true}},
      {"And", {[](Ints x) { return min(x[0], x[1]); }, nullptr, true}},
      {"Or", {[](Ints x) { return max(x[0], x[1]); }, nullptr, true}},
      {"Xor", {[](Ints x) { return fromBool(x[0] != x[1]); }, nullptr, true}},
      {"Not", {[](Ints x) { return sub(Dim(1), x[0]); }, nullptr, true}},
      {"Neg",
       {[](Ints x) { return sub(Dim(0), x[0]); },
        [](Floats x) { return -x[0]; }}},
      {"Abs",
       {[](Ints x) { return absolute(x[0]); },
        [](Floats x) { return std::fabs(x[0]); }}},
      {"Relu",
       {[](Ints x) { return max(x[0], Dim(0)); },
        [](Floats x) { return std::max(x[0], 0.0); }}},
      {"Sqrt", {nullptr, [](Floats x) { return std::sqrt(x[0]); }}},
      {"Exp", {nullptr, [](Floats x) { return std::exp(x[0]); }}},
      {"Log", {nullptr, [](Floats x) { return std::log(x[0]); }}},
      {"Reciprocal", {nullptr, [](Floats x) { return 1.0 / x[0]; }}},
      {"Floor", {nullptr, [](Floats x) { return std::floor(x[0]); }}},
      {"Ceil", {nullptr, [](Floats x) { return std::ceil(x[0]); }}},
  };
  return table;
}

/// Calls `visit(indices)` with the position in each operand of every element of
/// the broadcast result. Returns false if `visit` does.
static bool
forEachBroadcast(const OpContext &context, llvm::ArrayRef<int64_t> shape,
                 llvm::function_ref<bool(llvm::ArrayRef<int64_t>)> visit) {
  unsigned operands = context.getNumInputs();
  llvm::SmallVector<llvm::SmallVector<int64_t, 4>> strides;
  for (const Value *input : context.inputs) {
    auto extents = *input->getStaticShape();
    auto own = getStrides(extents);
    llvm::SmallVector<int64_t, 4> aligned(shape.size(), 0);
    size_t leading = shape.size() - extents.size();
    for (size_t i = 0; i < extents.size(); ++i)
      aligned[leading + i] = extents[i] == 1 ? 0 : own[i];
    strides.push_back(std::move(aligned));
  }
  llvm::SmallVector<int64_t, 4> index(shape.size(), 0), positions(operands, 0);
  for (int64_t n = 0, e = *countElements(shape); n < e; ++n) {
    if (!visit(positions))
      return false;
    for (size_t i = shape.size(); i-- > 0;) {
      bool wraps = ++index[i] == shape[i];
      for (unsigned k = 0; k < operands; ++k)
        positions[k] += strides[k][i] * (wraps ? 1 - shape[i] : 1);
      if (!wraps)
        break;
      index[i] = 0;
    }
  }
  return true;
}

/// Evaluates the operator if all operands are known; null otherwise.
static ElementsRef evaluate(const OpContext &context,
                            const Evaluation &evaluation, ElementType type,
                            llvm::ArrayRef<int64_t> shape) {
  bool floats = isFloat(context.getInput(0)->type);
  std::optional<int64_t> count = countElements(shape);
  if (!count || *count > maxFoldedElements ||
      !llvm::all_of(context.inputs,
                    [](const Value *input) { return input->known != nullptr; }))
    return nullptr;
  if (floats ? !evaluation.onFloats : !evaluation.onInts)
    return nullptr;
  auto result = std::make_shared<Elements>();
  llvm::SmallVector<double, 3> floatOperands;
  llvm::SmallVector<Dim, 3> intOperands;
  bool done =
      forEachBroadcast(context, shape, [&](llvm::ArrayRef<int64_t> positions) {
        floatOperands.clear();
        intOperands.clear();
        for (auto [input, position] :
             llvm::zip_equal(context.inputs, positions)) {
          if (floats)
            floatOperands.push_back(input->known->floats[position]);
          else
            intOperands.push_back(input->known->ints[position]);
        }
        if (floats) {
          double value = evaluation.onFloats(floatOperands);
          if (evaluation.isPredicate)
            result->ints.push_back(int64_t(value));
          else
            result->floats.push_back(roundTo(type, value));
          return true;
        }
        MaybeDim value = evaluation.onInts(intOperands);
        if (!value || (value->isConstant() && !fits(type, value->getOffset())))
          return false;
        result->ints.push_back(*value);
        return true;
      });
  return done ? result : nullptr;
}

/// Whether every element is known to be `number`.
static bool isAll(const Value &value, int number) {
  return value.known &&
         llvm::all_of(value.known->ints,
                      [&](const Dim &dim) { return dim.isConstant(number); }) &&
         llvm::all_of(value.known->floats,
                      [&](double element) { return element == number; });
}

/// The operand that the result equals because the other one is neutral; -1 if
/// there is none. x + 0 may turn -0 into +0, which this does not preserve.
static int findNeutral(const OpContext &context, const Evaluation &evaluation,
                       llvm::ArrayRef<Dim> shape) {
  if (!evaluation.neutral || context.getNumInputs() != 2)
    return -1;
  for (int kept : {0, 1}) {
    if (kept == 1 && !evaluation.commutes)
      break;
    if (llvm::ArrayRef<Dim>(context.getInput(kept)->shape) == shape &&
        isAll(*context.getInput(1 - kept), *evaluation.neutral))
      return kept;
  }
  return -1;
}

static Error requireSameTypes(const OpContext &context, unsigned from = 0) {
  ElementType type = context.getInput(from)->type;
  for (const Value *input : context.inputs.drop_front(from))
    if (!input || input->type != type)
      return context.fail("expected operands of one type, found " +
                          toString(type) + " and " +
                          (input ? toString(input->type) : "an absent one"));
  return Error::success();
}

static Expected<Shape> broadcastAll(const OpContext &context) {
  Shape shape = context.getInput(0)->shape;
  for (const Value *input : context.inputs.drop_front()) {
    auto merged = context.broadcast(shape, input->shape);
    if (!merged)
      return merged.takeError();
    shape = std::move(*merged);
  }
  return shape;
}

/// Arithmetic, comparisons, logic; one, two or more operands.
static Error inferElementwise(OpContext &context) {
  // The exponent of Pow may be of another type.
  if (context.node.opType != "Pow")
    if (Error error = requireSameTypes(context))
      return error;
  auto shape = broadcastAll(context);
  if (!shape)
    return shape.takeError();
  const auto &table = getEvaluations();
  auto found = table.find(context.node.opType);
  bool predicate = found != table.end() && found->second.isPredicate;
  ElementType type = predicate ? ElementType::Bool : context.getInput(0)->type;
  Value &result = context.setResult(0, type, *shape);
  if (found == table.end())
    return Error::success();
  if (int kept = findNeutral(context, found->second, *shape); kept >= 0)
    return context.setAlias(0, kept);
  bool sameKind = llvm::all_of(context.inputs, [&](const Value *input) {
    return isFloat(input->type) == isFloat(context.getInput(0)->type);
  });
  auto extents = result.getStaticShape();
  // Min and Max of more than two operands are left to the run time.
  if (extents && sameKind && context.getNumInputs() <= 2)
    result.known = evaluate(context, found->second, type, *extents);
  return Error::success();
}

static Error inferMinMax(OpContext &context) {
  if (context.getNumInputs() == 1)
    return context.setAlias(0, 0);
  return inferElementwise(context);
}

static Error inferMean(OpContext &context) {
  if (!isFloat(context.getInput(0)->type))
    return context.fail("expected floats, found " +
                        toString(context.getInput(0)->type));
  return inferMinMax(context);
}

static Error inferLogic(OpContext &context) {
  if (context.getInput(0)->type != ElementType::Bool)
    return context.fail("expected booleans, found " +
                        toString(context.getInput(0)->type));
  return inferElementwise(context);
}

/// Functions that are only defined on floating point numbers.
static Error inferFloatFunction(OpContext &context) {
  if (!isFloat(context.getInput(0)->type))
    return context.fail("expected floats, found " +
                        toString(context.getInput(0)->type));
  return inferElementwise(context);
}

static Error inferMod(OpContext &context) {
  bool truncates = context.getInt("fmod", 0) != 0;
  if (!truncates && isFloat(context.getInput(0)->type))
    return context.fail("expected integers with fmod = 0, found " +
                        toString(context.getInput(0)->type));
  if (Error error = inferElementwise(context))
    return error;
  Value &result = context.results[0];
  Evaluation floored{[](Ints x) { return mod(x[0], x[1]); }};
  auto extents = result.getStaticShape();
  if (extents && !truncates)
    result.known = evaluate(context, floored, result.type, *extents);
  return Error::success();
}

static Error inferWhere(OpContext &context) {
  if (context.getInput(0)->type != ElementType::Bool)
    return context.fail("expected a boolean condition, found " +
                        toString(context.getInput(0)->type));
  if (Error error = requireSameTypes(context, 1))
    return error;
  auto shape = broadcastAll(context);
  if (!shape)
    return shape.takeError();
  const Value &condition = *context.getInput(0);
  Value &result = context.setResult(0, context.getInput(1)->type, *shape);
  for (int chosen : {1, 2})
    if (isAll(condition, chosen == 1) &&
        llvm::ArrayRef<Dim>(context.getInput(chosen)->shape) ==
            llvm::ArrayRef<Dim>(*shape))
      return context.setAlias(0, chosen);
  auto extents = result.getStaticShape();
  std::optional<int64_t> count =
      extents ? countElements(*extents) : std::nullopt;
  if (!count || *count > maxFoldedElements || !condition.known ||
      !condition.known->isConstant() || !context.getInput(1)->known ||
      !context.getInput(2)->known)
    return Error::success();
  auto elements = std::make_shared<Elements>();
  forEachBroadcast(context, *extents, [&](llvm::ArrayRef<int64_t> at) {
    int chosen = condition.known->ints[at[0]].isConstant(1) ? 1 : 2;
    const Elements &source = *context.getInput(chosen)->known;
    if (isFloat(result.type))
      elements->floats.push_back(source.floats[at[chosen]]);
    else
      elements->ints.push_back(source.ints[at[chosen]]);
    return true;
  });
  result.known = std::move(elements);
  return Error::success();
}

/// One known element as another type; nothing where it does not fit.
static bool castElement(const Elements &from, size_t i, ElementType type,
                        Elements &to) {
  bool fromFloat = from.ints.empty();
  if (isFloat(type)) {
    if (!fromFloat && !from.ints[i].isConstant())
      return false;
    double value =
        fromFloat ? from.floats[i] : double(from.ints[i].getOffset());
    to.floats.push_back(roundTo(type, value));
    return true;
  }
  if (fromFloat) {
    double value = type == ElementType::Bool ? double(from.floats[i] != 0)
                                             : std::trunc(from.floats[i]);
    if (!(std::fabs(value) < 9e18) || !fits(type, int64_t(value)))
      return false;
    to.ints.push_back(int64_t(value));
    return true;
  }
  const Dim &value = from.ints[i];
  if (type == ElementType::Bool) {
    std::optional<bool> zero = isEqual(value, Dim(0));
    if (zero)
      to.ints.push_back(!*zero);
    return zero.has_value();
  }
  if (value.isConstant() ? !fits(type, value.getOffset())
                         : type != ElementType::I64)
    return false;
  to.ints.push_back(value);
  return true;
}

static Error inferCastTo(OpContext &context, int64_t number) {
  const Value &input = *context.getInput(0);
  auto type = ElementType(number);
  if (number <= 0 || number > UINT8_MAX || getByteSize(type) == 0)
    return context.refuse("a cast to the element type " + Twine(number) +
                          " is not supported");
  if (type == input.type)
    return context.setAlias(0, 0);
  Value &result = context.setResult(0, type, input.shape);
  if (!input.known || type == ElementType::U64)
    return Error::success();
  auto elements = std::make_shared<Elements>();
  size_t count = input.known->ints.size() + input.known->floats.size();
  for (size_t i = 0; i < count; ++i)
    if (!castElement(*input.known, i, type, *elements)) {
      bool isExact = type == ElementType::F32 || type == ElementType::F64;
      if (isExact && input.known->ints.size() == 1)
        result.whole = input.known->ints.front();
      return Error::success();
    }
  result.known = std::move(elements);
  return Error::success();
}

static Error inferCast(OpContext &context) {
  return inferCastTo(context, context.getInt("to", 0));
}

static Error inferCastLike(OpContext &context) {
  return inferCastTo(context, int64_t(context.getInput(1)->type));
}

/// IsNaN and IsInf.
static Error inferFloatTest(OpContext &context) {
  if (Error error = inferFloatFunction(context))
    return error;
  context.setResult(0, ElementType::Bool, context.getInput(0)->shape);
  return Error::success();
}

/// The slope is broadcast to the data, never the other way round.
static Error inferPRelu(OpContext &context) {
  if (Error error = inferFloatFunction(context))
    return error;
  if (context.results[0].shape != context.getInput(0)->shape)
    return context.fail("expected a slope that broadcasts to " +
                        toString(context.getInput(0)->shape) + ", found " +
                        toString(context.getInput(1)->shape));
  return Error::success();
}

static Error inferBitShift(OpContext &context) {
  if (!isUnsigned(context.getInput(0)->type))
    return context.fail("expected unsigned integers, found " +
                        toString(context.getInput(0)->type));
  llvm::StringRef direction = context.getString("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return context.fail("attribute 'direction': expected LEFT or RIGHT, found "
                        "'" +
                        direction + "'");
  return inferElementwise(context);
}

/// Identity, and Dropout outside of training.
static Error inferIdentity(OpContext &context) {
  return context.setAlias(0, 0);
}

/// Whether the operand is one constant zero.
static bool isZero(const Value *value) {
  return value && value->known &&
         (value->known->ints.size() + value->known->floats.size() == 1) &&
         isAll(*value, 0);
}

/// Training is random, except where nothing is to be dropped.
static Error inferDropout(OpContext &context) {
  if (context.opset < 7)
    return context.refuse("training mode, the default before operator set 7, "
                          "is not supported");
  bool dropsNothing = context.getInput(1) && isZero(context.getInput(1));
  if (context.getInput(2) && !isZero(context.getInput(2)) && !dropsNothing)
    return context.refuse("training mode is not supported");
  if (context.hasOutput(1) && context.opset < 10)
    return context.refuse("the mask (output 1) of operator sets before 10 is "
                          "not supported");
  Value &mask =
      context.setResult(1, ElementType::Bool, context.getInput(0)->shape);
  if (auto extents = mask.getStaticShape()) {
    mask.weight = makeSplatWeight(std::string(1, '\1'), mask.type, *extents);
    mask.known = loadElements(*mask.weight);
  }
  return context.setAlias(0, 0);
}

/// Clip: bounds are attributes before version 11 and scalar operands since.
static Error inferClip(OpContext &context) {
  for (unsigned i : {1u, 2u}) {
    const Value *bound = context.getInput(i);
    if (bound && !bound->shape.empty() &&
        !(bound->shape.size() == 1 && bound->shape[0].isConstant(1)))
      return context.fail("expected a scalar bound, found the shape " +
                          toString(bound->shape));
    if (bound && bound->type != context.getInput(0)->type)
      return context.fail("expected a bound of " +
                          toString(context.getInput(0)->type) + ", found " +
                          toString(bound->type));
  }
  context.setResult(0, context.getInput(0)->type, context.getInput(0)->shape);
  return Error::success();
}

llvm::ArrayRef<OpInfo> getElementwiseOps() {
  static const OpInfo ops[] = {
      {"Abs", 1, 1, 1, "", inferElementwise},
      {"Acos", 1, 1, 1, "", inferFloatFunction},
      {"Acosh", 1, 1, 1, "", inferFloatFunction},
      {"Add", 2, 2, 1, "", inferElementwise},
      {"And", 2, 2, 1, "", inferLogic},
      {"Asin", 1, 1, 1, "", inferFloatFunction},
      {"Asinh", 1, 1, 1, "", inferFloatFunction},
      {"Atan", 1, 1, 1, "", inferFloatFunction},
      {"Atanh", 1, 1, 1, "", inferFloatFunction},
      {"BitShift", 2, 2, 1, "direction=s", inferBitShift},
      {"Cast", 1, 1, 1, "to=i saturate=i", inferCast},
      {"CastLike", 2, 2, 1, "saturate=i", inferCastLike},
      {"Ceil", 1, 1, 1, "", inferFloatFunction},
      {"Celu", 1, 1, 1, "alpha=f", inferFloatFunction},
      {"Clip", 1, 3, 1, "min=f max=f", inferClip},
      {"Cos", 1, 1, 1, "", inferFloatFunction},
      {"Cosh", 1, 1, 1, "", inferFloatFunction},
      {"Div", 2, 2, 1, "", inferElementwise},
      {"Dropout", 1, 3, 2, "ratio=f seed=i", inferDropout},
      {"Elu", 1, 1, 1, "alpha=f", inferFloatFunction},
      {"Equal", 2, 2, 1, "", inferElementwise},
      {"Erf", 1, 1, 1, "", inferFloatFunction},
      {"Exp", 1, 1, 1, "", inferFloatFunction},
      {"Floor", 1, 1, 1, "", inferFloatFunction},
      {"Greater", 2, 2, 1, "", inferElementwise},
      {"GreaterOrEqual", 2, 2, 1, "", inferElementwise},
      {"HardSigmoid", 1, 1, 1, "alpha=f beta=f", inferFloatFunction},
      {"HardSwish", 1, 1, 1, "", inferFloatFunction},
      {"Identity", 1, 1, 1, "", inferIdentity},
      {"IsInf", 1, 1, 1, "detect_negative=i detect_positive=i", inferFloatTest},
      {"IsNaN", 1, 1, 1, "", inferFloatTest},
      {"LeakyRelu", 1, 1, 1, "alpha=f", inferFloatFunction},
      {"Less", 2, 2, 1, "", inferElementwise},
      {"LessOrEqual", 2, 2, 1, "", inferElementwise},
      {"Log", 1, 1, 1, "", inferFloatFunction},
      {"Max", 1, -1, 1, "", inferMinMax},
      {"Mean", 1, -1, 1, "", inferMean},
      {"Min", 1, -1, 1, "", inferMinMax},
      {"Mod", 2, 2, 1, "fmod=i", inferMod},
      {"Mul", 2, 2, 1, "", inferElementwise},
      {"Neg", 1, 1, 1, "", inferElementwise},
      {"Not", 1, 1, 1, "", inferLogic},
      {"Or", 2, 2, 1, "", inferLogic},
      {"PRelu", 2, 2, 1, "", inferPRelu},
      {"Pow", 2, 2, 1, "", inferElementwise},
      {"Reciprocal", 1, 1, 1, "", inferFloatFunction},
      {"Relu", 1, 1, 1, "", inferElementwise},
      {"Round", 1, 1, 1, "", inferFloatFunction},
      {"Selu", 1, 1, 1, "alpha=f gamma=f", inferFloatFunction},
      {"Shrink", 1, 1, 1, "bias=f lambd=f", inferFloatFunction},
      {"Sigmoid", 1, 1, 1, "", inferFloatFunction},
      {"Sign", 1, 1, 1, "", inferElementwise},
      {"Sin", 1, 1, 1, "", inferFloatFunction},
      {"Sinh", 1, 1, 1, "", inferFloatFunction},
      {"Softplus", 1, 1, 1, "", inferFloatFunction},
      {"Softsign", 1, 1, 1, "", inferFloatFunction},
      {"Sqrt", 1, 1, 1, "", inferFloatFunction},
      {"Sub", 2, 2, 1, "", inferElementwise},
      {"Sum", 1, -1, 1, "", inferMinMax},
      {"Tan", 1, 1, 1, "", inferFloatFunction},
      {"Tanh", 1, 1, 1, "", inferFloatFunction},
      {"ThresholdedRelu", 1, 1, 1, "alpha=f", inferFloatFunction},
      {"Where", 3, 3, 1, "", inferWhere},
      {"Xor", 2, 2, 1, "", inferLogic},
  };
  return ops;
}

} // namespace seqc::onnx
