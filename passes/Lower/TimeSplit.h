//===- TimeSplit.h - a scan's time in chunks and a tail ---------*- C++ -*-===//
//
// What the forms that split time share: C chunks of L steps, and the T - C L
// steps that fill none, which follow (in reverse: come first) step after step.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_TIMESPLIT_H
#define SEQC_PASSES_LOWER_TIMESPLIT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Support/CarryGraph.h"

namespace seqc {

class TimeSplit {
public:
  /// `form` is for people.
  TimeSplit(mlir::OpBuilder &builder, seq::ScanOp scan, int64_t chunk,
            int64_t block, llvm::StringRef form)
      : b(builder), loc(scan.getLoc()), scan(scan), chunk(chunk), block(block),
        form(form), graph(scan), operands(scan.getScanOperands()),
        states(scan.getCarries()) {}

protected:
  /// Values for the scan's results, with the chunks from `buildChunks`, which
  /// takes `states` on and replaces the outs' values.
  llvm::SmallVector<mlir::Value>
  buildAround(llvm::function_ref<void()> buildChunks);
  /// The whole body on the operands of `body`; `mapping` has the indices.
  void cloneStep(mlir::OpBuilder &nested, seq::ScanBody body,
                 mlir::IRMapping &mapping);

  /// Domain, time, lengths and direction of a scan over all chunks at once.
  seq::ScanOperands makeSplitOperands();
  /// Maps the domain and t of the body to those of a scan over chunks.
  void mapIndices(mlir::OpBuilder &nested, seq::ScanBody body,
                  mlir::IRMapping &mapping);
  /// The time of step `step` of chunk `number`.
  mlir::Value buildTime(mlir::OpBuilder &nested, mlir::Value number,
                        mlir::Value step);
  /// `list`, of a tensor whose time is split, in a scan over all chunks.
  static seq::IndexList splitIndex(llvm::ArrayRef<seq::IndexEntry> list);

  /// The first C L steps of a tensor, or the others.
  mlir::Value takeSteps(mlir::Value value, llvm::ArrayRef<seq::IndexEntry> list,
                        bool tail);
  /// `whole` with the steps that takeSteps took replaced.
  mlir::Value putSteps(mlir::Value part, mlir::Value whole,
                       llvm::ArrayRef<seq::IndexEntry> list, bool tail);
  /// C L steps as C chunks of L, in place, and back.
  mlir::Value splitSteps(mlir::Value value,
                         llvm::ArrayRef<seq::IndexEntry> list);
  mlir::Value mergeSteps(mlir::Value value,
                         llvm::ArrayRef<seq::IndexEntry> list);
  llvm::SmallVector<mlir::ReassociationIndices> groupTime(int64_t rank,
                                                          int64_t time);

  /// The index list of a tensor [C, domain..., slice...], in a scan over chunks
  /// or in one whose first domain symbol is the chunk.
  seq::IndexList chunkIndex(bool chunkIsTime, mlir::Type slice);
  /// An uninitialised tensor [C, domain..., slice...].
  mlir::Value makeEmpty(mlir::Type slice);
  /// `empty` with `part` everywhere, whose dimensions are those from `first`
  /// on.
  mlir::Value fillWith(mlir::Value part, mlir::Value empty, int64_t first);
  /// How many steps of every chunk, or of the tail, lie within the lengths.
  mlir::Value makeLengths(bool tail);

  mlir::Value constant(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(b, loc, value);
  }
  int64_t getStatic(mlir::Value extent) {
    return mlir::getConstantIntValue(extent).value_or(
        mlir::ShapedType::kDynamic);
  }
  /// Gives a scan that was made its form: in vectors where they take it.
  void setForm(seq::ScanOp made);

  mlir::OpBuilder &b;
  mlir::Location loc;
  seq::ScanOp scan;
  int64_t chunk, block;
  llvm::StringRef form;
  bool saidNaive = false; // that a part runs as naive loops
  int64_t lanes = 1;      // that may share the steps of what is made
  CarryGraph graph;
  seq::ScanOperands operands;
  mlir::Value chunks, split, rest;       // C, C L and T - C L
  llvm::SmallVector<mlir::Value> states; // the carries between the parts

private:
  void splitTime();
  /// The steps that fill no chunk: from `states`, which it takes on.
  void buildTail();
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_TIMESPLIT_H
