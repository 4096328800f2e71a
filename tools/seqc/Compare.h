//===- Compare.h - is this the array that was expected? ---------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_COMPARE_H
#define SEQC_TOOLS_SEQC_COMPARE_H

#include "tools/seqc/Arrays.h"

namespace seqc {

struct Tolerance {
  double relative = 1e-4;
  double absolute = 1e-6;
};

struct Comparison {
  size_t mismatches = 0;
  size_t worst = 0; ///< The index of the worst mismatch.
  double largestDifference = 0;
  double relativeRms = 0; ///< Of the difference to the expected values.
};

/// Compares element by element: |found - expected| may be at most absolute +
/// relative * |expected|. A NaN equals a NaN only and an infinity itself only.
/// Two different integers differ by at least 1, whatever their size. The arrays
/// have the same number of elements.
Comparison compareArrays(const Array &found, const Array &expected,
                         const Tolerance &tolerance);

/// The same shape, but for extents of 1.
bool haveSameExtents(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// "[3, 0, 7]": the place of element `index`.
std::string describeIndex(llvm::ArrayRef<int64_t> shape, size_t index);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_COMPARE_H
