//===- Pack.cpp - lay matrices out for vectors ----------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Lower/MatrixRowsBlocking.h"
#include "passes/Passes.h"
#include "llvm/ADT/StringSwitch.h"

namespace seqc {
#define GEN_PASS_DEF_PACK
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// A weight whose initialiser is that of `load`, followed by what `derive`
/// builds when code is emitted. Equal ones share the symbol.
static Value deriveWeight(OpBuilder &b, LoadWeightOp load, const Twine &suffix,
                          function_ref<Value(Value)> derive) {
  auto module = load->getParentOfType<ModuleOp>();
  std::string name = (load.getWeight() + suffix).str();
  if (!module.lookupSymbol(name)) {
    auto source = module.lookupSymbol<WeightOp>(load.getWeight());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfter(source);
    auto clone = cast<WeightOp>(b.clone(*source));
    clone.setSymName(name);
    auto yield = cast<YieldOp>(clone.getBody().front().getTerminator());
    b.setInsertionPoint(yield);
    Value result = derive(yield.getOuts()[0]);
    clone.setType(result.getType());
    yield.getOutsMutable().assign(result);
  }
  auto derived = module.lookupSymbol<WeightOp>(name);
  return LoadWeightOp::create(b, load.getLoc(), derived.getType(), name);
}

/// Packs a weight, in elements of type `stored`, when code is emitted.
static Value packWeight(OpBuilder &b, LoadWeightOp load, int64_t lanes,
                        int64_t contracted, Type stored, bool quads) {
  Location loc = load.getLoc();
  auto type = cast<RankedTensorType>(load.getResult().getType());
  auto narrow = type.clone(stored);
  std::string suffix;
  llvm::raw_string_ostream os(suffix);
  if (narrow != type)
    os << '_' << stored;
  os << (quads ? "_quads" : "_packed") << lanes << 'x' << contracted;
  return deriveWeight(b, load, suffix, [&](Value value) -> Value {
    if (narrow != type)
      value = NarrowOp::create(b, loc, narrow, value, contracted);
    return PackOp::create(
        b, loc, PackOp::getPackedType(narrow, lanes, contracted, quads), value,
        lanes, contracted, quads);
  });
}

/// What multiplies each row's sums where weights are stored as integers.
static Value scaleWeight(OpBuilder &b, LoadWeightOp load, int64_t contracted) {
  auto type = cast<RankedTensorType>(load.getResult().getType());
  auto scale = type.clone(type.getShape().drop_back(contracted));
  return deriveWeight(
      b, load, "_scale" + Twine(contracted), [&](Value value) -> Value {
        return RowScaleOp::create(b, load.getLoc(), scale, value, contracted);
      });
}

/// Packs a tensor that is known only when the model runs.
static Value packTensor(OpBuilder &b, Location loc, Value value, int64_t lanes,
                        int64_t contracted) {
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType packed = PackOp::getPackedType(type, lanes, contracted);
  int64_t rank = type.getRank(), rows = rank - contracted - 1;
  Value empty = tensor::EmptyOp::create(b, loc, packed.getShape(),
                                        packed.getElementType());
  AffineMap identity = b.getMultiDimIdentityMap(packed.getRank());
  SmallVector<utils::IteratorType> iterators(packed.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, packed, ValueRange(), empty, identity, iterators,
      [&](OpBuilder &b, Location loc, ValueRange) {
        auto index = [&](int64_t dim) -> Value {
          return linalg::IndexOp::create(b, loc, dim);
        };
        auto constant = [&](int64_t number) -> Value {
          return arith::ConstantIndexOp::create(b, loc, number);
        };
        Value row = arith::AddIOp::create(
            b, loc, arith::MulIOp::create(b, loc, index(0), constant(lanes)),
            index(packed.getRank() - 1));
        Value inside =
            arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row,
                                  constant(type.getDimSize(rows)));
        Value last = constant(type.getDimSize(rows) - 1);
        SmallVector<Value> at;
        for (int64_t g = 0; g < rows; ++g)
          at.push_back(index(1 + contracted + g));
        at.push_back(arith::MinSIOp::create(b, loc, row, last));
        for (int64_t k = 0; k < contracted; ++k)
          at.push_back(index(1 + k));
        Value element = tensor::ExtractOp::create(b, loc, value, at);
        Value zero = arith::ConstantOp::create(
            b, loc, b.getZeroAttr(type.getElementType()));
        linalg::YieldOp::create(
            b, loc,
            ValueRange{arith::SelectOp::create(b, loc, inside, element, zero)});
      });
  return generic.getResult(0);
}

/// Whether sums of `extent` products of bytes fit 32 bits, and are long enough
/// for vectors to be converted.
static bool isWorthQuads(int64_t extent) {
  return extent >= 48 && extent <= 1 << 16;
}

namespace {
/// Makes a scan read its matrices packed.
class ScanPacker {
public:
  ScanPacker(ScanOp scan, const RecurrentPlan &plan, const VectorTarget &target,
             Type stored)
      : b(scan), scan(scan), plan(plan), target(target), stored(stored),
        operands(scan.getScanOperands()) {}

  /// Replaces the scan.
  void run();

private:
  int64_t chooseLanes(Operation *contraction);
  void packOperand(Operation *contraction);
  void multiplyByScales(ScanOp packed);

  OpBuilder b;
  ScanOp scan;
  const RecurrentPlan &plan;
  const VectorTarget &target;
  Type stored; ///< What weights are stored in.
  ScanOperands operands;
  /// The matrices of integers, in the order of their rows' scales, which are
  /// the inputs after the scan's own.
  SmallVector<Value> integers;
};
} // namespace

/// Products with others beside them read all that they multiply at once as one
/// stream.
int64_t ScanPacker::chooseLanes(Operation *contraction) {
  if (plan.kind != RecurrentPlan::Lanes::MatrixRows || !stored.isF32() ||
      isHoisted(contraction))
    return target.lanes;
  AlternativeAttr given = getAlternative(scan);
  MatrixRowsBlocking blocking = chooseMatrixRowsBlocking(
      scan, plan, target, given ? given.getBlock() : 0);
  return target.lanes * (blocking.jobRows > 0 ? blocking.step.tiles : 1);
}

void ScanPacker::packOperand(Operation *contraction) {
  auto argument = cast<BlockArgument>(contraction->getOperand(0));
  unsigned number = argument.getArgNumber() - scan.getDomain().size() - 1;
  ScanOperands::Input &input = operands.inputs[number];
  if (input.lanes != 0)
    return;
  int64_t contracted = getBodyShape(contraction->getOperand(1)).size();
  int64_t lanes = chooseLanes(contraction);
  auto load = input.value.getDefiningOp<LoadWeightOp>();
  bool isFloat = getElementTypeOrSelf(argument.getType()).isF32();
  bool quads = target.byteDots && isFloat && stored.isInteger(8) &&
               contracted == 1 &&
               isWorthQuads(getBodyShape(contraction->getOperand(1))[0]);
  input.value =
      load ? packWeight(b, load, lanes, contracted,
                        isFloat ? stored
                                : getElementTypeOrSelf(argument.getType()),
                        quads)
           : packTensor(b, scan.getLoc(), input.value, lanes, contracted);
  input.lanes = lanes;
  input.packedSlice = argument.getType();
  input.index.assign(cast<RankedTensorType>(input.value.getType()).getRank(),
                     IndexEntry::all());
  if (!load || !isFloat || !stored.isInteger())
    return;
  Value scale = scaleWeight(b, load, contracted);
  IndexList whole(cast<RankedTensorType>(scale.getType()).getRank(),
                  IndexEntry::all());
  integers.push_back(argument);
  operands.inputs.push_back({scale, whole});
}

/// Every sum over a row of integers is multiplied by the row's scale.
void ScanPacker::multiplyByScales(ScanOp packed) {
  unsigned next = scan.getDomain().size() + 1 + scan.getInputs().size();
  for (Value matrix : integers) {
    Value input = packed.getInputs()[next - scan.getDomain().size() - 1];
    Value scale = packed.getBodyBlock()->insertArgument(next++, input.getType(),
                                                        packed.getLoc());
    for (Operation *op : plan.contractions) {
      if (op->getOperand(0) != matrix)
        continue;
      b.setInsertionPointAfter(op);
      Value sum = op->getResult(0);
      Operation *scaled = arith::MulFOp::create(b, op->getLoc(), sum, scale);
      sum.replaceAllUsesExcept(scaled->getResult(0), scaled);
    }
  }
}

void ScanPacker::run() {
  for (Operation *op : plan.contractions)
    packOperand(op);
  auto packed = ScanOp::create(b, scan.getLoc(), operands, nullptr);
  packed->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  packed.getBody().takeBody(scan.getBody());
  multiplyByScales(packed);
  scan->replaceAllUsesWith(packed);
  scan.erase();
}

namespace {
struct Pack : public seqc::impl::PackBase<Pack> {
  using PackBase::PackBase;

  void runOnOperation() override {
    Builder builder(&getContext());
    Type stored = llvm::StringSwitch<Type>(weightType)
                      .Case("f32", builder.getF32Type())
                      .Case("bf16", builder.getBF16Type())
                      .Case("f16", builder.getF16Type())
                      .Case("i8", builder.getI8Type())
                      .Default(Type());
    if (!stored) {
      getOperation().emitError("weights are stored in f32, bf16, f16 or i8, "
                               "found '")
          << weightType << "'";
      return signalPassFailure();
    }
    VectorTarget target{lanes, registers};
    target.byteDots = byteDots;
    SmallVector<ScanOp> scans;
    getOperation()->walk([&](ScanOp scan) { scans.push_back(scan); });
    for (ScanOp scan : scans) {
      AlternativeAttr given = getAlternative(scan);
      bool naive = given && given.getForm() == Form::Naive;
      std::string reason;
      FailureOr<RecurrentPlan> plan = planRecurrent(scan, reason);
      if (!naive && succeeded(plan))
        ScanPacker(scan, *plan, target, stored).run();
    }
  }
};
} // namespace
