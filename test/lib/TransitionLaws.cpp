//===- TransitionLaws.cpp - the laws of a transition, in numbers ----------===//
//
// For every transition in the module: builds both sides of each law from its
// interface, on fixed numbers, evaluates them in double precision and compares.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"
#include "passes/Lower/RecurrentPlan.h"
#include "test/lib/TestSeq.h"

using namespace mlir;
using namespace seqc;

namespace {
/// A tensor's elements in row-major order, or one number.
using Elements = SmallVector<double>;
using Numbers = llvm::DenseMap<Value, Elements>;

/// One transition and a scratch block that its builders emit into.
class LawChecker {
public:
  explicit LawChecker(seq::TransitionOpInterface op)
      : op(op), b(op.getContext()) {
    b.setInsertionPointToEnd(&scratch);
  }

  LogicalResult check();

private:
  SmallVector<Value> makeArguments(ArrayRef<OpOperand *> operands);
  SmallVector<Value> makeElement() {
    return makeArguments(op.getElementOperands());
  }
  SmallVector<Value> makeStates() {
    return makeArguments(op.getStateOperands());
  }
  SmallVector<Value> makeSummary();
  SmallVector<Value> step(ValueRange element, ValueRange states);
  LogicalResult checkAdjoint(ValueRange summary, ValueRange states);
  LogicalResult compare(StringRef law, ValueRange left, ValueRange right);
  LogicalResult evaluate(Value value);
  LogicalResult evaluateSpace(Operation *def, const seq::BodySemantics &space);

  seq::TransitionOpInterface op;
  Block scratch;
  OpBuilder b;
  Numbers numbers;
  unsigned drawn = 0;
};
} // namespace

/// Different every time, between -1 and 1, the same in every run.
static double draw(unsigned &drawn) { return std::sin(12.9898 * ++drawn); }

static int64_t countElements(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? shaped.getNumElements() : 1;
}

SmallVector<Value> LawChecker::makeArguments(ArrayRef<OpOperand *> operands) {
  SmallVector<Value> arguments;
  for (OpOperand *operand : operands) {
    Type type = operand->get().getType();
    arguments.push_back(scratch.addArgument(type, op->getLoc()));
    Elements &elements = numbers[arguments.back()];
    for (int64_t i = 0; i < countElements(type); ++i)
      elements.push_back(draw(drawn));
  }
  return arguments;
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

/// One scalar op of those that transitions emit for an element; nothing where
/// it is another.
static std::optional<double> compute(Operation *op, ArrayRef<double> in) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return cast<FloatAttr>(constant.getValue()).getValueAsDouble();
  if (isa<arith::AddFOp>(op))
    return in[0] + in[1];
  if (isa<arith::SubFOp>(op))
    return in[0] - in[1];
  if (isa<arith::MulFOp>(op))
    return in[0] * in[1];
  if (isa<arith::NegFOp>(op))
    return -in[0];
  if (isa<arith::MaximumFOp>(op))
    return std::max(in[0], in[1]);
  if (isa<arith::MinimumFOp>(op))
    return std::min(in[0], in[1]);
  if (isa<math::FmaOp>(op))
    return in[0] * in[1] + in[2];
  if (isa<math::ExpOp>(op))
    return std::exp(in[0]);
  if (isa<math::Log1pOp>(op))
    return std::log1p(in[0]);
  if (isa<math::SinOp>(op))
    return std::sin(in[0]);
  if (isa<math::CosOp>(op))
    return std::cos(in[0]);
  if (auto compare = dyn_cast<arith::CmpFOp>(op);
      compare && compare.getPredicate() == arith::CmpFPredicate::OEQ)
    return in[0] == in[1];
  if (isa<arith::SelectOp>(op))
    return in[0] ? in[1] : in[2];
  return std::nullopt;
}

/// The ops that one point of a space emitted, on `known` numbers.
static LogicalResult runElement(Block &element,
                                llvm::DenseMap<Value, double> &known) {
  for (Operation &op : element) {
    SmallVector<double> in;
    for (Value operand : op.getOperands())
      in.push_back(known.lookup(operand));
    std::optional<double> out = compute(&op, in);
    if (!out)
      return op.emitError("cannot be evaluated by test-transition-laws");
    known[op.getResult(0)] = *out;
  }
  return success();
}

/// The position of `map`'s point in the row-major elements of `type`.
static int64_t locate(AffineMap map, ArrayRef<int64_t> point, Type type) {
  int64_t at = 0;
  auto shaped = dyn_cast<RankedTensorType>(type);
  for (auto [d, index] : llvm::enumerate(map.compose(point)))
    at = at * shaped.getDimSize(d) + index;
  return at;
}

/// Runs an op's iteration space, as a body would.
LogicalResult LawChecker::evaluateSpace(Operation *def,
                                        const seq::BodySemantics &space) {
  for (Value operand : def->getOperands())
    if (failed(evaluate(operand)))
      return failure();
  Block element;
  OpBuilder inner(op.getContext());
  inner.setInsertionPointToEnd(&element);
  SmallVector<Value> elements, sums, starts;
  SmallVector<Type> results;
  for (Type type : def->getOperandTypes())
    elements.push_back(
        element.addArgument(getElementTypeOrSelf(type), def->getLoc()));
  for (Type type : def->getResultTypes())
    results.push_back(getElementTypeOrSelf(type));
  if (space.hasReduction()) {
    for (Type type : results)
      sums.push_back(element.addArgument(type, def->getLoc()));
    starts = cast<seq::BodyOpInterface>(def).buildInit(inner, def->getLoc(),
                                                       results);
  }
  SmallVector<Value> yielded =
      seq::buildBodyElement(inner, def, elements, sums);

  llvm::DenseMap<Value, double> known;
  SmallVector<Elements> out;
  if (failed(runElement(element, known)))
    return failure();
  for (auto [i, type] : llvm::enumerate(def->getResultTypes()))
    out.push_back(Elements(countElements(type),
                           starts.empty() ? 0.0 : known.lookup(starts[i])));
  LogicalResult ran = success();
  forEachIndex(space.extents, [&](ArrayRef<int64_t> point) {
    for (auto [value, map, argument] :
         llvm::zip(def->getOperands(), space.operandMaps, elements))
      known[argument] = numbers[value][locate(map, point, value.getType())];
    auto at = [&](unsigned i) -> double & {
      return out[i][locate(space.resultMaps[i], point,
                           def->getResult(i).getType())];
    };
    for (auto [i, sum] : llvm::enumerate(sums))
      known[sum] = at(i);
    if (succeeded(ran))
      ran = runElement(element, known);
    for (auto [i, value] : llvm::enumerate(yielded))
      at(i) = known.lookup(value);
  });
  for (auto [result, values] : llvm::zip(def->getResults(), out))
    numbers[result] = values;
  while (!element.empty())
    element.back().erase();
  return ran;
}

LogicalResult LawChecker::evaluate(Value value) {
  if (numbers.count(value))
    return success();
  Operation *def = value.getDefiningOp();
  if (auto constant = dyn_cast<arith::ConstantOp>(def))
    if (auto dense = dyn_cast<DenseFPElementsAttr>(constant.getValue())) {
      Elements elements;
      for (APFloat number : dense.getValues<APFloat>())
        elements.push_back(number.convertToFloat());
      numbers[value] = elements;
      return success();
    }
  if (seq::isComposite(def)) {
    SmallVector<Value> results =
        cast<seq::TransitionOpInterface>(def).decompose(b, def->getLoc());
    for (auto [result, part] : llvm::zip(def->getResults(), results)) {
      if (failed(evaluate(part)))
        return failure();
      Elements elements = numbers[part];
      numbers[result] = elements;
    }
    return success();
  }
  std::optional<seq::BodySemantics> space = seq::getBodySemantics(def);
  if (!space)
    return def->emitError("cannot be evaluated by test-transition-laws");
  return evaluateSpace(def, *space);
}

LogicalResult LawChecker::compare(StringRef law, ValueRange left,
                                  ValueRange right) {
  for (auto [l, r] : llvm::zip_equal(left, right)) {
    if (failed(evaluate(l)) || failed(evaluate(r)))
      return failure();
    // Some tens of operations in double precision.
    for (auto [a, c] : llvm::zip_equal(numbers[l], numbers[r]))
      if (a != c && !(std::abs(a - c) <= 1e-12 * std::max(1.0, std::abs(a))))
        return op->emitError()
               << "breaks the law " << law << ": " << a << " and " << c;
  }
  return success();
}

/// The product of a row and the first dimension of `state`.
static Value readState(OpBuilder &b, Location loc, Value row, Value state) {
  auto type = cast<RankedTensorType>(state.getType());
  if (type.getRank() == 1)
    return seq::DotOp::create(b, loc, type.getElementType(), row, state);
  return seq::VecmatOp::create(
      b, loc,
      RankedTensorType::get(type.getShape().drop_front(),
                            type.getElementType()),
      row, state);
}

/// What a row reads after steps that add nothing is what its adjoint reads
/// before them.
LogicalResult LawChecker::checkAdjoint(ValueRange summary, ValueRange states) {
  Location loc = op->getLoc();
  SmallVector<Value> still(summary);
  size_t decays = summary.size() - states.size();
  for (Value &part : llvm::MutableArrayRef(still).drop_front(decays))
    part = seq::buildConstantLike(b, loc, part.getType(), 0.0);
  SmallVector<Value> after = op.buildApply(b, loc, still, states);
  for (unsigned i = 0; i < states.size(); ++i) {
    auto type = cast<RankedTensorType>(states[i].getType());
    Value row = scratch.addArgument(
        RankedTensorType::get(type.getDimSize(0), type.getElementType()), loc);
    for (int64_t k = 0; k < type.getDimSize(0); ++k)
      numbers[row].push_back(draw(drawn));
    Value sum;
    for (auto [adjoint, state] :
         llvm::zip_equal(op.buildAdjoint(b, loc, summary, i, row), states)) {
      Value part = readState(b, loc, adjoint, state);
      sum = sum ? arith::AddFOp::create(b, loc, sum, part).getResult() : part;
    }
    if (failed(compare("row . apply(m, s) = adjoint(m, row) . s",
                       readState(b, loc, row, after[i]), sum)))
      return failure();
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
  bool hasColumns = !op.getGainOperands().empty() &&
                    isa<RankedTensorType>(states[0].getType());
  if (hasColumns && failed(checkAdjoint(m, states)))
    return failure();
  op->emitRemark("keeps the laws of a transition");
  return success();
}

namespace {
struct TransitionLaws : public PassWrapper<TransitionLaws, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TransitionLaws)

  StringRef getArgument() const override { return "test-transition-laws"; }
  StringRef getDescription() const override {
    return "Check the laws of every transition";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, math::MathDialect,
                    tensor::TensorDialect>();
  }
  void runOnOperation() override {
    getOperation()->walk([&](seq::TransitionOpInterface op) {
      std::string reason;
      if (succeeded(op.isAssociative(reason)) && failed(LawChecker(op).check()))
        signalPassFailure();
    });
  }
};
} // namespace

void seqc::test::registerTransitionLaws() {
  PassRegistration<TransitionLaws>();
}
