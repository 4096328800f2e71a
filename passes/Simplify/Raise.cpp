//===- Raise.cpp - steps of tensor code become first-tier bodies ----------===//
//
// Numbers the dimensions of all values of a body and joins those that an op
// walks together. What is parallel everywhere and belongs to every carry and
// out becomes a domain symbol; the ops are then written again without it. A
// body that has an op which cannot be written so stays as it is. In one that
// was written again, an affine update is made the transition that it is.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Passes.h"
#include "passes/Simplify/PushSlices.h"
#include "passes/Support/CarryGraph.h"
#include "passes/Support/ElementwiseGeneric.h"
#include "llvm/ADT/IntEqClasses.h"

namespace seqc {
#define GEN_PASS_DEF_RAISE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

namespace {

/// The dimensions of a body's values.
class ParallelDims {
public:
  explicit ParallelDims(seq::ScanOp scan) : scan(scan) {}

  /// Fails where the body has an op that cannot be raised.
  LogicalResult collect();
  void choosePromoted();

  bool isPromoted(Value value, int64_t dim) {
    return symbols.contains(getClass(value, dim));
  }
  /// Which of the promoted ones it is.
  int64_t getSymbol(Value value, int64_t dim) {
    return symbols.lookup(getClass(value, dim));
  }
  SmallVector<int64_t> getKept(Value value);
  int64_t getNumSymbols() const { return symbols.size(); }

  /// Tensors from around the scan.
  llvm::SetVector<Value> captured;

private:
  unsigned getClass(Value value, int64_t dim) {
    return classes.findLeader(first.lookup(value) + dim);
  }
  bool number(Value value);
  void join(Value a, int64_t dimA, Value b, int64_t dimB) {
    classes.join(first.lookup(a) + dimA, first.lookup(b) + dimB);
  }
  void joinAll(Value a, Value b);
  void block(Value value, int64_t dim) { blocked.push_back({value, dim}); }
  bool collectOp(Operation *op);
  bool collectGeneric(linalg::GenericOp generic);
  bool collectNested(seq::ScanOp nested);
  bool collectCollapse(tensor::CollapseShapeOp collapse);
  bool canPromote(unsigned wanted);

  seq::ScanOp scan;
  llvm::DenseMap<Value, unsigned> first;
  SmallVector<Value> values;
  llvm::IntEqClasses classes;
  unsigned count = 0;
  SmallVector<std::pair<Value, int64_t>> blocked;
  llvm::DenseSet<Value> destinations; // hold no values
  llvm::DenseSet<Value> products; // of nested scans, with a time of one step
  llvm::MapVector<unsigned, int64_t> symbols; // by class
};

} // namespace

static int64_t getRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

/// Numbers the dimensions of `value`; false where it must not be read.
bool ParallelDims::number(Value value) {
  if (!isa<RankedTensorType>(value.getType()) || first.contains(value))
    return !destinations.contains(value);
  first[value] = count;
  values.push_back(value);
  count += getRank(value);
  classes.grow(count);
  Operation *def = value.getDefiningOp();
  bool inside =
      def ? scan->isProperAncestor(def)
          : cast<BlockArgument>(value).getOwner() == scan.getBodyBlock();
  if (!inside)
    captured.insert(value);
  return true;
}

void ParallelDims::joinAll(Value a, Value b) {
  for (int64_t dim = 0; dim < getRank(a); ++dim)
    join(a, dim, b, dim);
}

bool ParallelDims::collectGeneric(linalg::GenericOp generic) {
  if (!isElementwise(generic))
    return false;
  Value result = generic.getResult(0);
  number(result);
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    if (!isa<RankedTensorType>(operand->get().getType()) ||
        !number(operand->get()) || products.contains(operand->get()))
      return false;
    AffineMap map = generic.getMatchingIndexingMap(operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      join(operand->get(), dim, result,
           cast<AffineDimExpr>(expr).getPosition());
  }
  return true;
}

/// A scan of one step without a state: its domain must be promoted, and what
/// its body sees whole cannot be.
bool ParallelDims::collectNested(seq::ScanOp nested) {
  if (getConstantIntValue(nested.getTime()) != 1 ||
      !nested.getCarries().empty() || nested.hasLengths() ||
      !nested.getHistories().empty() || nested.hasBufferSemantics() ||
      findSecondTierOp(nested))
    return false;
  SmallVector<std::pair<Value, int64_t>> owners(nested.getDomain().size());
  auto add = [&](Value value, ArrayRef<seq::IndexEntry> list) {
    for (auto [dim, entry] : llvm::enumerate(list)) {
      if (entry.kind == seq::IndexEntry::Window)
        return false;
      if (entry.kind == seq::IndexEntry::All)
        block(value, dim);
      if (entry.kind != seq::IndexEntry::Domain)
        continue;
      auto &[owner, ownDim] = owners[entry.symbol];
      if (owner)
        join(owner, ownDim, value, dim);
      owner = value;
      ownDim = dim;
    }
    return true;
  };
  for (auto [i, input] : llvm::enumerate(nested.getInputs())) {
    seq::IndexList list = nested.getInputIndex(i);
    if (!number(input) || products.contains(input) ||
        seq::findTime(list) >= 0 || nested.getInputLanes()[i] != 0 ||
        !add(input, list))
      return false;
  }
  for (auto [i, result] : llvm::enumerate(nested.getResults())) {
    number(result);
    products.insert(result);
    if (!destinations.contains(nested.getOuts()[i]) ||
        !add(result, nested.getOutIndex(i)))
      return false;
  }
  return true;
}

/// Drops the one step of a nested scan.
bool ParallelDims::collectCollapse(tensor::CollapseShapeOp collapse) {
  Value source = collapse.getSrc(), result = collapse.getResult();
  auto nested = source.getDefiningOp<seq::ScanOp>();
  if (!products.contains(source) || !nested)
    return false;
  number(result);
  unsigned out = cast<OpResult>(source).getResultNumber();
  int64_t time = seq::findTime(nested.getOutIndex(out));
  for (auto [dim, group] :
       llvm::enumerate(collapse.getReassociationIndices())) {
    SmallVector<int64_t> others;
    for (int64_t i : group)
      if (i != time)
        others.push_back(i);
    if (others.size() != 1)
      return false;
    join(source, others.front(), result, dim);
  }
  return true;
}

bool ParallelDims::collectOp(Operation *op) {
  if (isa<tensor::EmptyOp>(op)) {
    number(op->getResult(0));
    destinations.insert(op->getResult(0));
    return true;
  }
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return number(fill.getResult(0));
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return collectGeneric(generic);
  if (auto nested = dyn_cast<seq::ScanOp>(op))
    return collectNested(nested);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return collectCollapse(collapse);
  if (isa<tensor::FromElementsOp>(op))
    return getRank(op->getResult(0)) == 0 && number(op->getResult(0));
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return getRank(extract.getTensor()) == 0 && number(extract.getTensor());
  // Scalars.
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  return op->getNumRegions() == 0 && seq::getBodySemantics(op) &&
         llvm::all_of(op->getOperandTypes(), isScalar) &&
         llvm::all_of(op->getResultTypes(), isScalar);
}

LogicalResult ParallelDims::collect() {
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    number(argument);
    int64_t dim = 0;
    for (const seq::IndexEntry &entry : scan.getInputIndex(i))
      if (entry.isSliced()) {
        if (entry.kind == seq::IndexEntry::Window)
          block(argument, dim);
        ++dim;
      }
  }
  for (Value argument : scan.getCarryArguments())
    number(argument);
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (!collectOp(&op))
      return failure();
  for (Value yielded : scan.getYield()->getOperands())
    if (!number(yielded) || products.contains(yielded))
      return failure();
  for (auto [argument, yielded] :
       llvm::zip(scan.getCarryArguments(), scan.getYield().getCarries()))
    joinAll(argument, yielded);
  return success();
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

/// Whether every carry and out has the class once, no value has it twice, and
/// nothing needs all of it.
bool ParallelDims::canPromote(unsigned wanted) {
  auto getCount = [&](Value value) {
    int64_t found = 0;
    for (int64_t dim = 0; dim < getRank(value); ++dim)
      found += getClass(value, dim) == wanted;
    return found;
  };
  for (auto [value, dim] : blocked)
    if (getClass(value, dim) == wanted)
      return false;
  for (Value value : values)
    if (getCount(value) > 1)
      return false;
  return llvm::all_of(scan.getYield()->getOperands(),
                      [&](Value value) { return getCount(value) == 1; });
}

void ParallelDims::choosePromoted() {
  Value yielded = scan.getYield()->getOperand(0);
  for (int64_t dim = 0; dim < getRank(yielded); ++dim) {
    unsigned wanted = getClass(yielded, dim);
    if (canPromote(wanted))
      symbols.insert({wanted, symbols.size()});
  }
}

SmallVector<int64_t> ParallelDims::getKept(Value value) {
  SmallVector<int64_t> kept;
  for (int64_t dim = 0; dim < getRank(value); ++dim)
    if (!isPromoted(value, dim))
      kept.push_back(dim);
  return kept;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {

/// Writes the scan again.
class Raiser {
public:
  Raiser(seq::ScanOp scan, ParallelDims &dims)
      : scan(scan), dims(dims), b(scan), loc(scan.getLoc()),
        oldSymbols(scan.getDomain().size()) {}

  /// The scan that takes the place of the old one; null where it cannot.
  seq::ScanOp run();

private:
  seq::ScanOperands buildOperands();
  void promote(seq::IndexList &list, Value seen);
  void buildBody(seq::ScanBody body);
  void writeOp(Operation *op);
  void writeGeneric(linalg::GenericOp generic);
  void writeNested(seq::ScanOp nested);
  Value repeat(Value value, ArrayRef<int64_t> present, ArrayRef<int64_t> wanted,
               Type type);
  Type getKeptType(Value value);

  seq::ScanOp scan;
  ParallelDims &dims;
  OpBuilder b;
  Location loc;
  int64_t oldSymbols;
  IRMapping mapping;
  ValueRange domain; // of the new body
  bool possible = true;
};

} // namespace

/// The type of `value` without its promoted dimensions.
Type Raiser::getKeptType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return value.getType();
  SmallVector<int64_t> shape;
  for (int64_t dim : dims.getKept(value))
    shape.push_back(type.getDimSize(dim));
  if (shape.empty())
    return type.getElementType();
  possible &= !ShapedType::isDynamicShape(shape);
  return RankedTensorType::get(shape, type.getElementType());
}

/// The promoted ones among the dimensions that the body has `seen`.
void Raiser::promote(seq::IndexList &list, Value seen) {
  int64_t dim = 0;
  for (seq::IndexEntry &entry : list) {
    if (!entry.isSliced())
      continue;
    if (dims.isPromoted(seen, dim))
      entry = seq::IndexEntry::domain(oldSymbols + dims.getSymbol(seen, dim));
    ++dim;
  }
}

seq::ScanOperands Raiser::buildOperands() {
  seq::ScanOperands operands = scan.getScanOperands();
  operands.domain.resize(oldSymbols + dims.getNumSymbols());
  for (auto [i, input] : llvm::enumerate(operands.inputs))
    promote(input.index, scan.getInputArguments()[i]);
  for (auto [i, carry] : llvm::enumerate(operands.carries))
    promote(carry.index, scan.getCarryArguments()[i]);
  for (auto [i, out] : llvm::enumerate(operands.outs))
    promote(out.index, scan.getYield().getOuts()[i]);
  auto setExtents = [&](const seq::ScanOperands::Slot &slot) {
    for (auto [dim, entry] : llvm::enumerate(slot.index))
      if (entry.kind == seq::IndexEntry::Domain &&
          !operands.domain[entry.symbol])
        operands.domain[entry.symbol] = getValueOrCreateConstantIndexOp(
            b, loc, tensor::getMixedSize(b, loc, slot.value, dim));
  };
  llvm::for_each(operands.outs, setExtents);
  llvm::for_each(operands.carries, setExtents);
  for (Value value : dims.captured) {
    seq::IndexList list(getRank(value), seq::IndexEntry::all());
    promote(list, value);
    operands.inputs.push_back({value, list});
  }
  return operands;
}

/// `value`, which has the dimensions `present`, repeated along the others of
/// `wanted`. Both are in order, or there is no way.
Value Raiser::repeat(Value value, ArrayRef<int64_t> present,
                     ArrayRef<int64_t> wanted, Type type) {
  auto shaped = dyn_cast<RankedTensorType>(type);
  if (!shaped || !possible)
    return value;
  shaped = RankedTensorType::get(shaped.getShape(),
                                 getElementTypeOrSelf(value.getType()));
  if (!isa<RankedTensorType>(value.getType()))
    return tensor::SplatOp::create(b, loc, value, shaped);
  SmallVector<int64_t> missing;
  for (auto [position, dim] : llvm::enumerate(wanted))
    if (!llvm::is_contained(present, dim))
      missing.push_back(position);
  possible &= llvm::is_sorted(present);
  if (missing.empty() || !possible)
    return value;
  return seq::BroadcastOp::create(b, loc, shaped, value,
                                  b.getDenseI64ArrayAttr(missing));
}

void Raiser::writeGeneric(linalg::GenericOp generic) {
  Value result = generic.getResult(0);
  Type type = getKeptType(result);
  SmallVector<int64_t> wanted = dims.getKept(result);
  SmallVector<Value> arguments;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    AffineMap map = generic.getMatchingIndexingMap(operand);
    SmallVector<int64_t> present;
    for (int64_t dim : dims.getKept(operand->get()))
      present.push_back(map.getDimPosition(dim));
    arguments.push_back(
        repeat(mapping.lookup(operand->get()), present, wanted, type));
  }
  if (possible)
    mapping.map(result, cloneElementwise(b, generic, arguments, type));
}

/// Its body runs at this point of the domain.
void Raiser::writeNested(seq::ScanOp nested) {
  auto mapSymbols = [&](Value value, ArrayRef<seq::IndexEntry> list) {
    for (auto [dim, entry] : llvm::enumerate(list)) {
      if (entry.kind != seq::IndexEntry::Domain)
        continue;
      possible &= dims.isPromoted(value, dim);
      if (possible)
        mapping.map(nested.getDomainArguments()[entry.symbol],
                    domain[oldSymbols + dims.getSymbol(value, dim)]);
    }
  };
  for (auto [i, input] : llvm::enumerate(nested.getInputs())) {
    mapSymbols(input, nested.getInputIndex(i));
    mapping.map(nested.getInputArguments()[i], mapping.lookup(input));
  }
  for (auto [i, result] : llvm::enumerate(nested.getResults()))
    mapSymbols(result, nested.getOutIndex(i));
  if (!possible)
    return;
  mapping.map(nested.getTimeArgument(),
              arith::ConstantIndexOp::create(b, loc, 0).getResult());
  for (Operation &op : nested.getBodyBlock()->without_terminator())
    b.clone(op, mapping);
  for (auto [result, yielded] :
       llvm::zip_equal(nested.getResults(), nested.getYield().getOuts()))
    mapping.map(result, mapping.lookupOrDefault(yielded));
}

void Raiser::writeOp(Operation *op) {
  if (isa<tensor::EmptyOp>(op))
    return;
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return mapping.map(fill.getResult(0),
                       mapping.lookupOrDefault(fill.getInputs().front()));
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return writeGeneric(generic);
  if (auto nested = dyn_cast<seq::ScanOp>(op))
    return writeNested(nested);
  // Without dimensions, or with one that is gone already.
  if (isa<tensor::CollapseShapeOp, tensor::FromElementsOp, tensor::ExtractOp>(
          op))
    return mapping.map(op->getResult(0),
                       mapping.lookupOrDefault(op->getOperand(0)));
  b.clone(*op, mapping);
}

void Raiser::buildBody(seq::ScanBody body) {
  domain = body.domain;
  mapping.map(scan.getDomainArguments(), domain.take_front(oldSymbols));
  mapping.map(scan.getTimeArgument(), body.time);
  size_t inputs = scan.getInputs().size();
  mapping.map(scan.getInputArguments(), body.inputs.take_front(inputs));
  mapping.map(scan.getCarryArguments(), body.carries);
  for (auto [value, argument] :
       llvm::zip_equal(dims.captured, body.inputs.drop_front(inputs)))
    mapping.map(value, argument);
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    if (possible)
      writeOp(&op);
  if (!possible)
    return;
  auto getYielded = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value value) {
      SmallVector<int64_t> kept = dims.getKept(value);
      return repeat(mapping.lookupOrDefault(value), kept, kept,
                    getKeptType(value));
    });
  };
  seq::YieldOp yield = scan.getYield();
  SmallVector<Value> outs = getYielded(yield.getOuts());
  SmallVector<Value> carries = getYielded(yield.getCarries());
  seq::YieldOp::create(b, loc, outs, carries);
}

seq::ScanOp Raiser::run() {
  seq::ScanOperands operands = buildOperands();
  auto fresh = seq::ScanOp::create(
      b, loc, operands,
      [&](OpBuilder &, Location, seq::ScanBody body) { buildBody(body); });
  fresh->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  std::string reason;
  if (possible && succeeded(verify(fresh)) && canLowerRecurrent(fresh, reason))
    return fresh;
  fresh.erase();
  return {};
}

//===----------------------------------------------------------------------===//
// Transitions
//===----------------------------------------------------------------------===//

/// What `moved` multiplies `state` by, without following from carry `number`;
/// null if it is no such product.
static Value findDecay(OpBuilder &b, const CarryGraph &graph, unsigned number,
                       Value moved, Value state) {
  if (moved == state)
    return seq::buildConstantLike(b, moved.getLoc(), state.getType(), 1.0);
  auto product = moved.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {};
  Value lhs = product.getLhs(), rhs = product.getRhs();
  if (rhs != state)
    std::swap(lhs, rhs);
  return rhs == state && !graph.getCarriesOf(lhs).test(number) ? lhs : Value();
}

/// Writes a state s that becomes a s + b, where neither a nor b follows from
/// it, as the transition that this is.
static void raiseTransition(seq::ScanOp scan, unsigned number) {
  CarryGraph graph(scan);
  Value state = scan.getCarryArguments()[number];
  auto sum =
      scan.getYield().getCarries()[number].getDefiningOp<arith::AddFOp>();
  if (!sum)
    return;
  OpBuilder b(sum);
  Value lhs = sum.getLhs(), rhs = sum.getRhs();
  for (auto [moved, gain] : {std::pair(lhs, rhs), std::pair(rhs, lhs)}) {
    if (graph.getCarriesOf(gain).test(number))
      continue;
    Value decay = findDecay(b, graph, number, moved, state);
    if (!decay)
      continue;
    auto plus =
        seq::SemiringAttr::get(b.getContext(), seq::Semiring::PlusTimes);
    Value next =
        seq::AffineOp::create(b, sum.getLoc(), state.getType(), decay, state,
                              gain, UnitAttr(), plus, UnitAttr());
    sum->replaceAllUsesWith(ValueRange{next});
    sum.erase();
    return;
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static void raise(seq::ScanOp scan) {
  pushSlices(scan);
  ParallelDims dims(scan);
  if (scan.getYield()->getNumOperands() == 0 || failed(dims.collect()))
    return;
  dims.choosePromoted();
  seq::ScanOp raised = Raiser(scan, dims).run();
  if (!raised)
    return;
  scan->replaceAllUsesWith(raised);
  scan.erase();
  for (unsigned i = 0; i < raised.getCarries().size(); ++i)
    raiseTransition(raised, i);
}

namespace {
struct Raise : public seqc::impl::RaiseBase<Raise> {
  void runOnOperation() override {
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) {
      if (!scan.hasBufferSemantics() && findSecondTierOp(scan))
        scans.push_back(scan);
    });
    // Inner ones come first.
    for (seq::ScanOp scan : scans)
      raise(scan);
  }
};
} // namespace
