//===- TransitionLaws.cpp - the laws of a transition, in numbers ----------===//
//
// For every transition on scalars in the module: builds both sides of each law
// from its interface, on fixed numbers, evaluates them in double precision and
// compares.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"
#include "test/lib/TestSeq.h"

using namespace mlir;
using namespace seqc;

namespace {
using Numbers = llvm::DenseMap<Value, double>;

/// One transition and a scratch block that its builders emit into.
class LawChecker {
public:
  explicit LawChecker(seq::TransitionOpInterface op)
      : op(op), b(op.getContext()) {
    b.setInsertionPointToEnd(&scratch);
  }

  LogicalResult check();

private:
  SmallVector<Value> makeElement();
  SmallVector<Value> makeStates();
  SmallVector<Value> makeSummary();
  SmallVector<Value> step(ValueRange element, ValueRange states);
  LogicalResult compare(StringRef law, ValueRange left, ValueRange right);
  FailureOr<double> evaluate(Value value);

  seq::TransitionOpInterface op;
  Block scratch;
  OpBuilder b;
  Numbers numbers;
  unsigned drawn = 0;
};
} // namespace

/// Different every time, between -1 and 1, the same in every run.
static double draw(unsigned &drawn) { return std::sin(12.9898 * ++drawn); }

SmallVector<Value> LawChecker::makeElement() {
  SmallVector<Value> element;
  for (OpOperand *operand : op.getElementOperands()) {
    element.push_back(
        scratch.addArgument(operand->get().getType(), op->getLoc()));
    numbers[element.back()] = draw(drawn);
  }
  return element;
}

SmallVector<Value> LawChecker::makeStates() {
  SmallVector<Value> states;
  for (OpOperand *operand : op.getStateOperands()) {
    states.push_back(
        scratch.addArgument(operand->get().getType(), op->getLoc()));
    numbers[states.back()] = draw(drawn);
  }
  return states;
}

/// The summary of two steps.
SmallVector<Value> LawChecker::makeSummary() {
  Location loc = op->getLoc();
  SmallVector<Value> summary = op.buildIdentity(b, loc);
  summary = op.buildExtend(b, loc, summary, makeElement());
  return op.buildExtend(b, loc, summary, makeElement());
}

SmallVector<Value> LawChecker::step(ValueRange element, ValueRange states) {
  Operation *clone = b.clone(*op);
  for (auto [operand, value] : llvm::zip(op.getElementOperands(), element))
    clone->setOperand(operand->getOperandNumber(), value);
  for (auto [operand, value] : llvm::zip(op.getStateOperands(), states))
    clone->setOperand(operand->getOperandNumber(), value);
  return llvm::to_vector(ValueRange(clone->getResults()));
}

/// Body ops are evaluated through what they emit for one element.
FailureOr<double> LawChecker::evaluate(Value value) {
  auto known = numbers.find(value);
  if (known != numbers.end())
    return known->second;
  Operation *def = value.getDefiningOp();
  SmallVector<double> in;
  for (Value operand : def->getOperands()) {
    FailureOr<double> number = evaluate(operand);
    if (failed(number))
      return failure();
    in.push_back(*number);
  }
  double out;
  if (auto constant = dyn_cast<arith::ConstantOp>(def))
    out = cast<FloatAttr>(constant.getValue()).getValueAsDouble();
  else if (isa<arith::AddFOp>(def))
    out = in[0] + in[1];
  else if (isa<arith::SubFOp>(def))
    out = in[0] - in[1];
  else if (isa<arith::MulFOp>(def))
    out = in[0] * in[1];
  else if (isa<arith::MaximumFOp>(def))
    out = std::max(in[0], in[1]);
  else if (isa<math::FmaOp>(def))
    out = in[0] * in[1] + in[2];
  else if (isa<math::ExpOp>(def))
    out = std::exp(in[0]);
  else if (auto body = dyn_cast<seq::BodyOpInterface>(def)) {
    SmallVector<Value> emitted =
        body.buildElement(b, def->getLoc(), def->getOperands(), {});
    return evaluate(emitted[cast<OpResult>(value).getResultNumber()]);
  } else
    return def->emitError("cannot be evaluated by test-transition-laws");
  return numbers[value] = out;
}

LogicalResult LawChecker::compare(StringRef law, ValueRange left,
                                  ValueRange right) {
  for (auto [l, r] : llvm::zip_equal(left, right)) {
    FailureOr<double> a = evaluate(l), c = evaluate(r);
    if (failed(a) || failed(c))
      return failure();
    // A handful of operations in double precision.
    if (std::abs(*a - *c) > 1e-12 * std::max(1.0, std::abs(*a)))
      return op->emitError()
             << "breaks the law " << law << ": " << *a << " and " << *c;
  }
  return success();
}

LogicalResult LawChecker::check() {
  Location loc = op->getLoc();
  SmallVector<Value> identity = op.buildIdentity(b, loc);
  SmallVector<Value> element = makeElement(), states = makeStates();
  SmallVector<Value> m = makeSummary(), n = makeSummary(), o = makeSummary();
  auto apply = [&](ValueRange summary, ValueRange to) {
    return op.buildApply(b, loc, summary, to);
  };
  auto compose = [&](ValueRange earlier, ValueRange later) {
    return op.buildCompose(b, loc, earlier, later);
  };
  if (failed(
          compare("apply(identity, s) = s", apply(identity, states), states)) ||
      failed(compare("apply(extend(m, e), s) = step(e, apply(m, s))",
                     apply(op.buildExtend(b, loc, m, element), states),
                     step(element, apply(m, states)))) ||
      failed(compare("apply(compose(m, n), s) = apply(n, apply(m, s))",
                     apply(compose(m, n), states),
                     apply(n, apply(m, states)))) ||
      failed(compare("compose(compose(m, n), o) = compose(m, compose(n, o))",
                     compose(compose(m, n), o), compose(m, compose(n, o)))))
    return failure();
  op->emitRemark("keeps the laws of a transition");
  return success();
}

namespace {
struct TransitionLaws : public PassWrapper<TransitionLaws, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TransitionLaws)

  StringRef getArgument() const override { return "test-transition-laws"; }
  StringRef getDescription() const override {
    return "Check the laws of every transition on scalars";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, math::MathDialect>();
  }
  void runOnOperation() override {
    getOperation()->walk([&](seq::TransitionOpInterface op) {
      std::string reason;
      bool isScalar =
          llvm::all_of(op->getOperandTypes(), llvm::IsaPred<FloatType>);
      if (isScalar && succeeded(op.isAssociative(reason)) &&
          failed(LawChecker(op).check()))
        signalPassFailure();
    });
  }
};
} // namespace

void seqc::test::registerTransitionLaws() {
  PassRegistration<TransitionLaws>();
}
