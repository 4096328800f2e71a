//===- Elementary.h - transcendental functions in arithmetic ----*- C++ -*-===//
//
// exp, exp2, tanh, sigmoid and softplus of f32, scalar or vector, by range
// reduction and short polynomials: the same bits at every vector width. Bounds,
// checked by tests: exp and exp2 2 ulp, the others 5; exp2 3 ulp where sums of
// products round twice. NaN gives NaN.
//
// A function takes several independent arguments and evaluates them side by
// side: one polynomial alone waits for each of its own results, and neither
// compilers nor processors look far enough ahead to find the next.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_CPU_ELEMENTARY_H
#define SEQC_PASSES_CPU_ELEMENTARY_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace seqc {

/// Emits elementary functions of values of one type, f32 or a vector of it.
class Elementary {
public:
  /// Values that go through the same arithmetic; a single one stands for as
  /// many as it meets.
  using Group = llvm::SmallVector<mlir::Value, 8>;

  /// `scalef`: the target has AVX-512's reduction and scaling instructions.
  Elementary(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type,
             bool scalef = false)
      : b(builder), loc(loc), type(type), scalef(scalef) {}

  /// Infinity above the range; zero for results below 1.7e-38.
  Group exp(const Group &x);
  /// 2^x. Infinity above the range; zero for results below 1.7e-38, or, with
  /// `scalef`, what the processor makes of them.
  Group exp2(const Group &x);
  Group tanh(const Group &x);
  /// numerator / (1 + exp(-x)).
  Group sigmoid(const Group &x, const Group &numerator);
  /// log(1 + exp(x)).
  Group softplus(const Group &x);

private:
  /// x = n log 2 + r with |r| <= log 2 / 2 (a little more after rounding).
  struct Reduced {
    Group power; ///< 2^(n + offset - 127).
    Group r;     ///< Of a negated reduction, -r.
  };
  /// exp(x) as a product, or exp(-x).
  struct Factors {
    Group twice, power;
  };

  Group map(const Group &x, llvm::function_ref<mlir::Value(mlir::Value)> build);
  template <typename OpT> Group build(const Group &x, const Group &y);
  Group c(double value);
  Group ci(int32_t value);
  Group add(const Group &x, const Group &y);
  Group sub(const Group &x, const Group &y);
  Group mul(const Group &x, const Group &y);
  Group div(const Group &x, const Group &y);
  Group fma(const Group &x, const Group &y, const Group &z);
  Group abs(const Group &x);
  Group neg(const Group &x);
  Group select(mlir::arith::CmpFPredicate predicate, const Group &x,
               const Group &y, const Group &yes, const Group &no);
  mlir::Type intType();
  Group bits(const Group &x);
  Group fromBits(const Group &x);
  Group clamp(const Group &x, double low, double high);
  Group polynomial(const Group &x, llvm::ArrayRef<double> coefficients);
  Group horner(const Group &x, llvm::ArrayRef<double> coefficients);
  Reduced reduce(const Group &x, double offset, bool negated = false);
  Factors expFactors(const Group &x, bool negated);
  Group power(const Group &shifted);
  Group exp2Reduced(const Group &f, double factor);
  Group exp2ByInstructions(const Group &x);
  Group expm1Reduced(const Group &r, bool negated = false);
  Group expm1Negative(const Group &x);
  Group log1pUnit(const Group &z);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type;
  bool scalef;
};

} // namespace seqc

#endif // SEQC_PASSES_CPU_ELEMENTARY_H
