//===- DeriveStep.cpp - a function of a sequence gets a state -------------===//
//
// What carries and histories end with, and the rows that paddings go back,
// become states: the function then takes up a sequence where another call left
// it, and one step is a sequence of length one.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "passes/Passes.h"
#include "passes/Sequence/Generalize.h"
#include "passes/Sequence/InitialValues.h"
#include "passes/Sequence/Readouts.h"
#include "passes/Support/EqualExtents.h"
#include "passes/Support/ModelFunction.h"
#include "passes/Support/ViewElements.h"
#include "llvm/ADT/StringSet.h"

namespace seqc {
#define GEN_PASS_DEF_DERIVESTEP
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
class StepDeriver {
public:
  StepDeriver(func::FuncOp function, ModelInfo given, StringRef time,
              int64_t block)
      : function(function), info(std::move(given)), time(time), block(block),
        forms(function, info, time), b(function.getContext()),
        readouts(function, info, forms, b),
        symbols(function->getParentOfType<ModuleOp>()) {}

  LogicalResult run();

private:
  Operation *getReturn() { return function.getBody().front().getTerminator(); }
  LogicalResult checkStates();
  void findNames();
  std::string makeName(StringRef wanted);
  StringRef findAxisName(EqualExtents &equal, Value like, int64_t axis);
  FailureOr<SmallVector<StringRef>> nameAxes(Operation *op, Value like);
  FailureOr<BlockArgument> addState(Operation *op, StringRef name, Value like,
                                    Attribute initial);
  struct State;
  LogicalResult checkInitial(Operation *op, const State &state);
  LogicalResult addScanStates(seq::ScanOp scan);
  LogicalResult addPadState(tensor::PadOp op);
  void turnInput(const TensorInfo &input);
  Value turnOutput(const TensorInfo &output, Value value);
  void finish();

  func::FuncOp function;
  ModelInfo info;
  StringRef time;
  int64_t block;
  TimeForms forms;
  OpBuilder b;
  Readouts readouts;
  SymbolTable symbols;
  llvm::StringSet<> names;
  llvm::DenseMap<Value, StringRef> outputNames; ///< Of what carries end with.
  /// The new states: argument, what it becomes, and their attributes.
  struct State {
    BlockArgument argument;
    Value next;
    std::string name;
    SmallVector<StringRef> axes;
    Attribute initial;
  };
  SmallVector<State, 0> states;
};
} // namespace

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The function's arguments that `value` is made of.
static void collectArguments(Value value, llvm::DenseSet<Value> &arguments) {
  SmallVector<Value> worklist = {value};
  llvm::DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (Operation *def = next.getDefiningOp())
      llvm::append_range(worklist, def->getOperands());
    else
      arguments.insert(next);
  }
}

/// What result `number` of `scan` is the end of: "carry 0".
static std::string nameCarry(seq::ScanOp scan, unsigned number) {
  unsigned outs = scan.getOuts().size(), carries = scan.getCarries().size();
  bool isCarry = number < outs + carries;
  return ((isCarry ? "carry " : "history ") +
          Twine(number - outs - (isCarry ? 0 : carries)))
      .str();
}

/// A given state must begin a carry with what the pair's output has of its end.
LogicalResult StepDeriver::checkStates() {
  auto follow = [&](Value value) -> Value {
    auto argument = dyn_cast<BlockArgument>(value);
    for (const StateInfo &state : info.states)
      if (argument && argument.getArgNumber() == state.index &&
          argument.getOwner() == &function.getBody().front())
        return getReturn()->getOperand(state.resultIndex);
    return Value();
  };
  llvm::DenseSet<Value> carried;
  for (seq::ScanOp scan : forms.scans) {
    SmallVector<Value> starts(scan.getCarries());
    llvm::append_range(starts, scan.getHistories());
    unsigned first = scan.getOuts().size();
    for (auto [i, start] : llvm::enumerate(starts)) {
      if (forms.get(start).kind != TimeForm::First)
        continue;
      if (!isSameThroughViews(start, scan->getResult(first + i), follow))
        return scan.emitError("a step is refused: what ")
               << nameCarry(scan, first + i) << " of '" << scan->getName()
               << "' begins with is a state, whose next value must be what "
                  "that ends with";
      collectArguments(start, carried);
    }
  }
  // What no carry begins with would be taken on once a call, not once a step.
  for (const StateInfo &state : info.states)
    if (Value next = getReturn()->getOperand(state.resultIndex),
        before = function.getArgument(state.index);
        next != before && (forms.get(next).hasAxis() || !carried.count(before)))
      return function.emitError("a step is refused: result '")
             << state.output << "', the next value of state '" << state.name
             << "', must be what a carry ends with";
  return success();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// What carries end with is called after the output that it was.
void StepDeriver::findNames() {
  for (const TensorInfo &tensor : info.inputs)
    names.insert(tensor.name);
  for (const StateInfo &state : info.states) {
    names.insert(state.name);
    names.insert(state.output);
  }
  for (const TensorInfo &output : info.outputs) {
    if (Value end = readouts.getEnd(output))
      outputNames[end] = output.name;
    else
      names.insert(output.name);
  }
}

std::string StepDeriver::makeName(StringRef wanted) {
  std::string name = wanted.str();
  for (unsigned i = 1; !names.insert(name).second; ++i)
    name = (wanted + "_" + Twine(i)).str();
  return name;
}

/// The name of an argument's dimension, other than time, that is as long as
/// dimension `axis` of `like` whatever it is.
StringRef StepDeriver::findAxisName(EqualExtents &equal, Value like,
                                    int64_t axis) {
  auto find = [&](unsigned argument, ArrayRef<std::string> names) -> StringRef {
    for (auto [dim, name] : llvm::enumerate(names))
      if (!name.empty() && name != time &&
          equal.haveSame(like, axis, function.getArgument(argument), dim))
        return name;
    return "";
  };
  for (const TensorInfo &input : info.inputs)
    if (StringRef name = find(input.index, input.axisNames); !name.empty())
      return name;
  for (const StateInfo &state : info.states)
    if (StringRef name = find(state.index, state.axisNames); !name.empty())
      return name;
  return "";
}

/// The names of the dynamic extents of `like`, which is what `op` begins with.
FailureOr<SmallVector<StringRef>> StepDeriver::nameAxes(Operation *op,
                                                        Value like) {
  EqualExtents equal(function.getBody().front());
  SmallVector<StringRef> axes;
  for (auto [axis, extent] :
       llvm::enumerate(cast<RankedTensorType>(like.getType()).getShape())) {
    bool isDynamic = ShapedType::isDynamic(extent);
    axes.push_back(isDynamic ? findAxisName(equal, like, axis) : "");
    if (isDynamic && axes.back().empty())
      return op->emitError("a step is refused: a state of '")
             << op->getName()
             << "' must have extents that are constants or an input's";
  }
  return axes;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

FailureOr<BlockArgument> StepDeriver::addState(Operation *op, StringRef name,
                                               Value like, Attribute initial) {
  FailureOr<SmallVector<StringRef>> axes = nameAxes(op, like);
  if (failed(axes))
    return failure();
  BlockArgument argument =
      function.getBody().front().addArgument(like.getType(), op->getLoc());
  states.push_back({argument, Value(), makeName(name), *axes, initial});
  return argument;
}

/// The name of the node that `op` came from, or its own.
static std::string getNodeName(Operation *op) {
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    return name.getName().str();
  return "scan";
}

/// Numbers of one slot of a batch are repeated along that alone.
LogicalResult StepDeriver::checkInitial(Operation *op, const State &state) {
  auto elements = dyn_cast<DenseElementsAttr>(state.initial);
  if (elements && elements.isSplat())
    return success();
  for (StringRef axis : state.axes)
    if (!axis.empty() && axis != "batch")
      return op->emitError("a step is refused: state '")
             << state.name << "' begins with several numbers, and its dynamic "
             << "dimension must be called 'batch', found '" << axis << "'";
  return success();
}

LogicalResult StepDeriver::addScanStates(seq::ScanOp scan) {
  unsigned first = scan.getOuts().size(), carries = scan.getCarries().size();
  MutableOperandRange inits = scan.getDpsInitsMutable();
  for (unsigned i = 0; i < carries + scan.getHistories().size(); ++i) {
    OpOperand &init = inits[first + i];
    if (forms.get(init.get()).kind == TimeForm::First)
      continue;
    Attribute initial = getInitialValue(init.get(), symbols);
    if (!initial)
      return scan.emitError("a step is refused: ")
             << nameCarry(scan, first + i) << " of '" << scan->getName()
             << "' must begin with a constant or with a state";
    Value last = scan->getResult(first + i);
    StringRef output = outputNames.lookup(last);
    std::string name =
        !output.empty()
            ? output.str()
            : getNodeName(scan) + (i < carries ? "_carry" : "_history");
    FailureOr<BlockArgument> state = addState(scan, name, init.get(), initial);
    if (failed(state) || failed(checkInitial(scan, states.back())))
      return failure();
    init.set(*state);
    states.back().next = last;
  }
  return success();
}

/// The front of a padding becomes the rows before the sequence.
LogicalResult StepDeriver::addPadState(tensor::PadOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  int64_t axis = forms.get(op.getSource()).axis, depth = forms.getDepth(op);
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, loc, op.getSource());
  OpFoldResult rows = sizes[axis];
  sizes[axis] = b.getIndexAttr(depth);
  Type element = getElementTypeOrSelf(op.getType());
  Value like = tensor::EmptyOp::create(b, loc, sizes, element);
  auto type = RankedTensorType::get({1}, element);
  TypedAttr number;
  matchPattern(op.getConstantPaddingValue(), m_Constant(&number));
  FailureOr<BlockArgument> state =
      addState(op, getNodeName(op) + "_history", like,
               DenseElementsAttr::get(type, Attribute(number)));
  if (failed(state))
    return failure();

  auto toValue = [&](OpFoldResult extent) {
    return getValueOrCreateConstantIndexOp(b, loc, extent);
  };
  Value deep = arith::ConstantIndexOp::create(b, loc, depth);
  SmallVector<OpFoldResult> all = sizes;
  all[axis] = arith::AddIOp::create(b, loc, toValue(rows), deep).getResult();
  SmallVector<OpFoldResult> offsets(all.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(all.size(), b.getIndexAttr(1));
  Value joined = tensor::EmptyOp::create(b, loc, all, element);
  joined = tensor::InsertSliceOp::create(b, loc, *state, joined, offsets, sizes,
                                         strides);
  SmallVector<OpFoldResult> source =
      tensor::getMixedSizes(b, loc, op.getSource());
  offsets[axis] = b.getIndexAttr(depth);
  joined = tensor::InsertSliceOp::create(b, loc, op.getSource(), joined,
                                         offsets, source, strides);
  // Of what lies beyond the steps nothing is kept.
  Value steps = arith::SubIOp::create(
      b, loc, toValue(rows),
      arith::ConstantIndexOp::create(b, loc, forms.get(op.getSource()).extra));
  offsets[axis] = steps;
  states.back().next = tensor::ExtractSliceOp::create(
      b, loc, cast<RankedTensorType>(like.getType()), joined, offsets, sizes,
      strides);
  SmallVector<OpFoldResult> low = op.getMixedLowPad();
  low[axis] = b.getIndexAttr(0);
  Value padded =
      tensor::PadOp::create(b, loc, op.getType(), joined, low,
                            op.getMixedHighPad(), op.getConstantPaddingValue());
  forms.replace(op.getResult(), padded);
  op.replaceAllUsesWith(padded);
  return success();
}

//===----------------------------------------------------------------------===//
// Steps come first
//===----------------------------------------------------------------------===//

void StepDeriver::turnInput(const TensorInfo &input) {
  BlockArgument argument = function.getArgument(input.index);
  int64_t axis = forms.get(argument).axis;
  if (axis == 0)
    return;
  auto type = cast<RankedTensorType>(argument.getType());
  SmallVector<int64_t> order = putFirst(axis, type.getRank());
  argument.setType(RankedTensorType::get(
      applyPermutation(SmallVector<int64_t>(type.getShape()), order),
      type.getElementType()));
  b.setInsertionPointToStart(&function.getBody().front());
  Value turned =
      permute(b, argument.getLoc(), argument, invertPermutationVector(order));
  Operation *last = turned.getDefiningOp();
  Block &body = function.getBody().front();
  argument.replaceUsesWithIf(turned, [&](OpOperand &use) {
    return last->isBeforeInBlock(body.findAncestorOpInBlock(*use.getOwner()));
  });
}

Value StepDeriver::turnOutput(const TensorInfo &output, Value value) {
  int64_t axis = forms.get(value).axis;
  if (axis == 0)
    return value;
  b.setInsertionPoint(getReturn());
  return permute(
      b, value.getLoc(), value,
      putFirst(axis, cast<RankedTensorType>(value.getType()).getRank()));
}

/// Gives the function its new arguments and results.
void StepDeriver::finish() {
  SmallVector<DictionaryAttr> argumentAttrs, resultAttrs;
  SmallVector<Value> results;
  SmallVector<Attribute> pairs;
  auto describe = [&](DictionaryAttr given, StringRef name,
                      ArrayRef<StringRef> axes) {
    NamedAttrList list(given);
    list.set("seq.name", b.getStringAttr(name));
    list.set("seq.dims", b.getStrArrayAttr(axes));
    return list.getDictionary(b.getContext());
  };
  auto timeFirst = [&](const TensorInfo &tensor, int64_t axis) {
    SmallVector<StringRef> axes(tensor.axisNames.begin(),
                                tensor.axisNames.end());
    axes.erase(axes.begin() + axis);
    axes.insert(axes.begin(), time);
    return axes;
  };
  argumentAttrs.resize(function.getFunctionType().getNumInputs());
  for (unsigned i = 0; i < argumentAttrs.size(); ++i)
    argumentAttrs[i] = function.getArgAttrDict(i);
  for (const TensorInfo &input : info.inputs)
    argumentAttrs[input.index] = describe(
        argumentAttrs[input.index], input.name,
        timeFirst(input, forms.get(function.getArgument(input.index)).axis));
  for (const TensorInfo &output : info.outputs) {
    Value value = getReturn()->getOperand(output.index);
    TimeForm form = forms.get(value);
    if (Value rows = readouts.getRows(output)) {
      results.push_back(rows);
      SmallVector<StringRef> axes = {time};
      llvm::append_range(axes, output.axisNames);
      resultAttrs.push_back(describe(function.getResultAttrDict(output.index),
                                     output.name, axes));
    }
    if (form.kind == TimeForm::Last)
      continue;
    results.push_back(turnOutput(output, value));
    resultAttrs.push_back(describe(function.getResultAttrDict(output.index),
                                   output.name, timeFirst(output, form.axis)));
  }
  for (const StateInfo &state : info.states) {
    results.push_back(getReturn()->getOperand(state.resultIndex));
    resultAttrs.push_back(function.getResultAttrDict(state.resultIndex));
    pairs.push_back(b.getStrArrayAttr({state.name, state.output}));
  }
  for (State &state : states) {
    DictionaryAttr attrs =
        describe(b.getDictionaryAttr({}), state.name, state.axes);
    NamedAttrList list(attrs);
    list.set("seq.initial", state.initial);
    argumentAttrs.push_back(list.getDictionary(b.getContext()));
    std::string next = makeName(state.name + "_next");
    resultAttrs.push_back(describe(b.getDictionaryAttr({}), next, state.axes));
    results.push_back(state.next);
    pairs.push_back(b.getStrArrayAttr({state.name, next}));
  }
  for (const TensorInfo &input : info.inputs)
    turnInput(input);
  getReturn()->setOperands(results);
  function.setType(
      b.getFunctionType(function.getBody().front().getArgumentTypes(),
                        ValueRange(results).getTypes()));
  function.setAllArgAttrs(argumentAttrs);
  function.setAllResultAttrs(resultAttrs);
  function->setAttr("seq.states", b.getArrayAttr(pairs));
  function->setAttr("seq.steps", b.getStringAttr(time));
  function->setAttr("seq.block", b.getI64IntegerAttr(block));
}

LogicalResult StepDeriver::run() {
  if (info.block)
    return function.emitError("a step is refused: the function has steps "
                              "already");
  if (failed(forms.run()) || failed(checkStates()) || failed(readouts.run()))
    return failure();
  findNames();
  for (seq::ScanOp scan : forms.scans)
    if (failed(addScanStates(scan)))
      return failure();
  for (tensor::PadOp op : forms.paddings)
    if (failed(addPadState(op)))
      return failure();
  if (info.states.empty() && states.empty())
    return function.emitError("a step is refused: the model carries nothing "
                              "from step to step");
  finish();
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct DeriveStep : public seqc::impl::DeriveStepBase<DeriveStep> {
  using DeriveStepBase::DeriveStepBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> function = findModelFunction(getOperation());
    if (failed(function))
      return signalPassFailure();
    FailureOr<ModelInfo> info = ModelInfo::fromFunction(*function);
    if (failed(info) || failed(generalizeNamedOps(*function)) ||
        failed(StepDeriver(*function, std::move(*info), time, block).run()))
      signalPassFailure();
  }
};
} // namespace
