//===- ScanNest.h - what the nests of a recurrent scan share ----*- C++ -*-===//
//
// A nest is time block -> tile of the domain -> time. Every thread of the
// kernel executes it and takes its own range of tiles, the same one at every
// step, so that its weights and state stay in its cache.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_SCANNEST_H
#define SEQC_PASSES_LOWER_SCANNEST_H

#include "passes/Lower/BodyEmitter.h"

namespace seqc {

using LoopBody =
    llvm::function_ref<void(mlir::OpBuilder &, mlir::Value induction)>;

class ScanNest {
public:
  ScanNest(mlir::OpBuilder &builder, seq::ScanOp scan,
           const RecurrentPlan &plan, const VectorTarget &target, int64_t lanes)
      : b(builder), loc(scan.getLoc()), scan(scan), plan(plan), target(target),
        memory(lanes), emitter(scan, plan, memory) {}

protected:
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::Value x, mlir::Value y);
  mlir::Value rem(mlir::Value x, mlir::Value y);
  mlir::Value min(mlir::Value x, mlir::Value y);
  mlir::Value ceilDiv(mlir::Value x, int64_t y);

  /// scf.for from `low` to `high`.
  void loop(mlir::Value low, mlir::Value high, int64_t step, LoopBody body) {
    loop(low, high, constant(step), body);
  }
  void loop(mlir::Value low, mlir::Value high, mlir::Value step, LoopBody body);
  /// This thread's part of [0, count).
  std::pair<mlir::Value, mlir::Value> threadRange(mlir::Value count);
  void barrier();
  /// Runs `body` for those of `count` items that this thread takes.
  void takeLoop(mlir::Value count, mlir::Value backwards, LoopBody body);
  void onFirstThread(llvm::function_ref<void()> body);

  /// Product of the extents of the domain symbols in `symbols`.
  mlir::Value countPoints(llvm::ArrayRef<int64_t> symbols);
  /// The domain indices of the `flat`-th point of `symbols`.
  RowContext makeRow(mlir::Value flat, llvm::ArrayRef<int64_t> symbols);
  /// The time index of step `step`.
  mlir::Value timeOfStep(mlir::Value step);
  /// `steps` after the one at the time index `time`, or the last one.
  mlir::Value addToTime(mlir::Value time, int64_t steps);
  /// The `tile`-th vector of lanes out of `size` elements along the lanes.
  TileContext makeTile(mlir::Value tile, mlir::Value size, bool masked);

  /// Memory for outs and lengths, and for inputs read in place.
  void setInputMemories();
  /// Runs `body` for the first steps, whose shifted reads may be of histories,
  /// and then for the others.
  void splitAtHistories(
      llvm::function_ref<void(mlir::Value low, mlir::Value high)> body);
  /// Leaves in every history the last rows before the end.
  void shiftHistories();
  /// True (a scalar, or a vector along the lanes) where the step counts; null
  /// without lengths.
  mlir::Value emitActive(unsigned row, unsigned tile);
  mlir::Value select(mlir::Value condition, mlir::Value yes, mlir::Value no);
  /// Emits and stores the outs of the current block: those that a loop over the
  /// body's rolled dimension computes, or the others. With `together` nothing
  /// is stored before all is computed, so that rows share what they load.
  void storeOuts(bool rolled = false, bool together = false);
  /// The carry after the step: held where the step does not count.
  mlir::Value emitCarry(unsigned carry, unsigned row, unsigned tile,
                        llvm::ArrayRef<int64_t> index);

  /// A store of a carry that waits until whatever reads the old one is
  /// emitted.
  struct PendingStore {
    mlir::Value value;
    OperandMemory where;
    unsigned row, tile;
    llvm::SmallVector<mlir::OpFoldResult> index;
  };
  /// Emits the elements that `shaped` has of the carry after the step.
  void emitCarryElements(unsigned carry, mlir::Value shaped,
                         const OperandMemory &where, unsigned row,
                         unsigned tile,
                         llvm::SmallVectorImpl<PendingStore> &pending);
  void storePending(llvm::ArrayRef<PendingStore> pending);

  /// Where out `out` lies.
  OperandMemory getOutMemory(unsigned out) const;
  void storeOut(unsigned out, mlir::Value element, unsigned row, unsigned tile,
                BodyIndex index);
  void whenDue(unsigned out, mlir::Value time,
               llvm::function_ref<void()> store);
  void setShiftedMemories(bool fromHistory);
  void shiftHistory(mlir::Value history, unsigned input);

  mlir::OpBuilder &b;
  mlir::Location loc;
  seq::ScanOp scan;
  const RecurrentPlan &plan;
  const VectorTarget &target;
  MemoryEmitter memory;
  BodyEmitter emitter;
  /// Rows of the emitter that are of a step to come, behind those of the step:
  /// nothing of theirs is stored.
  unsigned rowsAhead = 0;
  unsigned countRows() const { return emitter.getRows().size() - rowsAhead; }
  /// Of outs that do not lie in their operands.
  llvm::DenseMap<unsigned, OperandMemory> outMemories;
  /// For every out, when it goes past the caches; empty if none ever does.
  llvm::SmallVector<mlir::Value> pastCaches;
};

/// Whether nothing around `op` in its function is a loop, in every iteration of
/// which threads would have to meet.
bool isOutsideLoops(mlir::Operation *op);

/// Makes the region that every thread executes, or, without `threaded`, one of
/// them, and has `lower` fill it.
void buildThreadedRegion(mlir::OpBuilder &builder, mlir::Location loc,
                         llvm::function_ref<void()> lower,
                         bool threaded = true);

/// Lanes along a matrix' rows.
void lowerMatrixRows(mlir::OpBuilder &builder, seq::ScanOp scan,
                     const RecurrentPlan &plan, const VectorTarget &target,
                     int64_t block);
/// Lanes along time, where they can share the steps; false where not.
bool lowerTime(mlir::OpBuilder &builder, seq::ScanOp scan, RecurrentPlan plan,
               const VectorTarget &target);
/// Lanes along a domain symbol. Returns whether `prefix` (PrefixScan.h; null:
/// there is none) is lowered within `scan`.
bool lowerDomain(mlir::OpBuilder &builder, seq::ScanOp scan,
                 const RecurrentPlan &plan, const VectorTarget &target,
                 int64_t block, seq::ScanOp prefix);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_SCANNEST_H
