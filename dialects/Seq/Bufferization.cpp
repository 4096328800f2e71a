//===- Bufferization.cpp - the seq dialect on memrefs ---------------------===//

#include "dialects/Seq/Bufferization.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace seqc::seq;

namespace {
/// A scan on memrefs has the same body and updates its destinations.
struct ScanModel
    : public DstBufferizableOpInterfaceExternalModel<ScanModel, ScanOp> {
  /// Outs are written only: every step that an out has a row for writes it.
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !llvm::is_contained(cast<ScanOp>(op).getOuts(), operand.get()) ||
           !cast<ScanOp>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto scan = cast<ScanOp>(op);
    // Its body's tensors make a bufferized scan look as if it were none.
    if (scan.hasBufferSemantics())
      return success();
    ScanOperands operands = scan.getScanOperands();
    SmallVector<Value> destinations;
    auto replace = [&](Value &value) -> LogicalResult {
      if (!value)
        return success();
      FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
      if (failed(buffer))
        return failure();
      value = *buffer;
      return success();
    };
    for (ScanOperands::Input &input : operands.inputs)
      if (failed(replace(input.value)) || failed(replace(input.history)))
        return failure();
    if (failed(replace(operands.lengths)))
      return failure();
    for (auto *slots : {&operands.outs, &operands.carries})
      for (ScanOperands::Slot &slot : *slots) {
        if (failed(replace(slot.value)))
          return failure();
        destinations.push_back(slot.value);
      }
    for (Value history : scan.getHistories()) {
      if (failed(replace(history)))
        return failure();
      destinations.push_back(history);
    }
    auto buffered = ScanOp::create(rewriter, op->getLoc(), operands, nullptr);
    buffered->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    buffered.getBody().takeBody(scan.getBody());
    replaceOpWithBufferizedValues(rewriter, op, destinations);
    return success();
  }
};

/// A weight on memrefs is the weight's memory itself, which nothing writes.
struct LoadWeightModel
    : public BufferizableOpInterface::ExternalModel<LoadWeightModel,
                                                    LoadWeightOp> {
  FailureOr<BufferLikeType> getBufferType(Operation *, Value value,
                                          const BufferizationOptions &,
                                          const BufferizationState &,
                                          SmallVector<Value> &) const {
    auto type = cast<RankedTensorType>(value.getType());
    return cast<BufferLikeType>(
        MemRefType::get(type.getShape(), type.getElementType()));
  }
  bool isWritable(Operation *, Value, const AnalysisState &) const {
    return false;
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &,
                          BufferizationState &) const {
    auto load = cast<LoadWeightOp>(op);
    auto type = cast<RankedTensorType>(load.getResult().getType());
    replaceOpWithNewBufferizedOp<LoadWeightOp>(
        rewriter, op, MemRefType::get(type.getShape(), type.getElementType()),
        load.getWeightAttr());
    return success();
  }
};
} // namespace

void seqc::seq::registerBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SeqDialect *) {
    ScanOp::attachInterface<ScanModel>(*context);
    LoadWeightOp::attachInterface<LoadWeightModel>(*context);
  });
}
