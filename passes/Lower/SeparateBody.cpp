//===- SeparateBody.cpp - what a scan computes beside a dimension ---------===//

#include "passes/Lower/SeparateBody.h"
#include "passes/Lower/BodyCauses.h"
#include "passes/Lower/ScanParts.h"

using namespace mlir;
using namespace seqc;

namespace {
class BodySeparator {
public:
  BodySeparator(seq::ScanOp scan, const DimOfValues &dims)
      : scan(scan), dims(dims), causes(scan) {}

  FailureOr<SeparatedScan> run();

private:
  using Part = ScanParts::Part;

  bool lacks(Value value) const { return !dims.count(value); }
  bool isReadByRest(Value value);
  LogicalResult findKept(Part &early, Part &held);

  seq::ScanOp scan;
  const DimOfValues &dims;
  CauseAnalysis causes;
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
  if (early.isEmpty() && held.isEmpty()) {
    separated.rest = scan;
    separated.dims = dims;
    return separated;
  }
  // The rows that a history keeps would be read by several scans.
  if (!scan.getHistories().empty())
    return failure();
  ScanParts parts(scan);
  for (const Part *part : {&early, &held})
    if (!part->isEmpty())
      separated.prefixes.push_back(parts.build(*part));
  separated.rest = parts.build(rest);
  for (auto [value, dim] : dims)
    if (parts.getLastMapping().contains(value))
      separated.dims[parts.getLastMapping().lookup(value)] = dim;
  parts.finish();
  return separated;
}

FailureOr<SeparatedScan> seqc::separateBody(seq::ScanOp scan,
                                            const DimOfValues &dims) {
  return BodySeparator(scan, dims).run();
}
