//===- Response.cpp - what a chunk's steps make of unit values ------------===//

#include "passes/Lower/Response.h"

#include "dialects/Seq/Transitions/Transition.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Support/BodyShape.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Domain and tensors
//===----------------------------------------------------------------------===//

/// The symbol that lanes run along where the body sees `value`, or -1: columns
/// of a state join the domain for them.
int64_t ResponseScan::findLanes(Value value) {
  return getBodyShape(value).empty() ? chooseLaneSymbol(scan).symbol : -1;
}

/// Finds the domain symbols that the response depends on, and their order.
void ResponseScan::chooseDomain(const ChunkTerm &term, const BodySlice &slice) {
  llvm::BitVector used(scan.getDomain().size());
  auto useSymbols = [&](ArrayRef<seq::IndexEntry> list) {
    for (const seq::IndexEntry &entry : list)
      if (entry.kind == seq::IndexEntry::Domain ||
          entry.kind == seq::IndexEntry::Window)
        used.set(entry.symbol);
  };
  hasChunks = !term.timeInvariant;
  for (auto [i, argument] : llvm::enumerate(scan.getDomainArguments()))
    if (slice.arguments.contains(argument))
      used.set(i);
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments()))
    if (slice.arguments.contains(argument))
      useSymbols(input.index);
  useSymbols(operands.lengthsIndex);
  int64_t lanes = findLanes(term.value);
  // One response for all chunks is laid out tile by tile before it is used.
  laneIsLast = hasChunks && lanes >= 0 && used.test(lanes);
  symbols.clear();
  for (int64_t symbol : used.set_bits())
    if (symbol != lanes || !laneIsLast)
      symbols.push_back(symbol);
  if (laneIsLast)
    symbols.push_back(lanes);
}

/// `list`, of the scan's, over the response's domain; `chunked` if its time is
/// split.
seq::IndexList ResponseScan::remap(ArrayRef<seq::IndexEntry> list,
                                   bool chunked) {
  seq::IndexList mapped;
  for (seq::IndexEntry entry : list) {
    if (entry.kind == seq::IndexEntry::Time && chunked)
      mapped.push_back(seq::IndexEntry::domain(0));
    if (entry.kind == seq::IndexEntry::Domain ||
        entry.kind == seq::IndexEntry::Window)
      entry.symbol =
          llvm::find(symbols, entry.symbol) - symbols.begin() + hasChunks;
    mapped.push_back(entry);
  }
  return mapped;
}

/// The index list of a tensor [C, domain..., L, slice..., lanes], where C, L
/// and the lanes' symbol may be missing: in the response's scan, or in one over
/// chunks, whose domain is the scan's and whose body sees all L steps.
seq::IndexList ResponseScan::arrayIndex(In where, bool perStep, Type slice) {
  bool isChunks = where == In::Chunks;
  seq::IndexList list;
  auto addSymbol = [&](unsigned position) {
    list.push_back(seq::IndexEntry::domain(isChunks ? symbols[position]
                                                    : position + hasChunks));
  };
  if (hasChunks)
    list.push_back(isChunks ? seq::IndexEntry::time()
                            : seq::IndexEntry::domain(0));
  for (unsigned i = 0; i + laneIsLast < symbols.size(); ++i)
    addSymbol(i);
  if (perStep)
    list.push_back(isChunks ? seq::IndexEntry::all() : seq::IndexEntry::time());
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    list.append(shaped.getRank(), seq::IndexEntry::all());
  if (laneIsLast)
    addSymbol(symbols.size() - 1);
  return list;
}

/// An uninitialised tensor with that index list.
Value ResponseScan::makeArray(bool perStep, Type slice) {
  SmallVector<OpFoldResult> sizes;
  if (hasChunks)
    sizes.push_back(getAsOpFoldResult(chunks));
  for (int64_t symbol : ArrayRef(symbols).drop_back(laneIsLast))
    sizes.push_back(getAsOpFoldResult(scan.getDomain()[symbol]));
  if (perStep)
    sizes.push_back(b.getIndexAttr(chunk));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    for (int64_t extent : shaped.getShape())
      sizes.push_back(b.getIndexAttr(extent));
  if (laneIsLast)
    sizes.push_back(getAsOpFoldResult(scan.getDomain()[symbols.back()]));
  return tensor::EmptyOp::create(b, loc, sizes, getElementTypeOrSelf(slice));
}

/// [L, L]: row s has a one in column s.
Value ResponseScan::makeUnits(Type element) {
  Value empty =
      tensor::EmptyOp::create(b, loc, ArrayRef<int64_t>{chunk, chunk}, element);
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), ValueRange(), empty,
             ArrayRef<AffineMap>{b.getMultiDimIdentityMap(2)}, iterators,
             [&](OpBuilder &nested, Location, ValueRange) {
               Value same = arith::CmpIOp::create(
                   nested, loc, arith::CmpIPredicate::eq,
                   linalg::IndexOp::create(nested, loc, 0),
                   linalg::IndexOp::create(nested, loc, 1));
               Value unit = arith::UIToFPOp::create(nested, loc, element, same);
               linalg::YieldOp::create(nested, loc, unit);
             })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// The scan
//===----------------------------------------------------------------------===//

/// Domain, time, lengths, direction and inputs; the units come last.
seq::ScanOperands ResponseScan::makeOperands(const ChunkTerm &term,
                                             const BodySlice &slice) {
  seq::ScanOperands made(loc);
  if (hasChunks)
    made.domain.push_back(chunks);
  for (int64_t symbol : symbols)
    made.domain.push_back(scan.getDomain()[symbol]);
  made.time = constant(chunk);
  made.reverse = operands.reverse;
  if (operands.lengths) {
    made.lengths = makeLengths(/*tail=*/false);
    made.lengthsIndex = {seq::IndexEntry::domain(0)};
    llvm::append_range(made.lengthsIndex, remap(operands.lengthsIndex, false));
  }
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments()))
    if (slice.arguments.contains(argument)) {
      seq::ScanOperands::Input taken = input;
      taken.value =
          splitSteps(takeSteps(input.value, input.index, false), input.index);
      taken.index = remap(input.index, /*chunked=*/true);
      made.inputs.push_back(taken);
    }
  made.inputs.push_back({makeUnits(getElementTypeOrSelf(term.value.getType())),
                         {seq::IndexEntry::time(), seq::IndexEntry::all()}});
  return made;
}

/// The states of a chunk's steps on unit values: [K, L].
static RankedTensorType getUnitState(const ChunkTerm &term, Type state,
                                     int64_t steps) {
  return RankedTensorType::get({term.keys, steps}, getElementTypeOrSelf(state));
}

/// Adds the reads as outs and the summary as carries. The tensors are numbered
/// as the scan's results.
void ResponseScan::addSlots(const ChunkTerm &term, seq::ScanOperands &made,
                            Response &response) {
  seq::TransitionOpInterface transition = term.component->transition;
  unsigned states = term.component->carries.size(), next = 0;
  auto addOut = [&](Type slice) {
    made.outs.push_back({makeArray(/*perStep=*/true, slice),
                         arrayIndex(In::Response, true, slice)});
    response.tensors.push_back({Value(), arrayIndex(In::Chunks, true, slice)});
    return next++;
  };
  for (const StateRead &read : term.reads) {
    auto type = cast<RankedTensorType>(read.rows.getType());
    SmallVector<int64_t> units(type.getShape());
    units.back() = chunk;
    ResponseRead made;
    made.units = addOut(type.clone(units));
    for (unsigned state = 0; state < states; ++state)
      made.rows.push_back(addOut(type));
    response.reads.push_back(made);
  }
  SmallVector<Value> parts = transition.buildIdentity(b, loc);
  for (auto [i, part] : llvm::enumerate(parts)) {
    bool isGain = i + states >= parts.size();
    Type slice = part.getType();
    Value identity;
    if (isGain) {
      slice = getUnitState(term, slice, chunk);
      Value zero = arith::ConstantOp::create(
          b, loc, b.getZeroAttr(getElementTypeOrSelf(slice)));
      identity = fillWith(zero, makeArray(/*perStep=*/false, slice), 0);
    } else {
      Value empty = makeArray(/*perStep=*/false, slice);
      int64_t rank = cast<RankedTensorType>(empty.getType()).getRank();
      identity =
          fillWith(part, empty, rank - laneIsLast - getBodyShape(part).size());
    }
    made.carries.push_back({identity, arrayIndex(In::Response, false, slice)});
    response.tensors.push_back({Value(), arrayIndex(In::Chunks, false, slice)});
    (isGain ? response.gains : response.decays).push_back(next++);
  }
}

/// The column of keys of a gain, all ones if it has none.
static Value buildKeys(OpBuilder &b, Location loc, const OuterGain &gain,
                       RankedTensorType type, const IRMapping &mapping) {
  Value column, number;
  for (Value key : gain.keys) {
    Value factor = mapping.lookupOrDefault(key);
    Value &product = isa<RankedTensorType>(factor.getType()) ? column : number;
    product = product ? arith::MulFOp::create(b, loc, product, factor) : factor;
  }
  if (!number && !column)
    number = arith::ConstantOp::create(
        b, loc, b.getFloatAttr(type.getElementType(), 1.0));
  if (!number)
    return column;
  Value spread = tensor::SplatOp::create(b, loc, number, type);
  return column ? arith::MulFOp::create(b, loc, column, spread).getResult()
                : spread;
}

/// What `gain` is where the row of values is `unit`.
static Value buildUnitGain(OpBuilder &b, Location loc, const OuterGain &gain,
                           RankedTensorType type, Value unit,
                           const IRMapping &mapping) {
  if (gain.isRow)
    return unit;
  if (gain.isZero)
    return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  auto column =
      RankedTensorType::get(type.getDimSize(0), type.getElementType());
  Value keys = buildKeys(b, loc, gain, column, mapping);
  return seq::OuterOp::create(b, loc, type, keys, unit);
}

/// One step on the values `unit`, from the summary `before`; `mapping` has what
/// the response follows from.
void ResponseScan::emitStep(OpBuilder &nested, const ChunkTerm &term,
                            ValueRange before, Value unit,
                            const IRMapping &mapping) {
  seq::TransitionOpInterface transition = term.component->transition;
  SmallVector<Value> element;
  for (OpOperand *operand : transition.getElementOperands()) {
    const OuterGain *gain =
        llvm::find_if(term.gains, [&](const OuterGain &candidate) {
          return candidate.operand == operand;
        });
    element.push_back(
        gain == term.gains.end()
            ? mapping.lookupOrDefault(operand->get())
            : buildUnitGain(nested, loc, *gain,
                            getUnitState(term, unit.getType(), chunk), unit,
                            mapping));
  }
  SmallVector<Value> after =
      transition.buildExtend(nested, loc, before, element);
  SmallVector<Value> outs;
  size_t decays = after.size() - term.component->carries.size();
  for (const StateRead &read : term.reads) {
    ValueRange summary = read.after ? ValueRange(after) : before;
    Value rows = mapping.lookupOrDefault(read.rows);
    outs.push_back(
        seq::buildRowsTimes(nested, loc, rows, summary[decays + read.state]));
    llvm::append_range(
        outs, transition.buildAdjoint(nested, loc, summary, read.state, rows));
  }
  seq::YieldOp::create(nested, loc, outs, after);
}

Response ResponseScan::buildResponse(const ChunkTerm &term) {
  BodySlice slice = sliceBody(scan, term.getSources());
  chooseDomain(term, slice);
  seq::ScanOperands made = makeOperands(term, slice);
  Response response;
  addSlots(term, made, response);
  auto scanned = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        ValueRange domain = body.domain.drop_front(hasChunks);
        for (auto [symbol, argument] : llvm::zip(symbols, domain))
          mapping.map(scan.getDomainArguments()[symbol], argument);
        if (slice.arguments.contains(scan.getTimeArgument()))
          mapping.map(Value(scan.getTimeArgument()),
                      buildTime(nested, body.domain[0], body.time));
        ValueRange inputs = body.inputs;
        for (Value argument : scan.getInputArguments())
          if (slice.arguments.contains(argument)) {
            mapping.map(argument, inputs.front());
            inputs = inputs.drop_front();
          }
        cloneSlice(nested, scan, slice, mapping);
        emitStep(nested, term, body.carries, inputs.front(), mapping);
      });
  setForm(scanned);
  for (auto [tensor, result] :
       llvm::zip(response.tensors, scanned->getResults()))
    tensor.value = result;
  return response;
}
