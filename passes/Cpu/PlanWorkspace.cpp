//===- PlanWorkspace.cpp - temporaries move to the caller's workspace -----===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
  func::FuncOp begin(OpBuilder &b, StringRef suffix, FunctionType type);
  int64_t getDim(memref::DimOp leaf);
  Value buildAddress(OpBuilder &b, Value dims, int64_t number);
  ExtentBuilder getExtents(OpBuilder &b, func::FuncOp callee, Value threads);
  Value refuseOthers(ExtentBuilder &extents, Value dims, Value total);
  void buildSizeFunction();
  LogicalResult collectDerived();
  LogicalResult checkDerived(Value extent, StringRef name);
  void buildDeriveFunction();

  func::FuncOp function;
  WorkspacePlan plan;
  SmallVector<cf::AssertOp> asserts;
  SmallVector<seq::DerivedDimOp> derived;
  DenseMap<Operation *, int64_t> derivedNumbers; ///< Among the dimensions.
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

/// What a branch that is not taken computes with may be negative.
static bool isInBranch(WorkspaceBuffer &buffer) {
  return buffer.op->getParentOfType<scf::IfOp>();
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
    Value extent = extents.build(size);
    dynamicSizes.push_back(extent);
    if (isInBranch(buffer) && !isWorkspaceLeaf(size.getDefiningOp()))
      extent = arith::MaxSIOp::create(b, loc, extent, buildIndex(b, loc, 0));
    bytes = arith::MulIOp::create(b, loc, bytes, extent);
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

//===----------------------------------------------------------------------===//
// Functions of the dimensions
//===----------------------------------------------------------------------===//

/// Begins a private function: the model stays the one public function.
func::FuncOp WorkspacePlacer::begin(OpBuilder &b, StringRef suffix,
                                    FunctionType type) {
  auto made = func::FuncOp::create(
      b, function.getLoc(), (function.getSymName() + suffix).str(), type);
  made.setPrivate();
  b.setInsertionPointToStart(made.addEntryBlock());
  return made;
}

/// As in `seq.shape`: an extent, or -1 - k for dynamic dimension k.
int64_t WorkspacePlacer::getDim(memref::DimOp leaf) {
  auto argument = cast<BlockArgument>(leaf.getSource());
  return function
      .getArgAttrOfType<DenseI64ArrayAttr>(argument.getArgNumber(),
                                           argumentShapeAttr)
      .asArrayRef()[*leaf.getConstantIndex()];
}

Value WorkspacePlacer::buildAddress(OpBuilder &b, Value dims, int64_t number) {
  return LLVM::GEPOp::create(
      b, function.getLoc(), dims.getType(), b.getI64Type(), dims,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
}

/// Extents within a function whose first argument are the dimensions.
ExtentBuilder WorkspacePlacer::getExtents(OpBuilder &b, func::FuncOp callee,
                                          Value threads) {
  Value dims = callee.getArgument(0);
  return {b, [this, &b, dims, threads](Operation *leaf) -> Value {
            Location loc = function.getLoc();
            auto dim = dyn_cast<memref::DimOp>(leaf);
            if (!dim)
              return threads;
            int64_t extent = getDim(dim);
            if (extent >= 0)
              return buildIndex(b, loc, extent);
            Value value = LLVM::LoadOp::create(
                b, loc, b.getI64Type(), buildAddress(b, dims, -1 - extent));
            return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
          }};
}

/// -1 instead of `total` for dimensions that do not go together, or of which an
/// extent follows that is negative.
Value WorkspacePlacer::refuseOthers(ExtentBuilder &extents, Value dims,
                                    Value total) {
  OpBuilder &b = extents.b;
  Location loc = function.getLoc();
  auto expect = [&](Value holds) {
    total =
        arith::SelectOp::create(b, loc, holds, total, buildIndex(b, loc, -1));
  };
  for (cf::AssertOp op : asserts)
    if (isPlannable(op.getArg()))
      expect(extents.build(op.getArg()));
  for (WorkspaceBuffer &buffer : plan.buffers)
    for (Value size : buffer.op.getDynamicSizes())
      if (!isInBranch(buffer) && !isWorkspaceLeaf(size.getDefiningOp()))
        expect(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                     extents.build(size),
                                     buildIndex(b, loc, 0)));
  for (seq::DerivedDimOp op : derived) {
    Value given = LLVM::LoadOp::create(
        b, loc, b.getI64Type(), buildAddress(b, dims, derivedNumbers.at(op)));
    given = arith::IndexCastOp::create(b, loc, b.getIndexType(), given);
    expect(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, given,
                                 extents.build(op.getExtent())));
  }
  return total;
}

/// Emits NAME_workspace_bytes(dims, threads).
void WorkspacePlacer::buildSizeFunction() {
  OpBuilder b(function);
  Location loc = function.getLoc();
  Type i64 = b.getI64Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
  func::FuncOp size =
      begin(b, "_workspace_bytes", b.getFunctionType({ptr, i64}, {i64}));
  Value threads =
      arith::IndexCastOp::create(b, loc, b.getIndexType(), size.getArgument(1));
  ExtentBuilder extents = getExtents(b, size, threads);
  Value total =
      refuseOthers(extents, size.getArgument(0), buildTotal(extents, threads));
  Value bytes = arith::IndexCastOp::create(b, loc, i64, total);
  func::ReturnOp::create(b, loc, bytes);
}

/// Whether callers' dimensions give `extent`.
LogicalResult WorkspacePlacer::checkDerived(Value extent, StringRef name) {
  Operation *op = extent.getDefiningOp();
  auto dim = dyn_cast_or_null<memref::DimOp>(op);
  bool isGiven = isPlannable(extent) && !isa<seq::NumThreadsOp>(op);
  if (isGiven && dim)
    isGiven = -1 - getDim(dim) <
              static_cast<int64_t>(
                  function->getAttrOfType<ArrayAttr>(dimNamesAttr).size() -
                  derived.size());
  if (!isGiven)
    return function.emitError("dimension '")
           << name << "' of a result must follow from dimensions of arguments";
  for (Value operand : op->getOperands())
    if (!dim && failed(checkDerived(operand, name)))
      return failure();
  return success();
}

LogicalResult WorkspacePlacer::collectDerived() {
  function.walk([&](seq::DerivedDimOp op) { derived.push_back(op); });
  auto names = function->getAttrOfType<ArrayAttr>(dimNamesAttr);
  for (seq::DerivedDimOp op : derived) {
    const auto *known = names ? llvm::find(names, op.getNameAttr()) : nullptr;
    if (!names || known == names.end())
      return op.emitOpError("needs a dimension in '")
             << dimNamesAttr << "' of the function, found none";
    derivedNumbers[op] = known - names.begin();
    if (failed(checkDerived(op.getExtent(), op.getName())))
      return failure();
  }
  return success();
}

/// Emits NAME_derive_extents(dims), which writes those that follow from others.
void WorkspacePlacer::buildDeriveFunction() {
  if (derived.empty())
    return;
  OpBuilder b(function);
  Location loc = function.getLoc();
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  func::FuncOp derive =
      begin(b, "_derive_extents", b.getFunctionType({ptr}, {}));
  ExtentBuilder extents = getExtents(b, derive, Value());
  for (seq::DerivedDimOp op : derived) {
    Value extent = arith::IndexCastOp::create(b, loc, b.getI64Type(),
                                              extents.build(op.getExtent()));
    LLVM::StoreOp::create(
        b, loc, extent,
        buildAddress(b, derive.getArgument(0), derivedNumbers.at(op)));
  }
  func::ReturnOp::create(b, loc);
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
  if (failed(collectDerived()))
    return failure();
  placeViews();
  buildSizeFunction();
  buildDeriveFunction();
  for (cf::AssertOp op : asserts)
    op.erase();
  for (seq::DerivedDimOp op : derived)
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
