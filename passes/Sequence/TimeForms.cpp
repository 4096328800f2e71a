//===- TimeForms.cpp - how values of a model depend on its time -----------===//

#include "passes/Sequence/TimeForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Sequence/StepAnalysis.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace seqc;

LogicalResult TimeForms::refuse(Operation *op, const Twine &why) {
  return op->emitError("a step is refused: '") << op->getName() << "' " << why;
}

LogicalResult TimeForms::refuseLater(Operation *op, int64_t lead) {
  return op->emitError("a step is refused: '")
         << op->getName() << "' reads " << -lead
         << (lead == -1 ? " later step" : " later steps");
}

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

/// The rows beyond the number of steps, of an extent that is made of that.
std::optional<int64_t> TimeForms::getOffset(OpFoldResult extent) const {
  auto value = dyn_cast<Value>(extent);
  auto found = value ? extents.find(value) : extents.end();
  return found == extents.end() ? std::nullopt : std::optional(found->second);
}

LogicalResult TimeForms::visitIndex(Operation *op) {
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    TimeForm form = get(dim.getSource());
    if (form.hasAxis() && !dim.getConstantIndex())
      odd.insert(dim.getResult());
    if (form.hasAxis() && dim.getConstantIndex() == form.axis)
      extents[dim.getResult()] = form.extra;
    return success();
  }
  for (Value operand : op->getOperands())
    for (Value result : op->getResults())
      forms[result].kind = std::max(get(result).kind, get(operand).kind);
  bool onTime = llvm::any_of(op->getOperands(), [&](Value operand) {
    return extents.contains(operand) || odd.contains(operand);
  });
  if (!onTime)
    return success();
  if (isa<arith::AddIOp, arith::SubIOp>(op)) {
    std::optional<int64_t> lhs = getOffset(op->getOperand(0));
    std::optional<int64_t> rhs = getOffset(op->getOperand(1));
    std::optional<int64_t> left = getConstantIntValue(op->getOperand(0));
    std::optional<int64_t> right = getConstantIntValue(op->getOperand(1));
    bool adds = isa<arith::AddIOp>(op);
    if (lhs && right) {
      extents[op->getResult(0)] = adds ? *lhs + *right : *lhs - *right;
      return success();
    }
    if (adds && rhs && left) {
      extents[op->getResult(0)] = *rhs + *left;
      return success();
    }
  }
  odd.insert(op->result_begin(), op->result_end());
  return success();
}

/// Extents and offsets: time is no number, and a state none for all steps.
LogicalResult TimeForms::checkNumbers(Operation *op) {
  for (Value operand : op->getOperands()) {
    if (!operand.getType().isIntOrIndexOrFloat())
      continue;
    if (odd.contains(operand))
      return refuse(op, "computes with the number of steps");
    if (get(operand).kind > TimeForm::Rows)
      return refuse(op, "takes a number from a state");
  }
  return success();
}

/// A tensor of which only the extents are known.
LogicalResult TimeForms::visitEmpty(tensor::EmptyOp op) {
  TimeForm &form = forms[op.getResult()];
  for (auto [axis, size] : llvm::enumerate(op.getMixedSizes()))
    if (std::optional<int64_t> offset = getOffset(size)) {
      if (form.hasAxis())
        return refuse(op, "has time twice");
      form.kind = TimeForm::Uniform;
      form.axis = axis;
      form.extra = *offset;
    }
  return checkNumbers(op);
}

LogicalResult TimeForms::visitFill(linalg::FillOp op) {
  TimeForm form = get(op.getOutputs()[0]);
  if (odd.contains(op.getInputs()[0]))
    return refuse(op, "computes with the number of steps");
  TimeForm::Kind kind = get(op.getInputs()[0]).kind;
  if (kind > TimeForm::Rows && form.hasAxis())
    return refuse(op, "reads a state beside the steps of a sequence");
  form.kind = std::max(form.kind, kind);
  forms[op->getResult(0)] = form;
  return success();
}

//===----------------------------------------------------------------------===//
// Loops over elements
//===----------------------------------------------------------------------===//

namespace {
/// How one dimension of an operand is walked: by loop `loop`, in steps of
/// `stride`, from `shift` on, `span` further elements at a time.
struct Walk {
  int64_t loop = -1, stride = 0, shift = 0, span = 0;
  bool isKnown = true;
};
} // namespace

/// The walk of `expr`: one parallel loop, and reductions over its window.
static Walk getWalk(linalg::GenericOp op, AffineExpr expr) {
  Walk walk;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto iterators = op.getIteratorTypesArray();
  std::function<void(AffineExpr, int64_t)> add = [&](AffineExpr part,
                                                     int64_t factor) {
    if (auto constant = dyn_cast<AffineConstantExpr>(part)) {
      walk.shift += constant.getValue() * factor;
      return;
    }
    if (auto dim = dyn_cast<AffineDimExpr>(part)) {
      unsigned loop = dim.getPosition();
      if (iterators[loop] == utils::IteratorType::parallel) {
        walk.isKnown &= walk.loop < 0;
        walk.loop = loop;
        walk.stride = factor;
      } else {
        walk.isKnown &= !ShapedType::isDynamic(ranges[loop]) && factor > 0;
        walk.span += factor * (ranges[loop] - 1);
      }
      return;
    }
    auto binary = dyn_cast<AffineBinaryOpExpr>(part);
    if (binary && binary.getKind() == AffineExprKind::Add) {
      add(binary.getLHS(), factor);
      add(binary.getRHS(), factor);
      return;
    }
    auto by = binary && binary.getKind() == AffineExprKind::Mul
                  ? dyn_cast<AffineConstantExpr>(binary.getRHS())
                  : AffineConstantExpr();
    if (by)
      add(binary.getLHS(), factor * by.getValue());
    else
      walk.isKnown = false;
  };
  add(expr, 1);
  return walk;
}

/// A body may not know which step it is in, nor take what is no operand.
LogicalResult TimeForms::checkCaptures(linalg::GenericOp op, unsigned loop,
                                       bool hasRows) {
  WalkResult result = op.getRegion().walk([&](Operation *inner) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner);
        index && index.getDim() == loop)
      return WalkResult(refuse(op, "reads the number of the step"));
    for (Value operand : inner->getOperands()) {
      TimeForm form = get(operand);
      if (form.kind == TimeForm::Rows)
        return WalkResult(refuse(op, "picks steps by their numbers"));
      if (hasRows && form.kind > TimeForm::Rows)
        return WalkResult(
            refuse(op, "reads a state beside the steps of a sequence"));
      if (odd.contains(operand) || extents.contains(operand))
        return WalkResult(refuse(op, "computes with the number of steps"));
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// What `op` reads: finds the loop over time, and the rows' form.
LogicalResult TimeForms::visitReads(linalg::GenericOp op, Loop &found) {
  for (Value read : getReads(op))
    found.hasState |= get(read).kind > TimeForm::Rows;
  for (OpOperand &operand : op->getOpOperands()) {
    TimeForm form = get(operand.get());
    bool isRead =
        op.isDpsInput(&operand) || op.payloadUsesValueFromOperand(&operand);
    if (!form.hasAxis() || !isRead)
      continue;
    Walk walk =
        getWalk(op, op.getMatchingIndexingMap(&operand).getResult(form.axis));
    if (walk.loop < 0)
      return refuse(op, "reduces over time");
    if (!walk.isKnown || (found.loop >= 0 && found.loop != walk.loop))
      return refuse(op, "combines different steps");
    if (walk.stride != 1)
      return refuse(op, "takes " + Twine(walk.stride) + " steps at a time");
    found.loop = walk.loop;
    if (form.kind == TimeForm::Uniform)
      continue;
    found.add(form, form.lead - walk.shift - walk.span, op);
  }
  if (found.hasRows && found.hasState)
    return refuse(op, "reads a state beside the steps of a sequence");
  return success();
}

LogicalResult TimeForms::visitGeneric(linalg::GenericOp op) {
  Loop found;
  if (failed(visitReads(op, found)))
    return failure();
  for (auto [i, init] : llvm::enumerate(op.getDpsInitsMutable())) {
    TimeForm form = get(init.get());
    AffineMap map = op.getMatchingIndexingMap(&init);
    if (found.loop < 0 && form.hasAxis())
      if (auto walked = dyn_cast<AffineDimExpr>(map.getResult(form.axis)))
        found.loop = walked.getPosition();
    int64_t axis = -1;
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (auto walked = dyn_cast<AffineDimExpr>(expr);
          walked && int64_t(walked.getPosition()) == found.loop)
        axis = dim;
    if (found.loop >= 0 && axis < 0)
      return refuse(op, "reduces over time");
    if (axis >= 0 ? !form.hasAxis() || form.axis != axis : form.hasAxis())
      return refuse(op, "has a result of other steps");
    if (axis >= 0 && found.hasState)
      return refuse(op, "reads a state beside the steps of a sequence");
    TimeForm own = found.rows;
    own.kind = found.hasRows    ? TimeForm::Rows
               : axis >= 0      ? TimeForm::Uniform
               : found.hasState ? TimeForm::First
                                : TimeForm::Invariant;
    own.axis = axis;
    own.extra = form.extra;
    forms[op->getResult(i)] = own;
  }
  if (failed(checkCaptures(op, found.loop, found.hasRows)))
    return failure();
  // Without steps, a state decides.
  return found.hasState && found.loop < 0 ? visitOther(op) : success();
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

LogicalResult TimeForms::visitExpand(tensor::ExpandShapeOp op) {
  TimeForm form = get(op.getSrc());
  if (failed(checkNumbers(op)))
    return failure();
  if (form.hasAxis()) {
    int64_t axis = -1;
    for (int64_t dim : op.getReassociationIndices()[form.axis])
      if (op.getResultType().getDimSize(dim) != 1) {
        if (axis >= 0)
          return refuse(op, "splits time");
        axis = dim;
      }
    if (axis < 0)
      return refuse(op, "splits time");
    form.axis = axis;
  }
  for (auto [axis, size] : llvm::enumerate(op.getMixedOutputShape()))
    if (getOffset(size) && (!form.hasAxis() || int64_t(axis) != form.axis))
      return refuse(op, "splits time");
  forms[op.getResult()] = form;
  return success();
}

LogicalResult TimeForms::visitCollapse(tensor::CollapseShapeOp op) {
  TimeForm form = get(op.getSrc());
  for (auto [i, group] : llvm::enumerate(op.getReassociationIndices()))
    if (form.hasAxis() && llvm::is_contained(group, form.axis)) {
      for (int64_t dim : group)
        if (dim != form.axis && op.getSrcType().getDimSize(dim) != 1)
          return refuse(op, "merges time with another dimension");
      form.axis = i;
      break;
    }
  forms[op.getResult()] = form;
  return success();
}

LogicalResult TimeForms::visitSlice(tensor::ExtractSliceOp op) {
  TimeForm form = get(op.getSource());
  SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
  SmallVector<OpFoldResult> sizes = op.getMixedSizes();
  if (failed(checkNumbers(op)))
    return failure();
  bool isPick = false;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    bool onTime = form.hasAxis() && int64_t(axis) == form.axis;
    if (!onTime && (getOffset(size) || getOffset(offsets[axis])))
      return refuse(op, "takes rows by the number of steps");
    if (!onTime)
      continue;
    std::optional<int64_t> offset = getConstantIntValue(offsets[axis]);
    std::optional<int64_t> extra = getOffset(size);
    if (getConstantIntValue(op.getMixedStrides()[axis]) != 1)
      return refuse(op, "takes some steps only");
    isPick = form.kind == TimeForm::Rows && form.extra == 0 &&
             getOffset(offsets[axis]) == -1 && isOneInteger(size);
    if (isPick)
      continue;
    if (!offset || !extra)
      return refuse(op, getOffset(offsets[axis]) ? "takes the last steps only"
                                                 : "takes some steps only");
    form.setLead(form.lead - *offset, op);
    form.extra = *extra;
  }
  if (isPick) {
    if (form.lead < 0)
      return refuseLater(form.reader, form.lead);
    picks.insert(op);
    forms[op.getResult()].kind = TimeForm::Last;
    return success();
  }
  if (form.hasAxis()) {
    llvm::SmallBitVector dropped = op.getDroppedDims();
    int64_t axis = form.axis;
    for (int64_t dim = 0; dim < axis; ++dim)
      form.axis -= dropped.test(dim);
  }
  forms[op.getResult()] = form;
  return success();
}

LogicalResult TimeForms::visitInsert(tensor::InsertSliceOp op) {
  TimeForm source = get(op.getSource()), into = get(op.getDest());
  if (!source.hasAxis() && !into.hasAxis())
    return visitOther(op);
  if (!into.hasAxis() || !source.hasAxis())
    return refuse(op, "puts steps beside what has none");
  if (failed(checkNumbers(op)))
    return failure();
  // The source's dimension that the destination's is.
  llvm::SmallBitVector dropped = op.getDroppedDims();
  int64_t axis = into.axis;
  for (int64_t dim = 0; dim < into.axis; ++dim)
    axis -= dropped.test(dim);
  if (dropped.test(into.axis) || source.axis != axis ||
      getConstantIntValue(op.getMixedOffsets()[into.axis]) != 0 ||
      source.extra != into.extra)
    return refuse(op, "puts steps behind others");
  bool bothRows = source.kind == TimeForm::Rows && into.kind == source.kind;
  if (bothRows && source.lead != into.lead)
    return refuse(op, "puts steps beside others");
  TimeForm form = source.kind == TimeForm::Rows ? source : into;
  form.axis = into.axis;
  forms[op.getResult()] = form;
  return success();
}

int64_t TimeForms::getDepth(tensor::PadOp op) const {
  return *getConstantIntValue(op.getMixedLowPad()[get(op.getSource()).axis]);
}

LogicalResult TimeForms::visitPad(tensor::PadOp op) {
  TimeForm form = get(op.getSource());
  if (!form.hasAxis())
    return visitOther(op);
  std::optional<int64_t> low =
      getConstantIntValue(op.getMixedLowPad()[form.axis]);
  std::optional<int64_t> high =
      getConstantIntValue(op.getMixedHighPad()[form.axis]);
  Value padding = op.getConstantPaddingValue();
  if (!low || !high || *low < 0 || !padding ||
      !padding.getDefiningOp<arith::ConstantOp>() || form.extra < 0)
    return refuse(op, "pads time with more than a constant");
  if (failed(checkNumbers(op)))
    return failure();
  if (*low > 0)
    paddings.push_back(op);
  form.kind = TimeForm::Rows;
  form.setLead(form.lead + *low, op);
  form.extra += *low + *high;
  forms[op.getResult()] = form;
  return success();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// An op that knows nothing of time must not meet it.
LogicalResult TimeForms::visitOther(Operation *op) {
  TimeForm::Kind kind = TimeForm::Invariant;
  for (Value read : getReads(op)) {
    TimeForm form = get(read);
    if (form.hasAxis())
      return refuse(op, "reads all of time at once");
    if (odd.contains(read) || extents.contains(read))
      return refuse(op, "computes with the number of steps");
    kind = std::max(kind, form.kind);
  }
  for (Value result : op->getResults())
    forms[result].kind = kind;
  return success();
}

LogicalResult TimeForms::visit(Operation *op) {
  bool isNumber = llvm::all_of(op->getResultTypes(), [](Type type) {
    return type.isIntOrIndexOrFloat();
  });
  if (isa<tensor::DimOp>(op) || (isNumber && op->getNumRegions() == 0 &&
                                 isa<arith::ArithDialect>(op->getDialect())))
    return visitIndex(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<tensor::EmptyOp>([&](auto op) { return visitEmpty(op); })
      .Case<linalg::FillOp>([&](auto op) { return visitFill(op); })
      .Case<tensor::CastOp>([&](tensor::CastOp cast) {
        forms[cast.getResult()] = get(cast.getSource());
        return success();
      })
      .Case<linalg::GenericOp>([&](auto op) { return visitGeneric(op); })
      .Case<tensor::ExpandShapeOp>([&](auto op) { return visitExpand(op); })
      .Case<tensor::CollapseShapeOp>([&](auto op) { return visitCollapse(op); })
      .Case<tensor::ExtractSliceOp>([&](auto op) { return visitSlice(op); })
      .Case<tensor::InsertSliceOp>([&](auto op) { return visitInsert(op); })
      .Case<tensor::PadOp>([&](auto op) { return visitPad(op); })
      .Case<seq::ScanOp>([&](auto op) { return visitScan(op); })
      .Default([&](Operation *op) { return visitOther(op); });
}

LogicalResult TimeForms::visitArguments() {
  bool found = false;
  for (const TensorInfo &input : info.inputs) {
    auto name = llvm::find(input.axisNames, time);
    if (name == input.axisNames.end())
      return function.emitError("a step is refused: input '")
             << input.name << "' must be a state or have the dimension '"
             << time << "', found neither";
    TimeForm &form = forms[function.getArgument(input.index)];
    form.kind = TimeForm::Rows;
    form.axis = name - input.axisNames.begin();
    if (input.shape[form.axis] >= 0)
      return function.emitError("a step is refused: dimension '")
             << time << "' must be dynamic, found " << input.shape[form.axis];
    if (llvm::count(input.axisNames, time) > 1)
      return function.emitError("a step is refused: input '")
             << input.name << "' must have '" << time << "' once";
    found = true;
  }
  for (const StateInfo &state : info.states) {
    if (llvm::is_contained(state.axisNames, time))
      return function.emitError("a step is refused: state '")
             << state.name << "' must not have the dimension '" << time << "'";
    forms[function.getArgument(state.index)].kind = TimeForm::First;
  }
  if (!found)
    return function.emitError("a step is refused: required an input with the "
                              "dimension '")
           << time << "', found none";
  return success();
}

LogicalResult TimeForms::checkResults() {
  Operation *end = function.getBody().front().getTerminator();
  for (const TensorInfo &output : info.outputs) {
    Value value = end->getOperand(output.index);
    TimeForm form = get(value);
    // What carries end with is part of the state.
    if (form.kind == TimeForm::Last)
      continue;
    if (!form.hasAxis() || form.extra != 0)
      return function.emitError("a step is refused: output '")
             << output.name << "' must have a row for every step of '" << time
             << "'";
    if (form.lead < 0)
      return refuseLater(form.reader, form.lead);
  }
  return success();
}

LogicalResult TimeForms::run() {
  if (failed(visitArguments()))
    return failure();
  for (Operation &op : function.getBody().front().without_terminator())
    if (failed(visit(&op)))
      return failure();
  return checkResults();
}
