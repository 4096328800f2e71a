//===- ShapeModels.cpp - extents of ops that do not tell them -------------===//

#include "passes/Support/ShapeModels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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

/// A branch's result is as large as what one side gives, if that is from
/// outside or made with extents from there.
struct IfModel
    : ReifyRankedShapedTypeOpInterface::ExternalModel<IfModel, scf::IfOp> {
  LogicalResult reifyResultShapes(Operation *op, OpBuilder &b,
                                  ReifiedRankedShapedTypeDims &reified) const {
    // Ops made for one result and then left behind would be tried forever.
    for (OpResult result : op->getResults())
      if (isa<ShapedType>(result.getType()) && !findMaker(result))
        return failure();
    for (OpResult result : op->getResults()) {
      SmallVector<OpFoldResult> &extents = reified.emplace_back();
      auto type = dyn_cast<MemRefType>(result.getType());
      for (int64_t dim = 0; type && dim < type.getRank(); ++dim)
        extents.push_back(
            *reifyDimOfResult(op, b, result.getResultNumber(), dim));
    }
    return success();
  }

  FailureOr<OpFoldResult> reifyDimOfResult(Operation *op, OpBuilder &b,
                                           int number, int dim) const {
    Value maker = findMaker(op->getResult(number));
    if (!maker)
      return failure();
    if (auto alloc = maker.getDefiningOp<memref::AllocOp>())
      return alloc.getMixedSizes()[dim];
    return memref::getMixedSize(b, op->getLoc(), maker, dim);
  }

private:
  /// What is from outside, or an allocation whose extents are.
  static Value findMaker(OpResult result) {
    auto branch = cast<scf::IfOp>(result.getOwner());
    auto isOutside = [&](Value value) {
      return !branch->isAncestor(value.getParentRegion()->getParentOp());
    };
    if (!isa<MemRefType>(result.getType()))
      return {};
    for (scf::YieldOp yield : {branch.elseYield(), branch.thenYield()}) {
      Value value = yield.getOperand(result.getResultNumber());
      while (auto cast = value.getDefiningOp<memref::CastOp>())
        value = cast.getSource();
      auto alloc = value.getDefiningOp<memref::AllocOp>();
      if (isOutside(value) ||
          (alloc && llvm::all_of(alloc.getDynamicSizes(), isOutside)))
        return value;
    }
    return {};
  }
};

} // namespace

void seqc::registerShapeModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, memref::MemRefDialect *) {
    memref::CollapseShapeOp::attachInterface<CollapseShapeModel>(*context);
  });
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    scf::IfOp::attachInterface<IfModel>(*context);
  });
}
