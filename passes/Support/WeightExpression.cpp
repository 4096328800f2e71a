//===- WeightExpression.cpp - what a weight may be made of ----------------===//

#include "passes/Support/WeightExpression.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace seqc;

bool seqc::isWeightOp(Operation *op) {
  if (op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return false;
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice.getSource().getType().hasStaticShape() &&
           slice.getOffsets().empty() && slice.getStrides().empty();
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<DenseElementsAttr, DenseResourceElementsAttr>(
        constant.getValue());
  // A transposition's destination is never read.
  if (isa<tensor::EmptyOp>(op))
    return true;
  return isa<seq::WeightDataOp, seq::PackOp, seq::NarrowOp, seq::RowScaleOp,
             tensor::ConcatOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             linalg::TransposeOp, arith::AddFOp, arith::SubFOp, arith::MulFOp,
             arith::NegFOp>(op);
}

/// Whether `op`'s value is known when code is emitted if its operands' are.
static bool isKnown(Operation *op) {
  return op && (isa<seq::LoadWeightOp>(op) || isWeightOp(op));
}

/// The ops that `value` is made of, as far as those are known; `isComplete`
/// says whether they all are.
static SetVector<Operation *> getExpression(Value value, bool &isComplete) {
  SetVector<Operation *> ops;
  SmallVector<Value> worklist = {value};
  isComplete = true;
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    isComplete &= isKnown(op);
    if (isKnown(op) && ops.insert(op))
      llvm::append_range(worklist, op->getOperands());
  }
  return ops;
}

bool seqc::isWeightExpression(Value value) {
  bool isComplete;
  getExpression(value, isComplete);
  return isComplete;
}

/// Copies `op` into an initialiser; instead of a symbol, what it is made of.
static void copyPart(OpBuilder &b, Operation *op, IRMapping &mapping,
                     SymbolTable &symbols) {
  auto load = dyn_cast<seq::LoadWeightOp>(op);
  if (!load) {
    b.clone(*op, mapping);
    return;
  }
  auto weight = symbols.lookup<seq::WeightOp>(load.getWeight());
  IRMapping inner;
  for (Operation &part : weight.getBody().front().without_terminator())
    b.clone(part, inner);
  auto yield = cast<seq::YieldOp>(weight.getBody().front().getTerminator());
  mapping.map(load.getResult(), inner.lookup(yield.getOuts().front()));
}

seq::WeightOp seqc::outlineWeight(Value value, StringRef name,
                                  SymbolTable &symbols) {
  Location loc = value.getLoc();
  auto module = cast<ModuleOp>(symbols.getOp());
  OpBuilder b(module.getContext());
  b.setInsertionPointToStart(module.getBody());
  auto weight = seq::WeightOp::create(b, loc, name, value.getType());
  symbols.insert(weight);
  b.createBlock(&weight.getBody());
  IRMapping mapping;
  bool isComplete;
  for (Operation *part : topologicalSort(getExpression(value, isComplete)))
    copyPart(b, part, mapping, symbols);
  seq::YieldOp::create(b, loc, mapping.lookup(value), ValueRange());
  return weight;
}

void seqc::eraseUnusedWeights(SymbolTable &symbols) {
  auto module = cast<ModuleOp>(symbols.getOp());
  llvm::StringSet<> used;
  module.walk([&](seq::LoadWeightOp op) {
    if (op.use_empty())
      op.erase();
    else
      used.insert(op.getWeight());
  });
  // States begin with weights, too.
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto initial =
              function.getArgAttrOfType<FlatSymbolRefAttr>(i, "seq.initial"))
        used.insert(initial.getValue());
  for (auto weight : llvm::make_early_inc_range(module.getOps<seq::WeightOp>()))
    if (!used.contains(weight.getSymName()))
      symbols.erase(weight);
}
