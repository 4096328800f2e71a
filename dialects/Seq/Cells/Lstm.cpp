//===- Lstm.cpp - long short-term memory ----------------------------------===//

#include "dialects/Seq/Cells/Activation.h"
#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

static LogicalResult verifyAttributes(LstmOp op) {
  std::string letters = op.getGateOrder().str();
  llvm::sort(letters);
  if (letters != "cfio")
    return op.emitOpError("gate_order must be a permutation of iofc, found \"")
           << op.getGateOrder() << "\"";
  if (op.getActivations() && op.getActivations()->size() != 3)
    return op.emitOpError("needs 3 activations, found ")
           << op.getActivations()->size();
  if (op.getClip() && !(op.getClip()->convertToDouble() >= 0.0))
    return op.emitOpError("clip must not be negative");
  if (static_cast<bool>(op.getH0()) != static_cast<bool>(op.getC0()))
    return op.emitOpError("needs h0 and c0 together");
  return success();
}

LogicalResult LstmOp::verify() {
  if (failed(verifyAttributes(*this)))
    return failure();
  auto x = cast<RankedTensorType>(getX().getType());
  auto r = cast<RankedTensorType>(getR().getType());
  if (x.getRank() != 3 || r.getRank() != 3)
    return emitOpError("needs x [T, B, I] and r [4, H, H], found ")
           << x << " and " << r;
  int64_t time = x.getDimSize(getBatchMajor() ? 1 : 0);
  int64_t batch = x.getDimSize(getBatchMajor() ? 0 : 1);
  int64_t hidden = r.getDimSize(1);
  if (ShapedType::isDynamic(hidden) || ShapedType::isDynamic(x.getDimSize(2)))
    return emitOpError("needs static input and hidden sizes, found ")
           << x << " and " << r;
  SmallVector<int64_t, 3> y = {time, batch, hidden};
  if (getBatchMajor())
    std::swap(y[0], y[1]);
  if (failed(expectOperand(*this, "w", getW(), {4, hidden, x.getDimSize(2)})) ||
      failed(expectOperand(*this, "r", getR(), {4, hidden, hidden})) ||
      failed(expectOperand(*this, "input_bias", getInputBias(), {4, hidden})) ||
      failed(expectOperand(*this, "recurrent_bias", getRecurrentBias(),
                           {4, hidden})) ||
      failed(expectOperand(*this, "peepholes", getPeepholes(), {3, hidden})) ||
      failed(expectOperand(*this, "lengths", getLengths(), {batch})) ||
      failed(expectOperand(*this, "result y", getY(), y)))
    return failure();
  for (auto [name, value] : {std::pair<StringRef, Value>("h0", getH0()),
                             {"c0", getC0()},
                             {"result h", getH()},
                             {"result c", getC()}})
    if (failed(expectOperand(*this, name, value, {batch, hidden})))
      return failure();
  return success();
}

namespace {
/// One step, in the order of the op's description.
struct LstmStep {
  LstmOp op;
  OpBuilder &b;
  Location loc;
  Type vector;     // tensor<H>
  Value gates;     // tensor<4xH>: every gate's input but for the peepholes
  Value peepholes; // tensor<3xH> or null

  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value row(Value x, int64_t i) {
    return ExtractOp::create(b, loc, vector, x, b.getDenseI64ArrayAttr(i));
  }

  ActivationAttr activation(unsigned i) {
    if (op.getActivations())
      return cast<ActivationAttr>((*op.getActivations())[i]);
    return ActivationAttr::get(b.getContext(),
                               i == 0 ? Activation::Sigmoid : Activation::Tanh,
                               FloatAttr(), FloatAttr());
  }
  Value activate(unsigned i, Value x) {
    if (op.getClip())
      x = buildClip(b, loc, op.getClip()->convertToDouble(), x);
    return buildActivation(b, loc, activation(i), x);
  }

  /// The input of gate `letter`, with its peephole on `cell` where it has one.
  Value input(char letter, Value cell) {
    Value x = row(gates, op.getGateOrder().find(letter));
    size_t p = StringRef("iof").find(letter);
    if (!peepholes || p == StringRef::npos)
      return x;
    return add(x, mul(row(peepholes, p), cell));
  }

  /// The new (h, c).
  std::pair<Value, Value> build(Value c) {
    Value i = activate(0, input('i', c)), f;
    if (op.getInputForget())
      f = arith::SubFOp::create(b, loc, buildConstantLike(b, loc, vector, 1.0),
                                i);
    else
      f = activate(0, input('f', c));
    Value candidate = activate(1, input('c', c));
    Value cell = add(mul(f, c), mul(i, candidate));
    Value o = activate(0, input('o', cell));
    // Clipping is for the gates' inputs; the cell goes to h as it is.
    Value h = mul(o, buildActivation(b, loc, activation(2), cell));
    return {h, cell};
  }
};
} // namespace

FailureOr<SmallVector<Value>> LstmOp::expand(OpBuilder &builder) {
  Location loc = getLoc();
  int64_t timeDim = getBatchMajor() ? 1 : 0, batchDim = 1 - timeDim;
  auto yType = cast<RankedTensorType>(getY().getType());
  auto hType = cast<RankedTensorType>(getH().getType());
  Value time = getExtent(builder, loc, getX(), timeDim);
  Value batch = getExtent(builder, loc, getX(), batchDim);

  using E = IndexEntry;
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  if (getBatchMajor())
    std::swap(sequence[0], sequence[1]);
  IndexList matrix = {E::all(), E::all(), E::all()};
  IndexList rows = {E::all(), E::all()}, state = {E::domain(0), E::all()};
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  scan.inputs = {{getX(), sequence}, {getW(), matrix}, {getR(), matrix}};
  for (Value optional : {getInputBias(), getRecurrentBias(), getPeepholes()})
    if (optional)
      scan.inputs.push_back({optional, rows});
  Value yExtents[] = {time, batch, Value()};
  if (getBatchMajor())
    std::swap(yExtents[0], yExtents[1]);
  scan.outs = {{buildEmpty(builder, loc, yType, yExtents), sequence}};
  for (Value initial : {getH0(), getC0()})
    scan.carries.push_back(
        {initial ? initial : buildZeros(builder, loc, hType, {batch, Value()}),
         state});
  if (getLengths()) {
    scan.lengths = getLengths();
    scan.lengthsIndex = {E::domain(0)};
  }
  scan.reverse = getReverse();

  auto op = ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, ScanBody body) {
        auto vector = cast<RankedTensorType>(body.carries[0].getType());
        auto gates = RankedTensorType::get({4, vector.getDimSize(0)},
                                           vector.getElementType());
        auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
        Value x = MatvecOp::create(b, loc, gates, body.inputs[1],
                                   body.inputs[0], plus);
        unsigned next = 3;
        for (Value bias : {getInputBias(), getRecurrentBias()})
          if (bias)
            x = arith::AddFOp::create(b, loc, x, body.inputs[next++]);
        Value h = MatvecOp::create(b, loc, gates, body.inputs[2],
                                   body.carries[0], plus);
        LstmStep step{*this,
                      b,
                      loc,
                      vector,
                      arith::AddFOp::create(b, loc, x, h),
                      getPeepholes() ? body.inputs[next] : Value()};
        auto [hidden, cell] = step.build(body.carries[1]);
        YieldOp::create(b, loc, ValueRange{hidden}, ValueRange{hidden, cell});
      });
  return SmallVector<Value>(op.getResults());
}
