//===- ChunkScan.cpp - a scan that takes steps by matrices ----------------===//

#include "passes/Lower/ChunkScan.h"

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/Response.h"

using namespace mlir;
using namespace seqc;

namespace {
/// The chunked form of one scan, whose only alternative it is.
class ChunkScan : public ResponseScan {
public:
  ChunkScan(OpBuilder &builder, seq::ScanOp scan, int64_t chunk)
      : ResponseScan(builder, scan, chunk, /*block=*/0, "chunked"),
        isDirect(operands.outs.size()) {}

  /// Values for the scan's results.
  SmallVector<Value> build();

private:
  /// What a read gives, for every step.
  struct Seen {
    const StateRead *read;
    int64_t out = -1; ///< The scan's out that it is, or
    Value tensor;     ///< [C L, domain..., slice...].
  };

  void buildTerm(const ChunkTerm &term);
  seq::ScanOperands makeChunkOperands(const ChunkTerm &term,
                                      const Response &response);
  Value addRead(OpBuilder &nested, const ResponseRead &read, ValueRange inputs,
                Value values, ValueRange before);
  seq::ScanOperands::Input makeValues(Value value);
  Value transposeState(Value state, ArrayRef<seq::IndexEntry> list);

  /// What the chunks leave of the body.
  struct Rest {
    SmallVector<unsigned> outs, carries;
    BodySlice slice;
  };
  void buildRest();
  SmallVector<Value> findWanted(const Rest &rest);
  seq::ScanOperands makeRestOperands(const Rest &rest);
  void emitRest(OpBuilder &nested, seq::ScanBody body, const Rest &rest);
  void addToRead(OpBuilder &nested, const StateRead &read, IRMapping &mapping);

  int64_t findOut(const StateRead &read);
  seq::IndexList stepIndex(bool perChunk, Type slice);
  Value makeSteps(Type slice);

  ChunkPlan plan;
  llvm::SmallVector<bool> isDirect; // outs that a chunk's scan writes
  SmallVector<Seen> seen;
};
} // namespace

//===----------------------------------------------------------------------===//
// Tensors with a row for every step
//===----------------------------------------------------------------------===//

/// The index list of a tensor [C, L, domain..., slice...] in a scan over
/// chunks, or of [C L, domain..., slice...] in one over time. The symbol that
/// lanes run along comes last.
seq::IndexList ChunkScan::stepIndex(bool perChunk, Type slice) {
  seq::IndexList list = {seq::IndexEntry::time()};
  if (perChunk)
    list.push_back(seq::IndexEntry::all());
  int64_t lanes =
      isa<RankedTensorType>(slice) ? -1 : chooseLaneSymbol(scan).symbol;
  for (int64_t symbol = 0, e = scan.getDomain().size(); symbol < e; ++symbol)
    if (symbol != lanes)
      list.push_back(seq::IndexEntry::domain(symbol));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    list.append(shaped.getRank(), seq::IndexEntry::all());
  if (lanes >= 0)
    list.push_back(seq::IndexEntry::domain(lanes));
  return list;
}

/// An uninitialised tensor for `slice` at every step of the chunks.
Value ChunkScan::makeSteps(Type slice) {
  SmallVector<OpFoldResult> sizes;
  unsigned next = 0;
  for (const seq::IndexEntry &entry : stepIndex(/*perChunk=*/false, slice)) {
    if (entry.kind == seq::IndexEntry::Time)
      sizes.push_back(getAsOpFoldResult(split));
    else if (entry.kind == seq::IndexEntry::Domain)
      sizes.push_back(getAsOpFoldResult(scan.getDomain()[entry.symbol]));
    else
      sizes.push_back(
          b.getIndexAttr(cast<RankedTensorType>(slice).getDimSize(next++)));
  }
  return tensor::EmptyOp::create(b, loc, sizes, getElementTypeOrSelf(slice));
}

/// `list` in a scan over chunks that sees all steps of one.
static seq::IndexList takeChunk(ArrayRef<seq::IndexEntry> list) {
  seq::IndexList taken;
  for (const seq::IndexEntry &entry : list) {
    taken.push_back(entry);
    if (entry.kind == seq::IndexEntry::Time)
      taken.push_back(seq::IndexEntry::all());
  }
  return taken;
}

/// Whether the steps are the first of the dimensions that a body sees of a
/// chunk.
static bool stepsComeFirst(ArrayRef<seq::IndexEntry> list) {
  int64_t time = seq::findTime(list);
  return time >= 0 &&
         llvm::none_of(list.take_front(time), [](const seq::IndexEntry &entry) {
           return entry.isSliced();
         });
}

/// The values of all steps: an input, or what a scan computes of the inputs.
seq::ScanOperands::Input ChunkScan::makeValues(Value value) {
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments()))
    if (argument == value && stepsComeFirst(input.index))
      return {
          splitSteps(takeSteps(input.value, input.index, false), input.index),
          takeChunk(input.index)};
  BodySlice slice = sliceBody(scan, value);
  seq::ScanOperands made(loc);
  made.domain = operands.domain;
  made.time = split;
  SmallVector<Value> arguments;
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments())) {
    if (!slice.arguments.contains(argument))
      continue;
    made.inputs.push_back(
        {takeSteps(input.value, input.index, false), input.index});
    arguments.push_back(argument);
  }
  made.outs = {{makeSteps(value.getType()), stepIndex(false, value.getType())}};
  auto computed = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(scan.getDomainArguments(), body.domain);
        mapping.map(Value(scan.getTimeArgument()), body.time);
        mapping.map(ValueRange(arguments), body.inputs);
        cloneSlice(nested, scan, slice, mapping);
        seq::YieldOp::create(nested, loc, mapping.lookupOrDefault(value),
                             ValueRange());
      });
  setForm(computed);
  return {splitSteps(computed->getResult(0), made.outs[0].index),
          stepIndex(true, value.getType())};
}

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

/// The out that is what `read` gives, if a scan over chunks can write it.
int64_t ChunkScan::findOut(const StateRead &read) {
  if (read.added || !read.op->hasOneUse())
    return -1;
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    if (value == read.op->getResult(0) && !isDirect[i] &&
        stepsComeFirst(operands.outs[i].index))
      return i;
  return -1;
}

/// What one read sees in the steps of a chunk.
Value ChunkScan::addRead(OpBuilder &nested, const ResponseRead &read,
                         ValueRange inputs, Value values, ValueRange before) {
  Value sum = seq::buildRowsTimes(nested, loc, inputs[read.units], values);
  for (auto [rows, state] : llvm::zip(read.rows, before))
    sum = arith::AddFOp::create(
        nested, loc, sum,
        seq::buildRowsTimes(nested, loc, inputs[rows], state));
  return sum;
}

/// The operands of the scan over chunks: the response, then the values.
seq::ScanOperands ChunkScan::makeChunkOperands(const ChunkTerm &term,
                                               const Response &response) {
  seq::ScanOperands made(loc);
  made.domain = operands.domain;
  made.time = chunks;
  made.reverse = operands.reverse;
  made.inputs = response.tensors;
  made.inputs.push_back(makeValues(term.value));
  for (const StateRead &read : term.reads) {
    Type slice = read.op->getResult(0).getType();
    Seen what = {&read, findOut(read), Value()};
    if (what.out >= 0) {
      isDirect[what.out] = true;
      const seq::ScanOperands::Slot &out = operands.outs[what.out];
      made.outs.push_back(
          {splitSteps(takeSteps(out.value, out.index, false), out.index),
           takeChunk(out.index)});
    } else {
      made.outs.push_back(
          {splitSteps(makeSteps(slice), stepIndex(false, slice)),
           stepIndex(true, slice)});
    }
    seen.push_back(what);
  }
  for (unsigned carry : term.component->carries) {
    const seq::IndexList &list = operands.carries[carry].index;
    made.carries.push_back({term.isTransposed
                                ? transposeState(states[carry], list)
                                : states[carry],
                            list});
  }
  return made;
}

/// A state's tensor with the two dimensions that the body sees swapped.
Value ChunkScan::transposeState(Value state, ArrayRef<seq::IndexEntry> list) {
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, list.size()));
  SmallVector<int64_t> sliced;
  for (auto [d, entry] : llvm::enumerate(list))
    if (entry.isSliced())
      sliced.push_back(d);
  std::swap(order[sliced[0]], order[sliced[1]]);
  SmallVector<OpFoldResult> sizes, given = tensor::getMixedSizes(b, loc, state);
  for (int64_t d : order)
    sizes.push_back(given[d]);
  Value empty = tensor::EmptyOp::create(b, loc, sizes,
                                        getElementTypeOrSelf(state.getType()));
  return linalg::TransposeOp::create(b, loc, state, empty, order)->getResult(0);
}

void ChunkScan::buildTerm(const ChunkTerm &term) {
  Response response = buildResponse(term);
  seq::TransitionOpInterface transition = term.component->transition;
  size_t first = seen.size();
  seq::ScanOperands made = makeChunkOperands(term, response);
  auto chunked = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        Value values = body.inputs.back();
        SmallVector<Value> outs, summary;
        for (const ResponseRead &read : response.reads)
          outs.push_back(
              addRead(nested, read, body.inputs, values, body.carries));
        for (unsigned part : response.decays)
          summary.push_back(body.inputs[part]);
        for (unsigned part : response.gains)
          summary.push_back(
              seq::buildRowsTimes(nested, loc, body.inputs[part], values));
        seq::YieldOp::create(
            nested, loc, outs,
            transition.buildApply(nested, loc, summary, body.carries));
      });
  setForm(chunked);
  for (auto [i, what] :
       llvm::enumerate(llvm::MutableArrayRef(seen).drop_front(first))) {
    Value result = chunked->getResult(i);
    if (what.out >= 0) {
      seq::ScanOperands::Slot &out = operands.outs[what.out];
      out.value = putSteps(mergeSteps(result, out.index), out.value, out.index,
                           /*tail=*/false);
      continue;
    }
    Type slice = what.read->op->getResult(0).getType();
    what.tensor = mergeSteps(result, stepIndex(false, slice));
  }
  for (auto [i, carry] : llvm::enumerate(term.component->carries)) {
    Value state = chunked->getResult(term.reads.size() + i);
    states[carry] = term.isTransposed
                        ? transposeState(state, operands.carries[carry].index)
                        : state;
  }
}

//===----------------------------------------------------------------------===//
// The rest of the body
//===----------------------------------------------------------------------===//

/// The values of the body that the rest computes, those of reads excepted.
SmallVector<Value> ChunkScan::findWanted(const Rest &rest) {
  SmallVector<Value> wanted;
  for (unsigned out : rest.outs)
    wanted.push_back(scan.getYield().getOuts()[out]);
  for (unsigned carry : rest.carries)
    wanted.push_back(scan.getYield().getCarries()[carry]);
  for (const Seen &what : seen)
    if (what.read->added) {
      wanted.push_back(what.read->rows);
      wanted.push_back(what.read->added);
    }
  return wanted;
}

void ChunkScan::buildRest() {
  Rest rest;
  llvm::BitVector taken(states.size());
  for (const ChunkTerm &term : plan.terms)
    for (unsigned carry : term.component->carries)
      taken.set(carry);
  for (unsigned i = 0; i < isDirect.size(); ++i)
    if (!isDirect[i])
      rest.outs.push_back(i);
  for (unsigned i = 0; i < taken.size(); ++i)
    if (!taken.test(i))
      rest.carries.push_back(i);
  if (rest.outs.empty() && rest.carries.empty())
    return;
  IRMapping given;
  for (const Seen &what : seen)
    given.map(what.read->op->getResult(0), what.tensor);
  rest.slice = sliceBody(scan, findWanted(rest), given);
  auto left =
      seq::ScanOp::create(b, loc, makeRestOperands(rest),
                          [&](OpBuilder &nested, Location, seq::ScanBody body) {
                            emitRest(nested, body, rest);
                          });
  setForm(left);
  for (auto [i, out] : llvm::enumerate(rest.outs))
    operands.outs[out].value =
        putSteps(left->getResult(i), operands.outs[out].value,
                 operands.outs[out].index, /*tail=*/false);
  for (auto [i, carry] : llvm::enumerate(rest.carries))
    states[carry] = left->getResult(rest.outs.size() + i);
}

/// The operands of the scan over time: the inputs that it needs, then what the
/// reads that are no outs gave.
seq::ScanOperands ChunkScan::makeRestOperands(const Rest &rest) {
  seq::ScanOperands made(loc);
  made.domain = operands.domain;
  made.time = split;
  made.reverse = operands.reverse;
  made.lengths = operands.lengths;
  made.lengthsIndex = operands.lengthsIndex;
  auto takeSlot = [&](Value value, ArrayRef<seq::IndexEntry> list) {
    return seq::ScanOperands::Slot{takeSteps(value, list, false),
                                   seq::IndexList(list)};
  };
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments()))
    if (rest.slice.arguments.contains(argument))
      made.inputs.push_back(
          {takeSteps(input.value, input.index, false), input.index});
  for (const Seen &what : seen)
    if (what.out < 0)
      made.inputs.push_back(
          {what.tensor,
           stepIndex(false, what.read->op->getResult(0).getType())});
  for (unsigned out : rest.outs)
    made.outs.push_back(
        takeSlot(operands.outs[out].value, operands.outs[out].index));
  for (unsigned carry : rest.carries)
    made.carries.push_back({states[carry], operands.carries[carry].index});
  return made;
}

void ChunkScan::emitRest(OpBuilder &nested, seq::ScanBody body,
                         const Rest &rest) {
  IRMapping mapping;
  mapping.map(scan.getDomainArguments(), body.domain);
  mapping.map(Value(scan.getTimeArgument()), body.time);
  ValueRange inputs = body.inputs;
  auto takeInput = [&](Value for_) {
    mapping.map(for_, inputs.front());
    inputs = inputs.drop_front();
  };
  for (Value argument : scan.getInputArguments())
    if (rest.slice.arguments.contains(argument))
      takeInput(argument);
  for (const Seen &what : seen)
    if (what.out < 0)
      takeInput(what.read->op->getResult(0));
  for (auto [carry, argument] : llvm::zip(rest.carries, body.carries))
    mapping.map(Value(scan.getCarryArguments()[carry]), argument);
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (rest.slice.ops.contains(&op))
      nested.clone(op, mapping);
    for (const Seen &what : seen)
      if (what.read->op == &op && what.read->added)
        addToRead(nested, *what.read, mapping);
  }
  auto look = [&](Value value) { return mapping.lookupOrDefault(value); };
  SmallVector<Value> outs, carries;
  for (unsigned out : rest.outs)
    outs.push_back(look(scan.getYield().getOuts()[out]));
  for (unsigned carry : rest.carries)
    carries.push_back(look(scan.getYield().getCarries()[carry]));
  seq::YieldOp::create(nested, loc, outs, carries);
}

/// Adds to what a read saw of the state what it reads of the rest of the sum.
void ChunkScan::addToRead(OpBuilder &nested, const StateRead &read,
                          IRMapping &mapping) {
  Value saw = mapping.lookup(read.op->getResult(0));
  IRMapping inner(mapping);
  for (Value operand : read.op->getOperands())
    if (operand != read.rows)
      inner.map(operand, mapping.lookupOrDefault(read.added));
  Value product = nested.clone(*read.op, inner)->getResult(0);
  mapping.map(read.op->getResult(0),
              arith::AddFOp::create(nested, loc, saw, product).getResult());
}

SmallVector<Value> ChunkScan::build() {
  std::string reason;
  FailureOr<ChunkPlan> planned = planChunks(scan, graph, reason);
  assert(succeeded(planned) && "the form was judged legal");
  plan = std::move(*planned);
  return buildAround([&] {
    for (const ChunkTerm &term : plan.terms)
      buildTerm(term);
    buildRest();
  });
}

SmallVector<Value> seqc::chunkScan(OpBuilder &b, seq::ScanOp scan,
                                   int64_t chunk) {
  return ChunkScan(b, scan, chunk).build();
}
