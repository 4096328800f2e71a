//===- TileNest.cpp - loops over tiles of vectors -------------------------===//

#include "passes/Lower/TileNest.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/TileLanes.h"
#include "passes/Support/ElementwiseGeneric.h"

#include <map>

using namespace mlir;
using namespace seqc;

namespace {
class TileNest {
public:
  TileNest(OpBuilder &b, linalg::GenericOp generic, const TilePlan &plan,
           Value start);

  void build(bool threaded);

private:
  /// A parallel loop, `step` iterations at a time.
  struct Walk {
    int64_t loop;
    int64_t step;
  };

  void chooseDivided();
  void emitWalk(unsigned index);
  void emitRest(unsigned index, Value begin);
  void setCount(int64_t loop, int64_t count);
  void onLastThread(llvm::function_ref<void()> body);

  void emitTile();
  SmallVector<Value> loadSums();
  SmallVector<Value> emitCombined(unsigned index, SmallVector<Value> sums);
  SmallVector<Value> emitLanes(SmallVector<Value> sums);
  SmallVector<Value> emitStep(ArrayRef<Value> sums, int64_t vectors);
  SmallVector<Value>
  emitLoop(Value low, Value high, int64_t step, int64_t variable,
           ArrayRef<Value> sums,
           llvm::function_ref<SmallVector<Value>(SmallVector<Value>)> body);
  void storeSums(ArrayRef<Value> sums);

  /// One accumulator of the tile.
  struct Place {
    int64_t row = 0, column = 0, vector = 0;
  };
  /// The first lane of a vector of neighbours in memory.
  struct Address {
    Value memref;
    SmallVector<Value> indices;
  };
  void forEachPlace(int64_t vectors, llvm::function_ref<void(Place)> body);
  SmallVector<Value> getIndices(unsigned operand, Place place);
  Value load(unsigned operand, Place place);
  Value loadOut(Place place);
  void store(Value value, Place place);
  Value getLeft(int64_t vector);
  Value makeMask(Value left);
  Value loadVector(Value from, ValueRange indices, Value left);
  Value loadApart(unsigned operand, Place place);
  void storeRows(ArrayRef<Value> rows, int64_t vector);
  Value findFlat(unsigned operand);
  Value countSpan(Value memref);
  Value getStride(Value memref, int64_t dim);
  Address getAddress(unsigned operand, Place place);
  Value combine(Value sum, ArrayRef<Value> inputs, Type type);
  Value combineTwo(Value x, Value y);
  bool has(unsigned operand, int64_t loop) const {
    return loop >= 0 && maps[operand].isFunctionOfDim(loop);
  }

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulIOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivUIOp::create(b, loc, x, y); }

  OpBuilder &b;
  Location loc;
  linalg::GenericOp generic;
  const TilePlan &plan;
  Value start; ///< Of every sum; null where memory has it.
  SmallVector<AffineMap> maps;
  SmallVector<Value> flat; ///< Operands as rows of elements, where needed.
  FloatType element;
  VectorType vectorType;

  SmallVector<Walk> walks;
  SmallVector<Value> extents;
  SmallVector<int64_t> staticExtents;
  int64_t divided = -1; ///< The walk that threads share.

  // The tile that is being emitted.
  SmallVector<Value> begin; ///< Of every loop.
  int64_t rows = 1, columns = 1, vectors = 1;
  Value lanesLeft; ///< From the tile's begin, where a mask is needed.
};
} // namespace

TileNest::TileNest(OpBuilder &builder, linalg::GenericOp generic,
                   const TilePlan &plan, Value start)
    : b(builder), loc(generic.getLoc()), generic(generic), plan(plan),
      start(start), maps(generic.getIndexingMapsArray()),
      element(cast<FloatType>(
          getElementTypeOrSelf(generic.getOutputs().front().getType()))),
      vectorType(VectorType::get({plan.lanes}, element)),
      staticExtents(generic.getStaticLoopRanges()) {
  for (int64_t loop : plan.outer)
    walks.push_back({loop, 1});
  if (!plan.combinesLanes)
    walks.push_back({plan.laneLoop, plan.vectors * plan.lanes});
  for (TilePlan::TileLoop tile : {plan.rows, plan.columns})
    if (tile.loop >= 0)
      walks.push_back({tile.loop, tile.count});
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// Tiles enough for every thread, as near to the outermost loop as they are; of
/// extents that are not known, those of a tile's own loops are more likely to
/// be large than a batch.
void TileNest::chooseDivided() {
  constexpr int64_t enough = 16;
  int64_t most = 1;
  for (auto [i, walk] : llvm::enumerate(walks)) {
    int64_t extent = staticExtents[walk.loop];
    bool isOuter = i < plan.outer.size();
    int64_t tiles = ShapedType::isDynamic(extent)
                        ? (isOuter ? 2 : enough)
                        : std::min(extent / walk.step, enough);
    if (tiles <= most)
      continue;
    most = tiles;
    divided = i;
  }
}

void TileNest::build(bool threaded) {
  for (Range range :
       cast<linalg::LinalgOp>(generic.getOperation()).createLoopRanges(b, loc))
    extents.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  begin.assign(extents.size(), constant(0));
  for (unsigned i = 0; i < maps.size(); ++i)
    flat.push_back(findFlat(i));
  if (threaded)
    chooseDivided();
  // One tile, or none to divide: the sums are one thread's.
  if (threaded && divided < 0)
    onLastThread([&] { emitWalk(0); });
  else
    emitWalk(0);
}

void TileNest::setCount(int64_t loop, int64_t count) {
  if (loop == plan.laneLoop)
    vectors = llvm::divideCeil(count, plan.lanes);
  else if (loop == plan.rows.loop)
    rows = count;
  else if (loop == plan.columns.loop)
    columns = count;
}

void TileNest::emitWalk(unsigned index) {
  if (index == walks.size()) {
    emitTile();
    return;
  }
  auto [variable, step] = walks[index];
  Value size = constant(step), low = constant(0);
  Value tiles = div(extents[variable], size), high = tiles;
  bool isDivided = divided == int64_t(index);
  if (isDivided) {
    Value thread = seq::ThreadIdOp::create(b, loc, b.getIndexType());
    Value threads = seq::NumThreadsOp::create(b, loc, b.getIndexType());
    low = div(mul(thread, tiles), threads);
    high = div(mul(add(thread, constant(1)), tiles), threads);
  }
  setCount(variable, step);
  auto loop = scf::ForOp::create(b, loc, low, high, constant(1));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    begin[variable] = mul(loop.getInductionVar(), size);
    emitWalk(index + 1);
  }
  int64_t extent = staticExtents[variable];
  if (step == 1 || (!ShapedType::isDynamic(extent) && extent % step == 0))
    return;
  Value rest = mul(tiles, size);
  if (isDivided)
    onLastThread([&] { emitRest(index, rest); });
  else
    emitRest(index, rest);
}

/// What the tiles of a walk leave, from `first` on.
void TileNest::emitRest(unsigned index, Value first) {
  auto [variable, step] = walks[index];
  bool isLane = variable == plan.laneLoop;
  int64_t extent = staticExtents[variable];
  if (!ShapedType::isDynamic(extent)) {
    setCount(variable, extent % step);
    begin[variable] = first;
    if (isLane && extent % plan.lanes != 0)
      lanesLeft = constant(extent % step);
    emitWalk(index + 1);
  } else {
    setCount(variable, 1);
    auto loop = scf::ForOp::create(b, loc, first, extents[variable],
                                   constant(isLane ? plan.lanes : 1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    begin[variable] = loop.getInductionVar();
    if (isLane)
      lanesLeft = sub(extents[variable], begin[variable]);
    emitWalk(index + 1);
  }
  if (isLane)
    lanesLeft = nullptr;
}

void TileNest::onLastThread(llvm::function_ref<void()> body) {
  Value thread = seq::ThreadIdOp::create(b, loc, b.getIndexType());
  Value threads = seq::NumThreadsOp::create(b, loc, b.getIndexType());
  Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                       add(thread, constant(1)), threads);
  auto branch = scf::IfOp::create(b, loc, isLast, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

void TileNest::forEachPlace(int64_t count,
                            llvm::function_ref<void(Place)> body) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t vector = 0; vector < count; ++vector)
        body({row, column, vector});
}

/// Where `operand` has the element, or the first lane, of `place`.
SmallVector<Value> TileNest::getIndices(unsigned operand, Place place) {
  SmallVector<AffineExpr> dims;
  for (int64_t loop = 0, e = begin.size(); loop < e; ++loop) {
    AffineExpr dim = b.getAffineDimExpr(loop);
    if (loop == plan.rows.loop)
      dim = dim + place.row;
    if (loop == plan.columns.loop)
      dim = dim + place.column;
    if (loop == plan.laneLoop)
      dim = dim + place.vector * plan.lanes;
    dims.push_back(dim);
  }
  auto given = getAsOpFoldResult(ValueRange(begin));
  SmallVector<Value> indices;
  for (AffineExpr result : maps[operand].getResults())
    indices.push_back(getValueOrCreateConstantIndexOp(
        b, loc,
        affine::makeComposedFoldedAffineApply(
            b, loc, result.replaceDimsAndSymbols(dims, {}), given)));
  return indices;
}

/// How many lanes of the tile's `vector` are inside; null where all are.
Value TileNest::getLeft(int64_t vector) {
  if (!lanesLeft || vector + 1 < vectors)
    return {};
  return vector == 0 ? lanesLeft
                     : sub(lanesLeft, constant(vector * plan.lanes));
}

Value TileNest::makeMask(Value left) {
  return vector::CreateMaskOp::create(
      b, loc, VectorType::get({plan.lanes}, b.getI1Type()), left);
}

/// An input as the body sees it: a vector of lanes, or one number for all.
Value TileNest::load(unsigned operand, Place place) {
  Value from = generic->getOperand(operand);
  if (!isa<MemRefType>(from.getType()))
    return vector::BroadcastOp::create(b, loc, vectorType, from);
  if (plan.laneStrides[operand] > 1)
    return loadApart(operand, place);
  auto [memref, indices] = getAddress(operand, place);
  if (plan.laneStrides[operand] == 0)
    return vector::BroadcastOp::create(
        b, loc, vectorType, memref::LoadOp::create(b, loc, memref, indices));
  return loadVector(memref, indices, getLeft(place.vector));
}

/// A vector of neighbours, of which those at `left` and behind it are zero.
Value TileNest::loadVector(Value from, ValueRange indices, Value left) {
  if (!left)
    return vector::LoadOp::create(b, loc, vectorType, from, indices);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorType));
  return vector::MaskedLoadOp::create(b, loc, vectorType, from, indices,
                                      makeMask(left), zero);
}

/// Elements some apart, of as many vectors of neighbours, of which the last
/// ends with the last element: nothing is read behind it.
Value TileNest::loadApart(unsigned operand, Place place) {
  int64_t stride = plan.laneStrides[operand];
  auto [from, indices] = getAddress(operand, place);
  Value at = indices.back(), left = getLeft(place.vector);
  if (left) // Elements, from that of the first lane to that of the last.
    left = add(mul(sub(left, constant(1)), constant(stride)), constant(1));
  SmallVector<Value> neighbours;
  for (int64_t vector = 0; vector < stride; ++vector) {
    Value first = constant(getPickedFrom(vector, plan.lanes, stride));
    indices.back() = vector == 0 ? at : add(at, first);
    neighbours.push_back(loadVector(
        from, indices, left && vector > 0 ? sub(left, first) : left));
  }
  return pickLanes(b, loc, neighbours);
}

/// Stores the rows of a tile one element of each after the other.
void TileNest::storeRows(ArrayRef<Value> rows, int64_t vector) {
  auto [to, indices] = getAddress(maps.size() - 1, {0, 0, vector});
  Value at = indices.back(), left = getLeft(vector);
  if (left)
    left = mul(left, constant(rows.size()));
  for (auto [part, merged] : llvm::enumerate(interleaveLanes(b, loc, rows))) {
    Value first = constant(part * plan.lanes);
    indices.back() = add(at, first);
    if (left)
      vector::MaskedStoreOp::create(b, loc, to, indices,
                                    makeMask(sub(left, first)), merged);
    else
      vector::StoreOp::create(b, loc, merged, to, indices);
  }
}

Value TileNest::getStride(Value memref, int64_t dim) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (succeeded(cast<MemRefType>(memref.getType())
                    .getStridesAndOffset(strides, offset)) &&
      !ShapedType::isDynamic(strides[dim]))
    return constant(strides[dim]);
  return memref::ExtractStridedMetadataOp::create(b, loc, memref)
      .getStrides()[dim];
}

/// How many elements lie from the first to the last one of `memref`.
Value TileNest::countSpan(Value memref) {
  Value span = constant(1);
  for (int64_t dim = 0; dim < cast<MemRefType>(memref.getType()).getRank();
       ++dim) {
    Value extent = b.createOrFold<memref::DimOp>(loc, memref, dim);
    span = add(span, mul(sub(extent, constant(1)), getStride(memref, dim)));
  }
  return span;
}

/// An operand as one dimension of elements, in their order in memory, where
/// lanes do not run along its last dimension or its elements are not
/// neighbours; null for others.
Value TileNest::findFlat(unsigned operand) {
  Value value = generic->getOperand(operand);
  auto type = dyn_cast<MemRefType>(value.getType());
  if (!type || plan.laneStrides[operand] == 0)
    return {};
  ArrayRef<AffineExpr> results = maps[operand].getResults();
  bool alongLast = llvm::none_of(results.drop_back(), [&](AffineExpr result) {
    return result.isFunctionOfDim(plan.laneLoop);
  });
  if (alongLast && type.isLastDimUnitStride())
    return {};
  auto data = memref::ExtractStridedMetadataOp::create(b, loc, value);
  int64_t any = ShapedType::kDynamic;
  auto layout = StridedLayoutAttr::get(b.getContext(), any, 1);
  return memref::ReinterpretCastOp::create(
      b, loc, MemRefType::get({any}, type.getElementType(), layout),
      data.getBaseBuffer(), OpFoldResult(data.getOffset()),
      OpFoldResult(countSpan(value)), OpFoldResult(b.getIndexAttr(1)));
}

/// Where the first lane of `place` lies.
TileNest::Address TileNest::getAddress(unsigned operand, Place place) {
  Value value = generic->getOperand(operand);
  SmallVector<Value> indices = getIndices(operand, place);
  if (!flat[operand])
    return {value, indices};
  Value at = constant(0);
  for (auto [dim, index] : llvm::enumerate(indices))
    at = add(at, mul(index, getStride(value, dim)));
  return {flat[operand], {at}};
}

/// What the sum of `place` begins with.
Value TileNest::loadOut(Place place) {
  unsigned operand = maps.size() - 1;
  if (start && !plan.combinesLanes)
    return vector::BroadcastOp::create(b, loc, vectorType, start);
  if (start)
    return start;
  if (!plan.combinesLanes)
    return load(operand, place);
  return memref::LoadOp::create(b, loc, generic.getOutputs().front(),
                                getIndices(operand, place));
}

void TileNest::store(Value value, Place place) {
  auto [to, indices] = getAddress(maps.size() - 1, place);
  if (plan.combinesLanes)
    memref::StoreOp::create(b, loc, value, to, indices);
  else if (Value left = getLeft(place.vector))
    vector::MaskedStoreOp::create(b, loc, to, indices, makeMask(left), value);
  else
    vector::StoreOp::create(b, loc, value, to, indices);
}

/// One of vectors or numbers combined with another.
Value TileNest::combineTwo(Value x, Value y) {
  return vector::makeArithReduction(b, loc, *plan.kind, x, y);
}

/// The body: `sum` combined with what it makes of `inputs`. The product of a
/// sum of products is rounded with the sum.
Value TileNest::combine(Value sum, ArrayRef<Value> inputs, Type type) {
  SmallVector<Value> arguments(inputs);
  arguments.push_back(sum);
  Value combined = cloneElementwise(b, generic, arguments, type);
  auto added = combined.getDefiningOp<arith::AddFOp>();
  if (!plan.kind || !added)
    return combined;
  Value term = added.getLhs() == sum ? added.getRhs() : added.getLhs();
  auto product = term.getDefiningOp<arith::MulFOp>();
  if (!product || term == sum || !term.hasOneUse())
    return combined;
  Value fused =
      math::FmaOp::create(b, loc, product.getLhs(), product.getRhs(), sum);
  added.erase();
  product.erase();
  return fused;
}

//===----------------------------------------------------------------------===//
// One tile
//===----------------------------------------------------------------------===//

void TileNest::emitTile() { storeSums(emitCombined(0, loadSums())); }

/// What the accumulators begin with: the result so far, or, where the lanes are
/// combined in the end, what changes nothing.
SmallVector<Value> TileNest::loadSums() {
  SmallVector<Value> sums;
  if (!plan.combinesLanes) {
    forEachPlace(vectors, [&](Place place) { sums.push_back(loadOut(place)); });
    return sums;
  }
  const llvm::fltSemantics &semantics = element.getFloatSemantics();
  llvm::APFloat neutral = llvm::APFloat::getZero(semantics);
  if (plan.kind == vector::CombiningKind::MUL)
    neutral = llvm::APFloat::getOne(semantics);
  else if (plan.kind != vector::CombiningKind::ADD)
    neutral = llvm::APFloat::getInf(
        semantics,
        /*Negative=*/plan.kind == vector::CombiningKind::MAXIMUMF ||
            plan.kind == vector::CombiningKind::MAXNUMF);
  Value start = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(vectorType, neutral));
  sums.assign(rows * columns * plan.vectors, start);
  return sums;
}

SmallVector<Value> TileNest::emitLoop(
    Value low, Value high, int64_t step, int64_t variable, ArrayRef<Value> sums,
    llvm::function_ref<SmallVector<Value>(SmallVector<Value>)> body) {
  auto loop =
      scf::ForOp::create(b, loc, low, high, constant(step), ValueRange(sums));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  begin[variable] = loop.getInductionVar();
  SmallVector<Value> after =
      body(llvm::to_vector_of<Value>(loop.getRegionIterArgs()));
  scf::YieldOp::create(b, loc, after);
  return llvm::to_vector(ValueRange(loop.getResults()));
}

SmallVector<Value> TileNest::emitCombined(unsigned index,
                                          SmallVector<Value> sums) {
  if (index == plan.combined.size())
    return plan.combinesLanes ? emitLanes(sums) : emitStep(sums, vectors);
  int64_t variable = plan.combined[index];
  return emitLoop(constant(0), extents[variable], 1, variable, sums,
                  [&](SmallVector<Value> before) {
                    return emitCombined(index + 1, before);
                  });
}

/// The loop along which the lanes are combined: whole steps, then one vector at
/// a time, the last one under a mask.
SmallVector<Value> TileNest::emitLanes(SmallVector<Value> sums) {
  int64_t variable = plan.laneLoop, step = plan.vectors * plan.lanes;
  Value extent = extents[variable];
  Value end = mul(div(extent, constant(step)), constant(step));
  vectors = plan.vectors;
  sums = emitLoop(
      constant(0), end, step, variable, sums,
      [&](ArrayRef<Value> before) { return emitStep(before, plan.vectors); });
  int64_t known = staticExtents[variable];
  if (!ShapedType::isDynamic(known) && known % step == 0)
    return sums;
  vectors = 1;
  sums = emitLoop(end, extent, plan.lanes, variable, sums,
                  [&](ArrayRef<Value> before) {
                    lanesLeft = sub(extent, begin[variable]);
                    return emitStep(before, 1);
                  });
  lanesLeft = nullptr;
  vectors = plan.vectors;
  return sums;
}

/// One iteration of the combined loops, for the first `count` vectors.
SmallVector<Value> TileNest::emitStep(ArrayRef<Value> sums, int64_t count) {
  SmallVector<Value> after(sums);
  int64_t stride = plan.combinesLanes ? plan.vectors : vectors;
  // Every element is loaded once.
  std::map<std::tuple<unsigned, int64_t, int64_t, int64_t>, Value> known;
  forEachPlace(count, [&](Place place) {
    SmallVector<Value> inputs;
    for (unsigned i = 0; i + 1 < maps.size(); ++i) {
      Place own = {has(i, plan.rows.loop) ? place.row : 0,
                   has(i, plan.columns.loop) ? place.column : 0,
                   plan.laneStrides[i] ? place.vector : 0};
      Value &value = known[{i, own.row, own.column, own.vector}];
      if (!value)
        value = load(i, own);
      inputs.push_back(value);
    }
    Value &sum =
        after[(place.row * columns + place.column) * stride + place.vector];
    Value combined = combine(sum, inputs, vectorType);
    // Lanes outside leave what they had.
    if (Value left = plan.combinesLanes ? getLeft(place.vector) : Value())
      combined = arith::SelectOp::create(b, loc, makeMask(left), combined, sum);
    sum = combined;
  });
  return after;
}

void TileNest::storeSums(ArrayRef<Value> sums) {
  if (plan.interleavesRows) {
    for (int64_t vector = 0; vector < vectors; ++vector) {
      SmallVector<Value> own;
      for (int64_t row = 0; row < rows; ++row)
        own.push_back(sums[row * vectors + vector]);
      storeRows(own, vector);
    }
    return;
  }
  if (!plan.combinesLanes) {
    const Value *next = sums.begin();
    forEachPlace(vectors, [&](Place place) { store(*next++, place); });
    return;
  }
  forEachPlace(1, [&](Place place) {
    ArrayRef<Value> own = sums.slice(
        (place.row * columns + place.column) * plan.vectors, plan.vectors);
    Value sum = own.front();
    for (Value other : own.drop_front())
      sum = combineTwo(sum, other);
    // Any order of the lanes will do: a tree takes the fewest steps.
    auto one = vector::ReductionOp::create(b, loc, *plan.kind, sum,
                                           arith::FastMathFlags::reassoc);
    store(combineTwo(loadOut(place), one), place);
  });
}

void seqc::buildTileNest(OpBuilder &builder, linalg::GenericOp generic,
                         const TilePlan &plan, Value start, bool threaded) {
  TileNest(builder, generic, plan, start).build(threaded);
}
