//===- ScanInputs.cpp - what a scan's body reads --------------------------===//

#include "passes/Support/ScanInputs.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace seqc;

int64_t seqc::getInputNumber(seq::ScanOp scan, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != scan.getBodyBlock())
    return -1;
  int64_t number = argument.getArgNumber() - scan.getDomain().size() - 1;
  return number < static_cast<int64_t>(scan.getInputs().size()) ? number : -1;
}

bool seqc::isWholeInput(seq::ScanOp scan, unsigned input) {
  return llvm::all_of(scan.getInputIndex(input),
                      [](const seq::IndexEntry &entry) {
                        return entry.kind == seq::IndexEntry::All;
                      });
}

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
