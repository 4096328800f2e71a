//===- Decompose.cpp - composite transitions become their ops -------------===//
//
// The last moment at which a transition is one op: after the forms of scans are
// fixed, before their bodies become loops and vectors.
//
//===----------------------------------------------------------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"

namespace seqc {
#define GEN_PASS_DEF_DECOMPOSE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;

namespace {
struct Decompose : public seqc::impl::DecomposeBase<Decompose> {
  void runOnOperation() override {
    seqc::seq::decomposeTransitions(getOperation());
  }
};
} // namespace
