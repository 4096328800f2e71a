//===- seq-opt.cpp - run passes of seqc on a module -----------------------===//
//
// The passes and named pipelines of seqc beside upstream's, for tests and for
// looking at what a pass does.
//
//===----------------------------------------------------------------------===//

#include "compiler/KernelsStage.h"
#include "compiler/Pipelines.h"
#include "dialects/Seq/Bufferization.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Gpu/GpuPasses.h"
#include "passes/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<seqc::seq::SeqDialect>();
  seqc::seq::registerBufferization(registry);
  mlir::registerAllPasses();
  seqc::registerSeqcPasses();
  seqc::registerSeqcGpuPasses();
  seqc::registerPipelines();
  seqc::registerKernelsPipeline();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "seqc pass driver\n", registry));
}
