//===- Reroll.cpp - equal steps become one scan ---------------------------===//
//
// A model traced from a loop has its step many times over. Where steps are
// proved to be equal (StepChain), one of them becomes the body of a scan: what
// a step hands on is a carry, slices that move along a tensor are rows of an
// input, and what is read of every step is an out.
//
//===----------------------------------------------------------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/Simplify/EqualWeights.h"
#include "passes/Simplify/StepSlices.h"
#include "passes/Support/ScanNotes.h"

namespace seqc {
#define GEN_PASS_DEF_REROLL
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;
using seq::IndexList;

namespace {
/// Writes the scan of one chain. Ops that it replaces are to be erased when all
/// chains are written: until then no other op gets their address.
class ChainWriter {
public:
  /// `stepOps` are the ops of all chains, `gone` those that scans have
  /// replaced.
  ChainWriter(StepChain &chain, OpKinds &kinds,
              const llvm::DenseSet<Operation *> &stepOps,
              const llvm::SetVector<Operation *> &gone)
      : chain(chain), kinds(kinds), stepOps(stepOps), gone(gone),
        block(*chain.rows.front().front()->getBlock()),
        b(block.getTerminator()), loc(chain.rows.front().front()->getLoc()),
        steps(chain.getNumSteps()), operands(loc) {}

  /// Null, with nothing changed, where it cannot be.
  seq::ScanOp run();

  std::string reason;
  SmallVector<Operation *> dead; ///< Without operands or uses.

private:
  /// A result of a row.
  using Place = std::pair<unsigned, unsigned>;
  /// What leaves the scan of every step.
  struct Out {
    Place place;  ///< What is yielded.
    int64_t dim;  ///< Of time.
    bool reshape; ///< Whether a dimension of one is dropped before.
    Value rows;   ///< The result.
  };
  /// Insertions of a row's values, and the out that has them.
  struct Run {
    InsertRun run;
    unsigned out;
  };

  LogicalResult classify();
  LogicalResult checkOrder();
  tensor::ExtractSliceOp getFirstSlice(unsigned row, unsigned read) {
    return chain.getTuple(row, read)
        .front()
        .getDefiningOp<tensor::ExtractSliceOp>();
  }
  bool isMoved(OpOperand &use);
  bool isOfChain(OpOperand &use) {
    return stepOps.contains(block.findAncestorOpInBlock(*use.getOwner()));
  }
  bool isOuter(unsigned row) { return row < outer.size() && outer[row]; }
  void chooseDirection();
  void addInputs();
  LogicalResult addOuts();
  LogicalResult addRun(Place place, InsertRun run);
  LogicalResult addOut(Place place, int64_t dim, int64_t one);
  Place lookThrough(Place place, int64_t dim);
  bool hasOtherUses(Place place);
  Value buildBodyValue(Place place);
  Value buildRead(unsigned row, unsigned read);
  Value bringIn(Value value);
  void buildBody(seq::ScanBody body);
  void replaceRuns();
  void replaceUses(Place place, seq::ScanOp scan);
  Value buildRowSlice(const Out &out, int64_t step, RankedTensorType type);

  StepChain &chain;
  OpKinds &kinds;
  const llvm::DenseSet<Operation *> &stepOps;
  const llvm::SetVector<Operation *> &gone;
  Block &block;
  OpBuilder b;
  Location loc;
  int64_t steps;
  seq::ScanOperands operands;
  std::vector<std::vector<StepSource>> sources; ///< By row and read.
  SmallVector<bool> core, outer;
  llvm::MapVector<Place, Value> carries; ///< With their first values.
  /// The first slice of every input, and along what its offset moves how far.
  std::vector<std::pair<tensor::ExtractSliceOp, std::pair<int64_t, int64_t>>>
      inputs;
  llvm::DenseMap<std::pair<unsigned, unsigned>, unsigned> inputOf; ///< By read.
  std::vector<Out> outs;
  std::vector<Run> runs;
  seq::ScanBody arguments;
  llvm::DenseMap<unsigned, Operation *> written; ///< Rows, in the body.
  IRMapping made;                                ///< What is made anywhere.
};
} // namespace

//===----------------------------------------------------------------------===//
// What the scan reads
//===----------------------------------------------------------------------===//

/// Finds all sources again, now that chains before this one are scans.
LogicalResult ChainWriter::classify() {
  for (auto &row : chain.rows)
    if (llvm::any_of(row, [&](Operation *op) { return gone.contains(op); })) {
      reason = "another chain has some of the steps' ops";
      return failure();
    }
  core = chain.getCore();
  outer.assign(chain.rows.size(), true);
  for (unsigned row = 0; row < chain.rows.size(); ++row) {
    auto &reads = sources.emplace_back();
    for (unsigned i = 0, e = kinds.getReads(chain.rows[row].back()).size();
         i < e; ++i) {
      std::optional<StepSource> source = chain.getSource(row, i);
      if (!source || source->kind == StepSource::Planned) {
        reason = "an operand is no longer alike in all steps";
        return failure();
      }
      if (source->kind == StepSource::Carry) {
        Place place = {source->row, source->result};
        auto [it, isNew] = carries.insert({place, source->value});
        if (!isNew && !kinds.isSame(it->second, source->value)) {
          reason = "a carry has two first values";
          return failure();
        }
      }
      if (source->kind == StepSource::Carry || source->kind == StepSource::Row)
        outer[row] = false;
      reads.push_back(*source);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned row = 0; row < sources.size(); ++row)
      if (outer[row] && (core[row] || llvm::any_of(sources[row], [&](auto &s) {
                           return s.kind == StepSource::Same && !outer[s.row];
                         }))) {
        outer[row] = false;
        changed = true;
      }
  }
  return success();
}

/// Whatever the scan reads must be known before any of its results is used.
LogicalResult ChainWriter::checkOrder() {
  SmallVector<Operation *> ops;
  for (auto [row, isCore] : llvm::enumerate(core))
    if (isCore)
      llvm::append_range(ops, chain.rows[row]);
  llvm::DenseSet<Operation *> dependents = getDependents(block, ops);
  auto follows = [&](Value value) {
    return value && dependents.contains(value.getDefiningOp());
  };
  for (unsigned row = 0; row < sources.size(); ++row)
    for (auto [i, source] : llvm::enumerate(sources[row])) {
      // Where an input's rows are may be a value, too.
      bool isRow = source.kind == StepSource::Row;
      if (isRow ? llvm::any_of(getFirstSlice(row, i)->getOperands(), follows)
                : follows(source.value)) {
        reason = "the steps read what follows from them";
        return failure();
      }
    }
  return success();
}

/// Time runs as most rows do.
void ChainWriter::chooseDirection() {
  int64_t forward = 0;
  for (auto &reads : sources)
    for (const StepSource &source : reads)
      if (source.kind == StepSource::Row)
        forward += source.step > 0 ? 1 : -1;
  operands.reverse = forward < 0;
}

void ChainWriter::addInputs() {
  for (unsigned row = 0; row < sources.size(); ++row)
    for (auto [i, source] : llvm::enumerate(sources[row])) {
      if (source.kind != StepSource::Row)
        continue;
      tensor::ExtractSliceOp first = getFirstSlice(row, i);
      // Slices that begin alike and move alike are the same rows.
      std::pair move = {source.dim, source.step};
      auto known = llvm::find_if(inputs, [&](auto &other) {
        return other.second == move &&
               other.first.getSource() == first.getSource() &&
               other.first.getMixedOffsets() == first.getMixedOffsets() &&
               other.first.getMixedSizes() == first.getMixedSizes() &&
               other.first.getMixedStrides() == first.getMixedStrides();
      });
      inputOf[{row, unsigned(i)}] = known - inputs.begin();
      if (known != inputs.end())
        continue;
      inputs.push_back({first, move});
      Value rows = buildRows(b, first, source, steps, operands.reverse);
      IndexList index(cast<RankedTensorType>(rows.getType()).getRank(),
                      IndexEntry::all());
      index[source.dim] = IndexEntry::time();
      operands.inputs.push_back({rows, index});
    }
  for (auto &[place, first] : carries)
    operands.carries.push_back(
        {first, IndexList(cast<RankedTensorType>(first.getType()).getRank(),
                          IndexEntry::all())});
}

//===----------------------------------------------------------------------===//
// What leaves it
//===----------------------------------------------------------------------===//

/// Whether a use of a value of the chain becomes one of a value of the body.
bool ChainWriter::isMoved(OpOperand &use) {
  Operation *op = block.findAncestorOpInBlock(*use.getOwner());
  auto place = chain.find(op);
  return place && core[place->row];
}

/// Of a value that only has a dimension of one more, what it is made of.
ChainWriter::Place ChainWriter::lookThrough(Place place, int64_t dim) {
  auto expand =
      dyn_cast<tensor::ExpandShapeOp>(chain.rows[place.first].front());
  if (!expand || sources[place.first].front().kind != StepSource::Same ||
      expand.getSrcType().getRank() + 1 != expand.getResultType().getRank())
    return place;
  SmallVector<int64_t> shape(expand.getResultType().getShape());
  shape.erase(shape.begin() + dim);
  if (expand.getSrcType().getShape() != ArrayRef(shape))
    return place;
  const StepSource &source = sources[place.first].front();
  return {source.row, source.result};
}

/// An out with time as dimension `dim` of what is yielded, in which dimension
/// `one`, if any, is dropped.
LogicalResult ChainWriter::addOut(Place place, int64_t dim, int64_t one) {
  Value value = chain.rows[place.first].front()->getResult(place.second);
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type) {
    reason = "a number, not a tensor, is read after the steps";
    return failure();
  }
  auto isInside = [&](Operation *op) { return chain.find(op).has_value(); };
  SmallVector<OpFoldResult> extents;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (i == one)
      continue;
    extents.push_back(getOuterExtent(b, value, i, isInside));
    if (!extents.back()) {
      reason = "an extent of a result is known in the steps alone";
      return failure();
    }
  }
  extents.insert(extents.begin() + dim, b.getIndexAttr(steps));
  IndexList index(extents.size(), IndexEntry::all());
  index[dim] = IndexEntry::time();
  Value empty = tensor::EmptyOp::create(b, loc, extents, type.getElementType());
  operands.outs.push_back({empty, index});
  outs.push_back({place, dim, one >= 0, {}});
  return success();
}

LogicalResult ChainWriter::addRun(Place place, InsertRun run) {
  bool drop = !run.dropsDim() && run.size == 1;
  Place yielded = drop ? lookThrough(place, run.dim) : place;
  if (failed(addOut(yielded, run.dim, drop && yielded == place ? run.dim : -1)))
    return failure();
  runs.push_back({std::move(run), unsigned(outs.size() - 1)});
  return success();
}

/// Whether more than the last value of a carry is read, apart from runs.
bool ChainWriter::hasOtherUses(Place place) {
  for (auto [step, op] : llvm::enumerate(chain.rows[place.first]))
    for (OpOperand &use : op->getResult(place.second).getUses()) {
      Operation *user = use.getOwner();
      bool inRun = llvm::any_of(runs, [&](const Run &run) {
        return llvm::is_contained(run.run.inserts, user);
      });
      bool isFinal = step + 1 == size_t(steps) && carries.contains(place) &&
                     !isOfChain(use);
      if (!isMoved(use) && !inRun && !isFinal)
        return true;
    }
  return false;
}

LogicalResult ChainWriter::addOuts() {
  SmallVector<Place> places;
  for (unsigned row = 0; row < chain.rows.size(); ++row)
    if (core[row])
      for (unsigned i = 0; i < chain.rows[row].front()->getNumResults(); ++i)
        places.push_back({row, i});
  for (Place place : places)
    if (auto run = findInsertRun(chain.rows[place.first], place.second))
      if (failed(addRun(place, std::move(*run))))
        return failure();
  for (Place place : places) {
    bool known = llvm::any_of(outs, [&](const Out &out) {
      return out.place == place && !out.reshape;
    });
    if (!known && hasOtherUses(place) && failed(addOut(place, 0, -1)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

/// Empty tensors and constants are the body's own.
Value ChainWriter::bringIn(Value value) {
  if (Value known = made.lookupOrNull(value))
    return known;
  Operation *def = value.getDefiningOp();
  if (!def || !isMadeAnywhere(def) || !isa<RankedTensorType>(value.getType()))
    return value;
  if (auto constant = dyn_cast<arith::ConstantOp>(def);
      constant && !isa<SplatElementsAttr>(constant.getValue()))
    return value;
  for (Value operand : def->getOperands())
    made.map(operand, bringIn(operand));
  return b.clone(*def, made)->getResult(0);
}

/// What the body sees in place of what operand `read` of `row` was.
Value ChainWriter::buildRead(unsigned row, unsigned read) {
  const StepSource &source = sources[row][read];
  switch (source.kind) {
  case StepSource::Same:
    if (isOuter(source.row))
      return chain.rows[source.row].front()->getResult(source.result);
    return buildBodyValue({source.row, source.result});
  case StepSource::Carry: {
    Place place = {source.row, source.result};
    unsigned number = carries.find(place) - carries.begin();
    Value seen = arguments.carries[number];
    if (isa<RankedTensorType>(seen.getType()))
      return seen;
    return tensor::FromElementsOp::create(b, loc, source.value.getType(), seen);
  }
  case StepSource::Invariant:
    return bringIn(source.value);
  case StepSource::Row:
    return buildSliceOfRow(b, arguments.inputs[inputOf.lookup({row, read})],
                           getFirstSlice(row, read), source.dim);
  case StepSource::Planned:
    break;
  }
  llvm_unreachable("no chain is only planned when scans are written");
}

/// Clones the row's op behind what it needs.
Value ChainWriter::buildBodyValue(Place place) {
  auto [row, result] = place;
  if (Operation *known = written.lookup(row))
    return known->getResult(result);
  Operation *first = chain.rows[row].front();
  ArrayRef<Value> reads = kinds.getReads(first);
  SmallVector<Value> values;
  for (unsigned i = 0; i < reads.size(); ++i)
    values.push_back(buildRead(row, i));
  unsigned count = first->getNumOperands();
  IRMapping captured;
  for (unsigned i = count; i < reads.size(); ++i)
    captured.map(reads[i], values[i]);
  Operation *copy = b.clone(*first, captured);
  for (unsigned i = 0; i < count; ++i)
    copy->setOperand(i, values[i]);
  written[row] = copy;
  return copy->getResult(result);
}

void ChainWriter::buildBody(seq::ScanBody body) {
  arguments = body;
  auto toSlot = [&](Value value, const seq::ScanOperands::Slot &slot) -> Value {
    auto type = cast<RankedTensorType>(slot.value.getType());
    if (isa<RankedTensorType>(seq::getSliceType(type, slot.index)))
      return value;
    SmallVector<Value> at(cast<RankedTensorType>(value.getType()).getRank());
    for (Value &index : at)
      index = arith::ConstantIndexOp::create(b, loc, 0);
    return tensor::ExtractOp::create(b, loc, value, at);
  };
  SmallVector<Value> yielded, next;
  for (auto [out, slot] : llvm::zip_equal(outs, operands.outs)) {
    Value value = buildBodyValue(out.place);
    auto wanted = seq::getSliceType(
        cast<RankedTensorType>(slot.value.getType()), slot.index);
    if (auto type = dyn_cast<RankedTensorType>(wanted); type && out.reshape) {
      int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
      value = tensor::CollapseShapeOp::create(b, loc, type, value,
                                              groupOne(rank, out.dim));
    }
    yielded.push_back(toSlot(value, slot));
  }
  for (auto [carry, slot] : llvm::zip_equal(carries, operands.carries))
    next.push_back(toSlot(buildBodyValue(carry.first), slot));
  seq::YieldOp::create(b, loc, yielded, next);
}

//===----------------------------------------------------------------------===//
// In place of the chain
//===----------------------------------------------------------------------===//

/// One insertion for all steps, or none where they fill the tensor.
void ChainWriter::replaceRuns() {
  for (Run &run : runs) {
    Value all = run.run.build(b, outs[run.out].rows, operands.reverse);
    run.run.getLast().getResult().replaceAllUsesWith(all);
    for (tensor::InsertSliceOp insert : run.run.inserts) {
      insert->dropAllReferences();
      dead.push_back(insert);
    }
  }
}

Value ChainWriter::buildRowSlice(const Out &out, int64_t step,
                                 RankedTensorType type) {
  // The same values in all slices: another chain may read them as its rows.
  SmallVector<OpFoldResult> sizes = operands.outs[&out - outs.data()]
                                        .value.getDefiningOp<tensor::EmptyOp>()
                                        .getMixedSizes();
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  sizes[out.dim] = b.getIndexAttr(1);
  offsets[out.dim] = b.getIndexAttr(operands.reverse ? steps - 1 - step : step);
  return tensor::ExtractSliceOp::create(b, loc, type, out.rows, offsets, sizes,
                                        strides);
}

/// What is read of single steps.
void ChainWriter::replaceUses(Place place, seq::ScanOp scan) {
  auto carry = carries.find(place);
  auto out = llvm::find_if(
      outs, [&](const Out &out) { return out.place == place && !out.reshape; });
  for (int64_t step = 0; step < steps; ++step) {
    Value old = chain.rows[place.first][step]->getResult(place.second), row;
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : old.getUses())
      if (!isMoved(use))
        uses.push_back(&use);
    for (OpOperand *use : uses) {
      if (step + 1 == steps && carry != carries.end() && !isOfChain(*use)) {
        use->set(scan->getResult(outs.size() + (carry - carries.begin())));
        continue;
      }
      if (!row)
        row = buildRowSlice(*out, step, cast<RankedTensorType>(old.getType()));
      use->set(row);
    }
  }
}

seq::ScanOp ChainWriter::run() {
  Operation *before = block.getTerminator()->getPrevNode();
  auto undo = [&] {
    while (block.getTerminator()->getPrevNode() != before)
      block.getTerminator()->getPrevNode()->erase();
    return seq::ScanOp();
  };
  if (failed(classify()) || failed(checkOrder()))
    return undo();
  chooseDirection();
  addInputs();
  operands.time = arith::ConstantIndexOp::create(b, loc, steps);
  if (failed(addOuts()))
    return undo();
  auto scan = seq::ScanOp::create(
      b, loc, operands, [&](OpBuilder &inner, Location, seq::ScanBody body) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(inner.saveInsertionPoint());
        buildBody(body);
      });
  for (auto [i, out] : llvm::enumerate(outs))
    out.rows = scan->getResult(i);
  replaceRuns();
  for (auto [row, isCore] : llvm::enumerate(core))
    for (unsigned i = 0; isCore && i < chain.rows[row].front()->getNumResults();
         ++i)
      replaceUses({row, i}, scan);
  for (auto [row, isCore] : llvm::enumerate(core))
    if (isCore)
      for (Operation *op : chain.rows[row]) {
        op->dropAllReferences();
        dead.push_back(op);
      }
  return scan;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct Reroll : public seqc::impl::RerollBase<Reroll> {
  using RerollBase::RerollBase;

  void runOnOperation() override {
    mergeEqualWeights(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration() && function.getBody().hasOneBlock())
        rerollBlock(function.getBody().front());
  }

  void rerollBlock(Block &block) {
    OpKinds kinds;
    PlannedPlaces planned;
    ChainPlan plan = planChains(block, kinds, planned, minSteps);
    llvm::SetVector<Operation *> dead;
    llvm::DenseSet<Operation *> stepOps;
    for (StepChain &chain : plan.chains)
      for (auto &row : chain.rows)
        stepOps.insert(row.begin(), row.end());
    for (StepChain &chain : plan.chains) {
      ChainWriter writer(chain, kinds, stepOps, dead);
      seq::ScanOp scan = writer.run();
      kinds.forget();
      dead.insert_range(writer.dead);
      if (scan)
        report(scan, chain.getNumSteps());
      else
        plan.rests.push_back(
            {chain.rows.front().back(), chain.getNumSteps(), writer.reason});
    }
    if (remarks)
      for (const ChainPlan::Rest &rest : plan.rests)
        rest.op->emitRemark()
            << "left " << rest.steps << " almost equal steps: " << rest.reason;
    for (Operation *op : dead)
      op->erase();
    if (!dead.empty())
      sortTopologically(&block);
  }

  void report(seq::ScanOp scan, size_t steps) {
    addNote(scan, "rerolled: from " + Twine(steps) + " equal steps in a row");
    if (remarks)
      scan.emitRemark() << steps << " equal steps became one scan";
  }
};
} // namespace
