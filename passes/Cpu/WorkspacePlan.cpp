//===- WorkspacePlan.cpp - where temporaries go ---------------------------===//

#include "passes/Cpu/WorkspacePlan.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Passes.h"
#include "passes/Support/ModelFunction.h"
#include "passes/Support/WeightLayout.h"

using namespace mlir;
using namespace seqc;

namespace {
/// Plans one function.
class Planner {
public:
  explicit Planner(func::FuncOp function) : function(function) {}

  LogicalResult collect();
  void findLifetimes();
  void shareStatic();

  WorkspacePlan plan;

private:
  func::FuncOp function;
};
} // namespace

bool seqc::isWorkspaceLeaf(Operation *op) {
  if (isa<seq::NumThreadsOp>(op))
    return true;
  auto dim = dyn_cast<memref::DimOp>(op);
  auto argument = dim ? dyn_cast<BlockArgument>(dim.getSource()) : nullptr;
  return argument && dim.getConstantIndex() &&
         isa<func::FuncOp>(argument.getOwner()->getParentOp());
}

bool seqc::isPlannable(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isWorkspaceLeaf(op))
    return true;
  return isPure(op) && op->getNumRegions() == 0 && !isa<seq::ThreadIdOp>(op) &&
         llvm::all_of(op->getOperands(), isPlannable);
}

LogicalResult Planner::collect() {
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
    WorkspaceBuffer buffer{op, bytes};
    for (Operation *parent = op->getParentOp(); parent != function;
         parent = parent->getParentOp())
      buffer.isPrivate |= parent->hasAttr(threadedAttr);
    if (type.hasStaticShape() && !buffer.isPrivate)
      buffer.staticBytes =
          llvm::alignTo(type.getNumElements() * bytes, bufferAlignment);
    plan.buffers.push_back(buffer);
    return WalkResult::advance();
  };
  return failure(function.walk(visit).wasInterrupted());
}

static void collectOrder(Block &block, SmallVectorImpl<Operation *> &order) {
  for (Operation &op : block) {
    if (auto branch = dyn_cast<scf::IfOp>(op))
      for (Region *region : branch.getRegions())
        for (Block &inner : *region)
          collectOrder(inner, order);
    order.push_back(&op);
  }
}

/// Finds between which ops each is in use.
void Planner::findLifetimes() {
  collectOrder(function.getBody().front(), plan.order);
  DenseMap<Operation *, unsigned> positions;
  for (auto [i, op] : llvm::enumerate(plan.order))
    positions[op] = i;
  auto find = [&](Operation *op) {
    while (!positions.contains(op))
      op = op->getParentOp();
    return positions.at(op);
  };
  BufferViewFlowAnalysis aliases(function);
  for (WorkspaceBuffer &buffer : plan.buffers) {
    buffer.first = buffer.last = find(buffer.op);
    if (buffer.op->hasAttr(keptAttr)) {
      buffer.first = 0;
      buffer.last = plan.order.size() - 1;
      continue;
    }
    for (Value alias : aliases.resolve(buffer.op.getResult()))
      for (Operation *user : alias.getUsers())
        buffer.last = std::max(buffer.last, find(user));
  }
}

/// Gives every allocation of static size the lowest place that no other one
/// has at the same time, larger ones first.
void Planner::shareStatic() {
  SmallVector<WorkspaceBuffer *> order, placed;
  for (WorkspaceBuffer &buffer : plan.buffers)
    if (buffer.staticBytes >= 0)
      order.push_back(&buffer);
  llvm::sort(order, [](WorkspaceBuffer *a, WorkspaceBuffer *b) {
    return a->staticBytes != b->staticBytes ? a->staticBytes > b->staticBytes
                                            : a < b;
  });
  for (WorkspaceBuffer *buffer : order) {
    // `placed` is sorted by offset.
    int64_t offset = 0;
    for (WorkspaceBuffer *other : placed) {
      if (other->first > buffer->last || buffer->first > other->last)
        continue;
      if (offset + buffer->staticBytes <= other->staticOffset)
        break;
      offset = std::max(offset, other->staticOffset + other->staticBytes);
    }
    buffer->staticOffset = offset;
    auto *position = llvm::lower_bound(
        placed, offset, [](WorkspaceBuffer *other, int64_t offset) {
          return other->staticOffset < offset;
        });
    placed.insert(position, buffer);
    plan.sharedBytes = std::max(plan.sharedBytes, offset + buffer->staticBytes);
  }
}

FailureOr<WorkspacePlan> seqc::planWorkspace(func::FuncOp function) {
  Planner planner(function);
  if (failed(planner.collect()))
    return failure();
  planner.findLifetimes();
  planner.shareStatic();
  return std::move(planner.plan);
}
