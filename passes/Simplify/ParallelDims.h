//===- ParallelDims.h - which dimensions join the domain --------*- C++ -*-===//
//
// Numbers the dimensions of all values of a body of tensor code and joins those
// that an op walks together. What is parallel everywhere and belongs to every
// carry and out can become a domain symbol.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SIMPLIFY_PARALLELDIMS_H
#define SEQC_PASSES_SIMPLIFY_PARALLELDIMS_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace seqc {

inline int64_t getRank(mlir::Value value) {
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

/// The dimensions of a body's values.
class ParallelDims {
public:
  explicit ParallelDims(seq::ScanOp scan) : scan(scan) {}

  /// Fails where the body has an op that cannot be raised.
  mlir::LogicalResult collect();
  /// Slow parts of the step may be computed again at points of the domain that
  /// they do not depend on if `mayRepeat`.
  void choosePromoted(bool mayRepeat);

  bool isPromoted(mlir::Value value, int64_t dim) {
    return symbols.contains(getClass(value, dim));
  }
  /// Which of the promoted ones it is.
  int64_t getSymbol(mlir::Value value, int64_t dim) {
    return symbols.lookup(getClass(value, dim));
  }
  llvm::SmallVector<int64_t> getKept(mlir::Value value);
  /// Whether `value` has no numbers: it says what a result is shaped like.
  bool isDestination(mlir::Value value) {
    return destinations.contains(value) ||
           value.getDefiningOp<mlir::tensor::EmptyOp>();
  }
  int64_t getNumSymbols() const { return symbols.size(); }

  /// Tensors from around the scan.
  llvm::SetVector<mlir::Value> captured;
  /// Parts of the step's inputs, which their operands have as well.
  llvm::SmallVector<mlir::tensor::ExtractSliceOp> slices;

private:
  unsigned getClass(mlir::Value value, int64_t dim) {
    return classes.findLeader(first.lookup(value) + dim);
  }
  bool number(mlir::Value value);
  void join(mlir::Value a, int64_t dimA, mlir::Value b, int64_t dimB) {
    classes.join(first.lookup(a) + dimA, first.lookup(b) + dimB);
  }
  void joinAll(mlir::Value a, mlir::Value b);
  void block(mlir::Value value, int64_t dim) {
    blocked.push_back({value, dim});
  }
  bool collectOp(mlir::Operation *op);
  bool collectGeneric(mlir::linalg::GenericOp generic);
  bool collectNested(seq::ScanOp nested);
  bool collectCollapse(mlir::tensor::CollapseShapeOp collapse);
  bool collectReshape(mlir::Value source, mlir::Value result,
                      llvm::ArrayRef<mlir::ReassociationIndices> groups,
                      mlir::Value whole);
  bool collectContraction(mlir::linalg::GenericOp generic);
  bool collectReduction(mlir::linalg::GenericOp generic);
  bool collectSlice(mlir::tensor::ExtractSliceOp slice);
  bool canPromote(unsigned wanted);

  seq::ScanOp scan;
  llvm::DenseMap<mlir::Value, unsigned> first;
  llvm::SmallVector<mlir::Value> values;
  llvm::IntEqClasses classes;
  unsigned count = 0;
  bool repeats = false;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>> blocked;
  llvm::DenseSet<mlir::Value> destinations; // hold no values
  llvm::DenseSet<mlir::Value>
      products; // of nested scans, with a time of one step
  llvm::MapVector<unsigned, int64_t> symbols; // by class
};

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_PARALLELDIMS_H
