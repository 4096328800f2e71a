//===- FilteredConv.h - a convolution with fewer products -------*- C++ -*-===//
//
// Six scans that multiply sums of a convolution's input with sums of its taps,
// and linalg ops for the sums before and behind: see FilterMatrices.h.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_FILTEREDCONV_H
#define SEQC_PASSES_LOWER_FILTEREDCONV_H

#include "dialects/Seq/SeqOps.h"
#include "mlir/IR/SymbolTable.h"

namespace seqc {

/// A scan without a past whose body multiplies a matrix of weights with windows
/// once, and does the rest element by element.
struct WindowProduct {
  seq::ScanOp scan;
  seq::MatvecOp product;
  int64_t x = -1, w = -1;             ///< Inputs: of windows, of weights.
  llvm::SmallVector<unsigned> others; ///< Inputs that the rest reads.
  seq::IndexList xIndex, outIndex;
  /// The windows', and their dimension of x and of the out.
  int64_t symbol = -1, place = -1, outPlace = -1;
  /// Of a window, and windows that take six products together.
  int64_t taps = 0, group = 0;
  std::optional<int64_t> knownWindows;

  /// The dimension of the out that `entry` walks.
  std::optional<int64_t> findInOut(const seq::IndexEntry &entry) const;
};

/// Replaces the scan. `weights` are the matrix' numbers.
void buildFilteredConv(const WindowProduct &conv, mlir::ArrayRef<float> weights,
                       mlir::SymbolTable &symbols);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_FILTEREDCONV_H
