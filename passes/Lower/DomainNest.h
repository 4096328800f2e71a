//===- DomainNest.h - lanes along a domain symbol ---------------*- C++ -*-===//
//
// For cells without dense gates: every lane is a domain point, and no thread
// waits for another. While a time block runs, the state stays in registers; a
// state too large for them stays in memory, in the nearest cache, and a loop
// walks it a few elements at a time: unrolled code would spill all the rest.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_DOMAINNEST_H
#define SEQC_PASSES_LOWER_DOMAINNEST_H

#include "passes/Lower/FactoredDecays.h"
#include "passes/Lower/ScanNest.h"

namespace seqc {

/// Writes one scan.
class DomainNest : public ScanNest {
public:
  DomainNest(mlir::OpBuilder &builder, seq::ScanOp scan,
             const RecurrentPlan &plan, const VectorTarget &target,
             int64_t block)
      : ScanNest(builder, scan, plan, target,
                 plan.laneSymbol < 0 ? 1 : target.lanes),
        block(block) {}

  void allocate();
  void lower();

  /// Has the steps of `scan`, by `plan`, run block by block before those of
  /// this scan, which alone reads them (PrefixScan.h): what they write lies in
  /// a thread's own memory. False where they cannot. Called between `allocate`
  /// and `lower`.
  bool takeUp(seq::ScanOp scan, const RecurrentPlan &plan);

  /// Has the steps update a state apart from its decays (FactoredDecays.h),
  /// where it has any. Called after `allocate`; `eraseFactored` undoes what it
  /// leaves beside the scan.
  void factor();
  void eraseFactored();

  /// Without lanes, instead of `lower`: the steps [first, last) of one point.
  void prepare() { setInputMemories(); }
  void lowerPoint(mlir::Value point, mlir::Value first, mlir::Value last) {
    lowerSteps({point, add(point, constant(1))}, first, last);
  }

private:
  struct Staged {
    OperandMemory outside, inside;
    llvm::SmallVector<int64_t> symbols; ///< Those indexing it, but the lanes'.
    mlir::Value argument;
  };

  void chooseBlocking();
  void findStreams();
  bool isScattered(llvm::ArrayRef<seq::IndexEntry> list);
  Staged allocateStaged(mlir::Value argument, mlir::Value outside,
                        llvm::ArrayRef<seq::IndexEntry> list);
  void allocateEarly();
  void computeEarly(mlir::Value low, mlir::Value high, mlir::Value start,
                    mlir::Value stop);
  void storeEarly(mlir::Value item);
  void prefetchOuts();
  void prefetchNextChunk();
  void setEarlyMemory(mlir::Value item);
  void copyElements(llvm::ArrayRef<int64_t> shape,
                    llvm::SmallVectorImpl<mlir::OpFoldResult> &at,
                    llvm::function_ref<void()> body);
  void copyStaged(const Staged &staged, bool in);
  using ItemBody =
      llvm::function_ref<void(mlir::Value item, llvm::ArrayRef<RowContext>,
                              llvm::ArrayRef<TileContext>)>;
  void forEachPointGroup(mlir::Value low, mlir::Value high, ItemBody body);
  std::pair<mlir::Value, mlir::Value> countPointGroups();
  void forEachItem(mlir::Value low, mlir::Value high, ItemBody body);
  void runItem(mlir::Value item, llvm::ArrayRef<RowContext> rows,
               llvm::ArrayRef<TileContext> tiles, mlir::Value start,
               mlir::Value stop);
  void runSteps(llvm::ArrayRef<RowContext> rows,
                llvm::ArrayRef<TileContext> tiles, mlir::Value start,
                mlir::Value first, mlir::Value last, int64_t count);
  void takeUpState(unsigned row);
  bool looksAhead();
  llvm::SmallVector<mlir::Value> startSums(int64_t number, int64_t chains);
  llvm::SmallVector<mlir::Value> readAhead(llvm::ArrayRef<RowContext> rows,
                                           mlir::Value start,
                                           mlir::Value first);
  void lowerSteps(std::pair<mlir::Value, mlir::Value> items, mlir::Value first,
                  mlir::Value last);
  void allocatePrefix();
  void prefetchPrefix(const RowContext &now);
  void lowerPrefix(std::pair<mlir::Value, mlir::Value> items, mlir::Value start,
                   mlir::Value stop);
  void lowerFreeBlock(std::pair<mlir::Value, mlir::Value> items,
                      mlir::Value start, mlir::Value stop);
  mlir::Value countItemsOfPoint();
  mlir::Value countItems();
  bool isFree();
  std::tuple<std::pair<mlir::Value, mlir::Value>, mlir::Value, mlir::Value>
  divideFreeSteps(std::pair<mlir::Value, mlir::Value> items, mlir::Value first,
                  mlir::Value last);
  void lowerFreeSteps(std::pair<mlir::Value, mlir::Value> items,
                      mlir::Value first, mlir::Value last);
  void emitFreeSteps(const RowContext &row, llvm::ArrayRef<TileContext> tiles,
                     mlir::Value start, mlir::Value first, int64_t count);
  OperandMemory carryMemory(unsigned carry);

  /// The steps of a state apart from its decays.
  struct Factored {
    FactoredScan of;
    RecurrentPlan plan;
    std::unique_ptr<DomainNest> nest;       ///< Of the factored scan.
    llvm::SmallVector<OperandMemory> rooms; ///< Of a block's scaled inputs.
    mlir::Value pays;                       ///< Whether there are steps enough.
    mlir::Value lacking; ///< For each item, what its state is to be scaled by.
    int64_t vectors = 0; ///< Of it: one, or as many as the rows fill.
  };
  bool canFactor();
  void allocateFactored();
  void prepareFactored(std::pair<mlir::Value, mlir::Value> items);
  void runFactored(mlir::Value item, llvm::ArrayRef<RowContext> rows,
                   llvm::ArrayRef<TileContext> tiles, mlir::Value start,
                   mlir::Value stop);
  RowContext atStep(RowContext row, mlir::Value step, mlir::Value start);
  TileContext makeRowTile(int64_t vector);
  mlir::Type getScaleType();
  llvm::SmallVector<mlir::Value> loadLacking(mlir::Value item);
  void storeLacking(mlir::Value item, llvm::ArrayRef<mlir::Value> lacking);
  void storeLacking(mlir::Value item, double lacking);
  mlir::Value makeScale(double number);
  llvm::SmallVector<mlir::Value> decay(const RowContext &now,
                                       llvm::ArrayRef<mlir::Value> lacking);
  mlir::Value areInRange(llvm::ArrayRef<mlir::Value> lacking);
  mlir::Value scaleInputs(mlir::Value item, const RowContext &row,
                          mlir::Value start, mlir::Value first,
                          mlir::Value stop);
  void scaleStep(const RowContext &now, llvm::ArrayRef<mlir::Value> before,
                 llvm::ArrayRef<mlir::Value> after);
  void prefetchScaled(const RowContext &now);
  void scaleState(mlir::Value item, llvm::ArrayRef<RowContext> rows,
                  llvm::ArrayRef<TileContext> tiles, double lacking);
  void whenPays(llvm::function_ref<void()> body);
  void scaleStates(std::pair<mlir::Value, mlir::Value> items);
  void prefetchRows(const RowContext &now, llvm::ArrayRef<TileContext> tiles);
  void emitRolledLoop(int64_t number);
  void setReduced(int64_t number, llvm::ArrayRef<mlir::Value> sums,
                  int64_t chains);
  int64_t countChains(int64_t number);
  llvm::SmallVector<mlir::Value>
  emitRolledPart(int64_t number, mlir::Value base, int64_t count,
                 llvm::SmallVector<mlir::Value> sums, int64_t chains,
                 mlir::OpBuilder &before);
  void storeRolled();
  void
  forEachVector(llvm::function_ref<void(unsigned row, unsigned tile)> visit);
  void forEachReduced(
      int64_t number,
      llvm::function_ref<void(mlir::Operation *, unsigned row, unsigned tile,
                              llvm::ArrayRef<int64_t>)>
          visit);
  llvm::SmallVector<mlir::Value> loadCarries();
  llvm::SmallVector<mlir::Value> emitCarries();
  void forEachCarryElement(
      llvm::function_ref<void(unsigned carry, unsigned row, unsigned tile,
                              llvm::ArrayRef<int64_t>)>
          visit);

  /// See DomainBlocking.
  int64_t block, tilesPerGroup = 1, rollStep = 0, streamedBytes = 0;
  int64_t stepsPerWalk = 1;
  /// Set where a body might stream: whether its operands exceed the caches.
  mlir::Value streams;
  int64_t pointSymbol = -1, pointsPerGroup = 1;
  llvm::SmallVector<int64_t> symbols;       ///< All but the lanes'.
  llvm::SmallVector<int64_t> symbolsAround; ///< But the points' as well.
  mlir::Value laneCount;
  bool ragged = false;
  /// How far ahead a step whose state lies in memory asks for its rows, at
  /// least.
  int64_t stepsAhead = 2;
  int64_t stepsNow = 1; ///< Steps in the emitter's rows: all points of each.
  llvm::SmallVector<mlir::Value> sumsAhead; ///< Of the first loop's reductions.
  int64_t chunk = 1; ///< Items whose early values are computed together.
  /// Values computed ahead of the recurrence, for all steps of a block.
  llvm::SmallVector<std::pair<mlir::Value, OperandMemory>, 0> early;
  llvm::SmallVector<Staged, 0> stagedInputs;
  llvm::DenseMap<unsigned, Staged> stagedCarries;
  std::unique_ptr<DomainNest> prefix; ///< What was taken up.
  /// The arguments of the body that it computes, and others that no step asks
  /// for itself.
  llvm::DenseSet<mlir::Value> prefixArguments;
  std::unique_ptr<Factored> factored;
  DomainNest *around = nullptr; ///< Of a factored body: the scan's own nest.
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_DOMAINNEST_H
