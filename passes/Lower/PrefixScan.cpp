//===- PrefixScan.cpp - a scan that only the next one reads ---------------===//

#include "passes/Lower/PrefixScan.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// The memory that `memref` is a view of.
static Value getRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

/// The scan that writes `memref` as an out, where `scan` alone reads it; null
/// where other ops use it.
static ScanOp findWriter(ScanOp scan, Value memref) {
  if (!memref.getDefiningOp<memref::AllocOp>())
    return {};
  ScanOp writer;
  for (OpOperand &use : memref.getUses()) {
    if (use.getOwner() == scan || isa<memref::DeallocOp>(use.getOwner()))
      continue;
    auto other = dyn_cast<ScanOp>(use.getOwner());
    if (!other || writer || llvm::count(other->getOperands(), memref) != 1 ||
        !llvm::is_contained(other.getOuts(), memref))
      return {};
    writer = other;
  }
  return writer;
}

/// Whether an out by `written` is read by `read` in the step that wrote it.
static bool isSameStep(ArrayRef<IndexEntry> written,
                       ArrayRef<IndexEntry> read) {
  int64_t to = findTime(written), from = findTime(read);
  return to >= 0 && to == from && written[to].every == 1 &&
         read[from].every == 1 && read[from].lag == 0;
}

/// Whether all that `prefix` writes is read by `scan` alone, step by step.
static bool isReadByScan(ScanOp prefix, ScanOp scan) {
  for (auto [i, out] : llvm::enumerate(prefix.getOuts())) {
    if (findWriter(scan, out) != prefix)
      return false;
    bool isRead = false;
    for (auto [j, input] : llvm::enumerate(scan.getInputs())) {
      if (input != out)
        continue;
      isRead = true;
      if (scan.getInputHistory()[j] >= 0 ||
          !isSameStep(prefix.getOutIndex(i), scan.getInputIndex(j)))
        return false;
    }
    if (!isRead || llvm::is_contained(scan.getOuts(), out) ||
        llvm::is_contained(scan.getCarries(), out))
      return false;
  }
  return true;
}

/// Whether nothing from `prefix` to the end of `scan` may write what `prefix`
/// reads.
static bool keepsInputs(ScanOp prefix, ScanOp scan) {
  SmallVector<Value> inputs;
  for (Value input : prefix.getInputs())
    inputs.push_back(getRoot(input));
  auto writesInput = [&](ValueRange written) {
    return llvm::any_of(written, [&](Value memref) {
      return llvm::is_contained(inputs, getRoot(memref));
    });
  };
  for (Operation *op = prefix->getNextNode(); op; op = op->getNextNode()) {
    if (auto other = dyn_cast<ScanOp>(op)) {
      if (writesInput(other.getOuts()) || writesInput(other.getCarries()) ||
          writesInput(other.getHistories()))
        return false;
    } else if (auto structured = dyn_cast<linalg::LinalgOp>(op)) {
      if (writesInput(structured.getDpsInits()))
        return false;
    } else if (!isPure(op) && !isa<memref::AllocOp>(op)) {
      return false;
    }
    if (op == scan)
      return true;
  }
  return false;
}

ScanOp seqc::findPrefixScan(ScanOp scan) {
  if (scan.getCarries().empty())
    return {};
  for (Value input : scan.getInputs()) {
    ScanOp prefix = findWriter(scan, input);
    if (prefix && prefix->getBlock() == scan->getBlock() &&
        prefix->isBeforeInBlock(scan) && prefix.getCarries().empty() &&
        prefix.getHistories().empty() && !prefix.hasLengths() &&
        prefix.getReverse() == scan.getReverse() &&
        prefix.getTime() == scan.getTime() && isReadByScan(prefix, scan) &&
        keepsInputs(prefix, scan))
      return prefix;
  }
  return {};
}
