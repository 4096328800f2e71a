//===- EqualExtents.h - extents that must be the same -----------*- C++ -*-===//
//
// Which dimensions of a block's tensors have the same extent because ops walk
// them together, make one of the other, or because the model's dimensions have
// one name. What is not known to be the same may be.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_EQUALEXTENTS_H
#define SEQC_PASSES_SUPPORT_EQUALEXTENTS_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/IntEqClasses.h"

namespace seqc {

class EqualExtents {
public:
  explicit EqualExtents(mlir::Block &block);

  /// Whether two tensors of one type are known to have the same extents.
  bool haveSame(mlir::Value a, mlir::Value b);
  /// Whether dimension `x` of one is known to be as long as `y` of another.
  bool haveSame(mlir::Value a, int64_t x, mlir::Value b, int64_t y);

private:
  /// A dimension of a tensor; of an index, its number, as dimension -1.
  unsigned getNode(mlir::Value value, int64_t dim);
  unsigned getNode(mlir::OpFoldResult extent);
  void join(unsigned a, unsigned b) { classes.join(a, b); }
  void joinExtents(mlir::Value value,
                   llvm::ArrayRef<mlir::OpFoldResult> extents);
  void joinAll(mlir::Value a, mlir::Value b);
  void joinNames(mlir::Block &block);
  void joinGroups(mlir::Value whole, mlir::Value parts,
                  llvm::ArrayRef<mlir::ReassociationIndices> groups);
  void joinLoops(mlir::linalg::LinalgOp op);
  void joinDomain(seq::ScanOp op);
  void visit(mlir::Operation *op);

  llvm::IntEqClasses classes;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, unsigned> nodes;
  llvm::DenseMap<int64_t, unsigned> numbers;
  unsigned count = 0;
};

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_EQUALEXTENTS_H
