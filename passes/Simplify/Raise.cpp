//===- Raise.cpp - steps of tensor code become first-tier bodies ----------===//
//
// What is parallel everywhere in a body becomes a domain symbol
// (ParallelDims.h); the ops are then written again without it. A body that has
// an op which cannot be written so stays as it is. In one that was written
// again, an affine update is made the transition that it is.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Passes.h"
#include "passes/Simplify/ParallelDims.h"
#include "passes/Simplify/PushSlices.h"
#include "passes/Simplify/RaiseTransition.h"
#include "passes/Support/BodySlice.h"
#include "passes/Support/CarryGraph.h"
#include "passes/Support/ElementwiseGeneric.h"

namespace seqc {
#define GEN_PASS_DEF_RAISE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

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
  void writeReduction(linalg::GenericOp generic, seq::ReduceKind kind);
  void writeContraction(linalg::GenericOp generic);
  Value buildProduct(linalg::GenericOp generic, ArrayRef<int64_t> left,
                     ArrayRef<int64_t> right, ArrayRef<int64_t> out);
  Value buildSum(linalg::GenericOp generic,
                 ArrayRef<SmallVector<int64_t>> loops, ArrayRef<int64_t> out);
  void writeReshape(Value source, Value result);
  SmallVector<int64_t> getKeptLoops(Value value, AffineMap map);
  seq::ScanOperands::Input cutOperand(tensor::ExtractSliceOp slice);
  void addInputs(seq::ScanOperands &operands);
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
  SmallVector<Value> seen; // what the new inputs are for
  ValueRange domain;       // of the new body
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

/// Inputs that are not read in parts alone, values from around the scan, and
/// parts of inputs.
void Raiser::addInputs(seq::ScanOperands &operands) {
  auto isPart = [&](Operation *user) {
    return llvm::is_contained(dims.slices, user);
  };
  auto add = [&](seq::ScanOperands::Input input, Value value) {
    promote(input.index, value);
    operands.inputs.push_back(input);
    seen.push_back(value);
  };
  seq::ScanOperands old = scan.getScanOperands();
  for (auto [input, argument] : llvm::zip(old.inputs, scan.getInputArguments()))
    if (argument.use_empty() || !llvm::all_of(argument.getUsers(), isPart))
      add(input, argument);
  for (Value value : dims.captured)
    add({value, seq::IndexList(getRank(value), seq::IndexEntry::all())}, value);
  for (tensor::ExtractSliceOp slice : dims.slices)
    add(cutOperand(slice), slice.getResult());
}

seq::ScanOperands Raiser::buildOperands() {
  seq::ScanOperands operands = scan.getScanOperands();
  operands.domain.resize(oldSymbols + dims.getNumSymbols());
  operands.inputs.clear();
  addInputs(operands);
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
  return operands;
}

/// The operand of the input that `slice` is a part of, cut like it.
seq::ScanOperands::Input Raiser::cutOperand(tensor::ExtractSliceOp slice) {
  unsigned number = llvm::find(scan.getInputArguments(), slice.getSource()) -
                    scan.getInputArguments().begin();
  Value operand = scan.getInputs()[number];
  seq::IndexList list = scan.getInputIndex(number);
  SmallVector<OpFoldResult> offsets(list.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(list.size(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, operand);
  int64_t seen = 0;
  for (auto [dim, entry] : llvm::enumerate(list))
    if (entry.isSliced()) {
      offsets[dim] = slice.getMixedOffsets()[seen];
      sizes[dim] = slice.getMixedSizes()[seen++];
    }
  return {
      tensor::ExtractSliceOp::create(b, loc, operand, offsets, sizes, strides),
      list};
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

void Raiser::writeReduction(linalg::GenericOp generic, seq::ReduceKind kind) {
  Value input = generic.getDpsInputOperand(0)->get();
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  SmallVector<int64_t> combined, order;
  for (auto [position, dim] : llvm::enumerate(dims.getKept(input))) {
    std::optional<unsigned> kept =
        maps[1].getResultPosition(maps[0].getResult(dim));
    if (kept)
      order.push_back(*kept);
    else
      combined.push_back(position);
  }
  Type type = getKeptType(generic.getResult(0));
  possible &= llvm::is_sorted(order);
  if (possible)
    mapping.map(generic.getResult(0),
                seq::ReduceOp::create(b, loc, type, kind, mapping.lookup(input),
                                      combined)
                    .getResult());
}

/// The loops that walk what is kept of `value`.
SmallVector<int64_t> Raiser::getKeptLoops(Value value, AffineMap map) {
  return llvm::map_to_vector(dims.getKept(value), [&](int64_t dim) -> int64_t {
    return map.getDimPosition(dim);
  });
}

/// The product that algebra has a name for, of what the loops `left` and
/// `right` walk; null if there is none.
Value Raiser::buildProduct(linalg::GenericOp generic, ArrayRef<int64_t> left,
                           ArrayRef<int64_t> right, ArrayRef<int64_t> out) {
  auto is = [](ArrayRef<int64_t> loops, std::initializer_list<int64_t> wanted) {
    return loops == ArrayRef<int64_t>(wanted);
  };
  auto plus = seq::SemiringAttr::get(b.getContext(), seq::Semiring::PlusTimes);
  Type type = getKeptType(generic.getResult(0));
  Value x = mapping.lookup(generic.getDpsInputs()[0]);
  Value y = mapping.lookup(generic.getDpsInputs()[1]);
  for (bool turned : {false, true}) {
    if (turned) {
      std::swap(left, right);
      std::swap(x, y);
    }
    if (left.size() == 2 && right.size() == 2 && left[1] == right[0] &&
        is(out, {left[0], right[1]}) && left[0] != right[1])
      return seq::MatmulOp::create(b, loc, type, x, y, plus);
    if (left.size() != 1)
      continue;
    int64_t k = left[0];
    if (right.size() == 1 && is(out, {k, right[0]}))
      return seq::OuterOp::create(b, loc, type, x, y);
    if (llvm::is_contained(out, k))
      continue;
    if (is(right, {k}) && out.empty())
      return seq::DotOp::create(b, loc, type, x, y);
    if (out.size() == 1 && is(right, {k, out[0]}))
      return seq::VecmatOp::create(b, loc, type, x, y);
    if (out.size() == 1 && is(right, {out[0], k}))
      return seq::MatvecOp::create(b, loc, type, y, x, plus);
  }
  return {};
}

/// Elementwise products over all that `loops` of both factors walk, added up
/// along what is not in `out`.
Value Raiser::buildSum(linalg::GenericOp generic,
                       ArrayRef<SmallVector<int64_t>> loops,
                       ArrayRef<int64_t> out) {
  Value result = generic.getResult(0);
  SmallVector<int64_t> all(out), shape, summed;
  SmallVector<int64_t> extents = generic.getStaticLoopRanges();
  SmallVector<utils::IteratorType> kinds = generic.getIteratorTypesArray();
  for (auto [loop, kind] : llvm::enumerate(kinds))
    if (kind == utils::IteratorType::reduction) {
      summed.push_back(all.size());
      all.push_back(loop);
    }
  for (int64_t loop : all)
    shape.push_back(extents[loop]);
  possible &= !ShapedType::isDynamicShape(shape);
  if (!possible)
    return {};
  Type type = getElementTypeOrSelf(result.getType());
  if (!shape.empty())
    type = RankedTensorType::get(shape, type);
  auto wanted = llvm::to_vector(llvm::seq<int64_t>(all.size()));
  SmallVector<Value> factors;
  for (auto [input, own] : llvm::zip(generic.getDpsInputs(), loops)) {
    SmallVector<int64_t> present;
    for (int64_t loop : own)
      present.push_back(llvm::find(all, loop) - all.begin());
    factors.push_back(repeat(mapping.lookup(input), present, wanted, type));
  }
  if (!possible)
    return {};
  Value product = arith::MulFOp::create(b, loc, factors[0], factors[1]);
  if (summed.empty())
    return product;
  return seq::ReduceOp::create(b, loc, getKeptType(result),
                               seq::ReduceKind::Add, product, summed);
}

void Raiser::writeContraction(linalg::GenericOp generic) {
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  SmallVector<SmallVector<int64_t>> loops;
  for (auto [input, map] : llvm::zip(generic.getDpsInputs(), maps))
    loops.push_back(getKeptLoops(input, map));
  Value result = generic.getResult(0);
  SmallVector<int64_t> out = getKeptLoops(result, maps[2]);
  Value written = buildProduct(generic, loops[0], loops[1], out);
  if (!written)
    written = buildSum(generic, loops, out);
  if (written)
    mapping.map(result, written);
}

/// Only dimensions of extent one come and go.
void Raiser::writeReshape(Value source, Value result) {
  Value value = mapping.lookup(source);
  Type from = getKeptType(source), to = getKeptType(result);
  if (!possible || from == to)
    return mapping.map(result, value);
  auto shape = dyn_cast<RankedTensorType>(to);
  auto whole = dyn_cast<RankedTensorType>(from);
  if (!whole) {
    value = tensor::SplatOp::create(b, loc, value, shape);
  } else if (!shape) {
    SmallVector<int64_t> zeros(whole.getRank(), 0);
    value = seq::ExtractOp::create(b, loc, to, value,
                                   b.getDenseI64ArrayAttr(zeros));
  } else {
    auto groups = getReassociationIndicesForReshape(whole, shape);
    possible &= groups.has_value() && whole.getRank() != shape.getRank();
    if (!possible)
      return;
    if (whole.getRank() > shape.getRank())
      value = tensor::CollapseShapeOp::create(b, loc, shape, value, *groups);
    else
      value = tensor::ExpandShapeOp::create(b, loc, shape, value, *groups);
  }
  mapping.map(result, value);
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
  bool isReshape = isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op);
  if (isa<tensor::EmptyOp, tensor::ExtractSliceOp>(op) ||
      (isReshape && dims.isDestination(op->getOperand(0))))
    return;
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return mapping.map(fill.getResult(0),
                       mapping.lookupOrDefault(fill.getInputs().front()));
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    if (std::optional<seq::ReduceKind> kind = findReduceKind(generic))
      return writeReduction(generic, *kind);
    if (isContraction(generic))
      return writeContraction(generic);
    return writeGeneric(generic);
  }
  if (auto nested = dyn_cast<seq::ScanOp>(op))
    return writeNested(nested);
  if (isReshape && !op->getOperand(0).getDefiningOp<seq::ScanOp>())
    return writeReshape(op->getOperand(0), op->getResult(0));
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
  mapping.map(ValueRange(seen), body.inputs);
  mapping.map(scan.getCarryArguments(), body.carries);
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

/// Whether lanes would find nothing in `scan` to run along: a step combines its
/// state, of one point of the domain, whole, and by no matrix. Loops over
/// tensors are 1.7 to 2 times as fast then.
static bool staysScalar(seq::ScanOp scan) {
  bool isSingle = llvm::all_of(scan.getDomain(), [](Value extent) {
    return getConstantIntValue(extent) == 1;
  });
  CarryGraph graph(scan);
  BodySlice updates =
      sliceBody(scan, llvm::to_vector(scan.getYield().getCarries()));
  auto isMatrix = [&](Operation &op) { return isMatrixContraction(scan, &op); };
  auto combinesState = [&](Operation &op) {
    std::optional<seq::BodySemantics> space = seq::getBodySemantics(&op);
    return space && space->hasReduction() && updates.ops.contains(&op) &&
           graph.getCarriesOf(op.getResult(0)).any();
  };
  Block &body = *scan.getBodyBlock();
  return isSingle && llvm::none_of(body, isMatrix) &&
         llvm::any_of(body, combinesState);
}

seq::ScanOp Raiser::run() {
  seq::ScanOperands operands = buildOperands();
  auto fresh = seq::ScanOp::create(
      b, loc, operands,
      [&](OpBuilder &, Location, seq::ScanBody body) { buildBody(body); });
  fresh->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  std::string reason;
  if (possible && succeeded(verify(fresh)) &&
      canLowerRecurrent(fresh, reason) && !staysScalar(fresh))
    return fresh;
  fresh.erase();
  return {};
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// What can take the place of `scan`; null where nothing can. Of slow parts
/// some may be computed again at points of the domain.
static seq::ScanOp raise(seq::ScanOp scan, bool mayRepeat) {
  ParallelDims dims(scan);
  if (scan.getYield()->getNumOperands() == 0 || failed(dims.collect()))
    return {};
  dims.choosePromoted(mayRepeat);
  return Raiser(scan, dims).run();
}

/// Takes dimensions of extent one from the ops of the body: a batch of matrices
/// of one row each is a matrix.
static void dropUnitDims(seq::ScanOp scan) {
  RewritePatternSet patterns(scan.getContext());
  linalg::ControlDropUnitDims control;
  linalg::populateFoldUnitExtentDimsPatterns(patterns, control);
  SmallVector<Operation *> ops;
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    ops.push_back(&op);
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  (void)applyOpPatternsGreedily(ops, std::move(patterns), config);
}

/// The same for its steps without such dimensions; nothing is left of these
/// where they do not help.
static seq::ScanOp raiseWithoutUnitDims(seq::ScanOp scan, bool mayRepeat) {
  OpBuilder b(scan);
  auto copy = cast<seq::ScanOp>(b.clone(*scan));
  dropUnitDims(copy);
  seq::ScanOp raised = raise(copy, mayRepeat);
  copy.erase();
  return raised;
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
    for (seq::ScanOp scan : scans) {
      pushSlices(scan);
      // Dimensions that slow parts lack are left to what separates these, if
      // that is possible.
      seq::ScanOp raised;
      for (bool mayRepeat : {false, true}) {
        raised = raised ? raised : raise(scan, mayRepeat);
        raised = raised ? raised : raiseWithoutUnitDims(scan, mayRepeat);
      }
      if (!raised)
        continue;
      scan->replaceAllUsesWith(raised);
      scan.erase();
      for (unsigned i = 0; i < raised.getCarries().size(); ++i)
        raiseTransition(raised, i);
    }
  }
};
} // namespace
