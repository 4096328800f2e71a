//===- Markov.cpp - hidden Markov models and chains -----------------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

using E = IndexEntry;

/// The shapes that both layers share; `perStep` is their result over time.
template <typename OpT>
static LogicalResult verifyMarkov(OpT op, StringRef name, Value perStep,
                                  Value last) {
  auto type = cast<RankedTensorType>(op.getEmissions().getType());
  if (type.getRank() != 3 || ShapedType::isDynamic(type.getShape().back()))
    return op.emitOpError("needs emissions [T, B, N] with a static N, found ")
           << type;
  NamedOperand emissions = {"emissions", op.getEmissions()};
  SharedExtent time(emissions, 0), batch(emissions, 1);
  int64_t tags = type.getDimSize(2);
  if (failed(expectWeights(op, {{"transitions", op.getTransitions()}},
                           {tags, tags})) ||
      failed(expectExtents(
          op, {{"initial", op.getInitial()}, {"the last scores", last}},
          {batch, tags}, 1)))
    return failure();
  return expectOperand(op, name, perStep, {time, batch});
}

LogicalResult HmmForwardOp::verify() {
  if (failed(verifyElements(*this, getEmissions())))
    return failure();
  return verifyMarkov(*this, "result z", getZ(), getA());
}

LogicalResult ViterbiOp::verify() {
  if (!getElementTypeOrSelf(getTags()).isSignlessInteger(32))
    return emitOpError("needs tags of i32, found ") << getTags().getType();
  if (failed(verifyFloats(*this, getEmissions(), getTags())))
    return failure();
  return verifyMarkov(*this, "result tags", getTags(), getD());
}

namespace {
/// The scan of tag scores that both layers are.
struct TagScan {
  OpBuilder &b;
  Location loc;
  RankedTensorType emissions;
  Value time, batch;
  ScanOperands scan;

  template <typename OpT>
  TagScan(OpT op, OpBuilder &b)
      : b(b), loc(op.getLoc()),
        emissions(cast<RankedTensorType>(op.getEmissions().getType())),
        time(getExtent(b, loc, op.getEmissions(), 0)),
        batch(getExtent(b, loc, op.getEmissions(), 1)), scan(loc) {
    Value transitions = op.getTransitions(), initial = op.getInitial();
    if (op.getFromRows())
      transitions = buildTransposed(b, loc, transitions);
    if (!initial)
      initial = buildFilled(b, loc,
                            emissions.clone(emissions.getShape().drop_front()),
                            {batch, Value()});
    scan.domain = {batch};
    scan.time = time;
    scan.inputs = {{op.getEmissions(), {E::time(), E::domain(0), E::all()}},
                   {transitions, {E::all(), E::all()}}};
    scan.carries = {{initial, {E::domain(0), E::all()}}};
  }

  /// The next scores, in a body.
  static Value step(OpBuilder &b, Location loc, ScanBody body, Semiring kind) {
    return MatrixOp::create(b, loc, body.carries[0].getType(), body.inputs[1],
                            body.carries[0], body.inputs[0],
                            SemiringAttr::get(b.getContext(), kind));
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// The logarithm of the sum of exponentials, shifted by their largest: by a
/// finite number where all are impossible, since equal infinities subtract to
/// NaN.
static Value buildLogSum(Arithmetic &a, Value scores) {
  Type number = getElementTypeOrSelf(scores);
  auto reduce = [&](ReduceKind kind, Value x) -> Value {
    return ReduceOp::create(a.b, a.loc, number,
                            ReduceKindAttr::get(a.b.getContext(), kind), x,
                            a.b.getDenseI64ArrayAttr(0));
  };
  auto lowest = APFloat::getLargest(cast<FloatType>(number).getFloatSemantics(),
                                    /*Negative=*/true);
  Value top = a.max(
      reduce(ReduceKind::Max, scores),
      arith::ConstantOp::create(a.b, a.loc, a.b.getFloatAttr(number, lowest)));
  Value sum =
      reduce(ReduceKind::Add, a.exp(a.sub(scores, a.splatLike(top, scores))));
  return a.add(math::LogOp::create(a.b, a.loc, sum), top);
}

FailureOr<SmallVector<Value>> HmmForwardOp::expand(OpBuilder &b) {
  TagScan tags(*this, b);
  tags.scan.outs = {
      {buildEmpty(b, getLoc(), cast<RankedTensorType>(getZ().getType()),
                  {tags.time, tags.batch}),
       {E::time(), E::domain(0)}}};
  auto op =
      ScanOp::create(b, getLoc(), tags.scan,
                     [&](OpBuilder &nested, Location loc, ScanBody body) {
                       Arithmetic a{nested, loc};
                       Value next =
                           TagScan::step(nested, loc, body, Semiring::LogPlus);
                       YieldOp::create(nested, loc, buildLogSum(a, next), next);
                     });
  return SmallVector<Value>(op.getResults());
}

//===----------------------------------------------------------------------===//
// The best sequence
//===----------------------------------------------------------------------===//

/// The scores before every step, [T, B, N], and the last ones.
static ValueRange buildScores(TagScan &tags) {
  OpBuilder &b = tags.b;
  tags.scan.outs = {{buildEmpty(b, tags.loc, tags.emissions,
                                {tags.time, tags.batch, Value()}),
                     {E::time(), E::domain(0), E::all()}}};
  return ScanOp::create(b, tags.loc, tags.scan,
                        [&](OpBuilder &nested, Location loc, ScanBody body) {
                          Value next = TagScan::step(nested, loc, body,
                                                     Semiring::MaxPlus);
                          YieldOp::create(nested, loc, body.carries[0], next);
                        })
      .getResults();
}

/// The smallest index [1] of the largest score: that from which a row of zeros
/// is reached best.
static Value buildBest(OpBuilder &b, Location loc, Value scores) {
  auto type = cast<RankedTensorType>(scores.getType());
  Type element = type.getElementType();
  Value free = buildConstantLike(
      b, loc, RankedTensorType::get({1, type.getDimSize(0)}, element), 0.0);
  return BestOp::create(b, loc, RankedTensorType::get({1}, element),
                        RankedTensorType::get({1}, b.getI32Type()), free,
                        scores)
      .getIndex();
}

/// The best last tag [B].
static Value buildEnd(TagScan &tags, Value scores) {
  OpBuilder &b = tags.b;
  Location loc = tags.loc;
  RankedTensorType type = RankedTensorType::get(
      {1, tags.emissions.getDimSize(1), 1}, b.getI32Type());
  ScanOperands scan(loc);
  scan.domain = {tags.batch};
  scan.time = arith::ConstantIndexOp::create(b, loc, 1);
  scan.inputs = {{scores, {E::domain(0), E::all()}}};
  scan.outs = {{buildEmpty(b, loc, type, {Value(), tags.batch, Value()}),
                {E::time(), E::domain(0), E::all()}}};
  auto op = ScanOp::create(
      b, loc, scan, [&](OpBuilder &nested, Location loc, ScanBody body) {
        Value best = buildBest(nested, loc, body.inputs[0]);
        YieldOp::create(nested, loc, best, ValueRange());
      });
  auto flat = RankedTensorType::get(type.getShape()[1], b.getI32Type());
  return tensor::CollapseShapeOp::create(
      b, loc, flat, op.getResult(0),
      SmallVector<ReassociationIndices>{{0, 1, 2}});
}

/// Back from the last tag, [T, B]. Where the best way to a tag came from is
/// found for the tags on the path alone, not for all of them on the way there.
static Value traceBack(TagScan &tags, Value before, Value end, Type type) {
  OpBuilder &b = tags.b;
  Location loc = tags.loc;
  ScanOperands scan(loc);
  scan.domain = {tags.batch};
  scan.time = tags.time;
  scan.reverse = true;
  scan.inputs = {{before, {E::time(), E::domain(0), E::all()}},
                 tags.scan.inputs[1]};
  scan.outs = {{buildEmpty(b, loc, cast<RankedTensorType>(type),
                           {tags.time, tags.batch}),
                {E::time(), E::domain(0)}}};
  scan.carries = {{end, {E::domain(0)}}};
  return ScanOp::create(
             b, loc, scan,
             [&](OpBuilder &nested, Location loc, ScanBody body) {
               Arithmetic a{nested, loc};
               Value here = body.carries[0], scores = body.inputs[0];
               Value index = arith::IndexCastOp::create(
                   nested, loc, nested.getIndexType(), here);
               Value row = GatherOp::create(nested, loc, scores.getType(),
                                            body.inputs[1], index);
               Value best = buildBest(nested, loc, a.add(row, scores));
               Value from = ExtractOp::create(nested, loc, here.getType(), best,
                                              nested.getDenseI64ArrayAttr(0));
               YieldOp::create(nested, loc, here, from);
             })
      .getResult(0);
}

FailureOr<SmallVector<Value>> ViterbiOp::expand(OpBuilder &b) {
  TagScan tags(*this, b);
  ValueRange scores = buildScores(tags);
  Value end = buildEnd(tags, scores[1]);
  return SmallVector<Value>{
      traceBack(tags, scores[0], end, getTags().getType()), scores[1]};
}
