//===- TimeLanes.cpp - lanes along time -----------------------------------===//

#include "passes/Lower/TimeLanes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace seqc;
using namespace seqc::seq;

//===----------------------------------------------------------------------===//
// Which scans
//===----------------------------------------------------------------------===//

/// Neighbours along time are neighbours in memory: no dimension after it has
/// more than one element.
static bool runsAlongTime(Value operand, ArrayRef<IndexEntry> list) {
  int64_t time = findTime(list);
  auto type = cast<ShapedType>(operand.getType());
  return list[time].lag == 0 && list[time].every == 1 &&
         type.getElementType().isF32() &&
         llvm::all_of(type.getShape().drop_front(time + 1),
                      [](int64_t extent) { return extent == 1; });
}

static bool isNumber(Value value) {
  return isa<FloatType, IntegerType, IndexType>(value.getType());
}

/// Whether every op is one on numbers that vectors can take its place.
static bool runsOnVectors(Block &block) {
  return llvm::all_of(block.without_terminator(), [](Operation &op) {
    if (op.hasTrait<OpTrait::ConstantLike>())
      return isNumber(op.getResult(0));
    std::optional<BodySemantics> space = getBodySemantics(&op);
    return space && !space->hasReduction() &&
           llvm::all_of(op.getOperands(), isNumber) &&
           llvm::all_of(op.getResults(), isNumber);
  });
}

/// Emits all that lanes need of `transition` on numbers, and asks.
static bool composesNumbers(TransitionOpInterface transition) {
  auto isF32 = [](Type type) { return type.isF32(); };
  if (!llvm::all_of(transition->getOperandTypes(), isF32) ||
      !llvm::all_of(transition.getSummaryTypes(), isF32))
    return false;
  Location loc = transition.getLoc();
  Block scratch;
  OpBuilder b(transition.getContext());
  b.setInsertionPointToEnd(&scratch);
  SmallVector<Value> elements, states;
  for (OpOperand *operand : transition.getElementOperands())
    elements.push_back(scratch.addArgument(operand->get().getType(), loc));
  for (OpOperand *operand : transition.getStateOperands())
    states.push_back(scratch.addArgument(operand->get().getType(), loc));
  SmallVector<Value> summary = transition.buildIdentity(b, loc);
  summary = transition.buildExtend(b, loc, summary, elements);
  summary = transition.buildCompose(b, loc, summary, summary);
  transition.buildApply(b, loc, summary, states);
  return llvm::all_of(scratch, [](Operation &op) {
    if (op.hasTrait<OpTrait::ConstantLike>())
      return isNumber(op.getResult(0));
    std::optional<BodySemantics> space = getBodySemantics(&op);
    return space && !space->hasReduction();
  });
}

/// Whether every lane can run the body of `scan`.
static bool takesLanes(ScanOp scan) {
  if (scan.hasLengths() || !scan.getHistories().empty() ||
      !scan.getTimeArgument().use_empty() ||
      !runsOnVectors(*scan.getBodyBlock()))
    return false;
  for (auto [i, input] : llvm::enumerate(scan.getInputs())) {
    IndexList list = scan.getInputIndex(i);
    if (scan.getInputLanes()[i] != 0 ||
        !isNumber(scan.getInputArguments()[i]) ||
        (findTime(list) >= 0 && !runsAlongTime(input, list)))
      return false;
  }
  for (auto [i, out] : llvm::enumerate(scan.getOuts()))
    if (!scan.getYield().getOuts()[i].getType().isF32() ||
        !runsAlongTime(out, scan.getOutIndex(i)))
      return false;
  return llvm::all_of(scan.getCarryArguments(), [](BlockArgument carry) {
    return carry.getType().isF32();
  });
}

bool seqc::canShareSteps(ScanOp scan, const CarryGraph &graph, int64_t lanes) {
  // Squares of vectors are transposed four by four.
  if (lanes < 4 || !llvm::isPowerOf2_64(lanes) || scan.getCarries().empty() ||
      !takesLanes(scan))
    return false;
  return llvm::all_of(
      graph.getComponents(), [&](const CarryComponent &component) {
        if (component.kind != CarryComponent::Kind::Associative)
          return false;
        TransitionOpInterface transition = component.transition;
        return llvm::all_of(transition.getElementOperands(),
                            [&](OpOperand *element) {
                              return graph.getCarriesOf(element->get()).none();
                            }) &&
               composesNumbers(transition);
      });
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

SmallVector<Value> seqc::buildOnVectors(
    OpBuilder &b, Location loc, int64_t lanes, ValueRange vectors,
    function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> build) {
  Block scratch;
  for (Value vector : vectors)
    scratch.addArgument(getElementTypeOrSelf(vector.getType()), loc);
  OpBuilder numbers(b.getContext());
  numbers.setInsertionPointToEnd(&scratch);
  SmallVector<Value> built = build(numbers, scratch.getArguments());
  IRMapping mapping;
  mapping.map(ValueRange(scratch.getArguments()), vectors);
  for (Operation &op : scratch) {
    if (op.hasTrait<OpTrait::ConstantLike>()) {
      Value number = b.clone(op)->getResult(0);
      auto type = VectorType::get({lanes}, number.getType());
      mapping.map(op.getResult(0),
                  Value(vector::BroadcastOp::create(b, loc, type, number)));
      continue;
    }
    auto operands = llvm::map_to_vector(
        op.getOperands(), [&](Value value) { return mapping.lookup(value); });
    SmallVector<Value> results = buildBodyElement(b, &op, operands, {});
    mapping.map(ValueRange(op.getResults()), ValueRange(results));
  }
  return llvm::map_to_vector(
      built, [&](Value value) { return mapping.lookup(value); });
}

/// Two vectors of which `choose` says, for every lane, which of their elements
/// it takes, those of `y` after those of `x`.
static Value shuffle(OpBuilder &b, Location loc, Value x, Value y,
                     function_ref<int64_t(int64_t lane)> choose) {
  int64_t lanes = cast<VectorType>(x.getType()).getDimSize(0);
  auto mask = llvm::map_to_vector(llvm::seq<int64_t>(lanes), choose);
  return vector::ShuffleOp::create(b, loc, x, y, mask);
}

/// Within blocks of four lanes first, which processors shuffle cheaply, then
/// whole blocks.
SmallVector<Value> seqc::transposeVectors(OpBuilder &b, Location loc,
                                          SmallVector<Value> rows) {
  int64_t lanes = rows.size();
  // Lanes 2 k and 2 k + 1 of a block get pairs: from both vectors by turns, or
  // two neighbours of each.
  auto interleave = [&](Value x, Value y, int64_t half) {
    return shuffle(b, loc, x, y, [&](int64_t lane) {
      int64_t at = lane / 4 * 4 + half * 2 + lane % 4 / 2;
      return lane % 2 ? at + lanes : at;
    });
  };
  auto pair = [&](Value x, Value y, int64_t half) {
    return shuffle(b, loc, x, y, [&](int64_t lane) {
      int64_t at = lane / 4 * 4 + half * 2 + lane % 2;
      return lane % 4 < 2 ? at : at + lanes;
    });
  };
  for (int64_t group = 0; group < lanes; group += 4) {
    Value low01 = interleave(rows[group], rows[group + 1], 0);
    Value high01 = interleave(rows[group], rows[group + 1], 1);
    Value low23 = interleave(rows[group + 2], rows[group + 3], 0);
    Value high23 = interleave(rows[group + 2], rows[group + 3], 1);
    rows[group] = pair(low01, low23, 0);
    rows[group + 1] = pair(low01, low23, 1);
    rows[group + 2] = pair(high01, high23, 0);
    rows[group + 3] = pair(high01, high23, 1);
  }
  for (int64_t block = 4; block < lanes; block *= 2)
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & block)
        continue;
      Value x = rows[i], y = rows[i + block];
      rows[i] = shuffle(b, loc, x, y, [&](int64_t lane) {
        return lane & block ? lanes + lane - block : lane;
      });
      rows[i + block] = shuffle(b, loc, x, y, [&](int64_t lane) {
        return lane & block ? lanes + lane : lane + block;
      });
    }
  return rows;
}
