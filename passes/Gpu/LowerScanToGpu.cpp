//===- LowerScanToGpu.cpp - scans as GPU kernels --------------------------===//

#include "passes/Gpu/LowerScanToGpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "passes/Gpu/ScalarBody.h"

using namespace mlir;
using namespace seqc;

/// More would not stay in the registers of any GPU.
static constexpr int64_t maxCarryScalars = 256;

/// More makes a kernel of tens of thousands of lines: products with large
/// matrices belong to many threads.
static constexpr int64_t maxStepScalars = 1024;

namespace {
/// The kernel of one scan.
class ScanKernel {
public:
  ScanKernel(seq::ScanOp scan, KernelBuilder &kernel)
      : scan(scan), kernel(kernel), b(kernel.device), loc(scan.getLoc()),
        body(b, [this](Operation *user, Value value) {
          return capture(user, value);
        }) {}

  LogicalResult run();

private:
  LogicalResult check();
  FailureOr<Scalars> capture(Operation *user, Value value);
  int64_t chooseFastestSymbol();

  /// Calls `visit` with the indices of every element of a slice.
  void forEachElement(Value memref, ArrayRef<seq::IndexEntry> list,
                      function_ref<void(ArrayRef<Value>)> visit);
  Scalars loadSlice(Value memref, ArrayRef<seq::IndexEntry> list);
  void storeSlice(ArrayRef<Value> scalars, Value memref,
                  ArrayRef<seq::IndexEntry> list);

  SmallVector<Scalars> loadCarries();
  LogicalResult buildStep(SmallVectorImpl<Scalars> &carries);
  void storeOuts(ArrayRef<Scalars> outs);
  Value add(Value x, Value y) {
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }

  seq::ScanOp scan;
  KernelBuilder &kernel;
  OpBuilder &b;
  Location loc;
  ScalarBody body;
  SmallVector<Value> domain;
  Value time;   ///< The current step.
  Value length; ///< Steps of this sequence; null without lengths.
};
} // namespace

//===----------------------------------------------------------------------===//
// What can run
//===----------------------------------------------------------------------===//

LogicalResult ScanKernel::check() {
  if (ArrayAttr schedule = scan.getScheduleAttr()) {
    auto first = cast<seq::AlternativeAttr>(schedule.getValue().front());
    if (schedule.size() != 1 || first.getForm() != seq::Form::Recurrent)
      return scan.emitOpError("needs one recurrent alternative to become a GPU "
                              "kernel, found ")
             << schedule;
  }
  if (!scan.getHistories().empty())
    return scan.emitOpError(
        "with a history is not supported by the Vulkan target");
  for (int64_t lanes : scan.getInputLanes())
    if (lanes != 0)
      return scan.emitOpError(
          "with packed inputs is not supported by the Vulkan target");
  for (BlockArgument argument : scan.getBodyBlock()->getArguments())
    if (failed(getNumScalars(argument.getType())))
      return scan.emitOpError("needs static slices on the GPU, found ")
             << argument.getType();
  int64_t step = 0, scalars = 0;
  for (BlockArgument argument : scan.getBodyBlock()->getArguments())
    step += *getNumScalars(argument.getType());
  if (step > maxStepScalars)
    return scan.emitOpError("reads ")
           << step << " numbers in a step, where a GPU thread reads at most "
           << maxStepScalars;
  for (BlockArgument carry : scan.getCarryArguments())
    scalars += *getNumScalars(carry.getType());
  if (scalars > maxCarryScalars)
    return scan.emitOpError("carries ")
           << scalars << " numbers per domain point, where a GPU thread keeps "
           << "at most " << maxCarryScalars;
  return success();
}

FailureOr<Scalars> ScanKernel::capture(Operation *user, Value value) {
  TypedAttr constant;
  if (matchPattern(value, m_Constant(&constant))) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfterValue(kernel.constant(0));
    return buildConstantScalars(b, loc, constant);
  }
  FailureOr<Value> scalar = kernel.capture(value);
  if (failed(scalar))
    return failure();
  return Scalars{*scalar};
}

/// The domain symbol that most often indexes a last dimension: neighbours in
/// it are neighbours in memory.
int64_t ScanKernel::chooseFastestSymbol() {
  SmallVector<unsigned> votes(scan.getDomain().size(), 0);
  auto vote = [&](ArrayRef<seq::IndexEntry> list) {
    if (!list.empty() && list.back().kind == seq::IndexEntry::Domain)
      ++votes[list.back().symbol];
  };
  for (unsigned i = 0; i < scan.getInputs().size(); ++i)
    vote(scan.getInputIndex(i));
  for (unsigned i = 0; i < scan.getOuts().size(); ++i)
    vote(scan.getOutIndex(i));
  for (unsigned i = 0; i < scan.getCarries().size(); ++i)
    vote(scan.getCarryIndex(i));
  int64_t best = static_cast<int64_t>(votes.size()) - 1;
  for (int64_t symbol = best; symbol >= 0; --symbol)
    if (votes[symbol] > votes[best])
      best = symbol;
  return best;
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

void ScanKernel::forEachElement(Value memref, ArrayRef<seq::IndexEntry> list,
                                function_ref<void(ArrayRef<Value>)> visit) {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<Value> indices;
  SmallVector<int64_t> sliced, extents;
  for (auto [d, entry] : llvm::enumerate(list)) {
    Value index;
    switch (entry.kind) {
    case seq::IndexEntry::Domain:
      index = domain[entry.symbol];
      break;
    case seq::IndexEntry::Time:
      index = entry.every == 1 ? time
                               : b.createOrFold<arith::DivUIOp>(
                                     loc, time, kernel.constant(entry.every));
      break;
    case seq::IndexEntry::Window:
      index = b.createOrFold<arith::MulIOp>(loc, domain[entry.symbol],
                                            kernel.constant(entry.stride));
      sliced.push_back(d);
      extents.push_back(entry.size);
      break;
    case seq::IndexEntry::All:
      sliced.push_back(d);
      extents.push_back(type.getDimSize(d));
      break;
    }
    indices.push_back(index);
  }
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<Value> element(indices);
    int64_t rest = i;
    for (size_t s = sliced.size(); s-- > 0; rest /= extents[s]) {
      Value inner = kernel.constant(rest % extents[s]);
      Value &index = element[sliced[s]];
      index = index ? add(index, inner) : inner;
    }
    visit(element);
  }
}

Scalars ScanKernel::loadSlice(Value memref, ArrayRef<seq::IndexEntry> list) {
  Scalars scalars;
  forEachElement(memref, list, [&](ArrayRef<Value> indices) {
    scalars.push_back(kernel.load(memref, indices));
  });
  return scalars;
}

void ScanKernel::storeSlice(ArrayRef<Value> scalars, Value memref,
                            ArrayRef<seq::IndexEntry> list) {
  forEachElement(memref, list, [&](ArrayRef<Value> indices) {
    kernel.store(scalars.front(), memref, indices);
    scalars = scalars.drop_front();
  });
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

SmallVector<Scalars> ScanKernel::loadCarries() {
  SmallVector<Scalars> carries;
  for (auto [i, memref] : llvm::enumerate(scan.getCarries()))
    carries.push_back(loadSlice(memref, scan.getCarryIndex(i)));
  return carries;
}

void ScanKernel::storeOuts(ArrayRef<Scalars> outs) {
  for (auto [i, scalars] : llvm::enumerate(outs)) {
    seq::IndexList list = scan.getOutIndex(i);
    int64_t every = list[seq::findTime(list)].every;
    OpBuilder::InsertionGuard guard(b);
    if (every != 1) {
      Value next = add(time, kernel.constant(1));
      Value rest = arith::RemUIOp::create(b, loc, next, kernel.constant(every));
      Value due = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest,
                                        kernel.constant(0));
      auto ifOp = scf::IfOp::create(b, loc, due, /*withElse=*/false);
      b.setInsertionPointToStart(ifOp.thenBlock());
    }
    storeSlice(scalars, scan.getOuts()[i], list);
  }
}

/// One step: updates `carries`.
LogicalResult ScanKernel::buildStep(SmallVectorImpl<Scalars> &carries) {
  for (auto [i, memref] : llvm::enumerate(scan.getInputs())) {
    seq::IndexList list = scan.getInputIndex(i);
    if (seq::findTime(list) >= 0)
      body.map(scan.getInputArguments()[i], loadSlice(memref, list));
  }
  for (auto [argument, scalars] :
       llvm::zip_equal(scan.getCarryArguments(), carries))
    body.map(argument, scalars);
  body.map(scan.getTimeArgument(), {time});
  if (failed(body.run(*scan.getBodyBlock())))
    return failure();

  seq::YieldOp yield = scan.getYield();
  Value active = length ? Value(arith::CmpIOp::create(
                              b, loc, arith::CmpIPredicate::slt, time, length))
                        : Value();
  SmallVector<Scalars> outs;
  for (Value value : yield.getOuts()) {
    FailureOr<Scalars> scalars = body.lookup(yield, value);
    if (failed(scalars))
      return failure();
    for (Value &scalar : *scalars)
      if (active)
        scalar = select(
            active, scalar,
            arith::ConstantOp::create(b, loc, b.getZeroAttr(scalar.getType())));
    outs.push_back(*scalars);
  }
  storeOuts(outs);
  for (auto [held, value] : llvm::zip_equal(carries, yield.getCarries())) {
    FailureOr<Scalars> scalars = body.lookup(yield, value);
    if (failed(scalars))
      return failure();
    for (auto [before, after] : llvm::zip_equal(held, *scalars))
      before = active ? select(active, after, before) : after;
  }
  return success();
}

LogicalResult ScanKernel::run() {
  if (failed(check()) || failed(kernel.begin()))
    return failure();
  SmallVector<OpFoldResult> extents(scan.getDomain().begin(),
                                    scan.getDomain().end());
  Value steps = kernel.param(scan.getTime());
  domain = kernel.beginPoints(extents, chooseFastestSymbol());
  // Upstream's conversion leaves the results of a loop without iterations
  // undefined; without steps nothing may change.
  Value any = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, steps,
                                    kernel.constant(0));
  auto guard = scf::IfOp::create(b, loc, any, /*withElse=*/false);
  b.setInsertionPointToStart(guard.thenBlock());
  for (auto [argument, index] :
       llvm::zip_equal(scan.getDomainArguments(), domain))
    body.map(argument, {index});
  for (auto [i, memref] : llvm::enumerate(scan.getInputs())) {
    seq::IndexList list = scan.getInputIndex(i);
    if (seq::findTime(list) < 0)
      body.map(scan.getInputArguments()[i], loadSlice(memref, list));
  }
  if (scan.hasLengths()) {
    Scalars loaded = loadSlice(scan.getLengths()[0], scan.getLengthsIndex());
    length =
        arith::IndexCastOp::create(b, loc, b.getIndexType(), loaded.front());
  }

  SmallVector<Scalars> carries = loadCarries();
  SmallVector<Value> flat;
  for (const Scalars &scalars : carries)
    llvm::append_range(flat, scalars);
  auto loop = scf::ForOp::create(b, loc, kernel.constant(0), steps,
                                 kernel.constant(1), flat);
  ValueRange arguments = loop.getRegionIterArgs();
  auto regroup = [&](ValueRange values) {
    for (Scalars &scalars : carries) {
      llvm::copy(values.take_front(scalars.size()), scalars.begin());
      values = values.drop_front(scalars.size());
    }
  };
  {
    OpBuilder::InsertionGuard guard(b);
    if (flat.empty())
      loop.getBody()->getTerminator()->erase();
    b.setInsertionPointToEnd(loop.getBody());
    regroup(arguments);
    time = loop.getInductionVar();
    if (scan.getReverse()) {
      Value last = arith::SubIOp::create(b, loc, steps, kernel.constant(1));
      time = arith::SubIOp::create(b, loc, last, time);
    }
    if (failed(buildStep(carries)))
      return failure();
    flat.clear();
    for (const Scalars &scalars : carries)
      llvm::append_range(flat, scalars);
    scf::YieldOp::create(b, loc, flat);
  }
  regroup(loop.getResults());
  for (auto [i, memref] : llvm::enumerate(scan.getCarries()))
    storeSlice(carries[i], memref, scan.getCarryIndex(i));
  kernel.finish();
  return success();
}

LogicalResult seqc::lowerScanToGpu(seq::ScanOp scan, KernelBuilder &kernel) {
  return ScanKernel(scan, kernel).run();
}
