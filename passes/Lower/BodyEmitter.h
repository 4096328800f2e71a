//===- BodyEmitter.h - a body's values as vectors ---------------*- C++ -*-===//
//
// Emits the values of one step for a block of domain points (rows) and vectors
// of lanes (tiles), each once. Contractions are emitted for the whole block, so
// that one load of the matrix serves every row.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_BODYEMITTER_H
#define SEQC_PASSES_LOWER_BODYEMITTER_H

#include "passes/Lower/BodyCauses.h"
#include "passes/Lower/FixedPoint.h"
#include "passes/Lower/OperandMemory.h"
#include "passes/Lower/RecurrentPlan.h"

#include <map>

namespace seqc {

class BodyEmitter {
public:
  BodyEmitter(seq::ScanOp scan, const RecurrentPlan &plan,
              const MemoryEmitter &memory)
      : scan(scan), plan(plan), memory(memory), causes(scan) {}

  /// Starts a block: forgets what was emitted before.
  void begin(llvm::ArrayRef<RowContext> rows,
             llvm::ArrayRef<TileContext> tiles);

  /// Values that depend neither on time nor on carries are emitted at
  /// `builder` (ahead of a loop over time); null: where they are needed.
  void setInvariantBuilder(mlir::OpBuilder *builder) { invariant = builder; }

  /// Keeps what was emitted as invariant, forgets the rest: a new step.
  void beginStep(llvm::ArrayRef<RowContext> rows);

  /// Values that have the plan's rolled dimension are emitted inside a loop
  /// that walks it: `count` of their elements from `base` on. Others that they
  /// need are emitted at `before`, ahead of the loop.
  void beginRoll(mlir::Value base, int64_t count, mlir::OpBuilder &before);
  void endRoll();
  /// Whether `value` is emitted by the loop over the rolled dimension.
  bool isRolled(mlir::Value value) const {
    return rolling && plan.getRolledDim(value) >= 0;
  }
  void setRolling(bool roll) { rolling = roll; }
  /// How many terms ahead a contraction of one row asks for its matrix; 0: the
  /// processor sees what comes.
  void setWeightsAhead(int64_t terms) { weightsAhead = terms; }
  /// Contractions ask for the matrix of the tiles `distance` further on, a
  /// vector for each term: of several blocks of rows, block `number` for its
  /// share. Null: for none.
  void setNextTiles(mlir::Value distance, mlir::Value number) {
    nextTiles = distance;
    blockNumber = number;
  }
  /// Where `flag`, an i1, is set, contractions walk their matrix from its end;
  /// null: never.
  void setBackwards(mlir::Value flag) { backwards = flag; }
  /// The next contraction's loop also computes the sums of `op` for the block
  /// that `other` has begun; behind it stands what `then` emits. Both take
  /// floats and have one reduced dimension of more than one element.
  void setBeside(BodyEmitter &other, mlir::Operation *op,
                 llvm::function_ref<void()> then) {
    beside = {&other, op, then};
  }
  /// Ends that; whether no contraction has come.
  bool endBeside() { return std::exchange(beside, Beside()).op != nullptr; }
  /// Adds the part of `op`'s reduction that the loop's body covers to `sums`,
  /// its terms to one after the other.
  void accumulate(mlir::OpBuilder &b, mlir::Operation *op, unsigned row,
                  unsigned tile, llvm::ArrayRef<int64_t> index,
                  llvm::MutableArrayRef<mlir::Value> sums);
  /// Gives the result of a reduction that a loop computed.
  void setReduced(mlir::Operation *op, unsigned row, unsigned tile,
                  llvm::ArrayRef<int64_t> index, mlir::Value value) {
    emitted[makeKey(op->getResult(0), row, tile, index)] = value;
  }

  /// Where an argument of the body, or a result of a time block, lies.
  void setMemory(mlir::Value value, OperandMemory where) {
    memories[value] = std::move(where);
  }
  const OperandMemory &getMemory(mlir::Value value) const {
    return memories.find(value)->second;
  }
  /// `value` is computed where it is needed again.
  void forgetMemory(mlir::Value value) { memories.erase(value); }
  bool hasMemory(mlir::Value value) const { return memories.count(value); }

  /// Where `contraction` finds its vector in fixed point.
  void setFixedPoint(mlir::Operation *contraction, const FixedVectors &where) {
    fixedVectors[contraction] = where;
  }
  const FixedVectors &getFixedPoint(mlir::Operation *contraction) const {
    return fixedVectors.find(contraction)->second;
  }
  /// Whether `contraction` takes its vector in fixed point.
  bool takesFixedPoint(mlir::Operation *contraction) const {
    return memories.find(contraction->getOperand(0))->second.quads;
  }

  /// A carry kept in registers.
  void setRegister(mlir::Value carry, unsigned row, unsigned tile,
                   llvm::ArrayRef<int64_t> index, mlir::Value value);

  /// The element of `value` at `index`; the entry along the lanes is ignored.
  mlir::Value emit(mlir::OpBuilder &b, mlir::Value value, unsigned row,
                   unsigned tile, llvm::ArrayRef<int64_t> index);

  /// All indices of `value` but along the lanes, where they are 0.
  void forEachElement(mlir::Value value,
                      llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

  /// `index` with the entry along `value`'s lanes marked.
  llvm::SmallVector<mlir::OpFoldResult>
  toBodyIndex(mlir::OpBuilder &b, mlir::Value value,
              llvm::ArrayRef<int64_t> index) const;

  llvm::ArrayRef<RowContext> getRows() const { return rows; }
  llvm::ArrayRef<TileContext> getTiles() const { return tiles; }

  /// `scalar` in every lane of a vector like the others.
  mlir::Value broadcast(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value scalar) const;

private:
  using Key = std::tuple<const void *, unsigned, unsigned,
                         llvm::SmallVector<int64_t, 4>>;

  mlir::Value emitArgument(mlir::OpBuilder &b, mlir::BlockArgument argument,
                           unsigned row, unsigned tile,
                           llvm::ArrayRef<int64_t> index);
  mlir::Value emitOp(mlir::OpBuilder &b, mlir::OpResult value, unsigned row,
                     unsigned tile, llvm::ArrayRef<int64_t> index);
  bool isUnrolled(mlir::Value value) const;
  mlir::Value emitPower(mlir::OpBuilder &b, seq::PowersOp op, unsigned row,
                        unsigned tile, int64_t at);
  mlir::Value emitPoint(mlir::OpBuilder &b, mlir::Operation *op,
                        const seq::BodySemantics &space, unsigned row,
                        unsigned tile, llvm::ArrayRef<int64_t> point,
                        mlir::Value accumulator, unsigned number = 0);
  /// Reduces `op` over its other dimensions, from `sums` on.
  void emitReduction(mlir::OpBuilder &b, mlir::Operation *op,
                     const seq::BodySemantics &space, unsigned row,
                     unsigned tile, llvm::SmallVector<int64_t> point,
                     llvm::MutableArrayRef<mlir::Value> sums);
  void emitContraction(mlir::OpBuilder &b, mlir::Operation *op);
  /// A contraction's walk along reduced dimension `dim`, from its end if
  /// `back`, with its indices along the others and the number of its sums.
  struct Walk {
    BodyEmitter *emitter;
    mlir::Operation *op;
    llvm::SmallVector<mlir::OpFoldResult> reduced;
    unsigned dim;
    int64_t extent;
    bool back;
    size_t sums;
  };
  Walk makeWalk(mlir::OpBuilder &b, mlir::Operation *op, unsigned dim,
                bool back);
  /// Loops over the dimensions `outer` around `walk`, all from their ends if it
  /// goes back; returns the sums.
  llvm::SmallVector<mlir::Value>
  emitReductionLoop(mlir::OpBuilder &b, Walk walk,
                    llvm::ArrayRef<unsigned> outer,
                    llvm::SmallVector<mlir::Value> sums);
  /// Terms `low` to `high` of all `walks`, whose sums lie one after the other.
  static llvm::SmallVector<mlir::Value>
  emitWalks(mlir::OpBuilder &b, llvm::MutableArrayRef<Walk> walks, int64_t low,
            int64_t high, llvm::SmallVector<mlir::Value> sums);
  /// Both walks in one loop as far as both go.
  static llvm::SmallVector<mlir::Value>
  emitTogether(mlir::OpBuilder &b, Walk first, Walk second,
               llvm::SmallVector<mlir::Value> sums);
  /// Adds `count` terms, the first number `number` after `at`; null: from the
  /// beginning.
  static void emitTerms(mlir::OpBuilder &b, llvm::MutableArrayRef<Walk> walks,
                        mlir::Value at, int64_t number, int64_t count,
                        llvm::SmallVector<mlir::Value> &sums);
  /// Whether two terms of `op` go together: of one row, every word of weights
  /// is used up before the next is loaded, and no register holds it for later.
  bool takesPairs(mlir::Operation *op) const;
  void prefetchWeights(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::Value matrix, const TileContext &tile,
                       llvm::SmallVector<mlir::OpFoldResult> at, bool back);
  void prefetchNextTiles(mlir::OpBuilder &b, mlir::Operation *op,
                         int64_t vectors,
                         llvm::ArrayRef<mlir::OpFoldResult> reduced);
  llvm::SmallVector<mlir::Value>
  emitProducts(mlir::OpBuilder &b, mlir::Operation *op,
               llvm::ArrayRef<llvm::SmallVector<mlir::OpFoldResult>> terms,
               llvm::SmallVector<mlir::Value> sums, bool back);
  /// The same for a word of four bytes; the sums are integers, one a digit.
  llvm::SmallVector<mlir::Value>
  emitFixedProducts(mlir::OpBuilder &b, mlir::Operation *op,
                    llvm::ArrayRef<mlir::OpFoldResult> reduced,
                    llvm::SmallVector<mlir::Value> sums, bool back);
  /// Asks for what comes later, and calls `visit` with the place of each vector
  /// of `op`'s matrix for a term.
  void forEachWeight(
      mlir::OpBuilder &b, mlir::Operation *op,
      llvm::ArrayRef<mlir::OpFoldResult> reduced, unsigned perRow, bool back,
      llvm::function_ref<void(unsigned slot, const TileContext &, BodyIndex)>
          visit);
  /// What the sums of `op` begin at.
  llvm::SmallVector<mlir::Value> startSums(mlir::OpBuilder &b,
                                           mlir::Operation *op);
  /// Makes `sums` the results of `op`.
  void keepSums(mlir::OpBuilder &b, mlir::Operation *op,
                llvm::ArrayRef<mlir::Value> sums);
  /// Sums of integers as those of f32.
  llvm::SmallVector<mlir::Value> combineFixed(mlir::OpBuilder &b,
                                              mlir::Operation *op,
                                              llvm::ArrayRef<mlir::Value> sums);
  /// Terms along dimension `dim` of `op`'s vector.
  int64_t countTerms(mlir::Operation *op, unsigned dim) const;
  Key makeKey(mlir::Value value, unsigned row, unsigned tile,
              llvm::ArrayRef<int64_t> index) const;
  /// One for each element of the block.
  llvm::SmallVector<Key> makeKeys(mlir::Value value);

  seq::ScanOp scan;
  const RecurrentPlan &plan;
  const MemoryEmitter &memory;
  CauseAnalysis causes;
  llvm::SmallVector<RowContext> rows;
  llvm::SmallVector<TileContext> tiles;
  llvm::DenseMap<mlir::Value, OperandMemory> memories;
  llvm::DenseMap<mlir::Operation *, FixedVectors> fixedVectors;
  std::map<Key, mlir::Value> emitted, emittedInvariant, emittedRolled;
  mlir::OpBuilder *invariant = nullptr;
  bool rolling = false;
  int64_t weightsAhead = 0;
  bool asksAhead = true; ///< Whether the current term asks for later ones.
  mlir::Value backwards, nextTiles, blockNumber;
  struct Beside {
    BodyEmitter *emitter = nullptr;
    mlir::Operation *op = nullptr;
    llvm::function_ref<void()> then = nullptr;
  } beside;
  mlir::Value rollBase;
  int64_t rollCount = 0;
  mlir::OpBuilder *beforeRoll = nullptr;
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_BODYEMITTER_H
