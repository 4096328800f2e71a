//===- EqualExtents.cpp - extents that must be the same -------------------===//

#include "passes/Support/EqualExtents.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

unsigned EqualExtents::getNode(OpFoldResult extent) {
  std::optional<int64_t> number = getConstantIntValue(extent);
  if (!number)
    return getNode(cast<Value>(extent), -1);
  auto [it, isNew] = numbers.try_emplace(*number, count);
  if (isNew)
    classes.grow(++count);
  return it->second;
}

unsigned EqualExtents::getNode(Value value, int64_t dim) {
  if (auto type = dyn_cast<RankedTensorType>(value.getType());
      type && !type.isDynamicDim(dim))
    return getNode(OpFoldResult(IntegerAttr::get(
        IndexType::get(value.getContext()), type.getDimSize(dim))));
  auto [it, isNew] = nodes.try_emplace({value, dim}, count);
  if (isNew)
    classes.grow(++count);
  return it->second;
}

static int64_t getTensorRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

void EqualExtents::joinExtents(Value value, ArrayRef<OpFoldResult> extents) {
  for (auto [dim, extent] : llvm::enumerate(extents))
    join(getNode(value, dim), getNode(extent));
}

void EqualExtents::joinAll(Value a, Value b) {
  for (int64_t dim = 0; dim < getTensorRank(a); ++dim)
    join(getNode(a, dim), getNode(b, dim));
}

bool EqualExtents::haveSame(Value a, Value b) {
  return llvm::all_of(llvm::seq(getTensorRank(a)),
                      [&](int64_t dim) { return haveSame(a, dim, b, dim); });
}

bool EqualExtents::haveSame(Value a, int64_t x, Value b, int64_t y) {
  return classes.findLeader(getNode(a, x)) == classes.findLeader(getNode(b, y));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Arguments' dimensions of one name.
void EqualExtents::joinNames(Block &block) {
  auto function = dyn_cast_or_null<func::FuncOp>(block.getParentOp());
  llvm::StringMap<unsigned> named;
  if (!function)
    return;
  // A pass may have added arguments that the function does not know yet.
  for (BlockArgument argument :
       block.getArguments().take_front(function.getNumArguments())) {
    auto names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(),
                                                      "seq.dims");
    if (!names || int64_t(names.size()) != getTensorRank(argument))
      continue;
    for (auto [dim, attr] : llvm::enumerate(names)) {
      auto name = dyn_cast<StringAttr>(attr);
      if (!name || name.empty())
        continue;
      unsigned node = getNode(argument, dim);
      join(named.try_emplace(name, node).first->second, node);
    }
  }
}

/// A dimension that only ones stand beside.
void EqualExtents::joinGroups(Value whole, Value parts,
                              ArrayRef<ReassociationIndices> groups) {
  auto type = cast<RankedTensorType>(parts.getType());
  for (auto [dim, group] : llvm::enumerate(groups)) {
    SmallVector<int64_t> others;
    llvm::copy_if(group, std::back_inserter(others),
                  [&](int64_t part) { return type.getDimSize(part) != 1; });
    if (others.size() == 1)
      join(getNode(whole, dim), getNode(parts, others.front()));
  }
}

/// What one loop walks.
void EqualExtents::joinLoops(linalg::LinalgOp op) {
  llvm::DenseMap<unsigned, unsigned> walked;
  for (OpOperand &operand : op->getOpOperands()) {
    if (getTensorRank(operand.get()) == 0)
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
        unsigned node = getNode(operand.get(), dim);
        join(walked.try_emplace(loop.getPosition(), node).first->second, node);
      }
  }
}

void EqualExtents::joinDomain(seq::ScanOp op) {
  auto add = [&](Value value, const seq::IndexList &index) {
    for (auto [dim, entry] : llvm::enumerate(index))
      if (entry.kind == seq::IndexEntry::Domain)
        join(getNode(value, dim),
             getNode(OpFoldResult(op.getDomain()[entry.symbol])));
  };
  for (auto [i, input] : llvm::enumerate(op.getInputs()))
    add(input, op.getInputIndex(i));
  for (auto [i, out] : llvm::enumerate(op.getOuts()))
    add(out, op.getOutIndex(i));
  for (auto [i, carry] : llvm::enumerate(op.getCarries()))
    add(carry, op.getCarryIndex(i));
}

void EqualExtents::visit(Operation *op) {
  if (auto style = dyn_cast<DestinationStyleOpInterface>(op))
    for (OpResult result : op->getResults())
      joinAll(result, style.getTiedOpOperand(result)->get());
  if (OpTrait::hasElementwiseMappableTraits(op)) {
    Value result = op->getResult(0);
    for (Value operand : op->getOperands())
      if (getTensorRank(operand) == getTensorRank(result))
        joinAll(operand, result);
  }
  llvm::TypeSwitch<Operation *>(op)
      .Case<linalg::LinalgOp>([&](auto op) { joinLoops(op); })
      .Case<seq::ScanOp>([&](auto op) { joinDomain(op); })
      .Case<tensor::DimOp>([&](tensor::DimOp op) {
        if (std::optional<int64_t> dim = op.getConstantIndex();
            dim && *dim < getTensorRank(op.getSource()))
          join(getNode(OpFoldResult(op.getResult())),
               getNode(op.getSource(), *dim));
      })
      .Case<tensor::EmptyOp>([&](tensor::EmptyOp op) {
        joinExtents(op.getResult(), op.getMixedSizes());
      })
      .Case<tensor::CastOp>([&](tensor::CastOp op) {
        if (getTensorRank(op.getSource()) == getTensorRank(op.getResult()))
          joinAll(op.getSource(), op.getResult());
      })
      .Case<tensor::ExpandShapeOp>([&](tensor::ExpandShapeOp op) {
        joinExtents(op.getResult(), op.getMixedOutputShape());
        joinGroups(op.getSrc(), op.getResult(), op.getReassociationIndices());
      })
      .Case<tensor::CollapseShapeOp>([&](tensor::CollapseShapeOp op) {
        joinGroups(op.getResult(), op.getSrc(), op.getReassociationIndices());
      })
      .Case<tensor::ExtractSliceOp>([&](tensor::ExtractSliceOp op) {
        llvm::SmallBitVector dropped = op.getDroppedDims();
        SmallVector<OpFoldResult> extents;
        for (auto [dim, size] : llvm::enumerate(op.getMixedSizes()))
          if (!dropped.test(dim))
            extents.push_back(size);
        joinExtents(op.getResult(), extents);
      })
      .Case<tensor::ConcatOp>([&](tensor::ConcatOp op) {
        for (Value input : op.getInputs())
          for (int64_t dim = 0; dim < getTensorRank(input); ++dim)
            if (dim != int64_t(op.getDim()))
              join(getNode(input, dim), getNode(op.getResult(), dim));
      })
      .Case<tensor::PadOp>([&](tensor::PadOp op) {
        for (int64_t dim = 0; dim < getTensorRank(op.getResult()); ++dim)
          if (isZeroInteger(op.getMixedLowPad()[dim]) &&
              isZeroInteger(op.getMixedHighPad()[dim]))
            join(getNode(op.getSource(), dim), getNode(op.getResult(), dim));
      });
}

EqualExtents::EqualExtents(Block &block) {
  joinNames(block);
  for (Operation &op : block)
    visit(&op);
}
