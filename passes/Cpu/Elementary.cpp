//===- Elementary.cpp - transcendental functions in arithmetic ------------===//

#include "passes/Cpu/Elementary.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

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

Group Elementary::clamp(const Group &x, double low, double high) {
  Group limited = select(arith::CmpFPredicate::OLT, x, c(low), c(low), x);
  return select(arith::CmpFPredicate::OGT, limited, c(high), c(high), limited);
}

/// Coefficients from the lowest power up. Pairs of them first, then Horner's
/// scheme in the square: about half of the chain for one product more. A
/// processor has too few registers to hide the longer one.
Group Elementary::polynomial(const Group &x, ArrayRef<double> coefficients) {
  Group square = mul(x, x), result;
  for (size_t i = (coefficients.size() - 1) / 2 * 2, last = i;; i -= 2) {
    Group pair = c(coefficients[i]);
    if (i + 1 < coefficients.size())
      pair = fma(c(coefficients[i + 1]), x, pair);
    result = i == last ? pair : fma(result, square, pair);
    if (i == 0)
      return result;
  }
}

/// Horner's scheme: no product of its own, for a processor whose registers hold
/// enough arguments side by side to hide the chain.
Group Elementary::horner(const Group &x, ArrayRef<double> coefficients) {
  Group result = c(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = fma(result, x, c(coefficient));
  return result;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Adding this rounds to an integer and leaves it in the low bits.
static constexpr double magic = 12582912.0; // 1.5 * 2^23

Elementary::Reduced Elementary::reduce(const Group &x, double offset,
                                       bool negated) {
  double sign = negated ? -1 : 1;
  Reduced result;
  Group shifted = fma(x, c(sign * 1.4426950408889634), c(magic + offset));
  Group n = sub(shifted, c(magic + offset));
  // log 2 in two parts; the first has few enough bits to be exact times n.
  result.r = fma(n, c(sign * -0.693145751953125), x);
  result.r = fma(n, c(sign * -1.428606820309417e-06), result.r);
  result.power = power(shifted);
  return result;
}

/// The exponent's field, set to the low bits of `shifted`.
Group Elementary::power(const Group &shifted) {
  return fromBits(build<arith::ShLIOp>(bits(shifted), ci(23)));
}

/// exp(r) - 1 on the reduced range, or exp(-r) - 1.
Group Elementary::expm1Reduced(const Group &r, bool negated) {
  double sign = negated ? -1 : 1;
  Group q = polynomial(r, {0.5, sign * 0.1666657685, 4.166655444e-2,
                           sign * 8.363202972e-3, 1.392621347e-3});
  return fma(mul(r, r), q, negated ? neg(r) : r);
}

// Both exponentials are twice the polynomial times 2^(n - 1), so that the power
// is infinite beyond the range and the largest finite results need none that
// is. The least power is zero, for n = -126. The clamps keep NaN, and so does
// the product, whatever the power of a NaN's bits is.

Elementary::Factors Elementary::expFactors(const Group &x, bool negated) {
  Group limited = negated ? clamp(x, -89.5, 87.4) : clamp(x, -87.4, 89.5);
  Reduced reduced = reduce(limited, 126, negated);
  return {fma(expm1Reduced(reduced.r, negated), c(2.0), c(2.0)), reduced.power};
}

Group Elementary::exp(const Group &x) {
  Factors factors = expFactors(x, /*negated=*/false);
  return mul(factors.twice, factors.power);
}

/// factor 2^f for |f| <= 1/2; the factor is a power of two and changes no bits.
Group Elementary::exp2Reduced(const Group &f, double factor) {
  double series[] = {0.69314682, 0.24022236, 5.5508915e-2, 9.6717626e-3,
                     1.3225707e-3};
  for (double &coefficient : series)
    coefficient *= factor;
  Group q = scalef ? horner(f, series) : polynomial(f, series);
  return fma(q, f, c(factor));
}

/// Instructions that know infinities and the ends of the range need no clamps.
/// The bits are those of the arithmetic, but for results below 1.7e-38, which
/// are zero only where the processor flushes them.
Group Elementary::exp2ByInstructions(const Group &x) {
  auto constant = [&](unsigned width, int64_t value) -> Value {
    return LLVM::ConstantOp::create(b, loc, b.getIntegerType(width), value);
  };
  auto call = [&](StringRef name, ValueRange arguments) -> Value {
    return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name),
                                         arguments)
        ->getResult(0);
  };
  Value all = constant(16, -1), quietNearest = constant(32, 8),
        currentMode = constant(32, 4);
  Group f = map(x, [&](Value v) {
    return call("llvm.x86.avx512.mask.reduce.ps.512",
                {v, quietNearest, v, all, currentMode});
  });
  Group power = exp2Reduced(f, 1.0), result;
  for (auto [v, p] : llvm::zip(x, power)) {
    Value n = math::RoundEvenOp::create(b, loc, v);
    result.push_back(call("llvm.x86.avx512.mask.scalef.ps.512",
                          {p, n, p, all, currentMode}));
  }
  return result;
}

Group Elementary::exp2(const Group &x) {
  auto vector = dyn_cast<VectorType>(type);
  if (scalef && vector && vector.getRank() == 1 && vector.getDimSize(0) == 16)
    return exp2ByInstructions(x);
  Group limited = clamp(x, -126.0, 129.0);
  Group shifted = add(limited, c(magic + 126));
  Group f = sub(limited, sub(shifted, c(magic + 126)));
  return mul(exp2Reduced(f, 2.0), power(shifted));
}

/// exp(x) - 1 for -30 <= x <= 0.
Group Elementary::expm1Negative(const Group &x) {
  Reduced reduced = reduce(x, 127);
  return fma(reduced.power, expm1Reduced(reduced.r),
             sub(reduced.power, c(1.0)));
}

Group Elementary::tanh(const Group &x) {
  // tanh |x| = -m / (2 + m) with m = exp(-2 |x|) - 1; 1 from |x| = 9.02 on.
  Group size = abs(x);
  Group limited =
      select(arith::CmpFPredicate::OGT, size, c(9.02), c(9.02), size);
  Group m = expm1Negative(mul(limited, c(-2.0)));
  Group result = div(neg(m), add(c(2.0), m));
  return build<math::CopySignOp>(result, x);
}

Group Elementary::sigmoid(const Group &x, const Group &numerator) {
  Factors factors = expFactors(x, /*negated=*/true);
  return div(numerator, fma(factors.twice, factors.power, c(1.0)));
}

/// log(1 + z) for 0 <= z <= 1, by 2 atanh(s) with s = z / (2 + z). Twice s
/// is formed first: s itself may fall below the normal numbers.
Group Elementary::log1pUnit(const Group &z) {
  Group twice = div(add(z, z), add(c(2.0), z));
  Group square = mul(mul(twice, c(0.25)), twice);
  Group q = polynomial(
      square, {0.33333334, 0.19999853, 0.14296179, 0.10853288, 0.11612165});
  return fma(mul(twice, square), q, twice);
}

Group Elementary::softplus(const Group &x) {
  Group positive = select(arith::CmpFPredicate::OLT, x, c(0.0), c(0.0), x);
  Factors factors = expFactors(abs(x), /*negated=*/true);
  return add(positive, log1pUnit(mul(factors.twice, factors.power)));
}
