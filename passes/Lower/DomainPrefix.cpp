//===- DomainPrefix.cpp - lanes along a domain symbol: what runs ahead ----===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/DomainNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Elements of a row that a step asks for, at most.
static constexpr int64_t elementsAhead = 256;

bool DomainNest::takeUp(ScanOp other, const RecurrentPlan &otherPlan) {
  if (isFree() || pointSymbol >= 0 || streamedBytes > 0 ||
      otherPlan.kind != RecurrentPlan::Lanes::Domain ||
      otherPlan.rolledExtent > 0)
    return false;
  auto nest = std::make_unique<DomainNest>(b, other, otherPlan, target, block);
  nest->allocate();
  // A thread computes for its points of the domain, whatever its lanes are.
  auto getPoints = [](ScanOp of, ArrayRef<int64_t> symbols) {
    return llvm::map_to_vector(
        symbols, [&](int64_t symbol) { return of.getDomain()[symbol]; });
  };
  if (!nest->isFree() || nest->pointSymbol >= 0 ||
      !nest->stagedInputs.empty() ||
      getPoints(other, nest->symbols) != getPoints(scan, symbols))
    return false;
  prefix = std::move(nest);
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

/// Asks for what the prefix reads a block after `now`, at this point of the
/// domain: while a step computes, memory has little else to do.
void DomainNest::prefetchPrefix(const RowContext &now) {
  std::optional<int64_t> extent = getConstantIntValue(prefix->laneCount);
  if (!extent || *extent > elementsAhead)
    return;
  ScanOp of = prefix->scan;
  RowContext later;
  later.domain.resize(of.getDomain().size());
  for (auto [mine, its] : llvm::zip_equal(symbols, prefix->symbols))
    later.domain[its] = now.domain[mine];
  later.time = addToTime(now.time, block);
  for (auto [i, argument] : llvm::enumerate(of.getInputArguments())) {
    IndexList list = of.getInputIndex(i);
    if (findTime(list) < 0 || !getBodyShape(argument).empty())
      continue;
    OperandMemory where =
        OperandMemory::sliced(of.getInputs()[i], list, prefix->plan.laneSymbol);
    for (int64_t lane = 0; lane < *extent; lane += prefix->memory.lanes)
      memory.prefetch(b, loc, where, later,
                      prefix->makeTile(constant(lane / prefix->memory.lanes),
                                       prefix->laneCount, /*masked=*/false),
                      {}, /*isWrite=*/false, MemoryEmitter::near);
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
