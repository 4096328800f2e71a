//===- SeqDialect.cpp - registration of the seq dialect -------------------===//

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FoldInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace seqc::seq;

#include "dialects/Seq/SeqDialect.cpp.inc"
#include "dialects/Seq/SeqEnums.cpp.inc"
#include "dialects/Seq/SeqInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Seq/SeqAttrs.cpp.inc"

namespace {
/// A weight's initialiser keeps its constants: it is taken out of the module to
/// be evaluated.
struct WeightFolding : public DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;

  bool shouldMaterializeInto(Region *region) const override {
    return isa<WeightOp>(region->getParentOp());
  }
};
} // namespace

void SeqDialect::initialize() {
  addInterfaces<WeightFolding>();
  addOperations<
#define GET_OP_LIST
#include "dialects/Seq/SeqOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Seq/SeqAttrs.cpp.inc"
      >();
}

bool ActivationAttr::takesBeta(Activation kind) {
  return kind == Activation::Affine || kind == Activation::ScaledTanh ||
         kind == Activation::HardSigmoid;
}

bool ActivationAttr::takesAlpha(Activation kind) {
  return takesBeta(kind) || kind == Activation::LeakyRelu ||
         kind == Activation::ThresholdedRelu || kind == Activation::Elu;
}

LogicalResult
ActivationAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       Activation kind, FloatAttr alpha, FloatAttr beta) {
  if (takesAlpha(kind) != static_cast<bool>(alpha))
    return emitError() << "activation " << stringifyActivation(kind)
                       << (alpha ? " takes no alpha" : " needs an alpha");
  if (takesBeta(kind) != static_cast<bool>(beta))
    return emitError() << "activation " << stringifyActivation(kind)
                       << (beta ? " takes no beta" : " needs a beta");
  return success();
}

LogicalResult
AlternativeAttr::verify(function_ref<InFlightDiagnostic()> emitError, Form form,
                        int64_t minTime, int64_t chunk, int64_t block,
                        int64_t fan) {
  if (minTime < 0 || chunk < 0 || block < 0)
    return emitError() << "alternative: min_time, chunk and block must not be "
                          "negative";
  if (chunk != 0 && (form == Form::Naive || form == Form::Recurrent))
    return emitError()
           << "alternative: chunk belongs to forms that split time, "
              "found in "
           << stringifyForm(form);
  if (block != 0 && form == Form::Naive)
    return emitError() << "alternative: the naive form has no block";
  if (fan != 0 && (fan < 2 || form != Form::Parallel))
    return emitError()
           << "alternative: fan must be at least 2, in the parallel "
              "form, found "
           << fan << " in " << stringifyForm(form);
  return success();
}

#define GET_OP_CLASSES
#include "dialects/Seq/SeqOps.cpp.inc"
