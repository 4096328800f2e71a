//===- CheckExtents.cpp - which extents must be equal ---------------------===//
//
// Stands where scans and structured ops are as they will run, whatever they
// come from: each walks several tensors by one index, whose extents their types
// may leave open.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Passes.h"
#include "llvm/ADT/StringMap.h"

namespace seqc {
#define GEN_PASS_DEF_CHECKEXTENTS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;

namespace {
/// Asserts what the ops of one function need.
class ExtentChecks {
public:
  explicit ExtentChecks(func::FuncOp function)
      : function(function), b(function.getContext()) {}

  void run();

private:
  OpFoldResult trace(Value tensor, int64_t dim);
  OpFoldResult trace(OpFoldResult extent);
  OpFoldResult getArgumentExtent(BlockArgument argument, int64_t dim);

  Value toIndex(Location loc, OpFoldResult extent) {
    return getValueOrCreateConstantIndexOp(b, loc, extent);
  }
  void assertThat(Location loc, Value holds);
  void expectEqual(Location loc, OpFoldResult left, OpFoldResult right);
  void expectWindows(Location loc, OpFoldResult extent, OpFoldResult points,
                     const IndexEntry &entry);
  void checkSlot(seq::ScanOp scan, Value value, ArrayRef<IndexEntry> list);
  void checkScan(seq::ScanOp scan);
  void checkLinalg(linalg::LinalgOp op);
  void checkInsertion(tensor::InsertSliceOp op);
  void checkCast(tensor::CastOp op);

  func::FuncOp function;
  OpBuilder b;
  /// By name, where the interface gives one: equal names are equal extents.
  llvm::StringMap<Value> named;
  DenseMap<std::pair<Value, int64_t>, Value> unnamed;
  SmallVector<std::pair<OpFoldResult, OpFoldResult>> equal;
};
} // namespace

//===----------------------------------------------------------------------===//
// Where an extent comes from
//===----------------------------------------------------------------------===//

OpFoldResult ExtentChecks::getArgumentExtent(BlockArgument argument,
                                             int64_t dim) {
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
  return extent;
}

/// The extent of a tensor as what it was made with: one value for all that have
/// it.
OpFoldResult ExtentChecks::trace(Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim))
      return b.getIndexAttr(type.getDimSize(dim));
    if (auto argument = dyn_cast<BlockArgument>(tensor)) {
      if (argument.getOwner() == &function.getBody().front())
        return getArgumentExtent(argument, dim);
      break;
    }
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
    else if (auto writer = dyn_cast<DestinationStyleOpInterface>(op))
      tensor = writer.getTiedOpOperand(cast<OpResult>(tensor))->get();
    else
      break;
  }
  return b.createOrFold<tensor::DimOp>(tensor.getLoc(), tensor, dim);
}

OpFoldResult ExtentChecks::trace(OpFoldResult extent) {
  if (std::optional<int64_t> constant = getConstantIntValue(extent))
    return b.getIndexAttr(*constant);
  auto dim = cast<Value>(extent).getDefiningOp<tensor::DimOp>();
  if (!dim || !dim.getConstantIndex() ||
      !isa<RankedTensorType>(dim.getSource().getType()))
    return extent;
  return trace(dim.getSource(), *dim.getConstantIndex());
}

//===----------------------------------------------------------------------===//
// What ops need
//===----------------------------------------------------------------------===//

void ExtentChecks::assertThat(Location loc, Value holds) {
  cf::AssertOp::create(b, loc, holds, "extents must agree");
}

void ExtentChecks::expectEqual(Location loc, OpFoldResult left,
                               OpFoldResult right) {
  left = trace(left);
  right = trace(right);
  // What types say is the verifiers' business.
  if (left == right || (isa<Attribute>(left) && isa<Attribute>(right)) ||
      llvm::is_contained(equal, std::pair(left, right)))
    return;
  equal.push_back({left, right});
  assertThat(loc,
             arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                   toIndex(loc, left), toIndex(loc, right)));
}

/// (points - 1) stride + size <= extent, of which no points need nothing.
void ExtentChecks::expectWindows(Location loc, OpFoldResult extent,
                                 OpFoldResult points, const IndexEntry &entry) {
  points = trace(points);
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
    OpFoldResult extent = trace(value, dim);
    if (entry.kind == IndexEntry::Domain)
      expectEqual(loc, extent, scan.getDomain()[entry.symbol]);
    else if (entry.kind == IndexEntry::Window)
      expectWindows(loc, extent, scan.getDomain()[entry.symbol], entry);
    else if (entry.every == 1)
      expectEqual(loc, extent, scan.getTime());
    else
      expectEqual(
          loc, extent,
          b.createOrFold<arith::DivUIOp>(
              loc, scan.getTime(), toIndex(loc, b.getIndexAttr(entry.every))));
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
  SmallVector<OpFoldResult> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expression] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expression);
      if (!loop)
        continue;
      OpFoldResult extent = trace(operand.get(), dim);
      OpFoldResult &first = loops[loop.getPosition()];
      if (first)
        expectEqual(op.getLoc(), first, extent);
      else
        first = extent;
    }
  }
}

void ExtentChecks::checkInsertion(tensor::InsertSliceOp op) {
  Location loc = op.getLoc();
  llvm::SmallBitVector dropped = op.getDroppedDims();
  int64_t dim = 0;
  for (auto [i, given, size] :
       llvm::enumerate(op.getMixedOffsets(), op.getMixedSizes())) {
    if (!dropped.test(i))
      expectEqual(loc, trace(op.getSource(), dim++), size);
    OpFoldResult whole = trace(op.getDest(), i), part = trace(size),
                 offset = trace(given);
    if (whole == part && isZeroInteger(offset))
      continue;
    if (llvm::all_of(ArrayRef({whole, part, offset}), llvm::IsaPred<Attribute>))
      continue;
    Value end =
        arith::AddIOp::create(b, loc, toIndex(loc, offset), toIndex(loc, part));
    assertThat(loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle,
                                          end, toIndex(loc, whole)));
  }
}

void ExtentChecks::checkCast(tensor::CastOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type || !isa<RankedTensorType>(op.getSource().getType()))
    return;
  for (auto [dim, extent] : llvm::enumerate(type.getShape()))
    if (!ShapedType::isDynamic(extent))
      expectEqual(op.getLoc(), trace(op.getSource(), dim),
                  b.getIndexAttr(extent));
}

void ExtentChecks::run() {
  // Extents of what stands in a region need not be those of what runs.
  for (Operation &op : function.getBody().front()) {
    b.setInsertionPoint(&op);
    if (auto scan = dyn_cast<seq::ScanOp>(op))
      checkScan(scan);
    else if (auto linalg = dyn_cast<linalg::LinalgOp>(op))
      checkLinalg(linalg);
    else if (auto insertion = dyn_cast<tensor::InsertSliceOp>(op))
      checkInsertion(insertion);
    else if (auto retyped = dyn_cast<tensor::CastOp>(op))
      checkCast(retyped);
  }
}

namespace {
struct CheckExtents : public seqc::impl::CheckExtentsBase<CheckExtents> {
  void runOnOperation() override {
    if (!getOperation().isDeclaration())
      ExtentChecks(getOperation()).run();
  }
};
} // namespace
