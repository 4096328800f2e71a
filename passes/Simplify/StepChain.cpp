//===- StepChain.cpp - equal steps one after another ----------------------===//

#include "passes/Simplify/StepChain.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

bool seqc::isMadeAnywhere(Operation *op) {
  if (isa<tensor::EmptyOp, arith::ConstantOp>(op))
    return true;
  auto fill = dyn_cast<linalg::FillOp>(op);
  return fill && llvm::all_of(fill->getOperands(), [](Value value) {
           Operation *def = value.getDefiningOp();
           return def && isa<tensor::EmptyOp, arith::ConstantOp>(def);
         });
}

ArrayRef<Value> OpKinds::getReads(Operation *op) {
  auto [it, isNew] = reads.try_emplace(op);
  if (isNew) {
    it->second.assign(op->operand_begin(), op->operand_end());
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    it->second.insert(it->second.end(), captured.begin(), captured.end());
  }
  return it->second;
}

/// Of what `op`'s regions use from above, in the order of its uses, the place
/// among `captured`.
static SmallVector<size_t> getUses(Operation *op, ArrayRef<Value> captured) {
  SmallVector<size_t> uses;
  for (Region &region : op->getRegions())
    region.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        uses.push_back(llvm::find(captured, operand) - captured.begin());
    });
  return uses;
}

/// What is used from above must be used in the same places.
bool OpKinds::isEqual(Operation *a, Operation *b) {
  if (a->getNumOperands() != b->getNumOperands() ||
      getReads(a).size() != getReads(b).size() ||
      !llvm::equal(a->getOperandTypes(), b->getOperandTypes()))
    return false;
  unsigned operands = a->getNumOperands();
  llvm::DenseMap<Value, Value> same;
  auto captured = llvm::zip(getReads(a).drop_front(operands),
                            getReads(b).drop_front(operands));
  for (auto [x, y] : captured)
    if (x.getType() != y.getType())
      return false;
    else
      same[x] = y;
  auto mark = [&](Value x, Value y) { same[x] = y; };
  auto check = [&](Value x, Value y) {
    auto it = same.find(x);
    return success(it != same.end() && it->second == y);
  };
  auto flags = OperationEquivalence::IgnoreLocations;
  if (!OperationEquivalence::isEquivalentTo(
          a, b, OperationEquivalence::ignoreValueEquivalence, mark, flags))
    return false;
  for (auto [x, y] : llvm::zip(a->getRegions(), b->getRegions()))
    if (!OperationEquivalence::isRegionEquivalentTo(&x, &y, check, mark, flags))
      return false;
  // That a region of each uses one value takes it for the same place, too.
  return getUses(a, getReads(a).drop_front(operands)) ==
         getUses(b, getReads(b).drop_front(operands));
}

unsigned OpKinds::get(Operation *op) {
  if (auto it = kinds.find(op); it != kinds.end())
    return it->second;
  llvm::hash_code hash = OperationEquivalence::computeHash(
      op, OperationEquivalence::ignoreHashValue,
      OperationEquivalence::ignoreHashValue,
      OperationEquivalence::IgnoreLocations);
  op->walk([&](Operation *nested) {
    hash = llvm::hash_combine(hash, nested->getName().getAsOpaquePointer());
  });
  auto &bucket = known[hash];
  for (auto [other, kind] : bucket)
    if (isEqual(other, op))
      return kinds[op] = kind;
  bucket.push_back({op, count});
  return kinds[op] = count++;
}

unsigned OpKinds::getLoose(Operation *op) {
  auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
  if (!slice)
    return get(op);
  llvm::hash_code hash =
      llvm::hash_combine(op->getName().getAsOpaquePointer(),
                         slice.getSourceType().getAsOpaquePointer(),
                         slice.getType().getAsOpaquePointer());
  // Out of the range of the others.
  return unsigned(size_t(hash)) | 0x80000000u;
}

bool OpKinds::isSame(Value a, Value b, unsigned depth) {
  if (a == b)
    return true;
  Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
  if (!x || !y || depth == 0 || a.getType() != b.getType() ||
      cast<OpResult>(a).getResultNumber() !=
          cast<OpResult>(b).getResultNumber() ||
      !isMemoryEffectFree(x) || get(x) != get(y))
    return false;
  return llvm::all_of(llvm::zip_equal(getReads(x), getReads(y)), [&](auto it) {
    return isSame(std::get<0>(it), std::get<1>(it), depth - 1);
  });
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

SmallVector<Value> StepChain::getTuple(unsigned row, unsigned read) const {
  return llvm::map_to_vector(
      rows[row], [&](Operation *op) { return kinds->getReads(op)[read]; });
}

std::optional<StepPlace> StepChain::find(Operation *op) const {
  auto it = where.find(op);
  if (it == where.end())
    return std::nullopt;
  return StepPlace{0, it->second.first, it->second.second};
}

/// A value of the same step in all steps, or of the step before in all but the
/// first.
std::optional<StepSource>
StepChain::classifyInside(ArrayRef<Value> values) const {
  auto last = dyn_cast<OpResult>(values.back());
  auto it = last ? where.find(last.getOwner()) : where.end();
  if (it == where.end())
    return std::nullopt;
  StepSource source;
  unsigned row = source.row = it->second.first;
  source.result = last.getResultNumber();
  size_t lag = values.size() - 1 - it->second.second;
  if (lag > 1)
    return std::nullopt;
  for (size_t step = lag; step < values.size(); ++step)
    if (values[step] != rows[row][step - lag]->getResult(source.result))
      return std::nullopt;
  source.kind = lag ? StepSource::Carry : StepSource::Same;
  if (lag == 0)
    return source;
  source.value = values.front();
  if (!isa<RankedTensorType>(last.getType()) ||
      source.value.getType() != last.getType())
    return std::nullopt;
  return source;
}

/// The results of one row of another chain, in order or the last one first.
std::optional<StepSource>
StepChain::classifyPlanned(ArrayRef<Value> values) const {
  StepSource source;
  source.kind = StepSource::Planned;
  StepPlace first;
  for (auto [step, value] : llvm::enumerate(values)) {
    auto result = dyn_cast<OpResult>(value);
    auto it = result ? planned->find(result.getOwner()) : planned->end();
    if (it == planned->end() || !isa<RankedTensorType>(value.getType()))
      return std::nullopt;
    StepPlace place = it->second;
    if (step == 0) {
      first = place;
      source.row = place.chain;
      source.result = result.getResultNumber();
    } else if (step == 1) {
      source.step = int64_t(place.step) - int64_t(first.step);
    }
    if (place.chain != first.chain || place.row != first.row ||
        source.result != result.getResultNumber() ||
        place.step != first.step + step * source.step)
      return std::nullopt;
  }
  if (source.step != 1 && source.step != -1)
    return std::nullopt;
  return source;
}

/// Slices of one tensor that do not overlap, one after another along a
/// dimension.
std::optional<StepSource>
StepChain::classifySlices(ArrayRef<Value> values) const {
  auto first = values.front().getDefiningOp<tensor::ExtractSliceOp>();
  if (!first || values.size() < 2)
    return std::nullopt;
  StepSource source;
  source.kind = StepSource::Row;
  source.value = first.getSource();
  source.dim = -1;
  SmallVector<OpFoldResult> offsets = first.getMixedOffsets();
  for (auto [step, value] : llvm::enumerate(values)) {
    auto slice = value.getDefiningOp<tensor::ExtractSliceOp>();
    if (!slice || slice.getType() != first.getType() ||
        slice.getSource() != first.getSource() ||
        slice.getMixedSizes() != first.getMixedSizes() ||
        slice.getMixedStrides() != first.getMixedStrides() ||
        slice.getDroppedDims() != first.getDroppedDims())
      return std::nullopt;
    for (auto [dim, pair] :
         llvm::enumerate(llvm::zip(slice.getMixedOffsets(), offsets))) {
      auto [here, begin] = pair;
      if (step == 1 && here != begin && source.dim < 0)
        source.dim = dim;
      if (int64_t(dim) != source.dim && here != begin)
        return std::nullopt;
    }
    if (step == 0)
      continue;
    if (source.dim < 0)
      return std::nullopt;
    std::optional<int64_t> begin = getConstantIntValue(offsets[source.dim]);
    std::optional<int64_t> here =
        getConstantIntValue(slice.getMixedOffsets()[source.dim]);
    if (!begin || !here)
      return std::nullopt;
    source.first = *begin;
    if (step == 1)
      source.step = *here - *begin;
    if (*here != *begin + int64_t(step) * source.step)
      return std::nullopt;
  }
  int64_t size = first.getStaticSizes()[source.dim];
  int64_t stride = first.getStaticStrides()[source.dim];
  if (source.step == 0 ||
      (size != 1 && (stride != 1 || size != std::abs(source.step))))
    return std::nullopt;
  return source;
}

std::optional<StepSource> StepChain::classify(ArrayRef<Value> values) const {
  if (std::optional<StepSource> inside = classifyInside(values))
    return inside;
  if (llvm::any_of(values, [&](Value value) {
        Operation *def = value.getDefiningOp();
        return def && where.contains(def);
      }))
    return std::nullopt;
  if (llvm::all_of(values.drop_front(), [&](Value value) {
        return kinds->isSame(values.front(), value);
      })) {
    StepSource source;
    source.value = values.front();
    return source;
  }
  if (std::optional<StepSource> rows = classifySlices(values))
    return rows;
  return classifyPlanned(values);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

StepChain::StepChain(OpKinds &kinds, ArrayRef<Operation *> anchors,
                     const PlannedPlaces &planned)
    : kinds(&kinds), planned(&planned) {
  addRow(anchors);
}

bool StepChain::fail(size_t step, std::string why) {
  differing = step;
  reason = std::move(why);
  return false;
}

bool StepChain::addRow(ArrayRef<Operation *> ops) {
  for (auto [step, op] : llvm::enumerate(ops))
    if (!where.try_emplace(op, rows.size(), step).second) {
      for (Operation *added : ops.take_front(step))
        where.erase(added);
      return fail(step, "shares '" + op->getName().getStringRef().str() +
                            "' with another step");
    }
  rows.emplace_back(ops.begin(), ops.end());
  return true;
}

void StepChain::removeRows(size_t count) {
  while (rows.size() > count) {
    for (Operation *op : rows.back())
      where.erase(op);
    rows.pop_back();
  }
}

/// The first step, from the last, whose value is made in another way.
void StepChain::explain(ArrayRef<Value> values) {
  auto describe = [](Value value) {
    Operation *def = value.getDefiningOp();
    return def ? "a result of '" + def->getName().getStringRef().str() + "'"
               : std::string("an argument");
  };
  Operation *last = values.back().getDefiningOp();
  for (size_t step = values.size() - 1; step-- > 0;) {
    Operation *op = values[step].getDefiningOp();
    if (last && op && kinds->get(op) == kinds->get(last) && op != last)
      continue;
    std::string what = describe(values[step]), other = describe(values.back());
    fail(step, what == other
                   ? "reads " + what + " unlike that of the last step"
                   : "reads " + what + " where the last step reads " + other);
    return;
  }
  fail(values.size() - 1,
       "reads " + describe(values.back()) + " that is no part of a step");
}

/// Adds the ops that make `values` as a row.
bool StepChain::addProducers(ArrayRef<Value> values) {
  auto last = dyn_cast<OpResult>(values.back());
  if (!last || isMadeAnywhere(last.getOwner()) ||
      !isMemoryEffectFree(last.getOwner()))
    return false;
  SmallVector<Operation *> ops;
  for (Value value : values) {
    auto result = dyn_cast<OpResult>(value);
    if (!result || result.getResultNumber() != last.getResultNumber() ||
        result.getOwner()->getBlock() != rows.front().front()->getBlock() ||
        kinds->get(result.getOwner()) != kinds->get(last.getOwner()))
      return false;
    ops.push_back(result.getOwner());
  }
  return addRow(ops);
}

bool StepChain::complete(unsigned row) {
  size_t before = row;
  struct Read {
    unsigned row, read;
    bool isNew;
  };
  SmallVector<Read> pending;
  for (size_t next = row;;) {
    size_t known = next;
    for (; next < rows.size(); ++next)
      for (unsigned i = 0, e = kinds->getReads(rows[next].back()).size(); i < e;
           ++i)
        pending.push_back({unsigned(next), i, true});
    // A later row may be what an operand is carried from: what is certain
    // comes first. What was looked at is known since only where that row is
    // new.
    llvm::erase_if(pending, [&](Read &read) {
      auto last = kinds->getReads(rows[read.row].back())[read.read];
      std::optional<StepPlace> place =
          last.getDefiningOp() ? find(last.getDefiningOp()) : std::nullopt;
      if (!std::exchange(read.isNew, false) && (!place || place->row < known))
        return false;
      return getSource(read.row, read.read).has_value();
    });
    if (pending.empty())
      return true;
    if (llvm::any_of(pending, [&](Read read) {
          return addProducers(getTuple(read.row, read.read));
        }))
      continue;
    // All of these steps are what a shorter chain must lose.
    std::string why;
    size_t step = 0;
    for (Read read : pending) {
      SmallVector<Value> values = getTuple(read.row, read.read);
      explain(values);
      addProducers(values);
      if (why.empty() || differing > step) {
        why = reason;
        step = differing;
      }
    }
    removeRows(before);
    return fail(step, why);
  }
}

bool StepChain::add(ArrayRef<Operation *> ops) {
  return addRow(ops) && complete(rows.size() - 1);
}

//===----------------------------------------------------------------------===//
// What depends on what
//===----------------------------------------------------------------------===//

void StepChain::forEachSource(
    function_ref<void(unsigned, unsigned, const StepSource &)> visit) const {
  for (unsigned row = 0; row < rows.size(); ++row)
    for (unsigned i = 0, e = kinds->getReads(rows[row].back()).size(); i < e;
         ++i)
      if (std::optional<StepSource> source = getSource(row, i))
        visit(row, i, *source);
}

SmallVector<bool> StepChain::getCore() const {
  SmallVector<bool> core(rows.size());
  SmallVector<std::pair<unsigned, unsigned>> edges;
  forEachSource([&](unsigned row, unsigned, const StepSource &source) {
    if (source.kind == StepSource::Carry) {
      core[row] = core[source.row] = true;
    } else if (source.kind == StepSource::Same) {
      edges.push_back({row, source.row});
    }
  });
  for (bool changed = true; changed;) {
    changed = false;
    for (auto [row, from] : edges)
      if (core[from] && !core[row])
        changed = core[row] = true;
  }
  return core;
}

bool StepChain::isIrreducible() const {
  // Which rows a row depends on, in this step or an earlier one; and which rows
  // are carried.
  size_t count = rows.size();
  std::vector<llvm::BitVector> reach(count, llvm::BitVector(count));
  llvm::BitVector carried(count);
  forEachSource([&](unsigned row, unsigned, const StepSource &source) {
    if (source.kind == StepSource::Carry)
      carried.set(source.row);
    if (source.kind == StepSource::Carry || source.kind == StepSource::Same)
      reach[row].set(source.row);
  });
  for (unsigned via = 0; via < count; ++via)
    for (unsigned row = 0; row < count; ++row)
      if (reach[row].test(via))
        reach[row] |= reach[via];
  for (unsigned a : carried.set_bits())
    for (unsigned b : carried.set_bits())
      if (reach[a].test(a) && reach[b].test(b) && !reach[a].test(b))
        return false;
  return true;
}

llvm::DenseSet<Operation *> seqc::getDependents(Block &block,
                                                ArrayRef<Operation *> ops) {
  llvm::DenseSet<Operation *> dependents(ops.begin(), ops.end());
  SmallVector<Operation *> work(ops);
  while (!work.empty())
    for (Operation *user : work.pop_back_val()->getUsers())
      if (Operation *op = block.findAncestorOpInBlock(*user);
          op && dependents.insert(op).second)
        work.push_back(op);
  return dependents;
}
