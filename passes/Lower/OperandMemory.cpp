//===- OperandMemory.cpp - where a value of a body lies in memory ---------===//

#include "passes/Lower/OperandMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace seqc;
using seqc::seq::IndexEntry;

OperandMemory OperandMemory::sliced(Value memref, ArrayRef<IndexEntry> list,
                                    int64_t laneSymbol) {
  OperandMemory memory{memref, {}, laneSymbol};
  int64_t body = 0;
  for (const IndexEntry &entry : list) {
    switch (entry.kind) {
    case IndexEntry::Domain:
      memory.axes.push_back({Axis::Domain, entry.symbol});
      break;
    case IndexEntry::Time:
      memory.axes.push_back({Axis::Time, entry.lag, entry.every});
      break;
    case IndexEntry::All:
      memory.axes.push_back({Axis::Body, body++});
      break;
    case IndexEntry::Window:
      memory.axes.push_back({Axis::Window, entry.symbol, entry.stride});
      memory.windowDims.push_back(body++);
      break;
    }
  }
  return memory;
}

static Value constantIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

static Value addIndex(OpBuilder &b, Location loc, Value x, Value y) {
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}

MemoryEmitter::Address MemoryEmitter::resolve(OpBuilder &b, Location loc,
                                              const OperandMemory &memory,
                                              const RowContext &row,
                                              const TileContext &tile,
                                              BodyIndex index) const {
  using Axis = OperandMemory::Axis;
  Address address;
  int64_t windows = 0;
  auto bodyIndex = [&](int64_t dim) {
    return getValueOrCreateConstantIndexOp(b, loc, index[dim]);
  };
  // One lane alone finds its half of the word here.
  auto laneOffset = [&](int64_t vectors) -> Value {
    if (vectors > 1)
      return b.createOrFold<arith::MulIOp>(
          loc,
          b.createOrFold<arith::RemUIOp>(loc, tile.tile,
                                         constantIndex(b, loc, vectors)),
          constantIndex(b, loc, lanes));
    if (memory.pairedDim < 0 || lanes > 1)
      return constantIndex(b, loc, 0);
    return b.createOrFold<arith::RemUIOp>(loc, bodyIndex(memory.pairedDim),
                                          constantIndex(b, loc, 2));
  };
  for (auto [i, axis] : llvm::enumerate(memory.axes)) {
    bool isLane =
        axis.kind == Axis::LaneOffset ||
        (axis.kind == Axis::Body && !index[axis.number]) ||
        (axis.kind == Axis::Domain && axis.number == memory.laneSymbol);
    if (isLane) {
      address.laneAxis = i;
      address.indices.push_back(
          axis.kind == Axis::LaneOffset ? laneOffset(axis.stride) : tile.base);
      continue;
    }
    switch (axis.kind) {
    case Axis::Domain:
      address.indices.push_back(row.domain[axis.number]);
      break;
    case Axis::Time: {
      Value step = b.createOrFold<arith::SubIOp>(
          loc, row.time, constantIndex(b, loc, axis.number));
      address.indices.push_back(b.createOrFold<arith::DivUIOp>(
          loc, step, constantIndex(b, loc, axis.stride)));
      break;
    }
    case Axis::BlockStep:
      address.indices.push_back(row.blockStep);
      break;
    case Axis::Body: {
      Value at = bodyIndex(axis.number);
      if (axis.number == memory.pairedDim)
        // Half, rounded down: what is asked for ahead may lie before 0.
        at = b.createOrFold<arith::ShRSIOp>(loc, at, constantIndex(b, loc, 1));
      address.indices.push_back(at);
      break;
    }
    case Axis::Window: {
      Value start = b.createOrFold<arith::MulIOp>(
          loc, row.domain[axis.number], constantIndex(b, loc, axis.stride));
      address.indices.push_back(
          addIndex(b, loc, start, bodyIndex(memory.windowDims[windows++])));
      break;
    }
    case Axis::Tile:
      address.indices.push_back(b.createOrFold<arith::DivUIOp>(
          loc, tile.tile, constantIndex(b, loc, axis.stride)));
      break;
    case Axis::Slot:
      address.indices.push_back(constantIndex(b, loc, tile.slot));
      break;
    case Axis::Fixed:
      address.indices.push_back(axis.value);
      break;
    case Axis::LaneOffset:
      break;
    }
  }
  auto type = cast<MemRefType>(memory.memref.getType());
  address.contiguous =
      address.laneAxis == type.getRank() - 1 && type.isLastDimUnitStride();
  return address;
}

SmallVector<Value> MemoryEmitter::laneAddress(OpBuilder &b, Location loc,
                                              const Address &address,
                                              const TileContext &tile,
                                              int64_t lane) const {
  SmallVector<Value> indices = address.indices;
  Value &index = indices[address.laneAxis];
  index = addIndex(b, loc, index, constantIndex(b, loc, lane));
  if (tile.mask) {
    Value last =
        arith::SubIOp::create(b, loc, tile.size, constantIndex(b, loc, 1));
    index = arith::MinSIOp::create(b, loc, index, last);
  }
  return indices;
}

/// A row of the operand, or, before the first step, of its history.
Value MemoryEmitter::loadShifted(OpBuilder &b, Location loc,
                                 const OperandMemory &memory,
                                 const RowContext &row, const TileContext &tile,
                                 BodyIndex index) const {
  OperandMemory inside = memory, before = memory;
  before.memref = memory.history;
  inside.history = before.history = Value();
  Value known;
  for (auto [i, axis] : llvm::enumerate(before.axes))
    if (axis.kind == OperandMemory::Axis::Time) {
      known = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, row.time,
                                    constantIndex(b, loc, axis.number));
      axis.number -= cast<MemRefType>(memory.history.getType()).getDimSize(i);
    }
  auto branch = [&](const OperandMemory &where) {
    return [&](OpBuilder &nested, Location loc) {
      scf::YieldOp::create(nested, loc,
                           load(nested, loc, where, row, tile, index));
    };
  };
  return scf::IfOp::create(b, loc, known, branch(inside), branch(before))
      .getResult(0);
}

Value MemoryEmitter::load(OpBuilder &b, Location loc,
                          const OperandMemory &memory, const RowContext &row,
                          const TileContext &tile, BodyIndex index) const {
  if (memory.history)
    return loadShifted(b, loc, memory, row, tile, index);
  if (memory.pairedDim >= 0 && lanes > 1)
    return loadPaired(b, loc, memory, row, tile, index);
  Value stored = loadStored(b, loc, memory, row, tile, index);
  if (!memory.element || getElementTypeOrSelf(stored) == memory.element)
    return stored;
  Type type = memory.element;
  if (auto vector = dyn_cast<VectorType>(stored.getType()))
    type = VectorType::get(vector.getShape(), type);
  if (isa<FloatType>(getElementTypeOrSelf(stored)))
    return arith::ExtFOp::create(b, loc, type, stored);
  return arith::SIToFPOp::create(b, loc, type, stored);
}

/// The words of all lanes, and of each the half that counts as the upper half
/// of an f32, which is what a bf16 is. Neighbours load the same words.
Value MemoryEmitter::loadPaired(OpBuilder &b, Location loc,
                                const OperandMemory &memory,
                                const RowContext &row, const TileContext &tile,
                                BodyIndex index) const {
  auto words = VectorType::get({lanes}, b.getI32Type());
  auto constant = [&](int64_t bits) -> Value {
    return arith::ConstantOp::create(
        b, loc, SplatElementsAttr::get(words, b.getI32IntegerAttr(bits)));
  };
  Value pairs = loadWords(b, loc, memory, row, tile, index, 2);
  Value bits = vector::BitCastOp::create(b, loc, words, pairs);
  // Where the place along k is known, so is what of this is needed.
  Value at = getValueOrCreateConstantIndexOp(b, loc, index[memory.pairedDim]);
  Value odd = arith::IndexCastOp::create(
      b, loc, b.getI32Type(),
      b.createOrFold<arith::RemUIOp>(loc, at, constantIndex(b, loc, 2)));
  Value shift = arith::MulIOp::create(
      b, loc,
      arith::SubIOp::create(
          b, loc, arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1)),
          odd),
      arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(16)));
  bits = arith::ShLIOp::create(
      b, loc, bits, vector::BroadcastOp::create(b, loc, words, shift));
  bits = arith::AndIOp::create(b, loc, bits, constant(-65536));
  return arith::BitcastOp::create(
      b, loc, VectorType::get({lanes}, memory.element), bits);
}

Value MemoryEmitter::loadWords(OpBuilder &b, Location loc,
                               const OperandMemory &memory,
                               const RowContext &row, const TileContext &tile,
                               BodyIndex index, int64_t together) const {
  Type element = cast<MemRefType>(memory.memref.getType()).getElementType();
  return vector::LoadOp::create(
      b, loc, VectorType::get({lanes * together}, element), memory.memref,
      resolve(b, loc, memory, row, tile, index).indices);
}

Value MemoryEmitter::loadStored(OpBuilder &b, Location loc,
                                const OperandMemory &memory,
                                const RowContext &row, const TileContext &tile,
                                BodyIndex index) const {
  Address address = resolve(b, loc, memory, row, tile, index);
  auto type = cast<MemRefType>(memory.memref.getType());
  if (address.laneAxis < 0 || lanes == 1)
    return memref::LoadOp::create(b, loc, memory.memref, address.indices);
  auto vector = VectorType::get({lanes}, type.getElementType());
  bool masked = tile.mask && !memory.padded;
  if (address.contiguous && !masked)
    return vector::LoadOp::create(b, loc, vector, memory.memref,
                                  address.indices);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vector));
  if (address.contiguous)
    return vector::MaskedLoadOp::create(b, loc, vector, memory.memref,
                                        address.indices, tile.mask, zero);
  Value result = zero;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    Value element = memref::LoadOp::create(
        b, loc, memory.memref, laneAddress(b, loc, address, tile, lane));
    result = vector::InsertOp::create(b, loc, element, result, lane);
  }
  return result;
}

void MemoryEmitter::prefetch(OpBuilder &b, Location loc,
                             const OperandMemory &memory, const RowContext &row,
                             const TileContext &tile, BodyIndex index,
                             bool isWrite, uint32_t locality) const {
  memref::PrefetchOp::create(b, loc, memory.memref,
                             resolve(b, loc, memory, row, tile, index).indices,
                             isWrite, locality, /*isDataCache=*/true);
}

Value MemoryEmitter::isAligned(OpBuilder &b, Location loc, Value memref) const {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.getLayout().isIdentity() || !isa<FloatType>(type.getElementType()))
    return Value();
  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value).getResult();
  };
  int64_t bytes = lanes * type.getElementTypeBitWidth() / 8;
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  Value extent =
      b.createOrFold<memref::DimOp>(loc, memref, constant(type.getRank() - 1));
  Value beyond = arith::RemUIOp::create(b, loc, address, constant(bytes));
  Value ragged = arith::RemUIOp::create(b, loc, extent, constant(lanes));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                               arith::AddIOp::create(b, loc, beyond, ragged),
                               constant(0));
}

void MemoryEmitter::storeVector(OpBuilder &b, Location loc, Value value,
                                const OperandMemory &memory,
                                ValueRange indices) const {
  if (!memory.pastCaches) {
    vector::StoreOp::create(b, loc, value, memory.memref, indices);
    return;
  }
  int64_t bytes =
      lanes * getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth() / 8;
  auto emit = [&](bool past) {
    return [&, past](OpBuilder &nested, Location loc) {
      vector::StoreOp::create(nested, loc, value, memory.memref, indices, past,
                              past ? llvm::MaybeAlign(bytes)
                                   : llvm::MaybeAlign());
      scf::YieldOp::create(nested, loc);
    };
  };
  scf::IfOp::create(b, loc, memory.pastCaches, emit(true), emit(false));
}

void MemoryEmitter::store(OpBuilder &b, Location loc, Value value,
                          const OperandMemory &memory, const RowContext &row,
                          const TileContext &tile, BodyIndex index) const {
  Address address = resolve(b, loc, memory, row, tile, index);
  if (address.laneAxis < 0 || lanes == 1) {
    memref::StoreOp::create(b, loc, value, memory.memref, address.indices);
    return;
  }
  if (!isa<VectorType>(value.getType()))
    value = vector::BroadcastOp::create(
        b, loc, VectorType::get({lanes}, value.getType()), value);
  bool masked = tile.mask && !memory.padded;
  if (address.contiguous && !masked)
    return storeVector(b, loc, value, memory, address.indices);
  if (address.contiguous) {
    vector::MaskedStoreOp::create(b, loc, memory.memref, address.indices,
                                  tile.mask, value);
    return;
  }
  for (int64_t lane = 0; lane < lanes; ++lane) {
    Value element = vector::ExtractOp::create(b, loc, value, lane);
    auto indices = laneAddress(b, loc, address, tile, lane);
    if (!masked) {
      memref::StoreOp::create(b, loc, element, memory.memref, indices);
      continue;
    }
    Value inside = vector::ExtractOp::create(b, loc, tile.mask, lane);
    scf::IfOp::create(b, loc, inside, [&](OpBuilder &nested, Location loc) {
      memref::StoreOp::create(nested, loc, element, memory.memref, indices);
      scf::YieldOp::create(nested, loc);
    });
  }
}
