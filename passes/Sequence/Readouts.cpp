//===- Readouts.cpp - what only the last step leaves, at every step -------===//

#include "passes/Sequence/Readouts.h"

#include "passes/Sequence/StepAnalysis.h"
#include "passes/Support/ViewElements.h"

using namespace mlir;
using namespace seqc;

Value seqc::permute(OpBuilder &b, Location loc, Value tensor,
                    ArrayRef<int64_t> order) {
  if (llvm::is_sorted(order))
    return tensor;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  SmallVector<OpFoldResult> permuted;
  for (int64_t dim : order)
    permuted.push_back(sizes[dim]);
  Value empty = tensor::EmptyOp::create(b, loc, permuted,
                                        getElementTypeOrSelf(tensor.getType()));
  return linalg::TransposeOp::create(b, loc, tensor, empty, order)
      ->getResult(0);
}

SmallVector<int64_t> seqc::putFirst(int64_t axis, int64_t rank) {
  SmallVector<int64_t> order = {axis};
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != axis)
      order.push_back(dim);
  return order;
}

//===----------------------------------------------------------------------===//
// Which values
//===----------------------------------------------------------------------===//

/// Whether `value` is a carry or a history after the last step.
bool Readouts::isCarryEnd(Value value) const {
  auto scan = value.getDefiningOp<seq::ScanOp>();
  return scan && llvm::is_contained(forms.scans, scan) &&
         cast<OpResult>(value).getResultNumber() >= scan.getOuts().size();
}

/// The carry or history whose end `value` is, element by element: null where it
/// has them in another order, or those of several, and where what that carry
/// begins with is a state by another name.
Value Readouts::findEnd(Value value) const {
  Value end = value;
  while (!isCarryEnd(end)) {
    Operation *op = end.getDefiningOp();
    if (!op || !isViewOp(op) || forms.picks.contains(op))
      return {};
    // Of several sources the first shows which carry it can only be.
    SmallVector<Value> sources = getViewSources(op);
    if (sources.empty())
      return {};
    end = sources.front();
  }
  auto scan = end.getDefiningOp<seq::ScanOp>();
  Value start = scan.getDpsInits()[cast<OpResult>(end).getResultNumber()];
  bool isGiven = forms.get(start).kind == TimeForm::First;
  return !isGiven && hasSameElements(value, end) ? end : Value();
}

/// The outputs that are made of the last step. One that is a whole carry is its
/// state instead, where there is anything else to put out.
SmallVector<const TensorInfo *> Readouts::findReadouts() {
  SmallVector<const TensorInfo *> found, whole;
  llvm::DenseSet<Value> ends;
  for (const TensorInfo &output : info.outputs) {
    Value value = getReturn()->getOperand(output.index);
    if (forms.get(value).kind != TimeForm::Last)
      continue;
    Value end = findEnd(value);
    (end && ends.insert(end).second ? whole : found).push_back(&output);
  }
  if (whole.size() == info.outputs.size())
    return whole;
  for (const TensorInfo *output : whole)
    states.insert(output->index);
  return found;
}

Value Readouts::getEnd(const TensorInfo &output) {
  return states.contains(output.index)
             ? findEnd(getReturn()->getOperand(output.index))
             : Value();
}

/// Finds the carries whose values at every step `value` needs.
LogicalResult Readouts::collect(Value value) {
  SmallVector<Value> worklist = {value};
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    TimeForm form = forms.get(next);
    Operation *op = next.getDefiningOp();
    if (form.kind != TimeForm::Last || forms.picks.contains(op))
      continue;
    if (!isCarryEnd(next)) {
      for (Value read : getReads(op)) {
        if (forms.get(read).kind == TimeForm::First)
          return op->emitError("a step is refused: '")
                 << op->getName() << "' is made of a state before the sequence "
                 << "and of what the last step leaves";
        worklist.push_back(read);
      }
      continue;
    }
    auto scan = cast<seq::ScanOp>(op);
    if (cast<OpResult>(next).getResultNumber() >=
        scan.getOuts().size() + scan.getCarries().size())
      return op->emitError("a step is refused: an output is made of the rows "
                           "that a history of '")
             << op->getName() << "' ends with";
    carryEnds.insert(next);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Rows of carries
//===----------------------------------------------------------------------===//

/// The out that has the value of carry `carry` at every step, or -1.
static int64_t findOut(seq::ScanOp scan, unsigned carry) {
  for (auto [i, out] : llvm::enumerate(scan.getYield().getOuts())) {
    seq::IndexList index = scan.getOutIndex(i);
    int64_t time = seq::findTime(index);
    if (out != scan.getYield().getCarries()[carry] || time < 0 ||
        index[time].every != 1)
      continue;
    index.erase(index.begin() + time);
    if (index == scan.getCarryIndex(carry))
      return i;
  }
  return -1;
}

/// Replaces `scan` by one with an out more for each of `carries`, behind the
/// outs that it has. The old one stays, without uses.
void Readouts::addOuts(seq::ScanOp scan, ArrayRef<unsigned> carries) {
  Location loc = scan.getLoc();
  b.setInsertionPoint(scan);
  seq::ScanOperands operands = scan.getScanOperands();
  for (unsigned carry : carries) {
    Value like = scan.getCarries()[carry];
    SmallVector<OpFoldResult> extents = tensor::getMixedSizes(b, loc, like);
    extents.insert(extents.begin(), scan.getTime());
    seq::IndexList index = scan.getCarryIndex(carry);
    index.insert(index.begin(), seq::IndexEntry::time());
    operands.outs.push_back(
        {tensor::EmptyOp::create(b, loc, extents,
                                 getElementTypeOrSelf(like.getType())),
         index});
  }
  auto fresh = seq::ScanOp::create(b, loc, operands, nullptr);
  fresh->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  IRMapping mapping;
  mapping.map(scan.getBodyBlock()->getArguments(),
              fresh.getBodyBlock()->getArguments());
  cloneBody(b, scan.getBodyBlock(), fresh.getBodyBlock(), mapping);
  SmallVector<Value> outs, ends;
  for (Value out : scan.getYield().getOuts())
    outs.push_back(mapping.lookupOrDefault(out));
  for (Value end : scan.getYield().getCarries())
    ends.push_back(mapping.lookupOrDefault(end));
  for (unsigned carry : carries)
    outs.push_back(ends[carry]);
  b.setInsertionPointToEnd(fresh.getBodyBlock());
  seq::YieldOp::create(b, loc, outs, ends);

  unsigned before = scan.getOuts().size();
  for (auto [i, old] : llvm::enumerate(scan->getResults())) {
    Value result = fresh->getResult(i < before ? i : i + carries.size());
    forms.replace(old, result);
    old.replaceAllUsesWith(result);
  }
  llvm::replace(forms.scans, scan, fresh);
}

/// Makes the rows of all carries of `scan` that are needed.
void Readouts::takeCarries(seq::ScanOp scan) {
  unsigned before = scan.getOuts().size();
  SmallVector<unsigned> needed, added;
  for (unsigned i = 0; i < scan.getCarries().size(); ++i)
    if (carryEnds.contains(scan->getResult(before + i)))
      needed.push_back(i);
  for (unsigned carry : needed)
    if (findOut(scan, carry) < 0)
      added.push_back(carry);
  auto place = llvm::find(forms.scans, scan) - forms.scans.begin();
  if (!added.empty())
    addOuts(scan, added);
  scan = forms.scans[place];
  b.setInsertionPoint(getReturn());
  for (unsigned carry : needed) {
    int64_t out = findOut(scan, carry);
    Value found = scan->getResult(out);
    batcher.rows[scan->getResult(scan.getOuts().size() + carry)] =
        permute(b, scan.getLoc(), found,
                putFirst(seq::findTime(scan.getOutIndex(out)),
                         cast<RankedTensorType>(found.getType()).getRank()));
  }
}

//===----------------------------------------------------------------------===//
// Rows of anything
//===----------------------------------------------------------------------===//

/// What `pick` would take of each row, were it the last one.
Value Readouts::takeRows(tensor::ExtractSliceOp pick) {
  Location loc = pick.getLoc();
  int64_t axis = forms.get(pick.getSource()).axis;
  SmallVector<OpFoldResult> offsets = pick.getMixedOffsets(),
                            sizes = pick.getMixedSizes();
  offsets[axis] = b.getIndexAttr(0);
  sizes[axis] = batcher.steps;
  llvm::SmallBitVector dropped = pick.getDroppedDims();
  bool isDropped = dropped.test(axis);
  dropped.reset(axis);
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (!dropped.test(dim))
      shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  Type element = getElementTypeOrSelf(pick.getType());
  Value found = tensor::ExtractSliceOp::create(
      b, loc, RankedTensorType::get(shape, element), pick.getSource(), offsets,
      sizes, pick.getMixedStrides());
  for (int64_t dim = axis - 1; dim >= 0; --dim)
    axis -= dropped.test(dim);
  auto rank = int64_t(shape.size());
  found = permute(b, loc, found, putFirst(axis, rank));
  if (isDropped)
    return found;
  // The dimension that was time stays, with one element.
  SmallVector<OpFoldResult> extents = tensor::getMixedSizes(b, loc, found);
  extents.insert(extents.begin() + axis + 1, b.getIndexAttr(1));
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0, next = 0; dim < rank; ++dim) {
    groups.push_back({next++});
    if (dim == axis)
      groups.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(b, loc, getRowsType(pick.getType()),
                                       found, groups, extents);
}

/// Emits the rows of `value`, or says that it is the same at every step.
LogicalResult Readouts::emit(Value value) {
  if (batcher.rows.contains(value) || batcher.plain.contains(value))
    return success();
  Operation *op = value.getDefiningOp();
  if (forms.get(value).kind != TimeForm::Last) {
    batcher.plain.map(value, value);
    return success();
  }
  if (forms.picks.contains(op)) {
    batcher.rows[value] = takeRows(cast<tensor::ExtractSliceOp>(op));
    return success();
  }
  for (Value read : getReads(op))
    if (failed(emit(read)))
      return failure();
  return batcher.emit(op);
}

LogicalResult Readouts::run() {
  SmallVector<const TensorInfo *> readouts = findReadouts();
  if (readouts.empty())
    return success();
  for (const TensorInfo *output : readouts)
    if (failed(collect(getReturn()->getOperand(output->index))))
      return failure();
  const TensorInfo &first = info.inputs.front();
  BlockArgument input = function.getArgument(first.index);
  b.setInsertionPoint(getReturn());
  batcher.steps =
      tensor::DimOp::create(b, function.getLoc(), input, forms.get(input).axis);
  for (seq::ScanOp scan : SmallVector<seq::ScanOp>(forms.scans))
    takeCarries(scan);
  for (const TensorInfo *output : readouts) {
    Value value = getReturn()->getOperand(output->index);
    b.setInsertionPoint(getReturn());
    if (failed(emit(value)))
      return failure();
    rows[output->index] = batcher.getRows(value);
  }
  return success();
}
