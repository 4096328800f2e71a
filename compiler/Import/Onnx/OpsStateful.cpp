//===- OpsStateful.cpp - Layers with a past and a present state -----------===//

#include "compiler/Import/Onnx/Ops.h"

namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

/// How many numbers each of `heads` heads has in the last dimension of `value`.
static llvm::Expected<int64_t> getHeadSize(const OpContext &context,
                                           const Value &value, const char *what,
                                           int64_t heads) {
  std::optional<int64_t> size = value.shape.back().getConstant();
  if (!size || *size < 1 || *size % heads != 0)
    return context.fail("expected " + Twine(what) + " with a multiple of " +
                        Twine(heads) + " numbers, found " +
                        toString(value.shape));
  return *size / heads;
}

static Error checkUpdateRule(const OpContext &context) {
  llvm::StringRef rule = context.getString("update_rule", "gated_delta");
  bool gated = rule == "gated" || rule == "gated_delta";
  bool delta = rule == "delta" || rule == "gated_delta";
  if (!gated && !delta && rule != "linear")
    return context.fail(
        "attribute 'update_rule': expected linear, gated, delta "
        "or gated_delta, found '" +
        rule + "'");
  auto check = [&](unsigned input, const char *what, bool wanted) -> Error {
    bool given = context.getInput(input) != nullptr;
    if (given == wanted)
      return Error::success();
    return context.fail(Twine("update rule '") + rule + "' " +
                        (wanted ? "needs" : "has no") + " " + what +
                        " (input " + Twine(input) + ")");
  };
  if (Error error = check(4, "decay", gated))
    return error;
  return check(5, "beta", delta);
}

/// `chunk_size` is a hint for other implementations: no result depends on it.
/// query [B, T, Hq K], key [B, T, H K], value [B, T, H V], past state
/// [B, H, K, V], decay [B, T, H] or [B, T, H K], beta [B, T, H]; output
/// [B, T, Hq V] and the present state.
static Error inferLinearAttention(OpContext &context) {
  const Value &query = *context.getInput(0), &key = *context.getInput(1),
              &value = *context.getInput(2);
  if (!isFloat(query.type))
    return context.fail("expected floats, found " + toString(query.type));
  for (const Value *operand : {&query, &key, &value})
    if (operand->shape.size() != 3)
      return context.fail("expected query, key and value of rank 3, found " +
                          toString(operand->shape));
  int64_t queryHeads = context.getInt("q_num_heads", 0),
          heads = context.getInt("kv_num_heads", 0);
  if (heads < 1 || queryHeads < 1 || queryHeads % heads != 0)
    return context.fail("expected 'q_num_heads' to be a multiple of "
                        "'kv_num_heads', found " +
                        Twine(queryHeads) + " and " + Twine(heads));
  if (Error error = checkUpdateRule(context))
    return error;
  auto keySize = getHeadSize(context, key, "key (input 1)", heads);
  if (!keySize)
    return keySize.takeError();
  auto valueSize = getHeadSize(context, value, "value (input 2)", heads);
  if (!valueSize)
    return valueSize.takeError();
  auto times = [](int64_t a, int64_t b) {
    return mul(Dim(a), Dim(b)).value_or(Dim(0));
  };
  Dim batch = query.shape[0], time = query.shape[1];
  Shape state = {batch, heads, *keySize, *valueSize};
  const Value *decay = context.getInput(4);
  bool perHead = decay && decay->shape.size() == 3 &&
                 decay->shape[2].getConstant() == heads;
  const ExpectedOperand operands[] = {
      {0, "query", {batch, time, times(queryHeads, *keySize)}, query.type},
      {1, "key", {batch, time, key.shape[2]}, query.type},
      {2, "value", {batch, time, value.shape[2]}, query.type},
      {3, "past state", state, query.type},
      {4,
       "decay",
       {batch, time, perHead ? Dim(heads) : key.shape[2]},
       query.type},
      {5, "beta", {batch, time, heads}, query.type}};
  for (const ExpectedOperand &operand : operands)
    if (Error error = checkOperand(context, operand))
      return error;
  context.setResult(0, query.type,
                    {batch, time, times(queryHeads, *valueSize)});
  context.setResult(1, query.type, state);
  return Error::success();
}

/// input [B, C, T], weight [C, 1, K], bias [C], past state [B, C, K-1]; output
/// [B, C, T] and the present state.
static Error inferCausalConv(OpContext &context) {
  const Value &input = *context.getInput(0), &weight = *context.getInput(1);
  if (!isFloat(input.type))
    return context.fail("expected floats, found " + toString(input.type));
  if (input.shape.size() != 3 || weight.shape.size() != 3)
    return context.fail("expected input and weight of rank 3, found " +
                        toString(input.shape) + " and " +
                        toString(weight.shape));
  llvm::StringRef activation = context.getString("activation", "none");
  if (activation != "none" && activation != "silu" && activation != "swish")
    return context.fail("attribute 'activation': expected none, silu or swish, "
                        "found '" +
                        activation + "'");
  std::optional<int64_t> taps = weight.shape[2].getConstant();
  if (!taps || *taps < 1)
    return context.fail("expected a kernel of 1 or more, found " +
                        toString(weight.shape));
  Dim batch = input.shape[0], channels = input.shape[1];
  Shape state = {batch, channels, *taps - 1};
  const ExpectedOperand operands[] = {
      {1, "weight", {channels, 1, *taps}, input.type},
      {2, "bias", {channels}, input.type},
      {3, "past state", state, input.type}};
  for (const ExpectedOperand &operand : operands)
    if (Error error = checkOperand(context, operand))
      return error;
  context.setResult(0, input.type, input.shape);
  context.setResult(1, input.type, state);
  return Error::success();
}

llvm::ArrayRef<OpInfo> getStatefulOps() {
  static const OpInfo ops[] = {
      {"CausalConvWithState", 2, 4, 2, "activation=s", inferCausalConv},
      {"LinearAttention", 3, 6, 2,
       "chunk_size=i kv_num_heads=i q_num_heads=i scale=f update_rule=s",
       inferLinearAttention},
  };
  return ops;
}

} // namespace seqc::onnx
