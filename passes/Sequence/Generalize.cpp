//===- Generalize.cpp - named loops become plain ones ---------------------===//

#include "passes/Sequence/Generalize.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

LogicalResult seqc::generalizeNamedOps(func::FuncOp function) {
  SmallVector<linalg::LinalgOp> named;
  for (auto op : function.getBody().front().getOps<linalg::LinalgOp>())
    if (!isa<linalg::GenericOp, linalg::FillOp>(op))
      named.push_back(op);
  IRRewriter rewriter(function.getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::generalizeNamedOp(rewriter, op)))
      return op.emitError("'")
             << op->getName() << "' has no form as loops over elements";
  }
  return success();
}
