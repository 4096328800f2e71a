//===- CarryGraph.h - how the carries of a scan depend on each other -*- C++
//-*-===//
//
// Associativity is a property of the SSA graph: this analysis finds the
// strongly connected components of the carries and proves, or says why it
// cannot, that each is updated by one transition alone.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_CARRYGRAPH_H
#define SEQC_PASSES_SUPPORT_CARRYGRAPH_H

#include "dialects/Seq/SeqOps.h"
#include "llvm/ADT/BitVector.h"

#include <string>

namespace seqc {

/// Carries that depend on each other in a cycle.
struct CarryComponent {
  enum class Kind {
    Held,        ///< The carry is yielded as it came.
    Associative, ///< One transition updates it and nothing else reads it.
    Opaque       ///< Anything else: only step after step.
  };

  Kind kind = Kind::Opaque;
  /// In the order of the transition's results where there is one.
  llvm::SmallVector<unsigned> carries;
  seq::TransitionOpInterface transition;
  /// The proof, or what stands in its way.
  std::string reason;
  /// 0 for a component that no other component feeds, else one more than the
  /// highest level that feeds it. Held carries count as inputs.
  unsigned level = 0;
};

class CarryGraph {
public:
  explicit CarryGraph(seq::ScanOp scan);

  /// In topological order: what a component depends on comes before it.
  llvm::ArrayRef<CarryComponent> getComponents() const { return components; }

  /// The first component that is opaque, or null.
  const CarryComponent *findOpaque() const;

  /// The carries that `value`, of the scan's body, depends on.
  llvm::BitVector getCarriesOf(mlir::Value value) const;
  /// The carries that `op`'s operands, nested ones too, depend on.
  llvm::BitVector getCarriesOf(mlir::Operation *op) const;

private:
  void propagate();
  void findComponents();
  void classify(CarryComponent &component);
  bool classifyTransition(CarryComponent &component);
  std::string explainOpaque(const CarryComponent &component);
  void assignLevels();

  seq::ScanOp scan;
  unsigned count;
  llvm::DenseMap<mlir::Value, llvm::BitVector> dependences;
  llvm::SmallVector<CarryComponent> components;
};

/// The first op of the body that is outside the first tier, or null.
mlir::Operation *findSecondTierOp(seq::ScanOp scan);

/// Whether step t reads nothing after t; if not, why not.
mlir::LogicalResult isCausal(seq::ScanOp scan, std::string &reason);

/// "carry 1" or "carries 0, 2".
std::string nameCarries(llvm::ArrayRef<unsigned> carries);

llvm::StringRef stringifyKind(CarryComponent::Kind kind);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_CARRYGRAPH_H
