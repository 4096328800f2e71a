//===- ImportOnnxLinear.cpp - Contractions --------------------------------===//
//
// A product with a constant matrix, be it of zeros that a state begins with,
// is a `seq.scan` (RowProduct.h). Other products become linalg.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/OnnxImporter.h"
#include "compiler/Import/RowProduct.h"

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

//===----------------------------------------------------------------------===//
// Products with one matrix
//===----------------------------------------------------------------------===//

/// The bias as a vector of one number per row of the matrix; nothing where it
/// has another shape and is added afterwards.
static std::optional<Operand> getRowBias(Importer &importer,
                                         const Operand &bias, const Dim &rows) {
  bool vector = !bias.shape.empty() && bias.shape.back() == rows &&
                llvm::all_of(ArrayRef<Dim>(bias.shape).drop_back(),
                             [](const Dim &dim) { return dim.isConstant(1); });
  if (!vector)
    return std::nullopt;
  return importer.reshape(bias, {rows});
}

//===----------------------------------------------------------------------===//
// Products of two tensors
//===----------------------------------------------------------------------===//

mlir::Value buildContraction(Importer &importer, ArrayRef<Operand> operands,
                             ArrayRef<AffineMap> maps, ArrayRef<Dim> shape) {
  Builder &b = importer.b;
  unsigned space = maps.front().getNumDims();
  SmallVector<utils::IteratorType> iterators(space,
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), shape.size(), utils::IteratorType::parallel);
  mlir::Type element = importer.getType(operands.front().type);
  mlir::Value zero = importer.buildConstant(element, 0.0);
  SmallVector<mlir::Value> values;
  for (const Operand &operand : operands)
    values.push_back(importer.materialize(operand));
  SmallVector<AffineMap> all(maps);
  AffineMap outMap = AffineMap::getMinorIdentityMap(shape.size(), shape.size(),
                                                    b.getContext());
  all.push_back(AffineMap::get(space, 0, outMap.getResults(), b.getContext()));
  return linalg::GenericOp::create(
             b, importer.getTensorType(shape, element), values,
             importer.buildFilled(shape, zero), all, iterators,
             [](OpBuilder &nested, Location loc, ValueRange x) {
               mlir::Value product = x.front();
               for (mlir::Value factor : x.drop_front().drop_back())
                 product = arith::MulFOp::create(nested, loc, product, factor);
               mlir::Value sum =
                   arith::AddFOp::create(nested, loc, x.back(), product);
               linalg::YieldOp::create(nested, loc, sum);
             })
      .getResult(0);
}

/// Adds a dimension of 1 to a vector, which its product loses again.
static Operand makeMatrix(Importer &importer, const Operand &operand,
                          bool isColumn) {
  if (operand.shape.size() > 1)
    return operand;
  return importer.reshape(operand, isColumn ? Shape{operand.shape[0], Dim(1)}
                                            : Shape{Dim(1), operand.shape[0]});
}

/// Drops the leading dimensions of 1 that the other operand does not have, and
/// maps the others to those of the result.
static AffineMap mapBatch(Importer &importer, Operand &operand,
                          ArrayRef<Dim> batch, AffineExpr row,
                          AffineExpr column, unsigned space) {
  Shape kept;
  SmallVector<AffineExpr> results;
  size_t own = operand.shape.size() - 2, leading = batch.size() - own;
  for (size_t i = 0; i < own; ++i)
    if (!operand.shape[i].isConstant(1) || batch[leading + i].isConstant(1)) {
      kept.push_back(operand.shape[i]);
      results.push_back(importer.b.getAffineDimExpr(leading + i));
    }
  kept.append(operand.shape.end() - 2, operand.shape.end());
  results.append({row, column});
  operand = importer.reshape(operand, kept);
  return AffineMap::get(space, 0, results, importer.b.getContext());
}

static mlir::Value buildMatMul(Importer &importer, Operand lhs, Operand rhs,
                               ArrayRef<Dim> result) {
  bool isRow = lhs.shape.size() == 1, isColumn = rhs.shape.size() == 1;
  lhs = makeMatrix(importer, lhs, false);
  rhs = makeMatrix(importer, rhs, true);
  Shape shape(result.begin(), result.end());
  if (isColumn)
    shape.push_back(Dim(1));
  if (isRow)
    shape.insert(shape.end() - 1, Dim(1));
  size_t rank = shape.size();
  Builder &b = importer.b;
  AffineExpr m = b.getAffineDimExpr(rank - 2), n = b.getAffineDimExpr(rank - 1);
  AffineExpr k = b.getAffineDimExpr(rank);
  ArrayRef<Dim> batch = ArrayRef<Dim>(shape).drop_back(2);
  AffineMap lhsMap = mapBatch(importer, lhs, batch, m, k, rank + 1);
  AffineMap rhsMap = mapBatch(importer, rhs, batch, k, n, rank + 1);
  return importer.buildReshape(
      buildContraction(importer, {lhs, rhs}, {lhsMap, rhsMap}, shape), shape,
      result);
}

static Error importMatMul(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand lhs = node.getInput(0), rhs = node.getInput(1);
  const Shape &shape = node.getOutputInfo().shape;
  if (!rhs.weight || rhs.shape.size() != 2) {
    node.setOutput(0, buildMatMul(importer, lhs, rhs, shape));
    return Error::success();
  }
  RowProduct product;
  product.matrix = importer.transpose(rhs, {1, 0});
  product.x = lhs;
  product.shape = shape;
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    product.domain.push_back(shape[i]);
    product.index.push_back(IndexEntry::domain(i));
  }
  product.index.push_back(IndexEntry::all());
  product.outIndex = product.index;
  node.setOutput(0, buildRowProduct(importer, product));
  return Error::success();
}

/// alpha * y + beta * c.
static mlir::Value addScaled(Importer &importer, const Operand &y, double alpha,
                             const Operand *c, double beta) {
  SmallVector<Operand> operands = {y};
  if (c)
    operands.push_back(*c);
  mlir::Type element = importer.getType(y.type);
  return importer.buildElementwise(
      y.shape, element, operands, [&](Builder &b, ValueRange x) {
        auto scale = [&](mlir::Value value, double factor) -> mlir::Value {
          if (factor == 1.0)
            return value;
          auto constant =
              arith::ConstantOp::create(b, b.getFloatAttr(element, factor));
          return arith::MulFOp::create(b, value, constant);
        };
        mlir::Value sum = scale(x[0], alpha);
        if (c)
          sum = arith::AddFOp::create(b, sum, scale(x[1], beta));
        return sum;
      });
}

static Error importGemm(NodeImporter &node) {
  Importer &importer = node.importer;
  Operand a = node.getInput(0), b = node.getInput(1);
  double alpha = node.context.getFloat("alpha", 1.0);
  double beta = node.context.getFloat("beta", 1.0);
  if (node.context.getInt("transA", 0))
    a = importer.transpose(a, {1, 0});
  bool transB = node.context.getInt("transB", 0) != 0;
  const Shape &shape = node.getOutputInfo().shape;
  std::optional<Operand> c;
  if (node.hasInput(2))
    c = node.getInput(2);

  Operand y;
  y.shape = shape;
  y.type = a.type;
  if (b.weight) {
    RowProduct product;
    product.matrix = transB ? b : importer.transpose(b, {1, 0});
    product.x = a;
    product.index = {IndexEntry::domain(0), IndexEntry::all()};
    product.outIndex = product.index;
    product.domain = {shape[0]};
    product.shape = shape;
    product.alpha = alpha;
    alpha = 1.0;
    if (c && beta == 1.0)
      product.bias = getRowBias(importer, *c, shape[1]);
    if (product.bias)
      c.reset();
    y.value = buildRowProduct(importer, product);
  } else {
    y.value = buildMatMul(importer, a,
                          transB ? importer.transpose(b, {1, 0}) : b, shape);
  }
  bool done = !c && alpha == 1.0;
  node.setOutput(0,
                 done ? y.value
                      : addScaled(importer, y, alpha, c ? &*c : nullptr, beta));
  return Error::success();
}

llvm::ArrayRef<OpImporter> getLinearImporters() {
  static const OpImporter importers[] = {{"Gemm", importGemm},
                                         {"MatMul", importMatMul}};
  return importers;
}

} // namespace seqc::onnx
