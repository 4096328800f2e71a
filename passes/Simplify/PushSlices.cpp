//===- PushSlices.cpp - parts of a step's values are computed apart -------===//

#include "passes/Simplify/PushSlices.h"

#include "dialects/Seq/BodySemantics.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Support/ElementwiseGeneric.h"
#include "passes/Support/EqualExtents.h"

using namespace mlir;
using namespace seqc;

namespace {
/// A piece of a tensor: unit strides, as many dimensions.
struct Piece {
  SmallVector<OpFoldResult> offsets, sizes;

  static Piece getWhole(OpBuilder &b, Value value) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, value.getLoc(), value);
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    return {offsets, sizes};
  }
  Value build(OpBuilder &b, Value value) const {
    SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(b, value.getLoc(), value, offsets,
                                          sizes, strides);
  }
};

class SlicePusher {
public:
  explicit SlicePusher(seq::ScanOp scan) : scan(scan), b(scan) {}

  void run();

private:
  bool push(tensor::ExtractSliceOp slice);
  bool takeWhole(tensor::ExtractSliceOp slice);
  Value pushGeneric(linalg::GenericOp generic, const Piece &piece);
  Value pushProduct(tensor::CollapseShapeOp collapse, const Piece &piece);
  Value pushInto(seq::ScanOp product, unsigned dim, int64_t seen,
                 const Piece &piece);
  bool moveOut(tensor::ExtractSliceOp slice);

  seq::ScanOp scan;
  OpBuilder b;
};

/// Computes a stretch of one dimension of a value of a body of one product.
class BodyCutter {
public:
  BodyCutter(OpBuilder &b, seq::ScanOp product, int64_t offset, int64_t size)
      : b(b), product(product), offset(offset), size(size) {}

  /// Whether the product's result can be had along a stretch of `dim`; finds
  /// the inputs that must be cut for it.
  bool collectResult(int64_t dim) {
    return collect(product.getYield().getOuts()[0], dim) &&
           llvm::all_of(dims, [&](auto &cut) { return isCutInAll(cut.first); });
  }
  /// The product's op on the cut inputs, with `out` as its destination.
  seq::ScanOp build(Value out);

private:
  bool collect(Value value, int64_t dim);
  bool isCutInAll(Value value);
  /// The dimension of the operand of input `number` that its argument's
  /// dimension `seen` is.
  int64_t getInputDim(unsigned number, int64_t seen);
  Type cut(Type type, int64_t dim);

  OpBuilder &b;
  seq::ScanOp product;
  int64_t offset, size;
  llvm::DenseMap<Value, int64_t> dims; ///< Which dimension is cut.
};
} // namespace

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

bool BodyCutter::collect(Value value, int64_t dim) {
  if (auto [it, isNew] = dims.try_emplace(value, dim); !isNew)
    return it->second == dim;
  Operation *def = value.getDefiningOp();
  if (!def) {
    auto arguments = product.getInputArguments();
    unsigned number = llvm::find(arguments, value) - arguments.begin();
    return number < arguments.size() &&
           product.getInputIndex(number)[getInputDim(number, dim)].kind ==
               seq::IndexEntry::All;
  }
  if (def->getBlock() != product.getBodyBlock())
    return false;
  // Only of equal elements there are fewer.
  if (auto constant = dyn_cast<arith::ConstantOp>(def))
    return isa<SplatElementsAttr>(constant.getValue());
  std::optional<seq::BodySemantics> space = seq::getBodySemantics(def);
  if (!space || def->getNumResults() != 1 ||
      !space->resultMaps[0].isProjectedPermutation())
    return false;
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(def))
    return false;
  unsigned along = space->resultMaps[0].getDimPosition(dim);
  for (auto [operand, map] :
       llvm::zip_equal(def->getOperands(), space->operandMaps)) {
    if (!map.isProjectedPermutation())
      return false;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      if (map.getDimPosition(i) == along && !collect(operand, i))
        return false;
  }
  return true;
}

/// Whether no op needs more than a stretch of `value`.
bool BodyCutter::isCutInAll(Value value) {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *op = use.getOwner();
    if (op == product.getYield())
      return true;
    auto it =
        op->getNumResults() == 1 ? dims.find(op->getResult(0)) : dims.end();
    if (it == dims.end())
      return false;
    std::optional<seq::BodySemantics> space = seq::getBodySemantics(op);
    return space->operandMaps[use.getOperandNumber()].getDimPosition(
               dims.lookup(value)) ==
           space->resultMaps[0].getDimPosition(it->second);
  });
}

int64_t BodyCutter::getInputDim(unsigned number, int64_t seen) {
  seq::IndexList index = product.getInputIndex(number);
  int64_t dim = 0;
  for (;; ++dim)
    if (index[dim].isSliced() && seen-- == 0)
      return dim;
}

Type BodyCutter::cut(Type type, int64_t dim) {
  auto shaped = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(shaped.getShape());
  shape[dim] = size;
  return RankedTensorType::get(shape, shaped.getElementType());
}

seq::ScanOp BodyCutter::build(Value out) {
  seq::ScanOperands operands = product.getScanOperands();
  operands.outs[0].value = out;
  for (auto [i, input] : llvm::enumerate(operands.inputs)) {
    auto it = dims.find(product.getInputArguments()[i]);
    if (it == dims.end())
      continue;
    // The body sees some of the operand's dimensions.
    int64_t dim = getInputDim(i, it->second);
    Piece piece = Piece::getWhole(b, input.value);
    piece.offsets[dim] = b.getIndexAttr(offset);
    piece.sizes[dim] = b.getIndexAttr(size);
    input.value = piece.build(b, input.value);
  }
  return seq::ScanOp::create(
      b, product.getLoc(), operands,
      [&](OpBuilder &inner, Location loc, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(product.getDomainArguments(), body.domain);
        mapping.map(product.getTimeArgument(), body.time);
        mapping.map(product.getInputArguments(), body.inputs);
        for (Operation &op : product.getBodyBlock()->without_terminator()) {
          Operation *copy = inner.clone(op, mapping);
          for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
            if (auto it = dims.find(from); it != dims.end()) {
              to.setType(cast<RankedTensorType>(cut(to.getType(), it->second)));
              if (auto constant = dyn_cast<arith::ConstantOp>(copy))
                constant.setValueAttr(
                    cast<DenseElementsAttr>(constant.getValue())
                        .resizeSplat(cast<ShapedType>(to.getType())));
            }
        }
        SmallVector<Value> outs;
        for (Value value : product.getYield().getOuts())
          outs.push_back(mapping.lookup(value));
        seq::YieldOp::create(inner, loc, outs, ValueRange());
      });
}

/// A piece of what a scan of one step without a state leaves.
Value SlicePusher::pushProduct(tensor::CollapseShapeOp collapse,
                               const Piece &piece) {
  auto product = collapse.getSrc().getDefiningOp<seq::ScanOp>();
  if (!product || product->getNumResults() != 1 ||
      !product.getCarries().empty() || product.hasLengths() ||
      !product.getHistories().empty())
    return {};
  // One dimension is cut, which the body sees whole.
  seq::IndexList index = product.getOutIndex(0);
  SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
  RankedTensorType type = collapse.getResultType();
  auto empty = product.getOuts()[0].getDefiningOp<tensor::EmptyOp>();
  SmallVector<OpFoldResult> extents =
      empty ? empty.getMixedSizes()
            : tensor::getMixedSizes(b, product.getLoc(), product.getOuts()[0]);
  int64_t dim = -1;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    std::optional<int64_t> size = getConstantIntValue(piece.sizes[i]);
    // Beside ones, one extent is that of all.
    auto isOther = [&](int64_t from) { return !isOneInteger(extents[from]); };
    auto others = llvm::make_filter_range(groups[i], isOther);
    bool isWhole = llvm::hasSingleElement(others) &&
                   extents[*others.begin()] == piece.sizes[i];
    if (getConstantIntValue(piece.offsets[i]) == 0 &&
        (isWhole || size == type.getDimSize(i)))
      continue;
    if (dim >= 0 || !size || !getConstantIntValue(piece.offsets[i]) ||
        groups[i].size() != 1 ||
        index[groups[i][0]].kind != seq::IndexEntry::All)
      return {};
    dim = i;
  }
  if (dim < 0)
    return {};
  int64_t place = groups[dim][0];
  int64_t seen = llvm::count_if(ArrayRef(index).take_front(place),
                                [](auto &entry) { return entry.isSliced(); });
  BodyCutter cutter(b, product, *getConstantIntValue(piece.offsets[dim]),
                    *getConstantIntValue(piece.sizes[dim]));
  if (!cutter.collectResult(seen))
    return {};
  extents[place] = piece.sizes[dim];
  Value out = tensor::EmptyOp::create(b, product.getLoc(), extents,
                                      type.getElementType());
  seq::ScanOp fresh = cutter.build(out);
  return tensor::CollapseShapeOp::create(b, collapse.getLoc(),
                                         fresh->getResult(0), groups);
}

//===----------------------------------------------------------------------===//
// Everything else
//===----------------------------------------------------------------------===//

Value SlicePusher::pushGeneric(linalg::GenericOp generic, const Piece &piece) {
  if (!isElementwise(generic))
    return {};
  SmallVector<Value> inputs;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    AffineMap map = generic.getMatchingIndexingMap(operand);
    if (map.getNumResults() == 0) {
      inputs.push_back(operand->get());
      continue;
    }
    Piece part;
    for (AffineExpr expr : map.getResults()) {
      unsigned dim = cast<AffineDimExpr>(expr).getPosition();
      part.offsets.push_back(piece.offsets[dim]);
      part.sizes.push_back(piece.sizes[dim]);
    }
    inputs.push_back(part.build(b, operand->get()));
  }
  Location loc = generic.getLoc();
  Value empty = tensor::EmptyOp::create(
      b, loc, piece.sizes,
      cast<RankedTensorType>(generic.getResult(0).getType()).getElementType());
  auto fresh = linalg::GenericOp::create(b, loc, empty.getType(), inputs, empty,
                                         generic.getIndexingMapsArray(),
                                         generic.getIteratorTypesArray());
  IRMapping mapping;
  generic.getRegion().cloneInto(&fresh.getRegion(), mapping);
  return fresh.getResult(0);
}

/// What is not the step's own is cut outside.
bool SlicePusher::moveOut(tensor::ExtractSliceOp slice) {
  auto isOutside = [&](Value value) {
    return !scan.getBody().isAncestor(value.getParentRegion());
  };
  if (!llvm::all_of(slice->getOperands(), isOutside))
    return false;
  slice->moveBefore(scan);
  return true;
}

/// All of a tensor, whose extents may not be known, is that tensor.
bool SlicePusher::takeWhole(tensor::ExtractSliceOp slice) {
  Value source = slice.getSource();
  if (source.getType() != slice.getType() || !slice.hasUnitStride() ||
      !slice.hasZeroOffset() ||
      !EqualExtents(*scan.getBodyBlock()).haveSame(source, slice))
    return false;
  slice.replaceAllUsesWith(source);
  slice.erase();
  return true;
}

bool SlicePusher::push(tensor::ExtractSliceOp slice) {
  if (moveOut(slice) || takeWhole(slice))
    return true;
  Value source = slice.getSource();
  if (!slice.hasUnitStride() || slice.getDroppedDims().any() ||
      !llvm::all_of(source.getUsers(), [](Operation *user) {
        return isa<tensor::ExtractSliceOp>(user);
      }))
    return false;
  b.setInsertionPoint(slice);
  Piece piece = {slice.getMixedOffsets(), slice.getMixedSizes()};
  Value value;
  if (auto generic = source.getDefiningOp<linalg::GenericOp>())
    value = pushGeneric(generic, piece);
  else if (auto collapse = source.getDefiningOp<tensor::CollapseShapeOp>())
    value = pushProduct(collapse, piece);
  if (!value || value.getType() != slice.getType())
    return false;
  slice.replaceAllUsesWith(value);
  slice.erase();
  return true;
}

void SlicePusher::run() {
  for (bool changed = true; changed;) {
    changed = false;
    SmallVector<tensor::ExtractSliceOp> slices;
    for (Operation &op : llvm::reverse(*scan.getBodyBlock()))
      if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
        slices.push_back(slice);
    for (tensor::ExtractSliceOp slice : slices)
      changed |= push(slice);
    // What was cut is not read as a whole.
    SmallVector<Operation *> ops;
    for (Operation &op : scan.getBodyBlock()->without_terminator())
      ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if (isOpTriviallyDead(op))
        op->erase();
  }
}

void seqc::pushSlices(seq::ScanOp scan) { SlicePusher(scan).run(); }
