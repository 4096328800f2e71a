//===- DiagonalSsm.cpp - diagonal state space layers ----------------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

#include <cmath>

using namespace mlir;
using namespace seqc::seq;

using E = IndexEntry;

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// What is given, and what is not.
static LogicalResult verifyGiven(DiagonalSsmOp op) {
  if (failed(expectTogether(
          op, {{"b_real", op.getBReal()}, {"b_imag", op.getBImag()}})) ||
      failed(expectTogether(
          op, {{"h0_real", op.getH0Real()}, {"h0_imag", op.getH0Imag()}})))
    return failure();
  bool given = op.getDiscretisation() == Discretisation::Given;
  if (given != !op.getDelta())
    return op.emitOpError("needs delta except with 'given', found ")
           << (given ? "it" : "none") << " with '"
           << stringifyDiscretisation(op.getDiscretisation()) << "'";
  if (!op.getBReal() &&
      cast<RankedTensorType>(op.getAReal().getType()).getRank() == 1)
    return op.emitOpError("needs b where all channels share the states, "
                          "found none");
  return success();
}

LogicalResult DiagonalSsmOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType());
  auto a = cast<RankedTensorType>(getAReal().getType());
  auto c = cast<RankedTensorType>(getCReal().getType());
  if (x.getRank() != 3 || a.getRank() < 1 || a.getRank() > 2 ||
      c.getRank() != 2)
    return emitOpError("needs x [T, B, D], a [D, N] or [N] and c of rank 2, "
                       "found ")
           << x << ", " << a << " and " << c;
  bool shared = a.getRank() == 1;
  SharedExtent time({"x", getX()}, 0), batch({"x", getX()}, 1);
  int64_t channels = x.getDimSize(2), states = a.getShape().back(),
          outputs = shared ? c.getDimSize(0) : channels;
  if (ShapedType::isDynamicShape({channels, states, outputs}))
    return emitOpError("needs static channels, states and outputs, found ")
           << x << ", " << a << " and " << c;
  if (failed(verifyElements(*this, getX())) || failed(verifyGiven(*this)))
    return failure();
  if (getSkip() && outputs != channels)
    return emitOpError("needs as many outputs as inputs for skip, found ")
           << outputs << " and " << channels;
  using Shape = SmallVector<int64_t>;
  Shape poles = shared ? Shape{states} : Shape{channels, states};
  Shape in = shared ? Shape{states, channels} : poles;
  Shape out = shared ? Shape{outputs, states} : poles;
  SmallVector<RequiredExtent> state = {batch};
  llvm::append_range(state, poles);
  if (failed(expectWeights(
          *this, {{"a_real", getAReal()}, {"a_imag", getAImag()}}, poles)) ||
      failed(expectWeights(*this, {{"delta", getDelta()}}, poles.front())) ||
      failed(expectWeights(
          *this, {{"b_real", getBReal()}, {"b_imag", getBImag()}}, in)) ||
      failed(expectWeights(
          *this, {{"c_real", getCReal()}, {"c_imag", getCImag()}}, out)) ||
      failed(expectWeights(*this, {{"skip", getSkip()}}, channels)) ||
      failed(expectExtents(*this,
                           {{"h0_real", getH0Real()},
                            {"h0_imag", getH0Imag()},
                            {"result h_real", getHReal()},
                            {"result h_imag", getHImag()}},
                           state, 1)))
    return failure();
  return expectExtents(*this, {{"result y", getY()}}, {time, batch, outputs},
                       2);
}

//===----------------------------------------------------------------------===//
// Discretisation
//===----------------------------------------------------------------------===//

namespace {
/// A complex number, or a tensor of them.
struct Complex {
  Value real, imag;
};

/// Arithmetic of pairs.
struct ComplexArithmetic : Arithmetic {
  using Arithmetic::div;
  using Arithmetic::mul;

  Complex mul(Complex x, Complex y) {
    return {sub(mul(x.real, y.real), mul(x.imag, y.imag)),
            add(mul(x.real, y.imag), mul(x.imag, y.real))};
  }
  Complex scale(Value x, Complex y) { return {mul(x, y.real), mul(x, y.imag)}; }
  Value square(Complex x) {
    return add(mul(x.real, x.real), mul(x.imag, x.imag));
  }
  Complex div(Complex x, Complex y) {
    Value size = square(y);
    Complex product = mul(x, {y.real, negate(y.imag)});
    return {div(product.real, size), div(product.imag, size)};
  }
  /// cos x - 1 = -2 sin(x / 2)^2, which cancels nothing.
  Value cosm1(Value x) {
    Value half = math::SinOp::create(b, loc, mul(x, constantLike(x, 0.5)));
    return mul(mul(half, half), constantLike(half, -2.0));
  }
  using Arithmetic::exp;
  Complex exp(Complex x) {
    Value size = exp(x.real);
    return {mul(size, add(cosm1(x.imag), constantLike(size, 1.0))),
            mul(size, math::SinOp::create(b, loc, x.imag))};
  }
  /// exp(x) - 1, near 0 too.
  Complex expm1(Complex x) {
    Value grown = math::ExpM1Op::create(b, loc, x.real), size = exp(x.real);
    return {add(grown, mul(size, cosm1(x.imag))),
            mul(size, math::SinOp::create(b, loc, x.imag))};
  }
};

/// λ and w of one state, in the terms of the op's description.
struct Step {
  Complex pole, gain;
};
} // namespace

/// (λ - 1) / a = Δ (exp(z) - 1) / z with z = Δ a, by its series where z is
/// almost 0: 1 + z / 2 leaves out z^2 / 6, less than half of what the numbers
/// resolve.
static Step holdInput(ComplexArithmetic &a, Complex pole, Value delta) {
  Complex z = a.scale(delta, pole), grown = a.expm1(z);
  auto type = cast<FloatType>(delta.getType());
  double threshold =
      std::ldexp(1.0, 1 - static_cast<int>(APFloat::semanticsPrecision(
                              type.getFloatSemantics())));
  Value one = a.constantLike(delta, 1.0), half = a.constantLike(delta, 0.5);
  Value isSmall =
      arith::CmpFOp::create(a.b, a.loc, arith::CmpFPredicate::OLT, a.square(z),
                            a.constantLike(delta, threshold));
  auto select = [&](Value small, Value other) -> Value {
    return arith::SelectOp::create(a.b, a.loc, isSmall, small, other);
  };
  Complex safe = {select(one, z.real), z.imag};
  Complex ratio = a.div(grown, safe), series = a.scale(half, z);
  Complex factor = {select(a.add(one, series.real), ratio.real),
                    select(series.imag, ratio.imag)};
  return {a.exp(z), a.scale(delta, factor)};
}

static Step discretise(ComplexArithmetic &a, Discretisation kind, Complex pole,
                       Value delta) {
  Value one = a.constantLike(pole.real, 1.0);
  Value zero = a.constantLike(pole.real, 0.0);
  switch (kind) {
  case Discretisation::ZeroOrderHold:
    return holdInput(a, pole, delta);
  case Discretisation::Bilinear: {
    Complex half = a.scale(a.mul(delta, a.constantLike(delta, 0.5)), pole);
    Complex below = {a.sub(one, half.real), a.negate(half.imag)};
    return {a.div({a.add(one, half.real), half.imag}, below),
            a.div({delta, zero}, below)};
  }
  case Discretisation::Given:
    return {a.exp(pole), {one, zero}};
  }
  llvm_unreachable("a discretisation without a formula");
}

namespace {
/// One layer under construction.
class SsmBuilder {
public:
  SsmBuilder(DiagonalSsmOp op, OpBuilder &b);

  SmallVector<Value> buildByChannel();
  SmallVector<Value> buildShared();

private:
  void addState(ScanOperands &scan, Value initial, Value result,
                IndexList index);
  Value emptyLike(Value x, int64_t width) {
    auto type = cast<RankedTensorType>(op.getX().getType());
    return buildEmpty(
        b, loc,
        RankedTensorType::get({type.getDimSize(0), type.getDimSize(1), width},
                              type.getElementType()),
        {time, batch, Value()});
  }
  SmallVector<Value> projectIn();
  SmallVector<Value> scanShared(ValueRange gains);
  Value readOut(ComplexArithmetic &a, Value real, Value imag, Value skipped);

  DiagonalSsmOp op;
  OpBuilder &b;
  Location loc;
  Value time, batch;
  int64_t states;
  /// λ and w as four tensors of a's shape.
  SmallVector<Value, 4> steps;
};
} // namespace

SsmBuilder::SsmBuilder(DiagonalSsmOp op, OpBuilder &b)
    : op(op), b(b), loc(op.getLoc()), time(getExtent(b, loc, op.getX(), 0)),
      batch(getExtent(b, loc, op.getX(), 1)) {
  auto type = cast<RankedTensorType>(op.getAReal().getType());
  states = type.getShape().back();
  SmallVector<Value> inputs = {op.getAReal(), op.getAImag()};
  AffineMap all = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineMap> maps(2, all);
  if (op.getDelta()) {
    inputs.push_back(op.getDelta());
    maps.push_back(type.getRank() == 1 ? all : all.dropResult(1));
  }
  maps.append(4, all);
  SmallVector<Value> empties(4, buildEmpty(b, loc, type, {Value(), Value()}));
  auto generic = linalg::GenericOp::create(
      b, loc, SmallVector<Type>(4, type), inputs, empties, maps,
      SmallVector<utils::IteratorType>(type.getRank(),
                                       utils::IteratorType::parallel),
      [&](OpBuilder &nested, Location loc, ValueRange in) {
        ComplexArithmetic a{{nested, loc}};
        Step step = discretise(a, op.getDiscretisation(), {in[0], in[1]},
                               op.getDelta() ? in[2] : Value());
        linalg::YieldOp::create(nested, loc,
                                ValueRange{step.pole.real, step.pole.imag,
                                           step.gain.real, step.gain.imag});
      });
  llvm::append_range(steps, generic.getResults());
}

void SsmBuilder::addState(ScanOperands &scan, Value initial, Value result,
                          IndexList index) {
  auto type = cast<RankedTensorType>(result.getType());
  if (!initial)
    initial = buildFilled(b, loc, type, {batch, Value(), Value()});
  scan.carries.push_back({initial, index});
}

/// Re(C h), of which `real` and `imag` are the products of parts, and what is
/// added.
Value SsmBuilder::readOut(ComplexArithmetic &a, Value real, Value imag,
                          Value skipped) {
  Value y = a.sub(real, imag);
  if (op.getConjugate())
    y = a.add(y, y);
  return skipped ? a.add(y, skipped) : y;
}

/// Every channel with its states.
SmallVector<Value> SsmBuilder::buildByChannel() {
  ScanOperands scan(loc);
  scan.domain = {batch, getExtent(b, loc, op.getX(), 2)};
  scan.time = time;
  IndexList sequence = {E::time(), E::domain(0), E::domain(1)};
  scan.inputs = {{op.getX(), sequence}};
  SmallVector<Value> weights(steps.begin(), steps.end());
  llvm::append_range(weights, ValueRange{op.getCReal(), op.getCImag()});
  if (op.getBReal())
    llvm::append_range(weights, ValueRange{op.getBReal(), op.getBImag()});
  for (Value weight : weights)
    scan.inputs.push_back({weight, {E::domain(1), E::all()}});
  if (op.getSkip())
    scan.inputs.push_back({op.getSkip(), {E::domain(1)}});
  scan.outs = {
      {emptyLike(op.getX(),
                 cast<RankedTensorType>(op.getX().getType()).getDimSize(2)),
       sequence}};
  IndexList state = {E::domain(0), E::domain(1), E::all()};
  addState(scan, op.getH0Real(), op.getHReal(), state);
  addState(scan, op.getH0Imag(), op.getHImag(), state);
  auto result = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        ComplexArithmetic a{{nested, loc}};
        ValueRange in = body.inputs;
        Complex gain = {in[3], in[4]};
        if (op.getBReal())
          gain = a.mul(gain, {in[7], in[8]});
        Complex added = a.scale(a.splatLike(in[0], in[3]), gain);
        auto next = ComplexAffineOp::create(nested, loc, added.real.getType(),
                                            added.real.getType(), in[1], in[2],
                                            body.carries[0], body.carries[1],
                                            added.real, added.imag, UnitAttr());
        Value skipped = op.getSkip() ? a.mul(in.back(), in[0]) : Value();
        Value y = readOut(a, a.dot(in[5], next.getNextReal()),
                          a.dot(in[6], next.getNextImag()), skipped);
        YieldOp::create(nested, loc, y, next.getResults());
      });
  return SmallVector<Value>(result.getResults());
}

/// w ⊙ (B x) for every step, as two sequences [T, B, N].
SmallVector<Value> SsmBuilder::projectIn() {
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  scan.inputs = {{op.getX(), sequence},
                 {op.getBReal(), {E::all(), E::all()}},
                 {op.getBImag(), {E::all(), E::all()}},
                 {steps[2], {E::all()}},
                 {steps[3], {E::all()}}};
  scan.outs = {{emptyLike(op.getX(), states), sequence},
               {emptyLike(op.getX(), states), sequence}};
  auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  auto result = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        ComplexArithmetic a{{nested, loc}};
        ValueRange in = body.inputs;
        Complex product = {
            MatvecOp::create(nested, loc, in[3].getType(), in[1], in[0], plus),
            MatvecOp::create(nested, loc, in[3].getType(), in[2], in[0], plus)};
        Complex gain = a.mul({in[3], in[4]}, product);
        YieldOp::create(nested, loc, ValueRange{gain.real, gain.imag},
                        ValueRange());
      });
  return SmallVector<Value>(result.getResults());
}

/// The states at every step, each by itself, and the last ones.
SmallVector<Value> SsmBuilder::scanShared(ValueRange gains) {
  ScanOperands scan(loc);
  Value count = arith::ConstantIndexOp::create(b, loc, states);
  scan.domain = {batch, count};
  scan.time = time;
  IndexList sequence = {E::time(), E::domain(0), E::domain(1)};
  scan.inputs = {{gains[0], sequence},
                 {gains[1], sequence},
                 {steps[0], {E::domain(1)}},
                 {steps[1], {E::domain(1)}}};
  scan.outs = {{emptyLike(op.getX(), states), sequence},
               {emptyLike(op.getX(), states), sequence}};
  addState(scan, op.getH0Real(), op.getHReal(), {E::domain(0), E::domain(1)});
  addState(scan, op.getH0Imag(), op.getHImag(), {E::domain(0), E::domain(1)});
  auto result = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        ValueRange in = body.inputs;
        Type type = in[0].getType();
        auto next = ComplexAffineOp::create(
            nested, loc, type, type, in[2], in[3], body.carries[0],
            body.carries[1], in[0], in[1], UnitAttr());
        YieldOp::create(nested, loc, next.getResults(), next.getResults());
      });
  return SmallVector<Value>(result.getResults());
}

/// Inputs to states, states over time, states to outputs: the products leave
/// the recurrence.
SmallVector<Value> SsmBuilder::buildShared() {
  SmallVector<Value> h = scanShared(projectIn());
  ScanOperands scan(loc);
  scan.domain = {batch};
  scan.time = time;
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  scan.inputs = {{h[0], sequence},
                 {h[1], sequence},
                 {op.getCReal(), {E::all(), E::all()}},
                 {op.getCImag(), {E::all(), E::all()}}};
  if (op.getSkip()) {
    scan.inputs.push_back({op.getX(), sequence});
    scan.inputs.push_back({op.getSkip(), {E::all()}});
  }
  auto yType = cast<RankedTensorType>(op.getY().getType());
  scan.outs = {{buildEmpty(b, loc, yType, {time, batch, Value()}), sequence}};
  auto row =
      RankedTensorType::get({yType.getDimSize(2)}, yType.getElementType());
  auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  auto result = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        ComplexArithmetic a{{nested, loc}};
        ValueRange in = body.inputs;
        Value skipped = op.getSkip() ? a.mul(in[5], in[4]) : Value();
        Value y = readOut(
            a, MatvecOp::create(nested, loc, row, in[2], in[0], plus),
            MatvecOp::create(nested, loc, row, in[3], in[1], plus), skipped);
        YieldOp::create(nested, loc, y, ValueRange());
      });
  return {result.getResult(0), h[2], h[3]};
}

FailureOr<SmallVector<Value>> DiagonalSsmOp::expand(OpBuilder &b) {
  SsmBuilder builder(*this, b);
  bool shared = cast<RankedTensorType>(getAReal().getType()).getRank() == 1;
  return shared ? builder.buildShared() : builder.buildByChannel();
}
