//===- DomainPrefix.cpp - lanes along a domain symbol: what runs ahead ----===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Lower/DomainNest.h"
#include "passes/Lower/PrefixScan.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

bool DomainNest::takeUp(ScanOp other, const RecurrentPlan &otherPlan) {
  if (isFree() || pointSymbol >= 0 || streamedBytes > 0 ||
      otherPlan.kind != RecurrentPlan::Lanes::Domain ||
      otherPlan.rolledExtent > 0 || needsStaging(other, otherPlan))
    return false;
  auto nest = std::make_unique<DomainNest>(b, other, otherPlan, target, block);
  nest->allocate();
  // A thread computes for its points of the domain, whatever its lanes are.
  auto getPoints = [](ScanOp of, ArrayRef<int64_t> symbols) {
    return llvm::map_to_vector(
        symbols, [&](int64_t symbol) { return of.getDomain()[symbol]; });
  };
  if (!nest->isFree() || nest->pointSymbol >= 0 ||
      getPoints(other, nest->symbols) != getPoints(scan, symbols))
    return false;
  prefix = std::move(nest);
  prefix->isPrefix = true;
  return true;
}

/// Room for a block's steps of what the prefix writes, for each thread.
void DomainNest::allocatePrefix() {
  ScanOp from = prefix->scan;
  for (auto [i, out] : llvm::enumerate(from.getOuts())) {
    auto type = cast<MemRefType>(out.getType());
    int64_t time = findTime(from.getOutIndex(i));
    SmallVector<int64_t> shape(type.getShape());
    shape[time] = block;
    SmallVector<Value> dynamic;
    for (auto [d, extent] : llvm::enumerate(shape))
      if (ShapedType::isDynamic(extent))
        dynamic.push_back(memref::DimOp::create(b, loc, out, d));
    Value room = memref::AllocOp::create(
        b, loc, MemRefType::get(shape, type.getElementType()), dynamic);
    auto place = [&](OperandMemory where) {
      where.memref = room;
      where.axes[time] = {OperandMemory::Axis::BlockStep};
      return where;
    };
    prefix->outMemories[i] = place(prefix->getOutMemory(i));
    for (auto [j, input] : llvm::enumerate(scan.getInputs())) {
      if (input != out)
        continue;
      Value argument = scan.getInputArguments()[j];
      prefixArguments.insert(argument);
      emitter.setMemory(
          argument, place(OperandMemory::sliced(input, scan.getInputIndex(j),
                                                plan.laneSymbol)));
    }
  }
  prefix->setInputMemories();
}

/// Asks for what the emitter's rows and tiles read in the next block: between
/// blocks the scan after this one reads and writes much else.
void DomainNest::prefetchNextBlock() {
  Value last = sub(scan.getTime(), constant(1));
  for (auto [i, argument] : llvm::enumerate(scan.getInputArguments())) {
    IndexList list = scan.getInputIndex(i);
    if (findTime(list) < 0)
      continue;
    OperandMemory where =
        OperandMemory::sliced(scan.getInputs()[i], list, plan.laneSymbol);
    SmallVector<OpFoldResult> at = emitter.toBodyIndex(
        b, argument, SmallVector<int64_t>(getBodyShape(argument).size()));
    for (RowContext row : emitter.getRows()) {
      row.time = scan.getReverse()
                     ? b.createOrFold<arith::MaxSIOp>(
                           loc, sub(row.time, constant(block)), constant(0))
                     : min(add(row.time, constant(block)), last);
      for (const TileContext &tile : emitter.getTiles())
        memory.prefetch(b, loc, where, row, tile, at);
    }
  }
}

/// The steps [start, stop) of the prefix, for the points of `items`.
void DomainNest::lowerPrefix(std::pair<Value, Value> items, Value start,
                             Value stop) {
  Value each = countItemsOfPoint(), others = prefix->countItemsOfPoint();
  Value low = div(items.first, each);
  Value high = div(sub(add(items.second, each), constant(1)), each);
  prefix->lowerFreeBlock({mul(low, others), mul(high, others)}, start, stop);
}
