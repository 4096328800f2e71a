//===- Compare.cpp - is this the array that was expected? -----------------===//

#include "tools/seqc/Compare.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace seqc;
using llvm::ArrayRef;

/// How far apart two elements are; an infinity where no tolerance can help.
static double getDifference(const Array &found, const Array &expected,
                            size_t index) {
  if (found.isInteger() && expected.isInteger()) {
    int64_t a = found.getInteger(index), b = expected.getInteger(index);
    return a == b ? 0 : std::fmax(1, std::fabs(double(a) - double(b)));
  }
  double a = found.getNumber(index), b = expected.getNumber(index);
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double difference = std::fabs(a - b);
  return std::isfinite(difference) ? difference
                                   : std::numeric_limits<double>::infinity();
}

Comparison seqc::compareArrays(const Array &found, const Array &expected,
                               const Tolerance &tolerance) {
  Comparison result;
  double worstExcess = 0, squares = 0, scale = 0;
  for (size_t i = 0, e = expected.size(); i != e; ++i) {
    double difference = getDifference(found, expected, i);
    double magnitude = std::fabs(expected.getNumber(i));
    double allowed = tolerance.absolute;
    if (std::isfinite(magnitude)) {
      allowed += tolerance.relative * magnitude;
      scale += magnitude * magnitude;
    }
    squares += difference * difference;
    result.largestDifference = std::fmax(result.largestDifference, difference);
    if (difference <= allowed)
      continue;
    // How many times the allowed difference: the same measure for every size.
    double excess = allowed > 0 ? difference / allowed : difference;
    if (result.mismatches++ == 0 || excess > worstExcess) {
      worstExcess = excess;
      result.worst = i;
    }
  }
  result.relativeRms = squares == 0 ? 0 : std::sqrt(squares / scale);
  return result;
}

bool seqc::haveSameExtents(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  auto isMany = [](int64_t extent) { return extent != 1; };
  return llvm::equal(llvm::make_filter_range(a, isMany),
                     llvm::make_filter_range(b, isMany));
}

std::string seqc::describeIndex(ArrayRef<int64_t> shape, size_t index) {
  std::string text;
  for (int64_t extent : llvm::reverse(shape)) {
    std::string part = std::to_string(index % size_t(extent));
    text = text.empty() ? part : part + ", " + text;
    index /= size_t(extent);
  }
  return "[" + text + "]";
}
