//===- Promote.cpp - a body's parallel dimension joins the domain ---------===//
//
// Along a dimension in which every op of a body is parallel, as the values of a
// linear attention's state are, a step's parts are independent of each other:
// it becomes a domain symbol, for lanes and threads to run along. In the body
// the dimension stays, with extent one, so that its ops need not be known.
//
// What a step computes that has not this dimension would be computed again for
// every point of it. Its slow parts and its carries become scans of their own
// (SeparateBody.h), whose results the promoted one reads.
//
//===----------------------------------------------------------------------===//

#include "passes/Lower/Promote.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/SeparateBody.h"
#include "passes/Lower/SeparateProducts.h"
#include "passes/Passes.h"
#include "passes/Support/BodyConstants.h"
#include "passes/Support/BodyDims.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {
#define GEN_PASS_DEF_PROMOTE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Which dimension
//===----------------------------------------------------------------------===//

/// Whether `op` runs along `dims` as along a domain symbol: nothing is reduced
/// or picked along it.
static bool isParallelAlong(Operation *op, const DimOfValues &dims) {
  seq::BodySemantics space = *seq::getBodySemantics(op);
  auto isParallel = [&](Value value, AffineMap map) {
    auto found = dims.find(value);
    if (found == dims.end())
      return true;
    auto iterator = dyn_cast<AffineDimExpr>(map.getResult(found->second));
    return iterator && !space.reduced[iterator.getPosition()];
  };
  return llvm::all_of_zip(op->getOperands(), space.operandMaps, isParallel) &&
         llvm::all_of_zip(op->getResults(), space.resultMaps, isParallel);
}

/// Whether everything that the step reads or yields has `dims` as a dimension
/// of its own operand, whole, and carries walk it as their next values do.
static bool isDomainOfOperands(seq::ScanOp scan, const DimOfValues &dims) {
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    if (!dims.count(argument))
      continue;
    if (scan.getInputLanes()[i] != 0 ||
        llvm::any_of(scan.getInputIndex(i), [](const seq::IndexEntry &entry) {
          return entry.kind == seq::IndexEntry::Window;
        }))
      return false;
  }
  auto find = [&](Value value) {
    auto found = dims.find(value);
    return found == dims.end() ? -1 : found->second;
  };
  return llvm::all_of_zip(
      scan.getCarryArguments(), scan.getYield().getCarries(),
      [&](Value before, Value after) { return find(before) == find(after); });
}

/// What inputs and outs hold of a step that has the dimension innermost, where
/// lanes find neighbours.
static int64_t countInnermost(seq::ScanOp scan, const DimOfValues &dims) {
  auto isInnermost = [&](Value value) {
    auto found = dims.find(value);
    return found != dims.end() &&
           found->second + 1 == cast<ShapedType>(value.getType()).getRank();
  };
  int64_t elements = 0;
  auto add = [&](Value value) {
    elements += isInnermost(value) ? countBodyElements(value) : 0;
  };
  llvm::for_each(scan.getInputArguments(), add);
  llvm::for_each(scan.getYield().getOuts(), add);
  return elements;
}

/// The dimension of the body to promote; empty if there is none.
static DimOfValues findParallelDim(seq::ScanOp scan) {
  BodyDims classes(scan);
  SmallVector<DimOfValues> candidates(classes.getNumClasses());
  llvm::BitVector refused(classes.getNumClasses());
  for (Value value : classes.getValues()) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    for (int64_t d = 0; type && d < type.getRank(); ++d) {
      unsigned id = classes.getClass(value, d);
      if (!candidates[id].insert({value, d}).second || type.isDynamicDim(d) ||
          type.getDimSize(d) == 1)
        refused.set(id);
    }
  }
  SmallVector<Operation *> ops = getBodyOps(scan);
  DimOfValues best;
  for (unsigned id = 0; id < candidates.size(); ++id) {
    DimOfValues &dims = candidates[id];
    bool isYielded =
        llvm::any_of(scan.getYield()->getOperands(),
                     [&](Value value) { return dims.count(value) != 0; });
    if (refused.test(id) || !isYielded || !isDomainOfOperands(scan, dims) ||
        !llvm::all_of(ops,
                      [&](Operation *op) { return isParallelAlong(op, dims); }))
      continue;
    if (best.empty() || countInnermost(scan, dims) > countInnermost(scan, best))
      best = std::move(dims);
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Promotion
//===----------------------------------------------------------------------===//

/// Groups of dimensions where `dim`, of extent one, goes with a neighbour.
static SmallVector<ReassociationIndices> groupWithNeighbour(int64_t rank,
                                                            int64_t dim) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d < rank; ++d)
    if (d == dim && d > 0)
      groups.back().push_back(d);
    else if (d == 1 && dim == 0)
      groups.back().push_back(d);
    else
      groups.push_back({d});
  return groups;
}

static RankedTensorType withUnitDim(Type type, int64_t dim) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  shape[dim] = 1;
  return tensor.clone(shape);
}

/// `value`, which lacks `dim`, as a tensor in which it has extent one.
static Value putUnitDim(OpBuilder &b, Location loc, Value value,
                        RankedTensorType type, int64_t dim) {
  if (type.getRank() == 1)
    return tensor::SplatOp::create(b, loc, value, type);
  return tensor::ExpandShapeOp::create(b, loc, type, value,
                                       groupWithNeighbour(type.getRank(), dim));
}

static Value takeUnitDim(OpBuilder &b, Location loc, Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 1)
    return seq::ExtractOp::create(b, loc, type.getElementType(), value,
                                  b.getDenseI64ArrayAttr({0}));
  return tensor::CollapseShapeOp::create(
      b, loc, value, groupWithNeighbour(type.getRank(), dim));
}

/// Clones `op` with extent one along the dimension.
static void cloneWithUnitDim(OpBuilder &b, Operation &op,
                             const DimOfValues &dims, IRMapping &mapping) {
  Operation *clone = b.clone(op, mapping);
  for (auto [from, to] : llvm::zip(op.getResults(), clone->getResults())) {
    auto found = dims.find(from);
    if (found == dims.end())
      continue;
    RankedTensorType type = withUnitDim(from.getType(), found->second);
    to.setType(type);
    if (auto constant = dyn_cast<arith::ConstantOp>(clone))
      constant.setValueAttr(
          cast<DenseElementsAttr>(constant.getValue()).resizeSplat(type));
  }
}

/// `list` with the body's dimension `dim` as the domain symbol `symbol`.
static void indexByDomain(seq::IndexList &list, int64_t dim, int64_t symbol) {
  for (seq::IndexEntry &entry : list)
    if (entry.isSliced() && dim-- == 0)
      entry = seq::IndexEntry::domain(symbol);
}

/// The operands of `scan`, indexed by one more domain symbol along `dims`.
static seq::ScanOperands promoteOperands(OpBuilder &b, seq::ScanOp scan,
                                         const DimOfValues &dims) {
  seq::ScanOperands operands = scan.getScanOperands();
  int64_t symbol = operands.domain.size();
  auto [any, anyDim] = *dims.begin();
  operands.domain.push_back(arith::ConstantIndexOp::create(
      b, scan.getLoc(),
      cast<RankedTensorType>(any.getType()).getDimSize(anyDim)));
  auto promote = [&](seq::IndexList &list, Value seen) {
    if (auto found = dims.find(seen); found != dims.end())
      indexByDomain(list, found->second, symbol);
  };
  for (auto [input, seen] :
       llvm::zip(operands.inputs, scan.getInputArguments()))
    promote(input.index, seen);
  for (auto [out, seen] : llvm::zip(operands.outs, scan.getYield().getOuts()))
    promote(out.index, seen);
  for (auto [carry, seen] :
       llvm::zip(operands.carries, scan.getCarryArguments()))
    promote(carry.index, seen);
  return operands;
}

/// Replaces `scan` by one over the domain and `dims`, which every carry and out
/// of it has.
static seq::ScanOp promote(seq::ScanOp scan, const DimOfValues &dims) {
  OpBuilder b(scan);
  auto fresh = seq::ScanOp::create(
      b, scan.getLoc(), promoteOperands(b, scan, dims),
      [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(scan.getDomainArguments(), body.domain.drop_back());
        mapping.map(Value(scan.getTimeArgument()), body.time);
        auto mapArgument = [&](Value from, Value to) {
          if (auto found = dims.find(from); found != dims.end())
            to = putUnitDim(nested, loc, to,
                            withUnitDim(from.getType(), found->second),
                            found->second);
          mapping.map(from, to);
        };
        for (auto [from, to] : llvm::zip(scan.getInputArguments(), body.inputs))
          mapArgument(from, to);
        for (auto [from, to] :
             llvm::zip(scan.getCarryArguments(), body.carries))
          mapArgument(from, to);
        for (Operation &op : scan.getBodyBlock()->without_terminator())
          cloneWithUnitDim(nested, op, dims, mapping);
        auto take = [&](Value value) {
          return takeUnitDim(nested, loc, mapping.lookup(value),
                             dims.lookup(value));
        };
        seq::YieldOp::create(
            nested, loc,
            llvm::to_vector(llvm::map_range(scan.getYield().getOuts(), take)),
            llvm::to_vector(
                llvm::map_range(scan.getYield().getCarries(), take)));
      });
  scan->replaceAllUsesWith(fresh->getResults());
  scan.erase();
  return fresh;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Whether `scan` is one whose lanes run along the domain, if anywhere: all of
/// it is of the first tier, and it multiplies no packed matrix.
static bool hasDomainLanes(seq::ScanOp scan) {
  return !scan.hasBufferSemantics() && !findSecondTierOp(scan) &&
         scan.getBodyBlock()->getOps<seq::TimeBlockOp>().empty() &&
         llvm::none_of(getBodyOps(scan), [&](Operation *op) {
           return isMatrixContraction(scan, op);
         });
}

/// Whether lanes find more along `dims` than along the symbol that they have.
static bool isBetter(seq::ScanOp scan, const DimOfValues &dims, int64_t lanes) {
  LaneSymbol now = chooseLaneSymbol(scan);
  if (now.symbol < 0)
    return true;
  std::optional<int64_t> extent =
      getConstantIntValue(scan.getDomain()[now.symbol]);
  return extent.value_or(lanes) < lanes ||
         countInnermost(scan, dims) > now.elements;
}

/// Gives every use of a repeated number its own tensor: one that serves two
/// dimensions of the same extent would tie them together.
static void unshareSplats(seq::ScanOp scan) {
  for (Operation &op : llvm::make_early_inc_range(*scan.getBodyBlock())) {
    if (!isa<tensor::SplatOp>(op) && !op.hasTrait<OpTrait::ConstantLike>())
      continue;
    for (OpOperand &use :
         llvm::make_early_inc_range(llvm::drop_begin(op.getUses()))) {
      OpBuilder b(&op);
      use.set(b.clone(op)->getResult(0));
    }
  }
}

void seqc::promoteScan(seq::ScanOp scan, int64_t lanes) {
  SmallVector<seq::ScanOp> left = {scan};
  while (!left.empty()) {
    seq::ScanOp next = left.pop_back_val();
    if (!hasDomainLanes(next))
      continue;
    moveConstantsIntoBodies(next);
    unshareSplats(next);
    DimOfValues dims = findParallelDim(next);
    if (dims.empty() || !isBetter(next, dims, lanes))
      continue;
    FailureOr<SeparatedScan> separated = separateBody(next, dims);
    if (failed(separated))
      continue;
    llvm::append_range(left, separated->prefixes);
    promote(separated->rest, separated->dims);
  }
}

namespace {
struct Promote : public seqc::impl::PromoteBase<Promote> {
  using PromoteBase::PromoteBase;

  void runOnOperation() override {
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) {
      if (!isLoweredNaively(scan))
        scans.push_back(scan);
    });
    for (seq::ScanOp scan : scans)
      for (seq::ScanOp part : separateProducts(scan))
        promoteScan(part, lanes);
  }
};
} // namespace
