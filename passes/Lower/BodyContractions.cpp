//===- BodyContractions.cpp - products with a matrix in memory ------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Lower/BodyEmitter.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

int64_t BodyEmitter::countTerms(Operation *op, unsigned dim) const {
  int64_t extent = getBodyShape(op->getOperand(1))[dim];
  return takesFixedPoint(op) ? llvm::divideCeil(extent, quadSize) : extent;
}

SmallVector<BodyEmitter::Key> BodyEmitter::makeKeys(Value value) {
  SmallVector<Key> keys;
  for (unsigned row = 0; row < rows.size(); ++row)
    for (unsigned tile = 0; tile < tiles.size(); ++tile)
      forEachElement(value, [&](ArrayRef<int64_t> index) {
        keys.push_back(makeKey(value, row, tile, index));
      });
  return keys;
}

SmallVector<Value> BodyEmitter::startSums(OpBuilder &b, Operation *op) {
  SmallVector<Value> sums;
  unsigned count = makeKeys(op->getResult(0)).size();
  if (takesFixedPoint(op)) {
    FixedPointEmitter fixed(b, op->getLoc(), memory);
    const FixedVectors &from = getFixedPoint(op);
    for (unsigned i = 0; i < count; ++i)
      for (int64_t digit = 0; digit < fixedDigits; ++digit)
        sums.push_back(
            fixed.loadStart(from, rows[i / (count / rows.size())], digit));
    return sums;
  }
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  Type type = memory.lanes == 1
                  ? element
                  : Type(VectorType::get({memory.lanes}, element));
  sums.assign(count,
              cast<BodyOpInterface>(op).buildInit(b, op->getLoc(), type)[0]);
  return sums;
}

SmallVector<Value> BodyEmitter::combineFixed(OpBuilder &b, Operation *op,
                                             ArrayRef<Value> sums) {
  FixedPointEmitter fixed(b, op->getLoc(), memory);
  unsigned count = sums.size() / fixedDigits, perRow = count / rows.size();
  SmallVector<Value> results;
  for (unsigned i = 0; i < count; ++i)
    results.push_back(fixed.combine(getFixedPoint(op), rows[i / perRow],
                                    sums.slice(i * fixedDigits, fixedDigits)));
  return results;
}

void BodyEmitter::keepSums(OpBuilder &b, Operation *op, ArrayRef<Value> sums) {
  SmallVector<Value> combined;
  if (takesFixedPoint(op)) {
    combined = combineFixed(b, op, sums);
    sums = combined;
  }
  for (auto [key, sum] : llvm::zip_equal(makeKeys(op->getResult(0)), sums))
    emitted[key] = sum;
}

/// The dimensions of the vector of `op` that loops walk, the longest last.
static SmallVector<unsigned> orderDims(Operation *op) {
  ArrayRef<int64_t> vector = getBodyShape(op->getOperand(1));
  SmallVector<unsigned> order;
  for (auto [d, extent] : llvm::enumerate(vector))
    if (extent != 1 || d + 1 == vector.size())
      order.push_back(d);
  llvm::stable_sort(
      order, [&](unsigned x, unsigned y) { return vector[x] < vector[y]; });
  return order;
}

void BodyEmitter::emitContraction(OpBuilder &b, Operation *op) {
  Beside other = std::exchange(beside, Beside());
  SmallVector<Value> sums = startSums(b, op);
  size_t own = sums.size();
  if (other.op)
    llvm::append_range(sums, other.emitter->startSums(b, other.op));
  SmallVector<unsigned> order = orderDims(op);
  auto emitLoop = [&](bool back) {
    Walk walk = makeWalk(b, op, order.back(), back);
    if (!other.op)
      return emitReductionLoop(b, walk, ArrayRef(order).drop_back(), sums);
    Walk second = other.emitter->makeWalk(
        b, other.op, orderDims(other.op).back(), /*back=*/false);
    return emitTogether(b, walk, second, sums);
  };
  int64_t terms = countBodyElements(op->getOperand(1));
  if (backwards && terms > 1) {
    auto branch = scf::IfOp::create(b, op->getLoc(), TypeRange(sums), backwards,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    for (bool back : {true, false}) {
      b.setInsertionPointToStart(back ? branch.thenBlock()
                                      : branch.elseBlock());
      scf::YieldOp::create(b, op->getLoc(), emitLoop(back));
    }
    sums = branch.getResults();
  } else if (terms > 0) {
    sums = emitLoop(/*back=*/false);
  }
  keepSums(b, op, ArrayRef(sums).take_front(own));
  if (!other.op)
    return;
  other.emitter->keepSums(b, other.op, ArrayRef(sums).drop_front(own));
  other.then();
}

BodyEmitter::Walk BodyEmitter::makeWalk(OpBuilder &b, Operation *op,
                                        unsigned dim, bool back) {
  SmallVector<OpFoldResult> reduced(getBodyShape(op->getOperand(1)).size(),
                                    b.getIndexAttr(0));
  return {this,
          op,
          reduced,
          dim,
          countTerms(op, dim),
          back,
          makeKeys(op->getResult(0)).size() *
              (takesFixedPoint(op) ? fixedDigits : 1)};
}

SmallVector<Value> BodyEmitter::emitReductionLoop(OpBuilder &b, Walk walk,
                                                  ArrayRef<unsigned> outer,
                                                  SmallVector<Value> sums) {
  if (outer.empty())
    return emitWalks(b, walk, 0, walk.extent, sums);
  Location loc = walk.op->getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  int64_t extent = countTerms(walk.op, outer.front());
  auto loop = scf::ForOp::create(b, loc, constant(0), constant(extent),
                                 constant(1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value at = loop.getInductionVar();
  if (walk.back)
    at = b.createOrFold<arith::SubIOp>(loc, constant(extent - 1), at);
  walk.reduced[outer.front()] = at;
  scf::YieldOp::create(
      b, loc,
      emitReductionLoop(b, walk, outer.drop_front(),
                        SmallVector<Value>(loop.getRegionIterArgs())));
  return loop.getResults();
}

/// A few terms at a time hide the loop's own cost.
static constexpr int64_t termsAtOnce = 4;

bool BodyEmitter::takesPairs(Operation *op) const {
  return memories.at(op->getOperand(0)).pairedDim >= 0 && memory.lanes > 1 &&
         rows.size() == 1 && !takesFixedPoint(op);
}

void BodyEmitter::emitTerms(OpBuilder &b, MutableArrayRef<Walk> walks, Value at,
                            int64_t number, int64_t count,
                            SmallVector<Value> &sums) {
  size_t first = 0;
  for (Walk &walk : walks) {
    Location loc = walk.op->getLoc();
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, loc, value);
    };
    BodyEmitter &emitter = *walk.emitter;
    // Of neighbours that share words, one asks for what comes later.
    bool paired = emitter.memories.at(walk.op->getOperand(0)).pairedDim >= 0;
    emitter.asksAhead = at && (!paired || number % 2 == 0);
    SmallVector<SmallVector<OpFoldResult>> terms;
    for (int64_t term = number; term < number + count; ++term) {
      int64_t place = walk.back ? walk.extent - 1 - term : term;
      if (!at)
        walk.reduced[walk.dim] = b.getIndexAttr(place);
      else if (walk.back)
        walk.reduced[walk.dim] =
            b.createOrFold<arith::SubIOp>(loc, constant(place), at);
      else
        walk.reduced[walk.dim] =
            b.createOrFold<arith::AddIOp>(loc, at, constant(place));
      terms.push_back(walk.reduced);
    }
    SmallVector<Value> part(ArrayRef(sums).slice(first, walk.sums));
    if (emitter.takesFixedPoint(walk.op))
      for (ArrayRef<OpFoldResult> reduced : terms)
        part = emitter.emitFixedProducts(b, walk.op, reduced, part, walk.back);
    else
      part = emitter.emitProducts(b, walk.op, terms, part, walk.back);
    llvm::copy(part, sums.begin() + first);
    first += walk.sums;
  }
}

SmallVector<Value> BodyEmitter::emitWalks(OpBuilder &b,
                                          MutableArrayRef<Walk> walks,
                                          int64_t low, int64_t high,
                                          SmallVector<Value> sums) {
  Location loc = walks[0].op->getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  int64_t step = std::min(high - low, termsAtOnce), whole = low;
  if (step > 1) {
    whole += (high - low) / step * step;
    auto loop = scf::ForOp::create(b, loc, constant(low), constant(whole),
                                   constant(step), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> inner(loop.getRegionIterArgs());
    int64_t most =
        walks.size() == 1 && walks[0].emitter->takesPairs(walks[0].op) ? 2 : 1;
    for (int64_t i = 0; i < step; i += most)
      emitTerms(b, walks, loop.getInductionVar(), i, std::min(most, step - i),
                inner);
    scf::YieldOp::create(b, loc, inner);
    sums = loop.getResults();
  }
  for (int64_t i = whole; i < high; ++i)
    emitTerms(b, walks, /*at=*/{}, i, /*count=*/1, sums);
  return sums;
}

SmallVector<Value> BodyEmitter::emitTogether(OpBuilder &b, Walk first,
                                             Walk second,
                                             SmallVector<Value> sums) {
  int64_t both =
      std::min(first.extent, second.extent) / termsAtOnce * termsAtOnce;
  SmallVector<Walk> walks = {first, second};
  sums = emitWalks(b, walks, 0, both, sums);
  SmallVector<Value> results;
  for (Walk &walk : walks) {
    SmallVector<Value> part(ArrayRef(sums).slice(results.size(), walk.sums));
    llvm::append_range(results, emitWalks(b, walk, both, walk.extent, part));
  }
  return results;
}

/// Asks for the element of `matrix` that comes `weightsAhead` terms after `at`,
/// or before it if the walk goes `back`; past the ends those are other tiles'.
void BodyEmitter::prefetchWeights(OpBuilder &b, Location loc, Value matrix,
                                  const TileContext &tile,
                                  SmallVector<OpFoldResult> at, bool back) {
  at.back() = b.createOrFold<arith::AddIOp>(
      loc, getValueOrCreateConstantIndexOp(b, loc, at.back()),
      arith::ConstantIndexOp::create(b, loc,
                                     back ? -weightsAhead : weightsAhead));
  memory.prefetch(b, loc, memories.at(matrix), rows[0], tile, at);
}

/// Asks for one of the `vectors` that the next tiles have for a term.
void BodyEmitter::prefetchNextTiles(OpBuilder &b, Operation *op,
                                    int64_t vectors,
                                    ArrayRef<OpFoldResult> reduced) {
  Location loc = op->getLoc();
  Value result = op->getResult(0);
  int64_t perTile = vectors / tiles.size();
  SmallVector<OpFoldResult> at =
      toBodyIndex(b, result, SmallVector<int64_t>(getBodyShape(result).size()));
  SmallVector<int64_t> elements;
  for (auto [d, extent] : llvm::enumerate(getBodyShape(result)))
    if (int64_t(d) != plan.getLaneDim(result) && extent != 1)
      elements.push_back(d);
  if (elements.size() > 1)
    return;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value vector =
      arith::MinUIOp::create(b, loc, blockNumber, constant(vectors - 1));
  if (!elements.empty())
    at[elements[0]] =
        arith::RemUIOp::create(b, loc, vector, constant(perTile)).getResult();
  llvm::append_range(at, reduced);
  TileContext next = tiles[0];
  next.tile = arith::AddIOp::create(
      b, loc, arith::AddIOp::create(b, loc, next.tile, nextTiles),
      arith::DivUIOp::create(b, loc, vector, constant(perTile)));
  memory.prefetch(b, loc, memories.at(op->getOperand(0)), rows[0], next, at,
                  /*isWrite=*/false, /*locality=*/2);
}

void BodyEmitter::forEachWeight(
    OpBuilder &b, Operation *op, ArrayRef<OpFoldResult> reduced,
    unsigned perRow, bool back,
    function_ref<void(unsigned slot, const TileContext &, BodyIndex)> visit) {
  Location loc = op->getLoc();
  Value result = op->getResult(0);
  if (nextTiles && asksAhead)
    prefetchNextTiles(b, op, perRow, reduced);
  auto visitOne = [&](unsigned slot, const TileContext &tile, BodyIndex at) {
    if (weightsAhead > 0 && rows.size() == 1 && asksAhead)
      prefetchWeights(b, loc, op->getOperand(0), tile,
                      SmallVector<OpFoldResult>(at), back);
    visit(slot, tile, at);
  };
  SmallVector<SmallVector<OpFoldResult>> places;
  forEachElement(result, [&](ArrayRef<int64_t> index) {
    places.push_back(toBodyIndex(b, result, index));
    llvm::append_range(places.back(), reduced);
  });
  // In the order of memory.
  if (memories.at(op->getOperand(0)).hasTilesSideBySide()) {
    for (auto [element, at] : llvm::enumerate(places))
      for (auto [t, tile] : llvm::enumerate(tiles))
        visitOne(t * places.size() + element, tile, at);
    return;
  }
  unsigned slot = 0;
  for (const TileContext &tile : tiles)
    for (ArrayRef<OpFoldResult> at : places)
      visitOne(slot++, tile, at);
}

SmallVector<Value>
BodyEmitter::emitProducts(OpBuilder &b, Operation *op,
                          ArrayRef<SmallVector<OpFoldResult>> terms,
                          SmallVector<Value> sums, bool back) {
  Location loc = op->getLoc();
  const OperandMemory &matrix = memories.at(op->getOperand(0)),
                      &vector = memories.at(op->getOperand(1));
  unsigned perRow = sums.size() / rows.size();
  auto loadElement = [&](const RowContext &row, BodyIndex reduced) {
    return broadcast(b, loc,
                     memory.load(b, loc, vector, row, TileContext(), reduced));
  };
  auto loadEach =
      [&](ArrayRef<SmallVector<OpFoldResult>> terms,
          function_ref<void(unsigned slot, unsigned term, Value)> visit) {
        forEachWeight(
            b, op, terms[0], perRow, back,
            [&](unsigned slot, const TileContext &tile, BodyIndex at) {
              for (auto [i, reduced] : llvm::enumerate(terms)) {
                SmallVector<OpFoldResult> place(at.drop_back(reduced.size()));
                llvm::append_range(place, reduced);
                visit(slot, i,
                      memory.load(b, loc, matrix, rows[0], tile, place));
              }
            });
      };
  auto multiply = [&](unsigned row, unsigned slot, Value weight,
                      Value element) {
    Value &sum = sums[row * perRow + slot];
    sum = buildBodyElement(b, op, {weight, element}, sum)[0];
  };
  // The fewer ones stay in registers while the others pass by: sums take all
  // the rest.
  if (rows.size() <= perRow) {
    SmallVector<Value> kept;
    for (ArrayRef<OpFoldResult> reduced : terms)
      for (const RowContext &row : rows)
        kept.push_back(loadElement(row, reduced));
    loadEach(terms, [&](unsigned slot, unsigned term, Value weight) {
      for (unsigned row = 0; row < rows.size(); ++row)
        multiply(row, slot, weight, kept[term * rows.size() + row]);
    });
    return sums;
  }
  for (const SmallVector<OpFoldResult> &reduced : terms) {
    SmallVector<Value> kept;
    loadEach(reduced,
             [&](unsigned, unsigned, Value weight) { kept.push_back(weight); });
    for (unsigned row = 0; row < rows.size(); ++row) {
      Value element = loadElement(rows[row], reduced);
      for (unsigned slot = 0; slot < perRow; ++slot)
        multiply(row, slot, kept[slot], element);
    }
  }
  return sums;
}

SmallVector<Value>
BodyEmitter::emitFixedProducts(OpBuilder &b, Operation *op,
                               ArrayRef<OpFoldResult> reduced,
                               SmallVector<Value> sums, bool back) {
  Location loc = op->getLoc();
  FixedPointEmitter fixed(b, loc, memory);
  const FixedVectors &vectors = getFixedPoint(op);
  unsigned perRow = sums.size() / fixedDigits / rows.size();
  Value word = getValueOrCreateConstantIndexOp(b, loc, reduced.back());
  SmallVector<Value> digits;
  for (const RowContext &row : rows)
    for (int64_t digit = 0; digit < fixedDigits; ++digit)
      digits.push_back(fixed.loadQuad(vectors, row, digit, word));
  forEachWeight(
      b, op, reduced, perRow, back,
      [&](unsigned slot, const TileContext &tile, BodyIndex at) {
        Value weights = memory.loadWords(b, loc, memories.at(op->getOperand(0)),
                                         rows[0], tile, at, quadSize);
        for (unsigned row = 0; row < rows.size(); ++row)
          for (int64_t digit = 0; digit < fixedDigits; ++digit) {
            Value &sum = sums[(row * perRow + slot) * fixedDigits + digit];
            sum = fixed.addProducts(sum, weights,
                                    digits[row * fixedDigits + digit]);
          }
      });
  return sums;
}
