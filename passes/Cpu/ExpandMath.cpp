//===- ExpandMath.cpp - transcendental functions in plain arithmetic ------===//
//
// exp, tanh, sigmoid and softplus of f32, scalar or vector, by range reduction
// and short polynomials: the same bits at every vector width. Bounds, checked
// by tests: exp 2 ulp, the others 5. Results below the smallest normal number
// are zero; NaN gives NaN. Other functions use upstream's approximations.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_EXPANDMATH
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

namespace {
/// Arithmetic on f32 values of one shape.
struct Floats {
  OpBuilder &b;
  Location loc;
  Type type;

  Value c(double value) { return buildConstantLike(b, loc, type, value); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value neg(Value x) { return arith::NegFOp::create(b, loc, x); }
  Value select(arith::CmpFPredicate predicate, Value x, Value y, Value yes,
               Value no) {
    Value condition = arith::CmpFOp::create(b, loc, predicate, x, y);
    return arith::SelectOp::create(b, loc, condition, yes, no);
  }
  Type intType() {
    if (auto vector = dyn_cast<VectorType>(type))
      return VectorType::get(vector.getShape(), b.getI32Type());
    return b.getI32Type();
  }
  Value bits(Value x) { return arith::BitcastOp::create(b, loc, intType(), x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
  Value ci(int32_t value) {
    TypedAttr attr = b.getI32IntegerAttr(value);
    if (auto vector = dyn_cast<ShapedType>(intType()))
      attr = SplatElementsAttr::get(vector, Attribute(attr));
    return arith::ConstantOp::create(b, loc, attr);
  }

  /// Horner's scheme; coefficients from the highest power down.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value result = c(coefficients.front());
    for (double coefficient : coefficients.drop_front())
      result = fma(result, x, c(coefficient));
    return result;
  }

  /// x = n log 2 + r with |r| <= log 2 / 2 (a little more after rounding).
  struct Reduced {
    Value shifted; ///< n in the low bits of a float's representation.
    Value n, r;
  };
  Reduced reduce(Value x) {
    // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    Value magic = c(12582912.0);
    Reduced result;
    result.shifted = fma(x, c(1.4426950408889634), magic);
    result.n = sub(result.shifted, magic);
    // log 2 in two parts; the first has few enough bits to be exact times n.
    result.r = fma(result.n, c(-0.693145751953125), x);
    result.r = fma(result.n, c(-1.428606820309417e-06), result.r);
    return result;
  }
  /// exp(r) - 1 on the reduced range.
  Value expm1Reduced(Value r) {
    Value q = polynomial(r, {1.392621347e-3, 8.363202972e-3, 4.166655444e-2,
                             0.1666657685, 0.5});
    return fma(mul(r, r), q, r);
  }
  Value shiftExponent(Value shifted) {
    return arith::ShLIOp::create(b, loc, bits(shifted), ci(23));
  }

  Value exp(Value x) {
    Reduced reduced = reduce(x);
    Value p = add(expm1Reduced(reduced.r), c(1.0));
    Value scaled = fromBits(
        arith::AddIOp::create(b, loc, bits(p), shiftExponent(reduced.shifted)));
    // Above the range: infinity, or NaN for NaN. Below: zero.
    Value high =
        select(arith::CmpFPredicate::UGT, x, c(88.72283),
               add(x, c(std::numeric_limits<double>::infinity())), scaled);
    return select(arith::CmpFPredicate::OLT, x, c(-87.33654), c(0.0), high);
  }

  /// exp(x) - 1 for -30 <= x <= 0.
  Value expm1Negative(Value x) {
    Reduced reduced = reduce(x);
    Value power = fromBits(arith::AddIOp::create(
        b, loc, ci(0x3f800000), shiftExponent(reduced.shifted)));
    return fma(power, expm1Reduced(reduced.r), sub(power, c(1.0)));
  }

  Value tanh(Value x) {
    // tanh |x| = -m / (2 + m) with m = exp(-2 |x|) - 1; 1 from |x| = 9.02 on.
    Value size = abs(x);
    Value limited =
        select(arith::CmpFPredicate::OGT, size, c(9.02), c(9.02), size);
    Value m = expm1Negative(mul(limited, c(-2.0)));
    Value result = div(neg(m), add(c(2.0), m));
    return math::CopySignOp::create(b, loc, result, x);
  }

  Value sigmoid(Value x) { return div(c(1.0), add(c(1.0), exp(neg(x)))); }

  /// log(1 + z) for 0 <= z <= 1, by 2 atanh(s) with s = z / (2 + z). Twice s
  /// is formed first: s itself may fall below the normal numbers.
  Value log1pUnit(Value z) {
    Value twice = div(add(z, z), add(c(2.0), z));
    Value square = mul(mul(twice, c(0.25)), twice);
    Value q = polynomial(square, {0.11612165, 0.10853288, 0.14296179,
                                  0.19999853, 0.33333334});
    return fma(mul(twice, square), q, twice);
  }

  Value softplus(Value x) {
    Value positive = select(arith::CmpFPredicate::OLT, x, c(0.0), c(0.0), x);
    return add(positive, log1pUnit(exp(neg(abs(x)))));
  }
};

/// Replaces `OpT` on f32 by `build`.
template <typename OpT, Value (Floats::*build)(Value)>
struct ExpandFunction : public OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    Type type = op->getResult(0).getType();
    if (!getElementTypeOrSelf(type).isF32() || isa<TensorType>(type))
      return failure();
    Floats floats{rewriter, op.getLoc(), type};
    rewriter.replaceOp(op, (floats.*build)(op->getOperand(0)));
    return success();
  }
};

/// The definitions, in terms of the mathematical library.
struct SigmoidByLibrary : public OpRewritePattern<SigmoidOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SigmoidOp op,
                                PatternRewriter &b) const override {
    Location loc = op.getLoc();
    Value one = buildConstantLike(b, loc, op.getType(), 1.0);
    Value exp = math::ExpOp::create(
        b, loc, arith::NegFOp::create(b, loc, op.getOperand()));
    b.replaceOpWithNewOp<arith::DivFOp>(
        op, one, arith::AddFOp::create(b, loc, one, exp));
    return success();
  }
};

struct SoftplusByLibrary : public OpRewritePattern<SoftplusOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SoftplusOp op,
                                PatternRewriter &b) const override {
    Location loc = op.getLoc();
    Value x = op.getOperand();
    Value zero = buildConstantLike(b, loc, op.getType(), 0.0);
    Value size = math::AbsFOp::create(b, loc, x);
    Value exp =
        math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, size));
    b.replaceOpWithNewOp<arith::AddFOp>(
        op, arith::MaximumFOp::create(b, loc, x, zero),
        math::Log1pOp::create(b, loc, exp));
    return success();
  }
};

struct ExpandMath : public seqc::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    if (library) {
      patterns.add<SigmoidByLibrary, SoftplusByLibrary>(&getContext());
    } else {
      patterns.add<ExpandFunction<math::ExpOp, &Floats::exp>,
                   ExpandFunction<math::TanhOp, &Floats::tanh>,
                   ExpandFunction<SigmoidOp, &Floats::sigmoid>,
                   ExpandFunction<SoftplusOp, &Floats::softplus>>(
          &getContext(), /*benefit=*/2);
      // Other element types keep to the library.
      patterns.add<SigmoidByLibrary, SoftplusByLibrary>(&getContext());
      populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
        return name == "math.log" || name == "math.log1p" ||
               name == "math.log2" || name == "math.erf" ||
               name == "math.expm1";
      });
    }
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
