//===- ModelFunction.cpp - the function that is the model -----------------===//

#include "passes/Support/ModelFunction.h"

using namespace mlir;
using namespace seqc;

FailureOr<func::FuncOp> seqc::findModelFunction(ModuleOp module) {
  SmallVector<func::FuncOp> found;
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isDeclaration())
      found.push_back(function);
  if (found.size() == 1)
    return found.front();
  return module.emitError("required one public func.func, the model, found ")
         << found.size();
}
