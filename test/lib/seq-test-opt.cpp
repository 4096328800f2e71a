//===- seq-test-opt.cpp - seq-opt with the test dialect -------------------===//

#include "compiler/KernelsStage.h"
#include "compiler/Pipelines.h"
#include "dialects/Seq/Bufferization.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Passes.h"
#include "test/lib/TestSeq.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<seqc::seq::SeqDialect, seqc::test::TestSeqDialect>();
  seqc::seq::registerBufferization(registry);
  mlir::registerAllPasses();
  seqc::registerSeqcPasses();
  seqc::registerPipelines();
  seqc::registerKernelsPipeline();
  seqc::test::registerTransitionLaws();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "seqc test driver\n", registry));
}
