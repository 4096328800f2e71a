//===- ChooseSchedule.cpp - the form of every scan ------------------------===//
//
// Judges every form of a scan, predicts what the legal ones cost and writes the
// choice as guarded alternatives. What was weighed stays on the scan as the
// attribute `seq.report`, for `seqc explain`.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Lower/ChunkScan.h"
#include "passes/Lower/PowersOfDecays.h"
#include "passes/Passes.h"
#include "passes/Schedule/CostModel.h"
#include "passes/Schedule/Legality.h"
#include "passes/Support/ScanNotes.h"
#include "llvm/Support/Format.h"

namespace seqc {
#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "passes/Passes.h.inc"
} // namespace seqc

using namespace mlir;
using namespace seqc;

/// Steps to predict for where T is dynamic.
static constexpr int64_t assumedSteps = 1024;
/// No guard beyond this: the parallel form never pays.
static constexpr int64_t longestGuard = 1 << 20;
/// How much cheaper a prediction must be before it is believed.
static constexpr double margin = 0.9;

namespace {
/// The choice for one scan.
class Chooser {
public:
  Chooser(seq::ScanOp scan, const MachineModel &machine, int64_t givenChunk,
          int64_t givenFan)
      : scan(scan), machine(machine), givenChunk(givenChunk),
        givenFan(givenFan), graph(scan), cost(scan, graph, machine),
        verdicts(judgeForms(scan, graph)),
        steps(getConstantIntValue(scan.getTime())) {}

  LogicalResult force(seq::Form form);
  LogicalResult keepGiven();
  void chooseCheapest();
  void attachReport();
  void emitReasons();
  void warnOfFallback(size_t number);

private:
  const Verdict &getVerdict(seq::Form form) const {
    return *llvm::find_if(
        verdicts, [&](const Verdict &verdict) { return verdict.form == form; });
  }
  void setSchedule(ArrayRef<seq::AlternativeAttr> alternatives);
  seq::AlternativeAttr makeAlternative(seq::Form form, int64_t minTime = 0);
  std::optional<int64_t> findGuard(seq::Form base);
  double getSteps() const { return steps.value_or(assumedSteps); }
  int64_t getChunk(seq::Form form, double length) const {
    switch (form) {
    case seq::Form::Naive:
    case seq::Form::Recurrent:
      return 0;
    case seq::Form::Parallel:
      return givenChunk ? givenChunk : cost.chooseChunk(length);
    case seq::Form::Chunked:
    case seq::Form::Convolution:
      return givenChunk ? givenChunk : stepsInChunk;
    }
    llvm_unreachable("every form has its chunk");
  }
  int64_t getFan(seq::Form form, double length) const {
    if (form != seq::Form::Parallel)
      return 0;
    return givenFan ? givenFan : cost.chooseFan(length, getChunk(form, length));
  }
  double predict(seq::Form form, double length) const {
    return cost.predict(form, length, getChunk(form, length),
                        getFan(form, length));
  }

  seq::ScanOp scan;
  const MachineModel &machine;
  int64_t givenChunk, givenFan; // 0: the cheapest
  CarryGraph graph;
  CostModel cost;
  SmallVector<Verdict> verdicts;
  std::optional<int64_t> steps;
};
} // namespace

seq::AlternativeAttr Chooser::makeAlternative(seq::Form form, int64_t minTime) {
  double longest = std::max<double>(getSteps(), minTime);
  return seq::AlternativeAttr::get(scan.getContext(), form, minTime,
                                   getChunk(form, longest), /*block=*/0,
                                   getFan(form, longest));
}

void Chooser::setSchedule(ArrayRef<seq::AlternativeAttr> alternatives) {
  SmallVector<Attribute> list(alternatives.begin(), alternatives.end());
  scan.setScheduleAttr(ArrayAttr::get(scan.getContext(), list));
}

LogicalResult Chooser::force(seq::Form form) {
  // Steps without a state are one product over all of time already.
  if ((form == seq::Form::Chunked || form == seq::Form::Convolution) &&
      scan.getCarries().empty()) {
    chooseCheapest();
    return success();
  }
  const Verdict &verdict = getVerdict(form);
  if (!verdict.legal)
    return scan.emitOpError() << "cannot take the " << seq::stringifyForm(form)
                              << " form: " << verdict.reason;
  setSchedule(makeAlternative(form));
  return success();
}

/// A schedule that the source gives stays, if it is legal.
LogicalResult Chooser::keepGiven() {
  for (Attribute attr : scan.getScheduleAttr().getValue()) {
    auto alternative = cast<seq::AlternativeAttr>(attr);
    const Verdict &verdict = getVerdict(alternative.getForm());
    if (!verdict.legal)
      return scan.emitOpError()
             << "cannot take the " << seq::stringifyForm(verdict.form)
             << " form: " << verdict.reason;
  }
  return success();
}

/// The fewest steps from which the parallel form beats `base`; nothing if it
/// never does. Time is split for the sake of threads, or of lanes: on one
/// thread the summaries are work on top otherwise.
std::optional<int64_t> Chooser::findGuard(seq::Form base) {
  if ((machine.threads < 2 && !cost.sharesSteps()) ||
      !getVerdict(seq::Form::Parallel).legal)
    return std::nullopt;
  auto pays = [&](int64_t length) {
    return predict(seq::Form::Parallel, length) <
           margin * predict(base, length);
  };
  if (steps)
    return pays(*steps) ? std::optional<int64_t>(0) : std::nullopt;
  for (int64_t length = 64; length <= longestGuard; length *= 2)
    if (pays(length))
      return length;
  return std::nullopt;
}

void Chooser::chooseCheapest() {
  seq::Form base = getVerdict(seq::Form::Recurrent).legal ? seq::Form::Recurrent
                                                          : seq::Form::Naive;
  std::optional<int64_t> guard = findGuard(base);
  if (!guard)
    return setSchedule(makeAlternative(base));
  seq::AlternativeAttr parallel = makeAlternative(seq::Form::Parallel, *guard);
  if (*guard == 0)
    return setSchedule(parallel);
  setSchedule({parallel, makeAlternative(base)});
}

static Attribute makeFloat(Builder &b, double value) {
  return b.getF64FloatAttr(value);
}

void Chooser::attachReport() {
  Builder b(scan.getContext());
  SmallVector<Attribute> forms, components;
  for (const Verdict &verdict : verdicts) {
    SmallVector<NamedAttribute> entries = {
        b.getNamedAttr("form",
                       b.getStringAttr(seq::stringifyForm(verdict.form))),
        b.getNamedAttr("legal", b.getBoolAttr(verdict.legal)),
        b.getNamedAttr("reason", b.getStringAttr(verdict.reason))};
    if (verdict.legal)
      entries.push_back(b.getNamedAttr(
          "microseconds", makeFloat(b, predict(verdict.form, getSteps()))));
    forms.push_back(b.getDictionaryAttr(entries));
  }
  for (const CarryComponent &component : graph.getComponents())
    components.push_back(b.getStringAttr(
        (stringifyKind(component.kind) + ": " + component.reason).str()));
  llvm::append_range(components, getNotes(scan));
  if (std::string powers = describePowers(scan); !powers.empty())
    components.push_back(b.getStringAttr(powers));
  std::string step = "a step form exists: step t reads nothing after t";
  std::string reason;
  if (failed(isCausal(scan, reason)))
    step = "no step form: " + reason;
  const StepWork &work = cost.getStep();
  double length = getSteps();
  double bytes = work.streamBytes * length + work.invariantBytes;
  scan->setAttr(
      "seq.report",
      b.getDictionaryAttr(
          {b.getNamedAttr("forms", b.getArrayAttr(forms)),
           b.getNamedAttr("components", b.getArrayAttr(components)),
           b.getNamedAttr("step", b.getStringAttr(step)),
           b.getNamedAttr("steps", b.getI64IntegerAttr(length)),
           b.getNamedAttr("steps_known", b.getBoolAttr(steps.has_value())),
           b.getNamedAttr("flops", makeFloat(b, work.flops * length)),
           b.getNamedAttr("exps", makeFloat(b, work.exps * length)),
           b.getNamedAttr("bytes", makeFloat(b, bytes)),
           b.getNamedAttr("threads", b.getI64IntegerAttr(machine.threads)),
           b.getNamedAttr("gigaflops", makeFloat(b, machine.gigaflops)),
           b.getNamedAttr("gigabytes_per_second",
                          makeFloat(b, machine.memoryGigabytesPerSecond))}));
}

/// One remark: the choice, then every form with its time or what forbids it.
void Chooser::emitReasons() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "schedule: ";
  llvm::interleave(
      scan.getScheduleAttr().getValue(), os,
      [&](Attribute attr) {
        auto alternative = cast<seq::AlternativeAttr>(attr);
        os << seq::stringifyForm(alternative.getForm());
        if (alternative.getMinTime())
          os << " from T = " << alternative.getMinTime();
        os << describeChunks(alternative);
      },
      ", else ");
  for (const Verdict &verdict : verdicts) {
    os << "; " << seq::stringifyForm(verdict.form);
    if (verdict.legal)
      os << llvm::format(": %.1f us predicted for %lld steps",
                         predict(verdict.form, getSteps()),
                         static_cast<long long>(getSteps()));
    else
      os << " is illegal";
    os << " (" << verdict.reason << ")";
  }
  scan.emitRemark() << text;
}

/// Says which scan runs as naive loops although nobody asked for that, and why.
void Chooser::warnOfFallback(size_t number) {
  const Verdict &recurrent = getVerdict(seq::Form::Recurrent);
  auto last =
      cast<seq::AlternativeAttr>(scan.getScheduleAttr().getValue().back());
  if (last.getForm() == seq::Form::Naive && !recurrent.legal)
    scan.emitWarning() << "scan " << number
                       << " runs as naive loops: " << recurrent.reason;
}

namespace {
struct ChooseSchedule : public seqc::impl::ChooseScheduleBase<ChooseSchedule> {
  using ChooseScheduleBase::ChooseScheduleBase;

  void runOnOperation() override {
    std::optional<seq::Form> forced = seq::symbolizeForm(form);
    if (!forced && form != "auto") {
      emitError(getOperation()->getLoc())
          << "form must be auto, naive, recurrent, parallel, chunked or "
             "convolution, found '"
          << form << "'";
      return signalPassFailure();
    }
    bool isTree = fan >= 2 && chunk > 0;
    if (threads < 1 || lanes < 1 || chunk < 0 || (fan != 0 && !isTree)) {
      emitError(getOperation()->getLoc())
          << "threads and lanes must be at least 1, chunk at least 0, and fan "
             "0, or at least 2 with a chunk";
      return signalPassFailure();
    }
    MachineModel machine = getMachine();
    bool failedOnce = false;
    size_t number = 0;
    getOperation()->walk([&](seq::ScanOp scan) {
      Chooser chooser(scan, machine, chunk, fan);
      LogicalResult chosen = success();
      bool isFree = !forced && !scan.getSchedule();
      if (forced)
        chosen = chooser.force(*forced);
      else if (scan.getSchedule())
        chosen = chooser.keepGiven();
      else
        chooser.chooseCheapest();
      if (failed(chosen)) {
        failedOnce = true;
        return;
      }
      chooser.attachReport();
      if (remarks)
        chooser.emitReasons();
      else if (isFree)
        chooser.warnOfFallback(number);
      ++number;
    });
    if (failedOnce)
      signalPassFailure();
  }

  MachineModel getMachine() {
    MachineModel machine;
    machine.threads = threads;
    machine.lanes = lanes;
    auto set = [](double &figure, double given) {
      if (given > 0)
        figure = given;
    };
    set(machine.gigaflops, gigaflops);
    set(machine.gigaexps, gigaexps);
    set(machine.l2GigabytesPerSecond, l2Bandwidth);
    set(machine.l3GigabytesPerSecond, l3Bandwidth);
    set(machine.memoryGigabytesPerSecond, memoryBandwidth);
    set(machine.l2Bytes, l2Bytes);
    set(machine.l3Bytes, l3Bytes);
    set(machine.latencyNs, latencyNs);
    set(machine.barrierNs, barrierNs);
    return machine;
  }
};
} // namespace
