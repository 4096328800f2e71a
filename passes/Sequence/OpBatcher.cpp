//===- OpBatcher.cpp - an op for many steps at once -----------------------===//

#include "passes/Sequence/OpBatcher.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;
using namespace seqc;

RankedTensorType seqc::getRowsType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  shape.append(tensor.getShape().begin(), tensor.getShape().end());
  return RankedTensorType::get(shape, tensor.getElementType());
}

void seqc::cloneBody(OpBuilder &b, Block *from, Block *to, IRMapping &mapping) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(to);
  for (Operation &op : from->without_terminator())
    b.clone(op, mapping);
}

static LogicalResult refuse(Operation *op, const Twine &why) {
  return op->emitError("'")
         << op->getName() << "' has no form for many steps at once: " << why;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value OpBatcher::lookUp(Value value) {
  if (Value found = rows.lookup(value))
    return found;
  return plain.lookup(value);
}

SmallVector<OpFoldResult> OpBatcher::lookUp(ArrayRef<OpFoldResult> values) {
  SmallVector<OpFoldResult> found;
  for (OpFoldResult value : values)
    found.push_back(isa<Value>(value)
                        ? OpFoldResult(plain.lookup(cast<Value>(value)))
                        : value);
  return found;
}

SmallVector<OpFoldResult> OpBatcher::withLeading(ArrayRef<OpFoldResult> values,
                                                 OpFoldResult first) {
  SmallVector<OpFoldResult> all = {first};
  llvm::append_range(all, lookUp(values));
  return all;
}

SmallVector<OpFoldResult> OpBatcher::getRowExtents(Value value) {
  Value found = rows.lookup(value);
  if (!found)
    return tensor::getMixedSizes(b, value.getLoc(), plain.lookup(value));
  return llvm::to_vector(
      llvm::drop_begin(tensor::getMixedSizes(b, value.getLoc(), found)));
}

Value OpBatcher::buildEmptyRows(Value like) {
  SmallVector<OpFoldResult> extents = {steps};
  llvm::append_range(extents, getRowExtents(like));
  return tensor::EmptyOp::create(b, like.getLoc(), extents,
                                 getElementTypeOrSelf(like.getType()));
}

Value OpBatcher::getRows(Value value) {
  if (Value found = rows.lookup(value))
    return found;
  if (Value found = repeated.lookup(value))
    return found;
  Value spread = buildEmptyRows(value);
  Value known = plain.lookup(value);
  if (auto fill = known.getDefiningOp<linalg::FillOp>())
    spread =
        linalg::FillOp::create(b, value.getLoc(), fill.getInputs()[0], spread)
            .getResult(0);
  else if (!known.getDefiningOp<tensor::EmptyOp>())
    spread = linalg::BroadcastOp::create(b, value.getLoc(), known, spread,
                                         ArrayRef<int64_t>{0})
                 ->getResult(0);
  repeated[value] = spread;
  return spread;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

/// `rank` is that of the larger shape: a number has no group to hold its ones.
static SmallVector<ReassociationIndices>
shiftGroups(ArrayRef<ReassociationIndices> groups, int64_t rank) {
  SmallVector<ReassociationIndices> shifted = {{0}};
  for (int64_t dim = 0; groups.empty() && dim < rank; ++dim)
    shifted.back().push_back(dim + 1);
  for (const ReassociationIndices &group : groups) {
    shifted.emplace_back();
    for (int64_t dim : group)
      shifted.back().push_back(dim + 1);
  }
  return shifted;
}

/// Of a tensor of rows the extents are those of a row.
LogicalResult OpBatcher::emitDim(tensor::DimOp op) {
  Value source = op.getSource(), index = plain.lookup(op.getIndex());
  Value found = rows.lookup(source);
  if (found) {
    Value one = arith::ConstantIndexOp::create(b, op.getLoc(), 1);
    index = arith::AddIOp::create(b, op.getLoc(), index, one);
  } else {
    found = plain.lookup(source);
  }
  plain.map(op.getResult(),
            b.createOrFold<tensor::DimOp>(op.getLoc(), found, index));
  return success();
}

LogicalResult OpBatcher::emitView(Operation *op) {
  Location loc = op->getLoc();
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  RankedTensorType type = getRowsType(op->getResult(0).getType());
  Value &result = rows[op->getResult(0)];
  if (isa<tensor::CastOp>(op)) {
    result = tensor::CastOp::create(b, loc, type, lookUp(op->getOperand(0)));
  } else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    result = tensor::CollapseShapeOp::create(
        b, loc, type, lookUp(collapse.getSrc()),
        shiftGroups(collapse.getReassociationIndices(),
                    collapse.getSrcType().getRank()));
  } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    result = tensor::ExpandShapeOp::create(
        b, loc, type, lookUp(expand.getSrc()),
        shiftGroups(expand.getReassociationIndices(),
                    expand.getResultType().getRank()),
        withLeading(expand.getMixedOutputShape(), steps));
  } else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    result = tensor::ExtractSliceOp::create(
        b, loc, type, lookUp(slice.getSource()),
        withLeading(slice.getMixedOffsets(), zero),
        withLeading(slice.getMixedSizes(), steps),
        withLeading(slice.getMixedStrides(), one));
  } else {
    auto insert = cast<tensor::InsertSliceOp>(op);
    // Either may be plain.
    Value source = getRows(insert.getSource());
    Value destination = getRows(insert.getDest());
    rows[op->getResult(0)] = tensor::InsertSliceOp::create(
        b, loc, source, destination,
        withLeading(insert.getMixedOffsets(), zero),
        withLeading(insert.getMixedSizes(), steps),
        withLeading(insert.getMixedStrides(), one));
  }
  return success();
}

LogicalResult OpBatcher::emitPad(tensor::PadOp op) {
  Value padding = op.getConstantPaddingValue();
  if (!padding || !plain.lookupOrNull(padding))
    return refuse(op, "its padding is not one constant");
  OpFoldResult zero = b.getIndexAttr(0);
  rows[op.getResult()] = tensor::PadOp::create(
      b, op.getLoc(), getRowsType(op.getType()), lookUp(op.getSource()),
      withLeading(op.getMixedLowPad(), zero),
      withLeading(op.getMixedHighPad(), zero), plain.lookup(padding),
      op.getNofold());
  return success();
}

LogicalResult OpBatcher::emitConcat(tensor::ConcatOp op) {
  SmallVector<Value> parts;
  for (Value part : op.getInputs())
    parts.push_back(getRows(part));
  rows[op.getResult()] = tensor::ConcatOp::create(
      b, op.getLoc(), getRowsType(op.getType()), op.getDim() + 1, parts);
  return success();
}

//===----------------------------------------------------------------------===//
// Loops and scans
//===----------------------------------------------------------------------===//

/// Clones the body: its dimensions are one further in, and elements of tensors
/// with rows are taken from the row of the step.
LogicalResult OpBatcher::cloneGenericBody(linalg::GenericOp op,
                                          linalg::GenericOp fresh) {
  IRMapping mapping = plain;
  Block *body = fresh.getBody();
  mapping.map(op.getBody()->getArguments(), body->getArguments());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(body);
  for (Operation &inner : *op.getBody()) {
    auto extract = dyn_cast<tensor::ExtractOp>(inner);
    Value taken = extract ? rows.lookup(extract.getTensor()) : Value();
    if (taken) {
      SmallVector<Value> indices = {
          linalg::IndexOp::create(b, inner.getLoc(), 0)};
      for (Value index : extract.getIndices())
        indices.push_back(mapping.lookup(index));
      mapping.map(extract.getResult(),
                  tensor::ExtractOp::create(b, inner.getLoc(), taken, indices)
                      .getResult());
      continue;
    }
    if (isBatched(&inner))
      return refuse(&inner, "it reads a whole step's tensor");
    b.clone(inner, mapping)->walk([](linalg::IndexOp index) {
      index.setDim(index.getDim() + 1);
    });
  }
  return success();
}

LogicalResult OpBatcher::emitGeneric(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops() + 1;
  auto shift = [&](AffineMap map, bool leads) {
    AffineMap shifted = map.shiftDims(1);
    SmallVector<AffineExpr> exprs;
    if (leads)
      exprs.push_back(b.getAffineDimExpr(0));
    llvm::append_range(exprs, shifted.getResults());
    return AffineMap::get(loops, 0, exprs, b.getContext());
  };
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> maps;
  SmallVector<Type> types;
  for (OpOperand *input : op.getDpsInputOperands()) {
    inputs.push_back(lookUp(input->get()));
    maps.push_back(
        shift(op.getMatchingIndexingMap(input), rows.contains(input->get())));
  }
  for (OpOperand &init : op.getDpsInitsMutable()) {
    outputs.push_back(getRows(init.get()));
    types.push_back(outputs.back().getType());
    maps.push_back(shift(op.getMatchingIndexingMap(&init), true));
  }
  SmallVector<utils::IteratorType> iterators = {utils::IteratorType::parallel};
  llvm::append_range(iterators, op.getIteratorTypesArray());
  auto fresh = linalg::GenericOp::create(b, op.getLoc(), types, inputs, outputs,
                                         maps, iterators);
  SmallVector<Type> arguments(op.getBody()->getArgumentTypes());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&fresh.getRegion(), {}, arguments,
                SmallVector<Location>(arguments.size(), op.getLoc()));
  b.setInsertionPointAfter(fresh);
  for (auto [old, result] : llvm::zip(op.getResults(), fresh.getResults()))
    rows[old] = result;
  return cloneGenericBody(op, fresh);
}

/// The steps are one more dimension of the domain: each has time, carries and
/// histories of its own.
LogicalResult OpBatcher::emitScan(seq::ScanOp op) {
  using seq::IndexEntry;
  seq::ScanOperands operands = op.getScanOperands();
  auto symbol = int64_t(operands.domain.size());
  auto addSymbol = [&](seq::IndexList &index) {
    index.insert(index.begin(), IndexEntry::domain(symbol));
  };
  for (Value &extent : operands.domain)
    extent = plain.lookup(extent);
  operands.domain.push_back(steps);
  operands.time = plain.lookup(operands.time);
  for (seq::ScanOperands::Input &input : operands.inputs) {
    bool batched = rows.contains(input.value) ||
                   (input.history && rows.contains(input.history));
    if (batched)
      addSymbol(input.index);
    input.value = batched ? getRows(input.value) : plain.lookup(input.value);
    if (input.history)
      input.history =
          batched ? getRows(input.history) : plain.lookup(input.history);
  }
  for (seq::ScanOperands::Slot &slot : operands.outs) {
    slot.value = getRows(slot.value);
    addSymbol(slot.index);
  }
  for (seq::ScanOperands::Slot &slot : operands.carries) {
    slot.value = getRows(slot.value);
    addSymbol(slot.index);
  }
  if (operands.lengths) {
    if (rows.contains(operands.lengths))
      addSymbol(operands.lengthsIndex);
    operands.lengths = lookUp(operands.lengths);
  }
  auto fresh = seq::ScanOp::create(b, op.getLoc(), operands, nullptr);
  fresh->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  IRMapping mapping = plain;
  mapping.map(op.getDomainArguments(),
              fresh.getDomainArguments().take_front(symbol));
  mapping.map(op.getTimeArgument(), fresh.getTimeArgument());
  mapping.map(op.getInputArguments(), fresh.getInputArguments());
  mapping.map(op.getCarryArguments(), fresh.getCarryArguments());
  cloneBody(b, op.getBodyBlock(), fresh.getBodyBlock(), mapping);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(fresh.getBodyBlock());
  b.clone(*op.getYield(), mapping);
  // Histories that have no rows stay plain.
  for (auto [old, result] : llvm::zip(op.getResults(), fresh.getResults())) {
    if (old.getType() == result.getType())
      plain.map(old, result);
    else
      rows[old] = result;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Any op
//===----------------------------------------------------------------------===//

/// Whether an operand, or what a region reads from around the op, has rows.
bool OpBatcher::isBatched(Operation *op) {
  return op
      ->walk([&](Operation *inner) {
        return llvm::any_of(inner->getOperands(),
                            [&](Value value) { return rows.contains(value); })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult OpBatcher::emit(Operation *op) {
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return emitDim(dim);
  if (!isBatched(op)) {
    b.clone(*op, plain);
    return success();
  }
  if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
          tensor::ExtractSliceOp, tensor::InsertSliceOp>(op))
    return emitView(op);
  if (auto pad = dyn_cast<tensor::PadOp>(op))
    return emitPad(pad);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return emitConcat(concat);
  if (auto scan = dyn_cast<seq::ScanOp>(op)) {
    WalkResult captures = scan.getBody().walk([&](Operation *inner) {
      return llvm::any_of(inner->getOperands(),
                          [&](Value value) { return rows.contains(value); })
                 ? WalkResult::interrupt()
                 : WalkResult::advance();
    });
    if (captures.wasInterrupted())
      return refuse(op, "its body reads a tensor that is no operand");
    return emitScan(scan);
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return emitGeneric(generic);
  return refuse(op, "required a scan, a view or loops over elements");
}
