//===- LiftSteps.cpp - a step becomes a function over time ----------------===//
//
// What depends on no state is computed for all steps at once. A scan of one
// step that carries a state becomes one scan over time, a state that is last
// step's value a row further up, and all other ways from state to state one
// scan whose body are their ops.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "passes/Passes.h"
#include "passes/Sequence/Generalize.h"
#include "passes/Sequence/OpBatcher.h"
#include "passes/Sequence/StepAnalysis.h"
#include "passes/Support/ModelFunction.h"
#include "passes/Support/ViewElements.h"

namespace seqc {
#define GEN_PASS_DEF_LIFTSTEPS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;
using seq::IndexList;

namespace {
/// Builds the function over time behind the step and moves it into its place.
class StepLifter {
public:
  StepLifter(func::FuncOp step, ModelInfo given, int64_t block)
      : step(step), info(std::move(given)), analysis(step, info), block(block),
        b(step.getContext()), batcher(b) {}

  LogicalResult run();

private:
  std::string getStepsName();
  void begin();
  void finish(ValueRange results);
  DictionaryAttr nameAxes(DictionaryAttr attrs, const TensorInfo &tensor);

  LogicalResult emitRows(Value value);
  LogicalResult emitStateRows(unsigned state);
  LogicalResult emitFirst(Value value);
  LogicalResult emitLast(Value value);
  Value takeLastRow(Value value);

  LogicalResult emitTimeScan(seq::ScanOp scan);
  LogicalResult addInputs(seq::ScanOp scan, seq::ScanOperands &operands);
  void addOuts(seq::ScanOp scan, seq::ScanOperands &operands);
  std::pair<Value, IndexList> dropTime(Value value, IndexList index,
                                       bool hasRows);
  void fillTimeScan(seq::ScanOp scan, seq::ScanOp fresh);
  void takeResults(seq::ScanOp scan, seq::ScanOp fresh);

  FailureOr<OpFoldResult> emitExtent(Value value, int64_t axis);
  FailureOr<Value> emitIndex(Value index);
  LogicalResult addCoreSlots(seq::ScanOperands &operands);
  void fillCore(seq::ScanOp scan, ValueRange reads);
  LogicalResult emitCore();
  LogicalResult addCoreReads(seq::ScanOperands &operands,
                             SmallVectorImpl<Value> &reads);

  func::FuncOp step, lifted;
  ModelInfo info;
  StepAnalysis analysis;
  int64_t block;
  OpBuilder b;
  OpBatcher batcher;
  std::string stepsName;
  IRMapping first, last; ///< Values at the first step, after the last one.
  llvm::DenseSet<Operation *> emitted; ///< Scans over time.
  bool hasCore = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// A name that no dimension of the model has.
std::string StepLifter::getStepsName() {
  std::string name = "steps";
  while (llvm::is_contained(info.dims, name))
    name += '_';
  return name;
}

/// `attrs` with the names of the axes behind that of the steps.
DictionaryAttr StepLifter::nameAxes(DictionaryAttr attrs,
                                    const TensorInfo &tensor) {
  SmallVector<StringRef> names = {stepsName};
  llvm::append_range(names, tensor.axisNames);
  NamedAttrList list(attrs);
  list.set("seq.dims", b.getStrArrayAttr(names));
  list.set("seq.name", b.getStringAttr(tensor.name));
  return list.getDictionary(b.getContext());
}

/// An empty function of rows; its arguments are the step's.
void StepLifter::begin() {
  stepsName = getStepsName();
  SmallVector<Type> types(step.getArgumentTypes());
  for (const TensorInfo &input : info.inputs)
    types[input.index] = getRowsType(types[input.index]);
  SmallVector<Type> results(step.getResultTypes());
  for (const TensorInfo &output : info.outputs)
    results[output.index] = getRowsType(results[output.index]);
  b.setInsertionPointAfter(step);
  lifted = func::FuncOp::create(b, step.getLoc(), "lifted",
                                b.getFunctionType(types, results));
  b.setInsertionPointToStart(lifted.addEntryBlock());
  for (auto [old, argument] :
       llvm::zip(step.getArguments(), lifted.getArguments())) {
    if (analysis.getState(old)) {
      first.map(old, argument);
      batcher.plain.map(old, argument);
    } else {
      batcher.rows[old] = argument;
    }
  }
  batcher.steps = tensor::DimOp::create(
      b, step.getLoc(), lifted.getArgument(info.inputs.front().index), 0);
}

void StepLifter::finish(ValueRange results) {
  func::ReturnOp::create(b, step.getLoc(), results);
  for (const TensorInfo &input : info.inputs)
    step.setArgAttrs(input.index,
                     nameAxes(step.getArgAttrDict(input.index), input));
  for (const TensorInfo &output : info.outputs)
    step.setResultAttrs(output.index,
                        nameAxes(step.getResultAttrDict(output.index), output));
  step->setAttr("seq.steps", b.getStringAttr(stepsName));
  step->setAttr("seq.block", b.getI64IntegerAttr(block));
  step.setType(lifted.getFunctionType());
  step.getBody().takeBody(lifted.getBody());
  lifted.erase();
}

LogicalResult StepLifter::run() {
  if (info.block)
    return step.emitError("required one step, found a function over steps");
  if (info.states.empty() || info.inputs.empty())
    return step.emitError("a step that can become a sequence has states and "
                          "inputs, found ")
           << info.states.size() << " and " << info.inputs.size();
  begin();
  Operation *end = step.getBody().front().getTerminator();
  SmallVector<Value> results(end->getNumOperands());
  for (const TensorInfo &output : info.outputs) {
    Value value = end->getOperand(output.index);
    if (failed(emitRows(value)))
      return failure();
    results[output.index] = batcher.getRows(value);
  }
  for (auto [i, state] : llvm::enumerate(info.states)) {
    Value value = end->getOperand(state.resultIndex);
    if (analysis.isCoreState(i) ? failed(emitCore()) : failed(emitLast(value)))
      return failure();
    results[state.resultIndex] = analysis.isCoreState(i)
                                     ? last.lookup(analysis.getArgument(i))
                                     : last.lookup(value);
  }
  finish(results);
  return success();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Emits what `value` is at every step: its rows, or the plain value.
LogicalResult StepLifter::emitRows(Value value) {
  if (batcher.rows.contains(value) ||
      (batcher.plain.contains(value) && !analysis.isVarying(value)))
    return success();
  if (std::optional<unsigned> state = analysis.getState(value))
    return analysis.isCoreState(*state) ? emitCore() : emitStateRows(*state);
  Operation *op = value.getDefiningOp();
  if (analysis.isCore(op))
    return emitCore();
  if (analysis.isTimeScan(op))
    return emitTimeScan(cast<seq::ScanOp>(op));
  // An extent is known without the tensor where that is an argument.
  for (Value read : getReads(op))
    if (read.getParentBlock() == op->getBlock() &&
        !(isa<tensor::DimOp>(op) && isa<BlockArgument>(read)) &&
        failed(emitRows(read)))
      return failure();
  return batcher.emit(op);
}

/// A state before every step: as it came, then what the step before left.
LogicalResult StepLifter::emitStateRows(unsigned state) {
  Value argument = analysis.getArgument(state);
  Value update = analysis.getUpdate(state);
  if (failed(emitRows(update)))
    return failure();
  Location loc = argument.getLoc();
  Value rows = batcher.getRows(update);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, rows);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  Value all = batcher.buildEmptyRows(argument);
  sizes[0] = b.getIndexAttr(1);
  all = tensor::InsertSliceOp::create(b, loc, first.lookup(argument), all,
                                      offsets, sizes, strides);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  sizes[0] = arith::SubIOp::create(b, loc, batcher.steps, one).getResult();
  Value earlier =
      tensor::ExtractSliceOp::create(b, loc, rows, offsets, sizes, strides);
  offsets[0] = b.getIndexAttr(1);
  batcher.rows[argument] = tensor::InsertSliceOp::create(
      b, loc, earlier, all, offsets, sizes, strides);
  return success();
}

/// Emits a view of states as it is before the first step.
LogicalResult StepLifter::emitFirst(Value value) {
  if (first.contains(value))
    return success();
  if (!analysis.isVarying(value)) {
    if (failed(emitRows(value)))
      return failure();
    first.map(value, batcher.plain.lookup(value));
    return success();
  }
  Operation *op = value.getDefiningOp();
  for (Value read : getReads(op))
    if (failed(emitFirst(read)))
      return failure();
  b.clone(*op, first);
  return success();
}

Value StepLifter::takeLastRow(Value value) {
  Location loc = value.getLoc();
  Value rows = batcher.getRows(value);
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, rows);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  sizes[0] = b.getIndexAttr(1);
  offsets[0] = arith::SubIOp::create(b, loc, batcher.steps, one).getResult();
  return tensor::ExtractSliceOp::create(b, loc,
                                        cast<RankedTensorType>(value.getType()),
                                        rows, offsets, sizes, strides);
}

/// Emits what `value` is after the last step.
LogicalResult StepLifter::emitLast(Value value) {
  if (last.contains(value))
    return success();
  Operation *op = value.getDefiningOp();
  bool isVarying = analysis.isVarying(value);
  if (isVarying && analysis.getCarry(value))
    return emitTimeScan(cast<seq::ScanOp>(op));
  if (isVarying && op && !analysis.isCore(op) && isViewOp(op)) {
    for (Value read : getReads(op))
      if (failed(emitLast(read)))
        return failure();
    b.clone(*op, last);
    return success();
  }
  if (failed(emitRows(value)))
    return failure();
  last.map(value, isVarying ? takeLastRow(value) : batcher.plain.lookup(value));
  return success();
}

//===----------------------------------------------------------------------===//
// Scans over time
//===----------------------------------------------------------------------===//

/// An operand without its dimension of one step, and its index list.
std::pair<Value, IndexList> StepLifter::dropTime(Value value, IndexList index,
                                                 bool hasRows) {
  int64_t time = seq::findTime(index);
  if (time >= 0) {
    index.erase(index.begin() + time);
    Location loc = value.getLoc();
    int64_t axis = time + hasRows;
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
    sizes[axis] = b.getIndexAttr(1);
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.erase(shape.begin() + axis);
    value = tensor::ExtractSliceOp::create(
        b, loc, RankedTensorType::get(shape, type.getElementType()), value,
        offsets, sizes, strides);
  }
  if (hasRows)
    index.insert(index.begin(), IndexEntry::time());
  return {value, index};
}

LogicalResult StepLifter::addInputs(seq::ScanOp scan,
                                    seq::ScanOperands &operands) {
  for (seq::ScanOperands::Input &input : operands.inputs) {
    if (failed(emitRows(input.value)))
      return failure();
    std::tie(input.value, input.index) =
        dropTime(batcher.lookUp(input.value), input.index,
                 batcher.rows.contains(input.value));
  }
  for (Value &extent : operands.domain) {
    if (failed(emitRows(extent)))
      return failure();
    extent = batcher.plain.lookup(extent);
  }
  // A body may read constants from above.
  for (Value read : getReads(scan))
    if (!llvm::is_contained(scan->getOperands(), read) &&
        failed(emitRows(read)))
      return failure();
  for (auto [i, carry] : llvm::enumerate(operands.carries)) {
    if (failed(emitFirst(carry.value)))
      return failure();
    carry.value = first.lookup(carry.value);
  }
  operands.time = batcher.steps;
  return success();
}

/// The outs with a row for every step, then the carries that are needed so.
void StepLifter::addOuts(seq::ScanOp scan, seq::ScanOperands &operands) {
  auto addOut = [&](Value like, IndexList index) {
    auto type = cast<RankedTensorType>(like.getType());
    int64_t time = seq::findTime(index);
    SmallVector<OpFoldResult> extents = {batcher.steps};
    IndexList list = {IndexEntry::time()};
    for (auto [i, entry] : llvm::enumerate(index)) {
      if (int64_t(i) == time)
        continue;
      list.push_back(entry);
      OpFoldResult extent = b.getIndexAttr(type.getDimSize(i));
      if (type.isDynamicDim(i))
        extent = operands.domain[entry.symbol];
      extents.push_back(extent);
    }
    operands.outs.push_back({tensor::EmptyOp::create(b, like.getLoc(), extents,
                                                     type.getElementType()),
                             list});
  };
  operands.outs.clear();
  for (auto [i, out] : llvm::enumerate(scan.getOuts()))
    addOut(out, scan.getOutIndex(i));
  unsigned count = scan.getOuts().size();
  for (auto [i, carry] : llvm::enumerate(scan.getCarries()))
    if (analysis.needsRows(scan->getResult(count + i)))
      addOut(carry, scan.getCarryIndex(i));
}

void StepLifter::fillTimeScan(seq::ScanOp scan, seq::ScanOp fresh) {
  IRMapping mapping = batcher.plain;
  mapping.map(scan.getDomainArguments(), fresh.getDomainArguments());
  mapping.map(scan.getInputArguments(), fresh.getInputArguments());
  mapping.map(scan.getCarryArguments(), fresh.getCarryArguments());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(fresh.getBodyBlock());
  // The step's own time has one step.
  if (!scan.getTimeArgument().use_empty())
    mapping.map(
        scan.getTimeArgument(),
        arith::ConstantIndexOp::create(b, scan.getLoc(), 0).getResult());
  cloneBody(b, scan.getBodyBlock(), fresh.getBodyBlock(), mapping);
  SmallVector<Value> outs, carries;
  for (Value out : scan.getYield().getOuts())
    outs.push_back(mapping.lookup(out));
  unsigned count = scan.getOuts().size();
  for (auto [i, carry] : llvm::enumerate(scan.getYield().getCarries())) {
    carries.push_back(mapping.lookup(carry));
    if (analysis.needsRows(scan->getResult(count + i)))
      outs.push_back(carries.back());
  }
  seq::YieldOp::create(b, scan.getLoc(), outs, carries);
}

/// Gives the outs their dimension of one step again.
void StepLifter::takeResults(seq::ScanOp scan, seq::ScanOp fresh) {
  unsigned next = 0, count = scan.getOuts().size();
  for (auto [i, out] : llvm::enumerate(scan.getOuts())) {
    Value rows = fresh->getResult(next++);
    int64_t time = seq::findTime(scan.getOutIndex(i));
    SmallVector<ReassociationIndices> groups;
    int64_t dim = 0, rank = cast<RankedTensorType>(rows.getType()).getRank();
    SmallVector<OpFoldResult> extents =
        tensor::getMixedSizes(b, scan.getLoc(), rows);
    extents.insert(extents.begin() + time + 1, b.getIndexAttr(1));
    for (int64_t j = 0; j < rank; ++j) {
      groups.push_back({dim++});
      if (j == time)
        groups.back().push_back(dim++);
    }
    SmallVector<int64_t> shape(getRowsType(out.getType()).getShape());
    auto type = RankedTensorType::get(shape, getElementTypeOrSelf(rows));
    batcher.rows[scan->getResult(i)] = tensor::ExpandShapeOp::create(
        b, scan.getLoc(), type, rows, groups, extents);
  }
  for (unsigned i = 0; i < scan.getCarries().size(); ++i)
    if (Value carry = scan->getResult(count + i); analysis.needsRows(carry))
      batcher.rows[carry] = fresh->getResult(next++);
  for (unsigned i = 0; i < scan.getCarries().size(); ++i)
    last.map(scan->getResult(count + i), fresh->getResult(next + i));
}

LogicalResult StepLifter::emitTimeScan(seq::ScanOp scan) {
  if (!emitted.insert(scan).second)
    return success();
  seq::ScanOperands operands = scan.getScanOperands();
  operands.reverse = false;
  operands.schedule = {};
  if (failed(addInputs(scan, operands)))
    return failure();
  addOuts(scan, operands);
  auto fresh = seq::ScanOp::create(b, scan.getLoc(), operands, nullptr);
  fillTimeScan(scan, fresh);
  takeResults(scan, fresh);
  return success();
}

//===----------------------------------------------------------------------===//
// The core
//===----------------------------------------------------------------------===//

/// Every tensor that the core reads becomes an input.
LogicalResult StepLifter::addCoreReads(seq::ScanOperands &operands,
                                       SmallVectorImpl<Value> &reads) {
  for (Value read : analysis.getCoreReads()) {
    if (failed(emitRows(read)))
      return failure();
    auto type = dyn_cast<RankedTensorType>(read.getType());
    if (!type || (!analysis.isVarying(read) &&
                  (read.getDefiningOp<arith::ConstantOp>() ||
                   read.getDefiningOp<tensor::EmptyOp>())))
      continue;
    IndexList index(type.getRank(), IndexEntry::all());
    if (batcher.rows.contains(read))
      index.insert(index.begin(), IndexEntry::time());
    operands.inputs.push_back({batcher.lookUp(read), index});
    reads.push_back(read);
  }
  return success();
}

/// An extent of a value that only the core will have.
FailureOr<OpFoldResult> StepLifter::emitExtent(Value value, int64_t axis) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(axis))
    return OpFoldResult(b.getIndexAttr(type.getDimSize(axis)));
  if (batcher.rows.contains(value) || batcher.plain.contains(value))
    return batcher.getRowExtents(value)[axis];
  auto result = dyn_cast<OpResult>(value);
  if (auto style =
          dyn_cast_or_null<DestinationStyleOpInterface>(value.getDefiningOp()))
    return emitExtent(style.getTiedOpOperand(result)->get(), axis);
  OpBuilder before(value.getDefiningOp());
  ReifiedRankedShapedTypeDims shapes;
  if (failed(reifyResultShapes(before, value.getDefiningOp(), shapes)))
    return value.getDefiningOp()->emitError("'")
           << value.getDefiningOp()->getName()
           << "' depends on a state and must have extents that are known "
              "apart from it, found "
           << type;
  OpFoldResult extent = shapes[result.getResultNumber()][axis];
  if (isa<Attribute>(extent))
    return extent;
  FailureOr<Value> index = emitIndex(cast<Value>(extent));
  if (failed(index))
    return failure();
  return OpFoldResult(*index);
}

FailureOr<Value> StepLifter::emitIndex(Value index) {
  if (Value known = batcher.plain.lookupOrNull(index))
    return known;
  Operation *op = index.getDefiningOp();
  auto dim = dyn_cast<tensor::DimOp>(op);
  if (dim && dim.getConstantIndex()) {
    FailureOr<OpFoldResult> extent =
        emitExtent(dim.getSource(), *dim.getConstantIndex());
    if (failed(extent))
      return failure();
    return getValueOrCreateConstantIndexOp(b, index.getLoc(), *extent);
  }
  for (Value operand : op->getOperands()) {
    FailureOr<Value> known = emitIndex(operand);
    if (failed(known))
      return failure();
    batcher.plain.map(operand, *known);
  }
  return b.clone(*op, batcher.plain)->getResult(0);
}

/// The index list of a whole tensor, or of its row at every step.
static IndexList getWholeIndex(Value value, bool hasRows) {
  IndexList index(cast<RankedTensorType>(value.getType()).getRank(),
                  IndexEntry::all());
  if (hasRows)
    index.insert(index.begin(), IndexEntry::time());
  return index;
}

/// The states, and what is needed of the core after every step.
LogicalResult StepLifter::addCoreSlots(seq::ScanOperands &operands) {
  for (unsigned state : analysis.getCoreStates()) {
    Value argument = analysis.getArgument(state);
    operands.carries.push_back(
        {first.lookup(argument), getWholeIndex(argument, false)});
  }
  for (Value value : analysis.getCoreRows()) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return value.getDefiningOp()->emitError("'")
             << value.getDefiningOp()->getName()
             << "' has no form for many steps at once: a number that depends "
                "on a state is read apart from it";
    SmallVector<OpFoldResult> extents = {batcher.steps};
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      FailureOr<OpFoldResult> extent = emitExtent(value, axis);
      if (failed(extent))
        return failure();
      extents.push_back(*extent);
    }
    operands.outs.push_back({tensor::EmptyOp::create(b, operands.loc, extents,
                                                     type.getElementType()),
                             getWholeIndex(value, true)});
  }
  return success();
}

/// Clones the core's ops into the body of its scan.
void StepLifter::fillCore(seq::ScanOp scan, ValueRange reads) {
  IRMapping mapping = batcher.plain;
  mapping.map(reads, scan.getInputArguments());
  for (auto [state, argument] :
       llvm::zip(analysis.getCoreStates(), scan.getCarryArguments()))
    mapping.map(analysis.getArgument(state), argument);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(scan.getBodyBlock());
  for (Operation *op : analysis.getCore())
    b.clone(*op, mapping);
  SmallVector<Value> outs, carries;
  for (Value value : analysis.getCoreRows())
    outs.push_back(mapping.lookup(value));
  for (unsigned state : analysis.getCoreStates())
    carries.push_back(mapping.lookup(analysis.getUpdate(state)));
  seq::YieldOp::create(b, scan.getLoc(), outs, carries);
}

LogicalResult StepLifter::emitCore() {
  if (hasCore)
    return success();
  hasCore = true;
  seq::ScanOperands operands(analysis.getCore().empty()
                                 ? step.getLoc()
                                 : analysis.getCore().front()->getLoc());
  operands.time = batcher.steps;
  SmallVector<Value> reads;
  if (failed(addCoreReads(operands, reads)) || failed(addCoreSlots(operands)))
    return failure();
  auto scan = seq::ScanOp::create(b, operands.loc, operands, nullptr);
  fillCore(scan, reads);
  for (auto [value, rows] :
       llvm::zip(analysis.getCoreRows(), scan.getResults()))
    batcher.rows[value] = rows;
  unsigned next = analysis.getCoreRows().size();
  for (unsigned state : analysis.getCoreStates())
    last.map(analysis.getArgument(state), scan->getResult(next++));
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct LiftSteps : public seqc::impl::LiftStepsBase<LiftSteps> {
  using LiftStepsBase::LiftStepsBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> step = findModelFunction(getOperation());
    if (failed(step))
      return signalPassFailure();
    FailureOr<ModelInfo> info = ModelInfo::fromFunction(*step);
    if (failed(info) || failed(generalizeNamedOps(*step)) ||
        failed(StepLifter(*step, std::move(*info), block).run()))
      signalPassFailure();
  }
};
} // namespace
