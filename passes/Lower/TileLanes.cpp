//===- TileLanes.cpp - lanes picked from others ---------------------------===//

#include "passes/Lower/TileLanes.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace seqc;

namespace {
/// Where a lane's element is: in which vector, and in which of its lanes.
struct Source {
  int64_t vector, lane;
};
} // namespace

static int64_t countLanes(Value vector) {
  return cast<VectorType>(vector.getType()).getDimSize(0);
}

/// A vector whose lanes are found one vector after the other.
static Value gather(OpBuilder &b, Location loc, ArrayRef<Value> vectors,
                    function_ref<Source(int64_t lane)> find) {
  Value gathered = vectors.front();
  int64_t lanes = countLanes(gathered);
  for (int64_t vector = 1, e = vectors.size(); vector < e; ++vector) {
    SmallVector<int64_t> from;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      Source source = find(lane);
      // The first vector's are not in their places before the first shuffle.
      bool isFirst = vector == 1 && source.vector == 0;
      from.push_back(source.vector == vector ? lanes + source.lane
                     : isFirst               ? source.lane
                                             : lane);
    }
    gathered =
        vector::ShuffleOp::create(b, loc, gathered, vectors[vector], from);
  }
  return gathered;
}

int64_t seqc::getPickedFrom(int64_t vector, int64_t lanes, int64_t stride) {
  return vector + 1 < stride ? vector * lanes : (lanes - 1) * (stride - 1);
}

Value seqc::pickLanes(OpBuilder &b, Location loc, ArrayRef<Value> vectors) {
  int64_t lanes = countLanes(vectors.front()), stride = vectors.size();
  return gather(b, loc, vectors, [&](int64_t lane) {
    int64_t element = lane * stride;
    int64_t vector = std::min(element / lanes, stride - 1);
    return Source{vector, element - getPickedFrom(vector, lanes, stride)};
  });
}

SmallVector<Value> seqc::interleaveLanes(OpBuilder &b, Location loc,
                                         ArrayRef<Value> rows) {
  int64_t lanes = countLanes(rows.front()), count = rows.size();
  SmallVector<Value> parts;
  for (int64_t part = 0; part < count; ++part)
    parts.push_back(gather(b, loc, rows, [&](int64_t lane) {
      int64_t element = part * lanes + lane;
      return Source{element % count, element / count};
    }));
  return parts;
}
