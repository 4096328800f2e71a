//===- RecurrentPlan.h - how a scan's body maps to vectors ------*- C++ -*-===//
//
// Decides, from the body's iteration spaces alone, what becomes a vector lane,
// what is unrolled into registers and what is reduced by a loop over memory.
//
// Two mappings exist. Where the body multiplies whole matrices with vectors
// (a cell with dense gates), lanes are the matrix' output rows and several
// domain points share each load of the matrix. Otherwise the domain points
// themselves are the lanes, and a body's dimensions are unrolled.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_RECURRENTPLAN_H
#define SEQC_PASSES_LOWER_RECURRENTPLAN_H

#include "dialects/Seq/SeqOps.h"
#include "passes/Support/BodyShape.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace seqc {

/// What the vector lowering needs to know of a machine.
struct VectorTarget {
  int64_t lanes = 8;      ///< f32 elements in one vector register.
  int64_t registers = 16; ///< Vector registers.
  bool scalef = false;    ///< AVX-512's vreduceps and vscalefps.
  bool fma = true;        ///< Multiply-adds.
  bool byteDots = false;  ///< vpdpbusd or usdot, of whole registers.
  /// No requests for narrow weights are needed.
  bool fetchesAhead = false;
};

struct RecurrentPlan {
  enum class Lanes { MatrixRows, Domain };

  Lanes kind = Lanes::Domain;
  /// MatrixRows: the extent of the lane dimension.
  int64_t laneExtent = 0;
  /// Domain: the symbol that the lanes run along, or -1 for scalar code.
  int64_t laneSymbol = -1;
  /// For each value of the body, the dimension that runs along the lanes.
  llvm::DenseMap<mlir::Value, int64_t> laneDims;
  /// Contractions with a matrix in memory, in order.
  llvm::SetVector<mlir::Operation *> contractions;
  /// Results of one contraction for each domain point and vector of lanes.
  int64_t gates = 1;
  /// Carries that a contraction reads whole: each step reads one copy and
  /// writes another.
  llvm::DenseSet<unsigned> wholeCarries;
  /// MatrixRows: a contraction with a vector that the step computes begins a
  /// new stage. What a stage leaves to later ones, in order, with its stage;
  /// the last stage is `stages` - 1.
  int64_t stages = 1;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>> handedOn;
  /// Elements of all carries for one domain point (Domain).
  int64_t stateSize = 0;
  /// Domain: the extent of a dimension that loops over the body may walk, or 0
  /// where there is none, and for each value that has it, which one it is.
  int64_t rolledExtent = 0;
  llvm::DenseMap<mlir::Value, int64_t> rolledDims;
  /// The reductions along it, in order, each with its loop: what waits for the
  /// results of one is in a later one. Carries and outs are left to the last.
  llvm::SmallVector<std::pair<mlir::Operation *, int64_t>> rolledReductions;
  int64_t rolledLoops = 1;

  void clearRolling() {
    rolledExtent = 0;
    rolledDims.clear();
    rolledReductions.clear();
    rolledLoops = 1;
  }

  /// -1 where `value` lacks the dimension that may be walked by a loop.
  int64_t getRolledDim(mlir::Value value) const {
    auto found = rolledDims.find(value);
    return found == rolledDims.end() ? -1 : found->second;
  }

  /// -1 where no dimension of `value` runs along the lanes.
  int64_t getLaneDim(mlir::Value value) const {
    auto found = laneDims.find(value);
    return found == laneDims.end() ? -1 : found->second;
  }
};

/// Plans `scan`, on tensors or memrefs; fails with the reason for people.
mlir::FailureOr<RecurrentPlan> planRecurrent(seq::ScanOp scan,
                                             std::string &reason);

/// Whether the vector lowering takes `scan`, and if not, why.
bool canLowerRecurrent(seq::ScanOp scan, std::string &reason);

/// The extent of the dimension that joins the domain of `scan`, on tensors,
/// before it is lowered; 1 if none does.
int64_t getPromotedExtent(seq::ScanOp scan);

/// Whether `scan` becomes naive loops: its schedule begins with them, or it has
/// none and the vector lowering does not take it.
bool isLoweredNaively(seq::ScanOp scan);

/// A domain symbol for lanes to run along; -1 if there is none.
struct LaneSymbol {
  int64_t symbol = -1;
  /// What a step reads and writes with neighbours along it.
  int64_t elements = 0;
};

/// The domain symbol that is the innermost dimension of most that inputs and
/// outs hold for a step.
LaneSymbol chooseLaneSymbol(seq::ScanOp scan);

/// Whether `op` contracts a whole invariant input of `scan` with a vector that
/// lies in memory or is computed by the step, so that packing the matrix serves
/// it.
bool isMatrixContraction(seq::ScanOp scan, mlir::Operation *op);

/// What the schedule of `scan` asks for; null if it has none.
seq::AlternativeAttr getAlternative(seq::ScanOp scan);

/// Calls `visit` for every index of `shape`, in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_RECURRENTPLAN_H
