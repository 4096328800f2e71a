//===- Pipelines.h - the passes, stage by stage -----------------*- C++ -*-===//
//
// The whole compiler as lists of passes, one function for each stage. seqc runs
// them one after another; seq-opt knows them as the pipelines seq-to-scan,
// seq-to-loops and seq-to-llvm.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_PIPELINES_H
#define SEQC_COMPILER_PIPELINES_H

#include "compiler/Options.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace seqc {

/// Cells become scans, and what can be simplified around them is.
void buildScanStage(mlir::OpPassManager &manager, const Options &options);

/// Every scan gets a schedule.
void buildScheduleStage(mlir::OpPassManager &manager, const Options &options);

/// Scans become loops over buffers.
void buildLoopsStage(mlir::OpPassManager &manager, const Options &options);

/// Loops become a kernel in the LLVM dialect.
void buildLlvmStage(mlir::OpPassManager &manager, const Options &options);

/// Canonicalizes and drops what is computed twice.
void addCleanup(mlir::OpPassManager &manager);

/// Everything that a model's text may use and that the stages need.
void registerCompilerDialects(mlir::DialectRegistry &registry);

/// Makes the pipelines known to seq-opt.
void registerPipelines();

} // namespace seqc

#endif // SEQC_COMPILER_PIPELINES_H
