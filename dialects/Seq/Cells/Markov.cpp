//===- Markov.cpp - hidden Markov models and chains -----------------------===//

#include "dialects/Seq/Cells/Arithmetic.h"
#include "dialects/Seq/Cells/CellBuilder.h"

using namespace mlir;
using namespace seqc::seq;

using E = IndexEntry;

/// The constraints that both layers share; `perStep` is their result over time.
template <typename OpT>
static LogicalResult verifyMarkov(OpT op, StringRef name, Value perStep,
                                  Value last) {
  auto type = cast<RankedTensorType>(op.getEmissions().getType());
  if (type.getRank() != 3 || ShapedType::isDynamic(type.getShape().back()) ||
      !isa<FloatType>(type.getElementType()))
    return op.emitOpError(
               "needs emissions [T, B, N] of floats with a static N, "
               "found ")
           << type;
  for (Value value : {Value(op.getTransitions()), Value(op.getInitial()), last})
    if (value && getElementTypeOrSelf(value) != type.getElementType())
      return op.emitOpError("needs one element type, found ")
             << type << " and " << value.getType();
  int64_t time = type.getDimSize(0), batch = type.getDimSize(1),
          tags = type.getDimSize(2);
  if (failed(expectOperand(op, "transitions", op.getTransitions(),
                           {tags, tags})) ||
      failed(expectOperand(op, "initial", op.getInitial(), {batch, tags})) ||
      failed(expectOperand(op, "the last scores", last, {batch, tags})))
    return failure();
  return expectOperand(op, name, perStep, {time, batch});
}

LogicalResult HmmForwardOp::verify() {
  if (getElementTypeOrSelf(getZ()) != getElementTypeOrSelf(getEmissions()))
    return emitOpError(
               "needs a result z of the emissions' element type, found ")
           << getZ().getType();
  return verifyMarkov(*this, "result z", getZ(), getA());
}

LogicalResult ViterbiOp::verify() {
  if (!getElementTypeOrSelf(getTags()).isInteger(32))
    return emitOpError("needs tags of i32, found ") << getTags().getType();
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
      transitions = transpose(transitions);
    if (!initial)
      initial =
          buildZeros(b, loc, emissions.clone(emissions.getShape().drop_front()),
                     {batch, Value()});
    scan.domain = {batch};
    scan.time = time;
    scan.inputs = {{op.getEmissions(), {E::time(), E::domain(0), E::all()}},
                   {transitions, {E::all(), E::all()}}};
    scan.carries = {{initial, {E::domain(0), E::all()}}};
  }

  Value transpose(Value matrix) {
    auto type = cast<RankedTensorType>(matrix.getType());
    Value empty = buildEmpty(b, loc, type, {Value(), Value()});
    return linalg::TransposeOp::create(b, loc, matrix, empty,
                                       ArrayRef<int64_t>{1, 0})
        ->getResult(0);
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

/// The logarithm of the sum of exponentials, shifted by their largest.
static Value buildLogSum(Arithmetic &a, Value scores) {
  Type number = getElementTypeOrSelf(scores);
  auto reduce = [&](ReduceKind kind, Value x) -> Value {
    return ReduceOp::create(a.b, a.loc, number,
                            ReduceKindAttr::get(a.b.getContext(), kind), x,
                            a.b.getDenseI64ArrayAttr(0));
  };
  Value top = reduce(ReduceKind::Max, scores);
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

/// Where the best way to each tag came from, at every step, and the last
/// scores.
static ValueRange buildScores(TagScan &tags) {
  OpBuilder &b = tags.b;
  int64_t count = tags.emissions.getDimSize(2);
  RankedTensorType from =
      RankedTensorType::get(tags.emissions.getShape(), b.getI32Type());
  tags.scan.outs = {
      {buildEmpty(b, tags.loc, from, {tags.time, tags.batch, Value()}),
       {E::time(), E::domain(0), E::all()}}};
  return ScanOp::create(
             b, tags.loc, tags.scan,
             [&](OpBuilder &nested, Location loc, ScanBody body) {
               auto best = BestOp::create(
                   nested, loc, body.carries[0].getType(),
                   RankedTensorType::get({count}, nested.getI32Type()),
                   body.inputs[1], body.carries[0]);
               Value next = TagScan::step(nested, loc, body, Semiring::MaxPlus);
               YieldOp::create(nested, loc, best.getIndex(), next);
             })
      .getResults();
}

/// The best last tag [B]: that from which a row of zeros is reached best.
static Value buildEnd(TagScan &tags, Value scores) {
  OpBuilder &b = tags.b;
  Location loc = tags.loc;
  int64_t count = tags.emissions.getDimSize(2);
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
        Type element = tags.emissions.getElementType();
        Value free = buildConstantLike(
            nested, loc, RankedTensorType::get({1, count}, element), 0.0);
        auto best =
            BestOp::create(nested, loc, RankedTensorType::get({1}, element),
                           RankedTensorType::get({1}, nested.getI32Type()),
                           free, body.inputs[0]);
        YieldOp::create(nested, loc, best.getIndex(), ValueRange());
      });
  auto flat = RankedTensorType::get(type.getShape()[1], b.getI32Type());
  return tensor::CollapseShapeOp::create(
      b, loc, flat, op.getResult(0),
      SmallVector<ReassociationIndices>{{0, 1, 2}});
}

/// Back from the last tag, [T, B].
static Value traceBack(TagScan &tags, Value from, Value end, Type type) {
  OpBuilder &b = tags.b;
  Location loc = tags.loc;
  ScanOperands scan(loc);
  scan.domain = {tags.batch};
  scan.time = tags.time;
  scan.reverse = true;
  scan.inputs = {{from, {E::time(), E::domain(0), E::all()}}};
  scan.outs = {{buildEmpty(b, loc, cast<RankedTensorType>(type),
                           {tags.time, tags.batch}),
                {E::time(), E::domain(0)}}};
  scan.carries = {{end, {E::domain(0)}}};
  return ScanOp::create(b, loc, scan,
                        [&](OpBuilder &nested, Location loc, ScanBody body) {
                          Value here = body.carries[0];
                          Value index = arith::IndexCastOp::create(
                              nested, loc, nested.getIndexType(), here);
                          Value before =
                              GatherOp::create(nested, loc, here.getType(),
                                               body.inputs[0], index);
                          YieldOp::create(nested, loc, here, before);
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
