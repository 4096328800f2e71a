//===- FilterMatrices.cpp - sums around fewer products --------------------===//

#include "passes/Lower/FilterMatrices.h"

using namespace seqc;

/// The points but for infinity. Their powers are numbers of a few bits, and of
/// those tried the sums cancel least with these.
static constexpr double points[] = {0, 0.75, -0.75, 1.5, -1.5};

/// The coefficients of the product of (x - point) over all points but `left`.
static void expandPoints(int64_t left,
                         double (&coefficients)[FilterMatrices::reach]) {
  coefficients[0] = 1;
  int64_t degree = 0;
  for (int64_t i = 0; i < FilterMatrices::reach - 1; ++i) {
    if (i == left)
      continue;
    ++degree;
    for (int64_t k = degree; k >= 0; --k)
      coefficients[k] = (k > 0 ? coefficients[k - 1] : 0) -
                        (k < degree ? points[i] * coefficients[k] : 0);
  }
}

FilterMatrices seqc::makeFilterMatrices(int64_t taps, int64_t group) {
  FilterMatrices matrices;
  for (int64_t p = 0; p < FilterMatrices::reach; ++p)
    expandPoints(p, matrices.input[p]);
  for (int64_t p = 0; p < FilterMatrices::reach - 1; ++p) {
    double others = 1;
    for (int64_t q = 0; q < FilterMatrices::reach - 1; ++q)
      others *= q == p ? 1 : points[p] - points[q];
    double power = 1;
    for (int64_t k = 0; k < FilterMatrices::reach; ++k, power *= points[p]) {
      if (k < group)
        matrices.output[k][p] = power;
      if (k < taps)
        matrices.kernel[p][k] = power / others;
    }
  }
  matrices.kernel[FilterMatrices::reach - 1][taps - 1] = 1;
  matrices.output[group - 1][FilterMatrices::reach - 1] = 1;
  return matrices;
}

std::vector<float> seqc::addUpTaps(const double *factors,
                                   const std::vector<float> &numbers,
                                   std::array<int64_t, 3> shape) {
  auto [outer, taps, inner] = shape;
  std::vector<float> sums(outer * inner);
  for (int64_t i = 0; i < outer * inner; ++i) {
    double sum = 0;
    for (int64_t tap = 0; tap < taps; ++tap)
      sum += factors[tap] *
             double(numbers[(i / inner * taps + tap) * inner + i % inner]);
    sums[i] = float(sum);
  }
  return sums;
}
