//===- CheckExtents.cpp - which extents must be equal ---------------------===//
//
// Stands where scans and structured ops are as they will run, whatever they
// come from: each walks several tensors by one index, whose extents their types
// may leave open.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "passes/Passes.h"
#include "passes/Support/ModelFunction.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

namespace seqc {
#define GEN_PASS_DEF_CHECKEXTENTS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;

namespace {
/// An extent, and the argument and its dimension where it was found.
struct Extent {
  OpFoldResult value;
  std::optional<std::pair<int64_t, int64_t>> place;
};

/// Asserts what the ops of one function need.
class ExtentChecks {
public:
  explicit ExtentChecks(func::FuncOp function)
      : function(function), b(function.getContext()) {}

  void run();

private:
  Extent trace(Value tensor, int64_t dim);
  Extent trace(OpFoldResult extent);
  Extent traceGroup(Value tensor, ArrayRef<int64_t> dims);
  Extent multiply(Location loc, ArrayRef<Extent> factors);
  Extent getArgumentExtent(BlockArgument argument, int64_t dim);

  Value toIndex(Location loc, OpFoldResult extent) {
    return getValueOrCreateConstantIndexOp(b, loc, extent);
  }
  void assertThat(Location loc, Value holds,
                  StringRef message = "extents must agree");
  void expectCount(Location loc, OpFoldResult extent);
  void expectEqual(Location loc, Extent left, Extent right);
  void keepPair(const Extent &left, const Extent &right);
  void expectWindows(Location loc, OpFoldResult extent, OpFoldResult points,
                     const IndexEntry &entry);
  void checkSlot(seq::ScanOp scan, Value value, ArrayRef<IndexEntry> list);
  void checkScan(seq::ScanOp scan);
  void checkLinalg(linalg::LinalgOp op);
  void checkElementwise(Operation *op);
  void expectWithin(Location loc, OpFoldResult whole, OpFoldResult part,
                    OpFoldResult offset, OpFoldResult stride);
  void checkInsertion(tensor::InsertSliceOp op);
  void checkEmpty(tensor::EmptyOp op);
  void checkExtraction(tensor::ExtractSliceOp op);
  void checkExpansion(tensor::ExpandShapeOp op);
  void checkCast(tensor::CastOp op);
  std::optional<Extent> findNamed(StringRef name);
  void checkResults(func::ReturnOp op);

  func::FuncOp function;
  OpBuilder b;
  /// By name, where the interface gives one: equal names are equal extents.
  llvm::StringMap<Value> named;
  DenseMap<std::pair<Value, int64_t>, Value> unnamed;
  SmallVector<std::pair<OpFoldResult, OpFoldResult>> equal;
  DenseSet<Value> counts;       ///< What has been asked not to be negative.
  SmallVector<Attribute> pairs; ///< As equalExtentsAttr has them.
};
} // namespace

static bool hasExtents(Value value) {
  return isa<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Where an extent comes from
//===----------------------------------------------------------------------===//

Extent ExtentChecks::getArgumentExtent(BlockArgument argument, int64_t dim) {
  auto names =
      function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), "seq.dims");
  StringRef name;
  if (names && dim < static_cast<int64_t>(names.size()))
    if (auto text = dyn_cast<StringAttr>(names[dim]))
      name = text;
  Value &extent = name.empty() ? unnamed[{argument, dim}] : named[name];
  if (!extent) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&function.getBody().front());
    extent = tensor::DimOp::create(b, function.getLoc(), argument, dim);
  }
  return {extent, std::pair<int64_t, int64_t>(argument.getArgNumber(), dim)};
}

/// The extent of a tensor as what it was made with: one value for all that have
/// it.
Extent ExtentChecks::trace(Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    auto argument = dyn_cast<BlockArgument>(tensor);
    bool isOfFunction =
        argument && argument.getOwner() == &function.getBody().front();
    if (!type.isDynamicDim(dim)) {
      Extent known = {b.getIndexAttr(type.getDimSize(dim)), std::nullopt};
      if (isOfFunction)
        known.place = {argument.getArgNumber(), dim};
      return known;
    }
    if (isOfFunction)
      return getArgumentExtent(argument, dim);
    if (argument)
      break;
    Operation *op = tensor.getDefiningOp();
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return trace(OpFoldResult(empty.getDynamicSize(dim)));
    if (auto retyped = dyn_cast<tensor::CastOp>(op))
      tensor = retyped.getSource();
    else if (auto insertion = dyn_cast<tensor::InsertSliceOp>(op))
      tensor = insertion.getDest();
    else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
             slice && slice.getDroppedDims().none())
      return trace(slice.getMixedSizes()[dim]);
    else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
      return trace(expand.getMixedOutputShape()[dim]);
    else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
      return traceGroup(collapse.getSrc(),
                        collapse.getReassociationIndices()[dim]);
    else if (auto writer = dyn_cast<DestinationStyleOpInterface>(op))
      tensor = writer.getTiedOpOperand(cast<OpResult>(tensor))->get();
    else if (OpTrait::hasElementwiseMappableTraits(op))
      tensor = *llvm::find_if(op->getOperands(), hasExtents);
    else
      break;
  }
  auto result = dyn_cast<OpResult>(tensor);
  ReifiedRankedShapedTypeDims shapes;
  if (result && succeeded(reifyResultShapes(b, result.getOwner(), shapes)))
    return trace(shapes[result.getResultNumber()][dim]);
  return {b.createOrFold<tensor::DimOp>(tensor.getLoc(), tensor, dim),
          std::nullopt};
}

/// The extents of `dims` of `tensor` together.
Extent ExtentChecks::traceGroup(Value tensor, ArrayRef<int64_t> dims) {
  SmallVector<Extent> factors;
  for (int64_t dim : dims)
    factors.push_back(trace(tensor, dim));
  return multiply(tensor.getLoc(), factors);
}

Extent ExtentChecks::multiply(Location loc, ArrayRef<Extent> factors) {
  Extent product = {b.getIndexAttr(1), {}};
  for (const Extent &factor : factors)
    if (isOneInteger(product.value))
      product = factor;
    else if (!isOneInteger(factor.value))
      product = {b.createOrFold<arith::MulIOp>(loc, toIndex(loc, product.value),
                                               toIndex(loc, factor.value)),
                 {}};
  return product;
}

Extent ExtentChecks::trace(OpFoldResult extent) {
  if (std::optional<int64_t> constant = getConstantIntValue(extent))
    return {b.getIndexAttr(*constant), std::nullopt};
  auto dim = cast<Value>(extent).getDefiningOp<tensor::DimOp>();
  if (!dim || !dim.getConstantIndex() ||
      !isa<RankedTensorType>(dim.getSource().getType()))
    return {extent, std::nullopt};
  return trace(dim.getSource(), *dim.getConstantIndex());
}

//===----------------------------------------------------------------------===//
// What ops need
//===----------------------------------------------------------------------===//

void ExtentChecks::assertThat(Location loc, Value holds, StringRef message) {
  cf::AssertOp::create(b, loc, holds, message);
}

/// Whether what an extent is computed from says that it is not negative.
static bool isNatural(Value extent) {
  if (std::optional<int64_t> number = getConstantIntValue(extent))
    return *number >= 0;
  Operation *op = extent.getDefiningOp();
  if (isa_and_nonnull<tensor::DimOp>(op))
    return true;
  if (isa_and_nonnull<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), isNatural);
  return isa_and_nonnull<arith::AddIOp, arith::MulIOp, arith::MinSIOp,
                         arith::FloorDivSIOp, arith::CeilDivSIOp,
                         arith::DivSIOp, arith::DivUIOp, arith::RemSIOp,
                         arith::RemUIOp>(op) &&
         llvm::all_of(op->getOperands(), isNatural);
}

/// An extent that is computed is negative where an input is too short.
void ExtentChecks::expectCount(Location loc, OpFoldResult extent) {
  auto computed = dyn_cast<Value>(trace(extent).value);
  if (!computed || isNatural(computed) || !counts.insert(computed).second)
    return;
  assertThat(loc,
             arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, computed,
                                   toIndex(loc, b.getIndexAttr(0))),
             "no extent is negative");
}

void ExtentChecks::expectEqual(Location loc, Extent left, Extent right) {
  for (Extent *side : {&left, &right})
    if (!side->place)
      *side = trace(side->value);
  OpFoldResult x = left.value, y = right.value;
  // What types say is the verifiers' business.
  if (x == y || (isa<Attribute>(x) && isa<Attribute>(y)) ||
      llvm::is_contained(equal, std::pair(x, y)))
    return;
  equal.push_back({x, y});
  keepPair(left, right);
  assertThat(loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        toIndex(loc, x), toIndex(loc, y)));
}

/// For people: what the model does not say of itself when it refuses.
void ExtentChecks::keepPair(const Extent &left, const Extent &right) {
  SmallVector<int64_t> pair;
  for (const Extent *side : {&left, &right})
    if (side->place)
      pair.append({side->place->first, side->place->second});
    else if (std::optional<int64_t> number = getConstantIntValue(side->value))
      pair.append({-1, *number});
  if (pair.size() == 4)
    pairs.push_back(b.getDenseI64ArrayAttr(pair));
}

/// (points - 1) stride + size <= extent, of which no points need nothing.
void ExtentChecks::expectWindows(Location loc, OpFoldResult extent,
                                 OpFoldResult points, const IndexEntry &entry) {
  points = trace(points).value;
  if (isa<Attribute>(extent) && isa<Attribute>(points))
    return;
  auto number = [&](int64_t value) {
    return toIndex(loc, b.getIndexAttr(value));
  };
  Value count = toIndex(loc, points);
  Value end = arith::AddIOp::create(
      b, loc, arith::MulIOp::create(b, loc, count, number(entry.stride)),
      number(entry.size - entry.stride));
  Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, end,
                                     toIndex(loc, extent));
  Value none =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, count, number(0));
  assertThat(loc, arith::OrIOp::create(b, loc, fits, none));
}

/// `value`, indexed by `list`, against the extents of the scan.
void ExtentChecks::checkSlot(seq::ScanOp scan, Value value,
                             ArrayRef<IndexEntry> list) {
  Location loc = scan.getLoc();
  for (auto [dim, entry] : llvm::enumerate(list)) {
    if (entry.kind == IndexEntry::All)
      continue;
    Extent extent = trace(value, dim);
    if (entry.kind == IndexEntry::Domain)
      expectEqual(loc, extent, {scan.getDomain()[entry.symbol], {}});
    else if (entry.kind == IndexEntry::Window)
      expectWindows(loc, extent.value, scan.getDomain()[entry.symbol], entry);
    else if (entry.every == 1)
      expectEqual(loc, extent, {scan.getTime(), {}});
    else
      expectEqual(
          loc, extent,
          {b.createOrFold<arith::DivUIOp>(
               loc, scan.getTime(), toIndex(loc, b.getIndexAttr(entry.every))),
           {}});
  }
}

void ExtentChecks::checkScan(seq::ScanOp scan) {
  for (auto [i, value] : llvm::enumerate(scan.getInputs()))
    checkSlot(scan, value, scan.getInputIndex(i));
  for (auto [i, value] : llvm::enumerate(scan.getOuts()))
    checkSlot(scan, value, scan.getOutIndex(i));
  for (auto [i, value] : llvm::enumerate(scan.getCarries()))
    checkSlot(scan, value, scan.getCarryIndex(i));
  if (scan.hasLengths())
    checkSlot(scan, scan.getLengths()[0], scan.getLengthsIndex());
  for (auto [i, value] : llvm::enumerate(scan.getInputs())) {
    if (scan.getInputHistory()[i] < 0)
      continue;
    Value past = scan.getHistories()[scan.getInputHistory()[i]];
    seq::IndexList list = scan.getInputIndex(i);
    for (auto [dim, entry] : llvm::enumerate(list))
      if (entry.kind != IndexEntry::Time)
        expectEqual(scan.getLoc(), trace(past, dim), trace(value, dim));
  }
}

/// Every loop of `op` has the extent of all dimensions that it alone walks.
void ExtentChecks::checkLinalg(linalg::LinalgOp op) {
  SmallVector<Extent> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expression] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expression);
      if (!loop)
        continue;
      Extent extent = trace(operand.get(), dim);
      Extent &first = loops[loop.getPosition()];
      if (first.value)
        expectEqual(op.getLoc(), first, extent);
      else
        first = extent;
    }
  }
}

void ExtentChecks::checkElementwise(Operation *op) {
  Value first;
  for (Value operand : llvm::make_filter_range(op->getOperands(), hasExtents)) {
    if (!first)
      first = operand;
    int64_t rank = cast<RankedTensorType>(operand.getType()).getRank();
    for (int64_t dim = 0; dim < rank; ++dim)
      expectEqual(op->getLoc(), trace(first, dim), trace(operand, dim));
  }
}

/// offset >= 0 and offset + (part - 1) stride < whole, of which a part of
/// nothing needs nothing.
void ExtentChecks::expectWithin(Location loc, OpFoldResult whole,
                                OpFoldResult part, OpFoldResult offset,
                                OpFoldResult stride) {
  part = trace(part).value;
  offset = trace(offset).value;
  stride = trace(stride).value;
  if (whole == part && isZeroInteger(offset) && isOneInteger(stride))
    return;
  if (llvm::all_of(ArrayRef({whole, part, offset, stride}),
                   llvm::IsaPred<Attribute>))
    return;
  auto number = [&](int64_t value) {
    return toIndex(loc, b.getIndexAttr(value));
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value left, Value right) {
    return arith::CmpIOp::create(b, loc, predicate, left, right).getResult();
  };
  Value count = toIndex(loc, part), begin = toIndex(loc, offset);
  Value way = arith::MulIOp::create(
      b, loc, arith::SubIOp::create(b, loc, count, number(1)),
      toIndex(loc, stride));
  Value last = arith::AddIOp::create(b, loc, begin, way);
  Value fits = arith::AndIOp::create(
      b, loc, compare(arith::CmpIPredicate::sge, begin, number(0)),
      compare(arith::CmpIPredicate::slt, last, toIndex(loc, whole)));
  Value none = compare(arith::CmpIPredicate::eq, count, number(0));
  assertThat(loc, arith::OrIOp::create(b, loc, fits, none));
}

void ExtentChecks::checkInsertion(tensor::InsertSliceOp op) {
  Location loc = op.getLoc();
  llvm::SmallBitVector dropped = op.getDroppedDims();
  int64_t dim = 0;
  for (auto [i, offset, size, stride] : llvm::enumerate(
           op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides())) {
    if (!dropped.test(i))
      expectEqual(loc, trace(op.getSource(), dim++), {size, {}});
    expectWithin(loc, trace(op.getDest(), i).value, size, offset, stride);
  }
}

void ExtentChecks::checkEmpty(tensor::EmptyOp op) {
  for (Value extent : op.getDynamicSizes())
    expectCount(op.getLoc(), extent);
}

void ExtentChecks::checkExtraction(tensor::ExtractSliceOp op) {
  for (Value extent : op.getSizes())
    expectCount(op.getLoc(), extent);
  for (auto [i, offset, size, stride] : llvm::enumerate(
           op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides()))
    expectWithin(op.getLoc(), trace(op.getSource(), i).value, size, offset,
                 stride);
}

/// The extents of a group make a whole dimension's.
void ExtentChecks::checkExpansion(tensor::ExpandShapeOp op) {
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
    SmallVector<Extent> factors;
    for (int64_t i : group)
      factors.push_back(trace(sizes[i]));
    expectEqual(op.getLoc(), trace(op.getSrc(), dim),
                multiply(op.getLoc(), factors));
  }
}

void ExtentChecks::checkCast(tensor::CastOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type || !isa<RankedTensorType>(op.getSource().getType()))
    return;
  for (auto [dim, extent] : llvm::enumerate(type.getShape()))
    if (!ShapedType::isDynamic(extent))
      expectEqual(op.getLoc(), trace(op.getSource(), dim),
                  {b.getIndexAttr(extent), {}});
}

/// The extent that arguments have by this name.
std::optional<Extent> ExtentChecks::findNamed(StringRef name) {
  for (BlockArgument argument : function.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    unsigned number = argument.getArgNumber();
    for (int64_t dim = 0; dim < (type ? type.getRank() : 0); ++dim)
      if (type.isDynamicDim(dim) &&
          getDimName(function.getArgAttrDict(number), /*isResult=*/false,
                     number, dim, /*isDynamic=*/true) == name)
        return getArgumentExtent(argument, dim);
  }
  return std::nullopt;
}

/// Results are as large as their dimensions' names say; what no argument has is
/// for the caller to know.
void ExtentChecks::checkResults(func::ReturnOp op) {
  llvm::StringMap<Extent> derived;
  for (auto [i, value] : llvm::enumerate(op.getOperands())) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    for (int64_t dim = 0; dim < (type ? type.getRank() : 0); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      std::string name = getDimName(function.getResultAttrDict(i),
                                    /*isResult=*/true, i, dim,
                                    /*isDynamic=*/true);
      Extent extent = trace(value, dim);
      std::optional<Extent> given = findNamed(name);
      auto [known, isNew] = derived.try_emplace(name, extent);
      if (given)
        expectEqual(op.getLoc(), *given, extent);
      else if (!isNew)
        expectEqual(op.getLoc(), known->second, extent);
      else
        seq::DerivedDimOp::create(b, op.getLoc(), name,
                                  toIndex(op.getLoc(), extent.value));
    }
  }
}

void ExtentChecks::run() {
  // Extents of what stands in a region need not be those of what runs.
  for (Operation &op : function.getBody().front()) {
    b.setInsertionPoint(&op);
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      checkEmpty(empty);
    else if (auto scan = dyn_cast<seq::ScanOp>(op))
      checkScan(scan);
    else if (auto linalg = dyn_cast<linalg::LinalgOp>(op))
      checkLinalg(linalg);
    else if (auto insertion = dyn_cast<tensor::InsertSliceOp>(op))
      checkInsertion(insertion);
    else if (auto extraction = dyn_cast<tensor::ExtractSliceOp>(op))
      checkExtraction(extraction);
    else if (auto expansion = dyn_cast<tensor::ExpandShapeOp>(op))
      checkExpansion(expansion);
    else if (OpTrait::hasElementwiseMappableTraits(&op))
      checkElementwise(&op);
    else if (auto retyped = dyn_cast<tensor::CastOp>(op))
      checkCast(retyped);
    else if (auto returned = dyn_cast<func::ReturnOp>(op))
      checkResults(returned);
  }
  if (!pairs.empty())
    function->setAttr(equalExtentsAttr, b.getArrayAttr(pairs));
}

namespace {
struct CheckExtents : public seqc::impl::CheckExtentsBase<CheckExtents> {
  void runOnOperation() override {
    if (!getOperation().isDeclaration())
      ExtentChecks(getOperation()).run();
  }
};
} // namespace
