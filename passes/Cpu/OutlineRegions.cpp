//===- OutlineRegions.cpp - parts of a long kernel become functions -------===//
//
// A model of many layers is one function too long for what follows: most of
// LLVM's passes take longer than linear time, and layers that differ in their
// weights alone would be compiled again and again.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_OUTLINEREGIONS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;

namespace {
class RegionOutliner {
public:
  RegionOutliner(func::FuncOp kernel, SymbolTable &symbols)
      : kernel(kernel), symbols(symbols) {}

  void outline(Region &region);

private:
  func::FuncOp moveToFunction(Region &region, ArrayRef<Value> captured);
  func::FuncOp findEqual(func::FuncOp function);

  func::FuncOp kernel;
  SymbolTable &symbols;
  SmallVector<func::FuncOp> functions; ///< Those that are called.
};
} // namespace

/// Replaces values in `region` alone: they may have many more users elsewhere.
static void replaceWithin(Region &region, const IRMapping &replacements) {
  region.walk([&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      operand.set(replacements.lookupOrDefault(operand.get()));
  });
}

/// What `region` reads from outside. Constants go with it: loops that know
/// their bounds are better ones.
static SmallVector<Value> captureValues(Region &region) {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(region, used);
  SmallVector<Value> captured;
  IRMapping copies;
  OpBuilder b = OpBuilder::atBlockBegin(&region.front());
  for (Value value : used) {
    Operation *def = value.getDefiningOp();
    if (!def || !def->hasTrait<OpTrait::ConstantLike>())
      captured.push_back(value);
    else
      copies.map(value, b.clone(*def)->getResult(0));
  }
  replaceWithin(region, copies);
  return captured;
}

func::FuncOp RegionOutliner::moveToFunction(Region &region,
                                            ArrayRef<Value> captured) {
  Location loc = region.getLoc();
  OpBuilder b(kernel);
  auto function = func::FuncOp::create(
      b, loc, (kernel.getSymName() + "_part").str(),
      b.getFunctionType(llvm::to_vector(ValueRange(captured).getTypes()), {}));
  function.setPrivate();
  // Called once, it would be moved back.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  function.getBody().takeBody(region);
  Block &body = function.getBody().front();
  IRMapping arguments;
  for (Value value : captured)
    arguments.map(value, body.addArgument(value.getType(), loc));
  replaceWithin(function.getBody(), arguments);
  b.setInsertionPoint(body.getTerminator());
  func::ReturnOp::create(b, loc);
  body.getTerminator()->erase();
  return function;
}

/// A function made before that does the same.
func::FuncOp RegionOutliner::findEqual(func::FuncOp function) {
  for (func::FuncOp other : functions)
    if (other.getFunctionType() == function.getFunctionType() &&
        OperationEquivalence::isRegionEquivalentTo(
            &other.getBody(), &function.getBody(),
            OperationEquivalence::IgnoreLocations))
      return other;
  return nullptr;
}

void RegionOutliner::outline(Region &region) {
  SmallVector<Value> captured = captureValues(region);
  func::FuncOp function = moveToFunction(region, captured);
  if (func::FuncOp equal = findEqual(function)) {
    function.erase();
    function = equal;
  } else {
    symbols.insert(function);
    functions.push_back(function);
  }
  OpBuilder b(kernel.getContext());
  b.createBlock(&region);
  func::CallOp::create(b, region.getLoc(), function, captured);
  scf::YieldOp::create(b, region.getLoc());
}

/// The regions of `kernel` that threads share, and those that one thread takes.
static SmallVector<Region *> findRegions(func::FuncOp kernel) {
  SmallVector<Region *> regions;
  kernel.walk<WalkOrder::PreOrder>([&](Operation *op) {
    Region *region = nullptr;
    if (auto branch = dyn_cast<scf::IfOp>(op);
        branch && branch->getParentOp() == kernel &&
        branch->getNumResults() == 0 && branch.getElseRegion().empty())
      region = &branch.getThenRegion();
    else if (op->hasAttr("seq.threaded") && op->getNumResults() == 0 &&
             isa<scf::ExecuteRegionOp>(op) && op->getRegion(0).hasOneBlock())
      region = &op->getRegion(0);
    if (!region)
      return WalkResult::advance();
    regions.push_back(region);
    return WalkResult::skip();
  });
  return regions;
}

/// What both regions read from outside in the order of its uses, pair by pair;
/// nothing where these have other types or are other constants.
static std::optional<IRMapping> pairCaptured(Region &first, Region &second) {
  llvm::SetVector<Value> used[2];
  getUsedValuesDefinedAbove(first, used[0]);
  getUsedValuesDefinedAbove(second, used[1]);
  if (used[0].size() != used[1].size())
    return std::nullopt;
  IRMapping pairs;
  for (auto [value, other] : llvm::zip(used[0], used[1])) {
    Attribute constant, otherConstant;
    matchPattern(value, m_Constant(&constant));
    matchPattern(other, m_Constant(&otherConstant));
    if (value.getType() != other.getType() || constant != otherConstant)
      return std::nullopt;
    pairs.map(value, other);
  }
  return pairs;
}

/// Whether both regions do the same, if to other operands.
static bool areAlike(Region &first, Region &second) {
  std::optional<IRMapping> pairs = pairCaptured(first, second);
  return pairs &&
         OperationEquivalence::isRegionEquivalentTo(
             &first, &second,
             [&](Value value, Value other) {
               return success(pairs->lookupOrNull(value) == other);
             },
             [&](Value value, Value other) { pairs->map(value, other); },
             OperationEquivalence::IgnoreLocations);
}

/// Those that have at least `ops` ops and are like another.
static SmallVector<Region *> findRepeated(ArrayRef<Region *> regions,
                                          unsigned ops) {
  SmallVector<Region *> large;
  for (Region *region : regions) {
    unsigned count = 0;
    region->walk([&](Operation *) { ++count; });
    if (count >= ops)
      large.push_back(region);
  }
  llvm::SetVector<Region *> repeated;
  for (size_t i = 0; i < large.size(); ++i)
    for (size_t j = 0; j < i && !repeated.contains(large[i]); ++j)
      if (areAlike(*large[i], *large[j]))
        repeated.insert_range(ArrayRef<Region *>{large[j], large[i]});
  return repeated.takeVector();
}

namespace {
struct OutlineRegions : public seqc::impl::OutlineRegionsBase<OutlineRegions> {
  using OutlineRegionsBase::OutlineRegionsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> kernels(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp kernel : kernels) {
      SmallVector<Region *> regions = findRegions(kernel);
      if (regions.size() < least)
        regions = findRepeated(regions, ops);
      RegionOutliner outliner(kernel, symbols);
      for (Region *region : regions)
        outliner.outline(*region);
    }
  }
};
} // namespace
