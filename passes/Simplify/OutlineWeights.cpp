//===- OutlineWeights.cpp - constants become symbols ----------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"
#include "passes/Support/WeightExpression.h"

namespace seqc {
#define GEN_PASS_DEF_OUTLINEWEIGHTS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Outlines the constants of one function.
class WeightOutliner {
public:
  explicit WeightOutliner(SymbolTable &symbols) : symbols(symbols) {}

  void run(func::FuncOp function);

private:
  bool isConstant(Operation *op);
  bool isRoot(Operation *op);
  void outline(Operation *op);

  SymbolTable &symbols;
  /// The ops whose values are known when code is emitted.
  llvm::SetVector<Operation *> constants;
};
} // namespace

/// Whether `op` is an empty tensor or a view of one, a place for results.
static bool isEmptyView(Operation *op) {
  while (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             tensor::ExtractSliceOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return isa<tensor::EmptyOp>(op);
}

/// Whether all that `op`'s value is made of is known when code is emitted. What
/// is made of a symbol, such as its slices, becomes a symbol of its own.
bool WeightOutliner::isConstant(Operation *op) {
  if (isa<seq::LoadWeightOp>(op))
    return true;
  return isWeightOp(op) && llvm::all_of(op->getOperands(), [&](Value operand) {
           return operand.getDefiningOp() &&
                  constants.contains(operand.getDefiningOp());
         });
}

/// Whether `op`'s value leaves the constants. A symbol is one already. One
/// number repeated is cheaper made than loaded, and an empty tensor is no
/// constant by itself.
bool WeightOutliner::isRoot(Operation *op) {
  if (isEmptyView(op) || isa<seq::LoadWeightOp>(op))
    return false;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    if (isa<SplatElementsAttr>(constant.getValue()))
      return false;
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    return !constants.contains(user);
  });
}

void WeightOutliner::outline(Operation *op) {
  Value value = op->getResult(0);
  seq::WeightOp weight = outlineWeight(value, "weight", symbols);
  OpBuilder b(op);
  Value loaded = seq::LoadWeightOp::create(b, op->getLoc(), value.getType(),
                                           weight.getSymName());
  value.replaceUsesWithIf(loaded, [&](OpOperand &use) {
    return !constants.contains(use.getOwner());
  });
}

void WeightOutliner::run(func::FuncOp function) {
  function.walk([&](Operation *op) {
    // What a scan's body holds stays there: it is part of the step.
    if (!op->getParentOfType<seq::ScanOp>() && isConstant(op))
      constants.insert(op);
  });
  for (Operation *op : constants)
    if (isRoot(op))
      outline(op);
  for (Operation *op : llvm::reverse(constants))
    if (op->use_empty())
      op->erase();
}

namespace {
struct OutlineWeights : public seqc::impl::OutlineWeightsBase<OutlineWeights> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (func::FuncOp function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      WeightOutliner(symbols).run(function);
    // Symbols whose parts alone were wanted would be emitted for nothing.
    eraseUnusedWeights(symbols);
  }
};
} // namespace
