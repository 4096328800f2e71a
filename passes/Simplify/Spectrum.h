//===- Spectrum.h - a square matrix as a diagonal one -----------*- C++ -*-===//
#ifndef SEQC_PASSES_SIMPLIFY_SPECTRUM_H
#define SEQC_PASSES_SIMPLIFY_SPECTRUM_H

#include <cstdint>
#include <vector>

namespace seqc {

/// A = V L V^-1 of a real matrix, with one of every two conjugate eigenvalues:
/// with u = (to + i to') s, s = from u_re - from' u_im and A s = from (L u)_re
/// - from' (L u)_im. The parts are row-major: `to` [count, n], `from` [n,
/// count].
struct Spectrum {
  int64_t count = 0;                  ///< Eigenvalues that are kept.
  std::vector<double> real, imag;     ///< Their parts.
  std::vector<double> toReal, toImag; ///< From A's states to the diagonal's.
  std::vector<double> fromReal, fromImag; ///< And back.
  /// The largest singular value of the eigenvectors, of length one each, over
  /// the smallest: how much larger rounding may become. Infinite where A has
  /// too few eigenvectors.
  double condition = 0;
  /// The largest difference between A and what the parts give, over A's
  /// largest magnitude.
  double residual = 0;

  bool isReal() const;
};

/// Of the matrix [n, n], row-major and finite. The eigenvectors of a symmetric
/// one are orthogonal.
Spectrum findSpectrum(const std::vector<double> &matrix, int64_t n);

/// The row-major product [rows, inner] [inner, columns].
std::vector<double> multiply(const std::vector<double> &left,
                             const std::vector<double> &right, int64_t rows,
                             int64_t inner, int64_t columns);

} // namespace seqc

#endif // SEQC_PASSES_SIMPLIFY_SPECTRUM_H
