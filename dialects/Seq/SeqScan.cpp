//===- SeqScan.cpp - the scan op: accessors, builder, verifier ------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Accessors
//===----------------------------------------------------------------------===//

IndexList ScanOp::getInputIndex(unsigned i) {
  return decodeIndexList(getInputIndices()[i]);
}
IndexList ScanOp::getOutIndex(unsigned i) {
  return decodeIndexList(getOutIndices()[i]);
}
IndexList ScanOp::getCarryIndex(unsigned i) {
  return decodeIndexList(getCarryIndices()[i]);
}
IndexList ScanOp::getLengthsIndex() {
  return hasLengths() ? decodeIndexList(getLengthsIndices()[0]) : IndexList();
}

Block::BlockArgListType ScanOp::getDomainArguments() {
  return getBodyBlock()->getArguments().take_front(getDomain().size());
}
BlockArgument ScanOp::getTimeArgument() {
  return getBodyBlock()->getArgument(getDomain().size());
}
Block::BlockArgListType ScanOp::getInputArguments() {
  return getBodyBlock()->getArguments().slice(getDomain().size() + 1,
                                              getInputs().size());
}
Block::BlockArgListType ScanOp::getCarryArguments() {
  return getBodyBlock()->getArguments().take_back(getCarries().size());
}
YieldOp ScanOp::getYield() {
  return cast<YieldOp>(getBodyBlock()->getTerminator());
}

MutableOperandRange ScanOp::getDpsInitsMutable() {
  unsigned first =
      getDomain().size() + 1 + getInputs().size() + getLengths().size();
  return MutableOperandRange(getOperation(), first, getNumOperands() - first);
}

void ScanOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (!hasBufferSemantics())
    return;
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand,
                         SideEffects::DefaultResource::get());
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand,
                           SideEffects::DefaultResource::get());
  }
}

ScanOperands ScanOp::getScanOperands() {
  ScanOperands all(getLoc());
  all.domain.assign(getDomain().begin(), getDomain().end());
  all.time = getTime();
  for (auto [i, value] : llvm::enumerate(getInputs())) {
    ScanOperands::Input input{value, getInputIndex(i)};
    if (int64_t history = getInputHistory()[i]; history >= 0)
      input.history = getHistories()[history];
    input.lanes = getInputLanes()[i];
    if (input.lanes)
      input.packedSlice = getInputArguments()[i].getType();
    all.inputs.push_back(input);
  }
  for (auto [i, value] : llvm::enumerate(getOuts()))
    all.outs.push_back({value, getOutIndex(i)});
  for (auto [i, value] : llvm::enumerate(getCarries()))
    all.carries.push_back({value, getCarryIndex(i)});
  if (hasLengths()) {
    all.lengths = getLengths()[0];
    all.lengthsIndex = getLengthsIndex();
  }
  all.reverse = getReverse();
  all.schedule = getScheduleAttr();
  return all;
}

//===----------------------------------------------------------------------===//
// Builder
//===----------------------------------------------------------------------===//

/// Adds operands, index lists and result types of `operands` to `state`.
static void addScanOperands(OpBuilder &builder, OperationState &state,
                            const ScanOperands &operands) {
  MLIRContext *context = builder.getContext();
  SmallVector<Value> inputs, lengths, outs, carries, histories;
  SmallVector<Attribute> inputIndices, lengthsIndices, outIndices, carryIndices;
  SmallVector<int64_t> inputHistory, inputLanes;
  for (const ScanOperands::Input &input : operands.inputs) {
    inputs.push_back(input.value);
    inputIndices.push_back(encodeIndexList(context, input.index));
    inputLanes.push_back(input.lanes);
    auto *known = llvm::find(histories, input.history);
    inputHistory.push_back(input.history ? known - histories.begin() : -1);
    if (input.history && known == histories.end())
      histories.push_back(input.history);
  }
  for (const ScanOperands::Slot &out : operands.outs) {
    outs.push_back(out.value);
    outIndices.push_back(encodeIndexList(context, out.index));
  }
  for (const ScanOperands::Slot &carry : operands.carries) {
    carries.push_back(carry.value);
    carryIndices.push_back(encodeIndexList(context, carry.index));
  }
  if (operands.lengths) {
    lengths.push_back(operands.lengths);
    lengthsIndices.push_back(encodeIndexList(context, operands.lengthsIndex));
  }

  SmallVector<int32_t> segments;
  auto addSegment = [&](ValueRange values) {
    state.addOperands(values);
    segments.push_back(values.size());
  };
  addSegment(operands.domain);
  addSegment(operands.time);
  for (ValueRange values :
       {ValueRange(inputs), ValueRange(lengths), ValueRange(outs),
        ValueRange(carries), ValueRange(histories)})
    addSegment(values);
  auto &properties = state.getOrAddProperties<ScanOp::Properties>();
  llvm::copy(segments, properties.operandSegmentSizes.begin());
  properties.input_indices = builder.getArrayAttr(inputIndices);
  properties.lengths_indices = builder.getArrayAttr(lengthsIndices);
  properties.out_indices = builder.getArrayAttr(outIndices);
  properties.carry_indices = builder.getArrayAttr(carryIndices);
  properties.input_history = builder.getDenseI64ArrayAttr(inputHistory);
  properties.input_lanes = builder.getDenseI64ArrayAttr(inputLanes);
  if (operands.reverse)
    properties.reverse = builder.getUnitAttr();
  properties.schedule = operands.schedule;
  for (ValueRange values :
       {ValueRange(outs), ValueRange(carries), ValueRange(histories)})
    for (Value value : values)
      if (isa<TensorType>(value.getType()))
        state.addTypes(value.getType());
}

/// The body's argument types, in order.
static SmallVector<Type> getBodyTypes(OpBuilder &builder,
                                      const ScanOperands &operands) {
  SmallVector<Type> types(operands.domain.size() + 1, builder.getIndexType());
  for (const ScanOperands::Input &input : operands.inputs)
    types.push_back(input.lanes
                        ? input.packedSlice
                        : getSliceType(cast<ShapedType>(input.value.getType()),
                                       input.index));
  for (const ScanOperands::Slot &carry : operands.carries)
    types.push_back(
        getSliceType(cast<ShapedType>(carry.value.getType()), carry.index));
  return types;
}

void ScanOp::build(
    OpBuilder &builder, OperationState &state, const ScanOperands &operands,
    function_ref<void(OpBuilder &, Location, ScanBody)> buildBody) {
  addScanOperands(builder, state, operands);
  SmallVector<Type> types = getBodyTypes(builder, operands);
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Location> locations(types.size(), operands.loc);
  Block *body = builder.createBlock(state.addRegion(), {}, types, locations);
  if (!buildBody)
    return;
  ValueRange arguments = body->getArguments();
  size_t domain = operands.domain.size(), inputs = operands.inputs.size();
  buildBody(builder, operands.loc,
            {arguments.take_front(domain), body->getArgument(domain),
             arguments.slice(domain + 1, inputs),
             arguments.drop_front(domain + 1 + inputs)});
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

static std::string slotName(StringRef kind, size_t i) {
  return (kind + " " + Twine(i)).str();
}

/// Constraints 1 and 2 of `name`'s index list.
static LogicalResult verifyIndex(ScanOp op, const Twine &name, ShapedType type,
                                 ArrayRef<IndexEntry> list) {
  if (static_cast<int64_t>(list.size()) != type.getRank())
    return op.emitOpError()
           << name << " needs one index for each of its " << type.getRank()
           << " dimensions, found " << list.size();
  for (auto [i, entry, extent] : llvm::enumerate(list, type.getShape())) {
    bool named =
        entry.kind == IndexEntry::Domain || entry.kind == IndexEntry::Window;
    if (named && (entry.symbol < 0 ||
                  entry.symbol >= static_cast<int64_t>(op.getDomain().size())))
      return op.emitOpError() << name << " names an unknown domain symbol";
    if (entry.kind == IndexEntry::Window &&
        (entry.stride < 1 || entry.size < 1))
      return op.emitOpError() << name << " needs a window with stride and size "
                              << "of at least 1";
    if (entry.kind == IndexEntry::Time && (entry.lag < 0 || entry.every < 1))
      return op.emitOpError() << name << " reads the future: the shift of time "
                              << "must not be negative";
    Value symbol = named ? op.getDomain()[entry.symbol]
                   : entry.kind == IndexEntry::Time ? op.getTime()
                                                    : Value();
    std::optional<int64_t> symbolExtent =
        symbol ? getConstantIntValue(symbol) : std::nullopt;
    if (!symbolExtent || ShapedType::isDynamic(extent))
      continue;
    int64_t needed = *symbolExtent;
    if (entry.kind == IndexEntry::Window)
      needed = needed == 0 ? 0 : (needed - 1) * entry.stride + entry.size;
    if (entry.kind == IndexEntry::Time)
      needed /= entry.every;
    bool fits =
        entry.kind == IndexEntry::Window ? needed <= extent : needed == extent;
    if (!fits)
      return op.emitOpError() << name << " dimension " << i << " is " << extent
                              << " where the scan needs " << needed;
  }
  return success();
}

/// Constraint 3: an out or carry is written once by every domain point.
static LogicalResult verifyDestination(ScanOp op, const Twine &name,
                                       ArrayRef<IndexEntry> list, bool isOut) {
  SmallVector<unsigned> uses(op.getDomain().size(), 0);
  unsigned times = 0;
  for (const IndexEntry &entry : list) {
    if (entry.kind == IndexEntry::Window)
      return op.emitOpError() << name << " must not be indexed by a window";
    if (entry.kind == IndexEntry::Domain)
      ++uses[entry.symbol];
    if (entry.kind == IndexEntry::Time) {
      ++times;
      if (entry.lag != 0)
        return op.emitOpError() << name << " must not be shifted in time";
    }
  }
  for (auto [symbol, count] : llvm::enumerate(uses))
    if (count != 1)
      return op.emitOpError() << name << " must name domain symbol " << symbol
                              << " once, found " << count << " times";
  if (times != (isOut ? 1u : 0u))
    return op.emitOpError()
           << name << " must name time " << (isOut ? "once" : "never")
           << ", found " << times << " times";
  return success();
}

/// Constraint 4.
static LogicalResult verifyHistory(ScanOp op, unsigned i) {
  IndexList list = op.getInputIndex(i);
  int64_t time = findTime(list), history = op.getInputHistory()[i];
  int64_t lag = time < 0 ? 0 : list[time].lag;
  if (time >= 0 && list[time].every != 1)
    return op.emitOpError()
           << "input " << i << " must not be read every few steps";
  if (history < -1 || history >= static_cast<int64_t>(op.getHistories().size()))
    return op.emitOpError() << "input " << i << " has an unknown history";
  if (lag == 0 && history >= 0)
    return op.emitOpError()
           << "input " << i << " has a history but no shift in time";
  if (lag == 0)
    return success();
  if (history < 0)
    return op.emitOpError() << "input " << i << " is read " << lag
                            << " steps back and needs a history";
  if (op.getReverse())
    return op.emitOpError() << "a reverse scan must not read steps back";
  auto type = cast<ShapedType>(op.getInputs()[i].getType());
  auto past = cast<ShapedType>(op.getHistories()[history].getType());
  bool same = type.getRank() == past.getRank() &&
              type.getElementType() == past.getElementType();
  for (int64_t d = 0; same && d < type.getRank(); ++d)
    same = d == time || type.getDimSize(d) == past.getDimSize(d);
  if (!same || past.isDynamicDim(time) || past.getDimSize(time) < lag)
    return op.emitOpError()
           << "history of input " << i << " must be shaped as the input with "
           << "at least " << lag << " rows of time, found " << past;
  return success();
}

static LogicalResult verifyPacked(ScanOp op, unsigned i) {
  int64_t lanes = op.getInputLanes()[i];
  if (lanes == 0)
    return success();
  auto stored = cast<ShapedType>(op.getInputs()[i].getType());
  auto logical =
      dyn_cast<RankedTensorType>(op.getInputArguments()[i].getType());
  bool plain = llvm::all_of(op.getInputIndex(i), [](const IndexEntry &entry) {
    return entry.kind == IndexEntry::All;
  });
  if (lanes < 1 || !logical || !plain)
    return op.emitOpError()
           << "packed input " << i << " must be a whole tensor with lanes >= 1";
  Type element = stored.getElementType(), seen = logical.getElementType();
  bool narrower = seen.isF32() && (element.isBF16() || element.isF16() ||
                                   element.isSignlessInteger(8));
  if (element != seen && !narrower)
    return op.emitOpError()
           << "packed input " << i << " of type " << stored << " must hold "
           << seen << (seen.isF32() ? ", bf16, f16 or i8" : "");
  RankedTensorType narrow = logical.clone(element);
  for (int64_t contracted = 0; contracted < logical.getRank(); ++contracted)
    for (bool quads : {false, contracted == 1 && element.isInteger(8)})
      if (PackOp::getPackedType(narrow, lanes, contracted, quads).getShape() ==
          stored.getShape())
        return success();
  return op.emitOpError() << "packed input " << i << " of type " << stored
                          << " is no packing of " << logical << " for " << lanes
                          << " lanes";
}

static LogicalResult verifySchedule(ScanOp op) {
  if (!op.getSchedule())
    return success();
  ArrayAttr schedule = *op.getSchedule();
  if (schedule.empty())
    return op.emitOpError("schedule must have an alternative");
  if (cast<AlternativeAttr>(schedule.getValue().back()).getMinTime() != 0)
    return op.emitOpError("schedule must end with an unguarded alternative");
  return success();
}

LogicalResult ScanOp::verify() {
  if (getInputIndices().size() != getInputs().size() ||
      getOutIndices().size() != getOuts().size() ||
      getCarryIndices().size() != getCarries().size() ||
      getLengthsIndices().size() != getLengths().size() ||
      getInputHistory().size() != getInputs().size() ||
      getInputLanes().size() != getInputs().size() || getLengths().size() > 1)
    return emitOpError("needs one index list for each operand");
  for (auto [i, value] : llvm::enumerate(getInputs()))
    if (failed(verifyIndex(*this, slotName("input", i),
                           cast<ShapedType>(value.getType()),
                           getInputIndex(i))))
      return failure();
  for (auto [i, value] : llvm::enumerate(getOuts()))
    if (failed(verifyIndex(*this, slotName("out", i),
                           cast<ShapedType>(value.getType()),
                           getOutIndex(i))) ||
        failed(verifyDestination(*this, slotName("out", i), getOutIndex(i),
                                 /*isOut=*/true)))
      return failure();
  for (auto [i, value] : llvm::enumerate(getCarries()))
    if (failed(verifyIndex(*this, slotName("carry", i),
                           cast<ShapedType>(value.getType()),
                           getCarryIndex(i))) ||
        failed(verifyDestination(*this, slotName("carry", i), getCarryIndex(i),
                                 /*isOut=*/false)))
      return failure();
  if (hasLengths()) {
    auto type = cast<ShapedType>(getLengths()[0].getType());
    bool domainOnly = llvm::all_of(getLengthsIndex(), [](const IndexEntry &e) {
      return e.kind == IndexEntry::Domain;
    });
    if (!type.getElementType().isSignlessIntOrIndex() ||
        type.getElementType().isInteger(1) || !domainOnly)
      return emitOpError("lengths must be integers of more than one bit, "
                         "indexed by domain symbols");
    if (failed(verifyIndex(*this, "lengths", type, getLengthsIndex())))
      return failure();
  }
  return verifySchedule(*this);
}

LogicalResult ScanOp::verifyRegions() {
  ScanOperands operands = getScanOperands();
  Block *body = getBodyBlock();
  if (body->getNumArguments() != operands.domain.size() + 1 +
                                     operands.inputs.size() +
                                     operands.carries.size())
    return emitOpError("body must take the domain indices, t, the inputs' "
                       "slices and the carries");
  OpBuilder builder(getContext());
  SmallVector<Type> expected = getBodyTypes(builder, operands);
  for (auto [i, argument, type] :
       llvm::enumerate(body->getArguments(), expected))
    if (argument.getType() != type)
      return emitOpError() << "body argument " << i << " must be " << type
                           << ", found " << argument.getType();
  for (unsigned i = 0; i < getInputs().size(); ++i)
    if (failed(verifyHistory(*this, i)) || failed(verifyPacked(*this, i)))
      return failure();

  YieldOp yield = getYield();
  if (yield.getOuts().size() != getOuts().size() ||
      yield.getCarries().size() != getCarries().size())
    return emitOpError() << "body must yield " << getOuts().size()
                         << " outs and " << getCarries().size()
                         << " carries, found " << yield.getOuts().size()
                         << " and " << yield.getCarries().size();
  for (auto [i, value] : llvm::enumerate(yield.getOuts())) {
    Type type =
        getSliceType(cast<ShapedType>(getOuts()[i].getType()), getOutIndex(i));
    if (value.getType() != type)
      return emitOpError() << "out " << i << " must be " << type << ", found "
                           << value.getType();
  }
  for (auto [i, value] : llvm::enumerate(yield.getCarries()))
    if (value.getType() != getCarryArguments()[i].getType())
      return emitOpError() << "carry " << i << " must be "
                           << getCarryArguments()[i].getType() << ", found "
                           << value.getType();
  return success();
}

LogicalResult TimeBlockOp::verify() {
  auto scan = dyn_cast<ScanOp>((*this)->getParentOp());
  if (!scan)
    return emitOpError("must stand in the body of a seq.scan");
  auto yield = cast<YieldOp>(getBody().front().getTerminator());
  if (yield.getOuts().getTypes() != getResultTypes() ||
      !yield.getCarries().empty())
    return emitOpError("must yield its results and no carries");
  // What the block reads, followed back through the step.
  llvm::SmallPtrSet<Operation *, 8> seen;
  SmallVector<Operation *> worklist = {*this};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!seen.insert(op).second)
      continue;
    WalkResult result = op->walk([&](Operation *nested) {
      for (Value operand : nested->getOperands()) {
        if (llvm::is_contained(scan.getCarryArguments(), operand))
          return WalkResult::interrupt();
        Operation *def = operand.getDefiningOp();
        if (def && def->getBlock() == scan.getBodyBlock())
          worklist.push_back(def);
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return emitOpError("must not depend on a carry");
  }
  return success();
}
