//===- LowerNaive.cpp - scans become plain loops over tensors -------------===//
//
// The lowering that every other one is tested against: a loop for each domain
// dimension, one for time, and the body's ops one after another, as loops of
// scalars. It takes every body, so it is also the way of bodies whose ops only
// the second tier can run.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Passes.h"
#include "passes/Support/BodyConstants.h"
#include "passes/Support/BodyGeneric.h"

namespace seqc {
#define GEN_PASS_DEF_LOWERNAIVE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

namespace {
/// A slice of an operand at one point of the domain and of time.
struct Slice {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  SmallVector<Value> indices; // all of them, if the slice is an element
  Type type;

  bool isElement() const { return !isa<RankedTensorType>(type); }
};
} // namespace

static Value readSlice(OpBuilder &b, Location loc, Value operand,
                       const Slice &slice) {
  if (slice.isElement())
    return tensor::ExtractOp::create(b, loc, operand, slice.indices);
  return tensor::ExtractSliceOp::create(
      b, loc, cast<RankedTensorType>(slice.type), operand, slice.offsets,
      slice.sizes, slice.strides);
}

static Value writeSlice(OpBuilder &b, Location loc, Value value, Value operand,
                        const Slice &slice) {
  if (slice.isElement())
    return tensor::InsertOp::create(b, loc, value, operand, slice.indices);
  // An insertion over the whole would fold to `value`, and a loop must yield
  // what stands in its own destination.
  if (slice.type == operand.getType())
    return bufferization::MaterializeInDestinationOp::create(b, loc, value,
                                                             operand)
        .getResult();
  return tensor::InsertSliceOp::create(b, loc, value, operand, slice.offsets,
                                       slice.sizes, slice.strides);
}

/// The row of `operand` at `index`, for seq.gather and seq.insert.
static Slice getRow(OpBuilder &b, Location loc, Value operand, Value index,
                    Type type) {
  Slice slice;
  slice.type = type;
  slice.indices = {index};
  slice.sizes = tensor::getMixedSizes(b, loc, operand);
  slice.sizes[0] = b.getIndexAttr(1);
  slice.offsets.assign(slice.sizes.size(), b.getIndexAttr(0));
  slice.offsets[0] = index;
  slice.strides.assign(slice.sizes.size(), b.getIndexAttr(1));
  return slice;
}

//===----------------------------------------------------------------------===//
// Ops of the body
//===----------------------------------------------------------------------===//

static bool isTensor(Type type) { return isa<RankedTensorType>(type); }

/// Emits what the body's op `op` does, on `operands`; nothing if it is an op of
/// the second tier that stays as it is.
static std::optional<SmallVector<Value>>
lowerBodyOp(OpBuilder &b, Operation *op, ValueRange operands) {
  Location loc = op->getLoc();
  if (std::optional<BodySemantics> space = getBodySemantics(op)) {
    if (llvm::any_of(op->getOperandTypes(), isTensor) ||
        llvm::any_of(op->getResultTypes(), isTensor))
      return buildBodyGeneric(b, op, *space, operands);
    return buildBodyElement(b, op, operands, {});
  }
  if (auto gather = dyn_cast<GatherOp>(op))
    return SmallVector<Value>{readSlice(b, loc, operands[0],
                                        getRow(b, loc, operands[0], operands[1],
                                               gather.getResult().getType()))};
  if (isa<InsertOp>(op))
    return SmallVector<Value>{writeSlice(
        b, loc, operands[0], operands[1],
        getRow(b, loc, operands[1], operands[2], operands[0].getType()))};
  return std::nullopt;
}

/// Lowers ops of bodies that stand elsewhere: in the regions of second-tier
/// ops, and around scans. Reshapes stay, which become views.
static void lowerOutsideScans(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    bool hasTensor = llvm::any_of(op->getResultTypes(), isTensor) ||
                     llvm::any_of(op->getOperandTypes(), isTensor);
    if (hasTensor && !op->getParentOfType<ScanOp>() &&
        !op->getParentOfType<WeightOp>() &&
        !isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    OpBuilder b(op);
    if (std::optional<SmallVector<Value>> results =
            lowerBodyOp(b, op, op->getOperands())) {
      op->replaceAllUsesWith(*results);
      op->erase();
    }
  }
}

//===----------------------------------------------------------------------===//
// The scan
//===----------------------------------------------------------------------===//

namespace {
/// Lowers one scan. The outs, then the carries, go around every loop.
class NaiveLowering {
public:
  explicit NaiveLowering(ScanOp op)
      : op(op), b(op), loc(op.getLoc()), numOuts(op.getOuts().size()) {}

  void run();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value subtract(Value x, Value y) {
    return arith::SubIOp::create(b, loc, x, y);
  }

  SmallVector<Value> buildLoops(ValueRange tensors);
  SmallVector<Value> buildTime(ValueRange tensors);
  SmallVector<Value> buildStep(ValueRange tensors);
  SmallVector<Value> buildBody(ValueRange tensors);
  SmallVector<Value> buildMasked(ValueRange tensors);
  void lowerOps(Block &block, IRMapping &mapping);

  Slice getSlice(Value operand, ArrayRef<IndexEntry> list, Value row);
  Slice getOutSlice(Value out, unsigned i);
  Value readInput(unsigned i);
  Value writeOut(Value out, unsigned i, function_ref<Value(Value)> write);
  Value getLength();
  SmallVector<Value> protect(ValueRange yielded, ValueRange tensors);
  Value shiftHistory(unsigned i);
  Value shiftRows(Value history, unsigned input, Value end);

  ScanOp op;
  OpBuilder b;
  Location loc;
  size_t numOuts;
  SmallVector<Value> point; // the domain indices
  Value time;
};
} // namespace

/// The slice at the current point of the domain and at `row` of time.
Slice NaiveLowering::getSlice(Value operand, ArrayRef<IndexEntry> list,
                              Value row) {
  auto type = cast<RankedTensorType>(operand.getType());
  Slice slice;
  slice.type = getSliceType(type, list);
  for (auto [i, entry] : llvm::enumerate(list)) {
    OpFoldResult offset = b.getIndexAttr(0), size = b.getIndexAttr(1);
    if (entry.kind == IndexEntry::Domain)
      offset = point[entry.symbol];
    if (entry.kind == IndexEntry::Time)
      offset = row;
    if (entry.kind == IndexEntry::All)
      size = tensor::getMixedSize(b, loc, operand, i);
    if (entry.kind == IndexEntry::Window) {
      offset = Value(arith::MulIOp::create(b, loc, point[entry.symbol],
                                           index(entry.stride)));
      size = b.getIndexAttr(entry.size);
    }
    slice.offsets.push_back(offset);
    slice.sizes.push_back(size);
    slice.strides.push_back(b.getIndexAttr(1));
  }
  if (slice.isElement())
    for (OpFoldResult offset : slice.offsets)
      slice.indices.push_back(cast<Value>(offset));
  return slice;
}

Slice NaiveLowering::getOutSlice(Value out, unsigned i) {
  IndexList list = op.getOutIndex(i);
  int64_t every = list[findTime(list)].every;
  Value row = every == 1
                  ? time
                  : Value(arith::DivUIOp::create(b, loc, time, index(every)));
  return getSlice(out, list, row);
}

/// What the body sees of input `i`: a row of the input, or, for a shifted read
/// near the start, of its history.
Value NaiveLowering::readInput(unsigned i) {
  Value operand = op.getInputs()[i];
  IndexList list = op.getInputIndex(i);
  int64_t position = findTime(list);
  int64_t lag = position < 0 ? 0 : list[position].lag;
  if (lag == 0)
    return readSlice(b, loc, operand, getSlice(operand, list, time));
  Value history = op.getHistories()[op.getInputHistory()[i]];
  int64_t rows = cast<ShapedType>(history.getType()).getDimSize(position);
  Value row = subtract(time, index(lag));
  Value inside = compare(arith::CmpIPredicate::sge, row, index(0));
  auto branch = [&](Value source, Value sourceRow) {
    return [this, source, sourceRow, &list](OpBuilder &nested, Location) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(nested.getInsertionBlock(),
                          nested.getInsertionPoint());
      Value slice =
          readSlice(b, loc, source, getSlice(source, list, sourceRow));
      scf::YieldOp::create(b, loc, slice);
    };
  };
  return scf::IfOp::create(b, loc, inside, branch(operand, row),
                           branch(history, add(row, index(rows))))
      .getResult(0);
}

/// Lets `write` update out `i` at the current step, if that is one of those
/// that the out has a row for.
Value NaiveLowering::writeOut(Value out, unsigned i,
                              function_ref<Value(Value)> write) {
  IndexList list = op.getOutIndex(i);
  int64_t every = list[findTime(list)].every;
  if (every == 1)
    return write(out);
  Value next = add(time, index(1));
  Value rest = arith::RemUIOp::create(b, loc, next, index(every));
  Value due = compare(arith::CmpIPredicate::eq, rest, index(0));
  auto branch = scf::IfOp::create(b, loc, TypeRange(out.getType()), due,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, write(out));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, out);
  return branch.getResult(0);
}

/// Whether `value`'s buffer may be a carry's other than carry `own`: its ops
/// are followed as far as they may return what they were given.
static bool mayAliasOtherCarry(ScanOp op, Value value, int64_t own) {
  if (!isa<RankedTensorType>(value.getType()))
    return false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    int64_t first =
        op.getBodyBlock()->getNumArguments() - op.getCarries().size();
    int64_t carry = argument.getArgNumber() - first;
    return argument.getOwner() == op.getBodyBlock() && carry >= 0 &&
           carry != own;
  }
  Operation *def = value.getDefiningOp();
  if (def->getNumRegions() != 0)
    return true;
  return !getBodySemantics(def) &&
         llvm::any_of(def->getOperands(), [&](Value operand) {
           return mayAliasOtherCarry(op, operand, own);
         });
}

/// Copies those of the step's results that the writing of another one would
/// overwrite: a body may swap two carries.
SmallVector<Value> NaiveLowering::protect(ValueRange yielded,
                                          ValueRange tensors) {
  SmallVector<Value> safe(yielded);
  YieldOp yield = op.getYield();
  for (size_t i = numOuts; i < tensors.size(); ++i)
    if (mayAliasOtherCarry(op, yield.getCarries()[i - numOuts], i - numOuts))
      safe[i] = bufferization::AllocTensorOp::create(
          b, loc, cast<RankedTensorType>(safe[i].getType()), ValueRange(),
          safe[i]);
  return safe;
}

void NaiveLowering::lowerOps(Block &block, IRMapping &mapping) {
  for (Operation &nested : block.without_terminator()) {
    if (auto hoisted = dyn_cast<TimeBlockOp>(nested)) {
      Block &inner = hoisted.getBody().front();
      lowerOps(inner, mapping);
      auto yield = cast<YieldOp>(inner.getTerminator());
      for (auto [result, value] :
           llvm::zip(hoisted.getResults(), yield.getOuts()))
        mapping.map(result, mapping.lookupOrDefault(value));
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : nested.getOperands())
      operands.push_back(mapping.lookupOrDefault(operand));
    if (std::optional<SmallVector<Value>> results =
            lowerBodyOp(b, &nested, operands))
      mapping.map(nested.getResults(), ValueRange(*results));
    else
      b.clone(nested, mapping);
  }
}

/// The step itself: reads slices, runs the body, writes slices.
SmallVector<Value> NaiveLowering::buildBody(ValueRange tensors) {
  SmallVector<Value> arguments(point);
  arguments.push_back(time);
  for (unsigned i = 0; i < op.getInputs().size(); ++i)
    arguments.push_back(readInput(i));
  SmallVector<Slice, 2> carries;
  for (auto [i, carry] : llvm::enumerate(tensors.drop_front(numOuts))) {
    carries.push_back(getSlice(carry, op.getCarryIndex(i), Value()));
    arguments.push_back(readSlice(b, loc, carry, carries.back()));
  }
  IRMapping mapping;
  mapping.map(op.getBodyBlock()->getArguments(), ValueRange(arguments));
  lowerOps(*op.getBodyBlock(), mapping);

  SmallVector<Value> values;
  for (Value yielded : op.getYield()->getOperands())
    values.push_back(mapping.lookupOrDefault(yielded));
  values = protect(values, tensors);
  SmallVector<Value> results(tensors);
  for (size_t i = 0; i < results.size(); ++i) {
    if (i >= numOuts) {
      results[i] =
          writeSlice(b, loc, values[i], results[i], carries[i - numOuts]);
      continue;
    }
    results[i] = writeOut(results[i], i, [&](Value out) {
      return writeSlice(b, loc, values[i], out, getOutSlice(out, i));
    });
  }
  return results;
}

/// A step past the sequence's length: the outs are zero, the carries stay.
SmallVector<Value> NaiveLowering::buildMasked(ValueRange tensors) {
  SmallVector<Value> results(tensors);
  for (size_t i = 0; i < numOuts; ++i)
    results[i] = writeOut(results[i], i, [&](Value out) {
      Slice slice = getOutSlice(out, i);
      Value value = arith::ConstantOp::create(
          b, loc, b.getZeroAttr(getElementTypeOrSelf(slice.type)));
      if (!slice.isElement())
        value =
            linalg::FillOp::create(b, loc, value, readSlice(b, loc, out, slice))
                .getResult(0);
      return writeSlice(b, loc, value, out, slice);
    });
  return results;
}

/// The current sequence's length.
Value NaiveLowering::getLength() {
  Value lengths = op.getLengths()[0];
  Value length = readSlice(b, loc, lengths,
                           getSlice(lengths, op.getLengthsIndex(), Value()));
  if (length.getType().isIndex())
    return length;
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), length);
}

SmallVector<Value> NaiveLowering::buildStep(ValueRange tensors) {
  if (!op.hasLengths())
    return buildBody(tensors);
  Value inside = compare(arith::CmpIPredicate::slt, time, getLength());
  auto branch = scf::IfOp::create(b, loc, TypeRange(tensors), inside,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, buildBody(tensors));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, buildMasked(tensors));
  return branch.getResults();
}

SmallVector<Value> NaiveLowering::buildTime(ValueRange tensors) {
  auto loop =
      scf::ForOp::create(b, loc, index(0), op.getTime(), index(1), tensors);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  time = loop.getInductionVar();
  if (op.getReverse())
    time = subtract(subtract(op.getTime(), index(1)), time);
  SmallVector<Value> results = buildStep(loop.getRegionIterArgs());
  if (!results.empty())
    scf::YieldOp::create(b, loc, results);
  return loop.getResults();
}

SmallVector<Value> NaiveLowering::buildLoops(ValueRange tensors) {
  if (point.size() == op.getDomain().size())
    return buildTime(tensors);
  auto loop = scf::ForOp::create(b, loc, index(0), op.getDomain()[point.size()],
                                 index(1), tensors);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  point.push_back(loop.getInductionVar());
  SmallVector<Value> results = buildLoops(ValueRange(loop.getRegionIterArgs()));
  if (!results.empty())
    scf::YieldOp::create(b, loc, results);
  point.pop_back();
  return loop.getResults();
}

/// Moves the slices of `input` at the k steps before `end` into `history`, at
/// the current point of the domain. Rows before the start move forward within
/// the history, so the oldest goes first.
Value NaiveLowering::shiftRows(Value history, unsigned input, Value end) {
  Value operand = op.getInputs()[input];
  IndexList list = op.getInputIndex(input);
  int64_t position = findTime(list);
  int64_t rows = cast<ShapedType>(history.getType()).getDimSize(position);
  auto loop = scf::ForOp::create(b, loc, index(0), index(rows), index(1),
                                 ValueRange(history));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar(), target = loop.getRegionIterArg(0);
  Value source = subtract(add(end, row), index(rows));
  Value inside = compare(arith::CmpIPredicate::sge, source, index(0));
  Slice slice = getSlice(target, list, row);
  auto branch = scf::IfOp::create(b, loc, TypeRange(target.getType()), inside,
                                  /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  Value value = readSlice(b, loc, operand, getSlice(operand, list, source));
  scf::YieldOp::create(b, loc, writeSlice(b, loc, value, target, slice));
  b.setInsertionPointToStart(branch.elseBlock());
  value = readSlice(b, loc, target, getSlice(target, list, add(end, row)));
  if (!slice.isElement())
    value = bufferization::AllocTensorOp::create(
        b, loc, cast<RankedTensorType>(slice.type), ValueRange(), value);
  scf::YieldOp::create(b, loc, writeSlice(b, loc, value, target, slice));
  b.setInsertionPointAfter(branch);
  scf::YieldOp::create(b, loc, branch.getResults());
  return loop.getResult(0);
}

/// History `i` after the last step. Where sequences have lengths, each one's
/// history ends at its own last step.
Value NaiveLowering::shiftHistory(unsigned i) {
  auto *found = llvm::find(op.getInputHistory(), static_cast<int64_t>(i));
  unsigned input = found - op.getInputHistory().begin();
  SmallVector<scf::ForOp> loops;
  Value history = op.getHistories()[i];
  OpBuilder::InsertionGuard guard(b);
  point.assign(op.getDomain().size(), Value());
  for (const IndexEntry &entry : op.getInputIndex(input)) {
    if (entry.kind != IndexEntry::Domain)
      continue;
    auto loop =
        scf::ForOp::create(b, loc, index(0), op.getDomain()[entry.symbol],
                           index(1), ValueRange(history));
    b.setInsertionPointToStart(loop.getBody());
    point[entry.symbol] = loop.getInductionVar();
    history = loop.getRegionIterArg(0);
    loops.push_back(loop);
  }
  Value end = op.getTime();
  if (op.hasLengths())
    end = arith::MinSIOp::create(b, loc, end, getLength());
  Value result = shiftRows(history, input, end);
  for (scf::ForOp loop : llvm::reverse(loops)) {
    b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(b, loc, result);
    result = loop.getResult(0);
  }
  return result;
}

void NaiveLowering::run() {
  SmallVector<Value> tensors(op.getOuts());
  llvm::append_range(tensors, op.getCarries());
  SmallVector<Value> results = buildLoops(tensors);
  for (unsigned i = 0; i < op.getHistories().size(); ++i)
    results.push_back(shiftHistory(i));
  op->replaceAllUsesWith(results);
  op->erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// A history is kept for each of its input's slices; lengths must be known
/// there.
static LogicalResult checkHistories(ScanOp op) {
  for (unsigned i = 0; i < op.getInputs().size(); ++i) {
    if (op.getInputHistory()[i] < 0)
      continue;
    IndexList list = op.getInputIndex(i);
    for (const IndexEntry &entry : list)
      if (entry.kind == IndexEntry::Window)
        return op.emitOpError("naive form: input ")
               << i << " must not have both a history and a window";
    for (const IndexEntry &entry : op.getLengthsIndex())
      if (findDomain(list, entry.symbol) < 0)
        return op.emitOpError("naive form: input ")
               << i << ", which has a history, must be indexed by the domain "
               << "symbols of the lengths";
  }
  return success();
}

static LogicalResult checkScan(ScanOp op) {
  if (op.hasBufferSemantics())
    return op.emitOpError("naive form: must be on tensors");
  for (auto [i, lanes] : llvm::enumerate(op.getInputLanes()))
    if (lanes != 0)
      return op.emitOpError("naive form: input ") << i << " must not be packed";
  return checkHistories(op);
}

namespace {
struct LowerNaive : public seqc::impl::LowerNaiveBase<LowerNaive> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation()->walk([&](ScanOp op) {
      if (all || isLoweredNaively(op))
        scans.push_back(op);
    });
    // Inner scans come first: the outer one's body is cloned.
    for (ScanOp op : scans) {
      if (failed(checkScan(op)))
        return signalPassFailure();
      NaiveLowering(op).run();
    }
    moveConstantsIntoBodies(getOperation());
    lowerOutsideScans(getOperation());
  }
};
} // namespace
