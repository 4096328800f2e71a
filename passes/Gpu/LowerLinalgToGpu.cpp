//===- LowerLinalgToGpu.cpp - elementwise ops as GPU kernels --------------===//

#include "passes/Gpu/LowerLinalgToGpu.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace seqc;

static LogicalResult checkLinalg(linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics())
    return op->emitOpError("needs buffers on the GPU");
  if (op.getNumParallelLoops() != op.getNumLoops())
    return op->emitOpError("with a reduction is not supported by the Vulkan "
                           "target");
  for (AffineMap map : op.getIndexingMapsArray())
    for (AffineExpr expr : map.getResults())
      if (!isa<AffineDimExpr, AffineConstantExpr>(expr))
        return op->emitOpError("needs indexing maps of dimensions and "
                               "constants on the GPU, found ")
               << AffineMapAttr::get(map);
  return success();
}

/// The indices that `map` selects at `point`.
static SmallVector<Value> applyMap(KernelBuilder &kernel, AffineMap map,
                                   ArrayRef<Value> point) {
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      indices.push_back(point[dim.getPosition()]);
    else
      indices.push_back(
          kernel.constant(cast<AffineConstantExpr>(expr).getValue()));
  return indices;
}

LogicalResult seqc::lowerLinalgToGpu(linalg::LinalgOp op,
                                     KernelBuilder &kernel) {
  if (failed(checkLinalg(op)) || failed(kernel.begin()))
    return failure();
  SmallVector<OpFoldResult> extents;
  for (Range range : op.createLoopRanges(kernel.host, kernel.loc))
    extents.push_back(range.size);
  SmallVector<Value> point = kernel.beginPoints(extents);

  Block *body = op.getBlock();
  IRMapping mapping;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument element = op.getMatchingBlockArgument(&operand);
    if (element.use_empty())
      continue;
    if (isa<MemRefType>(operand.get().getType())) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      mapping.map(element,
                  kernel.load(operand.get(), applyMap(kernel, map, point)));
      continue;
    }
    FailureOr<Value> scalar = kernel.capture(operand.get());
    if (failed(scalar))
      return failure();
    mapping.map(element, *scalar);
  }
  for (Operation &nested : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(nested)) {
      mapping.map(index.getResult(), point[index.getDim()]);
      continue;
    }
    if (nested.getNumRegions() != 0)
      return nested.emitOpError("cannot run in a GPU kernel");
    for (Value operand : nested.getOperands()) {
      if (mapping.contains(operand))
        continue;
      FailureOr<Value> outer = kernel.capture(operand);
      if (failed(outer))
        return failure();
      mapping.map(operand, *outer);
    }
    kernel.device.clone(nested, mapping);
  }
  for (auto [i, value] :
       llvm::enumerate(body->getTerminator()->getOperands())) {
    OpOperand *target = op.getDpsInitOperand(i);
    if (!mapping.contains(value)) {
      FailureOr<Value> outer = kernel.capture(value);
      if (failed(outer))
        return failure();
      mapping.map(value, *outer);
    }
    kernel.store(mapping.lookup(value), target->get(),
                 applyMap(kernel, op.getMatchingIndexingMap(target), point));
  }
  kernel.finish();
  return success();
}

LogicalResult seqc::lowerCopyToGpu(memref::CopyOp op, KernelBuilder &kernel) {
  if (failed(kernel.begin()))
    return failure();
  Value source = op.getSource();
  SmallVector<OpFoldResult> extents =
      memref::getMixedSizes(kernel.host, kernel.loc, source);
  SmallVector<Value> point = kernel.beginPoints(extents);
  kernel.store(kernel.load(source, point), op.getTarget(), point);
  kernel.finish();
  return success();
}
