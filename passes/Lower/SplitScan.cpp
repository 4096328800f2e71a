//===- SplitScan.cpp - a scan's parallel form -----------------------------===//

#include "passes/Lower/SplitScan.h"

#include "passes/Lower/TimeSplit.h"
#include "passes/Schedule/Legality.h"
#include "passes/Support/BodySlice.h"

using namespace mlir;
using namespace seqc;

namespace {
/// The parallel form of one scan, whose only alternative it is.
class SplitScan : public TimeSplit {
public:
  /// The chunks are nodes of `level` of a tree; those of level 0 have steps.
  SplitScan(OpBuilder &builder, seq::ScanOp scan, SplitSizes sizes,
            int64_t level = 0)
      : TimeSplit(builder, scan, sizes.chunk, sizes.block, "parallel"),
        sizes(sizes), level(level), entering(states.size()) {
    lanes = sizes.lanes;
  }

  /// Values for the scan's results.
  SmallVector<Value> build();

private:
  void buildChunks();
  void buildLevel(unsigned level);
  SmallVector<Value> buildSummaries(ArrayRef<const CarryComponent *> level);
  void buildEntering(ArrayRef<const CarryComponent *> level,
                     ValueRange summaries);
  bool isNode(seq::ScanOp scanned);
  SmallVector<Value> lowerEntering(seq::ScanOp scanned);
  SmallVector<unsigned> findEarlier(const BodySlice &slice);
  void buildReplay();

  SplitSizes sizes;
  int64_t level;
  SmallVector<Value> entering; // the states at the start of every chunk
};
} // namespace

//===----------------------------------------------------------------------===//
// Summaries and entering states
//===----------------------------------------------------------------------===//

/// The carries that `slice` reads, and those that they in turn are made of.
SmallVector<unsigned> SplitScan::findEarlier(const BodySlice &slice) {
  llvm::BitVector earlier(states.size());
  for (auto [i, argument] : llvm::enumerate(scan.getCarryArguments()))
    if (slice.arguments.contains(argument))
      earlier.set(i);
  for (unsigned round = 0; round < states.size(); ++round)
    for (unsigned carry : llvm::BitVector(earlier).set_bits())
      earlier |= graph.getCarriesOf(scan.getYield().getCarries()[carry]);
  return llvm::to_vector_of<unsigned>(earlier.set_bits());
}

/// Scans every chunk from the identity. States of earlier levels, whose
/// entering values are known, are replayed beside the summaries.
SmallVector<Value>
SplitScan::buildSummaries(ArrayRef<const CarryComponent *> level) {
  SmallVector<Value> wanted;
  for (const CarryComponent *component : level)
    for (OpOperand *element :
         seq::TransitionOpInterface(component->transition).getElementOperands())
      wanted.push_back(element->get());
  SmallVector<unsigned> earlier = findEarlier(sliceBody(scan, wanted));
  for (unsigned carry : earlier)
    wanted.push_back(scan.getYield().getCarries()[carry]);
  BodySlice slice = sliceBody(scan, wanted);

  seq::ScanOperands made = makeSplitOperands();
  SmallVector<Value> inputArguments;
  for (auto [input, argument] :
       llvm::zip(operands.inputs, scan.getInputArguments())) {
    if (!slice.arguments.contains(argument))
      continue;
    seq::ScanOperands::Input kept = input;
    kept.value =
        splitSteps(takeSteps(input.value, input.index, false), input.index);
    kept.index = splitIndex(input.index);
    made.inputs.push_back(kept);
    inputArguments.push_back(argument);
  }
  auto addCarry = [&](Value value, Type slice) {
    made.carries.push_back({value, chunkIndex(/*chunkIsTime=*/false, slice)});
  };
  for (unsigned carry : earlier)
    addCarry(entering[carry], scan.getCarryArguments()[carry].getType());
  for (const CarryComponent *component : level) {
    seq::TransitionOpInterface transition = component->transition;
    for (Value part : transition.buildIdentity(b, loc)) {
      Type type = part.getType();
      addCarry(fillWith(part, makeEmpty(type), scan.getDomain().size() + 1),
               type);
    }
  }
  auto summaries = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapIndices(nested, body, mapping);
        mapping.map(ValueRange(inputArguments), body.inputs);
        for (auto [carry, argument] : llvm::zip(earlier, body.carries))
          mapping.map(Value(scan.getCarryArguments()[carry]), argument);
        cloneSlice(nested, scan, slice, mapping);
        SmallVector<Value> yielded;
        for (unsigned carry : earlier)
          yielded.push_back(
              mapping.lookupOrDefault(scan.getYield().getCarries()[carry]));
        ValueRange parts = body.carries.drop_front(earlier.size());
        for (const CarryComponent *component : level) {
          seq::TransitionOpInterface transition = component->transition;
          SmallVector<Value> element;
          for (OpOperand *operand : transition.getElementOperands())
            element.push_back(mapping.lookupOrDefault(operand->get()));
          size_t count = transition.getSummaryTypes().size();
          llvm::append_range(
              yielded, transition.buildExtend(
                           nested, loc, parts.take_front(count), element));
          parts = parts.drop_front(count);
        }
        seq::YieldOp::create(nested, loc, ValueRange(), yielded);
      });
  setForm(summaries);
  return llvm::to_vector(
      ValueRange(summaries.getResults()).drop_front(earlier.size()));
}

/// Whether the summaries of `scanned`, a scan over the chunks, are composed a
/// few at a time before any is applied.
bool SplitScan::isNode(seq::ScanOp scanned) {
  if (sizes.fan == 0)
    return false;
  std::optional<int64_t> count = getConstantIntValue(chunks);
  if (count ? *count <= sizes.fan : level >= levelsOfUnknown)
    return false;
  Verdict verdict =
      judgeForm(scanned, CarryGraph(scanned), seq::Form::Parallel);
  if (!verdict.legal)
    scan.emitWarning("the summaries are applied in turn, by no tree: ")
        << verdict.reason;
  return verdict.legal;
}

/// Values for the results of `scanned`, a scan over the chunks.
SmallVector<Value> SplitScan::lowerEntering(seq::ScanOp scanned) {
  if (!isNode(scanned)) {
    setForm(scanned);
    return llvm::to_vector(ValueRange(scanned.getResults()));
  }
  SplitSizes above = sizes;
  above.chunk = sizes.fan;
  SmallVector<Value> results = SplitScan(b, scanned, above, level + 1).build();
  scanned.erase();
  return results;
}

/// Scans over the chunks: each one's out is the state before it, and the state
/// at the end is that after all of them.
void SplitScan::buildEntering(ArrayRef<const CarryComponent *> level,
                              ValueRange summaries) {
  seq::ScanOperands made(loc);
  llvm::append_range(made.domain, scan.getDomain());
  made.time = chunks;
  made.reverse = operands.reverse;
  SmallVector<unsigned> carries;
  ValueRange next = summaries;
  for (const CarryComponent *component : level) {
    llvm::append_range(carries, component->carries);
    seq::TransitionOpInterface transition = component->transition;
    for (Type type : transition.getSummaryTypes()) {
      made.inputs.push_back({next.front(), chunkIndex(true, type)});
      next = next.drop_front();
    }
  }
  for (unsigned carry : carries) {
    Type slice = scan.getCarryArguments()[carry].getType();
    made.outs.push_back({makeEmpty(slice), chunkIndex(true, slice)});
    made.carries.push_back({states[carry], operands.carries[carry].index});
  }
  auto scanned = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        SmallVector<Value> after;
        ValueRange parts = body.inputs, before = body.carries;
        for (const CarryComponent *component : level) {
          seq::TransitionOpInterface transition = component->transition;
          size_t count = transition.getSummaryTypes().size();
          size_t width = component->carries.size();
          llvm::append_range(
              after, transition.buildApply(nested, loc, parts.take_front(count),
                                           before.take_front(width)));
          parts = parts.drop_front(count);
          before = before.drop_front(width);
        }
        seq::YieldOp::create(nested, loc, body.carries, after);
      });
  SmallVector<Value> results = lowerEntering(scanned);
  for (auto [i, carry] : llvm::enumerate(carries)) {
    entering[carry] = results[i];
    states[carry] = results[carries.size() + i];
  }
}

void SplitScan::buildLevel(unsigned level) {
  SmallVector<const CarryComponent *> members;
  for (const CarryComponent &component : graph.getComponents())
    if (component.level == level && component.transition)
      members.push_back(&component);
  if (!members.empty())
    buildEntering(members, buildSummaries(members));
}

//===----------------------------------------------------------------------===//
// Replay
//===----------------------------------------------------------------------===//

/// Runs the whole body in every chunk, from the state that enters it.
void SplitScan::buildReplay() {
  seq::ScanOperands made = makeSplitOperands();
  for (seq::ScanOperands::Input input : operands.inputs) {
    input.value =
        splitSteps(takeSteps(input.value, input.index, false), input.index);
    input.index = splitIndex(input.index);
    made.inputs.push_back(input);
  }
  for (const seq::ScanOperands::Slot &out : operands.outs)
    made.outs.push_back(
        {splitSteps(takeSteps(out.value, out.index, false), out.index),
         splitIndex(out.index)});
  for (auto [carry, argument] : llvm::zip(entering, scan.getCarryArguments()))
    made.carries.push_back({carry, chunkIndex(false, argument.getType())});
  auto replayed = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        IRMapping mapping;
        mapIndices(nested, body, mapping);
        cloneStep(nested, body, mapping);
      });
  setForm(replayed);
  for (auto [i, out] : llvm::enumerate(operands.outs))
    out.value = putSteps(mergeSteps(replayed->getResult(i), out.index),
                         out.value, out.index, /*tail=*/false);
}

void SplitScan::buildChunks() {
  unsigned levels = 0;
  for (const CarryComponent &component : graph.getComponents())
    levels = std::max(levels, component.level + 1);
  for (unsigned level = 0; level < levels; ++level)
    buildLevel(level);
  // No outs, no replay: the states are known already.
  if (!operands.outs.empty())
    buildReplay();
}

SmallVector<Value> SplitScan::build() {
  return buildAround([&] { buildChunks(); });
}

SmallVector<Value> seqc::splitScan(OpBuilder &b, seq::ScanOp scan,
                                   SplitSizes sizes) {
  return SplitScan(b, scan, sizes).build();
}
