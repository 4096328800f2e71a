//===- EqualWeights.cpp - one symbol for equal weights --------------------===//

#include "passes/Simplify/EqualWeights.h"

#include "dialects/Seq/SeqOps.h"

using namespace mlir;
using namespace seqc;

void seqc::mergeEqualWeights(ModuleOp module) {
  llvm::DenseMap<llvm::hash_code, SmallVector<seq::WeightOp, 1>> known;
  llvm::DenseMap<StringAttr, FlatSymbolRefAttr> kept;
  for (auto weight :
       llvm::make_early_inc_range(module.getOps<seq::WeightOp>())) {
    llvm::hash_code hash = mlir::hash_value(weight.getType());
    weight.walk([&](Operation *op) {
      if (op != weight)
        hash = llvm::hash_combine(hash,
                                  OperationEquivalence::computeHash(
                                      op, OperationEquivalence::ignoreHashValue,
                                      OperationEquivalence::ignoreHashValue,
                                      OperationEquivalence::IgnoreLocations));
    });
    auto &alike = known[hash];
    auto same = llvm::find_if(alike, [&](seq::WeightOp other) {
      return other->getDiscardableAttrDictionary() ==
                 weight->getDiscardableAttrDictionary() &&
             OperationEquivalence::isRegionEquivalentTo(
                 &other.getBody(), &weight.getBody(),
                 OperationEquivalence::IgnoreLocations);
    });
    if (same == alike.end())
      alike.push_back(weight);
    else
      kept[weight.getSymNameAttr()] = FlatSymbolRefAttr::get(*same);
  }
  if (kept.empty())
    return;
  module.walk([&](seq::LoadWeightOp load) {
    auto it = kept.find(load.getWeightAttr().getAttr());
    if (it != kept.end())
      load.setWeightAttr(it->second);
  });
}
