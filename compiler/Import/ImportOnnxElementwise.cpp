//===- ImportOnnxElementwise.cpp - Element by element ---------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include <limits>

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;

namespace {

/// What a scalar function may depend on besides its operands.
struct ScalarContext {
  Builder &b;
  const OpContext &context;
  ElementType type; // of the operands

  bool isFloat() const { return onnx::isFloat(type); }
  bool isUnsigned() const { return isZeroExtended(type); }
  mlir::Value constant(mlir::Type mlirType, double value) const {
    if (isa<FloatType>(mlirType))
      return arith::ConstantOp::create(b, b.getFloatAttr(mlirType, value));
    return arith::ConstantOp::create(
        b, b.getIntegerAttr(mlirType, int64_t(value)));
  }
  mlir::Value like(mlir::Value x, double value) const {
    return constant(x.getType(), value);
  }
};

using ScalarFunction = mlir::Value (*)(const ScalarContext &, ValueRange);

struct Row {
  const char *name;
  ScalarFunction function;
};

} // namespace

/// `Float` on floats, `Signed` or `Unsigned` on integers.
template <typename Float, typename Signed, typename Unsigned = Signed>
static mlir::Value arithmetic(const ScalarContext &c, ValueRange x) {
  if (c.isFloat())
    return Float::create(c.b, x[0], x[1]);
  if (c.isUnsigned())
    return Unsigned::create(c.b, x[0], x[1]);
  return Signed::create(c.b, x[0], x[1]);
}

template <arith::CmpFPredicate floats, arith::CmpIPredicate signedInts,
          arith::CmpIPredicate unsignedInts>
static mlir::Value compare(const ScalarContext &c, ValueRange x) {
  if (c.isFloat())
    return arith::CmpFOp::create(c.b, floats, x[0], x[1]);
  return arith::CmpIOp::create(c.b, c.isUnsigned() ? unsignedInts : signedInts,
                               x[0], x[1]);
}

template <typename Op>
static mlir::Value unary(const ScalarContext &c, ValueRange x) {
  return Op::create(c.b, x[0]);
}

static mlir::Value maximum(const ScalarContext &c, ValueRange x) {
  return arithmetic<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(c, x);
}

static mlir::Value minimum(const ScalarContext &c, ValueRange x) {
  return arithmetic<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(c, x);
}

/// Truncated like C's % with fmod; otherwise with the sign of the divisor.
static mlir::Value modulo(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  if (c.isFloat())
    return arith::RemFOp::create(b, x[0], x[1]);
  if (c.isUnsigned())
    return arith::RemUIOp::create(b, x[0], x[1]);
  mlir::Value rest = arith::RemSIOp::create(b, x[0], x[1]);
  if (c.context.getInt("fmod", 0))
    return rest;
  mlir::Value zero = c.like(rest, 0);
  mlir::Value signs = arith::XOrIOp::create(b, rest, x[1]);
  mlir::Value differ =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, signs, zero);
  mlir::Value inexact =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, zero);
  mlir::Value wraps = arith::AndIOp::create(b, differ, inexact);
  return arith::SelectOp::create(b, wraps, arith::AddIOp::create(b, rest, x[1]),
                                 rest);
}

/// One number as another type, as Cast does it.
static mlir::Value castScalar(Builder &b, mlir::Value x, ElementType from,
                              ElementType to, mlir::Type type);

/// Through f64, which holds every integer power below 2^53.
static mlir::Value integerPower(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Type wide = b.getF64Type();
  auto widen = [&](mlir::Value value, unsigned i) {
    return castScalar(b, value, c.context.getInput(i)->type, ElementType::F64,
                      wide);
  };
  mlir::Value result = math::PowFOp::create(b, widen(x[0], 0), widen(x[1], 1));
  return castScalar(b, result, ElementType::F64, c.type, x[0].getType());
}

/// Small constant powers are exact products; the others are math's.
static mlir::Value power(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  IntegerAttr count;
  if (!c.isFloat()) {
    bool small = matchPattern(x[1], m_Constant(&count)) &&
                 count.getInt() >= 0 && count.getInt() <= 64;
    if (!small)
      return integerPower(c, x);
    mlir::Value product = c.like(x[0], 1);
    for (int64_t i = 0, e = count.getInt(); i < e; ++i)
      product = arith::MulIOp::create(b, product, x[0]);
    return product;
  }
  FloatAttr exponent;
  if (matchPattern(x[1], m_Constant(&exponent))) {
    double value = exponent.getValueAsDouble();
    if (value == 2)
      return arith::MulFOp::create(b, x[0], x[0]);
    if (value == 3)
      return arith::MulFOp::create(b, arith::MulFOp::create(b, x[0], x[0]),
                                   x[0]);
    if (value == 0.5)
      return math::SqrtOp::create(b, x[0]);
  }
  mlir::Value converted =
      castScalar(b, x[1], c.context.getInput(1)->type, c.type, x[0].getType());
  return math::PowFOp::create(b, x[0], converted);
}

static mlir::Value negate(const ScalarContext &c, ValueRange x) {
  if (c.isFloat())
    return arith::NegFOp::create(c.b, x[0]);
  return arith::SubIOp::create(c.b, c.like(x[0], 0), x[0]);
}

static mlir::Value absolute(const ScalarContext &c, ValueRange x) {
  if (c.isFloat())
    return math::AbsFOp::create(c.b, x[0]);
  return c.isUnsigned() ? x[0] : math::AbsIOp::create(c.b, x[0]).getResult();
}

static mlir::Value sign(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value zero = c.like(x[0], 0), one = c.like(x[0], 1);
  mlir::Value isZero, isNegative;
  if (c.isFloat()) {
    isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x[0], zero);
    mlir::Value signed1 = math::CopySignOp::create(b, one, x[0]);
    mlir::Value isNan =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x[0], x[0]);
    mlir::Value number = arith::SelectOp::create(b, isZero, zero, signed1);
    return arith::SelectOp::create(b, isNan, x[0], number);
  }
  isZero = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x[0], zero);
  mlir::Value nonZero = one;
  if (!c.isUnsigned()) {
    isNegative =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x[0], zero);
    nonZero = arith::SelectOp::create(b, isNegative, c.like(x[0], -1), one);
  }
  return arith::SelectOp::create(b, isZero, zero, nonZero);
}

static mlir::Value invert(const ScalarContext &c, ValueRange x) {
  return arith::XOrIOp::create(c.b, x[0], c.like(x[0], 1));
}

static mlir::Value reciprocal(const ScalarContext &c, ValueRange x) {
  return arith::DivFOp::create(c.b, c.like(x[0], 1), x[0]);
}

static mlir::Value relu(const ScalarContext &c, ValueRange x) {
  return maximum(c, {x[0], c.like(x[0], 0)});
}

static mlir::Value sigmoid(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x[0]));
  mlir::Value one = c.like(x[0], 1);
  return arith::DivFOp::create(b, one, arith::AddFOp::create(b, one, e));
}

/// x where x is positive, else `negative`.
static mlir::Value selectPositive(const ScalarContext &c, mlir::Value x,
                                  mlir::Value negative) {
  mlir::Value positive =
      arith::CmpFOp::create(c.b, arith::CmpFPredicate::OGT, x, c.like(x, 0));
  return arith::SelectOp::create(c.b, positive, x, negative);
}

static mlir::Value leakyRelu(const ScalarContext &c, ValueRange x) {
  mlir::Value alpha = c.like(x[0], c.context.getFloat("alpha", 0.01f));
  return selectPositive(c, x[0], arith::MulFOp::create(c.b, alpha, x[0]));
}

static mlir::Value elu(const ScalarContext &c, ValueRange x) {
  mlir::Value alpha = c.like(x[0], c.context.getFloat("alpha", 1.0));
  mlir::Value e = math::ExpM1Op::create(c.b, x[0]);
  return selectPositive(c, x[0], arith::MulFOp::create(c.b, alpha, e));
}

static mlir::Value hardSigmoid(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value alpha = c.like(x[0], c.context.getFloat("alpha", 0.2f));
  mlir::Value beta = c.like(x[0], c.context.getFloat("beta", 0.5));
  mlir::Value line =
      arith::AddFOp::create(b, arith::MulFOp::create(b, alpha, x[0]), beta);
  return maximum(c, {minimum(c, {line, c.like(x[0], 1)}), c.like(x[0], 0)});
}

/// max(x, 0) + log1p(exp(-|x|)) does not overflow.
static mlir::Value softplus(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value magnitude = math::AbsFOp::create(b, x[0]);
  mlir::Value e = math::ExpOp::create(b, arith::NegFOp::create(b, magnitude));
  return arith::AddFOp::create(b, relu(c, x), math::Log1pOp::create(b, e));
}

static mlir::Value softsign(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value magnitude = math::AbsFOp::create(b, x[0]);
  return arith::DivFOp::create(
      b, x[0], arith::AddFOp::create(b, c.like(x[0], 1), magnitude));
}

static mlir::Value selectLess(const ScalarContext &c, mlir::Value x,
                              mlir::Value bound, mlir::Value less,
                              mlir::Value other) {
  mlir::Value below =
      arith::CmpFOp::create(c.b, arith::CmpFPredicate::OLT, x, bound);
  return arith::SelectOp::create(c.b, below, less, other);
}

/// gamma * x, or gamma * alpha * (exp(x) - 1) where x is not positive.
static mlir::Value selu(const ScalarContext &c, ValueRange x) {
  mlir::Value alpha = c.like(x[0], c.context.getFloat("alpha", 1.67326319f));
  mlir::Value gamma = c.like(x[0], c.context.getFloat("gamma", 1.05070102f));
  mlir::Value e = math::ExpM1Op::create(c.b, x[0]);
  mlir::Value bent =
      selectPositive(c, x[0], arith::MulFOp::create(c.b, alpha, e));
  return arith::MulFOp::create(c.b, gamma, bent);
}

static mlir::Value celu(const ScalarContext &c, ValueRange x) {
  mlir::Value alpha = c.like(x[0], c.context.getFloat("alpha", 1.0));
  mlir::Value e =
      math::ExpM1Op::create(c.b, arith::DivFOp::create(c.b, x[0], alpha));
  return selectPositive(c, x[0], arith::MulFOp::create(c.b, alpha, e));
}

static mlir::Value thresholdedRelu(const ScalarContext &c, ValueRange x) {
  mlir::Value alpha = c.like(x[0], c.context.getFloat("alpha", 1.0));
  return selectLess(c, alpha, x[0], x[0], c.like(x[0], 0));
}

static mlir::Value pRelu(const ScalarContext &c, ValueRange x) {
  mlir::Value bent = arith::MulFOp::create(c.b, x[0], x[1]);
  return selectLess(c, x[0], c.like(x[0], 0), bent, x[0]);
}

static mlir::Value shrink(const ScalarContext &c, ValueRange x) {
  double lambda = c.context.getFloat("lambd", 0.5);
  mlir::Value bias = c.like(x[0], c.context.getFloat("bias", 0.0));
  mlir::Value down = arith::SubFOp::create(c.b, x[0], bias);
  mlir::Value up = arith::AddFOp::create(c.b, x[0], bias);
  mlir::Value large =
      selectLess(c, c.like(x[0], lambda), x[0], down, c.like(x[0], 0));
  return selectLess(c, x[0], c.like(x[0], -lambda), up, large);
}

static mlir::Value hardSwish(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value sixth = c.like(x[0], 1.0 / 6), half = c.like(x[0], 0.5);
  mlir::Value line =
      arith::AddFOp::create(b, arith::MulFOp::create(b, x[0], sixth), half);
  mlir::Value gate =
      maximum(c, {minimum(c, {line, c.like(x[0], 1)}), c.like(x[0], 0)});
  return arith::MulFOp::create(b, x[0], gate);
}

static mlir::Value isNan(const ScalarContext &c, ValueRange x) {
  return arith::CmpFOp::create(c.b, arith::CmpFPredicate::UNO, x[0], x[0]);
}

static mlir::Value isInf(const ScalarContext &c, ValueRange x) {
  Builder &b = c.b;
  mlir::Value result = arith::ConstantOp::create(b, b.getBoolAttr(false));
  double infinity = std::numeric_limits<double>::infinity();
  for (auto [name, which] :
       {std::pair("detect_negative", -infinity), {"detect_positive", infinity}})
    if (c.context.getInt(name, 1) != 0)
      result = arith::OrIOp::create(
          b, result,
          arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x[0],
                                c.like(x[0], which)));
  return result;
}

static mlir::Value shiftBits(const ScalarContext &c, ValueRange x) {
  // A shift by the width or more has no result in LLVM, and is 0 here.
  mlir::Type type = x[0].getType();
  mlir::Value width = c.constant(type, type.getIntOrFloatBitWidth());
  mlir::Value inside =
      arith::CmpIOp::create(c.b, arith::CmpIPredicate::ult, x[1], width);
  mlir::Value shifted =
      c.context.getString("direction", "") == "LEFT"
          ? arith::ShLIOp::create(c.b, x[0], x[1]).getResult()
          : arith::ShRUIOp::create(c.b, x[0], x[1]).getResult();
  return arith::SelectOp::create(c.b, inside, shifted, c.like(x[0], 0));
}

static llvm::ArrayRef<Row> getRows() {
  using namespace arith;
  using F = CmpFPredicate;
  using I = CmpIPredicate;
  static const Row rows[] = {
      {"Abs", absolute},
      {"Acos", unary<math::AcosOp>},
      {"Acosh", unary<math::AcoshOp>},
      {"Add", arithmetic<AddFOp, AddIOp>},
      {"And", arithmetic<AddFOp, AndIOp>},
      {"Asin", unary<math::AsinOp>},
      {"Asinh", unary<math::AsinhOp>},
      {"Atan", unary<math::AtanOp>},
      {"Atanh", unary<math::AtanhOp>},
      {"BitShift", shiftBits},
      {"Ceil", unary<math::CeilOp>},
      {"Celu", celu},
      {"Cos", unary<math::CosOp>},
      {"Cosh", unary<math::CoshOp>},
      {"Div", arithmetic<DivFOp, DivSIOp, DivUIOp>},
      {"Elu", elu},
      {"Equal", compare<F::OEQ, I::eq, I::eq>},
      {"Erf", unary<math::ErfOp>},
      {"Exp", unary<math::ExpOp>},
      {"Floor", unary<math::FloorOp>},
      {"Greater", compare<F::OGT, I::sgt, I::ugt>},
      {"GreaterOrEqual", compare<F::OGE, I::sge, I::uge>},
      {"HardSigmoid", hardSigmoid},
      {"HardSwish", hardSwish},
      {"IsInf", isInf},
      {"IsNaN", isNan},
      {"LeakyRelu", leakyRelu},
      {"Less", compare<F::OLT, I::slt, I::ult>},
      {"LessOrEqual", compare<F::OLE, I::sle, I::ule>},
      {"Log", unary<math::LogOp>},
      {"Max", maximum},
      {"Min", minimum},
      {"Mod", modulo},
      {"Mul", arithmetic<MulFOp, MulIOp>},
      {"Neg", negate},
      {"Not", invert},
      {"Or", arithmetic<AddFOp, OrIOp>},
      {"PRelu", pRelu},
      {"Pow", power},
      {"Reciprocal", reciprocal},
      {"Relu", relu},
      {"Round", unary<math::RoundEvenOp>},
      {"Selu", selu},
      {"Shrink", shrink},
      {"Sigmoid", sigmoid},
      {"Sign", sign},
      {"Sin", unary<math::SinOp>},
      {"Sinh", unary<math::SinhOp>},
      {"Softplus", softplus},
      {"Softsign", softsign},
      {"Sqrt", unary<math::SqrtOp>},
      {"Sub", arithmetic<SubFOp, SubIOp>},
      {"Sum", arithmetic<AddFOp, AddIOp>},
      {"Tan", unary<math::TanOp>},
      {"Tanh", unary<math::TanhOp>},
      {"ThresholdedRelu", thresholdedRelu},
      {"Xor", arithmetic<AddFOp, XOrIOp>},
  };
  return rows;
}

static Error importElementwise(NodeImporter &node) {
  const Row *row = llvm::find_if(getRows(), [&](const Row &candidate) {
    return node.folded.node->opType == candidate.name;
  });
  SmallVector<Operand> operands;
  for (unsigned i = 0; i < node.context.getNumInputs(); ++i)
    operands.push_back(node.getInput(i));
  ElementType type = operands.front().type;
  mlir::Value result = node.importer.buildElementwise(
      node.getOutputInfo().shape, node.getOutputElement(), operands,
      [&](Builder &b, ValueRange x) {
        ScalarContext scalar{b, node.context, type};
        // Max and Min take any number of operands.
        mlir::Value value = x.size() > 2 ? x[0] : row->function(scalar, x);
        for (mlir::Value next : x.drop_front(x.size() > 2 ? 1 : x.size()))
          value = row->function(scalar, {value, next});
        return value;
      });
  node.setOutput(0, result);
  return Error::success();
}

/// The sum of all operands by their number.
static Error importMean(NodeImporter &node) {
  SmallVector<Operand> operands;
  for (unsigned i = 0; i < node.context.getNumInputs(); ++i)
    operands.push_back(node.getInput(i));
  mlir::Value count = node.importer.buildConstant(node.getOutputElement(),
                                                  double(operands.size()));
  mlir::Value result = node.importer.buildElementwise(
      node.getOutputInfo().shape, node.getOutputElement(), operands,
      [&](Builder &b, ValueRange x) -> mlir::Value {
        mlir::Value sum = x[0];
        for (mlir::Value next : x.drop_front())
          sum = arith::AddFOp::create(b, sum, next);
        return arith::DivFOp::create(b, sum, count);
      });
  node.setOutput(0, result);
  return Error::success();
}

static Error importWhere(NodeImporter &node) {
  mlir::Value result = node.importer.buildElementwise(
      node.getOutputInfo().shape, node.getOutputElement(),
      {node.getInput(0), node.getInput(1), node.getInput(2)},
      [](Builder &b, ValueRange x) -> mlir::Value {
        return arith::SelectOp::create(b, x[0], x[1], x[2]);
      });
  node.setOutput(0, result);
  return Error::success();
}

static mlir::Value castToBool(Builder &b, mlir::Value x) {
  mlir::Type type = x.getType();
  mlir::Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  if (isa<FloatType>(type))
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, x, zero);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, x, zero);
}

static mlir::Value castScalar(Builder &b, mlir::Value x, ElementType from,
                              ElementType to, mlir::Type type) {
  if (from == to)
    return x;
  if (to == ElementType::Bool)
    return castToBool(b, x);
  bool widens =
      type.getIntOrFloatBitWidth() > x.getType().getIntOrFloatBitWidth();
  if (isFloat(from) && isFloat(to)) {
    if (widens)
      return arith::ExtFOp::create(b, type, x);
    // f16 and bf16 have one width and no direct conversion.
    if (type.getIntOrFloatBitWidth() == x.getType().getIntOrFloatBitWidth())
      x = arith::ExtFOp::create(b, b.getF32Type(), x);
    return arith::TruncFOp::create(b, type, x);
  }
  if (isFloat(from))
    return isZeroExtended(to) ? arith::FPToUIOp::create(b, type, x).getResult()
                              : arith::FPToSIOp::create(b, type, x).getResult();
  if (isFloat(to))
    return isZeroExtended(from)
               ? arith::UIToFPOp::create(b, type, x).getResult()
               : arith::SIToFPOp::create(b, type, x).getResult();
  if (type == x.getType())
    return x;
  if (!widens)
    return arith::TruncIOp::create(b, type, x);
  return isZeroExtended(from) ? arith::ExtUIOp::create(b, type, x).getResult()
                              : arith::ExtSIOp::create(b, type, x).getResult();
}

static Error importCast(NodeImporter &node) {
  Operand operand = node.getInput(0);
  ElementType to = node.getOutputInfo().type;
  mlir::Type element = node.getOutputElement();
  mlir::Value result = node.importer.buildElementwise(
      node.getOutputInfo().shape, element, operand,
      [&](Builder &b, ValueRange x) {
        return castScalar(b, x[0], operand.type, to, element);
      });
  node.setOutput(0, result);
  return Error::success();
}

static Error importClip(NodeImporter &node) {
  Operand data = node.getInput(0);
  ScalarFunction bounds[2] = {maximum, minimum};
  const char *attributes[2] = {"min", "max"};
  SmallVector<Operand> operands = {data};
  for (unsigned i : {1u, 2u})
    if (node.hasInput(i))
      operands.push_back(node.importer.reshape(node.getInput(i), {}));
  mlir::Value result = node.importer.buildElementwise(
      node.getOutputInfo().shape, node.getOutputElement(), operands,
      [&](Builder &b, ValueRange x) {
        ScalarContext scalar{b, node.context, data.type};
        mlir::Value value = x[0];
        unsigned next = 1;
        for (unsigned i : {0u, 1u}) {
          const Attribute *attribute =
              node.folded.node->getAttribute(attributes[i]);
          if (node.hasInput(i + 1))
            value = bounds[i](scalar, {value, x[next++]});
          else if (attribute)
            value =
                bounds[i](scalar, {value, scalar.like(value, attribute->f)});
        }
        return value;
      });
  node.setOutput(0, result);
  return Error::success();
}

llvm::ArrayRef<OpImporter> getElementwiseImporters() {
  static const SmallVector<OpImporter> importers = [] {
    SmallVector<OpImporter> all = {{"Cast", importCast},
                                   {"CastLike", importCast},
                                   {"Clip", importClip},
                                   {"Mean", importMean},
                                   {"Where", importWhere}};
    for (const Row &row : getRows())
      all.push_back({row.name, importElementwise});
    return all;
  }();
  return importers;
}

} // namespace seqc::onnx
