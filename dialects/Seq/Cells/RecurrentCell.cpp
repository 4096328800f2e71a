//===- RecurrentCell.cpp - what recurrent cells share ---------------------===//

#include "dialects/Seq/Cells/RecurrentCell.h"
#include "dialects/Seq/Cells/Activation.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

ActivationAttr RecurrentCell::getActivation(unsigned i) const {
  if (activations)
    return cast<ActivationAttr>(activations[i]);
  return ActivationAttr::get(op->getContext(), defaults[i], FloatAttr(),
                             FloatAttr());
}

LogicalResult RecurrentCell::verifyAttributes() const {
  if (activations && activations.size() != defaults.size())
    return op->emitOpError("needs ")
           << defaults.size() << " activations, found " << activations.size();
  if (clip && !(*clip >= 0.0))
    return op->emitOpError("clip must not be negative, found ") << *clip;
  return success();
}

LogicalResult RecurrentCell::verify(std::optional<int64_t> yWidth,
                                    bool transposed) {
  if (failed(verifyAttributes()) || failed(verifyElements(op, x, lengths)))
    return failure();
  int64_t rank = gates.size() + 2;
  if (getType(x).getRank() != 3 || getType(r).getRank() != rank)
    return op->emitOpError("needs x of rank 3 and r of rank ")
           << rank << ", found " << x.getType() << " and " << r.getType();
  int64_t hidden = getHidden();
  if (ShapedType::isDynamic(hidden) || ShapedType::isDynamic(getOutput()) ||
      ShapedType::isDynamic(getFeatures()))
    return op->emitOpError("needs static input and hidden sizes, found ")
           << x.getType() << " and " << r.getType();
  auto withGates = [&](std::initializer_list<int64_t> extents) {
    SmallVector<int64_t, 3> shape(gates);
    llvm::append_range(shape, extents);
    return shape;
  };
  auto wShape = transposed ? withGates({getFeatures(), hidden})
                           : withGates({hidden, getFeatures()});
  SharedExtent time({"x", x}, batchMajor ? 1 : 0);
  batch = SharedExtent({"x", x}, batchMajor ? 0 : 1);
  SmallVector<RequiredExtent, 3> yShape = {time, batch,
                                           yWidth.value_or(getOutput())};
  if (batchMajor)
    std::swap(yShape[0], yShape[1]);
  if (failed(expectWeights(op, {{"w", w}}, wShape)) ||
      failed(expectWeights(op, {{"r", r}}, withGates({hidden, getOutput()}))) ||
      failed(expectWeights(
          op, {{"input_bias", inputBias}, {"recurrent_bias", recurrentBias}},
          withGates({hidden}))) ||
      failed(expectOperand(op, "lengths", lengths, {batch})))
    return failure();
  return expectExtents(op, {{"result y", y}}, yShape, 2);
}

LogicalResult RecurrentCell::verifyState(StringRef name, Value value,
                                         int64_t width) {
  return expectExtents(op, {{name, value}}, {batch, width}, 1);
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

Value StepBuilder::row(Value x, int64_t i) {
  auto type = cast<RankedTensorType>(x.getType());
  auto rowType = RankedTensorType::get(type.getShape().drop_front(),
                                       type.getElementType());
  return ExtractOp::create(b, loc, rowType, x, b.getDenseI64ArrayAttr(i));
}

Value StepBuilder::addBiases(Value x, ArrayRef<Value> biases) {
  for (Value bias : biases)
    if (bias)
      x = add(x, bias);
  return x;
}

Value StepBuilder::product(Value matrix, Value vector, ArrayRef<Value> biases) {
  auto type = cast<RankedTensorType>(matrix.getType());
  auto plus = SemiringAttr::get(b.getContext(), Semiring::PlusTimes);
  auto rows =
      RankedTensorType::get(type.getShape().drop_back(), type.getElementType());
  return addBiases(MatvecOp::create(b, loc, rows, matrix, vector, plus),
                   biases);
}

Value StepBuilder::activate(unsigned i, Value x) {
  if (cell.clip)
    x = buildClip(b, loc, *cell.clip, x);
  return buildActivation(b, loc, cell.getActivation(i), x);
}

Value StepBuilder::update(UpdateGate sense, Value gate, Value old,
                          Value candidate) {
  Value rest = complement(gate);
  if (sense == UpdateGate::KeepsOld)
    return add(mul(gate, old), mul(rest, candidate));
  return add(mul(rest, old), mul(gate, candidate));
}

ScanOp CellScan::build(const RecurrentCell &cell, OpBuilder &builder,
                       BuildStep buildStep) const {
  Location loc = cell.op->getLoc();
  int64_t timeDim = cell.batchMajor ? 1 : 0;
  using E = IndexEntry;
  ScanOperands scan(loc);
  scan.domain = {getExtent(builder, loc, cell.x, 1 - timeDim)};
  scan.time = getExtent(builder, loc, cell.x, timeDim);
  IndexList sequence = {E::time(), E::domain(0), E::all()};
  Value yExtents[] = {scan.time, scan.domain[0], Value()};
  if (cell.batchMajor) {
    std::swap(sequence[0], sequence[1]);
    std::swap(yExtents[0], yExtents[1]);
  }
  for (Value value : sequences)
    scan.inputs.push_back({value, sequence});
  for (Value value : invariants)
    if (value)
      scan.inputs.push_back(
          {value, IndexList(cast<RankedTensorType>(value.getType()).getRank(),
                            E::all())});
  scan.outs = {{buildEmpty(builder, loc, y, yExtents), sequence}};
  for (const State &state : states)
    scan.carries.push_back(
        {state.initial
             ? state.initial
             : buildFilled(builder, loc, state.type, {scan.domain[0], Value()}),
         {E::domain(0), E::all()}});
  if (cell.lengths) {
    scan.lengths = cell.lengths;
    scan.lengthsIndex = {E::domain(0)};
  }
  scan.reverse = cell.reverse;
  return ScanOp::create(
      builder, loc, scan, [&](OpBuilder &b, Location loc, ScanBody body) {
        SmallVector<Value> present;
        unsigned next = sequences.size();
        for (Value value : invariants)
          present.push_back(value ? body.inputs[next++] : Value());
        StepBuilder step{{b, loc}, cell};
        StepResult result =
            buildStep(step, body.inputs.take_front(sequences.size()), present,
                      body.carries);
        YieldOp::create(b, loc, ValueRange{result.y}, result.states);
      });
}

Value seqc::seq::extractGates(OpBuilder &builder, Location loc, Value tensor,
                              int64_t first, int64_t second) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t rank = type.getRank();
  SmallVector<int64_t> shape(type.getShape().drop_front());
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0)), sizes,
      strides(rank, builder.getIndexAttr(1));
  for (int64_t extent : type.getShape())
    sizes.push_back(builder.getIndexAttr(extent));
  offsets[0] = builder.getIndexAttr(first);
  sizes[0] = builder.getIndexAttr(1);
  if (second >= 0) {
    offsets[0] = builder.getIndexAttr(std::min(first, second));
    sizes[0] = builder.getIndexAttr(2);
    strides[0] = builder.getIndexAttr(std::abs(second - first));
    shape.insert(shape.begin(), 2);
  }
  auto part = RankedTensorType::get(shape, type.getElementType());
  return tensor::ExtractSliceOp::create(builder, loc, part, tensor, offsets,
                                        sizes, strides);
}
