//===- ShapeModels.cpp - extents of ops that do not tell them -------------===//

#include "passes/Support/ShapeModels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

using namespace mlir;

namespace {

struct CollapseShapeModel
    : ReifyRankedShapedTypeOpInterface::ExternalModel<CollapseShapeModel,
                                                      memref::CollapseShapeOp> {
  LogicalResult reifyResultShapes(Operation *op, OpBuilder &b,
                                  ReifiedRankedShapedTypeDims &reified) const {
    auto collapse = cast<memref::CollapseShapeOp>(op);
    Location loc = op->getLoc();
    SmallVector<OpFoldResult> &extents = reified.emplace_back();
    for (auto [group, extent] :
         llvm::zip_equal(collapse.getReassociationIndices(),
                         collapse.getResultType().getShape())) {
      if (!ShapedType::isDynamic(extent)) {
        extents.push_back(b.getIndexAttr(extent));
        continue;
      }
      Value product;
      for (int64_t dim : group) {
        if (collapse.getSrcType().getDimSize(dim) == 1)
          continue;
        Value factor =
            b.createOrFold<memref::DimOp>(loc, collapse.getSrc(), dim);
        product =
            product ? arith::MulIOp::create(b, loc, product, factor).getResult()
                    : factor;
      }
      extents.push_back(product);
    }
    return success();
  }
};

} // namespace

void seqc::registerShapeModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, memref::MemRefDialect *) {
    memref::CollapseShapeOp::attachInterface<CollapseShapeModel>(*context);
  });
}
