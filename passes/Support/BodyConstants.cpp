//===- BodyConstants.cpp - constants that bodies of scans read ------------===//

#include "passes/Support/BodyConstants.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace seqc;

TypedAttr seqc::getRepeatedNumber(Value value) {
  DenseElementsAttr elements;
  if (!isa<RankedTensorType>(value.getType()) ||
      !matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return {};
  return elements.getSplatValue<TypedAttr>();
}

void seqc::moveConstantsIntoBodies(Operation *root) {
  root->walk([](seq::ScanOp scan) {
    scan.getBodyBlock()->walk([&](Operation *op) {
      for (OpOperand &operand : op->getOpOperands()) {
        TypedAttr number = getRepeatedNumber(operand.get());
        if (!number || scan->isProperAncestor(operand.get().getDefiningOp()))
          continue;
        OpBuilder b(op);
        Value one = arith::ConstantOp::create(b, op->getLoc(), number);
        operand.set(tensor::SplatOp::create(b, op->getLoc(), one,
                                            operand.get().getType()));
      }
    });
  });
}
