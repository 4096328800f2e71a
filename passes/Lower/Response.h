//===- Response.h - what a chunk's steps make of unit values ----*- C++ -*-===//
#ifndef SEQC_PASSES_LOWER_RESPONSE_H
#define SEQC_PASSES_LOWER_RESPONSE_H

#include "passes/Lower/TimeSplit.h"
#include "passes/Schedule/ChunkTerms.h"

namespace seqc {

/// One read of the state, in all steps of a chunk, as products.
struct ResponseRead {
  unsigned units; ///< [L, ..., L]: of the chunk's values.
  /// [L, ..., K] for each state of the component: of the state before the
  /// chunk.
  llvm::SmallVector<unsigned> rows;
};

/// The response of one component of the carries. Numbers are those of tensors.
struct Response {
  /// In a scan over chunks whose domain is the scan's.
  llvm::SmallVector<seq::ScanOperands::Input> tensors;
  llvm::SmallVector<ResponseRead> reads;
  /// The parts of a chunk's summary, those of the gains on unit values: [K, L].
  llvm::SmallVector<unsigned> decays, gains;
};

/// Builds responses over the domain symbols that they depend on alone.
class ResponseScan : public TimeSplit {
public:
  using TimeSplit::TimeSplit;

protected:
  Response buildResponse(const ChunkTerm &term);
  int64_t findLanes(mlir::Value value);

private:
  /// Where a tensor of the response is read or written.
  enum class In { Response, Chunks };

  void chooseDomain(const ChunkTerm &term, const BodySlice &slice);
  seq::ScanOperands makeOperands(const ChunkTerm &term, const BodySlice &slice);
  seq::IndexList remap(llvm::ArrayRef<seq::IndexEntry> list, bool chunked);
  seq::IndexList arrayIndex(In where, bool perStep, mlir::Type slice);
  mlir::Value makeArray(bool perStep, mlir::Type slice);
  mlir::Value makeUnits(mlir::Type element);
  void addSlots(const ChunkTerm &term, seq::ScanOperands &made,
                Response &response);
  void emitStep(mlir::OpBuilder &nested, const ChunkTerm &term,
                mlir::ValueRange before, mlir::Value unit,
                const mlir::IRMapping &mapping);

  llvm::SmallVector<int64_t> symbols; ///< That the response depends on.
  bool laneIsLast = false; ///< The last one is the symbol lanes run along.
  bool hasChunks = false;  ///< It differs from chunk to chunk.
};

} // namespace seqc

#endif // SEQC_PASSES_LOWER_RESPONSE_H
