//===- Spectrum.cpp - a square matrix as a diagonal one -------------------===//

#include "passes/Simplify/Spectrum.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

using namespace seqc;

using Rows =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

bool Spectrum::isReal() const {
  return std::all_of(imag.begin(), imag.end(),
                     [](double part) { return part == 0; });
}

static std::vector<double> flatten(const Rows &matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

/// Keeps the real eigenvalues and, of every pair, the one above the real axis,
/// which stands for both with twice its real part.
static Spectrum keepHalf(const Eigen::VectorXcd &values,
                         const Eigen::MatrixXcd &vectors,
                         const Eigen::MatrixXcd &inverse) {
  Spectrum result;
  std::vector<Eigen::Index> kept;
  for (Eigen::Index i = 0; i < values.size(); ++i)
    if (values[i].imag() >= 0)
      kept.push_back(i);
  result.count = kept.size();
  Eigen::MatrixXcd to = inverse(kept, Eigen::all);
  Eigen::MatrixXcd from = vectors(Eigen::all, kept);
  for (auto [column, i] = std::pair(0, kept.begin()); i != kept.end();
       ++i, ++column) {
    result.real.push_back(values[*i].real());
    result.imag.push_back(values[*i].imag());
    if (values[*i].imag() > 0)
      from.col(column) *= 2;
  }
  result.toReal = flatten(to.real());
  result.toImag = flatten(to.imag());
  result.fromReal = flatten(from.real());
  result.fromImag = flatten(from.imag());
  return result;
}

static double getCondition(const Eigen::MatrixXcd &vectors) {
  Eigen::VectorXd singular =
      Eigen::BDCSVD<Eigen::MatrixXcd>(vectors).singularValues();
  double least = singular.size() ? singular.minCoeff() : 1;
  double most = singular.size() ? singular.maxCoeff() : 1;
  return least > 0 ? most / least : std::numeric_limits<double>::infinity();
}

/// Sets what the kept parts give apart from `matrix`.
static void measureResidual(Spectrum &spectrum, const Rows &matrix) {
  using Map = Eigen::Map<const Rows>;
  Eigen::Index n = matrix.rows(), count = spectrum.count;
  Map toReal(spectrum.toReal.data(), count, n);
  Map toImag(spectrum.toImag.data(), count, n);
  Map fromReal(spectrum.fromReal.data(), n, count);
  Map fromImag(spectrum.fromImag.data(), n, count);
  Eigen::Map<const Eigen::VectorXd> real(spectrum.real.data(), count);
  Eigen::Map<const Eigen::VectorXd> imag(spectrum.imag.data(), count);
  Rows found =
      fromReal * (real.asDiagonal() * toReal - imag.asDiagonal() * toImag) -
      fromImag * (real.asDiagonal() * toImag + imag.asDiagonal() * toReal);
  double largest = n ? matrix.cwiseAbs().maxCoeff() : 0;
  double error = n ? (found - matrix).cwiseAbs().maxCoeff() : 0;
  spectrum.residual = largest > 0 ? error / largest : error;
  if (!std::isfinite(error))
    spectrum.residual = std::numeric_limits<double>::infinity();
}

Spectrum seqc::findSpectrum(const std::vector<double> &matrix, int64_t n) {
  Rows rows = Eigen::Map<const Rows>(matrix.data(), n, n);
  Spectrum result;
  if (rows.isApprox(rows.transpose(), 0)) {
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(rows);
    Eigen::MatrixXcd vectors =
        solver.eigenvectors().cast<std::complex<double>>();
    result = keepHalf(solver.eigenvalues().cast<std::complex<double>>(),
                      vectors, vectors.transpose());
    result.condition = 1;
  } else {
    Eigen::EigenSolver<Eigen::MatrixXd> solver(rows);
    Eigen::MatrixXcd vectors = solver.eigenvectors();
    double condition = getCondition(vectors);
    result = keepHalf(solver.eigenvalues(), vectors,
                      Eigen::MatrixXcd(vectors.inverse()));
    result.condition = condition;
  }
  measureResidual(result, rows);
  return result;
}

std::vector<double> seqc::multiply(const std::vector<double> &left,
                                   const std::vector<double> &right,
                                   int64_t rows, int64_t inner,
                                   int64_t columns) {
  return flatten(Eigen::Map<const Rows>(left.data(), rows, inner) *
                 Eigen::Map<const Rows>(right.data(), inner, columns));
}
