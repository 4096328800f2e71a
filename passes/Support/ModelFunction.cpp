//===- ModelFunction.cpp - the function that is the model -----------------===//

#include "passes/Support/ModelFunction.h"

using namespace mlir;
using namespace seqc;

std::string seqc::getTensorName(DictionaryAttr attrs, bool isResult,
                                unsigned index) {
  auto name = attrs ? attrs.getAs<StringAttr>("seq.name") : StringAttr();
  return name ? name.str()
              : (isResult ? "result" : "arg") + std::to_string(index);
}

std::string seqc::getDimName(DictionaryAttr attrs, bool isResult,
                             unsigned index, int64_t axis, bool isDynamic) {
  auto names = attrs ? attrs.getAs<ArrayAttr>("seq.dims") : ArrayAttr();
  StringAttr name;
  if (names && axis < static_cast<int64_t>(names.size()))
    name = dyn_cast<StringAttr>(names[axis]);
  if ((name && !name.empty()) || !isDynamic)
    return name ? name.str() : "";
  return getTensorName(attrs, isResult, index) + "_dim" + std::to_string(axis);
}

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
