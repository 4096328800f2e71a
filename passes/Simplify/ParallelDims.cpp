//===- ParallelDims.cpp - which dimensions join the domain ----------------===//

#include "passes/Simplify/ParallelDims.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/BodyCauses.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Support/CarryGraph.h"
#include "passes/Support/ElementwiseGeneric.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

/// Numbers the dimensions of `value`; false where it must not be read.
bool ParallelDims::number(Value value) {
  if (!isa<RankedTensorType>(value.getType()) || first.contains(value))
    return !destinations.contains(value);
  first[value] = count;
  values.push_back(value);
  count += getRank(value);
  classes.grow(count);
  Operation *def = value.getDefiningOp();
  bool inside =
      def ? scan->isProperAncestor(def)
          : cast<BlockArgument>(value).getOwner() == scan.getBodyBlock();
  if (!inside)
    captured.insert(value);
  return true;
}

void ParallelDims::joinAll(Value a, Value b) {
  for (int64_t dim = 0; dim < getRank(a); ++dim)
    join(a, dim, b, dim);
}

bool ParallelDims::collectGeneric(linalg::GenericOp generic) {
  if (!isElementwise(generic))
    return false;
  Value result = generic.getResult(0);
  number(result);
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    if (!isa<RankedTensorType>(operand->get().getType()) ||
        !number(operand->get()) || products.contains(operand->get()))
      return false;
    AffineMap map = generic.getMatchingIndexingMap(operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      join(operand->get(), dim, result,
           cast<AffineDimExpr>(expr).getPosition());
  }
  return true;
}

/// A scan of one step without a state: its domain must be promoted, and what
/// its body sees whole cannot be.
bool ParallelDims::collectNested(seq::ScanOp nested) {
  if (getConstantIntValue(nested.getTime()) != 1 ||
      !nested.getCarries().empty() || nested.hasLengths() ||
      !nested.getHistories().empty() || nested.hasBufferSemantics() ||
      findSecondTierOp(nested))
    return false;
  SmallVector<std::pair<Value, int64_t>> owners(nested.getDomain().size());
  auto add = [&](Value value, ArrayRef<seq::IndexEntry> list) {
    for (auto [dim, entry] : llvm::enumerate(list)) {
      if (entry.kind == seq::IndexEntry::Window)
        return false;
      if (entry.kind == seq::IndexEntry::All)
        block(value, dim);
      if (entry.kind != seq::IndexEntry::Domain)
        continue;
      auto &[owner, ownDim] = owners[entry.symbol];
      if (owner)
        join(owner, ownDim, value, dim);
      owner = value;
      ownDim = dim;
    }
    return true;
  };
  for (auto [i, input] : llvm::enumerate(nested.getInputs())) {
    seq::IndexList list = nested.getInputIndex(i);
    if (!number(input) || products.contains(input) ||
        seq::findTime(list) >= 0 || nested.getInputLanes()[i] != 0 ||
        !add(input, list))
      return false;
  }
  for (auto [i, result] : llvm::enumerate(nested.getResults())) {
    number(result);
    products.insert(result);
    if (!destinations.contains(nested.getOuts()[i]) ||
        !add(result, nested.getOutIndex(i)))
      return false;
  }
  return true;
}

/// Drops the one step of a nested scan.
bool ParallelDims::collectCollapse(tensor::CollapseShapeOp collapse) {
  Value source = collapse.getSrc(), result = collapse.getResult();
  auto nested = source.getDefiningOp<seq::ScanOp>();
  if (!products.contains(source) || !nested)
    return false;
  number(result);
  unsigned out = cast<OpResult>(source).getResultNumber();
  int64_t time = seq::findTime(nested.getOutIndex(out));
  for (auto [dim, group] :
       llvm::enumerate(collapse.getReassociationIndices())) {
    SmallVector<int64_t> others;
    for (int64_t i : group)
      if (i != time)
        others.push_back(i);
    if (others.size() != 1)
      return false;
    join(source, others.front(), result, dim);
  }
  return true;
}

/// A dimension of `whole`, the larger one of the two, goes with others of
/// extent one, which are a group with it, to one of the other.
bool ParallelDims::collectReshape(Value source, Value result,
                                  ArrayRef<ReassociationIndices> groups,
                                  Value whole) {
  if (isDestination(source)) {
    number(result);
    destinations.insert(result);
    return true;
  }
  if (!number(source) || products.contains(source))
    return false;
  number(result);
  Value less = whole == source ? result : source;
  auto type = cast<RankedTensorType>(whole.getType());
  for (auto [dim, group] : llvm::enumerate(groups)) {
    auto isOther = [&](int64_t i) { return type.getDimSize(i) != 1; };
    if (llvm::count_if(group, isOther) > 1)
      return false;
    auto other = llvm::find_if(group, isOther);
    join(whole, other == group.end() ? group.front() : *other, less, dim);
  }
  return true;
}

/// What is summed is walked whole.
bool ParallelDims::collectContraction(linalg::GenericOp generic) {
  SmallVector<std::pair<Value, int64_t>> owners(generic.getNumLoops());
  SmallVector<Value> values = generic.getDpsInputs();
  number(generic.getResult(0));
  for (Value input : values)
    if (!isa<RankedTensorType>(input.getType()) || !number(input) ||
        products.contains(input))
      return false;
  values.push_back(generic.getResult(0));
  SmallVector<utils::IteratorType> loops = generic.getIteratorTypesArray();
  for (auto [value, map] : llvm::zip(values, generic.getIndexingMapsArray()))
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      auto &[owner, ownDim] = owners[loop];
      if (owner)
        join(owner, ownDim, value, dim);
      owner = value;
      ownDim = dim;
      if (loops[loop] == utils::IteratorType::reduction)
        block(value, dim);
    }
  return true;
}

/// What is combined is walked whole.
bool ParallelDims::collectReduction(linalg::GenericOp generic) {
  Value input = generic.getDpsInputOperand(0)->get();
  Value result = generic.getResult(0);
  number(result);
  if (!number(input) || products.contains(input))
    return false;
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  for (auto [dim, expr] : llvm::enumerate(maps[0].getResults())) {
    std::optional<unsigned> kept = maps[1].getResultPosition(expr);
    if (kept)
      join(input, dim, result, *kept);
    else
      block(input, dim);
  }
  return true;
}

/// A part of an input, whose operand can be cut outside in the same way.
bool ParallelDims::collectSlice(tensor::ExtractSliceOp slice) {
  auto isOutside = [&](Value number) {
    return !scan.getBody().isAncestor(number.getParentRegion());
  };
  auto arguments = scan.getInputArguments();
  auto found = llvm::find(arguments, slice.getSource());
  unsigned input = found - arguments.begin();
  if (found == arguments.end() || scan.getInputHistory()[input] >= 0 ||
      scan.getInputLanes()[input] != 0 || !slice.hasUnitStride() ||
      slice.getDroppedDims().any() ||
      !llvm::all_of(slice.getOffsets(), isOutside) ||
      !llvm::all_of(slice.getSizes(), isOutside) ||
      llvm::any_of(scan.getInputIndex(input), [](const seq::IndexEntry &entry) {
        return entry.kind == seq::IndexEntry::Window;
      }))
    return false;
  slices.push_back(slice);
  return number(slice.getResult());
}

bool ParallelDims::collectOp(Operation *op) {
  if (isa<tensor::EmptyOp>(op)) {
    number(op->getResult(0));
    destinations.insert(op->getResult(0));
    return true;
  }
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return number(fill.getResult(0));
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return findReduceKind(generic)  ? collectReduction(generic)
           : isContraction(generic) ? collectContraction(generic)
                                    : collectGeneric(generic);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return collectSlice(slice);
  if (auto nested = dyn_cast<seq::ScanOp>(op))
    return collectNested(nested);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return collectCollapse(collapse) ||
           collectReshape(collapse.getSrc(), collapse.getResult(),
                          collapse.getReassociationIndices(),
                          collapse.getSrc());
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return collectReshape(expand.getSrc(), expand.getResult(),
                          expand.getReassociationIndices(), expand.getResult());
  if (isa<tensor::FromElementsOp>(op))
    return getRank(op->getResult(0)) == 0 && number(op->getResult(0));
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return getRank(extract.getTensor()) == 0 && number(extract.getTensor());
  // Scalars.
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  return op->getNumRegions() == 0 && seq::getBodySemantics(op) &&
         llvm::all_of(op->getOperandTypes(), isScalar) &&
         llvm::all_of(op->getResultTypes(), isScalar);
}

LogicalResult ParallelDims::collect() {
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    number(argument);
    int64_t dim = 0;
    for (const seq::IndexEntry &entry : scan.getInputIndex(i))
      if (entry.isSliced()) {
        if (entry.kind == seq::IndexEntry::Window)
          block(argument, dim);
        ++dim;
      }
  }
  for (Value argument : scan.getCarryArguments())
    number(argument);
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (!collectOp(&op))
      return failure();
  for (Value yielded : scan.getYield()->getOperands())
    if (!number(yielded) || products.contains(yielded))
      return failure();
  for (auto [argument, yielded] :
       llvm::zip(scan.getCarryArguments(), scan.getYield().getCarries()))
    joinAll(argument, yielded);
  return success();
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

/// Whether it takes something slow to compute `value` in the step.
static bool takesLong(seq::ScanOp scan, Value value) {
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  return generic && scan->isProperAncestor(generic) &&
         llvm::any_of(*generic.getBody(),
                      [](Operation &op) { return isSlow(&op); });
}

/// Whether every carry and out has the class once, no value has it twice, and
/// nothing needs all of it.
bool ParallelDims::canPromote(unsigned wanted) {
  auto getCount = [&](Value value) {
    int64_t found = 0;
    for (int64_t dim = 0; dim < getRank(value); ++dim)
      found += getClass(value, dim) == wanted;
    return found;
  };
  for (auto [value, dim] : blocked)
    if (getClass(value, dim) == wanted)
      return false;
  // What lacks it and is slow would be computed again at all of its points.
  for (Value value : values)
    if (getCount(value) > 1 ||
        (!repeats && getCount(value) == 0 && takesLong(scan, value)))
      return false;
  return llvm::all_of(scan.getYield()->getOperands(),
                      [&](Value value) { return getCount(value) == 1; });
}

void ParallelDims::choosePromoted(bool mayRepeat) {
  repeats = mayRepeat;
  Value yielded = scan.getYield()->getOperand(0);
  for (int64_t dim = 0; dim < getRank(yielded); ++dim) {
    unsigned wanted = getClass(yielded, dim);
    if (canPromote(wanted))
      symbols.insert({wanted, symbols.size()});
  }
}

SmallVector<int64_t> ParallelDims::getKept(Value value) {
  SmallVector<int64_t> kept;
  for (int64_t dim = 0; dim < getRank(value); ++dim)
    if (!isPromoted(value, dim))
      kept.push_back(dim);
  return kept;
}
