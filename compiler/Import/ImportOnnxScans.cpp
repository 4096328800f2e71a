//===- ImportOnnxScans.cpp - Operators that walk one dimension ------------===//
//
// Cumulative sums and products are scans along their axes. The k largest
// elements are a scan of k steps, each of which looks for the largest element
// behind the last one.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace seqc::onnx {

using namespace mlir;
using llvm::Error;
using Builder = ImplicitLocOpBuilder;
using seq::IndexEntry;
using seq::IndexList;

namespace {

/// A scan along one axis, with all other dimensions as its domain.
struct AxisScan {
  seq::ScanOperands operands;
  IndexList along; ///< The axis is time.
  IndexList state; ///< The domain alone.
  Shape domain;

  AxisScan(Importer &importer, ArrayRef<Dim> shape, int64_t axis)
      : operands(importer.b.getLoc()) {
    for (auto [i, dim] : llvm::enumerate(shape)) {
      if (int64_t(i) == axis) {
        along.push_back(IndexEntry::time());
        continue;
      }
      along.push_back(IndexEntry::domain(int64_t(domain.size())));
      state.push_back(along.back());
      domain.push_back(dim);
      operands.domain.push_back(importer.getExtent(dim));
    }
    operands.time = importer.getExtent(shape[axis]);
  }
};

} // namespace

/// A cumulative sum, old + x, or product, x old: both a step of seq.affine.
static Error importCumulative(NodeImporter &node, bool product) {
  Importer &importer = node.importer;
  Operand data = node.getInput(0);
  mlir::Type element = importer.getType(data.type);
  bool exclusive = node.context.getInt("exclusive", 0) != 0;
  AxisScan scan(importer, data.shape, node.resolved.axes.front());
  mlir::Value neutral =
      importer.buildConstant(element, int64_t(product ? 1 : 0));
  scan.operands.inputs = {{importer.materialize(data), scan.along}};
  scan.operands.outs = {{importer.buildEmpty(data.shape, element), scan.along}};
  scan.operands.carries = {
      {importer.buildFilled(scan.domain, neutral), scan.state}};
  scan.operands.reverse = node.context.getInt("reverse", 0) != 0;
  auto op = seq::ScanOp::create(
      node.b, scan.operands,
      [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        Builder b(loc, nested);
        mlir::Value old = body.carries[0], x = body.inputs[0], next;
        if (isa<FloatType>(element)) {
          mlir::Value other = arith::ConstantOp::create(
              b, b.getFloatAttr(element, product ? 0.0 : 1.0));
          next = seq::AffineOp::create(
              b, element, product ? x : other, old, product ? other : x,
              UnitAttr(),
              seq::SemiringAttr::get(b.getContext(), seq::Semiring::PlusTimes));
        } else if (product) {
          next = arith::MulIOp::create(b, old, x);
        } else {
          next = arith::AddIOp::create(b, old, x);
        }
        seq::YieldOp::create(b, ValueRange{exclusive ? old : next},
                             ValueRange{next});
      });
  node.setOutput(0, op.getResult(0));
  return Error::success();
}

static Error importCumSum(NodeImporter &node) {
  return importCumulative(node, /*product=*/false);
}

static Error importCumProd(NodeImporter &node) {
  return importCumulative(node, /*product=*/true);
}

/// Whether x comes before y in the order that is asked for.
static mlir::Value isBefore(Builder &b, ElementType type, bool largest,
                            mlir::Value x, mlir::Value y) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  if (isFloat(type))
    return arith::CmpFOp::create(b, largest ? F::OGT : F::OLT, x, y);
  bool u = isZeroExtended(type);
  return arith::CmpIOp::create(
      b, largest ? (u ? I::ugt : I::sgt) : (u ? I::ult : I::slt), x, y);
}

static mlir::Value isSame(Builder &b, ElementType type, mlir::Value x,
                          mlir::Value y) {
  if (isFloat(type))
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, y);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
}

namespace {

/// Finds in a row the element that follows the last one in the order.
class NextLargest {
public:
  NextLargest(Builder &b, ElementType type, bool largest)
      : b(b), type(type), largest(largest) {}

  /// The element and its index in `row`; `last` and `lastIndex` are those of
  /// the step before, with the index -1 at the first.
  std::pair<mlir::Value, mlir::Value> build(mlir::Value row, mlir::Value last,
                                            mlir::Value lastIndex);

private:
  mlir::Value isBetter(mlir::Value x, mlir::Value here, mlir::Value best,
                       mlir::Value bestIndex);
  mlir::Value isLeft(mlir::Value x, mlir::Value here, mlir::Value last,
                     mlir::Value lastIndex);

  Builder &b;
  ElementType type;
  bool largest;
};

} // namespace

/// Whether an element has not been taken yet: it is behind the last one.
mlir::Value NextLargest::isLeft(mlir::Value x, mlir::Value here,
                                mlir::Value last, mlir::Value lastIndex) {
  mlir::Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  mlir::Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lastIndex, none);
  mlir::Value later =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, here, lastIndex);
  mlir::Value tie = arith::AndIOp::create(b, isSame(b, type, x, last), later);
  mlir::Value behind = isBefore(b, type, largest, last, x);
  return arith::OrIOp::create(b, isFirst, arith::OrIOp::create(b, behind, tie));
}

/// Whether an element is better than the best so far, which has the index -1
/// where there is none. Of equal ones the first is best.
mlir::Value NextLargest::isBetter(mlir::Value x, mlir::Value here,
                                  mlir::Value best, mlir::Value bestIndex) {
  mlir::Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  mlir::Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, bestIndex, none);
  return arith::OrIOp::create(b, isFirst, isBefore(b, type, largest, x, best));
}

std::pair<mlir::Value, mlir::Value>
NextLargest::build(mlir::Value row, mlir::Value last, mlir::Value lastIndex) {
  mlir::Type i64 = b.getI64Type();
  mlir::Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  auto start = [&](mlir::Value value) -> mlir::Value {
    mlir::Value empty =
        tensor::EmptyOp::create(b, ArrayRef<int64_t>(), value.getType());
    return linalg::FillOp::create(b, value, empty).getResult(0);
  };
  mlir::Value best = start(last), bestIndex = start(none);
  MLIRContext *context = b.getContext();
  AffineMap whole = AffineMap::getMultiDimIdentityMap(1, context);
  AffineMap scalar = AffineMap::get(1, 0, context);
  auto op = linalg::GenericOp::create(
      b, TypeRange{best.getType(), bestIndex.getType()}, row,
      ValueRange{best, bestIndex}, ArrayRef<AffineMap>{whole, scalar, scalar},
      utils::IteratorType::reduction,
      [&](OpBuilder &nested, Location loc, ValueRange x) {
        Builder inner(loc, nested);
        NextLargest next(inner, type, largest);
        mlir::Value here = arith::IndexCastOp::create(
            inner, i64, linalg::IndexOp::create(inner, 0));
        mlir::Value taken = arith::AndIOp::create(
            inner, next.isLeft(x[0], here, last, lastIndex),
            next.isBetter(x[0], here, x[1], x[2]));
        linalg::YieldOp::create(
            inner,
            ValueRange{arith::SelectOp::create(inner, taken, x[0], x[1]),
                       arith::SelectOp::create(inner, taken, here, x[2])});
      });
  return {tensor::ExtractOp::create(b, op.getResult(0), ValueRange{}),
          tensor::ExtractOp::create(b, op.getResult(1), ValueRange{})};
}

static Error importTopK(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand data = node.getInput(0);
  mlir::Type element = importer.getType(data.type);
  mlir::Type i64 = node.b.getI64Type();
  const Shape &shape = node.getOutputInfo(node.hasOutput(0) ? 0 : 1).shape;
  int64_t axis = node.resolved.axes.front();
  bool largest = node.context.getInt("largest", 1) != 0;
  AxisScan scan(importer, shape, axis);
  IndexList rows = scan.along;
  rows[axis] = IndexEntry::all();
  scan.operands.inputs = {{importer.materialize(data), rows}};
  scan.operands.outs = {{importer.buildEmpty(shape, element), scan.along},
                        {importer.buildEmpty(shape, i64), scan.along}};
  scan.operands.carries = {
      {importer.buildFilled(scan.domain,
                            importer.buildConstant(element, int64_t(0))),
       scan.state},
      {importer.buildFilled(scan.domain,
                            importer.buildConstant(i64, int64_t(-1))),
       scan.state}};
  auto op = seq::ScanOp::create(
      node.b, scan.operands,
      [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        Builder b(loc, nested);
        auto [value, index] =
            NextLargest(b, data.type, largest)
                .build(body.inputs[0], body.carries[0], body.carries[1]);
        seq::YieldOp::create(b, SmallVector<mlir::Value>{value, index},
                             SmallVector<mlir::Value>{value, index});
      });
  node.setOutput(0, op.getResult(0));
  node.setOutput(1, op.getResult(1));
  return Error::success();
}

llvm::ArrayRef<OpImporter> getScanImporters() {
  static const OpImporter importers[] = {{"CumProd", importCumProd},
                                         {"CumSum", importCumSum},
                                         {"TopK", importTopK}};
  return importers;
}

} // namespace seqc::onnx
