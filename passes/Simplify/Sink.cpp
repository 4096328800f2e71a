//===- Sink.cpp - elementwise neighbours join the step --------------------===//
//
// An elementwise op on a scan's out becomes an epilogue of its body, one on an
// input a prologue: the intermediate tensor is never written.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/Support/ElementwiseGeneric.h"

namespace seqc {
#define GEN_PASS_DEF_SINK
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// What can sink
//===----------------------------------------------------------------------===//

/// The index list of an operand read through `map` where the whole is sliced
/// by `list`; nothing where the step would see its dimensions out of order.
static std::optional<seq::IndexList>
composeIndex(ArrayRef<seq::IndexEntry> list, AffineMap map) {
  seq::IndexList composed;
  int64_t lastSliced = -1;
  for (AffineExpr expr : map.getResults()) {
    int64_t dim = cast<AffineDimExpr>(expr).getPosition();
    if (list[dim].isSliced()) {
      if (dim < lastSliced)
        return std::nullopt;
      lastSliced = dim;
    }
    composed.push_back(list[dim]);
  }
  return composed;
}

/// Whether every element under `list` is read by one step of one point: else
/// a prologue would be computed again and again.
static bool isReadOnce(seq::ScanOp scan, ArrayRef<seq::IndexEntry> list) {
  if (seq::findTime(list) < 0)
    return false;
  for (unsigned symbol = 0; symbol < scan.getDomain().size(); ++symbol)
    if (seq::findDomain(list, symbol) < 0)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Moving a generic's body into a step
//===----------------------------------------------------------------------===//

/// `value` repeated along the dimensions of `list` that `map` leaves out, so
/// that it has the shape of `like`.
static Value expandSlice(OpBuilder &b, Location loc, Value value,
                         ArrayRef<seq::IndexEntry> list, AffineMap map,
                         Type like) {
  auto shaped = dyn_cast<RankedTensorType>(like);
  if (!shaped)
    return value;
  auto type = RankedTensorType::get(shaped.getShape(),
                                    getElementTypeOrSelf(value.getType()));
  if (!isa<RankedTensorType>(value.getType()))
    return tensor::SplatOp::create(b, loc, value, type);
  SmallVector<int64_t> missing;
  int64_t position = 0;
  for (auto [dim, entry] : llvm::enumerate(list)) {
    if (!entry.isSliced())
      continue;
    if (!map.isFunctionOfDim(dim))
      missing.push_back(position);
    ++position;
  }
  if (missing.empty())
    return value;
  return seq::BroadcastOp::create(b, loc, type, value,
                                  b.getDenseI64ArrayAttr(missing));
}

/// Rebuilds `scan` from `operands`, with its body moved over. `change` sees the
/// new body's inputs and yield before the old scan goes.
static seq::ScanOp
rebuild(seq::ScanOp scan, const seq::ScanOperands &operands,
        function_ref<void(seq::ScanOp, IRMapping &)> prepare,
        function_ref<void(seq::ScanOp, seq::YieldOp)> finish) {
  OpBuilder builder(scan);
  auto fresh = seq::ScanOp::create(builder, scan.getLoc(), operands, nullptr);
  fresh->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  IRMapping mapping;
  mapping.map(scan.getDomainArguments(), fresh.getDomainArguments());
  mapping.map(scan.getTimeArgument(), fresh.getTimeArgument());
  mapping.map(scan.getCarryArguments(), fresh.getCarryArguments());
  prepare(fresh, mapping);
  builder.setInsertionPointToEnd(fresh.getBodyBlock());
  for (Operation &op : *scan.getBodyBlock())
    builder.clone(op, mapping);
  finish(fresh, fresh.getYield());
  return fresh;
}

//===----------------------------------------------------------------------===//
// Epilogues and prologues
//===----------------------------------------------------------------------===//

/// Adds every operand of `generic` but `skipped` as an input sliced like
/// `list`; fails where one is not available at `scan` or cannot be sliced.
static LogicalResult addInputs(seq::ScanOp scan, linalg::GenericOp generic,
                               unsigned skipped, ArrayRef<seq::IndexEntry> list,
                               seq::ScanOperands &operands) {
  DominanceInfo dominance;
  for (auto [i, value] : llvm::enumerate(generic.getInputs())) {
    if (i == skipped)
      continue;
    auto type = dyn_cast<RankedTensorType>(value.getType());
    std::optional<seq::IndexList> index =
        composeIndex(list, generic.getIndexingMapsArray()[i]);
    if (!type || !index || !dominance.properlyDominates(value, scan))
      return failure();
    operands.inputs.push_back({value, *index});
  }
  return success();
}

/// The slices of `generic`'s operands as its body wants them: `own` for operand
/// `skipped`, the arguments from `next` on for the others.
static SmallVector<Value> getSlices(OpBuilder &b, linalg::GenericOp generic,
                                    unsigned skipped, Value own,
                                    ArrayRef<seq::IndexEntry> list,
                                    Block::BlockArgListType next, Type like) {
  SmallVector<Value> slices;
  unsigned used = 0;
  for (unsigned i = 0; i < generic.getInputs().size(); ++i)
    slices.push_back(
        i == skipped ? own
                     : expandSlice(b, generic.getLoc(), next[used++], list,
                                   generic.getIndexingMapsArray()[i], like));
  return slices;
}

/// Sinks the elementwise consumer of out `o`, if it has one.
static bool sinkEpilogue(seq::ScanOp scan, unsigned o) {
  Value result = scan->getResult(o);
  // A masked step's out is zero, which the consumer may map elsewhere.
  if (!result.hasOneUse() || scan.hasLengths())
    return false;
  auto generic = dyn_cast<linalg::GenericOp>(*result.user_begin());
  seq::IndexList list = scan.getOutIndex(o);
  if (!generic || !isElementwise(generic) ||
      list[seq::findTime(list)].every != 1)
    return false;
  OpOperand &use = *result.use_begin();
  if (!generic.isDpsInput(&use) ||
      !generic.getMatchingIndexingMap(&use).isIdentity())
    return false;

  seq::ScanOperands operands = scan.getScanOperands();
  unsigned skipped = use.getOperandNumber();
  unsigned before = operands.inputs.size();
  if (failed(addInputs(scan, generic, skipped, list, operands)))
    return false;
  Value &destination = operands.outs[o].value;
  if (generic.getResult(0).getType() != destination.getType()) {
    Value init = generic.getDpsInitOperand(0)->get();
    if (!DominanceInfo().properlyDominates(init, scan))
      return false;
    destination = init;
  }
  seq::ScanOp fresh = rebuild(
      scan, operands,
      [&](seq::ScanOp fresh, IRMapping &mapping) {
        mapping.map(scan.getInputArguments(),
                    fresh.getInputArguments().take_front(before));
      },
      [&](seq::ScanOp fresh, seq::YieldOp yield) {
        OpBuilder b(yield);
        Value own = yield.getOuts()[o];
        SmallVector<Value> slices = getSlices(
            b, generic, skipped, own, list,
            fresh.getInputArguments().drop_front(before), own.getType());
        yield.getOutsMutable()[o].assign(
            cloneElementwise(b, generic, slices, own.getType()));
      });
  generic.getResult(0).replaceAllUsesWith(fresh->getResult(o));
  generic.erase();
  scan->replaceAllUsesWith(fresh);
  scan.erase();
  return true;
}

/// Sinks the elementwise producer of input `i`, if it has one.
static bool sinkPrologue(seq::ScanOp scan, unsigned i) {
  Value value = scan.getInputs()[i];
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  seq::IndexList list = scan.getInputIndex(i);
  if (!generic || !value.hasOneUse() || !isElementwise(generic) ||
      scan.getInputHistory()[i] >= 0 || scan.getInputLanes()[i] != 0 ||
      !isReadOnce(scan, list))
    return false;
  seq::ScanOperands operands = scan.getScanOperands();
  operands.inputs.erase(operands.inputs.begin() + i);
  unsigned before = operands.inputs.size();
  const unsigned none = generic.getInputs().size();
  if (failed(addInputs(scan, generic, none, list, operands)))
    return false;
  Type like = scan.getInputArguments()[i].getType();
  seq::ScanOp fresh = rebuild(
      scan, operands,
      [&](seq::ScanOp fresh, IRMapping &mapping) {
        OpBuilder b = OpBuilder::atBlockEnd(fresh.getBodyBlock());
        auto arguments = fresh.getInputArguments();
        unsigned next = 0;
        for (auto [j, argument] : llvm::enumerate(scan.getInputArguments()))
          if (j != i)
            mapping.map(argument, arguments[next++]);
        SmallVector<Value> slices =
            getSlices(b, generic, none, Value(), list,
                      arguments.drop_front(before), like);
        mapping.map(scan.getInputArguments()[i],
                    cloneElementwise(b, generic, slices, like));
      },
      [](seq::ScanOp, seq::YieldOp) {});
  scan->replaceAllUsesWith(fresh);
  scan.erase();
  generic.erase();
  return true;
}

/// Sinks one neighbour of `scan`, which is then gone.
static bool sinkOne(seq::ScanOp scan) {
  for (unsigned o = 0; o < scan.getOuts().size(); ++o)
    if (sinkEpilogue(scan, o))
      return true;
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    if (sinkPrologue(scan, i))
      return true;
  return false;
}

namespace {
struct Sink : public seqc::impl::SinkBase<Sink> {
  void runOnOperation() override {
    bool changed = true;
    while (changed) {
      changed =
          getOperation()
              ->walk([](seq::ScanOp scan) {
                bool sunk = !scan.hasBufferSemantics() && sinkOne(scan);
                return sunk ? WalkResult::interrupt() : WalkResult::advance();
              })
              .wasInterrupted();
    }
  }
};
} // namespace
