//===- CostModel.cpp - what a form of a scan should cost ------------------===//

#include "passes/Schedule/CostModel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/ChunkScan.h"
#include "passes/Lower/RecurrentPlan.h"
#include "passes/Lower/TimeLanes.h"

using namespace mlir;
using namespace seqc;

/// A vector op that is no multiply-add runs at a quarter of the peak's rate:
/// it is one operation, and half the ports take it.
static constexpr double elementwiseFlops = 4;
/// Latency of a transcendental in dependent multiply-adds.
static constexpr double expLatency = 8;
/// A scalar loop's step per operation, and libm's per call.
static constexpr double scalarNs = 0.5, libmNs = 12;
/// Invariants up to here stay in registers or the first cache.
static constexpr double residentBytes = 8 * 1024;
static constexpr double launchNs = 100;
/// Chunks are powers of two between these.
static constexpr int64_t shortestChunk = 32;
static constexpr double longestChunk = 1024;
/// Children of a node of a tree over the chunks, which is code for several
/// scans more: as much cheaper it must make the whole.
static constexpr int64_t fanOfTree = 16;
static constexpr double marginOfTree = 0.95;
/// What a dependent multiply-add takes of a processor's cycles, and what a
/// square of shared steps waits for the one before, in multiply-adds.
static constexpr double cyclesOfMultiplyAdd = 4, squareLatency = 3;

StepWork &StepWork::operator+=(const StepWork &other) {
  flops += other.flops;
  exps += other.exps;
  chain = std::max(chain, other.chain);
  width = std::max(width, other.width);
  mixes |= other.mixes;
  return *this;
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

static double countTranscendentals(Operation &op) {
  if (isa<seq::SoftplusOp>(op))
    return 2;
  if (isa<seq::SigmoidOp, math::ExpOp, math::Exp2Op, math::ExpM1Op,
          math::TanhOp, math::LogOp, math::Log1pOp, math::Log2Op, math::PowFOp,
          math::ErfOp, math::SinOp, math::CosOp>(op))
    return 1;
  return 0;
}

/// One op of the body at one point of its space: emitted into a scratch block
/// and counted there, so that ops the model never heard of count too.
static StepWork countElement(Operation *op, const seq::BodySemantics &space) {
  StepWork work;
  if (isa<arith::ConstantOp, tensor::SplatOp, tensor::CollapseShapeOp,
          tensor::ExpandShapeOp, seq::ExtractOp, seq::BroadcastOp>(op))
    return work;
  Block scratch;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&scratch);
  SmallVector<Value> elements, accumulators;
  for (Type type : op->getOperandTypes())
    elements.push_back(
        scratch.addArgument(getElementTypeOrSelf(type), op->getLoc()));
  if (space.hasReduction())
    for (Type type : op->getResultTypes())
      accumulators.push_back(
          scratch.addArgument(getElementTypeOrSelf(type), op->getLoc()));
  if (space.hasReduction() && op->getNumResults() == 2)
    elements.push_back(scratch.addArgument(
        getElementTypeOrSelf(op->getResult(1).getType()), op->getLoc()));
  seq::buildBodyElement(builder, op, elements, accumulators);
  for (Operation &emitted : scratch) {
    if (double exps = countTranscendentals(emitted)) {
      work.exps += exps;
      work.chain += exps * expLatency;
    } else if (!isa<arith::ConstantOp>(emitted)) {
      work.flops += space.hasReduction() ? 2 : elementwiseFlops;
      work.chain += 1;
    }
  }
  scratch.clear();
  return work;
}

static StepWork countOp(Operation *op);

/// What a builder of a transition emits for arguments of `types`, one op after
/// another.
static StepWork
countEmitted(seq::TransitionOpInterface transition, ArrayRef<Type> types,
             function_ref<void(OpBuilder &, ValueRange)> build) {
  Block scratch;
  OpBuilder b(transition.getContext());
  b.setInsertionPointToEnd(&scratch);
  for (Type type : types)
    scratch.addArgument(type, transition.getLoc());
  build(b, scratch.getArguments());
  StepWork total;
  double chain = 0;
  for (Operation &emitted : scratch) {
    StepWork one = countOp(&emitted);
    chain += one.chain;
    total += one;
  }
  total.chain = chain;
  while (!scratch.empty())
    scratch.back().erase();
  return total;
}

static StepWork countComposite(seq::TransitionOpInterface transition) {
  return countEmitted(
      transition, llvm::to_vector(transition->getOperandTypes()),
      [&](OpBuilder &b, ValueRange arguments) {
        auto step = cast<seq::TransitionOpInterface>(b.clone(*transition));
        step->setOperands(arguments);
        b.setInsertionPoint(step);
        step.decompose(b, step.getLoc());
        step->erase();
      });
}

/// Folding the element of one step into a summary.
static StepWork countExtend(seq::TransitionOpInterface transition) {
  SmallVector<Type> types = transition.getSummaryTypes();
  size_t parts = types.size();
  for (OpOperand *operand : transition.getElementOperands())
    types.push_back(operand->get().getType());
  return countEmitted(transition, types,
                      [&](OpBuilder &b, ValueRange arguments) {
                        transition.buildExtend(b, transition.getLoc(),
                                               arguments.take_front(parts),
                                               arguments.drop_front(parts));
                      });
}

/// `op`'s work over its whole space, at one domain point.
static StepWork countOp(Operation *op) {
  StepWork total;
  if (seq::isComposite(op))
    return countComposite(cast<seq::TransitionOpInterface>(op));
  if (auto block = dyn_cast<seq::TimeBlockOp>(op)) {
    for (Operation &nested : block.getBody().front().without_terminator())
      total += countOp(&nested);
    return total;
  }
  std::optional<seq::BodySemantics> space = seq::getBodySemantics(op);
  if (!space)
    return total;
  double count = 1, parallel = 1;
  for (auto [extent, reduced] : llvm::zip(space->extents, space->reduced)) {
    double size = ShapedType::isDynamic(extent) ? 1 : extent;
    count *= size;
    parallel *= reduced ? 1 : size;
  }
  total = countElement(op, *space);
  total.flops *= count;
  total.exps *= count;
  // A reduction is unrolled into independent sums, combined in a tree.
  if (space->hasReduction())
    total.chain *= std::max(1.0, std::log2(count / parallel));
  total.width = parallel;
  total.mixes = space->hasReduction();
  return total;
}

static double getDomainExtent(seq::ScanOp scan, int64_t symbol) {
  return getConstantIntValue(scan.getDomain()[symbol]).value_or(1);
}

static double countPoints(seq::ScanOp scan) {
  double points = 1;
  for (unsigned symbol = 0; symbol < scan.getDomain().size(); ++symbol)
    points *= getDomainExtent(scan, symbol);
  return points;
}

/// Bytes of `value` that one step of all points touches.
static double countBytes(seq::ScanOp scan, Value value,
                         ArrayRef<seq::IndexEntry> list) {
  auto type = cast<ShapedType>(value.getType());
  Type element = type.getElementType();
  double bytes = element.isIntOrFloat()
                     ? std::max(1.0, element.getIntOrFloatBitWidth() / 8.0)
                     : sizeof(int64_t);
  for (auto [entry, extent] : llvm::zip(list, type.getShape())) {
    if (entry.kind == seq::IndexEntry::Time)
      continue;
    if (!ShapedType::isDynamic(extent))
      bytes *= extent;
    else if (entry.kind == seq::IndexEntry::Domain)
      bytes *= getDomainExtent(scan, entry.symbol);
  }
  return bytes;
}

static void countTraffic(seq::ScanOp scan, StepWork &work, bool withOuts) {
  for (auto [i, value] : llvm::enumerate(scan.getInputs())) {
    seq::IndexList list = scan.getInputIndex(i);
    double bytes = countBytes(scan, value, list);
    if (seq::findTime(list) >= 0)
      work.streamBytes += bytes;
    else if (bytes > residentBytes)
      work.invariantBytes += bytes;
  }
  if (!withOuts)
    return;
  for (auto [i, value] : llvm::enumerate(scan.getOuts()))
    work.streamBytes += countBytes(scan, value, scan.getOutIndex(i));
}

/// The longest dependent chain from a carry to a carry, and whether a
/// contraction lies on one.
static void countChain(seq::ScanOp scan, const CarryGraph &graph,
                       StepWork &work) {
  llvm::DenseMap<Value, double> depth;
  bool mixes = false;
  for (Operation &op : scan.getBodyBlock()->without_terminator()) {
    if (graph.getCarriesOf(&op).none())
      continue;
    double before = 0;
    for (Value operand : op.getOperands())
      before = std::max(before, depth.lookup(operand));
    StepWork one = countOp(&op);
    mixes |= one.mixes;
    for (Value result : op.getResults())
      depth[result] = before + one.chain;
  }
  work.mixes = mixes;
  work.chain = 0;
  for (Value yielded : scan.getYield().getCarries())
    work.chain = std::max(work.chain, depth.lookup(yielded));
}

StepWork seqc::countStep(seq::ScanOp scan, const CarryGraph &graph) {
  StepWork work;
  for (Operation &op : scan.getBodyBlock()->without_terminator())
    work += countOp(&op);
  work.points = countPoints(scan);
  work.flops *= work.points;
  work.exps *= work.points;
  countTraffic(scan, work, /*withOuts=*/true);
  countChain(scan, graph, work);
  return work;
}

StepWork seqc::countSummaryStep(seq::ScanOp scan, const CarryGraph &graph) {
  StepWork work;
  llvm::SmallPtrSet<Operation *, 16> needed;
  for (const CarryComponent &component : graph.getComponents())
    if (component.transition)
      needed.insert(component.transition);
  Block *body = scan.getBodyBlock();
  for (Operation &op : llvm::reverse(body->without_terminator())) {
    if (!needed.contains(&op))
      continue;
    auto transition = dyn_cast<seq::TransitionOpInterface>(op);
    work += transition ? countExtend(transition) : countOp(&op);
    op.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (Operation *def = operand.getDefiningOp();
            def && def->getBlock() == body)
          needed.insert(def);
    });
  }
  work.points = countPoints(scan);
  work.flops *= work.points;
  work.exps *= work.points;
  countTraffic(scan, work, /*withOuts=*/false);
  countChain(scan, graph, work);
  return work;
}

/// `type` with a dimension in front for each of `extents`.
static Type addDimensions(Type type, ArrayRef<int64_t> extents) {
  SmallVector<int64_t> shape(extents);
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    llvm::append_range(shape, shaped.getShape());
  return RankedTensorType::get(shape, getElementTypeOrSelf(type));
}

/// Whether the scan that folds elements into summaries has a vector lowering:
/// a dense matrix may be too large for one where the state is not.
static bool canFoldInVectors(seq::TransitionOpInterface transition) {
  Location loc = transition.getLoc();
  Block scratch;
  OpBuilder b(transition.getContext());
  b.setInsertionPointToEnd(&scratch);
  seq::ScanOperands made(loc);
  made.domain = {scratch.addArgument(b.getIndexType(), loc)};
  made.time = scratch.addArgument(b.getIndexType(), loc);
  auto add = [&](Type type, seq::IndexList list) {
    SmallVector<int64_t> extents(list.size(), ShapedType::kDynamic);
    if (auto shaped = dyn_cast<RankedTensorType>(type))
      list.append(shaped.getRank(), seq::IndexEntry::all());
    Value value = scratch.addArgument(addDimensions(type, extents), loc);
    return std::make_pair(value, list);
  };
  for (OpOperand *operand : transition.getElementOperands()) {
    auto [value, list] =
        add(operand->get().getType(),
            {seq::IndexEntry::time(), seq::IndexEntry::domain(0)});
    made.inputs.push_back({value, list});
  }
  for (Type type : transition.getSummaryTypes()) {
    auto [value, list] = add(type, {seq::IndexEntry::domain(0)});
    made.carries.push_back({value, list});
  }
  auto scan = seq::ScanOp::create(
      b, loc, made, [&](OpBuilder &nested, Location, seq::ScanBody body) {
        seq::YieldOp::create(
            nested, loc, ValueRange(),
            transition.buildExtend(nested, loc, body.carries, body.inputs));
      });
  std::string reason;
  bool vectors = canLowerRecurrent(scan, reason);
  scan.erase();
  return vectors;
}

//===----------------------------------------------------------------------===//
// Predicting
//===----------------------------------------------------------------------===//

CostModel::CostModel(seq::ScanOp scan, const CarryGraph &graph,
                     const MachineModel &machine)
    : scan(scan), machine(machine), step(countStep(scan, graph)),
      summary(countSummaryStep(scan, graph)),
      hasCarries(!scan.getCarries().empty()),
      shares(canShareSteps(scan, graph, machine.lanes)),
      foldsInVectors(llvm::all_of(
          graph.getComponents(), [](const CarryComponent &component) {
            return !component.transition ||
                   canFoldInVectors(component.transition);
          })) {
  if (!findSecondTierOp(scan))
    step.points *=
        std::max<int64_t>(1, getPromotedExtent(scan) / machine.lanes);
}

/// One step on all threads, of a run of `steps`, where time is split so that
/// `splits` of them proceed side by side.
double CostModel::stepNs(const StepWork &work, double steps,
                         double splits) const {
  // A step that mixes lanes splits its rows over threads, which then meet.
  bool splitsRows = work.mixes && work.points * splits < machine.threads;
  double threads =
      splitsRows ? machine.threads
                 : std::min<double>(machine.threads, work.points * splits);
  threads = std::max(threads, 1.0);
  double filled = std::min(1.0, work.points * work.width / machine.lanes);
  filled = std::max(filled, 1.0 / machine.lanes);
  double computeNs = work.flops / (machine.gigaflops * filled) +
                     work.exps / (machine.gigaexps * filled);
  double memoryNs =
      work.invariantBytes /
          machine.getBandwidth(work.invariantBytes / threads) +
      work.streamBytes / machine.getBandwidth(work.streamBytes * steps);
  double ns = std::max(computeNs, memoryNs) / threads;
  // Points on one thread overlap their chains; splits have one each.
  double chainNs = work.chain * machine.latencyNs / std::min(splits, threads);
  ns = std::max(ns, chainNs);
  return ns + (splitsRows ? machine.barrierNs : 0);
}

static double naiveNs(const StepWork &work) {
  return work.flops * scalarNs + work.exps * libmNs;
}

/// What the scans cost that the chunked form is made of: those that it makes of
/// a copy.
double CostModel::chunksNs(double steps, int64_t chunk) const {
  seq::ScanOp scan = this->scan;
  Block scratch;
  OpBuilder b(scan.getContext());
  b.setInsertionPointToEnd(&scratch);
  Location loc = scan.getLoc();
  auto copy = cast<seq::ScanOp>(b.clone(*scan));
  b.setInsertionPoint(copy);
  copy.getTimeMutable().assign(
      arith::ConstantIndexOp::create(b, loc, static_cast<int64_t>(steps))
          .getResult());
  b.setInsertionPointToEnd(&scratch);
  ScopedDiagnosticHandler silent(scan.getContext(),
                                 [](Diagnostic &) { return success(); });
  (void)chunkScan(b, copy, chunk);
  double ns = 0;
  for (seq::ScanOp made : scratch.getOps<seq::ScanOp>()) {
    if (made == copy)
      continue;
    seq::Form form =
        isLoweredNaively(made) ? seq::Form::Naive : seq::Form::Recurrent;
    double length = getConstantIntValue(made.getTime()).value_or(1);
    CostModel part(made, CarryGraph(made), machine);
    ns += part.predict(form, length, 0) * 1000 - launchNs + machine.barrierNs;
  }
  while (!scratch.empty()) {
    scratch.back().dropAllUses();
    scratch.back().erase();
  }
  return ns;
}

/// `steps` steps that lanes share: every number read or written along time
/// takes its part in a transposition, and squares of steps wait for each other.
double CostModel::sharedNs(double steps) const {
  double square = getSharedSteps(machine.lanes);
  double whole = std::floor(steps / square) * square;
  double threads = std::min<double>(machine.threads, step.points);
  double numbers = step.streamBytes / sizeof(float);
  double cycleNs = machine.latencyNs / cyclesOfMultiplyAdd;
  double shuffleNs =
      numbers * std::log2(machine.lanes) / machine.lanes * cycleNs;
  double computeNs = (step.flops + 2 * summary.flops) / machine.gigaflops +
                     (step.exps + 2 * summary.exps) / machine.gigaexps;
  double chainNs =
      squareLatency * machine.latencyNs * step.chain * step.points / square;
  double memoryNs =
      step.streamBytes / machine.getBandwidth(step.streamBytes * steps);
  return whole * std::max(computeNs + shuffleNs + chainNs, memoryNs) / threads +
         (steps - whole) * stepNs(step, steps, 1);
}

/// What it takes to know the states that enter `chunks` chunks.
double CostModel::enteringNs(double steps, double chunks, int64_t fan) const {
  if (fan == 0 || chunks <= fan)
    return chunks * stepNs(summary, steps, 1) + machine.barrierNs;
  double nodes = std::floor(chunks / fan), below = nodes * fan;
  // Up and down again, all nodes at the same time.
  return 2 * (below * stepNs(summary, steps, nodes) + machine.barrierNs) +
         enteringNs(steps, nodes, fan) +
         (chunks - below) * stepNs(summary, steps, 1);
}

double CostModel::predict(seq::Form form, double steps, int64_t chunk,
                          int64_t fan) const {
  double ns = launchNs;
  switch (form) {
  case seq::Form::Naive:
    ns += steps * naiveNs(step);
    break;
  case seq::Form::Recurrent:
    ns += steps * stepNs(step, steps, 1);
    break;
  case seq::Form::Parallel: {
    if (shares && chunk >= steps) {
      ns += sharedNs(steps);
      break;
    }
    double chunks = std::floor(steps / chunk), split = chunks * chunk;
    if (chunks < 1)
      return predict(seq::Form::Recurrent, steps, 0);
    ns += split * stepNs(step, steps, chunks) + machine.barrierNs;
    ns += (steps - split) * stepNs(step, steps, 1);
    if (!hasCarries)
      break;
    ns += enteringNs(steps, chunks, fan) + machine.barrierNs;
    if (foldsInVectors)
      ns += split * stepNs(summary, steps, chunks);
    else
      ns += split * naiveNs(summary) /
            std::min<double>(machine.threads, step.points * chunks);
    break;
  }
  case seq::Form::Chunked:
  case seq::Form::Convolution:
    ns += chunksNs(steps, chunk);
    break;
  }
  return ns / 1000;
}

int64_t CostModel::chooseChunk(double steps) const {
  // Fewer chunks than threads, or than four, are no split worth its name.
  double longest = steps / std::max<int64_t>(machine.threads, 4);
  int64_t best = shortestChunk;
  for (int64_t chunk = 2 * best; chunk <= std::min(longest, longestChunk);
       chunk *= 2)
    if (predict(seq::Form::Parallel, steps, chunk) <
        predict(seq::Form::Parallel, steps, best))
      best = chunk;
  if (shares && predict(seq::Form::Parallel, steps, wholeTime) <
                    predict(seq::Form::Parallel, steps, best))
    best = wholeTime;
  return best;
}

int64_t CostModel::chooseFan(double steps, int64_t chunk) const {
  if (chunk >= steps)
    return 0;
  double tree = predict(seq::Form::Parallel, steps, chunk, fanOfTree);
  double loop = predict(seq::Form::Parallel, steps, chunk);
  return tree < marginOfTree * loop ? fanOfTree : 0;
}
