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

/// Makes of `region`, which stays empty, a function of `captured`.
static func::FuncOp moveToFunction(Region &region, ArrayRef<Value> captured,
                                   func::FuncOp kernel, SymbolTable &symbols) {
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
  symbols.insert(function);
  return function;
}

/// Makes one function of regions that are alike, and each of them its call.
static void outline(ArrayRef<Region *> alike, func::FuncOp kernel,
                    SymbolTable &symbols) {
  func::FuncOp function;
  for (Region *region : alike) {
    SmallVector<Value> captured = captureValues(*region);
    if (!function)
      function = moveToFunction(*region, captured, kernel, symbols);
    region->dropAllReferences();
    region->getBlocks().clear();
    OpBuilder b(kernel.getContext());
    b.createBlock(region);
    func::CallOp::create(b, region->getLoc(), function, captured);
    scf::YieldOp::create(b, region->getLoc());
  }
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

/// `regions`, those that are alike together.
static SmallVector<SmallVector<Region *>>
groupAlike(ArrayRef<Region *> regions) {
  SmallVector<SmallVector<Region *>> groups;
  for (Region *region : regions) {
    auto *group = llvm::find_if(groups, [&](ArrayRef<Region *> others) {
      return areAlike(*others.front(), *region);
    });
    if (group == groups.end())
      groups.push_back({region});
    else
      group->push_back(region);
  }
  return groups;
}

static bool hasOps(Region &region, unsigned ops) {
  unsigned count = 0;
  region.walk([&](Operation *) { ++count; });
  return count >= ops;
}

namespace {
struct OutlineRegions : public seqc::impl::OutlineRegionsBase<OutlineRegions> {
  using OutlineRegionsBase::OutlineRegionsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> kernels(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp kernel : kernels) {
      SmallVector<Region *> regions = findRegions(kernel);
      bool isLong = regions.size() >= least;
      if (!isLong)
        llvm::erase_if(regions,
                       [&](Region *region) { return !hasOps(*region, ops); });
      for (ArrayRef<Region *> alike : groupAlike(regions))
        if (isLong || alike.size() > 1)
          outline(alike, kernel, symbols);
    }
  }
};
} // namespace
