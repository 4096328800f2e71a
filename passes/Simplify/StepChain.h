//===- StepChain.h - equal steps one after another --------------*- C++ -*-===//
//
// A chain is a table of ops: one column for every step, one row for every place
// in a step. All ops of a row are the same but for what they read, and every
// operand of a row is one of the sources below, in all steps alike. From this
// the steps' equality follows: a loop whose body is one column computes what
// the columns compute.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SIMPLIFY_STEPCHAIN_H
#define SEQC_PASSES_SIMPLIFY_STEPCHAIN_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>
#include <vector>

namespace seqc {

/// What tells ops of a block apart, whatever they read.
class OpKinds {
public:
  /// The same number for ops that are equal but for what they read.
  unsigned get(mlir::Operation *op);
  /// One that is also the same for slices with other offsets.
  unsigned getLoose(mlir::Operation *op);
  /// The operands, then what `op`'s regions use from above.
  llvm::ArrayRef<mlir::Value> getReads(mlir::Operation *op);
  /// Whether both are known to have the same elements.
  bool isSame(mlir::Value a, mlir::Value b, unsigned depth = 4);
  /// After operands were replaced, or ops left without them.
  void forget() {
    kinds.clear();
    known.clear();
    reads.clear();
  }

private:
  bool isEqual(mlir::Operation *a, mlir::Operation *b);

  llvm::DenseMap<mlir::Operation *, unsigned> kinds;
  llvm::DenseMap<llvm::hash_code,
                 llvm::SmallVector<std::pair<mlir::Operation *, unsigned>, 1>>
      known;
  llvm::DenseMap<mlir::Operation *, std::vector<mlir::Value>> reads;
  unsigned count = 0;
};

/// Whether `op` is made again where it is needed, and is no part of a step.
bool isMadeAnywhere(mlir::Operation *op);

/// Where the operand of a row comes from.
struct StepSource {
  enum Kind {
    Same,      ///< Made in the same step.
    Carry,     ///< Made in the step before; at first `value`.
    Invariant, ///< `value` in all steps.
    Row,       ///< A slice of `value`, whose offset moves by `step`.
    Planned    ///< A result of another chain's steps, in order or reversed.
  };
  Kind kind = Invariant;
  unsigned row = 0, result = 0; ///< Of Same and Carry; Planned's chain.
  mlir::Value value;
  int64_t dim = 0, first = 0, step = 0; ///< Of Row; Planned has a step.
};

/// The place of an op in one of many chains.
struct StepPlace {
  unsigned chain = 0, row = 0, step = 0;
};
using PlannedPlaces = llvm::DenseMap<mlir::Operation *, StepPlace>;

class StepChain {
public:
  StepChain(OpKinds &kinds, llvm::ArrayRef<mlir::Operation *> anchors,
            const PlannedPlaces &planned);

  /// Finds the rows that `row`, the last one, needs. On failure it is gone,
  /// too, and `reason` and `differing` say what is not alike, and in which
  /// step.
  bool complete(unsigned row);
  /// Adds the row `ops` and what it needs.
  bool add(llvm::ArrayRef<mlir::Operation *> ops);

  void removeRows(size_t count);

  size_t getNumSteps() const { return rows.front().size(); }
  std::optional<StepSource> classify(llvm::ArrayRef<mlir::Value> values) const;
  llvm::SmallVector<mlir::Value> getTuple(unsigned row, unsigned read) const;
  /// Where operand `read` of `row` comes from.
  std::optional<StepSource> getSource(unsigned row, unsigned read) const {
    return classify(getTuple(row, read));
  }
  std::optional<StepPlace> find(mlir::Operation *op) const;

  /// Rows that depend on a carry, after all rows are known.
  llvm::SmallVector<bool> getCore() const;
  /// Whether all carries that depend on themselves depend on each other.
  bool isIrreducible() const;
  /// Calls `visit` with everything that comes from around the chain.
  void forEachSource(
      llvm::function_ref<void(unsigned, unsigned, const StepSource &)>) const;

  std::vector<std::vector<mlir::Operation *>> rows;
  std::string reason;
  size_t differing = 0; ///< The last step that is not like the last one.

private:
  bool addRow(llvm::ArrayRef<mlir::Operation *> ops);
  bool addProducers(llvm::ArrayRef<mlir::Value> values);
  std::optional<StepSource>
  classifyInside(llvm::ArrayRef<mlir::Value> values) const;
  std::optional<StepSource>
  classifyPlanned(llvm::ArrayRef<mlir::Value> values) const;
  std::optional<StepSource>
  classifySlices(llvm::ArrayRef<mlir::Value> values) const;
  void explain(llvm::ArrayRef<mlir::Value> values);
  bool fail(size_t step, std::string why);

  OpKinds *kinds;
  const PlannedPlaces *planned;
  llvm::DenseMap<mlir::Operation *, std::pair<unsigned, unsigned>> where;
};

/// The chains of `block`: none shares what depends on its carries with another.
struct ChainPlan {
  std::vector<StepChain> chains; ///< Each before those that read its results.
  /// Almost equal steps that stay: an op, their number, what is not alike.
  struct Rest {
    mlir::Operation *op;
    size_t steps;
    std::string reason;
  };
  std::vector<Rest> rests;
};

/// Finds chains of `minSteps` steps or more. `planned` receives the ops that
/// depend on their carries.
ChainPlan planChains(mlir::Block &block, OpKinds &kinds, PlannedPlaces &planned,
                     size_t minSteps);

/// Ops of `block` that depend on one of `ops`, these included.
llvm::DenseSet<mlir::Operation *>
getDependents(mlir::Block &block, llvm::ArrayRef<mlir::Operation *> ops);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_STEPCHAIN_H
