//===- KeepRounding.cpp - additions and products as written ---------------===//

#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "passes/Gpu/GpuPasses.h"

namespace seqc {
#define GEN_PASS_DEF_KEEPROUNDING
#include "passes/Gpu/GpuPasses.h.inc"
} // namespace seqc

using namespace mlir;

namespace {
struct KeepRounding : public seqc::impl::KeepRoundingBase<KeepRounding> {
  void runOnOperation() override {
    // The name that the serializer writes as the decoration.
    auto decoration = StringAttr::get(&getContext(), "no_contraction");
    getOperation().walk([&](Operation *op) {
      if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp>(op))
        op->setAttr(decoration, UnitAttr::get(&getContext()));
    });
  }
};
} // namespace
