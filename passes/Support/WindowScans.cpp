//===- WindowScans.cpp - scans that multiply windows ----------------------===//

#include "passes/Support/WindowScans.h"

#include "mlir/IR/Matchers.h"
#include "passes/Support/BodyConstants.h"

using namespace mlir;
using namespace seqc;
using seq::IndexEntry;

/// Whether the schedule leaves open how the steps are walked.
static bool hasOpenSchedule(seq::ScanOp scan) {
  return !scan.getSchedule() ||
         llvm::all_of(*scan.getSchedule(), [](Attribute attr) {
           auto given = cast<seq::AlternativeAttr>(attr);
           return given.getForm() == seq::Form::Recurrent && !given.getBlock();
         });
}

bool seqc::isOpenWithoutPast(seq::ScanOp scan) {
  auto isNow = [](const IndexEntry &entry) {
    return entry.lag == 0 && entry.every == 1;
  };
  if (!scan.getCarries().empty() || scan.getOuts().size() != 1 ||
      scan.hasLengths() || !hasOpenSchedule(scan) ||
      !llvm::all_of(scan.getOutIndex(0), isNow))
    return false;
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    if (!llvm::all_of(scan.getInputIndex(i), isNow))
      return false;
  auto isUnused = [](BlockArgument argument) { return argument.use_empty(); };
  return llvm::all_of(scan.getDomainArguments(), isUnused) &&
         isUnused(scan.getTimeArgument());
}

TypedAttr seqc::getNumber(Value value) {
  FloatAttr number;
  if (matchPattern(value, m_Constant(&number)))
    return number;
  return getRepeatedNumber(value);
}
