//===- NamedWeights.cpp - Weights of a model in text ----------------------===//

#include "compiler/Import/NamedWeights.h"

#include "compiler/Status.h"
#include "dialects/Seq/SeqOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace seqc;

Type seqc::getElementType(MLIRContext *context, llvm::StringRef type) {
  Builder b(context);
  return llvm::StringSwitch<Type>(type)
      .Case("F64", b.getF64Type())
      .Case("F32", b.getF32Type())
      .Case("F16", b.getF16Type())
      .Case("BF16", b.getBF16Type())
      .Case("BOOL", b.getI1Type())
      .Cases({"I8", "U8"}, b.getI8Type())
      .Cases({"I16", "U16"}, b.getI16Type())
      .Cases({"I32", "U32"}, b.getI32Type())
      .Cases({"I64", "U64"}, b.getI64Type())
      .Default(Type());
}

std::string seqc::describe(const SafeTensor &tensor) {
  std::string shape =
      llvm::join(llvm::map_range(tensor.shape, llvm::itostr), "x");
  return tensor.type + " of " + (shape.empty() ? "one number" : shape);
}

/// Reports what is wrong with `op`, or replaces it.
static LogicalResult resolve(seq::NamedWeightOp op, const Safetensors &file) {
  const SafeTensor *tensor = file.find(op.getName());
  if (!tensor)
    return op.emitOpError("needs a tensor '")
           << op.getName() << "' in '" << file.path << "', found none";
  auto type = cast<RankedTensorType>(op.getType());
  if (getElementType(op.getContext(), tensor->type) != type.getElementType() ||
      tensor->getNumElements() != type.getNumElements())
    return op.emitOpError("needs ")
           << type << " as tensor '" << op.getName() << "' of '" << file.path
           << "', found " << describe(*tensor);
  OpBuilder b(op);
  op.replaceAllUsesWith(
      seq::WeightDataOp::create(b, op.getLoc(), type, file.path, tensor->offset)
          .getResult());
  op.erase();
  return success();
}

llvm::Error seqc::resolveNamedWeights(ModuleOp module, llvm::StringRef path) {
  SmallVector<seq::NamedWeightOp> ops;
  module.walk([&](seq::NamedWeightOp op) { ops.push_back(op); });
  if (path.empty()) {
    for (seq::NamedWeightOp op : ops)
      op.emitOpError("needs a file of weights with '")
          << op.getName() << "' (--weights-from), found none";
    return ops.empty() ? llvm::Error::success() : reported(Status::BadInput);
  }
  if (ops.empty())
    return badInput("--weights-from: required a model with seq.named_weight, "
                    "found none in it");
  llvm::Expected<Safetensors> file = readSafetensors(path);
  if (!file)
    return asBadInput(file.takeError());
  bool failedAny = false;
  for (seq::NamedWeightOp op : ops)
    failedAny |= failed(resolve(op, *file));
  return failedAny ? reported(Status::BadInput) : llvm::Error::success();
}
