//===- ExpandMath.cpp - transcendental functions in plain arithmetic ------===//
//
// Finds elementary functions of f32 that do not depend on each other, and
// expands them side by side (see Elementary.h). exp of a product with a factor
// that a loop does not change becomes a power of two, whose base changes once,
// outside the loop. Other functions use upstream's approximations.
//
//===----------------------------------------------------------------------===//

#include "mlir/Analysis/AliasAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Cpu/Elementary.h"
#include "passes/Passes.h"
#include "passes/Support/LocalPatterns.h"
#include "llvm/ADT/SetVector.h"

namespace seqc {
#define GEN_PASS_DEF_EXPANDMATH
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Groups of functions
//===----------------------------------------------------------------------===//

static bool isElementary(Operation *op) {
  return isa<math::ExpOp, math::Exp2Op, math::TanhOp, SigmoidOp, SoftplusOp>(
             op) &&
         getElementTypeOrSelf(op->getResult(0).getType()).isF32() &&
         !isa<TensorType>(op->getResult(0).getType());
}

/// exp(x y) as 2^(x (y log2 e)) where the innermost loop does not change y.
static void changeBase(math::ExpOp exp) {
  auto product = exp.getOperand().getDefiningOp<arith::MulFOp>();
  auto loop = exp->getParentOfType<LoopLikeOpInterface>();
  if (!product || !loop || loop.isDefinedOutsideOfLoop(product.getResult()))
    return;
  Value x = product.getLhs(), y = product.getRhs();
  if (!loop.isDefinedOutsideOfLoop(y))
    std::swap(x, y);
  if (!loop.isDefinedOutsideOfLoop(y))
    return;
  Location loc = exp.getLoc();
  OpBuilder outside(loop), inside(exp);
  Value base = buildConstantLike(outside, loc, y.getType(), 1.4426950408889634);
  Value scaled = arith::MulFOp::create(outside, loc, y, base);
  Value power = arith::MulFOp::create(inside, loc, x, scaled);
  exp.replaceAllUsesWith(math::Exp2Op::create(inside, loc, power).getResult());
  exp.erase();
}

/// The product of a sigmoid with its own argument (SiLU) if nothing else uses
/// the sigmoid, or null.
static arith::MulFOp findSilu(Operation *sigmoid) {
  if (!isa<SigmoidOp>(sigmoid))
    return nullptr;
  Value result = sigmoid->getResult(0), x = sigmoid->getOperand(0);
  auto product = result.hasOneUse()
                     ? dyn_cast<arith::MulFOp>(*result.user_begin())
                     : nullptr;
  bool silu = product && (product.getLhs() == x || product.getRhs() == x);
  return silu ? product : nullptr;
}

/// Sigmoids, or SiLUs, whose division has the argument for a numerator.
static Elementary::Group expandSigmoids(Elementary &emit, OpBuilder &b,
                                        ArrayRef<Operation *> ops,
                                        const Elementary::Group &x) {
  Value one = buildConstantLike(b, ops[0]->getLoc(), x[0].getType(), 1.0);
  Elementary::Group numerators;
  for (Operation *op : ops)
    numerators.push_back(findSilu(op) ? op->getOperand(0) : one);
  return emit.sigmoid(x, numerators);
}

static void expandGroup(ArrayRef<Operation *> ops, bool scalef) {
  Operation *first = ops.front();
  OpBuilder b(first);
  Elementary emit(b, first->getLoc(), first->getResult(0).getType(), scalef);
  Elementary::Group x, result;
  for (Operation *op : ops)
    x.push_back(op->getOperand(0));
  if (isa<math::ExpOp>(first))
    result = emit.exp(x);
  else if (isa<math::Exp2Op>(first))
    result = emit.exp2(x);
  else if (isa<math::TanhOp>(first))
    result = emit.tanh(x);
  else if (isa<SigmoidOp>(first))
    result = expandSigmoids(emit, b, ops, x);
  else
    result = emit.softplus(x);
  for (auto [op, value] : llvm::zip(ops, result)) {
    if (arith::MulFOp silu = findSilu(op)) {
      silu.replaceAllUsesWith(value);
      silu.erase();
    }
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }
}

namespace {
/// Gathers the elementary functions of one block. A function joins those
/// before it if what computes its argument can move up to the first of them.
class BlockGroups {
public:
  BlockGroups(Block &block, size_t width, bool scalef, AliasAnalysis &aliases)
      : block(block), width(width), scalef(scalef), aliases(aliases) {}

  void expand() {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      writesBefore[&op] = writes.size();
      if (isElementary(&op))
        add(&op);
      else if (!isMemoryEffectFree(&op) && !hasOnlyReads(&op))
        writes.push_back(&op);
    }
    for (auto &group : groups)
      expandGroup(group.ops, scalef);
  }

private:
  struct Group {
    SmallVector<Operation *> ops;
    size_t writes; ///< Writes to memory before its first op.
  };

  static bool hasOnlyReads(Operation *op) {
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    return effects && effects.onlyHasEffect<MemoryEffects::Read>();
  }

  /// Whether `op` finds the same in memory at the head of `group`.
  bool canMove(Operation *op, const Group &group) {
    if (isMemoryEffectFree(op))
      return true;
    if (!hasOnlyReads(op))
      return false;
    SmallVector<MemoryEffects::EffectInstance> reads;
    cast<MemoryEffectOpInterface>(op).getEffects(reads);
    auto between = ArrayRef(writes).slice(
        group.writes, writesBefore.lookup(op) - group.writes);
    return llvm::none_of(between, [&](Operation *write) {
      return llvm::any_of(reads, [&](auto &read) {
        return !read.getValue() ||
               aliases.getModRef(write, read.getValue()).isMod();
      });
    });
  }

  /// The ops after `first` that `value` needs; fails if one must stay.
  LogicalResult collect(Value value, const Group &group,
                        llvm::SetVector<Operation *> &needed) {
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != &block ||
        op->isBeforeInBlock(group.ops.front()) || needed.contains(op))
      return success();
    if (isElementary(op) || op->getNumRegions() != 0 || !canMove(op, group))
      return failure();
    for (Value operand : op->getOperands())
      if (failed(collect(operand, group, needed)))
        return failure();
    needed.insert(op);
    return success();
  }

  void add(Operation *op) {
    auto key = std::make_pair(op->getName(), op->getResult(0).getType());
    auto found = open.find(key);
    if (found != open.end()) {
      Group &group = groups[found->second];
      llvm::SetVector<Operation *> needed;
      if (group.ops.size() < width &&
          succeeded(collect(op->getOperand(0), group, needed))) {
        for (Operation *above : needed)
          above->moveBefore(group.ops.front());
        group.ops.push_back(op);
        return;
      }
    }
    open[key] = groups.size();
    groups.push_back({{op}, writes.size()});
  }

  Block &block;
  size_t width;
  bool scalef;
  AliasAnalysis &aliases;
  SmallVector<Operation *> writes;
  llvm::DenseMap<Operation *, size_t> writesBefore;
  SmallVector<Group> groups;
  /// For each function and type, its last group.
  llvm::DenseMap<std::pair<OperationName, Type>, size_t> open;
};
} // namespace

//===----------------------------------------------------------------------===//
// By the library
//===----------------------------------------------------------------------===//

namespace {
/// The definitions, in terms of the mathematical library.
struct SigmoidByLibrary : public OpRewritePattern<SigmoidOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SigmoidOp op,
                                PatternRewriter &b) const override {
    Location loc = op.getLoc();
    Value one = buildConstantLike(b, loc, op.getType(), 1.0);
    Value exp = math::ExpOp::create(
        b, loc, arith::NegFOp::create(b, loc, op.getOperand()));
    b.replaceOpWithNewOp<arith::DivFOp>(
        op, one, arith::AddFOp::create(b, loc, one, exp));
    return success();
  }
};

struct SoftplusByLibrary : public OpRewritePattern<SoftplusOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SoftplusOp op,
                                PatternRewriter &b) const override {
    Location loc = op.getLoc();
    Value x = op.getOperand();
    Value zero = buildConstantLike(b, loc, op.getType(), 0.0);
    Value size = math::AbsFOp::create(b, loc, x);
    Value exp =
        math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, size));
    b.replaceOpWithNewOp<arith::AddFOp>(
        op, arith::MaximumFOp::create(b, loc, x, zero),
        math::Log1pOp::create(b, loc, exp));
    return success();
  }
};

/// x y + 0 as x y, which needs no register for the zero; a zero's sign alone
/// may differ.
struct ProductAlone : public OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FmaOp op,
                                PatternRewriter &b) const override {
    if (!matchPattern(op.getC(), m_AnyZeroFloat()))
      return failure();
    b.replaceOpWithNewOp<arith::MulFOp>(op, op.getA(), op.getB());
    return success();
  }
};

/// x y + z with two roundings, for processors without the instruction.
struct ProductThenSum : public OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FmaOp op,
                                PatternRewriter &b) const override {
    Value product = arith::MulFOp::create(b, op.getLoc(), op.getA(), op.getB());
    b.replaceOpWithNewOp<arith::AddFOp>(op, product, op.getC());
    return success();
  }
};

struct ExpandMath : public seqc::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    if (!library)
      expandElementary();
    RewritePatternSet patterns(&getContext());
    // With polynomials, these serve element types other than f32.
    patterns.add<SigmoidByLibrary, SoftplusByLibrary>(&getContext());
    if (!fma)
      patterns.add<ProductThenSum>(&getContext());
    if (!library) {
      patterns.add<ProductAlone>(&getContext(), /*benefit=*/2);
      populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
        return name == "math.log" || name == "math.log1p" ||
               name == "math.log2" || name == "math.erf" ||
               name == "math.expm1";
      });
    }
    auto isMath = [](Operation *op) {
      return isa<SigmoidOp, SoftplusOp>(op) ||
             isa_and_present<math::MathDialect>(op->getDialect());
    };
    if (failed(applyPatternsTo(getOperation(), isMath, std::move(patterns))))
      signalPassFailure();
  }

  void expandElementary() {
    getOperation()->walk([](math::ExpOp exp) {
      if (isElementary(exp))
        changeBase(exp);
    });
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) { blocks.push_back(block); });
    auto &aliases = getAnalysis<AliasAnalysis>();
    for (Block *block : blocks)
      BlockGroups(*block, sideBySide, scalef, aliases).expand();
  }
};
} // namespace
