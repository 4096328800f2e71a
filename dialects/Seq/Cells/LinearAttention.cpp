//===- LinearAttention.cpp - memories of outer products -------------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static LogicalResult verifyDecay(LinearAttentionOp op, SharedExtent &batch,
                                 SharedExtent &time, int64_t heads,
                                 int64_t keys) {
  if (!op.getDecay())
    return success();
  NamedOperand decay = {"decay", op.getDecay()};
  int64_t rank = cast<RankedTensorType>(op.getDecay().getType()).getRank();
  switch (rank) {
  case 1:
    return expectWeights(op, decay, heads);
  case 3:
    return expectExtents(op, decay, {batch, time, heads}, 2);
  case 4:
    return expectExtents(op, decay, {batch, time, heads, keys}, 2);
  default:
    return op.emitOpError(
               "needs a decay [H], [B, T, H] or [B, T, H, K], found ")
           << op.getDecay().getType();
  }
}

LogicalResult LinearAttentionOp::verify() {
  auto q = cast<RankedTensorType>(getQ().getType());
  auto k = cast<RankedTensorType>(getK().getType());
  auto v = cast<RankedTensorType>(getV().getType());
  if (q.getRank() != 4 || k.getRank() != 4 || v.getRank() != 4)
    return emitOpError("needs q [B, T, Hq, K], k [B, T, H, K] and "
                       "v [B, T, H, V], found ")
           << q << ", " << k << " and " << v;
  SharedExtent batch({"k", getK()}, 0), time({"k", getK()}, 1);
  int64_t heads = k.getDimSize(2), keys = k.getDimSize(3),
          values = v.getDimSize(3), queries = q.getDimSize(2);
  if (ShapedType::isDynamicShape({heads, keys, values, queries}))
    return emitOpError("needs static heads, keys and values, found ")
           << q << ", " << k << " and " << v;
  if (heads == 0 || queries % heads != 0)
    return emitOpError("needs a multiple of ")
           << heads << " heads of queries, found " << queries;
  if (failed(verifyElements(*this, getQ())))
    return failure();
  if (getNormaliser() && !getNormalised())
    return emitOpError("has a normaliser, which belongs to 'normalised'");
  if (getNormalised() && getBeta())
    return emitOpError("cannot be normalised with beta");
  if (getNormalised() != (getNextNormaliser() != nullptr))
    return emitOpError("needs a third result, the final normaliser, with "
                       "'normalised' and only then");
  if (failed(verifyDecay(*this, batch, time, heads, keys)) ||
      failed(expectExtents(*this, {{"q", getQ()}}, {batch, time, queries, keys},
                           2)) ||
      failed(expectExtents(*this, {{"v", getV()}}, {batch, time, heads, values},
                           2)) ||
      failed(expectExtents(*this, {{"beta", getBeta()}}, {batch, time, heads},
                           2)) ||
      failed(expectExtents(
          *this, {{"state", getState()}, {"the final state", getNextState()}},
          {batch, heads, keys, values}, 1)) ||
      failed(expectExtents(*this,
                           {{"normaliser", getNormaliser()},
                            {"the final normaliser", getNextNormaliser()}},
                           {batch, heads, keys}, 1)))
    return failure();
  return expectExtents(*this, {{"result y", getY()}},
                       {batch, time, queries, values}, 2);
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

namespace {
/// One step, in the terms of the op's description.
class AttentionStep : Arithmetic {
public:
  AttentionStep(OpBuilder &b, Location loc, Type state, Value decay)
      : Arithmetic{b, loc}, state(cast<RankedTensorType>(state)), decay(decay) {
  }

  /// w S + k v^T.
  Value add(Value S, Value k, Value v) {
    return fade(S, OuterOp::create(b, loc, state, k, v));
  }

  /// w S + beta k (v - (w S)^T k)^T = (diag(w) - beta k (w k)^T) S + k (beta
  /// v)^T.
  Value correct(Value S, Value k, Value v, Value beta) {
    Value left = negate(times(k, beta)), right = k, weight;
    if (decay) {
      weight = exp(decay);
      right = times(k, weight);
    } else {
      weight = number(1.0);
    }
    return DplrAffineOp::create(b, loc, state, weight, left, right, S, k,
                                times(v, beta), UnitAttr());
  }

  /// `carry` times w plus `gain`.
  Value fade(Value carry, Value gain) {
    return decay ? Arithmetic::fade(decay, carry, gain)
                 : affine(number(1.0), carry, gain);
  }

  /// S^T q for each of the queries, which are a row or a matrix of rows.
  Value read(Value q, Value S) {
    auto type = cast<RankedTensorType>(q.getType());
    int64_t values = state.getDimSize(1);
    if (type.getRank() == 1)
      return VecmatOp::create(b, loc, vector({values}), q, S);
    return MatmulOp::create(
        b, loc, vector({type.getDimSize(0), values}), q, S,
        SemiringAttr::get(b.getContext(), Semiring::PlusTimes));
  }

  /// `y` divided by q . z for each of the queries.
  Value normalise(Value y, Value q, Value z) {
    auto type = cast<RankedTensorType>(q.getType());
    if (type.getRank() == 1)
      return div(y, splatLike(dot(q, z), y));
    Value sums = MatvecOp::create(
        b, loc, vector({type.getDimSize(0)}), q, z,
        SemiringAttr::get(b.getContext(), Semiring::PlusTimes));
    Value below = BroadcastOp::create(b, loc, y.getType(), sums,
                                      b.getDenseI64ArrayAttr({1}));
    return div(y, below);
  }

  Value scale(Value y, float factor) {
    return factor == 1.0f ? y : times(y, number(factor));
  }

private:
  RankedTensorType vector(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, state.getElementType());
  }
  Value number(double value) {
    return buildConstantLike(b, loc, state.getElementType(), value);
  }
  /// A tensor times a number or a tensor of its shape.
  Value times(Value x, Value factor) { return mul(x, splatLike(factor, x)); }

  RankedTensorType state;
  Value decay;
};

using E = IndexEntry;

/// The decay's index list: for each head, step and head, or those and the key.
IndexList getDecayIndex(Value decay) {
  switch (cast<RankedTensorType>(decay.getType()).getRank()) {
  case 1:
    return {E::domain(1)};
  case 3:
    return {E::domain(0), E::time(), E::domain(1)};
  default:
    return {E::domain(0), E::time(), E::domain(1), E::all()};
  }
}

/// The heads of queries and results in groups, [B, T, H, group, ...], where a
/// head of keys serves several of them.
class HeadGroups {
public:
  HeadGroups(int64_t queries, int64_t heads)
      : heads(heads), group(queries / heads) {}

  Value split(OpBuilder &b, Location loc, Value value) {
    if (group == 1)
      return value;
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[2] = heads;
    shape.insert(shape.begin() + 3, group);
    return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value,
                                         getGroups());
  }

  Value merge(OpBuilder &b, Location loc, Value value, Type type) {
    if (group == 1)
      return value;
    return tensor::CollapseShapeOp::create(b, loc, type, value, getGroups());
  }

  IndexList getIndex() {
    IndexList list = {E::domain(0), E::time(), E::domain(1), E::all()};
    if (group != 1)
      list.push_back(E::all());
    return list;
  }

private:
  SmallVector<ReassociationIndices> getGroups() {
    return {{0}, {1}, {2, 3}, {4}};
  }

  int64_t heads, group;
};
} // namespace

FailureOr<SmallVector<Value>> LinearAttentionOp::expand(OpBuilder &builder) {
  Location loc = getLoc();
  auto stateType = cast<RankedTensorType>(getNextState().getType());
  auto yType = cast<RankedTensorType>(getY().getType());
  Value batch = getExtent(builder, loc, getK(), 0);
  Value time = getExtent(builder, loc, getK(), 1);
  Value heads = getExtent(builder, loc, getK(), 2);
  HeadGroups groups(yType.getDimSize(2), stateType.getDimSize(1));

  IndexList perStep = {E::domain(0), E::time(), E::domain(1)};
  IndexList rows = {E::domain(0), E::time(), E::domain(1), E::all()};
  ScanOperands scan(loc);
  scan.domain = {batch, heads};
  scan.time = time;
  scan.inputs = {{groups.split(builder, loc, getQ()), groups.getIndex()},
                 {getK(), rows},
                 {getV(), rows}};
  if (getDecay())
    scan.inputs.push_back({getDecay(), getDecayIndex(getDecay())});
  if (getBeta())
    scan.inputs.push_back({getBeta(), perStep});
  Value y = buildEmpty(builder, loc, yType, {batch, time, Value(), Value()});
  scan.outs = {{groups.split(builder, loc, y), groups.getIndex()}};
  auto orZeros = [&](Value given, Type type) {
    return given ? given
                 : buildFilled(builder, loc, cast<RankedTensorType>(type),
                               {batch, Value(), Value(), Value()});
  };
  scan.carries = {{orZeros(getState(), stateType),
                   {E::domain(0), E::domain(1), E::all(), E::all()}}};
  if (getNormalised())
    scan.carries.push_back(
        {orZeros(getNormaliser(), getNextNormaliser().getType()),
         {E::domain(0), E::domain(1), E::all()}});

  auto op = ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, ScanBody body) {
        Value q = body.inputs[0], k = body.inputs[1], v = body.inputs[2];
        Value S = body.carries[0];
        AttentionStep step(b, loc, S.getType(),
                           getDecay() ? body.inputs[3] : Value());
        S = getBeta() ? step.correct(S, k, v, body.inputs.back())
                      : step.add(S, k, v);
        Value y = step.scale(step.read(q, S), getScale().convertToFloat());
        SmallVector<Value> carries = {S};
        if (getNormalised()) {
          carries.push_back(step.fade(body.carries[1], k));
          y = step.normalise(y, q, carries[1]);
        }
        YieldOp::create(b, loc, y, carries);
      });
  SmallVector<Value> results(op.getResults());
  results[0] = groups.merge(builder, loc, results[0], yType);
  return results;
}
