//===- SeparateBody.cpp - what a scan computes beside a dimension ---------===//

#include "passes/Lower/SeparateBody.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Lower/BodyCauses.h"
#include "passes/Support/BodySlice.h"

using namespace mlir;
using namespace seqc;

namespace {
class BodySeparator {
public:
  BodySeparator(seq::ScanOp scan, const DimOfValues &dims)
      : scan(scan), dims(dims), causes(scan), operands(scan.getScanOperands()),
        results(scan->getNumResults()) {}

  FailureOr<SeparatedScan> run();

private:
  /// The yielded values and carries of one of the scans.
  struct Part {
    SmallVector<unsigned> outs, carries; ///< Of the scan that is separated.
    SmallVector<Value> kept;             ///< Written for the parts after it.
  };

  bool lacks(Value value) const { return !dims.count(value); }
  bool isReadByRest(Value value);
  LogicalResult findKept(Part &early, Part &held);
  seq::ScanOp buildPart(const Part &part);
  seq::ScanOperands makeOperands(const Part &part, const BodySlice &slice);
  Value makeEmpty(Type slice);
  seq::IndexList getIndex(Type slice);

  seq::ScanOp scan;
  const DimOfValues &dims;
  CauseAnalysis causes;
  seq::ScanOperands operands;
  SmallVector<Value> results;
  /// What earlier parts have written: the tensor for each value of the body.
  llvm::MapVector<Value, Value> known;
  IRMapping lastMapping; ///< The body's values to those of the last part.
};
} // namespace

/// Whether an op whose result has the dimension reads `value`.
bool BodySeparator::isReadByRest(Value value) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return llvm::any_of(user->getResults(),
                        [&](Value result) { return !lacks(result); });
  });
}

/// The values that lack the dimension and that what has it reads: those that
/// need no carry but are slow, carries, and those that follow from carries.
LogicalResult BodySeparator::findKept(Part &early, Part &held) {
  for (Value carry : scan.getCarryArguments()) {
    if (!lacks(carry) || !isReadByRest(carry))
      continue;
    if (!isa<FloatType>(getElementTypeOrSelf(carry.getType())))
      return failure();
    held.kept.push_back(carry);
  }
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    for (Value value : op.getResults()) {
      bool isRead = isReadByRest(value);
      Causes cause = causes.of(value);
      bool isSlow = cause.time && (cause.slow || cause.sums);
      if (!lacks(value) || !isRead || !(cause.carry || isSlow))
        continue;
      if (!isa<FloatType>(getElementTypeOrSelf(value.getType()))) {
        if (cause.carry)
          return failure();
        continue;
      }
      (cause.carry ? held : early).kept.push_back(value);
    }
  return success();
}

seq::IndexList BodySeparator::getIndex(Type slice) {
  seq::IndexList list = {seq::IndexEntry::time()};
  for (unsigned symbol = 0; symbol < operands.domain.size(); ++symbol)
    list.push_back(seq::IndexEntry::domain(symbol));
  if (auto shaped = dyn_cast<RankedTensorType>(slice))
    list.append(shaped.getRank(), seq::IndexEntry::all());
  return list;
}

/// An uninitialised tensor [T, domain..., slice...].
Value BodySeparator::makeEmpty(Type slice) {
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
seq::ScanOperands BodySeparator::makeOperands(const Part &part,
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

seq::ScanOp BodySeparator::buildPart(const Part &part) {
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

FailureOr<SeparatedScan> BodySeparator::run() {
  SeparatedScan separated;
  Part early, held, rest;
  if (failed(findKept(early, held)))
    return failure();
  auto choose = [&](Value seen) -> Part & { return lacks(seen) ? held : rest; };
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    choose(value).outs.push_back(i);
  for (auto [i, value] : llvm::enumerate(scan.getCarryArguments()))
    choose(value).carries.push_back(i);
  bool hasHeld =
      !held.outs.empty() || !held.carries.empty() || !held.kept.empty();
  if (early.kept.empty() && !hasHeld) {
    separated.rest = scan;
    separated.dims = dims;
    return separated;
  }
  // The rows that a history keeps would be read by several scans.
  if (!scan.getHistories().empty())
    return failure();
  if (!early.kept.empty())
    separated.prefixes.push_back(buildPart(early));
  if (hasHeld)
    separated.prefixes.push_back(buildPart(held));
  separated.rest = buildPart(rest);
  for (auto [value, dim] : dims)
    if (lastMapping.contains(value))
      separated.dims[lastMapping.lookup(value)] = dim;
  scan->replaceAllUsesWith(results);
  scan.erase();
  return separated;
}

FailureOr<SeparatedScan> seqc::separateBody(seq::ScanOp scan,
                                            const DimOfValues &dims) {
  return BodySeparator(scan, dims).run();
}
