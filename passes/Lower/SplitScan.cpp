//===- SplitScan.cpp - a scan split in time -------------------------------===//

#include "passes/Lower/SplitScan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Support/BodySlice.h"
#include "passes/Support/CarryGraph.h"

using namespace mlir;
using namespace seqc;

namespace {
/// The parallel form of one scan, whose only alternative it is.
class SplitScan {
public:
  SplitScan(OpBuilder &builder, seq::ScanOp scan, int64_t chunk, int64_t block)
      : b(builder), loc(scan.getLoc()), scan(scan), chunk(chunk), block(block),
        graph(scan), operands(scan.getScanOperands()),
        states(scan.getCarries()), entering(states.size()) {}

  /// Values for the scan's results.
  SmallVector<Value> build();

private:
  void splitTime();
  void buildChunks();
  void buildTail();

  void buildLevel(unsigned level);
  SmallVector<Value> buildSummaries(ArrayRef<const CarryComponent *> level);
  void buildEntering(ArrayRef<const CarryComponent *> level,
                     ValueRange summaries);
  SmallVector<unsigned> findEarlier(const BodySlice &slice);
  void buildReplay();

  void cloneStep(OpBuilder &nested, seq::ScanBody body, IRMapping &mapping);
  seq::ScanOperands makeSplitOperands();
  void mapIndices(OpBuilder &nested, seq::ScanBody body, IRMapping &mapping);

  Value takeSteps(Value value, ArrayRef<seq::IndexEntry> list, bool tail);
  Value putSteps(Value part, Value whole, ArrayRef<seq::IndexEntry> list,
                 bool tail);
  Value splitSteps(Value value, ArrayRef<seq::IndexEntry> list);
  Value mergeSteps(Value value, ArrayRef<seq::IndexEntry> list);
  SmallVector<ReassociationIndices> groupTime(int64_t rank, int64_t time);

  seq::IndexList chunkIndex(bool chunkIsTime, Type slice);
  Value makeEmpty(Type slice);
  Value makeIdentity(Value part);
  Value makeLengths(bool tail);

  Value castTo(Value value, Type type) {
    if (value.getType() == type)
      return value;
    return tensor::CastOp::create(b, loc, type, value);
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  int64_t getStatic(Value extent) {
    return getConstantIntValue(extent).value_or(ShapedType::kDynamic);
  }
  /// Gives a scan that was made its form: in vectors where they take it.
  void setForm(seq::ScanOp made) {
    std::string reason;
    bool vectors = canLowerRecurrent(made, reason);
    if (!vectors && !std::exchange(saidNaive, true))
      scan.emitWarning("a part of the parallel form runs as naive loops: ")
          << reason;
    made.setScheduleAttr(b.getArrayAttr(Attribute(seq::AlternativeAttr::get(
        b.getContext(), vectors ? seq::Form::Recurrent : seq::Form::Naive,
        /*min_time=*/0, /*chunk=*/0, vectors ? block : 0))));
  }

  OpBuilder &b;
  Location loc;
  seq::ScanOp scan;
  int64_t chunk, block;
  bool saidNaive = false; // that a part runs as naive loops
  CarryGraph graph;
  seq::ScanOperands operands;
  Value chunks, split, rest;   // C, C L and T - C L
  SmallVector<Value> states;   // the carries between the parts
  SmallVector<Value> entering; // the same at the start of every chunk
};
} // namespace

//===----------------------------------------------------------------------===//
// Time in two
//===----------------------------------------------------------------------===//

void SplitScan::splitTime() {
  Value length = constant(chunk);
  chunks = b.createOrFold<arith::DivUIOp>(loc, scan.getTime(), length);
  split = b.createOrFold<arith::MulIOp>(loc, chunks, length);
  rest = b.createOrFold<arith::SubIOp>(loc, scan.getTime(), split);
}

/// The first C L steps of a tensor, or the others.
Value SplitScan::takeSteps(Value value, ArrayRef<seq::IndexEntry> list,
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
Value SplitScan::putSteps(Value part, Value whole,
                          ArrayRef<seq::IndexEntry> list, bool tail) {
  int64_t time = seq::findTime(list);
  if (!tail && getStatic(rest) == 0)
    return castTo(part, whole.getType());
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  sizes[time] = getAsOpFoldResult(tail ? rest : split);
  if (tail)
    offsets[time] = getAsOpFoldResult(split);
  return tensor::InsertSliceOp::create(b, loc, part, whole, offsets, sizes,
                                       strides);
}

SmallVector<ReassociationIndices> SplitScan::groupTime(int64_t rank,
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
Value SplitScan::splitSteps(Value value, ArrayRef<seq::IndexEntry> list) {
  int64_t time = seq::findTime(list);
  if (time < 0)
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[time] = getStatic(split);
  value = castTo(value, type.clone(shape));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
  shape[time] = chunk;
  shape.insert(shape.begin() + time, getStatic(chunks));
  sizes[time] = b.getIndexAttr(chunk);
  sizes.insert(sizes.begin() + time, getAsOpFoldResult(chunks));
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value,
                                       groupTime(type.getRank(), time), sizes);
}

Value SplitScan::mergeSteps(Value value, ArrayRef<seq::IndexEntry> list) {
  int64_t time = seq::findTime(list);
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + time);
  shape[time] = getStatic(split);
  return tensor::CollapseShapeOp::create(b, loc, type.clone(shape), value,
                                         groupTime(shape.size(), time));
}

/// How many steps of every chunk, or of the tail, lie within the lengths.
Value SplitScan::makeLengths(bool tail) {
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
seq::IndexList SplitScan::chunkIndex(bool chunkIsTime, Type slice) {
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
Value SplitScan::makeEmpty(Type slice) {
  SmallVector<OpFoldResult> sizes = {getAsOpFoldResult(chunks)};
  for (Value extent : scan.getDomain())
    sizes.push_back(getAsOpFoldResult(extent));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    for (int64_t size : shaped.getShape())
      sizes.push_back(b.getIndexAttr(size));
  return tensor::EmptyOp::create(b, loc, sizes, getElementTypeOrSelf(slice));
}

/// `part`, of the summary of no steps, for every chunk and domain point.
Value SplitScan::makeIdentity(Value part) {
  Value empty = makeEmpty(part.getType());
  DenseElementsAttr elements;
  bool isConstant = matchPattern(part, m_Constant(&elements));
  if (isConstant && elements.isSplat())
    part =
        arith::ConstantOp::create(b, loc, elements.getSplatValue<TypedAttr>());
  if (!isa<RankedTensorType>(part.getType()))
    return linalg::FillOp::create(b, loc, part, empty).getResult(0);
  SmallVector<int64_t> added =
      llvm::to_vector(llvm::seq<int64_t>(0, scan.getDomain().size() + 1));
  return linalg::BroadcastOp::create(b, loc, part, empty, added).getResult()[0];
}

//===----------------------------------------------------------------------===//
// Parts of the body
//===----------------------------------------------------------------------===//

/// Domain, time, lengths and direction of a scan over all chunks at once.
seq::ScanOperands SplitScan::makeSplitOperands() {
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

/// Maps the domain and t of the body to those of a scan over chunks.
void SplitScan::mapIndices(OpBuilder &nested, seq::ScanBody body,
                           IRMapping &mapping) {
  for (auto [from, to] :
       llvm::zip(scan.getDomainArguments(), body.domain.drop_front()))
    mapping.map(from, to);
  if (scan.getTimeArgument().use_empty())
    return;
  Value length = arith::ConstantIndexOp::create(nested, loc, chunk);
  Value start = arith::MulIOp::create(nested, loc, body.domain[0], length);
  mapping.map(scan.getTimeArgument(),
              arith::AddIOp::create(nested, loc, start, body.time));
}

/// `list`, of a tensor whose time is split.
static seq::IndexList splitIndex(ArrayRef<seq::IndexEntry> list) {
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

//===----------------------------------------------------------------------===//
// Summaries and entering states
//===----------------------------------------------------------------------===//

/// The carries that `slice` reads, and those that they in turn are made of.
SmallVector<unsigned> SplitScan::findEarlier(const BodySlice &slice) {
  llvm::BitVector earlier(states.size());
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (slice.arguments.contains(argument))
      earlier.set(i);
  for (unsigned round = 0; round < states.size(); ++round)
    for (unsigned carry : llvm::BitVector(earlier).set_bits())
      earlier |= graph.getCarriesOf(scan.getYield().getCarries()[carry]);
  return llvm::to_vector_of<unsigned>(earlier.set_bits());
}

/// Scans every chunk from the identity. States of earlier levels, whose
/// entering values are known, are replayed beside the summaries.
SmallVector<Value>
SplitScan::buildSummaries(ArrayRef<const CarryComponent *> level) {
  SmallVector<Value> wanted;
  for (const CarryComponent *component : level)
    for (OpOperand *element :
         seq::TransitionOpInterface(component->transition).getElementOperands())
      wanted.push_back(element->get());
  SmallVector<unsigned> earlier = findEarlier(sliceBody(scan, wanted));
  for (unsigned carry : earlier)
    wanted.push_back(scan.getYield().getCarries()[carry]);
  BodySlice slice = sliceBody(scan, wanted);

  seq::ScanOperands made = makeSplitOperands();
  SmallVector<Value> inputArguments;
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments())) {
    if (!slice.arguments.contains(argument))
      continue;
    seq::ScanOperands::Input kept = input;
    kept.value =
        splitSteps(takeSteps(input.value, input.index, false), input.index);
    kept.index = splitIndex(input.index);
    made.inputs.push_back(kept);
    inputArguments.push_back(argument);
  }
  auto addCarry = [&](Value value, Type slice) {
    made.carries.push_back({value, chunkIndex(/*chunkIsTime=*/false, slice)});
  };
  for (unsigned carry : earlier)
    addCarry(entering[carry], scan.getCarryArguments()[carry].getType());
  for (const CarryComponent *component : level) {
    seq::TransitionOpInterface transition = component->transition;
    for (Value part : transition.buildIdentity(b, loc)) {
      Type type = part.getType();
      addCarry(makeIdentity(part), type);
    }
  }
  auto summaries = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapIndices(nested, body, mapping);
        mapping.map(ValueRange(inputArguments), body.inputs);
        for (auto [carry, argument] : llvm::zip(earlier, body.carries))
          mapping.map(Value(scan.getCarryArguments()[carry]), argument);
        cloneSlice(nested, scan, slice, mapping);
        SmallVector<Value> yielded;
        for (unsigned carry : earlier)
          yielded.push_back(
              mapping.lookupOrDefault(scan.getYield().getCarries()[carry]));
        ValueRange parts = body.carries.drop_front(earlier.size());
        for (const CarryComponent *component : level) {
          seq::TransitionOpInterface transition = component->transition;
          SmallVector<Value> element;
          for (OpOperand *operand : transition.getElementOperands())
            element.push_back(mapping.lookupOrDefault(operand->get()));
          size_t count = transition.getSummaryTypes().size();
          llvm::append_range(
              yielded, transition.buildExtend(
                           nested, loc, parts.take_front(count), element));
          parts = parts.drop_front(count);
        }
        seq::YieldOp::create(nested, loc, ValueRange(), yielded);
      });
  setForm(summaries);
  return llvm::to_vector(
      ValueRange(summaries.getResults()).drop_front(earlier.size()));
}

/// Scans over the chunks: each one's out is the state before it, and the state
/// at the end is that after all of them.
void SplitScan::buildEntering(ArrayRef<const CarryComponent *> level,
                              ValueRange summaries) {
  seq::ScanOperands made(loc);
  llvm::append_range(made.domain, scan.getDomain());
  made.time = chunks;
  made.reverse = operands.reverse;
  SmallVector<unsigned> carries;
  ValueRange next = summaries;
  for (const CarryComponent *component : level) {
    llvm::append_range(carries, component->carries);
    seq::TransitionOpInterface transition = component->transition;
    for (Type type : transition.getSummaryTypes()) {
      made.inputs.push_back({next.front(), chunkIndex(true, type)});
      next = next.drop_front();
    }
  }
  for (unsigned carry : carries) {
    Type slice = scan.getCarryArguments()[carry].getType();
    made.outs.push_back({makeEmpty(slice), chunkIndex(true, slice)});
    made.carries.push_back({states[carry], operands.carries[carry].index});
  }
  auto scanned = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        SmallVector<Value> after;
        ValueRange parts = body.inputs, before = body.carries;
        for (const CarryComponent *component : level) {
          seq::TransitionOpInterface transition = component->transition;
          size_t count = transition.getSummaryTypes().size();
          size_t width = component->carries.size();
          llvm::append_range(
              after, transition.buildApply(nested, loc, parts.take_front(count),
                                           before.take_front(width)));
          parts = parts.drop_front(count);
          before = before.drop_front(width);
        }
        seq::YieldOp::create(nested, loc, body.carries, after);
      });
  setForm(scanned);
  for (auto [i, carry] : llvm::enumerate(carries)) {
    entering[carry] = scanned->getResult(i);
    states[carry] = scanned->getResult(carries.size() + i);
  }
}

void SplitScan::buildLevel(unsigned level) {
  SmallVector<const CarryComponent *> members;
  for (const CarryComponent &component : graph.getComponents())
    if (component.level == level && component.transition)
      members.push_back(&component);
  if (!members.empty())
    buildEntering(members, buildSummaries(members));
}

//===----------------------------------------------------------------------===//
// Replay and tail
//===----------------------------------------------------------------------===//

/// The whole body on the operands of `body`; `mapping` has the indices.
void SplitScan::cloneStep(OpBuilder &nested, seq::ScanBody body,
                          IRMapping &mapping) {
  mapping.map(scan.getInputArguments(), body.inputs);
  mapping.map(scan.getCarryArguments(), body.carries);
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    nested.clone(op, mapping);
  nested.clone(*scan.getYield(), mapping);
}

/// Runs the whole body in every chunk, from the state that enters it.
void SplitScan::buildReplay() {
  seq::ScanOperands made = makeSplitOperands();
  for (seq::ScanOperands::Input input : operands.inputs) {
    input.value =
        splitSteps(takeSteps(input.value, input.index, false), input.index);
    input.index = splitIndex(input.index);
    made.inputs.push_back(input);
  }
  for (const seq::ScanOperands::Slot &out : operands.outs)
    made.outs.push_back(
        {splitSteps(takeSteps(out.value, out.index, false), out.index),
         splitIndex(out.index)});
  for (auto [carry, argument] : llvm::zip(entering, scan.getCarryArguments()))
    made.carries.push_back({carry, chunkIndex(false, argument.getType())});
  auto replayed = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapIndices(nested, body, mapping);
        cloneStep(nested, body, mapping);
      });
  setForm(replayed);
  for (auto [i, out] : llvm::enumerate(operands.outs))
    out.value = putSteps(mergeSteps(replayed->getResult(i), out.index),
                         out.value, out.index, /*tail=*/false);
}

void SplitScan::buildChunks() {
  unsigned levels = 0;
  for (const CarryComponent &component : graph.getComponents())
    levels = std::max(levels, component.level + 1);
  for (unsigned level = 0; level < levels; ++level)
    buildLevel(level);
  // No outs, no replay: the states are known already.
  if (!operands.outs.empty())
    buildReplay();
}

/// The steps that fill no chunk.
void SplitScan::buildTail() {
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

SmallVector<Value> SplitScan::build() {
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

SmallVector<Value> seqc::splitScan(OpBuilder &b, seq::ScanOp scan,
                                   int64_t chunk, int64_t block) {
  return SplitScan(b, scan, chunk, block).build();
}
