//===- FilterMatrices.h - sums around fewer products ------------*- C++ -*-===//
//
// Neighbouring windows are coefficients of a product of polynomials, which six
// points determine where they are four windows of three taps, five of two,
// three of four or two of five: the input's elements and the taps are evaluated
// there, multiplied, and what comes out is interpolated. These are the F(m, r)
// of Winograd's "Arithmetic Complexity of Computations" (1980); for many
// channels, as here, of Lavin and Gray's "Fast Algorithms for Convolutional
// Neural Networks" (2016).
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_LOWER_FILTERMATRICES_H
#define SEQC_PASSES_LOWER_FILTERMATRICES_H

#include <array>
#include <cstdint>
#include <vector>

namespace seqc {

struct FilterMatrices {
  /// Products for a group of windows, as many as there are points, and elements
  /// that these read.
  static constexpr int64_t reach = 6;
  using Factors = double[reach][reach];

  Factors input = {};  ///< Of each product: what elements add up.
  Factors kernel = {}; ///< Of each product: what taps add up.
  Factors output = {}; ///< Of each window: what products add up.
};

/// Those for `group` windows of `taps` taps, which read `reach` elements:
/// `group + taps` is `reach + 1`.
FilterMatrices makeFilterMatrices(int64_t taps, int64_t group);

/// Of numbers in `shape`, whose middle dimension are taps, the sums of the taps
/// times `factors`, each rounded once.
std::vector<float> addUpTaps(const double *factors,
                             const std::vector<float> &numbers,
                             std::array<int64_t, 3> shape);

} // namespace seqc

#endif // SEQC_PASSES_LOWER_FILTERMATRICES_H
