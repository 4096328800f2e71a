//===- StepAnalysis.h - how one step depends on the one before --*- C++ -*-===//
//
// Of a function that is one step: which values depend on a step at all, which
// scans carry states from one step to the next as they are, and which ops lie
// on a way from a state to a state other than that.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SEQUENCE_STEPANALYSIS_H
#define SEQC_PASSES_SEQUENCE_STEPANALYSIS_H

#include "compiler/ModelInfo.h"
#include "dialects/Seq/SeqOps.h"
#include "llvm/ADT/SetVector.h"

namespace seqc {

class StepAnalysis {
public:
  StepAnalysis(mlir::func::FuncOp step, const ModelInfo &info);

  /// Whether `value` may differ from step to step; extents do not.
  bool isVarying(mlir::Value value) const { return varying.contains(value); }

  /// The states' position of an argument, or nothing.
  std::optional<unsigned> getState(mlir::Value value) const;
  mlir::BlockArgument getArgument(unsigned state) const;
  /// The value that state `state` has after the step.
  mlir::Value getUpdate(unsigned state) const;

  /// Whether `op` is a scan of one step of time whose carries begin with what
  /// they ended with a step before: over time it is one scan.
  bool isTimeScan(mlir::Operation *op) const { return timeScans.contains(op); }
  /// The carry that a result of such a scan is the end of.
  std::optional<unsigned> getCarry(mlir::Value value) const;
  /// Whether that carry's value is needed after every step.
  bool needsRows(mlir::Value carryResult) const {
    return carryRows.contains(carryResult);
  }

  /// The states that other ops take from step to step, those ops, and their
  /// results that are needed after every step.
  bool isCore(mlir::Operation *op) const { return core.contains(op); }
  bool isCoreState(unsigned state) const { return coreStates.contains(state); }
  llvm::ArrayRef<unsigned> getCoreStates() const {
    return coreStates.getArrayRef();
  }
  llvm::ArrayRef<mlir::Operation *> getCore() const {
    return core.getArrayRef();
  }
  llvm::ArrayRef<mlir::Value> getCoreRows() const {
    return coreRows.getArrayRef();
  }
  /// What the core reads from around it.
  llvm::SmallVector<mlir::Value> getCoreReads() const;

private:
  void findVarying();
  void findTimeScans();
  bool carriesOver(seq::ScanOp scan);
  bool findCore();
  void findCoreOps();
  void needRows(mlir::Value value);
  void needLast(mlir::Value value);
  void needCoreReads();
  llvm::BitVector findStatesBehind(mlir::Value value);

  mutable mlir::func::FuncOp step; ///< MLIR's accessors are not const.
  const ModelInfo &info;
  llvm::DenseSet<mlir::Value> varying, carryRows, seen;
  llvm::DenseSet<mlir::Operation *> timeScans;
  llvm::SetVector<mlir::Operation *> core; ///< In program order.
  llvm::SetVector<unsigned> coreStates;
  llvm::SetVector<mlir::Value> coreRows;
};

/// The values from around that `op` reads: operands, and what its regions take.
llvm::SetVector<mlir::Value> getReads(mlir::Operation *op);

} // namespace seqc

#endif // SEQC_PASSES_SEQUENCE_STEPANALYSIS_H
