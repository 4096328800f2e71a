//===- Pack.cpp - lay matrices out for vectors ----------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_PACK
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Packs a weight when code is emitted: a new symbol whose initialiser is the
/// old one's, packed. Equal packings share one symbol.
static Value packWeight(OpBuilder &b, LoadWeightOp load, int64_t lanes,
                        int64_t contracted) {
  auto type = cast<RankedTensorType>(load.getResult().getType());
  RankedTensorType packed = PackOp::getPackedType(type, lanes, contracted);
  auto module = load->getParentOfType<ModuleOp>();
  std::string name =
      (load.getWeight() + "_packed" + Twine(lanes) + "x" + Twine(contracted))
          .str();
  if (!module.lookupSymbol(name)) {
    auto source = module.lookupSymbol<WeightOp>(load.getWeight());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfter(source);
    auto clone = cast<WeightOp>(b.clone(*source));
    clone.setSymName(name);
    clone.setType(packed);
    auto yield = cast<YieldOp>(clone.getBody().front().getTerminator());
    b.setInsertionPoint(yield);
    Value result = PackOp::create(b, load.getLoc(), packed, yield.getOuts()[0],
                                  lanes, contracted);
    yield.getOutsMutable().assign(result);
  }
  return LoadWeightOp::create(b, load.getLoc(), packed, name);
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

/// Replaces `scan` by one that reads its matrices packed.
static void packScan(ScanOp scan, const RecurrentPlan &plan, int64_t lanes) {
  OpBuilder b(scan);
  ScanOperands operands = scan.getScanOperands();
  for (Operation *op : plan.contractions) {
    auto argument = cast<BlockArgument>(op->getOperand(0));
    unsigned number = argument.getArgNumber() - scan.getDomain().size() - 1;
    ScanOperands::Input &input = operands.inputs[number];
    if (input.lanes != 0)
      continue;
    int64_t contracted = getBodyShape(op->getOperand(1)).size();
    auto load = input.value.getDefiningOp<LoadWeightOp>();
    input.value =
        load ? packWeight(b, load, lanes, contracted)
             : packTensor(b, scan.getLoc(), input.value, lanes, contracted);
    input.lanes = lanes;
    input.packedSlice = argument.getType();
    input.index.assign(cast<RankedTensorType>(input.value.getType()).getRank(),
                       IndexEntry::all());
  }
  auto packed = ScanOp::create(b, scan.getLoc(), operands, nullptr);
  packed->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  packed.getBody().takeBody(scan.getBody());
  scan->replaceAllUsesWith(packed);
  scan.erase();
}

namespace {
struct Pack : public seqc::impl::PackBase<Pack> {
  using PackBase::PackBase;

  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation()->walk([&](ScanOp scan) { scans.push_back(scan); });
    for (ScanOp scan : scans) {
      bool naive = scan.getSchedule() &&
                   cast<AlternativeAttr>(scan.getSchedule()->getValue().back())
                           .getForm() == Form::Naive;
      std::string reason;
      FailureOr<RecurrentPlan> plan = planRecurrent(scan, reason);
      if (!naive && succeeded(plan))
        packScan(scan, *plan, lanes);
    }
  }
};
} // namespace
