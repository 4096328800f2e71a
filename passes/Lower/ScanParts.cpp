//===- ScanParts.cpp - one scan as several --------------------------------===//

#include "passes/Lower/ScanParts.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace seqc;

seq::IndexList ScanParts::getIndex(Type slice) {
  seq::IndexList list = {seq::IndexEntry::time()};
  for (unsigned symbol = 0; symbol < operands.domain.size(); ++symbol)
    list.push_back(seq::IndexEntry::domain(symbol));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    list.append(shaped.getRank(), seq::IndexEntry::all());
  return list;
}

/// An uninitialised tensor [T, domain..., slice...].
Value ScanParts::makeEmpty(Type slice) {
  SmallVector<OpFoldResult> sizes = {getAsOpFoldResult(operands.time)};
  llvm::append_range(sizes, getAsOpFoldResult(operands.domain));
  OpBuilder b(scan);
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    for (int64_t extent : shaped.getShape())
      sizes.push_back(b.getIndexAttr(extent));
  return tensor::EmptyOp::create(b, scan.getLoc(), sizes,
                                 getElementTypeOrSelf(slice));
}

/// The operands of `part`: the inputs that `slice` reads, then what earlier
/// parts have written.
seq::ScanOperands ScanParts::makeOperands(const Part &part,
                                          const BodySlice &slice) {
  seq::ScanOperands made = operands;
  made.inputs.clear();
  made.outs.clear();
  made.carries.clear();
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments()))
    if (slice.arguments.contains(argument))
      made.inputs.push_back(input);
  for (auto &[value, tensor] : known)
    if (slice.given.contains(value))
      made.inputs.push_back({tensor, getIndex(value.getType())});
  for (unsigned out : part.outs)
    made.outs.push_back(operands.outs[out]);
  for (Value value : part.kept)
    made.outs.push_back(
        {makeEmpty(value.getType()), getIndex(value.getType())});
  for (unsigned carry : part.carries)
    made.carries.push_back(operands.carries[carry]);
  return made;
}

seq::ScanOp ScanParts::build(const Part &part) {
  seq::YieldOp yield = scan.getYield();
  SmallVector<Value> outs, carries, arguments;
  for (unsigned out : part.outs)
    outs.push_back(yield.getOuts()[out]);
  llvm::append_range(outs, part.kept);
  for (unsigned carry : part.carries)
    carries.push_back(yield.getCarries()[carry]);
  IRMapping given;
  for (auto &[value, tensor] : known)
    given.map(value, tensor);
  SmallVector<Value> wanted(outs);
  llvm::append_range(wanted, carries);
  BodySlice slice = sliceBody(scan, wanted, given);
  for (Value argument : scan.getInputArguments())
    if (slice.arguments.contains(argument))
      arguments.push_back(argument);
  for (auto &[value, tensor] : known)
    if (slice.given.contains(value))
      arguments.push_back(value);

  OpBuilder b(scan);
  auto made = seq::ScanOp::create(
      b, scan.getLoc(), makeOperands(part, slice),
      [&](OpBuilder &nested, Location loc, seq::ScanBody body) {
        IRMapping mapping;
        mapping.map(scan.getDomainArguments(), body.domain);
        mapping.map(Value(scan.getTimeArgument()), body.time);
        mapping.map(ValueRange(arguments), body.inputs);
        for (auto [carry, argument] : llvm::zip(part.carries, body.carries))
          mapping.map(Value(scan.getCarryArguments()[carry]), argument);
        cloneSlice(nested, scan, slice, mapping);
        auto look = [&](Value value) { return mapping.lookupOrDefault(value); };
        seq::YieldOp::create(nested, loc,
                             llvm::to_vector(llvm::map_range(outs, look)),
                             llvm::to_vector(llvm::map_range(carries, look)));
        lastMapping = mapping;
      });
  unsigned next = 0;
  for (unsigned out : part.outs)
    results[out] = made->getResult(next++);
  for (Value value : part.kept)
    known[value] = made->getResult(next++);
  for (unsigned carry : part.carries)
    results[operands.outs.size() + carry] = made->getResult(next++);
  return made;
}

void ScanParts::finish() {
  scan->replaceAllUsesWith(results);
  scan.erase();
}
