//===- IndexList.h - how a scan slices an operand ---------------*- C++ -*-===//
//
// One entry for each dimension of the operand. Encoded in the op as arrays of
// four integers: kind, symbol, then two parameters of the kind.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_DIALECTS_SEQ_INDEXLIST_H
#define SEQC_DIALECTS_SEQ_INDEXLIST_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ValueRange.h"

namespace seqc::seq {

struct IndexEntry {
  enum Kind : int64_t { Domain = 0, Time = 1, All = 2, Window = 3 };

  Kind kind = All;
  int64_t symbol = 0; // Domain, Window: index of the domain dimension
  int64_t lag = 0;    // Time: `%t - lag`
  int64_t every = 1;  // Time: `%t floordiv every`
  int64_t stride = 1; // Window: `%d * stride + size`
  int64_t size = 0;

  static IndexEntry domain(int64_t symbol) { return {Domain, symbol}; }
  static IndexEntry time(int64_t lag = 0, int64_t every = 1) {
    return {Time, 0, lag, every};
  }
  static IndexEntry all() { return {All}; }
  static IndexEntry window(int64_t symbol, int64_t stride, int64_t size) {
    return {Window, symbol, 0, 1, stride, size};
  }

  /// Whether the body sees this dimension.
  bool isSliced() const { return kind == All || kind == Window; }
  bool operator==(const IndexEntry &other) const;
};

using IndexList = llvm::SmallVector<IndexEntry, 4>;

mlir::DenseI64ArrayAttr encodeIndexList(mlir::MLIRContext *context,
                                        llvm::ArrayRef<IndexEntry> list);
IndexList decodeIndexList(mlir::Attribute encoded);

/// What the body sees of an operand of type `type`: an element or a tensor.
mlir::Type getSliceType(mlir::ShapedType type, llvm::ArrayRef<IndexEntry> list);

/// Position of the entry that is domain symbol `symbol` (not a window), or -1.
int64_t findDomain(llvm::ArrayRef<IndexEntry> list, int64_t symbol);
/// Position of the time entry, or -1.
int64_t findTime(llvm::ArrayRef<IndexEntry> list);

/// What a scan is built from.
struct ScanOperands {
  struct Input {
    mlir::Value value;
    IndexList index;
    mlir::Value history = {};    // of a shifted read, else null
    int64_t lanes = 0;           // of a packed operand, else 0
    mlir::Type packedSlice = {}; // what the body sees of a packed operand
  };
  struct Slot { // an out or a carry
    mlir::Value value;
    IndexList index;
  };
  mlir::Location loc;
  llvm::SmallVector<mlir::Value> domain;
  mlir::Value time;
  llvm::SmallVector<Input> inputs;
  llvm::SmallVector<Slot> outs, carries;
  mlir::Value lengths;
  IndexList lengthsIndex;
  bool reverse = false;
  mlir::ArrayAttr schedule;

  explicit ScanOperands(mlir::Location loc) : loc(loc) {}
};

/// The arguments of a body under construction.
struct ScanBody {
  mlir::ValueRange domain;
  mlir::Value time;
  mlir::ValueRange inputs;
  mlir::ValueRange carries;
};

} // namespace seqc::seq

#endif // SEQC_DIALECTS_SEQ_INDEXLIST_H
