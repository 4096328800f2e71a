//===- MatrixRowsNest.cpp - lanes along a matrix' rows --------------------===//
//
// For cells with dense gates, and for dense layers (a scan without carries).
// All gates of a unit stand in one tile, so a tile's step is self-contained but
// for the carries that a contraction reads whole: those exist twice, a step
// reads one copy and writes the other, and one barrier ends the step. Where a
// contraction reads what the step itself computes, the step has stages, with a
// barrier between them.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/ScanNest.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

/// Steps in a time block: enough rows for the block's matrix product to reuse
/// each load of the weights.
static constexpr int64_t rowsInBlock = 64;
/// Weights beyond this size do not stay in a core's cache between two steps;
/// walking them to and fro reuses the half that does.
static constexpr int64_t sweepBytes = 1 << 19;

/// Weights beyond this size come from afar in every step: a group's are asked
/// for while the rows of the group before it go by. Loads do not move past such
/// a request, which costs registers.
static constexpr int64_t farBytes = 2 << 20, registersForNext = 2;

/// Weights beyond `sweepBytes` that are two bytes each are used up faster than
/// the processor asks for more by itself: so far ahead they are asked for.
static constexpr int64_t bytesAhead = 2048;

/// Of a core's first cache, what a group's weights may take.
static constexpr int64_t firstCacheBytes = 32 << 10;

namespace {
class MatrixRowsNest : public ScanNest {
public:
  MatrixRowsNest(OpBuilder &builder, ScanOp scan, const RecurrentPlan &plan,
                 const VectorTarget &target, int64_t block)
      : ScanNest(builder, scan, plan, target, target.lanes), block(block) {}

  void allocate();
  void lower();

private:
  using EmitBlock = llvm::function_ref<void()>;
  using MakeRow = llvm::function_ref<RowContext(Value flat)>;

  /// How many rows and tiles share registers.
  struct Blocking {
    int64_t rows = 1, tiles = 1;
  };

  std::optional<int64_t> countRows();
  int64_t countTileBytes();
  int64_t countRegisters(Blocking candidate);
  Blocking chooseBlocking(int64_t maxRows);
  void chooseBlockings();
  void setPackedMemory(unsigned input);
  OperandMemory allocatePadded(OperandMemory::Axis leading, int64_t extent,
                               Value value);
  void forEachGroup(Value odd, function_ref<void(ArrayRef<TileContext>)> body);
  void forEachRowBlock(Value count, ArrayRef<TileContext> tiles,
                       MakeRow makeRow, EmitBlock emitBlock);
  Value isOdd(Value number);
  void emitRowBlock(Value first, int64_t count, ArrayRef<TileContext> tiles,
                    MakeRow makeRow, EmitBlock emitBlock);
  void copyWholeCarries(Value copy, bool in);
  void selectCopies(Value step);
  void hoistBlock(Value start, Value steps);
  void emitStep(Value step, Value blockStep);
  void prefetchBlock();
  void storeHandedOn(int64_t stage);
  void storeStep();
  void lowerWithoutCarries();

  int64_t block;
  Blocking blocking, stepBlocking, hoistBlocking;
  /// Whether the weights come from afar; whether steps walk them to and fro.
  bool far = false, sweep = false;
  /// Set in the steps that walk the weights backwards; null: in none.
  Value oddStep;
  SmallVector<int64_t> symbols;
  /// For each whole carry, its two copies: [2, domain..., padded dims...].
  llvm::DenseMap<unsigned, OperandMemory> copies, writes;
  /// Where the plan's handed on values lie, in order.
  SmallVector<OperandMemory, 0> handedOn;
};
} // namespace

/// The number of domain points, and of steps without carries, if it is known.
std::optional<int64_t> MatrixRowsNest::countRows() {
  int64_t points = 1;
  SmallVector<Value> extents(scan.getDomain());
  if (scan.getCarries().empty())
    extents.push_back(scan.getTime());
  for (Value extent : extents) {
    std::optional<int64_t> known = getConstantIntValue(extent);
    if (!known)
      return std::nullopt;
    points *= *known;
  }
  return points;
}

/// The bytes of the longest contraction's matrix for one tile of rows.
int64_t MatrixRowsNest::countTileBytes() {
  int64_t bytes = 0;
  for (Operation *op : plan.contractions)
    bytes = std::max(bytes, countBodyElements(op->getOperand(1)) * plan.gates *
                                memory.lanes * 4);
  return bytes;
}

/// The registers that a block's products take: its sums, the fewer of its
/// weights and elements, and one of the others at a time.
int64_t MatrixRowsNest::countRegisters(Blocking candidate) {
  // Weights become f32 in registers of their own.
  bool narrow = llvm::any_of(
      llvm::zip(scan.getInputs(), scan.getInputLanes()), [](auto pair) {
        auto [input, lanes] = pair;
        return lanes != 0 && !getElementTypeOrSelf(input.getType()).isF32();
      });
  int64_t weights = candidate.tiles * plan.gates;
  return candidate.rows * weights + std::min(candidate.rows, weights) +
         (narrow ? 4 : 1);
}

/// Picks the largest block of accumulators that fits the registers, among
/// equals one whose weights stay in the first cache while rows go by, and among
/// those the one with the fewest loads.
MatrixRowsNest::Blocking MatrixRowsNest::chooseBlocking(int64_t maxRows) {
  int64_t vectors = llvm::divideCeil(plan.laneExtent, memory.lanes);
  int64_t tileBytes = countTileBytes();
  // Of one row, a few gates alone are too few sums to hide a multiply-add's
  // latency; a group for each of several threads must be left.
  int64_t mostTiles = std::min(
      vectors, std::max<int64_t>(4, std::min(8 / plan.gates, vectors / 4)));
  Blocking best;
  int64_t bestSums = 0, bestLoads = 0;
  for (int64_t t = 1; t <= mostTiles; ++t)
    for (int64_t r = 1; r <= std::clamp<int64_t>(maxRows, 1, 8); ++r) {
      int64_t weights = t * plan.gates, sums = r * weights;
      if (countRegisters({r, t}) > target.registers || (r > 1 && t > 4))
        continue;
      int64_t loads = (r + weights) * 64 / sums;
      if (t > 1 && t * tileBytes > firstCacheBytes)
        loads *= 2;
      if (sums < bestSums || (sums == bestSums && loads >= bestLoads))
        continue;
      bestSums = sums;
      bestLoads = loads;
      best = {r, t};
    }
  return best;
}

void MatrixRowsNest::chooseBlockings() {
  std::optional<int64_t> rows = countRows();
  int64_t bytes = 0, narrowest = 4;
  for (Operation *op : plan.contractions) {
    Value argument = op->getOperand(0);
    unsigned input = cast<BlockArgument>(argument).getArgNumber() -
                     scan.getDomain().size() - 1;
    int64_t width = getElementTypeOrSelf(scan.getInputs()[input].getType())
                        .getIntOrFloatBitWidth() /
                    8;
    bytes += countBodyElements(argument) * width;
    narrowest = std::min(narrowest, width);
  }
  if (bytes > sweepBytes && narrowest == 2)
    emitter.setWeightsAhead(
        std::max<int64_t>(bytesAhead / (plan.gates * memory.lanes * 2), 1));
  far = bytes > farBytes;
  sweep = !scan.getCarries().empty() && bytes > sweepBytes;
  if (block == 0 && rows) {
    block = std::clamp<int64_t>(rowsInBlock / std::max<int64_t>(*rows, 1), 4,
                                rowsInBlock);
    // No rows are left over but at the end.
    while (*rows * block % chooseBlocking(*rows * block).rows != 0)
      ++block;
  } else if (block == 0) {
    block = 16;
  }
  if (std::optional<int64_t> time = getConstantIntValue(scan.getTime()))
    block = std::clamp<int64_t>(block, 1, std::max<int64_t>(*time, 1));
  stepBlocking = chooseBlocking(rows.value_or(8));
  hoistBlocking = chooseBlocking(rows ? *rows * block : 8);
  blocking = stepBlocking;
}

/// [tiles][k...][g...][lanes], as seq.pack lays it out, or with pairs along k.
void MatrixRowsNest::setPackedMemory(unsigned input) {
  using Axis = OperandMemory::Axis;
  Value argument = scan.getInputArguments()[input];
  int64_t rank = getBodyShape(argument).size(), contracted = 1;
  for (Operation *op : plan.contractions)
    if (op->getOperand(0) == argument)
      contracted = getBodyShape(op->getOperand(1)).size();
  OperandMemory packed;
  packed.memref = scan.getInputs()[input];
  packed.element = getElementTypeOrSelf(argument.getType());
  packed.padded = true;
  packed.axes.push_back({Axis::Tile});
  for (int64_t d = rank - contracted; d < rank; ++d)
    packed.axes.push_back({Axis::Body, d});
  for (int64_t d = 0; d < rank - contracted - 1; ++d)
    packed.axes.push_back({Axis::Body, d});
  packed.axes.push_back({Axis::LaneOffset});
  if (PackOp::hasPairs(getElementTypeOrSelf(packed.memref.getType())))
    packed.pairedDim = rank - 1;
  emitter.setMemory(argument, packed);
}

/// Workspace of [leading, domain..., dims...] for `value`.
OperandMemory MatrixRowsNest::allocatePadded(OperandMemory::Axis leading,
                                             int64_t extent, Value value) {
  using Axis = OperandMemory::Axis;
  int64_t padded =
      llvm::divideCeil(plan.laneExtent, memory.lanes) * memory.lanes;
  SmallVector<int64_t> shape = {extent};
  SmallVector<Value> dynamic;
  OperandMemory where;
  where.axes.push_back(leading);
  for (int64_t symbol : symbols) {
    std::optional<int64_t> known =
        getConstantIntValue(scan.getDomain()[symbol]);
    shape.push_back(known.value_or(ShapedType::kDynamic));
    if (!known)
      dynamic.push_back(scan.getDomain()[symbol]);
    where.axes.push_back({Axis::Domain, symbol});
  }
  for (auto [d, size] : llvm::enumerate(getBodyShape(value))) {
    int64_t dim = d;
    shape.push_back(dim == plan.getLaneDim(value) ? padded : size);
    where.axes.push_back({Axis::Body, dim});
  }
  auto type = MemRefType::get(shape, getElementTypeOrSelf(value.getType()));
  where.memref = memref::AllocOp::create(b, loc, type, dynamic);
  where.padded = true;
  return where;
}

void MatrixRowsNest::allocate() {
  for (size_t i = 0; i < scan.getDomain().size(); ++i)
    symbols.push_back(i);
  chooseBlockings();
  using Axis = OperandMemory::Axis;
  for (unsigned carry : plan.wholeCarries)
    copies[carry] =
        allocatePadded({Axis::Fixed}, 2, scan.getYield().getCarries()[carry]);
  for (auto &[value, stage] : plan.handedOn) {
    handedOn.push_back(allocatePadded({Axis::Fixed}, 1, value));
    handedOn.back().axes[0].value = constant(0);
  }
  for (TimeBlockOp op : scan.getBodyBlock()->getOps<TimeBlockOp>())
    for (Value value : op.getResults())
      emitter.setMemory(value, allocatePadded({Axis::BlockStep}, block, value));
}

/// Runs `body` for this thread's groups of tiles, backwards where `odd` is set.
void MatrixRowsNest::forEachGroup(
    Value odd, function_ref<void(ArrayRef<TileContext>)> body) {
  int64_t vectors = llvm::divideCeil(plan.laneExtent, memory.lanes);
  bool ragged = plan.laneExtent % memory.lanes != 0;
  int64_t whole = (vectors - (ragged ? 1 : 0)) / blocking.tiles;
  int64_t rest = vectors - whole * blocking.tiles;
  int64_t groups = whole + (rest > 0 ? 1 : 0);
  Value size = constant(plan.laneExtent);
  auto emitGroup = [&](Value group, int64_t count, bool masked) {
    SmallVector<TileContext> tiles;
    Value first = mul(group, constant(blocking.tiles));
    for (int64_t i = 0; i < count; ++i)
      tiles.push_back(
          makeTile(add(first, constant(i)), size, masked && i == count - 1));
    body(tiles);
  };
  auto [low, high] = threadRange(constant(groups));
  Value turn = sub(add(low, high), constant(1));
  loop(low, high, 1, [&](OpBuilder &, Value group) {
    if (odd)
      group = arith::SelectOp::create(b, loc, odd, sub(turn, group), group);
    if (rest == 0)
      return emitGroup(group, blocking.tiles, false);
    if (whole == 0)
      return emitGroup(group, rest, ragged);
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                         group, constant(whole));
    auto branch = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    emitGroup(group, blocking.tiles, false);
    b.setInsertionPointToStart(branch.elseBlock());
    emitGroup(group, rest, ragged);
  });
}

Value MatrixRowsNest::isOdd(Value number) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                               rem(number, constant(2)), constant(0));
}

void MatrixRowsNest::emitRowBlock(Value first, int64_t count,
                                  ArrayRef<TileContext> tiles, MakeRow makeRow,
                                  EmitBlock emitBlock) {
  SmallVector<RowContext> rows;
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(makeRow(add(first, constant(i))));
  emitter.begin(rows, tiles);
  emitBlock();
}

/// Runs `emitBlock` for all `count` rows, `blocking.rows` at a time. Where only
/// a few would be left, whose sums are too few to keep the units busy, the last
/// two blocks are halves of what is left for both.
void MatrixRowsNest::forEachRowBlock(Value count, ArrayRef<TileContext> tiles,
                                     MakeRow makeRow, EmitBlock emitBlock) {
  int64_t rows = blocking.rows;
  std::optional<int64_t> known = getConstantIntValue(count);
  // Several blocks read a group's weights one after another, and ask for those
  // of the group that comes next.
  bool single = known && *known <= rows;
  Value distance = constant(blocking.tiles);
  if (oddStep)
    distance = arith::SelectOp::create(b, loc, oddStep,
                                       constant(-blocking.tiles), distance);
  auto emitBlocks = [&](Value first, Value last, int64_t rows) {
    loop(first, last, rows, [&](OpBuilder &, Value at) {
      if (single)
        emitter.setBackwards(oddStep);
      else if (far &&
               countRegisters({rows, blocking.tiles}) + registersForNext <=
                   target.registers)
        emitter.setNextTiles(distance, div(at, constant(rows)));
      emitRowBlock(at, rows, tiles, makeRow, emitBlock);
      emitter.setBackwards(Value());
      emitter.setNextTiles(Value(), Value());
    });
  };
  if (!known) {
    Value whole = mul(div(count, constant(rows)), constant(rows));
    emitBlocks(constant(0), whole, rows);
    if (rows > 1)
      emitBlocks(whole, count, 1);
    return;
  }
  int64_t rest = *known % rows, whole = *known - rest, half = rest;
  if (rest > 0 && whole > 0 && 2 * rest < rows) {
    whole -= rows;
    half = llvm::divideCeil(rest + rows, 2);
  }
  if (whole > 0)
    emitBlocks(constant(0), constant(whole), rows);
  for (int64_t at = whole, last; at < *known; at = last) {
    half = std::min(half, *known - at);
    last = *known - (*known - at) % half;
    emitBlocks(constant(at), constant(last), half);
  }
}

/// Copies the whole carries between the scan's operands and copy `copy`.
void MatrixRowsNest::copyWholeCarries(Value copy, bool in) {
  onFirstThread([&] {
    Value points = countPoints(symbols);
    loop(constant(0), points, 1, [&](OpBuilder &, Value flat) {
      RowContext row = makeRow(flat, symbols);
      for (unsigned carry : plan.wholeCarries) {
        Value argument = scan.getCarryArguments()[carry];
        OperandMemory outside = OperandMemory::sliced(
            scan.getCarries()[carry], scan.getCarryIndex(carry), -1);
        OperandMemory inside = copies[carry];
        inside.axes[0].value = copy;
        SmallVector<OpFoldResult> index;
        auto copyElement = [&] {
          const OperandMemory &from = in ? outside : inside;
          const OperandMemory &to = in ? inside : outside;
          Value element = memory.load(b, loc, from, row, TileContext(), index);
          memory.store(b, loc, element, to, row, TileContext(), index);
        };
        std::function<void(size_t)> nest = [&](size_t d) {
          if (d == getBodyShape(argument).size())
            return copyElement();
          loop(constant(0), constant(getBodyShape(argument)[d]), 1,
               [&](OpBuilder &, Value at) {
                 index.push_back(at);
                 nest(d + 1);
                 index.pop_back();
               });
        };
        nest(0);
      }
    });
  });
}

/// Step `step` reads one copy of every whole carry and writes the other.
void MatrixRowsNest::selectCopies(Value step) {
  Value from = rem(step, constant(2));
  Value to = sub(constant(1), from);
  for (unsigned carry : plan.wholeCarries) {
    OperandMemory where = copies[carry];
    where.axes[0].value = from;
    emitter.setMemory(scan.getCarryArguments()[carry], where);
    where.axes[0].value = to;
    writes[carry] = where;
  }
}

/// Computes the time blocks of `steps` steps from `start` on: all steps and
/// domain points are rows of one matrix product.
void MatrixRowsNest::hoistBlock(Value start, Value steps) {
  auto blocks = scan.getBodyBlock()->getOps<TimeBlockOp>();
  if (blocks.empty())
    return;
  Value points = countPoints(symbols);
  Value count = mul(steps, points);
  auto row = [&](Value flat) {
    Value step = div(flat, points);
    RowContext context = makeRow(rem(flat, points), symbols);
    context.blockStep = step;
    context.time = timeOfStep(add(start, step));
    return context;
  };
  blocking = hoistBlocking;
  forEachGroup(Value(), [&](ArrayRef<TileContext> tiles) {
    forEachRowBlock(count, tiles, row, [&] {
      for (TimeBlockOp op : blocks) {
        auto yield = cast<YieldOp>(op.getBody().front().getTerminator());
        for (auto pair : llvm::zip(op.getResults(), yield.getOuts())) {
          Value result = std::get<0>(pair), value = std::get<1>(pair);
          for (unsigned r = 0; r < emitter.getRows().size(); ++r)
            for (unsigned t = 0; t < tiles.size(); ++t)
              emitter.forEachElement(result, [&](ArrayRef<int64_t> index) {
                memory.store(b, loc, emitter.emit(b, value, r, t, index),
                             emitter.getMemory(result), emitter.getRows()[r],
                             tiles[t], emitter.toBodyIndex(b, result, index));
              });
        }
      }
    });
  });
  blocking = stepBlocking;
  // Another blocking is another division of the tiles among threads.
  barrier();
}

/// Emits the current block's outs and new carries, then stores the carries.
void MatrixRowsNest::storeStep() {
  SmallVector<PendingStore, 0> pending;
  for (unsigned row = 0; row < emitter.getRows().size(); ++row)
    for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
      for (unsigned carry = 0; carry < scan.getCarries().size(); ++carry) {
        Value value = scan.getYield().getCarries()[carry];
        OperandMemory where =
            plan.wholeCarries.contains(carry)
                ? writes[carry]
                : OperandMemory::sliced(scan.getCarries()[carry],
                                        scan.getCarryIndex(carry), -1);
        emitCarryElements(carry, value, where, row, tile, pending);
      }
  storeOuts();
  storePending(pending);
}

/// Asks for what the current block of rows reads and writes besides its
/// matrices, which have driven it out of the caches: it comes while the step's
/// products are computed.
void MatrixRowsNest::prefetchBlock() {
  if (plan.contractions.empty() || countTileBytes() < firstCacheBytes)
    return;
  auto prefetch = [&](Value value, const OperandMemory &where, bool isWrite) {
    for (const RowContext &row : emitter.getRows())
      for (const TileContext &tile : emitter.getTiles())
        emitter.forEachElement(value, [&](ArrayRef<int64_t> index) {
          memory.prefetch(b, loc, where, row, tile,
                          emitter.toBodyIndex(b, value, index), isWrite);
        });
  };
  for (TimeBlockOp op : scan.getBodyBlock()->getOps<TimeBlockOp>())
    for (Value value : op.getResults())
      prefetch(value, emitter.getMemory(value), /*isWrite=*/false);
  for (auto [i, value] : llvm::enumerate(scan.getYield().getCarries()))
    if (plan.getLaneDim(value) >= 0)
      prefetch(value,
               plan.wholeCarries.contains(i)
                   ? writes[i]
                   : emitter.getMemory(scan.getCarryArguments()[i]),
               /*isWrite=*/true);
  for (auto [i, value] : llvm::enumerate(scan.getYield().getOuts()))
    if (plan.getLaneDim(value) >= 0)
      prefetch(value,
               OperandMemory::sliced(scan.getOuts()[i], scan.getOutIndex(i),
                                     plan.laneSymbol),
               /*isWrite=*/true);
}

/// Emits what stage `stage` leaves to later ones, for the current block.
void MatrixRowsNest::storeHandedOn(int64_t stage) {
  for (size_t i = 0; i < handedOn.size(); ++i) {
    Value value = plan.handedOn[i].first;
    const OperandMemory &where = handedOn[i];
    if (plan.handedOn[i].second != stage)
      continue;
    for (unsigned row = 0; row < emitter.getRows().size(); ++row)
      for (unsigned tile = 0; tile < emitter.getTiles().size(); ++tile)
        emitter.forEachElement(value, [&](ArrayRef<int64_t> index) {
          memory.store(b, loc, emitter.emit(b, value, row, tile, index), where,
                       emitter.getRows()[row], emitter.getTiles()[tile],
                       emitter.toBodyIndex(b, value, index));
        });
  }
}

void MatrixRowsNest::emitStep(Value step, Value blockStep) {
  selectCopies(step);
  for (auto &[value, stage] : plan.handedOn)
    emitter.forgetMemory(value);
  oddStep = sweep ? isOdd(step) : Value();
  Value time = timeOfStep(step);
  auto row = [&](Value flat) {
    RowContext context = makeRow(flat, symbols);
    context.blockStep = blockStep;
    context.time = time;
    return context;
  };
  Value points = countPoints(symbols);
  for (int64_t stage = 0; stage < plan.stages; ++stage) {
    bool last = stage + 1 == plan.stages;
    forEachGroup(oddStep, [&](ArrayRef<TileContext> tiles) {
      forEachRowBlock(points, tiles, row, [&] {
        prefetchBlock();
        if (last)
          storeStep();
        else
          storeHandedOn(stage);
      });
    });
    if (!last || plan.stages > 1 || !plan.wholeCarries.empty())
      barrier();
    for (auto [pair, where] : llvm::zip(plan.handedOn, handedOn))
      if (pair.second == stage)
        emitter.setMemory(pair.first, where);
  }
  oddStep = Value();
}

/// Without carries every step and domain point is a row.
void MatrixRowsNest::lowerWithoutCarries() {
  Value points = countPoints(symbols);
  splitAtHistories([&](Value first, Value last) {
    auto row = [&](Value flat) {
      RowContext context = makeRow(rem(flat, points), symbols);
      context.time = add(first, div(flat, points));
      return context;
    };
    Value count = mul(sub(last, first), points);
    forEachGroup(Value(), [&](ArrayRef<TileContext> tiles) {
      forEachRowBlock(count, tiles, row, [&] { storeOuts(); });
    });
  });
  shiftHistories();
}

void MatrixRowsNest::lower() {
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    if (scan.getInputLanes()[i] != 0)
      setPackedMemory(i);
  setInputMemories();
  if (scan.getCarries().empty() && plan.stages == 1)
    return lowerWithoutCarries();
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (!plan.wholeCarries.contains(i))
      emitter.setMemory(argument,
                        OperandMemory::sliced(scan.getCarries()[i],
                                              scan.getCarryIndex(i), -1));
  if (!plan.wholeCarries.empty()) {
    copyWholeCarries(constant(0), /*in=*/true);
    barrier();
  }
  splitAtHistories([&](Value first, Value last) {
    loop(first, last, block, [&](OpBuilder &, Value start) {
      Value steps = min(constant(block), sub(last, start));
      hoistBlock(start, steps);
      loop(constant(0), steps, 1, [&](OpBuilder &, Value blockStep) {
        emitStep(add(start, blockStep), blockStep);
      });
      // Whoever still reads this block's products must not see the next one's.
      if (plan.wholeCarries.empty())
        barrier();
    });
  });
  shiftHistories();
  if (!plan.wholeCarries.empty())
    copyWholeCarries(rem(scan.getTime(), constant(2)), /*in=*/false);
}

void seqc::lowerMatrixRows(OpBuilder &builder, ScanOp scan,
                           const RecurrentPlan &plan,
                           const VectorTarget &target, int64_t block) {
  MatrixRowsNest nest(builder, scan, plan, target, block);
  nest.allocate();
  buildThreadedRegion(builder, scan.getLoc(), [&] { nest.lower(); });
}
