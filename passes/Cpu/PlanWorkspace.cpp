//===- PlanWorkspace.cpp - temporaries move to the caller's workspace -----===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Passes.h"
#include "passes/Support/ModelFunction.h"
#include "passes/Support/WeightLayout.h"

namespace seqc {
#define GEN_PASS_DEF_PLANWORKSPACE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// One memref.alloc of the function.
struct Allocation {
  memref::AllocOp op;
  int64_t elementBytes = 0;
  bool isPrivate = false;       ///< Every thread has its own.
  int64_t staticBytes = -1;     ///< Of a shared one with static extents.
  unsigned first = 0, last = 0; ///< Top-level ops between which it is in use.
  int64_t staticOffset = 0;
};

/// Emits what an extent is computed from, somewhere else.
struct ExtentBuilder {
  OpBuilder &b;
  /// The value of a leaf: memref.dim of an argument, or seq.num_threads.
  std::function<Value(Operation *)> buildLeaf;
  IRMapping mapping = {};

  Value build(Value value);
};

/// Plans one function.
class WorkspacePlanner {
public:
  explicit WorkspacePlanner(func::FuncOp function) : function(function) {}

  LogicalResult run();

private:
  LogicalResult collect();
  void findLifetimes();
  void shareStatic();
  Value buildBytes(ExtentBuilder &extents, Allocation &allocation,
                   SmallVectorImpl<Value> &dynamicSizes);
  void placeViews();
  void buildSizeFunction();

  func::FuncOp function;
  SmallVector<Allocation, 0> allocations;
  int64_t sharedBytes = 0;
};
} // namespace

static bool isLeaf(Operation *op) {
  if (isa<seq::NumThreadsOp>(op))
    return true;
  auto dim = dyn_cast<memref::DimOp>(op);
  auto argument = dim ? dyn_cast<BlockArgument>(dim.getSource()) : nullptr;
  return argument && dim.getConstantIndex() &&
         isa<func::FuncOp>(argument.getOwner()->getParentOp());
}

/// Whether `value` is computed from constants and leaves alone.
static bool isPlannable(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isLeaf(op))
    return true;
  return isPure(op) && op->getNumRegions() == 0 && !isa<seq::ThreadIdOp>(op) &&
         llvm::all_of(op->getOperands(), isPlannable);
}

Value ExtentBuilder::build(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (isLeaf(op)) {
    mapping.map(value, buildLeaf(op));
    return mapping.lookup(value);
  }
  for (Value operand : op->getOperands())
    build(operand);
  b.clone(*op, mapping);
  return mapping.lookup(value);
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

LogicalResult WorkspacePlanner::collect() {
  auto visit = [&](memref::AllocOp op) -> WalkResult {
    MemRefType type = op.getType();
    int64_t bytes = getElementBytes(type.getElementType());
    if (!type.getLayout().isIdentity() || type.getMemorySpace() || bytes == 0)
      return op.emitOpError("of ")
             << type << " cannot be a view of a workspace";
    for (Value size : op.getDynamicSizes())
      if (!isPlannable(size))
        return op.emitOpError("of ")
               << type << " needs extents that follow from the model's "
               << "dimensions, found one that depends on data";
    Allocation allocation{op, bytes};
    for (Operation *parent = op->getParentOp(); parent != function;
         parent = parent->getParentOp())
      allocation.isPrivate |= parent->hasAttr(threadedAttr);
    if (type.hasStaticShape() && !allocation.isPrivate)
      allocation.staticBytes =
          llvm::alignTo(type.getNumElements() * bytes, bufferAlignment);
    allocations.push_back(allocation);
    return WalkResult::advance();
  };
  return failure(function.walk(visit).wasInterrupted());
}

/// Finds between which ops of the function's own block each is in use.
void WorkspacePlanner::findLifetimes() {
  Block &body = function.getBody().front();
  DenseMap<Operation *, unsigned> positions;
  for (auto [i, op] : llvm::enumerate(body))
    positions[&op] = i;
  BufferViewFlowAnalysis aliases(function);
  for (Allocation &allocation : allocations) {
    allocation.first = positions[body.findAncestorOpInBlock(*allocation.op)];
    allocation.last = allocation.first;
    for (Value alias : aliases.resolve(allocation.op.getResult()))
      for (Operation *user : alias.getUsers())
        allocation.last = std::max(
            allocation.last, positions[body.findAncestorOpInBlock(*user)]);
  }
}

/// Gives every allocation of static size the lowest place that no other one
/// has at the same time, larger ones first.
void WorkspacePlanner::shareStatic() {
  SmallVector<Allocation *> order, placed;
  for (Allocation &allocation : allocations)
    if (allocation.staticBytes >= 0)
      order.push_back(&allocation);
  llvm::sort(order, [](Allocation *a, Allocation *b) {
    return a->staticBytes != b->staticBytes ? a->staticBytes > b->staticBytes
                                            : a < b;
  });
  for (Allocation *allocation : order) {
    // `placed` is sorted by offset.
    int64_t offset = 0;
    for (Allocation *other : placed) {
      if (other->first > allocation->last || allocation->first > other->last)
        continue;
      if (offset + allocation->staticBytes <= other->staticOffset)
        break;
      offset = std::max(offset, other->staticOffset + other->staticBytes);
    }
    allocation->staticOffset = offset;
    auto *position = llvm::lower_bound(placed, offset,
                                       [](Allocation *other, int64_t offset) {
                                         return other->staticOffset < offset;
                                       });
    placed.insert(position, allocation);
    sharedBytes = std::max(sharedBytes, offset + allocation->staticBytes);
  }
}

//===----------------------------------------------------------------------===//
// Emitting
//===----------------------------------------------------------------------===//

static Value buildIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

/// The bytes of one instance of `allocation`, rounded up; its dynamic extents
/// go to `dynamicSizes`.
Value WorkspacePlanner::buildBytes(ExtentBuilder &extents,
                                   Allocation &allocation,
                                   SmallVectorImpl<Value> &dynamicSizes) {
  OpBuilder &b = extents.b;
  Location loc = allocation.op.getLoc();
  int64_t fixed = allocation.elementBytes;
  for (int64_t extent : allocation.op.getType().getShape())
    if (!ShapedType::isDynamic(extent))
      fixed *= extent;
  Value bytes = buildIndex(b, loc, fixed);
  for (Value size : allocation.op.getDynamicSizes()) {
    dynamicSizes.push_back(extents.build(size));
    bytes = arith::MulIOp::create(b, loc, bytes, dynamicSizes.back());
  }
  bytes = arith::AddIOp::create(b, loc, bytes,
                                buildIndex(b, loc, bufferAlignment - 1));
  return arith::AndIOp::create(b, loc, bytes,
                               buildIndex(b, loc, -bufferAlignment));
}

/// Replaces the allocations by views that are made when the function begins.
void WorkspacePlanner::placeViews() {
  Location loc = function.getLoc();
  OpBuilder b(function.getContext());
  Value workspace = function.getArguments().back();
  b.setInsertionPointToStart(&function.getBody().front());
  ExtentBuilder extents{
      b, [&](Operation *leaf) -> Value {
        if (auto dim = dyn_cast<memref::DimOp>(leaf))
          return memref::DimOp::create(b, loc, dim.getSource(),
                                       *dim.getConstantIndex());
        return seq::NumThreadsOp::create(b, loc, b.getIndexType());
      }};
  Value end = buildIndex(b, loc, sharedBytes), threads, thread;
  for (Allocation &allocation : allocations) {
    SmallVector<Value> sizes;
    Value offset = end;
    if (allocation.staticBytes >= 0) {
      offset = buildIndex(b, loc, allocation.staticOffset);
    } else {
      Value bytes = buildBytes(extents, allocation, sizes);
      if (allocation.isPrivate) {
        if (!threads) {
          threads = seq::NumThreadsOp::create(b, loc, b.getIndexType());
          thread = seq::ThreadIdOp::create(b, loc, b.getIndexType());
        }
        offset = arith::AddIOp::create(
            b, loc, end, arith::MulIOp::create(b, loc, bytes, thread));
        bytes = arith::MulIOp::create(b, loc, bytes, threads);
      }
      end = arith::AddIOp::create(b, loc, end, bytes);
    }
    Value view = memref::ViewOp::create(b, allocation.op.getLoc(),
                                        allocation.op.getType(), workspace,
                                        offset, sizes);
    allocation.op.replaceAllUsesWith(view);
  }
}

/// Emits NAME_workspace_bytes(dims, threads).
void WorkspacePlanner::buildSizeFunction() {
  OpBuilder b(function);
  Location loc = function.getLoc();
  Type i64 = b.getI64Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto size = func::FuncOp::create(
      b, loc, (function.getSymName() + "_workspace_bytes").str(),
      b.getFunctionType({ptr, i64}, {i64}));
  size.setPrivate(); // the model stays the one public function
  b.setInsertionPointToStart(size.addEntryBlock());
  auto toIndex = [&](Value value) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
  };
  ExtentBuilder extents{
      b, [&](Operation *leaf) -> Value {
        auto dim = dyn_cast<memref::DimOp>(leaf);
        if (!dim)
          return toIndex(size.getArgument(1));
        auto argument = cast<BlockArgument>(dim.getSource());
        int64_t extent = function
                             .getArgAttrOfType<DenseI64ArrayAttr>(
                                 argument.getArgNumber(), argumentShapeAttr)
                             .asArrayRef()[*dim.getConstantIndex()];
        if (extent >= 0)
          return buildIndex(b, loc, extent);
        Value address = LLVM::GEPOp::create(
            b, loc, ptr, i64, size.getArgument(0),
            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(-1 - extent)});
        return toIndex(LLVM::LoadOp::create(b, loc, i64, address));
      }};
  Value end = buildIndex(b, loc, sharedBytes);
  for (Allocation &allocation : allocations) {
    if (allocation.staticBytes >= 0)
      continue;
    SmallVector<Value> sizes;
    Value bytes = buildBytes(extents, allocation, sizes);
    if (allocation.isPrivate)
      bytes =
          arith::MulIOp::create(b, loc, bytes, toIndex(size.getArgument(1)));
    end = arith::AddIOp::create(b, loc, end, bytes);
  }
  Value total = arith::IndexCastOp::create(b, loc, i64, end);
  func::ReturnOp::create(b, loc, total);
}

LogicalResult WorkspacePlanner::run() {
  if (failed(collect()))
    return failure();
  findLifetimes();
  shareStatic();
  OpBuilder b(function.getContext());
  NamedAttribute kind =
      b.getNamedAttr(argumentKindAttr, b.getStringAttr(workspaceKind));
  if (failed(function.insertArgument(
          function.getNumArguments(),
          MemRefType::get({ShapedType::kDynamic}, b.getI8Type()),
          b.getDictionaryAttr(kind), function.getLoc())))
    return failure();
  placeViews();
  buildSizeFunction();
  for (Allocation &allocation : allocations)
    allocation.op.erase();
  function.walk([](memref::DeallocOp op) { op.erase(); });
  return success();
}

namespace {
struct PlanWorkspace : public seqc::impl::PlanWorkspaceBase<PlanWorkspace> {
  void runOnOperation() override {
    FailureOr<func::FuncOp> function = findModelFunction(getOperation());
    if (failed(function) || failed(WorkspacePlanner(*function).run()))
      signalPassFailure();
  }
};
} // namespace
