//===- ScanInputs.cpp - what a scan's body reads --------------------------===//

#include "passes/Support/ScanInputs.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace seqc;

seq::ScanOp seqc::dropUnusedInputs(seq::ScanOp scan) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(*scan.getBodyBlock())))
    if (isOpTriviallyDead(&op))
      op.erase();
  seq::ScanOperands operands = scan.getScanOperands();
  SmallVector<seq::ScanOperands::Input> given(operands.inputs);
  SmallVector<Value> arguments;
  operands.inputs.clear();
  for (auto [input, argument] : llvm::zip(given, scan.getInputArguments()))
    if (!argument.use_empty() || input.history) {
      operands.inputs.push_back(input);
      arguments.push_back(argument);
    }
  if (operands.inputs.size() == given.size())
    return scan;
  OpBuilder b(scan);
  auto fresh = seq::ScanOp::create(
      b, scan.getLoc(), operands,
      [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(scan.getDomainArguments(), body.domain);
        mapping.map(Value(scan.getTimeArgument()), body.time);
        mapping.map(ValueRange(arguments), body.inputs);
        mapping.map(scan.getCarryArguments(), body.carries);
        for (Operation &op : *scan.getBodyBlock())
          nested.clone(op, mapping);
      });
  fresh->setDiscardableAttrs(scan->getDiscardableAttrDictionary());
  scan->replaceAllUsesWith(fresh);
  scan.erase();
  return fresh;
}
