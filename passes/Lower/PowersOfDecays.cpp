//===- PowersOfDecays.cpp - one exp for decays that are powers of one -----===//
//
// exp(s x[n]) with rates x[n] = (n + 1) x[0] is e^(n + 1) with e = exp(s x[0]).
// The rates are asked, never trusted: those of a weight here, others by the
// kernel whenever it runs.
//
//===----------------------------------------------------------------------===//

#include "passes/Lower/PowersOfDecays.h"
#include "dialects/Seq/Cells/CellBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Passes.h"
#include "passes/Support/ScanInputs.h"
#include "passes/Support/WeightEvaluator.h"
#include "llvm/Support/MathExtras.h"

namespace seqc {
#define GEN_PASS_DEF_POWERSOFDECAYS
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// More elements are in no registers at once: a loop walks them, and takes
/// exps.
static constexpr int64_t mostPowers = 32;
/// For fewer steps it costs more to ask the rates than powers save.
static constexpr int64_t fewestSteps = 32;
/// What a rate may differ by from a multiple of its row's first: roundings of
/// the logarithm and the exp that it was stored by.
static constexpr double tolerance = 0x1p-21;

namespace {
/// A decay exp(scale * rates), whose logarithm is `product`.
struct Decay {
  arith::MulFOp product;
  Value scale, rates;
  unsigned input; ///< What the rates are.
};
} // namespace

/// Whether every row of input `input` is a vector of the body that is the same
/// at all times.
static bool areRows(seq::ScanOp scan, unsigned input) {
  seq::IndexList list = scan.getInputIndex(input);
  return list.back().kind == seq::IndexEntry::All &&
         llvm::all_of(ArrayRef(list).drop_back(),
                      [](const seq::IndexEntry &entry) {
                        return entry.kind == seq::IndexEntry::Domain;
                      }) &&
         scan.getInputHistory()[input] < 0;
}

/// The logarithm that `op` takes the exp of, or null.
static Value findLogarithm(Operation &op) {
  if (auto exp = dyn_cast<math::ExpOp>(op))
    return exp.getOperand();
  auto affine = dyn_cast<seq::AffineOp>(op);
  return affine && affine.getLogDecay() ? affine.getDecay() : Value();
}

static std::optional<Decay> findDecay(seq::ScanOp scan, Operation &op) {
  Value log = findLogarithm(op);
  auto product = log ? log.getDefiningOp<arith::MulFOp>() : nullptr;
  if (!product || !isa<RankedTensorType>(product.getType()))
    return std::nullopt;
  for (bool swapped : {false, true}) {
    auto splat = product->getOperand(swapped).getDefiningOp<tensor::SplatOp>();
    Value rates = product->getOperand(!swapped);
    int64_t input = getInputNumber(scan, rates);
    auto type = cast<RankedTensorType>(rates.getType());
    if (splat && input >= 0 && type.getRank() == 1 && type.hasStaticShape() &&
        type.getDimSize(0) >= 2 && type.getDimSize(0) <= mostPowers &&
        type.getElementType().isF32() && areRows(scan, input))
      return Decay{product, splat.getInput(), rates,
                   static_cast<unsigned>(input)};
  }
  return std::nullopt;
}

/// The decays of `scan` with the rates of its first one.
static SmallVector<Decay> findDecays(seq::ScanOp scan) {
  SmallVector<Decay> decays;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    std::optional<Decay> decay = findDecay(scan, op);
    if (decay && (decays.empty() || decays[0].input == decay->input) &&
        llvm::none_of(decays, [&](const Decay &other) {
          return other.product == decay->product;
        }))
      decays.push_back(*decay);
  }
  return decays;
}

/// Whether there are steps enough, as far as anyone knows.
static bool maySave(seq::ScanOp scan) {
  std::optional<int64_t> steps = getConstantIntValue(scan.getTime());
  return !steps || *steps >= fewestSteps;
}

/// Whether every form of `scan` multiplies decays, element by element: chunks
/// add logarithms, and naive loops take exps.
static bool multipliesDecays(seq::ScanOp scan) {
  return scan.getSchedule() && llvm::all_of(*scan.getSchedule(), [](auto at) {
           seq::Form form = cast<seq::AlternativeAttr>(at).getForm();
           return form == seq::Form::Recurrent || form == seq::Form::Parallel;
         });
}

//===----------------------------------------------------------------------===//
// Asking
//===----------------------------------------------------------------------===//

/// Whether the rows of `rates`, of `count` each, are multiples of their first.
static bool areMultiples(ArrayRef<float> rates, int64_t count) {
  for (auto [i, rate] : llvm::enumerate(rates)) {
    int64_t n = i % count;
    float due = static_cast<float>(n + 1) * rates[i - n];
    if (!(std::fabs(rate - due) <=
          std::fabs(due) * static_cast<float>(tolerance)))
      return false;
  }
  return true;
}

/// The answer where `value` is a weight.
static std::optional<bool> askWeight(Value value) {
  auto load = value.getDefiningOp<seq::LoadWeightOp>();
  if (!load)
    return std::nullopt;
  WeightEvaluator evaluator;
  auto bytes =
      evaluator.evaluate(SymbolTable::lookupNearestSymbolFrom<seq::WeightOp>(
          load, load.getWeightAttr()));
  if (!bytes) {
    // Emitting the weight says it.
    llvm::consumeError(bytes.takeError());
    return false;
  }
  ArrayRef<float> numbers(reinterpret_cast<const float *>(bytes->data()),
                          bytes->size() / sizeof(float));
  return areMultiples(
      numbers, cast<RankedTensorType>(value.getType()).getShape().back());
}

/// How many of `rates` are no multiples of their row's first; what is compared
/// is what areMultiples compares. Numbers that are none are none.
static Value countOthers(OpBuilder &b, Location loc, Value rates) {
  auto type = cast<RankedTensorType>(rates.getType());
  unsigned rank = type.getRank();
  AffineMap all = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineExpr> first(all.getResults());
  first.back() = b.getAffineConstantExpr(0);
  auto count = RankedTensorType::get({}, b.getI32Type());
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  Value none =
      linalg::FillOp::create(b, loc, zero, seq::buildEmpty(b, loc, count, {}))
          .getResult(0);
  return linalg::GenericOp::create(
             b, loc, count, ValueRange{rates, rates}, none,
             {all, AffineMap::get(rank, 0, first, b.getContext()),
              AffineMap::get(rank, 0, b.getContext())},
             SmallVector<utils::IteratorType>(rank,
                                              utils::IteratorType::reduction),
             [&](OpBuilder &b, Location loc, ValueRange elements) {
               auto number = [&](double value) -> Value {
                 return arith::ConstantOp::create(b, loc,
                                                  b.getF32FloatAttr(value));
               };
               Value n = arith::IndexCastOp::create(
                   b, loc, b.getI32Type(),
                   linalg::IndexOp::create(b, loc, rank - 1));
               Value times = arith::AddFOp::create(
                   b, loc, arith::SIToFPOp::create(b, loc, b.getF32Type(), n),
                   number(1));
               Value due = arith::MulFOp::create(b, loc, times, elements[1]);
               Value off = math::AbsFOp::create(
                   b, loc, arith::SubFOp::create(b, loc, elements[0], due));
               Value most = arith::MulFOp::create(
                   b, loc, math::AbsFOp::create(b, loc, due),
                   number(tolerance));
               Value other = arith::CmpFOp::create(
                   b, loc, arith::CmpFPredicate::UGT, off, most);
               Value sum = arith::AddIOp::create(
                   b, loc, elements[2],
                   arith::ExtUIOp::create(b, loc, b.getI32Type(), other));
               linalg::YieldOp::create(b, loc, sum);
             })
      .getResult(0);
}

static Value askRates(OpBuilder &b, Location loc, Value rates) {
  Value others = tensor::ExtractOp::create(b, loc, countOthers(b, loc, rates),
                                           ValueRange());
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, others, zero);
}

/// `rates`, or none of their rows unless `needed`: the kernel's threads share
/// no branch that writes and has a result.
static Value takeRowsIf(OpBuilder &b, Location loc, Value needed, Value rates) {
  auto type = cast<RankedTensorType>(rates.getType());
  if (type.getRank() == 1)
    return rates;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, rates),
                            zeros(type.getRank(), b.getIndexAttr(0)),
                            ones(type.getRank(), b.getIndexAttr(1));
  Value none = arith::ConstantIndexOp::create(b, loc, 0);
  sizes[0] = arith::SelectOp::create(
                 b, loc, needed,
                 getValueOrCreateConstantIndexOp(b, loc, sizes[0]), none)
                 .getResult();
  return tensor::ExtractSliceOp::create(b, loc, rates, zeros, sizes, ones);
}

/// Whether the kernel takes powers: asked where there are steps enough.
static Value askInKernel(OpBuilder &b, seq::ScanOp scan, Value rates) {
  Location loc = scan.getLoc();
  if (getConstantIntValue(scan.getTime()))
    return askRates(b, loc, rates);
  Value least = arith::ConstantIndexOp::create(b, loc, fewestSteps);
  Value enough = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                       scan.getTime(), least);
  Value answer = askRates(b, loc, takeRowsIf(b, loc, enough, rates));
  return arith::AndIOp::create(b, loc, enough, answer);
}

std::string seqc::describePowers(seq::ScanOp scan) {
  SmallVector<Decay> decays = findDecays(scan);
  if (decays.empty() || !multipliesDecays(scan))
    return "";
  std::optional<bool> known = askWeight(scan.getInputs()[decays[0].input]);
  if (known ? !*known : !maySave(scan))
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  int64_t count =
      cast<RankedTensorType>(decays[0].rates.getType()).getDimSize(0);
  os << "decays, on a processor: one exp and " << count - 1
     << " products instead of " << count << " exps, "
     << (known
             ? "since the rates are multiples of the first"
             : "where every run finds the rates to be multiples of the first");
  return text;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// Puts the powers in the place of everything that takes the exp of `decay`.
static void takePowers(Decay decay) {
  Value product = decay.product.getResult();
  Location loc = product.getLoc();
  OpBuilder b(product.getContext());
  b.setInsertionPointAfterValue(product);
  Type element = getElementTypeOrSelf(decay.rates.getType());
  Value first = seq::ExtractOp::create(b, loc, element, decay.rates,
                                       ArrayRef<int64_t>{0});
  // What does not change along time is multiplied first, once.
  Value ofTwo = arith::MulFOp::create(
      b, loc, first,
      seq::buildConstantLike(b, loc, element, llvm::numbers::log2e));
  Value base = math::Exp2Op::create(
      b, loc, arith::MulFOp::create(b, loc, decay.scale, ofTwo));
  Value values = math::ExpOp::create(b, loc, product);
  Value powers = seq::PowersOp::create(b, loc, values.getType(), base, values);
  for (Operation *user : llvm::make_early_inc_range(product.getUsers())) {
    if (user == values.getDefiningOp() || findLogarithm(*user) != product)
      continue;
    if (auto affine = dyn_cast<seq::AffineOp>(user)) {
      affine.setLogDecay(false);
      affine.getDecayMutable().assign(powers);
      continue;
    }
    user->replaceAllUsesWith(ValueRange(powers));
    user->erase();
  }
}

static void takePowers(seq::ScanOp scan) {
  for (const Decay &decay : findDecays(scan))
    takePowers(decay);
}

/// A branch that asks the rates, with powers in one and `scan` in the other.
static void branch(seq::ScanOp scan, Value rates) {
  OpBuilder b(scan);
  auto choice = scf::IfOp::create(
      b, scan.getLoc(), askInKernel(b, scan, rates),
      [&](OpBuilder &nested, Location loc) {
        auto copy = cast<seq::ScanOp>(nested.clone(*scan));
        takePowers(copy);
        scf::YieldOp::create(nested, loc, copy.getResults());
      },
      [&](OpBuilder &nested, Location loc) {
        scf::YieldOp::create(nested, loc, nested.clone(*scan)->getResults());
      });
  scan->replaceAllUsesWith(choice.getResults());
  scan.erase();
}

namespace {
struct PowersOfDecays : public seqc::impl::PowersOfDecaysBase<PowersOfDecays> {
  void runOnOperation() override {
    SmallVector<seq::ScanOp> scans;
    getOperation()->walk([&](seq::ScanOp scan) { scans.push_back(scan); });
    for (seq::ScanOp scan : scans) {
      if (scan.hasBufferSemantics() || !multipliesDecays(scan))
        continue;
      SmallVector<Decay> decays = findDecays(scan);
      if (decays.empty())
        continue;
      Value rates = scan.getInputs()[decays[0].input];
      std::optional<bool> known = askWeight(rates);
      if (known.value_or(false))
        takePowers(scan);
      else if (!known && maySave(scan))
        branch(scan, rates);
    }
  }
};
} // namespace
