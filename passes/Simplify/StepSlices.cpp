//===- StepSlices.cpp - rows of a tensor, one for every step --------------===//

#include "passes/Simplify/StepSlices.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Whether a slice with these extents is all of `type`.
static bool isWhole(RankedTensorType type, ArrayRef<OpFoldResult> offsets,
                    ArrayRef<OpFoldResult> sizes) {
  for (auto [dim, offset, size] : llvm::enumerate(offsets, sizes))
    if (getConstantIntValue(offset) != 0 || type.isDynamicDim(dim) ||
        getConstantIntValue(size) != type.getDimSize(dim))
      return false;
  return true;
}

static SmallVector<int64_t> getStaticExtents(ArrayRef<OpFoldResult> extents) {
  return llvm::map_to_vector(extents, [](OpFoldResult extent) {
    return getConstantIntValue(extent).value_or(ShapedType::kDynamic);
  });
}

SmallVector<ReassociationIndices> seqc::groupWithNext(int64_t rank,
                                                      int64_t dim) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i)
    if (i == dim + 1)
      groups.back().push_back(i);
    else
      groups.push_back({i});
  return groups;
}

Value seqc::buildFlip(OpBuilder &b, Location loc, Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = type.getRank(), last = type.getDimSize(dim) - 1;
  Value empty = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, value), type.getElementType());
  auto identity = AffineMap::getMultiDimIdentityMap(rank, b.getContext());
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, type, ValueRange(), empty, identity, loops,
             [&](OpBuilder &inner, Location loc, ValueRange) {
               SmallVector<Value> at;
               for (int64_t i = 0; i < rank; ++i)
                 at.push_back(linalg::IndexOp::create(inner, loc, i));
               Value end = arith::ConstantIndexOp::create(inner, loc, last);
               at[dim] = arith::SubIOp::create(inner, loc, end, at[dim]);
               Value element = tensor::ExtractOp::create(inner, loc, value, at);
               linalg::YieldOp::create(inner, loc, element);
             })
      .getResult(0);
}

Value seqc::buildRows(OpBuilder &b, tensor::ExtractSliceOp first,
                      const StepSource &source, int64_t steps, bool reverse) {
  Location loc = first.getLoc();
  int64_t dim = source.dim, size = first.getStaticSizes()[dim];
  SmallVector<OpFoldResult> offsets = first.getMixedOffsets();
  SmallVector<OpFoldResult> sizes = first.getMixedSizes();
  SmallVector<OpFoldResult> strides = first.getMixedStrides();
  bool falls = source.step < 0;
  offsets[dim] =
      b.getIndexAttr(source.first + (falls ? source.step * (steps - 1) : 0));
  sizes[dim] = b.getIndexAttr(steps * size);
  strides[dim] = b.getIndexAttr(size == 1 ? std::abs(source.step) : 1);
  Value rows = source.value;
  if (!isWhole(first.getSourceType(), offsets, sizes))
    rows =
        tensor::ExtractSliceOp::create(b, loc, rows, offsets, sizes, strides);
  if (size > 1) {
    sizes[dim] = b.getIndexAttr(steps);
    sizes.insert(sizes.begin() + dim + 1, b.getIndexAttr(size));
    auto type = RankedTensorType::get(getStaticExtents(sizes),
                                      first.getType().getElementType());
    rows = tensor::ExpandShapeOp::create(
        b, loc, type, rows, groupWithNext(sizes.size(), dim), sizes);
  }
  return falls == reverse ? rows : buildFlip(b, loc, rows, dim);
}

Value seqc::buildSliceOfRow(OpBuilder &b, Value seen,
                            tensor::ExtractSliceOp first, int64_t dim) {
  Location loc = first.getLoc();
  RankedTensorType type = first.getType();
  if (!isa<RankedTensorType>(seen.getType()))
    return tensor::FromElementsOp::create(b, loc, type, seen);
  SmallVector<OpFoldResult> sizes = first.getMixedSizes();
  llvm::SmallBitVector dropped = first.getDroppedDims();
  bool hasDim = getConstantIntValue(sizes[dim]) != 1;
  if (hasDim ? dropped.none() : dropped.count() == 1 && dropped.test(dim))
    return seen;
  if (!hasDim) {
    // The dimension of one step again.
    int64_t rank = sizes.size();
    auto full =
        RankedTensorType::get(getStaticExtents(sizes), type.getElementType());
    seen = tensor::ExpandShapeOp::create(b, loc, full, seen,
                                         groupOne(rank, dim), sizes);
  }
  if (dropped.none())
    return seen;
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, type, seen, offsets, sizes,
                                        strides);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

tensor::InsertSliceOp InsertRun::getFirst() const {
  return inOrder ? inserts.front() : inserts.back();
}

tensor::InsertSliceOp InsertRun::getLast() const {
  return inOrder ? inserts.back() : inserts.front();
}

bool InsertRun::dropsDim() const {
  tensor::InsertSliceOp insert = inserts.front();
  return insert.getSourceType().getRank() < insert.getDestType().getRank();
}

Value InsertRun::build(OpBuilder &b, Value rows, bool reverse) const {
  tensor::InsertSliceOp insert = inserts.front();
  Location loc = insert.getLoc();
  RankedTensorType type = insert.getDestType();
  int64_t extent = inserts.size() * size;
  if ((step < 0) != reverse)
    rows = buildFlip(b, loc, rows, dim);
  if (size > 1) {
    SmallVector<int64_t> shape(
        cast<RankedTensorType>(rows.getType()).getShape());
    int64_t rank = shape.size();
    shape.erase(shape.begin() + dim);
    shape[dim] = extent;
    rows = tensor::CollapseShapeOp::create(
        b, loc, RankedTensorType::get(shape, type.getElementType()), rows,
        groupWithNext(rank, dim));
  }
  SmallVector<OpFoldResult> sizes = insert.getMixedSizes();
  SmallVector<OpFoldResult> offsets = insert.getMixedOffsets();
  sizes[dim] = b.getIndexAttr(extent);
  if (step < 0)
    offsets[dim] = getLastStep().getMixedOffsets()[dim];
  Value dest = getFirst().getDest();
  auto empty = dest.getDefiningOp<tensor::EmptyOp>();
  SmallVector<OpFoldResult> all;
  if (empty)
    all = empty.getMixedSizes();
  bool isAll = rows.getType() == type && (type.hasStaticShape() || empty);
  for (int64_t i = 0; isAll && i < type.getRank(); ++i)
    isAll = type.isDynamicDim(i)
                ? all[i] == sizes[i]
                : getConstantIntValue(sizes[i]) == type.getDimSize(i);
  if (isAll)
    return rows;
  return tensor::InsertSliceOp::create(b, loc, rows, dest, offsets, sizes,
                                       insert.getMixedStrides());
}

/// Whether both insert alike, the second right behind or before the first along
/// one dimension, which `run` receives or has.
static bool isNextInsert(InsertRun &run, tensor::InsertSliceOp a,
                         tensor::InsertSliceOp b) {
  if (a.getMixedSizes() != b.getMixedSizes() ||
      a.getMixedStrides() != b.getMixedStrides() ||
      a.getDroppedDims() != b.getDroppedDims())
    return false;
  bool isFirst = run.inserts.size() == 1;
  int64_t found = -1;
  for (auto [dim, pair] :
       llvm::enumerate(llvm::zip(a.getMixedOffsets(), b.getMixedOffsets())))
    if (std::get<0>(pair) != std::get<1>(pair)) {
      if (found >= 0)
        return false;
      found = dim;
    }
  if (found < 0)
    return false;
  std::optional<int64_t> here = getConstantIntValue(a.getMixedOffsets()[found]);
  std::optional<int64_t> next = getConstantIntValue(b.getMixedOffsets()[found]);
  std::optional<int64_t> size = getConstantIntValue(a.getMixedSizes()[found]);
  if (!here || !next || !size || std::abs(*next - *here) != *size ||
      getConstantIntValue(a.getMixedStrides()[found]) != 1)
    return false;
  llvm::SmallBitVector dropped = a.getDroppedDims();
  if (dropped.any() && (dropped.count() > 1 || !dropped.test(found)))
    return false;
  if (isFirst) {
    run.dim = found;
    run.step = *next - *here;
    run.size = *size;
  }
  return run.dim == found && run.step == *next - *here;
}

static bool extendRun(InsertRun &run, Value value) {
  tensor::InsertSliceOp last = run.inserts.back();
  bool isFirst = run.inserts.size() == 1;
  for (Operation *user : value.getUsers()) {
    auto insert = dyn_cast<tensor::InsertSliceOp>(user);
    if (!insert || insert.getSource() != value)
      continue;
    bool after = insert.getDest() == last.getResult();
    bool before = last.getDest() == insert.getResult();
    if (after == before || (!isFirst && after != run.inOrder) ||
        !(after ? last : insert).getResult().hasOneUse() ||
        !isNextInsert(run, last, insert))
      continue;
    run.inOrder = after;
    run.inserts.push_back(insert);
    return true;
  }
  return false;
}

std::optional<InsertRun> seqc::findInsertRun(ArrayRef<Operation *> ops,
                                             unsigned result) {
  Value value = ops.front()->getResult(result);
  for (Operation *user : value.getUsers()) {
    auto insert = dyn_cast<tensor::InsertSliceOp>(user);
    if (!insert || insert.getSource() != value)
      continue;
    InsertRun run;
    run.inserts = {insert};
    if (llvm::all_of(ops.drop_front(), [&](Operation *op) {
          return extendRun(run, op->getResult(result));
        }))
      return run;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

OpFoldResult seqc::getOuterExtent(OpBuilder &b, Value value, int64_t dim,
                                  function_ref<bool(Operation *)> isInside) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(dim))
    return b.getIndexAttr(type.getDimSize(dim));
  Operation *def = value.getDefiningOp();
  if (!def || !isInside(def))
    return tensor::getMixedSize(b, value.getLoc(), value, dim);
  if (auto style = dyn_cast<DestinationStyleOpInterface>(def))
    return getOuterExtent(
        b, style.getTiedOpOperand(cast<OpResult>(value))->get(), dim, isInside);
  auto resolve = [&](OpFoldResult extent) -> OpFoldResult {
    auto index = dyn_cast<Value>(extent);
    if (!index || !index.getDefiningOp() || !isInside(index.getDefiningOp()))
      return extent;
    auto read = index.getDefiningOp<tensor::DimOp>();
    if (!read || !read.getConstantIndex())
      return {};
    return getOuterExtent(b, read.getSource(), *read.getConstantIndex(),
                          isInside);
  };
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(def))
    return resolve(expand.getMixedOutputShape()[dim]);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(def)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    for (auto [i, size] : llvm::enumerate(slice.getMixedSizes()))
      if (!dropped.test(i) && dim-- == 0)
        return resolve(size);
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(def)) {
    auto group = collapse.getReassociationIndices()[dim];
    for (int64_t i : group)
      if (collapse.getSrcType().isDynamicDim(i) &&
          llvm::all_of(group, [&](int64_t j) {
            return i == j || collapse.getSrcType().getDimSize(j) == 1;
          }))
        return getOuterExtent(b, collapse.getSrc(), i, isInside);
  }
  return {};
}
