//===- FixedPoint.cpp - f32 vectors as bytes ------------------------------===//

#include "passes/Lower/FixedPoint.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace seqc;

/// The largest integer of three balanced digits.
static constexpr float largest = 0x7f7f7f;
/// Vectors without a larger magnitude are rounded as if they had this one: the
/// scale's reciprocal stays finite.
static constexpr float smallest = 0x1p-100f;

FixedPointEmitter::FixedPointEmitter(OpBuilder &builder, Location loc,
                                     const MemoryEmitter &memory)
    : b(builder), loc(loc), memory(memory),
      floats(VectorType::get({memory.lanes}, builder.getF32Type())),
      words(VectorType::get({memory.lanes}, builder.getI32Type())),
      bytes(VectorType::get({memory.lanes}, builder.getI8Type())) {}

Value FixedPointEmitter::splat(TypedAttr number, Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    number = DenseElementsAttr::get(vector, Attribute(number));
  return arith::ConstantOp::create(b, loc, number);
}

Value FixedPointEmitter::integer(int64_t number) {
  return splat(b.getI32IntegerAttr(number), words);
}

Value FixedPointEmitter::real(float number) {
  return splat(b.getF32FloatAttr(number), floats);
}

Value FixedPointEmitter::broadcast(Value scalar) {
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({memory.lanes}, scalar.getType()), scalar);
}

FixedVectors FixedPointEmitter::allocate(Value rows, int64_t extent) {
  int64_t padded = llvm::divideCeil(extent, memory.lanes) * memory.lanes;
  std::optional<int64_t> known = getConstantIntValue(rows);
  auto make = [&](SmallVector<int64_t> shape, Type element) -> Value {
    shape.insert(shape.begin(), known.value_or(ShapedType::kDynamic));
    return memref::AllocOp::create(b, loc, MemRefType::get(shape, element),
                                   known ? ValueRange() : ValueRange(rows));
  };
  return {make({fixedDigits, padded}, b.getI8Type()),
          make({fixedDigits}, b.getI32Type()), make({}, b.getF32Type())};
}

/// The elements from `base` on; `left` are left, or at least a vector of them.
Value FixedPointEmitter::loadVector(const OperandMemory &source,
                                    const RowContext &row, Value base,
                                    int64_t left) {
  TileContext tile;
  tile.base = base;
  tile.tile = arith::DivUIOp::create(
      b, loc, base, arith::ConstantIndexOp::create(b, loc, memory.lanes));
  if (left < memory.lanes) {
    Value count = arith::ConstantIndexOp::create(b, loc, left);
    tile.size = arith::AddIOp::create(b, loc, base, count);
    tile.mask = vector::CreateMaskOp::create(
        b, loc, VectorType::get({memory.lanes}, b.getI1Type()), count);
  }
  Value loaded = memory.load(b, loc, source, row, tile, {OpFoldResult()});
  if (!tile.mask)
    return loaded;
  return arith::SelectOp::create(b, loc, tile.mask, loaded, real(0));
}

SmallVector<Value> FixedPointEmitter::forEachVector(
    const OperandMemory &source, const RowContext &row, int64_t extent,
    SmallVector<Value> carried,
    function_ref<SmallVector<Value>(Value, Value, ValueRange)> visit) {
  int64_t whole = extent / memory.lanes * memory.lanes;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto loop = scf::ForOp::create(b, loc, constant(0), constant(whole),
                                 constant(memory.lanes), carried);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value base = loop.getInductionVar();
    Value elements = loadVector(source, row, base, memory.lanes);
    scf::YieldOp::create(b, loc,
                         visit(base, elements, loop.getRegionIterArgs()));
  }
  carried = loop.getResults();
  if (whole == extent)
    return carried;
  Value elements = loadVector(source, row, constant(whole), extent - whole);
  return visit(constant(whole), elements, carried);
}

/// The largest magnitude, not a number where an element is none.
Value FixedPointEmitter::findLargest(const OperandMemory &source,
                                     const RowContext &row, int64_t extent) {
  Value most =
      forEachVector(source, row, extent, {real(smallest)},
                    [&](Value, Value elements, ValueRange carried) {
                      Value size = math::AbsFOp::create(b, loc, elements);
                      return SmallVector<Value>{
                          arith::MaximumFOp::create(b, loc, size, carried[0])};
                    })[0];
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::MAXIMUMF,
                                     most);
}

void FixedPointEmitter::convert(const FixedVectors &to,
                                const OperandMemory &source,
                                const RowContext &row, int64_t extent) {
  Value most = findLargest(source, row, extent);
  Value limit = splat(b.getF32FloatAttr(largest), b.getF32Type());
  memref::StoreOp::create(b, loc, arith::DivFOp::create(b, loc, most, limit),
                          to.scales, row.place);
  Value inverse = broadcast(arith::DivFOp::create(b, loc, limit, most));
  auto digit = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(b, loc, number);
  };
  // Sums of the integer, of what is left without its last digit, and so on.
  SmallVector<Value> sums = forEachVector(
      source, row, extent, SmallVector<Value>(fixedDigits, integer(0)),
      [&](Value base, Value elements, ValueRange carried) {
        Value scaled = arith::MulFOp::create(b, loc, elements, inverse);
        scaled = arith::MaxNumFOp::create(b, loc, scaled, real(-largest));
        scaled = arith::MinNumFOp::create(b, loc, scaled, real(largest));
        Value left = arith::FPToSIOp::create(
            b, loc, words, math::RoundEvenOp::create(b, loc, scaled));
        SmallVector<Value> next;
        for (int64_t i = 0; i < fixedDigits; ++i) {
          if (i > 0)
            left = arith::ShRSIOp::create(
                b, loc, arith::AddIOp::create(b, loc, left, integer(128)),
                integer(8));
          vector::StoreOp::create(b, loc,
                                  arith::TruncIOp::create(b, loc, bytes, left),
                                  to.digits, {row.place, digit(i), base});
          next.push_back(arith::AddIOp::create(b, loc, carried[i], left));
        }
        return next;
      });
  for (int64_t i = 0; i < fixedDigits; ++i) {
    Value sum = sums[i];
    if (i + 1 < fixedDigits)
      sum = arith::SubIOp::create(
          b, loc, sum, arith::ShLIOp::create(b, loc, sums[i + 1], integer(8)));
    sum = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, sum);
    Value minus = splat(b.getI32IntegerAttr(-128), b.getI32Type());
    memref::StoreOp::create(b, loc, arith::MulIOp::create(b, loc, sum, minus),
                            to.starts, ValueRange{row.place, digit(i)});
  }
}

Value FixedPointEmitter::loadStart(const FixedVectors &from,
                                   const RowContext &row, int64_t digit) {
  Value number = arith::ConstantIndexOp::create(b, loc, digit);
  return broadcast(memref::LoadOp::create(b, loc, from.starts,
                                          ValueRange{row.place, number}));
}

Value FixedPointEmitter::loadQuad(const FixedVectors &from,
                                  const RowContext &row, int64_t digit,
                                  Value quad) {
  Value number = arith::ConstantIndexOp::create(b, loc, digit);
  Value first = arith::MulIOp::create(
      b, loc, quad, arith::ConstantIndexOp::create(b, loc, quadSize));
  Value four =
      vector::LoadOp::create(b, loc, VectorType::get({quadSize}, b.getI8Type()),
                             from.digits, ValueRange{row.place, number, first});
  Value word = vector::ExtractOp::create(
      b, loc,
      vector::BitCastOp::create(b, loc, VectorType::get({1}, b.getI32Type()),
                                four),
      0);
  return vector::BitCastOp::create(
      b, loc, VectorType::get({memory.lanes * quadSize}, b.getI8Type()),
      broadcast(word));
}

Value FixedPointEmitter::addProducts(Value sum, Value weights, Value digits) {
  // Registers of 512 and 256 bits are x86's, of 128 Arm's.
  StringRef name = memory.lanes == 16  ? "llvm.x86.avx512.vpdpbusd.512"
                   : memory.lanes == 8 ? "llvm.x86.avx512.vpdpbusd.256"
                                       : "llvm.aarch64.neon.usdot.v4i32.v16i8";
  return LLVM::CallIntrinsicOp::create(b, loc, sum.getType(),
                                       b.getStringAttr(name),
                                       ValueRange{sum, weights, digits})
      .getResult(0);
}

Value FixedPointEmitter::combine(const FixedVectors &from,
                                 const RowContext &row, ArrayRef<Value> sums) {
  Value result;
  for (Value sum : llvm::reverse(sums)) {
    Value part = arith::SIToFPOp::create(b, loc, floats, sum);
    result =
        result ? math::FmaOp::create(b, loc, result, real(256), part) : part;
  }
  Value scale = memref::LoadOp::create(b, loc, from.scales, row.place);
  return arith::MulFOp::create(b, loc, result, broadcast(scale));
}
