//===- RowProduct.cpp - A constant matrix times many vectors --------------===//

#include "compiler/Import/RowProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace seqc::onnx {

using namespace mlir;
using Builder = ImplicitLocOpBuilder;
using seq::IndexEntry;
using seq::IndexList;

/// One step of time holds all rows: the result has a dimension for it, which is
/// dropped again.
mlir::Value buildRowProduct(Importer &importer, const RowProduct &product) {
  Builder &b = importer.b;
  mlir::Type element = importer.getType(product.x.type);
  Shape timed = product.shape;
  timed.insert(timed.begin(), Dim(1));
  IndexList outIndex = product.outIndex;
  outIndex.insert(outIndex.begin(), IndexEntry::time());
  IndexList whole(product.matrix.shape.size(), IndexEntry::all());

  seq::ScanOperands scan(b.getLoc());
  for (const Dim &extent : product.domain)
    scan.domain.push_back(importer.getExtent(extent));
  scan.time = importer.buildIndex(1);
  scan.inputs = {{importer.materialize(product.x), product.index},
                 {importer.materialize(product.matrix), whole}};
  if (product.bias)
    scan.inputs.push_back(
        {importer.materialize(*product.bias), {IndexEntry::all()}});
  scan.outs = {{importer.buildEmpty(timed, element), outIndex}};
  auto rows = importer.getTensorType({product.matrix.shape.front()}, element);
  auto op = seq::ScanOp::create(
      b, scan, [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        Builder inner(loc, nested);
        auto plus = seq::SemiringAttr::get(inner.getContext(),
                                           seq::Semiring::PlusTimes);
        mlir::Value y = seq::MatvecOp::create(inner, rows, body.inputs[1],
                                              body.inputs[0], plus);
        if (product.alpha != 1.0) {
          auto scale = DenseElementsAttr::get(
              rows, inner.getFloatAttr(element, product.alpha));
          y = arith::MulFOp::create(inner, y,
                                    arith::ConstantOp::create(inner, scale));
        }
        if (product.bias)
          y = arith::AddFOp::create(inner, y, body.inputs[2]);
        seq::YieldOp::create(inner, ValueRange{y}, ValueRange{});
      });
  return importer.buildReshape(op.getResult(0), timed, product.shape);
}

} // namespace seqc::onnx
