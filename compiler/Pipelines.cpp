//===- Pipelines.cpp - the passes, stage by stage -------------------------===//

#include "compiler/Pipelines.h"

#include "compiler/Target/CpuTarget.h"

#include "dialects/Seq/Bufferization.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/AllInterfaces.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Passes.h"
#include "passes/Support/ShapeModels.h"

using namespace mlir;
using namespace seqc;

void seqc::addCleanup(OpPassManager &manager) {
  // Most regions have one block: to look for blocks and arguments that nothing
  // needs was two fifths of this pass, and changed no library.
  GreedyRewriteConfig config;
  config.setUseTopDownTraversal(true);
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  manager.addPass(createCanonicalizerPass(config));
  manager.addPass(createCSEPass());
}

/// The vectors of the processor that `options` names. An invalid processor is
/// diagnosed where the target is resolved to emit code.
static VectorTarget getVectorTarget(const Options &options) {
  VectorTarget target;
  llvm::Expected<CpuTarget> cpu = CpuTarget::resolve(options);
  if (!cpu) {
    llvm::consumeError(cpu.takeError());
    return target;
  }
  target.lanes = std::max(1u, cpu->lanes(32));
  target.registers = cpu->vectorRegisters;
  target.scalef = cpu->hasScalef;
  target.fma = cpu->hasFma;
  target.byteDots = cpu->hasByteDots;
  target.fetchesAhead = cpu->fetchesAhead;
  return target;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void seqc::buildScanStage(OpPassManager &manager, const Options &options) {
  manager.addPass(createExpandCells());
  // Extents of a layer that reads a reshaped or transposed sequence, as stacked
  // ones do, follow from the model's dimensions: the workspace is planned from
  // those.
  manager.addPass(createResolveExtents());
  addCleanup(manager);
  RerollOptions reroll;
  reroll.remarks = false;
  manager.addPass(createReroll(reroll));
  addCleanup(manager);
  manager.addPass(createRaise());
  if (!options.step.empty()) {
    DeriveStepOptions derive;
    derive.time = options.step;
    manager.addPass(createDeriveStep(derive));
    manager.addPass(createResolveExtents());
    addCleanup(manager);
  }
  if (options.sequence) {
    manager.addPass(createLiftSteps());
    manager.addPass(createResolveExtents());
    addCleanup(manager);
    // One step's values stay in the first cache from loop to loop; a block's do
    // not.
    manager.addNestedPass<func::FuncOp>(createLinalgElementwiseOpFusionPass());
    manager.addPass(createResolveExtents());
    addCleanup(manager);
  }
  manager.addPass(createSink());
  manager.addPass(createOutlineWeights());
  DiagonaliseOptions diagonalise;
  diagonalise.condition = options.diagonaliseUpTo;
  manager.addPass(createDiagonalise(diagonalise));
  if (options.diagonaliseUpTo > 0)
    addCleanup(manager);
  manager.addPass(createHoist());
  addCleanup(manager);
}

static llvm::StringRef getFormName(Form form) {
  switch (form) {
  case Form::Auto:
    return "auto";
  case Form::Recurrent:
    return "recurrent";
  case Form::Parallel:
    return "parallel";
  case Form::Chunked:
    return "chunked";
  case Form::Convolution:
    return "convolution";
  case Form::Naive:
    return "naive";
  }
  llvm_unreachable("every form has a name");
}

static llvm::StringRef getWeightTypeName(WeightType type) {
  switch (type) {
  case WeightType::F32:
    return "f32";
  case WeightType::BF16:
    return "bf16";
  case WeightType::F16:
    return "f16";
  case WeightType::I8:
    return "i8";
  }
  llvm_unreachable("every type has a name");
}

/// Whether convolutions that can take fewer products do.
static bool takesMinimalFilters(const Options &options) {
  // Narrow weights stay with the scans that can read them.
  return options.minimalFilters && options.form != Form::Naive &&
         options.weightType == WeightType::F32;
}

void seqc::buildScheduleStage(OpPassManager &manager, const Options &options) {
  // Shaders take all products, whatever the processor's part of a library does.
  if (takesMinimalFilters(options) && options.backend == Backend::Cpu) {
    MinimalFiltersOptions notes;
    notes.onlyNotes = true;
    manager.addPass(createMinimalFilters(notes));
  }
  ChooseScheduleOptions choose;
  choose.form = getFormName(options.form).str();
  choose.lanes = getVectorTarget(options).lanes;
  choose.threads = options.chooseForThreads;
  if (options.machine) {
    const MachineModel &machine = *options.machine;
    choose.gigaflops = machine.gigaflops;
    choose.gigaexps = machine.gigaexps;
    choose.l2Bandwidth = machine.l2GigabytesPerSecond;
    choose.l3Bandwidth = machine.l3GigabytesPerSecond;
    choose.memoryBandwidth = machine.memoryGigabytesPerSecond;
    choose.l2Bytes = machine.l2Bytes;
    choose.l3Bytes = machine.l3Bytes;
    choose.latencyNs = machine.latencyNs;
    choose.barrierNs = machine.barrierNs;
  }
  // The reasons are for `seqc explain`.
  choose.remarks = false;
  manager.addPass(createChooseSchedule(choose));
}

void seqc::buildLoopsStage(OpPassManager &manager, const Options &options) {
  VectorTarget target = getVectorTarget(options);
  manager.addNestedPass<func::FuncOp>(createCheckExtents());
  if (takesMinimalFilters(options))
    manager.addPass(createMinimalFilters());
  if (options.form != Form::Naive && options.weightType == WeightType::F32) {
    SpreadWindowsOptions spread;
    spread.lanes = target.lanes;
    manager.addPass(createSpreadWindows(spread));
  }
  if (options.form != Form::Naive) {
    manager.addPass(createFuseElementwise());
    manager.addPass(createPowersOfDecays());
  }
  LowerParallelOptions parallel;
  parallel.lanes = target.lanes;
  manager.addPass(createLowerParallel(parallel));
  manager.addPass(createDecompose());
  if (options.form != Form::Naive) {
    PromoteOptions promote;
    promote.lanes = target.lanes;
    manager.addPass(createPromote(promote));
    PackOptions pack;
    pack.lanes = target.lanes;
    pack.registers = target.registers;
    pack.weightType = getWeightTypeName(options.weightType).str();
    pack.byteDots = target.byteDots;
    manager.addPass(createPack(pack));
  }
  LowerNaiveOptions naive;
  naive.all = options.form == Form::Naive;
  manager.addPass(createLowerNaive(naive));
  // No CSE before bufferization: it would make results share a destination.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createBufferize());
  // Extents of views of split time follow from the model's dimensions: the
  // workspace is planned from those.
  manager.addPass(createResolveExtents());
  addCleanup(manager);
  LowerRecurrentOptions recurrent;
  recurrent.lanes = target.lanes;
  recurrent.registers = target.registers;
  recurrent.fetchesAhead = target.fetchesAhead;
  manager.addPass(createLowerRecurrent(recurrent));
  addCleanup(manager);
  manager.addPass(createCollapseLoops());
  if (options.form != Form::Naive) {
    TileLoopsOptions tile;
    tile.lanes = target.lanes;
    tile.registers = target.registers;
    manager.addPass(createTileLoops(tile));
  }
  manager.addPass(createThreadLoops());
  manager.addPass(createExpandLinalg());
  // Those of copies that bufferization had to make, too.
  manager.addPass(createResolveExtents());
  addCleanup(manager);
}

void seqc::buildLlvmStage(OpPassManager &manager, const Options &options) {
  manager.addPass(createPlanWorkspace());
  manager.addNestedPass<func::FuncOp>(createThreadRegion());
  ExpandMathOptions math;
  math.library = options.form == Form::Naive;
  // A function in flight takes three registers: argument, exponent, sum.
  VectorTarget target = getVectorTarget(options);
  math.sideBySide = target.registers / 4;
  math.scalef = target.scalef;
  math.fma = target.fma;
  manager.addPass(createExpandMath(math));
  manager.addPass(createBuildKernel());
  manager.addPass(createOutlineRegions());

  manager.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createExpandShapes());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  addCleanup(manager);
  // Math without an instruction or intrinsic goes to libm.
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  addCleanup(manager);
  manager.addPass(createReconcileUnrealizedCastsPass());
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void seqc::registerCompilerDialects(DialectRegistry &registry) {
  registry
      .insert<arith::ArithDialect, bufferization::BufferizationDialect,
              func::FuncDialect, linalg::LinalgDialect, LLVM::LLVMDialect,
              math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
              seq::SeqDialect, tensor::TensorDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerAllDialectInterfaceImplementations(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  seq::registerBufferization(registry);
  registerShapeModels(registry);
}

namespace {
struct PipelineOptions : public PassPipelineOptions<PipelineOptions> {
  Option<Form> form{
      *this, "form", llvm::cl::desc("Which form scans take"),
      llvm::cl::init(Form::Auto),
      llvm::cl::values(clEnumValN(Form::Auto, "auto", ""),
                       clEnumValN(Form::Recurrent, "recurrent", ""),
                       clEnumValN(Form::Parallel, "parallel", ""),
                       clEnumValN(Form::Chunked, "chunked", ""),
                       clEnumValN(Form::Convolution, "convolution", ""),
                       clEnumValN(Form::Naive, "naive", ""))};

  Options get() const {
    Options options;
    options.form = form;
    return options;
  }
};
} // namespace

void seqc::registerPipelines() {
  PassPipelineRegistration<PipelineOptions>(
      "seq-to-scan", "Expand cells to scans and simplify",
      [](OpPassManager &manager, const PipelineOptions &options) {
        buildScanStage(manager, options.get());
      });
  PassPipelineRegistration<PipelineOptions>(
      "seq-to-loops", "From scans to loops over buffers",
      [](OpPassManager &manager, const PipelineOptions &options) {
        buildScheduleStage(manager, options.get());
        buildLoopsStage(manager, options.get());
      });
  PassPipelineRegistration<PipelineOptions>(
      "seq-to-llvm", "From loops over buffers to a kernel in LLVM's dialect",
      [](OpPassManager &manager, const PipelineOptions &options) {
        buildLlvmStage(manager, options.get());
      });
}
