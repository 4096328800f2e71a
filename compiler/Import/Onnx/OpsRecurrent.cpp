//===- OpsRecurrent.cpp - Recurrent layers --------------------------------===//

#include "compiler/Import/Onnx/Ops.h"


namespace seqc::onnx {

using llvm::Error;
using llvm::Twine;

/// With n gates: X [T, B, I], W [D, nH, I], R [D, nH, H], B [D, 2nH],
/// lengths [B], h and c [D, B, H], P [D, 3H]; Y [T, D, B, H]. With layout 1 the
/// batch comes first everywhere. Only LSTM has c and P.
static Error inferLayer(OpContext &context, int64_t gates) {
  const Value &x = *context.getInput(0), &r = *context.getInput(2);
  if (!isFloat(x.type))
    return context.fail("expected floats, found " + toString(x.type));
  if (x.shape.size() != 3 || r.shape.size() != 3)
    return context.fail("expected X and R of rank 3, found " +
                        toString(x.shape) + " and " + toString(r.shape));
  std::optional<int64_t> hidden = r.shape[2].getConstant();
  if (!hidden || *hidden < 1)
    return context.fail("expected a hidden size of 1 or more, found " +
                        r.shape[2].str());
  if (int64_t asked = context.getInt("hidden_size", *hidden); asked != *hidden)
    return context.fail("attribute 'hidden_size': expected " + Twine(*hidden) +
                        " as in R, found " + Twine(asked));
  if (!x.shape[2].isConstant())
    return context.refuse("an input of the dynamic size " + x.shape[2].str() +
                          " is not supported; --shape can fix it");
  llvm::StringRef direction = context.getString("direction", "forward");
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional")
    return context.fail("attribute 'direction': expected forward, reverse or "
                        "bidirectional, found '" +
                        direction + "'");
  Dim directions = direction == "bidirectional" ? 2 : 1, h = *hidden;
  auto times = [&](int64_t n) { return mul(h, Dim(n)).value_or(Dim(0)); };
  bool batchFirst = context.getInt("layout", 0) != 0;
  Dim time = x.shape[batchFirst ? 1 : 0], batch = x.shape[batchFirst ? 0 : 1];
  Shape state = {directions, batch, h};
  if (batchFirst)
    std::swap(state[0], state[1]);
  const ExpectedOperand operands[] = {
      {1, "W", {directions, times(gates), x.shape[2]}, x.type},
      {2, "R", {directions, times(gates), h}, x.type},
      {3, "B", {directions, times(2 * gates)}, x.type},
      {4, "sequence_lens", {batch}, ElementType::I32},
      {5, "initial_h", state, x.type},
      {6, "initial_c", state, x.type},
      {7, "P", {directions, times(3)}, x.type}};
  for (const ExpectedOperand &operand : operands)
    if (Error error = checkOperand(context, operand))
      return error;
  context.setResult(0, x.type,
                    batchFirst ? Shape{batch, time, directions, h}
                               : Shape{time, directions, batch, h});
  context.setResult(1, x.type, state);
  context.setResult(2, x.type, state);
  return Error::success();
}

static Error inferRnn(OpContext &context) { return inferLayer(context, 1); }
static Error inferGru(OpContext &context) { return inferLayer(context, 3); }
static Error inferLstm(OpContext &context) { return inferLayer(context, 4); }

llvm::ArrayRef<OpInfo> getRecurrentOps() {
  static const OpInfo ops[] = {
      {"GRU", 3, 6, 2,
       "activation_alpha=fs activation_beta=fs activations=ss clip=f "
       "direction=s hidden_size=i layout=i linear_before_reset=i",
       inferGru},
      {"LSTM", 3, 8, 3,
       "activation_alpha=fs activation_beta=fs activations=ss clip=f "
       "direction=s hidden_size=i input_forget=i layout=i",
       inferLstm},
      {"RNN", 3, 6, 2,
       "activation_alpha=fs activation_beta=fs activations=ss clip=f "
       "direction=s hidden_size=i layout=i",
       inferRnn},
  };
  return ops;
}

} // namespace seqc::onnx
