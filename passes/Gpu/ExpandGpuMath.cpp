//===- ExpandGpuMath.cpp - f32 functions from additions and products ------===//
//
// Vulkan lets exp be wrong by 3 + 2 |x| ulp, and drivers use it: kernels bring
// their own functions, within 2 ulp for exp and 5 for the others wherever
// additions and multiplications round to nearest. Unlike those that the
// processor gets (seq-expand-math) they need no fused multiply-add: Vulkan does
// not promise one.
//
//===----------------------------------------------------------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Gpu/GpuPasses.h"

namespace seqc {
#define GEN_PASS_DEF_EXPANDGPUMATH
#include "passes/Gpu/GpuPasses.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Builds f32 and i32 arithmetic.
struct Float {
  OpBuilder &b;
  Location loc;

  Value f(double value) const {
    return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  }
  Value i(int32_t value) const {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  }
  Value add(Value x, Value y) const {
    return arith::AddFOp::create(b, loc, x, y);
  }
  Value sub(Value x, Value y) const {
    return arith::SubFOp::create(b, loc, x, y);
  }
  Value mul(Value x, Value y) const {
    return arith::MulFOp::create(b, loc, x, y);
  }
  Value div(Value x, Value y) const {
    return arith::DivFOp::create(b, loc, x, y);
  }
  Value neg(Value x) const { return arith::NegFOp::create(b, loc, x); }
  Value abs(Value x) const { return math::AbsFOp::create(b, loc, x); }
  Value select(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  Value compare(arith::CmpFPredicate predicate, Value x, Value y) const {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value less(Value x, Value y) const {
    return compare(arith::CmpFPredicate::OLT, x, y);
  }
  Value bits(Value x) const {
    return arith::BitcastOp::create(b, loc, b.getI32Type(), x);
  }
  Value fromBits(Value x) const {
    return arith::BitcastOp::create(b, loc, b.getF32Type(), x);
  }
  /// c[0] + x (c[1] + x (...)).
  Value polynomial(Value x, ArrayRef<double> c) const {
    Value sum = f(c.back());
    for (double coefficient : llvm::reverse(c.drop_back()))
      sum = add(mul(sum, x), f(coefficient));
    return sum;
  }
};
} // namespace

/// 2^n for -126 <= n <= 127.
static Value powerOfTwo(const Float &m, Value n) {
  Value biased = arith::AddIOp::create(m.b, m.loc, n, m.i(127));
  return m.fromBits(arith::ShLIOp::create(m.b, m.loc, biased, m.i(23)));
}

/// exp(n ln 2 + r) with |r| <= ln 2 / 2. The product n * high is exact.
static Value buildExp(const Float &m, Value x) {
  // Comparisons let a NaN through.
  Value low = m.f(-104.0), high = m.f(89.0);
  x = m.select(m.less(x, low), low, x);
  x = m.select(m.less(high, x), high, x);
  Value n =
      math::RoundEvenOp::create(m.b, m.loc, m.mul(x, m.f(1.4426950408889634)));
  Value r = m.sub(x, m.mul(n, m.f(0.693145751953125)));
  r = m.sub(r, m.mul(n, m.f(1.42860682030941723212e-6)));
  // exp(r) = 1 + r + r^2 q(r), Taylor's series to r^7.
  Value q = m.polynomial(
      r, {1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040});
  Value p = m.add(m.add(m.mul(m.mul(r, r), q), r), m.f(1.0));
  // Two factors: 2^n itself may be out of range.
  Value exponent = arith::FPToSIOp::create(m.b, m.loc, m.b.getI32Type(), n);
  Value half = arith::ShRSIOp::create(m.b, m.loc, exponent, m.i(1));
  Value rest = arith::SubIOp::create(m.b, m.loc, exponent, half);
  return m.mul(m.mul(p, powerOfTwo(m, half)), powerOfTwo(m, rest));
}

/// 2 atanh(s) = log((1 + s) / (1 - s)) for |s| <= 1/3.
static Value buildTwiceAtanh(const Float &m, Value s) {
  Value z = m.mul(s, s);
  Value q = m.polynomial(
      z, {2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15});
  return m.add(m.mul(m.mul(s, z), q), m.add(s, s));
}

/// log(m 2^e) with m in [sqrt(1/2), sqrt(2)).
static Value buildLog(const Float &m, Value x) {
  Value bits = m.bits(x);
  Value offset = arith::SubIOp::create(m.b, m.loc, bits, m.i(0x3f3504f3));
  Value e = arith::ShRSIOp::create(m.b, m.loc, offset, m.i(23));
  Value scaled = arith::ShLIOp::create(m.b, m.loc, e, m.i(23));
  Value mantissa = m.fromBits(arith::SubIOp::create(m.b, m.loc, bits, scaled));
  Value power = arith::SIToFPOp::create(m.b, m.loc, m.b.getF32Type(), e);
  Value s = m.div(m.sub(mantissa, m.f(1.0)), m.add(mantissa, m.f(1.0)));
  Value log = m.add(m.mul(power, m.f(1.42860682030941723212e-6)),
                    buildTwiceAtanh(m, s));
  log = m.add(m.mul(power, m.f(0.693145751953125)), log);
  // Zero (and what is flushed to it), negative numbers, infinity and NaN.
  double infinity = std::numeric_limits<double>::infinity();
  log = m.select(m.less(x, m.f(0x1p-126)), m.f(-infinity), log);
  log = m.select(m.less(x, m.f(0.0)),
                 m.f(std::numeric_limits<double>::quiet_NaN()), log);
  return m.select(m.less(x, m.f(infinity)), log, x);
}

/// log(1 + x), corrected for what rounding 1 + x lost.
static Value buildLog1p(const Float &m, Value x) {
  Value u = m.add(x, m.f(1.0));
  Value lost = m.sub(u, m.f(1.0));
  Value corrected = m.div(m.mul(buildLog(m, u), x), lost);
  Value tiny = m.compare(arith::CmpFPredicate::OEQ, lost, m.f(0.0));
  Value infinite = m.compare(arith::CmpFPredicate::OEQ, x,
                             m.f(std::numeric_limits<double>::infinity()));
  Value log = m.select(infinite, x, corrected);
  return m.select(tiny, x, log);
}

static Value buildSigmoid(const Float &m, Value x) {
  return m.div(m.f(1.0), m.add(m.f(1.0), buildExp(m, m.neg(x))));
}

/// max(x, 0) + log1p(exp(-|x|)); the argument of log1p is at most 1.
static Value buildSoftplus(const Float &m, Value x) {
  Value u = buildExp(m, m.neg(m.abs(x)));
  Value log = buildTwiceAtanh(m, m.div(u, m.add(u, m.f(2.0))));
  Value positive = m.select(m.less(x, m.f(0.0)), m.f(0.0), x);
  return m.add(positive, log);
}

/// An odd polynomial for small |x|, where 1 - 2 / (exp(2|x|) + 1) cancels.
static Value buildTanh(const Float &m, Value x) {
  Value z = m.mul(x, x);
  Value q =
      m.polynomial(z, {-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2,
                       2.06390887954e-2, -5.70498872745e-3});
  Value small = m.add(m.mul(m.mul(x, z), q), x);
  Value magnitude = m.abs(x);
  Value e = buildExp(m, m.add(magnitude, magnitude));
  Value large = m.sub(m.f(1.0), m.div(m.f(2.0), m.add(e, m.f(1.0))));
  large = m.select(m.less(x, m.f(0.0)), m.neg(large), large);
  return m.select(m.less(magnitude, m.f(0.625)), small, large);
}

namespace {
using BuildFunction = Value (*)(const Float &, Value);

template <typename Op> struct ExpandFunction : public OpRewritePattern<Op> {
  ExpandFunction(MLIRContext *context, BuildFunction build)
      : OpRewritePattern<Op>(context), build(build) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!op.getResult().getType().isF32())
      return failure();
    rewriter.replaceOp(op, build({rewriter, op.getLoc()}, op->getOperand(0)));
    return success();
  }

  BuildFunction build;
};

struct ExpandGpuMath : public seqc::impl::ExpandGpuMathBase<ExpandGpuMath> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<ExpandFunction<math::ExpOp>>(context, buildExp);
    patterns.add<ExpandFunction<math::LogOp>>(context, buildLog);
    patterns.add<ExpandFunction<math::Log1pOp>>(context, buildLog1p);
    patterns.add<ExpandFunction<math::TanhOp>>(context, buildTanh);
    patterns.add<ExpandFunction<seq::SigmoidOp>>(context, buildSigmoid);
    patterns.add<ExpandFunction<seq::SoftplusOp>>(context, buildSoftplus);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
