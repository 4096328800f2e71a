//===- ImportOnnxControl.cpp - If, Scan and Loop --------------------------===//
//
// A Scan or Loop becomes a `seq.scan` whose body is the imported graph. An If
// chooses element by element between what both branches give or, where that
// costs too much, becomes an `scf.if`.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;
using seq::IndexEntry;
using seq::IndexList;

//===----------------------------------------------------------------------===//
// If
//===----------------------------------------------------------------------===//

static void importChoice(NodeImporter &node) {
  unsigned count = node.folded.outputs.size();
  for (unsigned i = 0; i < count; ++i) {
    if (!node.hasOutput(i))
      continue;
    node.setOutput(i, node.importer.buildElementwise(
                          node.getOutputInfo(i).shape, node.getOutputElement(i),
                          {node.getInput(0), node.getInput(1 + i),
                           node.getInput(1 + count + i)},
                          [](Builder &b, ValueRange x) -> mlir::Value {
                            return arith::SelectOp::create(b, x[0], x[1], x[2]);
                          }));
  }
}

/// Memory that both branches write: no empty tensor, for which bufferization
/// may find another place in one of them.
static mlir::Value buildDestination(Importer &importer, const Value &info) {
  SmallVector<mlir::Value> extents;
  for (const Dim &dim : info.shape)
    if (!dim.isConstant())
      extents.push_back(importer.getExtent(dim));
  return bufferization::AllocTensorOp::create(
      importer.b,
      importer.getTensorType(info.shape, importer.getType(info.type)), extents);
}

/// One branch, which writes its results where both must be.
static Error importBranch(NodeImporter &node, const FoldedBody &body,
                          Block *block, ArrayRef<mlir::Value> destinations) {
  Importer &importer = node.importer;
  Builder &b = importer.b;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(block);
  if (Error error = importer.importNodes(body.nodes))
    return error;
  b.setLoc(node.getLoc());
  SmallVector<mlir::Value> results;
  for (int id : body.outputs)
    if (id >= 0)
      results.push_back(bufferization::MaterializeInDestinationOp::create(
                            b, importer.get(id), destinations[results.size()])
                            .getResult());
  scf::YieldOp::create(b, results);
  return Error::success();
}

static Error importIf(NodeImporter &node) {
  if (node.folded.bodies.empty()) {
    importChoice(node);
    return Error::success();
  }
  Importer &importer = node.importer;
  Builder &b = node.b;
  SmallVector<mlir::Value> destinations;
  SmallVector<mlir::Type> types;
  SmallVector<unsigned> outputs;
  for (unsigned i = 0; i < node.folded.outputs.size(); ++i) {
    if (!node.hasOutput(i))
      continue;
    outputs.push_back(i);
    destinations.push_back(buildDestination(importer, node.getOutputInfo(i)));
    types.push_back(destinations.back().getType());
  }
  Operand condition = importer.reshape(node.getInput(0), {});
  mlir::Value flag = tensor::ExtractOp::create(
      b, importer.materialize(condition), ValueRange{});
  auto branches = scf::IfOp::create(b, types, flag, /*addThenBlock=*/true,
                                    /*addElseBlock=*/true);
  Block *blocks[] = {branches.thenBlock(), branches.elseBlock()};
  for (auto [body, block] : llvm::zip_equal(node.folded.bodies, blocks))
    if (Error error = importBranch(node, body, block, destinations))
      return error;
  for (auto [i, result] : llvm::zip_equal(outputs, branches.getResults()))
    node.setOutput(i, result);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Scan and Loop
//===----------------------------------------------------------------------===//

namespace {

/// One Scan or Loop.
class StepsImporter {
public:
  explicit StepsImporter(NodeImporter &node)
      : node(node), importer(node.importer), b(node.b),
        steps(node.folded.steps), body(node.folded.bodies.front()),
        operands(node.getLoc()) {}

  Error import();

private:
  bool runsBackwards();
  IndexList getIndex(size_t rank) const;
  IndexList getSequenceIndex(const Shape &shape,
                             const Steps::Sequence &sequence) const;
  mlir::Value flip(mlir::Value value, const Shape &shape, int64_t axis);
  void addOperands();
  Error buildBody(seq::ScanBody arguments);
  Error buildConditional(seq::ScanBody arguments);
  mlir::Value getCondition();
  Error importOpen();
  mlir::Value buildGuard(ValueRange values, mlir::Value limit);
  mlir::Value getYielded(mlir::Value value,
                         const seq::ScanOperands::Slot &slot);
  void setResults(seq::ScanOp scan);

  NodeImporter &node;
  Importer &importer;
  Builder &b;
  const Steps &steps;
  const FoldedBody &body;
  seq::ScanOperands operands;
  /// Of what is written, those that somebody reads.
  SmallVector<unsigned> written;
  mlir::Value openStep; ///< The number of the step of a Loop that is open.
};

} // namespace

/// Whether most sequences run backwards; the others are then turned round.
bool StepsImporter::runsBackwards() {
  int64_t backwards = 0;
  for (const Steps::Sequence &sequence : steps.read)
    backwards += sequence.backwards ? 1 : -1;
  for (unsigned i : written)
    backwards += steps.written[i].backwards ? 1 : -1;
  return backwards > 0;
}

/// The step sees everything but its own member of the batch.
IndexList StepsImporter::getIndex(size_t rank) const {
  IndexList list(rank, IndexEntry::all());
  if (steps.isBatched)
    list.front() = IndexEntry::domain(0);
  return list;
}

IndexList
StepsImporter::getSequenceIndex(const Shape &shape,
                                const Steps::Sequence &sequence) const {
  IndexList list = getIndex(shape.size());
  list[sequence.axis] = IndexEntry::time();
  return list;
}

/// The last slice along `axis` first.
mlir::Value StepsImporter::flip(mlir::Value value, const Shape &shape,
                                int64_t axis) {
  mlir::Value extent = importer.getExtent(shape[axis]);
  mlir::Value last = arith::SubIOp::create(b, extent, importer.buildIndex(1));
  mlir::Type element = cast<RankedTensorType>(value.getType()).getElementType();
  return importer.buildIndexed(
      shape, element, [&](Builder &inner, ValueRange at) -> mlir::Value {
        SmallVector<mlir::Value> from(at);
        from[axis] = arith::SubIOp::create(inner, last, at[axis]);
        return tensor::ExtractOp::create(inner, value, from);
      });
}

void StepsImporter::addOperands() {
  for (unsigned i = 0; i < steps.written.size(); ++i)
    if (node.hasOutput(steps.states + i))
      written.push_back(i);
  operands.reverse = runsBackwards();
  if (!steps.isOpen)
    operands.time = importer.getExtent(steps.count);
  if (steps.isBatched)
    operands.domain = {importer.getExtent(node.getInputInfo(0).shape.front())};
  for (unsigned i = 0; i < steps.states; ++i)
    operands.carries.push_back({importer.materialize(node.getInput(i)),
                                getIndex(node.getInputInfo(i).shape.size())});
  if (steps.isConditional) {
    Operand condition = importer.reshape(node.getInput(steps.states), {});
    operands.carries.push_back({importer.materialize(condition), IndexList()});
  }
  for (auto [i, sequence] : llvm::enumerate(steps.read)) {
    const Shape &shape = node.getInputInfo(steps.states + i).shape;
    mlir::Value whole = importer.materialize(node.getInput(steps.states + i));
    if (sequence.backwards != operands.reverse)
      whole = flip(whole, shape, sequence.axis);
    operands.inputs.push_back({whole, getSequenceIndex(shape, sequence)});
  }
  for (unsigned i : written) {
    const Value &info = node.getOutputInfo(steps.states + i);
    operands.outs.push_back(
        {importer.buildEmpty(info.shape, importer.getType(info.type)),
         getSequenceIndex(info.shape, steps.written[i])});
  }
  if (steps.hasLengths) {
    operands.lengths =
        importer.materialize(node.getInput(node.folded.inputs.size() - 1));
    operands.lengthsIndex = {IndexEntry::domain(0)};
  }
}

/// What the step leaves for `slot`: the graph has tensors without dimensions
/// where the scan has elements.
mlir::Value StepsImporter::getYielded(mlir::Value value,
                                      const seq::ScanOperands::Slot &slot) {
  auto type = cast<RankedTensorType>(slot.value.getType());
  if (isa<RankedTensorType>(seq::getSliceType(type, slot.index)))
    return value;
  return tensor::ExtractOp::create(b, value, ValueRange{});
}

Error StepsImporter::buildBody(seq::ScanBody arguments) {
  if (!steps.number.empty())
    importer.setExtent(steps.number, openStep ? openStep : arguments.time);
  SmallVector<mlir::Value> given(arguments.carries);
  llvm::append_range(given, arguments.inputs);
  if (steps.isConditional)
    given.pop_back(); // the condition, which holds where the step runs
  for (auto [id, value] : llvm::zip_equal(body.inputs, given)) {
    if (!isa<RankedTensorType>(value.getType()))
      value = tensor::FromElementsOp::create(
          b, RankedTensorType::get({}, value.getType()), value);
    importer.set(id, value);
  }
  if (steps.isConditional && !steps.isOpen)
    return buildConditional(arguments);
  if (Error error = importer.importNodes(body.nodes))
    return error;
  b.setLoc(node.getLoc());
  auto get = [&](unsigned output, const seq::ScanOperands::Slot &slot) {
    return getYielded(importer.get(body.outputs[output]), slot);
  };
  SmallVector<mlir::Value> outs, states;
  for (auto [i, slot] : llvm::zip_equal(written, operands.outs))
    outs.push_back(get(steps.states + i, slot));
  for (auto [i, slot] :
       llvm::enumerate(ArrayRef(operands.carries).take_front(steps.states)))
    states.push_back(get(i, slot));
  if (steps.isConditional)
    states.push_back(getCondition());
  seq::YieldOp::create(b, outs, states);
  return Error::success();
}

/// Whether there is another step, by the body.
mlir::Value StepsImporter::getCondition() {
  Operand another =
      importer.reshape(importer.getOperand(body.outputs[steps.states]), {});
  return getYielded(importer.materialize(another),
                    operands.carries[steps.states]);
}

/// The step where the last carry is true; else all carries stay.
Error StepsImporter::buildConditional(seq::ScanBody arguments) {
  SmallVector<mlir::Value> destinations;
  SmallVector<mlir::Type> types;
  for (unsigned i = 0; i < steps.states; ++i) {
    destinations.push_back(buildDestination(importer, node.getInputInfo(i)));
    types.push_back(destinations.back().getType());
  }
  mlir::Value active = arguments.carries.back();
  types.push_back(active.getType());
  auto branches = scf::IfOp::create(b, types, active, /*addThenBlock=*/true,
                                    /*addElseBlock=*/true);
  auto yield = [&](ArrayRef<int> ids, mlir::Value another) {
    b.setLoc(node.getLoc());
    SmallVector<mlir::Value> results;
    for (auto [id, destination] : llvm::zip(ids, destinations))
      results.push_back(bufferization::MaterializeInDestinationOp::create(
                            b, importer.get(id), destination)
                            .getResult());
    results.push_back(another);
    scf::YieldOp::create(b, results);
  };
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branches.elseBlock());
    yield(body.inputs, active);
    b.setInsertionPointToStart(branches.thenBlock());
    if (Error error = importer.importNodes(body.nodes))
      return error;
    yield(body.outputs, getCondition());
  }
  SmallVector<mlir::Value> states;
  for (auto [result, slot] :
       llvm::zip_equal(branches.getResults(), operands.carries))
    states.push_back(isa<RankedTensorType>(result.getType())
                         ? getYielded(result, slot)
                         : result);
  seq::YieldOp::create(b, ValueRange(), states);
  return Error::success();
}

void StepsImporter::setResults(seq::ScanOp scan) {
  for (auto [number, i] : llvm::enumerate(written)) {
    const Steps::Sequence &sequence = steps.written[i];
    mlir::Value result = scan.getResult(number);
    if (sequence.backwards != operands.reverse)
      result = flip(result, node.getOutputInfo(steps.states + i).shape,
                    sequence.axis);
    node.setOutput(steps.states + i, result);
  }
  for (unsigned i = 0; i < steps.states; ++i)
    node.setOutput(i, scan.getResult(written.size() + i));
}

/// Whether an open Loop goes on with `values`: its states, its condition and
/// the number of the next step.
mlir::Value StepsImporter::buildGuard(ValueRange values, mlir::Value limit) {
  mlir::Value holds =
      tensor::ExtractOp::create(b, values.drop_back().back(), ValueRange{});
  if (!limit)
    return holds;
  mlir::Value below =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, values.back(), limit);
  return arith::AndIOp::create(b, holds, below);
}

/// A Loop without a number of steps: one step after another while its condition
/// holds, each a scan of its own.
Error StepsImporter::importOpen() {
  addOperands();
  mlir::Value limit;
  if (steps.hasLimit) {
    Operand most = importer.reshape(node.getInput(steps.states + 1), {});
    limit = arith::IndexCastOp::create(
        b, b.getIndexType(),
        tensor::ExtractOp::create(b, importer.materialize(most), ValueRange{}));
  }
  SmallVector<mlir::Value> initial;
  for (const seq::ScanOperands::Slot &carry : operands.carries)
    initial.push_back(carry.value);
  initial.push_back(importer.buildIndex(0));
  operands.time = importer.buildIndex(1);
  Error error = Error::success();
  llvm::ErrorAsOutParameter result(error);
  auto move = [&](OpBuilder &nested) {
    b.restoreInsertionPoint(nested.saveInsertionPoint());
  };
  OpBuilder::InsertionGuard guard(b);
  auto loop = scf::WhileOp::create(
      b, ValueRange(initial).getTypes(), initial,
      [&](OpBuilder &nested, Location, ValueRange values) {
        move(nested);
        scf::ConditionOp::create(b, buildGuard(values, limit), values);
      },
      [&](OpBuilder &nested, Location, ValueRange values) {
        move(nested);
        openStep = values.back();
        for (auto [carry, value] : llvm::zip(operands.carries, values))
          carry.value = value;
        auto scan = seq::ScanOp::create(
            b, operands,
            [&](OpBuilder &inside, Location, seq::ScanBody arguments) {
              OpBuilder::InsertionGuard guard(b);
              move(inside);
              error = buildBody(arguments);
            });
        if (error)
          return;
        SmallVector<mlir::Value> next(scan.getResults());
        next.push_back(
            arith::AddIOp::create(b, openStep, importer.buildIndex(1)));
        scf::YieldOp::create(b, next);
      });
  if (error)
    return error;
  for (unsigned i = 0; i < steps.states; ++i)
    node.setOutput(i, loop.getResult(i));
  return error;
}

Error StepsImporter::import() {
  if (steps.isOpen)
    return importOpen();
  addOperands();
  Error error = Error::success();
  llvm::ErrorAsOutParameter result(error);
  auto scan = seq::ScanOp::create(
      b, operands, [&](OpBuilder &nested, Location, seq::ScanBody arguments) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        error = buildBody(arguments);
      });
  if (error)
    return error;
  setResults(scan);
  return error;
}

static Error importSteps(NodeImporter &node) {
  return StepsImporter(node).import();
}

llvm::ArrayRef<OpImporter> getControlImporters() {
  static const OpImporter importers[] = {
      {"If", importIf}, {"Loop", importSteps}, {"Scan", importSteps}};
  return importers;
}

} // namespace seqc::onnx
