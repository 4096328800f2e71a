//===- Bufferize.cpp - tensors become memory ------------------------------===//
//
// One-shot bufferization of the model's function, between the caller's buffers:
// inputs are read-only, outputs are written where the caller wants them, states
// are updated in place.
//
//===----------------------------------------------------------------------===//

#include "compiler/ModelInfo.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "passes/Passes.h"
#include "passes/Support/BodyConstants.h"
#include "passes/Support/ModelFunction.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace seqc {
#define GEN_PASS_DEF_BUFFERIZE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {
/// Rewrites one model's function and bufferizes it.
class ModelBufferizer {
public:
  ModelBufferizer(func::FuncOp function, ModelInfo info)
      : function(function), info(std::move(info)),
        rewriter(function.getContext()), loc(function.getLoc()) {
    setOptions();
  }

  LogicalResult run();

private:
  void setOptions();
  BlockArgument addArgument(const TensorInfo &tensor, StringRef kind,
                            Type tensorType);
  void replaceArgument(const TensorInfo &tensor, StringRef kind);
  void rewriteSignature();
  Value buildCopy(Value value, Value memory);
  void separateResults();
  void dropResult(scf::IfOp branch, unsigned number);
  void writeResult(Value value, Value memory);
  LogicalResult placeOutputs();
  void placeStates();

  func::FuncOp function;
  ModelInfo info;
  IRRewriter rewriter;
  Location loc;
  bufferization::OneShotBufferizationOptions options;
  SmallVector<DictionaryAttr> argumentAttrs;
  SmallVector<bufferization::ToTensorOp> states;
  SmallVector<Value> results, outputMemory, stateMemory;
};
} // namespace

/// The memory that `memory` is another shape of.
static Value getReshaped(Value memory) {
  while (Operation *op = memory.getDefiningOp()) {
    if (!isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(op))
      break;
    memory = op->getOperand(0);
  }
  return memory;
}

void ModelBufferizer::setOptions() {
  options.allowReturnAllocsFromLoops = false;
  // A scan on memrefs keeps the tensors of its body.
  options.opFilter.denyOperation([](Operation *op) {
    if (auto scan = dyn_cast<seq::ScanOp>(op);
        scan && scan.hasBufferSemantics())
      return true;
    return op->getParentOfType<seq::ScanOp>() != nullptr ||
           op->getParentOfType<seq::WeightOp>() != nullptr ||
           isa<seq::WeightOp>(op);
  });
  // memref.copy of a strided slice would call a runtime library.
  options.memCpyFn = [](OpBuilder &b, Location loc, Value from, Value to) {
    if (from.getType() != to.getType() || getReshaped(from) != getReshaped(to))
      linalg::CopyOp::create(b, loc, from, to);
    return success();
  };
}

//===----------------------------------------------------------------------===//
// Destinations
//===----------------------------------------------------------------------===//

/// The op before `op` where that only makes a tensor to be written: nothing
/// before an empty one, else what is filled or seen in another shape.
static std::optional<Value> getFreshSource(Operation *op) {
  if (isa_and_nonnull<tensor::EmptyOp>(op))
    return Value();
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(op))
    return fill.getOutputs()[0];
  if (isa_and_nonnull<tensor::CastOp, tensor::CollapseShapeOp,
                      tensor::ExpandShapeOp>(op))
    return op->getOperand(0);
  return std::nullopt;
}

/// The ops that make `value` from nothing, the last one first; none where
/// anything else does.
static SmallVector<Operation *> getFreshChain(Value value) {
  SmallVector<Operation *> chain;
  while (value) {
    Operation *op = value.getDefiningOp();
    std::optional<Value> source = getFreshSource(op);
    if (!source)
      return {};
    chain.push_back(op);
    value = *source;
  }
  return chain;
}

/// The operands that `op` may write to.
static SmallVector<OpOperand *> getDestinations(Operation *op) {
  SmallVector<OpOperand *> operands;
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    for (OpOperand &init : destination.getDpsInitsMutable())
      operands.push_back(&init);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    for (OpOperand &init : loop.getInitsMutable())
      operands.push_back(&init);
  return operands;
}

/// Gives each op that writes a destination of its own. One that two results
/// began with could lie in an output's memory when both are written there.
static void separateDestinations(func::FuncOp function) {
  llvm::SetVector<Operation *> shared;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<seq::WeightOp>(op))
      return WalkResult::skip();
    for (OpOperand *operand : getDestinations(op)) {
      SmallVector<Operation *> chain = getFreshChain(operand->get());
      if (llvm::all_of(chain,
                       [](Operation *made) { return made->hasOneUse(); }))
        continue;
      OpBuilder b(op);
      IRMapping mapping;
      for (Operation *made : llvm::reverse(chain))
        b.clone(*made, mapping);
      operand->set(mapping.lookup(operand->get()));
      shared.insert(chain.begin(), chain.end());
    }
    // A scan's own step stays as it is.
    return isa<seq::ScanOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
  // Users stand before what they use.
  for (bool erased = true; erased;) {
    erased = false;
    for (Operation *op : llvm::to_vector(shared))
      if (op->use_empty()) {
        shared.remove(op);
        op->erase();
        erased = true;
      }
  }
}

//===----------------------------------------------------------------------===//
// The signature
//===----------------------------------------------------------------------===//

/// Adds the memref argument that is `tensor`'s memory.
BlockArgument ModelBufferizer::addArgument(const TensorInfo &tensor,
                                           StringRef kind, Type tensorType) {
  auto shaped = cast<RankedTensorType>(tensorType);
  auto type = MemRefType::get(shaped.getShape(), shaped.getElementType());
  argumentAttrs.push_back(rewriter.getDictionaryAttr(
      {rewriter.getNamedAttr(argumentKindAttr, rewriter.getStringAttr(kind)),
       rewriter.getNamedAttr(argumentShapeAttr, rewriter.getDenseI64ArrayAttr(
                                                    info.kernelShape(tensor))),
       rewriter.getNamedAttr("seq.name",
                             rewriter.getStringAttr(tensor.name))}));
  return function.getBody().addArgument(type, loc);
}

/// Makes the argument that `tensor` describes read from memory.
void ModelBufferizer::replaceArgument(const TensorInfo &tensor,
                                      StringRef kind) {
  BlockArgument old = function.getArgument(tensor.index);
  BlockArgument memory = addArgument(tensor, kind, old.getType());
  rewriter.setInsertionPointToStart(&function.getBody().front());
  auto value = bufferization::ToTensorOp::create(
      rewriter, loc, cast<bufferization::TensorLikeType>(old.getType()), memory,
      /*restrict=*/true, /*writable=*/false);
  old.replaceAllUsesWith(value.getResult());
  if (kind != stateKind)
    return;
  states.push_back(value);
  stateMemory.push_back(memory);
}

void ModelBufferizer::rewriteSignature() {
  FunctionType oldType = function.getFunctionType();
  for (const TensorInfo &input : info.inputs)
    replaceArgument(input, inputKind);
  for (const StateInfo &state : info.states)
    replaceArgument(state, stateKind);
  for (const TensorInfo &output : info.outputs)
    outputMemory.push_back(
        addArgument(output, outputKind, oldType.getResult(output.index)));
  Block &body = function.getBody().front();
  body.eraseArguments(0, oldType.getNumInputs());
  auto returned = cast<func::ReturnOp>(body.getTerminator());
  results.assign(returned.operand_begin(), returned.operand_end());
  returned.getOperandsMutable().clear();
  function.setType(
      FunctionType::get(function.getContext(), body.getArgumentTypes(), {}));
  function.setAllArgAttrs(argumentAttrs);
  if (info.numGivenDims < info.dims.size())
    function->setAttr(
        dimNamesAttr,
        rewriter.getStrArrayAttr(llvm::to_vector_of<StringRef>(info.dims)));
  function->removeAttr("res_attrs");
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

static void materialize(OpBuilder &b, Location loc, Value value, Value memory) {
  bufferization::MaterializeInDestinationOp::create(
      b, loc, TypeRange(), value, memory, b.getUnitAttr(), b.getUnitAttr());
}

/// Whether `type` has one extent at most in each group that is not known, so
/// that the others give it.
static bool canInferGroups(RankedTensorType type,
                           ArrayRef<ReassociationIndices> groups) {
  return llvm::all_of(groups, [&](const ReassociationIndices &group) {
    return llvm::count_if(
               group, [&](int64_t dim) { return type.isDynamicDim(dim); }) <= 1;
  });
}

/// Steps over reshapes at the end of `value`: what they reshape is written to a
/// view of `memory` instead, which is returned.
static Value reshapeMemory(OpBuilder &b, Location loc, Value &value,
                           Value memory) {
  while (true) {
    if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>()) {
      memory = memref::CollapseShapeOp::create(
          b, loc, memory, expand.getReassociationIndices());
      value = expand.getSrc();
      continue;
    }
    auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>();
    if (!collapse || !canInferGroups(collapse.getSrcType(),
                                     collapse.getReassociationIndices()))
      return memory;
    RankedTensorType type = collapse.getSrcType();
    memory = memref::ExpandShapeOp::create(
        b, loc, MemRefType::get(type.getShape(), type.getElementType()), memory,
        collapse.getReassociationIndices());
    value = collapse.getSrc();
  }
}

/// The values of which `result` of `op` may be an update or a part, and so lie
/// in their memory.
static SmallVector<Value> getUpdated(OpResult result) {
  Operation *op = result.getOwner();
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return {destination.getTiedOpOperand(result)->get()};
  unsigned number = result.getResultNumber();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return {loop.getInitArgs()[number], loop.getYieldedValues()[number]};
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return {branch.thenYield()->getOperand(number),
            branch.elseYield()->getOperand(number)};
  if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
          tensor::ExtractSliceOp>(op))
    return {op->getOperand(0)};
  return {};
}

/// `value` and all that it may have been before ops updated it.
static llvm::SetVector<Value> collectUpdated(Value value) {
  llvm::SetVector<Value> values;
  values.insert(value);
  for (size_t i = 0; i < values.size(); ++i)
    if (auto result = dyn_cast<OpResult>(values[i]))
      values.insert_range(getUpdated(result));
  return values;
}

/// Whether any of `values` is put into a larger tensor, and may be made there.
static bool isInserted(const llvm::SetVector<Value> &values) {
  return llvm::any_of(values, [](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      auto insert = dyn_cast<tensor::InsertSliceOp>(user);
      return insert && insert.getSource() == value;
    });
  });
}

/// Values that may lie in one memory, what is inserted beside the rest.
static llvm::EquivalenceClasses<void *> joinMemory(func::FuncOp function) {
  llvm::EquivalenceClasses<void *> classes;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (OpResult result : op->getResults())
      for (Value value : getUpdated(result))
        classes.unionSets(result.getAsOpaquePointer(),
                          value.getAsOpaquePointer());
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      classes.unionSets(insert.getResult().getAsOpaquePointer(),
                        insert.getSource().getAsOpaquePointer());
    return isa<seq::ScanOp, seq::WeightOp>(op) ? WalkResult::skip()
                                               : WalkResult::advance();
  });
  return classes;
}

/// `value` in a tensor of its own, as large as `memory`.
Value ModelBufferizer::buildCopy(Value value, Value memory) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      sizes.push_back(memref::DimOp::create(rewriter, loc, memory, axis));
  Value empty = tensor::EmptyOp::create(rewriter, loc, type, sizes);
  return linalg::CopyOp::create(rewriter, loc, value, empty).getResult(0);
}

/// Copies results that may lie in the memory of another before any of them is
/// written: once the other's place is an output's memory, what is written there
/// last would be in both.
void ModelBufferizer::separateResults() {
  llvm::DenseMap<Value, Value> owners;
  llvm::EquivalenceClasses<void *> memories = joinMemory(function);
  SmallVector<Value> all(results);
  auto separate = [&](Value &value, Value memory) {
    llvm::SetVector<Value> updated = collectUpdated(value);
    bool isShared = false;
    for (Value root : updated)
      if (root.getDefiningOp<tensor::EmptyOp>())
        isShared |= owners.try_emplace(root, value).first->second != value;
    // A part of another result: that may be written elsewhere in the end.
    isShared |= isInserted(updated) && llvm::any_of(all, [&](Value other) {
                  return other != value &&
                         memories.isEquivalent(other.getAsOpaquePointer(),
                                               value.getAsOpaquePointer());
                });
    if (isShared)
      value = buildCopy(value, memory);
  };
  rewriter.setInsertionPoint(function.getBody().front().getTerminator());
  for (auto [output, memory] : llvm::zip(info.outputs, outputMemory))
    separate(results[output.index], memory);
  for (auto [state, memory] : llvm::zip(info.states, stateMemory))
    separate(results[state.resultIndex], memory);
}

/// Replaces `branch` by one without result `number`, which nobody uses.
void ModelBufferizer::dropResult(scf::IfOp branch, unsigned number) {
  SmallVector<Type> types(branch.getResultTypes());
  types.erase(types.begin() + number);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(branch);
  auto fresh = scf::IfOp::create(rewriter, branch.getLoc(), types,
                                 branch.getCondition(), /*addThenBlock=*/false,
                                 /*addElseBlock=*/false);
  fresh.getThenRegion().takeBody(branch.getThenRegion());
  fresh.getElseRegion().takeBody(branch.getElseRegion());
  for (scf::YieldOp yield : {fresh.thenYield(), fresh.elseYield()})
    yield->eraseOperand(number);
  for (auto [i, result] : llvm::enumerate(branch.getResults())) {
    if (i == number)
      continue;
    Value same = fresh.getResult(i < number ? i : i - 1);
    llvm::replace(results, Value(result), same);
    result.replaceAllUsesWith(same);
  }
  rewriter.eraseOp(branch);
}

/// Writes `value` to `memory`; a branch's result, if nobody else takes it, in
/// either of its blocks, so that both can make it there.
void ModelBufferizer::writeResult(Value value, Value memory) {
  auto branch = value.getDefiningOp<scf::IfOp>();
  if (!branch || !value.use_empty() || llvm::count(results, value) > 1)
    return materialize(rewriter, loc, value, memory);
  unsigned number = cast<OpResult>(value).getResultNumber();
  SmallVector<std::pair<Operation *, Value>, 2> yielded;
  for (scf::YieldOp yield : {branch.thenYield(), branch.elseYield()})
    yielded.push_back({yield, yield->getOperand(number)});
  dropResult(branch, number);
  OpBuilder::InsertionGuard guard(rewriter);
  for (auto [yield, made] : yielded) {
    rewriter.setInsertionPoint(yield);
    writeResult(made, memory);
  }
}

/// Writes the outputs to the caller's memory, from the start where that is
/// possible.
LogicalResult ModelBufferizer::placeOutputs() {
  rewriter.setInsertionPointToStart(&function.getBody().front());
  for (auto [output, memory] : llvm::zip(info.outputs, outputMemory))
    memory = reshapeMemory(rewriter, loc, results[output.index], memory);
  separateResults();
  rewriter.setInsertionPoint(function.getBody().front().getTerminator());
  for (auto [output, memory] : llvm::zip(info.outputs, outputMemory))
    writeResult(results[output.index], memory);
  bufferization::OneShotAnalysisState state(function, options);
  if (failed(bufferization::analyzeOp(function, state)))
    return failure();
  return bufferization::eliminateEmptyTensors(rewriter, function, state);
}

/// What `value` began as, before ops updated it, in whatever shape.
static Value getOrigin(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    Operation *op = result.getOwner();
    if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
      value = destination.getTiedOpOperand(result)->get();
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      value = loop.getInitArgs()[result.getResultNumber()];
    else if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      value = op->getOperand(0);
    else
      break;
  }
  return value;
}

/// Writes the states back. All other reads come first, so the only hazard is
/// among the states themselves: a next state that may lie in another state's
/// memory is copied before any is written.
void ModelBufferizer::placeStates() {
  rewriter.setInsertionPoint(function.getBody().front().getTerminator());
  SmallVector<Value> next;
  for (auto [info, state] : llvm::zip(info.states, states)) {
    Value value = results[info.resultIndex];
    Value origin = getOrigin(value);
    if (origin == state.getResult()) {
      state.setWritable(true);
    } else if (!origin.getDefiningOp<tensor::EmptyOp>()) {
      // The workspace is planned from extents of arguments.
      auto type = cast<RankedTensorType>(value.getType());
      SmallVector<Value> sizes;
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        if (type.isDynamicDim(axis))
          sizes.push_back(
              tensor::DimOp::create(rewriter, loc, state.getResult(), axis));
      Value copy =
          bufferization::AllocTensorOp::create(rewriter, loc, type, sizes);
      value = linalg::CopyOp::create(rewriter, loc, value, copy).getResult(0);
    }
    next.push_back(value);
  }
  for (auto [value, memory] : llvm::zip(next, stateMemory))
    materialize(rewriter, loc, value, memory);
}

LogicalResult ModelBufferizer::run() {
  moveConstantsIntoBodies(function);
  separateDestinations(function);
  rewriteSignature();
  if (failed(placeOutputs()))
    return failure();
  placeStates();
  bufferization::BufferizationState state;
  return bufferization::runOneShotBufferize(function, options, state);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct Bufferize : public seqc::impl::BufferizeBase<Bufferize> {
  void runOnOperation() override {
    FailureOr<func::FuncOp> function = findModelFunction(getOperation());
    if (failed(function))
      return signalPassFailure();
    if (!llvm::hasSingleElement(function->getBody())) {
      function->emitError("the model's function must be one block, found ")
          << function->getBody().getBlocks().size();
      return signalPassFailure();
    }
    FailureOr<ModelInfo> info = ModelInfo::fromFunction(*function);
    if (failed(info) ||
        failed(ModelBufferizer(*function, std::move(*info)).run()))
      signalPassFailure();
  }
};
} // namespace
