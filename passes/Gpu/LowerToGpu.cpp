//===- LowerToGpu.cpp - every op on buffers becomes a kernel --------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/Gpu/GpuPasses.h"
#include "passes/Gpu/LowerLinalgToGpu.h"
#include "passes/Gpu/LowerScanToGpu.h"

namespace seqc {
#define GEN_PASS_DEF_LOWERTOGPU
#include "passes/Gpu/GpuPasses.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Leaves a host function of allocations, views, index arithmetic, conditionals
/// and calls of kernels, beside a module with these.
struct LowerToGpu : public seqc::impl::LowerToGpuBase<LowerToGpu> {
  using LowerToGpuBase::LowerToGpuBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration())
        functions.push_back(function);
    for (func::FuncOp function : functions)
      if (failed(lowerFunction(function)))
        return signalPassFailure();
  }

private:
  LogicalResult lowerFunction(func::FuncOp function);
};
} // namespace

static LogicalResult lowerOp(Operation *op, KernelBuilder &kernel) {
  if (auto scan = dyn_cast<seq::ScanOp>(op))
    return lowerScanToGpu(scan, kernel);
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return lowerCopyToGpu(copy, kernel);
  return lowerLinalgToGpu(cast<linalg::LinalgOp>(op), kernel);
}

/// Vulkan 1.1 with nothing optional. SPIR-V 1.3 also because later versions'
/// entry points list every buffer, which upstream's serializer does not do.
static spirv::TargetEnvAttr getTargetEnv(MLIRContext *context) {
  auto triple = spirv::VerCapExtAttr::get(
      spirv::Version::V_1_3, {spirv::Capability::Shader},
      {spirv::Extension::SPV_KHR_storage_buffer_storage_class}, context);
  return spirv::TargetEnvAttr::get(triple,
                                   spirv::getDefaultResourceLimits(context),
                                   spirv::ClientAPI::Vulkan);
}

/// Extents of views as metadata, which is resolved down to the buffers'.
static void replaceDims(func::FuncOp function) {
  SmallVector<memref::DimOp> dims;
  function.walk([&](memref::DimOp op) { dims.push_back(op); });
  for (memref::DimOp op : dims) {
    std::optional<int64_t> axis = op.getConstantIndex();
    if (!axis || !op.getSource().getDefiningOp<ViewLikeOpInterface>())
      continue;
    OpBuilder builder(op);
    auto metadata = memref::ExtractStridedMetadataOp::create(
        builder, op.getLoc(), op.getSource());
    op.replaceAllUsesWith(Value(metadata.getSizes()[*axis]));
    op.erase();
  }
}

/// Whether `op` copies a buffer to itself, as bufferization leaves it where it
/// found the destination of a value already.
static bool isSelfCopy(Operation *op) {
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return copy.getSource() == copy.getTarget();
  if (auto copy = dyn_cast<linalg::CopyOp>(op))
    return copy.getInputs()[0] == copy.getOutputs()[0];
  return false;
}

LogicalResult LowerToGpu::lowerFunction(func::FuncOp function) {
  SmallVector<Operation *> ops, dropped;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<memref::DeallocOp>(op) || isSelfCopy(op)) {
      dropped.push_back(op);
      return WalkResult::skip();
    }
    if (isa<seq::ScanOp, memref::CopyOp, linalg::LinalgOp>(op)) {
      ops.push_back(op);
      return WalkResult::skip();
    }
    return WalkResult::advance();
  });
  // A model's buffers live as long as its session.
  for (Operation *op : dropped)
    op->erase();
  if (ops.empty())
    return success();

  OpBuilder builder(function);
  builder.setInsertionPointAfter(function);
  auto kernels = gpu::GPUModuleOp::create(builder, function.getLoc(),
                                          (function.getName() + "_gpu").str());
  kernels->setAttr(spirv::getTargetEnvAttrName(), getTargetEnv(&getContext()));
  for (auto [i, op] : llvm::enumerate(ops)) {
    KernelBuilder kernel(op, kernels,
                         (function.getName() + "_" + Twine(i)).str(),
                         workgroupSize);
    if (failed(lowerOp(op, kernel)))
      return failure();
  }
  replaceDims(function);
  return success();
}
