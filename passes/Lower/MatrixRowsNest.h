//===- MatrixRowsNest.h - lanes along a matrix' rows ------------*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_MATRIXROWSNEST_H
#define SEQC_PASSES_LOWER_MATRIXROWSNEST_H

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/MatrixRowsBlocking.h"
#include "passes/Lower/ScanNest.h"

namespace seqc {

/// Rows of a dense layer whose vectors are in fixed point at a time.
constexpr int64_t denseRows = 64;

class MatrixRowsNest : public ScanNest {
public:
  MatrixRowsNest(mlir::OpBuilder &builder, seq::ScanOp scan,
                 const RecurrentPlan &plan, const VectorTarget &target,
                 int64_t block)
      : ScanNest(builder, scan, plan, target, target.lanes),
        blocking(chooseMatrixRowsBlocking(scan, plan, target, block)),
        blockingAlone(
            chooseMatrixRowsBlocking(scan, plan, target, block, true)),
        block(blocking.step) {}

  void allocate();
  void lower();

private:
  using EmitBlock = llvm::function_ref<void()>;
  using MakeRow = llvm::function_ref<RowContext(mlir::Value flat)>;

  void setPackedMemory(unsigned input);
  OperandMemory allocatePadded(OperandMemory::Axis leading, int64_t extent,
                               mlir::Value value);
  using TilesBody = llvm::function_ref<void(llvm::ArrayRef<TileContext>)>;
  void forEachGroup(bool takes, TilesBody body);
  void forEachRowBlock(mlir::Value count, llvm::ArrayRef<TileContext> tiles,
                       MakeRow makeRow, EmitBlock emitBlock);
  mlir::Value isOdd(mlir::Value number);
  void emitRowBlock(mlir::Value first, int64_t count,
                    llvm::ArrayRef<TileContext> tiles, MakeRow makeRow,
                    EmitBlock emitBlock);
  OperandMemory getCarryMemory(unsigned carry);
  bool isSingleStep() { return mlir::getConstantIntValue(scan.getTime()) == 1; }
  void copyWholeCarries(mlir::Value copy, bool in);
  void allocateTurn();
  void readTurn();
  void turnRound();
  void selectCopies(mlir::Value step);
  /// Steps of which products are computed at once.
  struct TimeBlock {
    mlir::Value start, rows; ///< Rows: steps times domain points.
    mlir::Value base;        ///< Its first step in the blocks' memory.
  };
  TimeBlock makeTimeBlock(mlir::Value start, mlir::Value first,
                          mlir::Value last);
  RowContext makeBlockRow(const TimeBlock &of, mlir::Value flat);
  void hoistBlock(const TimeBlock &of);
  void storeHoisted(BodyEmitter &from);
  void withJobBeside(mlir::Value blockStep, llvm::ArrayRef<TileContext> tiles,
                     llvm::function_ref<void()> emitGroup);
  void allocateHoisted();
  void allocateFixedPoint();
  void
  convertVectors(mlir::Value count, MakeRow makeRow,
                 llvm::function_ref<bool(mlir::Operation *contraction)> isDue);
  void emitStep(mlir::Value step, mlir::Value blockStep);
  void prefetchBlock();
  void storeHandedOn(int64_t stage);
  void storeStep();
  std::pair<mlir::Value, mlir::Value> divideRows(mlir::Value count);
  void lowerWithoutCarries();

  bool asksForSingleRow();
  void lowerBlocks();
  void lowerSteps();
  mlir::Value countStepRows();

  MatrixRowsBlocking blocking;
  /// For a single row, where there may be any number.
  MatrixRowsBlocking blockingAlone;
  bool isAlone = false; ///< Whether `blocking` is that one.
  RowBlock block;       ///< The one in use.
  TimeBlock current, next;
  /// What time blocks yield, and the results that the steps find in memory.
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> hoisted;
  /// Where it is set, threads divide the rows, not the tiles; null: never.
  mlir::Value sharesRows;
  /// Set in the steps that walk the groups of tiles backwards, and in those
  /// whose products go backwards over their terms; null: in none.
  mlir::Value groupsBack, termsBack;
  /// Of a single step, which walks the other way than the call before: whether
  /// that is backwards, and where the next call finds it. Null: never.
  mlir::Value turn, turnMemory;
  llvm::SmallVector<int64_t> symbols;
  /// For each whole carry, its two copies, of a single step the one that it
  /// writes: [copies, domain..., padded dims...].
  llvm::DenseMap<unsigned, OperandMemory> copies, writes;
  /// Where the plan's handed on values lie, in order.
  llvm::SmallVector<OperandMemory, 0> handedOn;
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_MATRIXROWSNEST_H
