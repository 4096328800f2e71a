//===- PlanWorkspace.cpp - temporaries move to the caller's workspace -----===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Cpu/WorkspacePlan.h"
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
/// Emits what an extent is computed from, somewhere else.
struct ExtentBuilder {
  OpBuilder &b;
  /// The value of a leaf: memref.dim of an argument, or seq.num_threads.
  std::function<Value(Operation *)> buildLeaf;
  IRMapping mapping = {};

  Value build(Value value);
};

/// Places the buffers of one function as planned.
class WorkspacePlacer {
public:
  explicit WorkspacePlacer(func::FuncOp function) : function(function) {}

  LogicalResult run();

private:
  Value buildBytes(ExtentBuilder &extents, WorkspaceBuffer &buffer,
                   SmallVectorImpl<Value> &dynamicSizes);
  void placeViews();
  Value buildTotal(ExtentBuilder &extents, Value threads);
  void buildSizeFunction();

  func::FuncOp function;
  WorkspacePlan plan;
  SmallVector<cf::AssertOp> asserts;
};
} // namespace

Value ExtentBuilder::build(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (isWorkspaceLeaf(op)) {
    mapping.map(value, buildLeaf(op));
    return mapping.lookup(value);
  }
  for (Value operand : op->getOperands())
    build(operand);
  b.clone(*op, mapping);
  return mapping.lookup(value);
}

//===----------------------------------------------------------------------===//
// Emitting
//===----------------------------------------------------------------------===//

static Value buildIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

/// The bytes of one instance of `buffer`, rounded up; its dynamic extents
/// go to `dynamicSizes`.
Value WorkspacePlacer::buildBytes(ExtentBuilder &extents,
                                  WorkspaceBuffer &buffer,
                                  SmallVectorImpl<Value> &dynamicSizes) {
  OpBuilder &b = extents.b;
  Location loc = buffer.op.getLoc();
  int64_t fixed = buffer.elementBytes;
  for (int64_t extent : buffer.op.getType().getShape())
    if (!ShapedType::isDynamic(extent))
      fixed *= extent;
  Value bytes = buildIndex(b, loc, fixed);
  for (Value size : buffer.op.getDynamicSizes()) {
    dynamicSizes.push_back(extents.build(size));
    bytes = arith::MulIOp::create(b, loc, bytes, dynamicSizes.back());
  }
  bytes = arith::AddIOp::create(b, loc, bytes,
                                buildIndex(b, loc, bufferAlignment - 1));
  return arith::AndIOp::create(b, loc, bytes,
                               buildIndex(b, loc, -bufferAlignment));
}

/// Replaces the allocations by views that are made when the function begins.
void WorkspacePlacer::placeViews() {
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
  Value end = buildIndex(b, loc, plan.sharedBytes), threads, thread;
  for (WorkspaceBuffer &buffer : plan.buffers) {
    SmallVector<Value> sizes;
    Value offset = end;
    if (buffer.staticBytes >= 0) {
      offset = buildIndex(b, loc, buffer.staticOffset);
    } else {
      Value bytes = buildBytes(extents, buffer, sizes);
      if (buffer.isPrivate) {
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
    Value view = memref::ViewOp::create(
        b, buffer.op.getLoc(), buffer.op.getType(), workspace, offset, sizes);
    buffer.op.replaceAllUsesWith(view);
  }
}

/// The bytes of all buffers.
Value WorkspacePlacer::buildTotal(ExtentBuilder &extents, Value threads) {
  OpBuilder &b = extents.b;
  Location loc = function.getLoc();
  Value end = buildIndex(b, loc, plan.sharedBytes);
  for (WorkspaceBuffer &buffer : plan.buffers) {
    if (buffer.staticBytes >= 0)
      continue;
    SmallVector<Value> sizes;
    Value bytes = buildBytes(extents, buffer, sizes);
    if (buffer.isPrivate)
      bytes = arith::MulIOp::create(b, loc, bytes, threads);
    end = arith::AddIOp::create(b, loc, end, bytes);
  }
  return end;
}

/// Emits NAME_workspace_bytes(dims, threads).
void WorkspacePlacer::buildSizeFunction() {
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
  Value total = buildTotal(extents, toIndex(size.getArgument(1)));
  for (cf::AssertOp op : asserts)
    if (isPlannable(op.getArg()))
      total = arith::SelectOp::create(b, loc, extents.build(op.getArg()), total,
                                      buildIndex(b, loc, -1));
  Value bytes = arith::IndexCastOp::create(b, loc, i64, total);
  func::ReturnOp::create(b, loc, bytes);
}

LogicalResult WorkspacePlacer::run() {
  FailureOr<WorkspacePlan> planned = planWorkspace(function);
  if (failed(planned))
    return failure();
  plan = std::move(*planned);
  OpBuilder b(function.getContext());
  NamedAttribute kind =
      b.getNamedAttr(argumentKindAttr, b.getStringAttr(workspaceKind));
  if (failed(function.insertArgument(
          function.getNumArguments(),
          MemRefType::get({ShapedType::kDynamic}, b.getI8Type()),
          b.getDictionaryAttr(kind), function.getLoc())))
    return failure();
  function.walk([&](cf::AssertOp op) { asserts.push_back(op); });
  placeViews();
  buildSizeFunction();
  for (cf::AssertOp op : asserts)
    op.erase();
  for (WorkspaceBuffer &buffer : plan.buffers)
    buffer.op.erase();
  function.walk([](memref::DeallocOp op) { op.erase(); });
  return success();
}

namespace {
struct PlanWorkspace : public seqc::impl::PlanWorkspaceBase<PlanWorkspace> {
  void runOnOperation() override {
    FailureOr<func::FuncOp> function = findModelFunction(getOperation());
    if (failed(function) || failed(WorkspacePlacer(*function).run()))
      signalPassFailure();
  }
};
} // namespace
