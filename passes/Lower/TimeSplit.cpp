//===- TimeSplit.cpp - a scan's time in chunks and a tail -----------------===//

#include "passes/Lower/TimeSplit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/TimeLanes.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Time in two
//===----------------------------------------------------------------------===//

void TimeSplit::splitTime() {
  Value length = constant(chunk);
  chunks = b.createOrFold<arith::DivUIOp>(loc, scan.getTime(), length);
  split = b.createOrFold<arith::MulIOp>(loc, chunks, length);
  rest = b.createOrFold<arith::SubIOp>(loc, scan.getTime(), split);
}

/// The first C L steps of a tensor, or the others.
Value TimeSplit::takeSteps(Value value, ArrayRef<seq::IndexEntry> list,
                           bool tail) {
  int64_t time = seq::findTime(list);
  if (time < 0 || (!tail && getStatic(rest) == 0))
    return value;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  sizes[time] = getAsOpFoldResult(tail ? rest : split);
  if (tail)
    offsets[time] = getAsOpFoldResult(split);
  return tensor::ExtractSliceOp::create(b, loc, value, offsets, sizes, strides);
}

/// `whole` with the steps that takeSteps took replaced.
Value TimeSplit::putSteps(Value part, Value whole,
                          ArrayRef<seq::IndexEntry> list, bool tail) {
  int64_t time = seq::findTime(list);
  if (!tail && getStatic(rest) == 0)
    return b.createOrFold<tensor::CastOp>(loc, whole.getType(), part);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  sizes[time] = getAsOpFoldResult(tail ? rest : split);
  if (tail)
    offsets[time] = getAsOpFoldResult(split);
  return tensor::InsertSliceOp::create(b, loc, part, whole, offsets, sizes,
                                       strides);
}

SmallVector<ReassociationIndices> TimeSplit::groupTime(int64_t rank,
                                                       int64_t time) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim == time)
      groups.push_back({dim, dim + 1});
    else
      groups.push_back({dim > time ? dim + 1 : dim});
  return groups;
}

/// C L steps as C chunks of L, in place.
Value TimeSplit::splitSteps(Value value, ArrayRef<seq::IndexEntry> list) {
  int64_t time = seq::findTime(list);
  if (time < 0)
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[time] = getStatic(split);
  value = b.createOrFold<tensor::CastOp>(loc, type.clone(shape), value);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
  shape[time] = chunk;
  shape.insert(shape.begin() + time, getStatic(chunks));
  sizes[time] = b.getIndexAttr(chunk);
  sizes.insert(sizes.begin() + time, getAsOpFoldResult(chunks));
  // A destination of its own shape, so that results find the caller's memory.
  if (value.getDefiningOp<tensor::EmptyOp>())
    return tensor::EmptyOp::create(b, loc, sizes, type.getElementType());
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value,
                                       groupTime(type.getRank(), time), sizes);
}

Value TimeSplit::mergeSteps(Value value, ArrayRef<seq::IndexEntry> list) {
  int64_t time = seq::findTime(list);
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + time);
  shape[time] = getStatic(split);
  return tensor::CollapseShapeOp::create(b, loc, type.clone(shape), value,
                                         groupTime(shape.size(), time));
}

/// How many steps of every chunk, or of the tail, lie within the lengths.
Value TimeSplit::makeLengths(bool tail) {
  auto type = cast<RankedTensorType>(operands.lengths.getType());
  Type element = type.getElementType();
  MLIRContext *context = b.getContext();
  unsigned rank = type.getRank(), loops = rank + (tail ? 0 : 1);
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, loc, operands.lengths);
  if (!tail)
    sizes.insert(sizes.begin(), getAsOpFoldResult(chunks));
  Value init = tensor::EmptyOp::create(b, loc, sizes, element);
  AffineMap all = b.getMultiDimIdentityMap(loops);
  AffineMap read = tail ? all : all.getMinorIdentityMap(loops, rank, context);
  SmallVector<utils::IteratorType> iterators(loops,
                                             utils::IteratorType::parallel);
  auto asElement = [&](OpBuilder &nested, Value index) -> Value {
    if (element.isIndex())
      return index;
    return arith::IndexCastOp::create(nested, loc, element, index);
  };
  auto body = [&](OpBuilder &nested, Location, ValueRange arguments) {
    Value start = split;
    if (!tail)
      start = arith::MulIOp::create(
          nested, loc, linalg::IndexOp::create(nested, loc, 0),
          arith::ConstantIndexOp::create(nested, loc, chunk));
    Value zero =
        arith::ConstantOp::create(nested, loc, nested.getZeroAttr(element));
    Value left = arith::SubIOp::create(nested, loc, arguments[0],
                                       asElement(nested, start));
    left = arith::MaxSIOp::create(nested, loc, left, zero);
    if (!tail)
      left = arith::MinSIOp::create(
          nested, loc, left,
          asElement(nested,
                    arith::ConstantIndexOp::create(nested, loc, chunk)));
    linalg::YieldOp::create(nested, loc, left);
  };
  return linalg::GenericOp::create(b, loc, init.getType(), operands.lengths,
                                   init, ArrayRef<AffineMap>{read, all},
                                   iterators, body)
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Tensors with a row for every chunk
//===----------------------------------------------------------------------===//

/// The index list of a tensor [C, domain..., slice...], in a scan over chunks
/// or in one whose first domain symbol is the chunk.
seq::IndexList TimeSplit::chunkIndex(bool chunkIsTime, Type slice) {
  seq::IndexList list = {chunkIsTime ? seq::IndexEntry::time()
                                     : seq::IndexEntry::domain(0)};
  for (unsigned symbol = 0; symbol < scan.getDomain().size(); ++symbol)
    list.push_back(seq::IndexEntry::domain(symbol + (chunkIsTime ? 0 : 1)));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    list.append(shaped.getRank(), seq::IndexEntry::all());
  return list;
}

/// An uninitialised tensor [C, domain..., slice...]. A state's extent that is
/// not known is that of the carry with this slice.
Value TimeSplit::makeEmpty(Type slice) {
  SmallVector<OpFoldResult> sizes = {getAsOpFoldResult(chunks)};
  for (Value extent : scan.getDomain())
    sizes.push_back(getAsOpFoldResult(extent));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    for (int64_t size : shaped.getShape())
      sizes.push_back(b.getIndexAttr(size));
  return tensor::EmptyOp::create(b, loc, sizes, getElementTypeOrSelf(slice));
}

/// `empty` with `part` everywhere, whose dimensions are those from `first` on.
Value TimeSplit::fillWith(Value part, Value empty, int64_t first) {
  DenseElementsAttr elements;
  bool isConstant = matchPattern(part, m_Constant(&elements));
  if (isConstant && elements.isSplat())
    part =
        arith::ConstantOp::create(b, loc, elements.getSplatValue<TypedAttr>());
  auto shaped = dyn_cast<RankedTensorType>(part.getType());
  if (!shaped)
    return linalg::FillOp::create(b, loc, part, empty).getResult(0);
  SmallVector<int64_t> added;
  int64_t rank = cast<RankedTensorType>(empty.getType()).getRank();
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim < first || dim >= first + shaped.getRank())
      added.push_back(dim);
  return linalg::BroadcastOp::create(b, loc, part, empty, added).getResult()[0];
}

//===----------------------------------------------------------------------===//
// Parts of the body
//===----------------------------------------------------------------------===//

/// Domain, time, lengths and direction of a scan over all chunks at once.
seq::ScanOperands TimeSplit::makeSplitOperands() {
  seq::ScanOperands made(loc);
  made.domain = {chunks};
  llvm::append_range(made.domain, scan.getDomain());
  made.time = constant(chunk);
  made.reverse = operands.reverse;
  if (operands.lengths) {
    made.lengths = makeLengths(/*tail=*/false);
    made.lengthsIndex = {seq::IndexEntry::domain(0)};
    for (const seq::IndexEntry &entry : operands.lengthsIndex)
      made.lengthsIndex.push_back(seq::IndexEntry::domain(entry.symbol + 1));
  }
  return made;
}

Value TimeSplit::buildTime(OpBuilder &nested, Value number, Value step) {
  Value length = arith::ConstantIndexOp::create(nested, loc, chunk);
  Value start = arith::MulIOp::create(nested, loc, number, length);
  return arith::AddIOp::create(nested, loc, start, step);
}

/// Maps the domain and t of the body to those of a scan over chunks.
void TimeSplit::mapIndices(OpBuilder &nested, seq::ScanBody body,
                           IRMapping &mapping) {
  for (auto [from, to] :
       llvm::zip(scan.getDomainArguments(), body.domain.drop_front()))
    mapping.map(from, to);
  if (scan.getTimeArgument().use_empty())
    return;
  mapping.map(scan.getTimeArgument(),
              buildTime(nested, body.domain[0], body.time));
}

/// `list`, of a tensor whose time is split.
seq::IndexList TimeSplit::splitIndex(ArrayRef<seq::IndexEntry> list) {
  seq::IndexList split;
  for (seq::IndexEntry entry : list) {
    if (entry.kind == seq::IndexEntry::Time)
      split.push_back(seq::IndexEntry::domain(0));
    if (entry.kind == seq::IndexEntry::Domain ||
        entry.kind == seq::IndexEntry::Window)
      ++entry.symbol;
    split.push_back(entry);
  }
  return split;
}

/// The whole body on the operands of `body`; `mapping` has the indices.
void TimeSplit::cloneStep(OpBuilder &nested, seq::ScanBody body,
                          IRMapping &mapping) {
  mapping.map(scan.getInputArguments(), body.inputs);
  mapping.map(scan.getCarryArguments(), body.carries);
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    nested.clone(op, mapping);
  nested.clone(*scan.getYield(), mapping);
}

/// The steps that fill no chunk.
void TimeSplit::buildTail() {
  if (getStatic(rest) == 0)
    return;
  seq::ScanOperands made = operands;
  made.time = rest;
  for (seq::ScanOperands::Input &input : made.inputs)
    input.value = takeSteps(input.value, input.index, true);
  for (seq::ScanOperands::Slot &out : made.outs)
    out.value = takeSteps(out.value, out.index, true);
  for (auto [slot, state] : llvm::zip(made.carries, states))
    slot.value = state;
  if (operands.lengths)
    made.lengths = makeLengths(/*tail=*/true);
  auto tail = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(scan.getDomainArguments(), body.domain);
        if (!scan.getTimeArgument().use_empty())
          mapping.map(Value(scan.getTimeArgument()),
                      arith::AddIOp::create(nested, loc, split, body.time));
        cloneStep(nested, body, mapping);
      });
  setForm(tail);
  for (auto [i, out] : llvm::enumerate(operands.outs))
    out.value = putSteps(tail->getResult(i), out.value, out.index, true);
  for (auto [i, state] : llvm::enumerate(states))
    state = tail->getResult(operands.outs.size() + i);
}

SmallVector<Value> TimeSplit::buildAround(function_ref<void()> buildChunks) {
  splitTime();
  // In reverse the tail, which lies last, comes first.
  if (operands.reverse)
    buildTail();
  buildChunks();
  if (!operands.reverse)
    buildTail();
  SmallVector<Value> results;
  for (const seq::ScanOperands::Slot &out : operands.outs)
    results.push_back(out.value);
  llvm::append_range(results, states);
  return results;
}

void TimeSplit::setForm(seq::ScanOp made) {
  std::string reason;
  bool vectors = canLowerRecurrent(made, reason);
  if (!vectors && !std::exchange(saidNaive, true))
    scan.emitWarning("a part of the ")
        << form << " form runs as naive loops: " << reason;
  seq::Form taken = vectors ? seq::Form::Recurrent : seq::Form::Naive;
  if (vectors && canShareSteps(made, CarryGraph(made), lanes))
    taken = seq::Form::Parallel;
  made.setScheduleAttr(b.getArrayAttr(Attribute(seq::AlternativeAttr::get(
      b.getContext(), taken, /*min_time=*/0,
      taken == seq::Form::Parallel ? wholeTime : 0, vectors ? block : 0,
      /*fan=*/0))));
}
