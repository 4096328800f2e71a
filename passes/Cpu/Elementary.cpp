//===- Elementary.cpp - transcendental functions in arithmetic ------------===//

#include "passes/Cpu/Elementary.h"
#include "dialects/Seq/SeqOps.h"

using namespace mlir;
using namespace seqc;
using Group = Elementary::Group;

static Value at(const Group &group, size_t i) {
  return group[group.size() == 1 ? 0 : i];
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Group Elementary::map(const Group &x, function_ref<Value(Value)> build) {
  Group result;
  for (Value value : x)
    result.push_back(build(value));
  return result;
}

template <typename OpT>
Group Elementary::build(const Group &x, const Group &y) {
  Group result;
  for (size_t i = 0, count = std::max(x.size(), y.size()); i < count; ++i)
    result.push_back(OpT::create(b, loc, at(x, i), at(y, i)));
  return result;
}

Group Elementary::c(double value) {
  return {seq::buildConstantLike(b, loc, type, value)};
}

Type Elementary::intType() {
  if (auto vector = dyn_cast<VectorType>(type))
    return VectorType::get(vector.getShape(), b.getI32Type());
  return b.getI32Type();
}

Group Elementary::ci(int32_t value) {
  TypedAttr attr = b.getI32IntegerAttr(value);
  if (auto vector = dyn_cast<ShapedType>(intType()))
    attr = SplatElementsAttr::get(vector, Attribute(attr));
  return {arith::ConstantOp::create(b, loc, attr)};
}

Group Elementary::add(const Group &x, const Group &y) {
  return build<arith::AddFOp>(x, y);
}
Group Elementary::sub(const Group &x, const Group &y) {
  return build<arith::SubFOp>(x, y);
}
Group Elementary::mul(const Group &x, const Group &y) {
  return build<arith::MulFOp>(x, y);
}
Group Elementary::div(const Group &x, const Group &y) {
  return build<arith::DivFOp>(x, y);
}

Group Elementary::fma(const Group &x, const Group &y, const Group &z) {
  Group result;
  for (size_t i = 0, count = std::max({x.size(), y.size(), z.size()});
       i < count; ++i)
    result.push_back(math::FmaOp::create(b, loc, at(x, i), at(y, i), at(z, i)));
  return result;
}

Group Elementary::abs(const Group &x) {
  return map(x, [&](Value v) { return math::AbsFOp::create(b, loc, v); });
}
Group Elementary::neg(const Group &x) {
  return map(x, [&](Value v) { return arith::NegFOp::create(b, loc, v); });
}

Group Elementary::select(arith::CmpFPredicate predicate, const Group &x,
                         const Group &y, const Group &yes, const Group &no) {
  Group result;
  for (size_t i = 0, count = std::max({x.size(), yes.size(), no.size()});
       i < count; ++i) {
    Value condition =
        arith::CmpFOp::create(b, loc, predicate, at(x, i), at(y, i));
    result.push_back(
        arith::SelectOp::create(b, loc, condition, at(yes, i), at(no, i)));
  }
  return result;
}

Group Elementary::bits(const Group &x) {
  return map(x, [&](Value v) {
    return arith::BitcastOp::create(b, loc, intType(), v);
  });
}
Group Elementary::fromBits(const Group &x) {
  return map(
      x, [&](Value v) { return arith::BitcastOp::create(b, loc, type, v); });
}

Group Elementary::scale(const Group &x, const Group &shifted) {
  Group exponent = build<arith::ShLIOp>(bits(shifted), ci(23));
  return fromBits(build<arith::AddIOp>(bits(x), exponent));
}

/// Horner's scheme; coefficients from the highest power down.
Group Elementary::polynomial(const Group &x, ArrayRef<double> coefficients) {
  Group result = c(coefficients.front());
  for (double coefficient : coefficients.drop_front())
    result = fma(result, x, c(coefficient));
  return result;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Adding this rounds to an integer and leaves it in the low bits.
static constexpr double magic = 12582912.0; // 1.5 * 2^23

Elementary::Reduced Elementary::reduce(const Group &x) {
  Reduced result;
  result.shifted = fma(x, c(1.4426950408889634), c(magic));
  result.n = sub(result.shifted, c(magic));
  // log 2 in two parts; the first has few enough bits to be exact times n.
  result.r = fma(result.n, c(-0.693145751953125), x);
  result.r = fma(result.n, c(-1.428606820309417e-06), result.r);
  return result;
}

/// exp(r) - 1 on the reduced range.
Group Elementary::expm1Reduced(const Group &r) {
  Group q = polynomial(
      r, {1.392621347e-3, 8.363202972e-3, 4.166655444e-2, 0.1666657685, 0.5});
  return fma(mul(r, r), q, r);
}

Group Elementary::exp(Group x) {
  Reduced reduced = reduce(x);
  Group p = add(expm1Reduced(reduced.r), c(1.0));
  Group scaled = scale(p, reduced.shifted);
  // Above the range: infinity, or NaN for NaN. Below: zero.
  Group high =
      select(arith::CmpFPredicate::UGT, x, c(88.72283),
             add(x, c(std::numeric_limits<double>::infinity())), scaled);
  return select(arith::CmpFPredicate::OLT, x, c(-87.33654), c(0.0), high);
}

Group Elementary::exp2(Group x) {
  // At the bounds the polynomial is exactly 1, and the sum of the exponents
  // that of infinity or of zero. The orders keep NaN.
  x = select(arith::CmpFPredicate::OLT, x, c(-127.0), c(-127.0), x);
  x = select(arith::CmpFPredicate::OGT, x, c(128.0), c(128.0), x);
  Group shifted = add(x, c(magic));
  Group f = sub(x, sub(shifted, c(magic)));
  // 256 for NaN, which turns a NaN's sign only.
  shifted = select(arith::CmpFPredicate::OLT, shifted, c(magic + 256.0),
                   shifted, c(magic + 256.0));
  Group exponent = build<arith::ShLIOp>(bits(shifted), ci(23));
  Group p = polynomial(f, {1.3225707e-3, 9.6717626e-3, 5.5508915e-2, 0.24022236,
                           0.69314682, 1.0});
  return fromBits(build<arith::AddIOp>(bits(p), exponent));
}

/// exp(x) - 1 for -30 <= x <= 0.
Group Elementary::expm1Negative(const Group &x) {
  Reduced reduced = reduce(x);
  Group power = scale(c(1.0), reduced.shifted);
  return fma(power, expm1Reduced(reduced.r), sub(power, c(1.0)));
}

Group Elementary::tanh(Group x) {
  // tanh |x| = -m / (2 + m) with m = exp(-2 |x|) - 1; 1 from |x| = 9.02 on.
  Group size = abs(x);
  Group limited =
      select(arith::CmpFPredicate::OGT, size, c(9.02), c(9.02), size);
  Group m = expm1Negative(mul(limited, c(-2.0)));
  Group result = div(neg(m), add(c(2.0), m));
  return build<math::CopySignOp>(result, x);
}

Group Elementary::sigmoid(Group x) {
  return div(c(1.0), add(c(1.0), exp(neg(x))));
}

/// log(1 + z) for 0 <= z <= 1, by 2 atanh(s) with s = z / (2 + z). Twice s
/// is formed first: s itself may fall below the normal numbers.
Group Elementary::log1pUnit(const Group &z) {
  Group twice = div(add(z, z), add(c(2.0), z));
  Group square = mul(mul(twice, c(0.25)), twice);
  Group q = polynomial(
      square, {0.11612165, 0.10853288, 0.14296179, 0.19999853, 0.33333334});
  return fma(mul(twice, square), q, twice);
}

Group Elementary::softplus(Group x) {
  Group positive = select(arith::CmpFPredicate::OLT, x, c(0.0), c(0.0), x);
  return add(positive, log1pUnit(exp(neg(abs(x)))));
}
