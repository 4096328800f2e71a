//===- Report.cpp - what the schedules of a model say ---------------------===//

#include "compiler/Explain/Report.h"
#include "passes/Schedule/CostModel.h"
#include "passes/Schedule/Legality.h"

using namespace mlir;
using namespace seqc;

const FormReport *ScanReport::getChosen() const {
  for (const FormReport &form : forms)
    if (form.chosen)
      return &form;
  return nullptr;
}

std::string seqc::describeSchedule(seq::ScanOp scan) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      scan.getScheduleAttr().getValue(), os,
      [&](Attribute attr) {
        auto alternative = cast<seq::AlternativeAttr>(attr);
        if (alternative.getMinTime())
          os << "T >= " << alternative.getMinTime() << ": ";
        os << seq::stringifyForm(alternative.getForm());
        os << describeChunks(alternative);
        if (alternative.getBlock())
          os << " in blocks of " << alternative.getBlock();
      },
      ", else ");
  return text;
}

/// The form that the schedule takes for `steps` steps.
static seq::Form findForm(seq::ScanOp scan, int64_t steps) {
  for (Attribute attr : scan.getScheduleAttr().getValue()) {
    auto alternative = cast<seq::AlternativeAttr>(attr);
    if (steps >= alternative.getMinTime())
      return alternative.getForm();
  }
  llvm_unreachable("the last alternative has no guard");
}

static OperandReport describeOperand(StringRef role, Value value) {
  OperandReport operand;
  operand.role = role.str();
  auto type = cast<ShapedType>(value.getType());
  llvm::raw_string_ostream(operand.type) << type;
  if (type.hasStaticShape() && type.getElementType().isIntOrFloat())
    operand.bytes =
        type.getNumElements() * (type.getElementTypeBitWidth() / 8.0);
  return operand;
}

static double getNumber(DictionaryAttr report, StringRef key) {
  if (auto number = report.getAs<FloatAttr>(key))
    return number.getValueAsDouble();
  if (auto number = report.getAs<IntegerAttr>(key))
    return number.getInt();
  return 0;
}

static std::string getText(DictionaryAttr report, StringRef key) {
  auto text = report.getAs<StringAttr>(key);
  return text ? text.str() : "";
}

static bool getFlag(DictionaryAttr report, StringRef key) {
  auto flag = report.getAs<BoolAttr>(key);
  return flag && flag.getValue();
}

static FailureOr<ScanReport> collectScan(seq::ScanOp scan, size_t number) {
  auto report = scan->getAttrOfType<DictionaryAttr>("seq.report");
  if (!report || !scan.getSchedule())
    return scan.emitOpError("has no report: run seq-choose-schedule first");
  ScanReport out;
  out.name = "scan " + std::to_string(number);
  out.schedule = describeSchedule(scan);
  out.step = getText(report, "step");
  out.steps = getNumber(report, "steps");
  out.stepsKnown = getFlag(report, "steps_known");
  out.flops = getNumber(report, "flops");
  out.exps = getNumber(report, "exps");
  out.bytes = getNumber(report, "bytes");
  out.threads = getNumber(report, "threads");
  if (auto components = report.getAs<ArrayAttr>("components"))
    for (auto component : components.getAsRange<StringAttr>())
      out.components.push_back(component.str());
  StringRef chosen = seq::stringifyForm(findForm(scan, out.steps));
  if (auto forms = report.getAs<ArrayAttr>("forms"))
    for (auto entry : forms.getAsRange<DictionaryAttr>()) {
      FormReport form;
      form.form = getText(entry, "form");
      form.legal = getFlag(entry, "legal");
      form.reason = getText(entry, "reason");
      form.microseconds = getNumber(entry, "microseconds");
      form.chosen = form.form == chosen;
      if (form.form == seq::stringifyForm(seq::Form::Recurrent) && !form.legal)
        out.fallback = form.reason;
      out.forms.push_back(form);
    }
  if (chosen != seq::stringifyForm(seq::Form::Naive))
    out.fallback.clear();
  auto describe = [&](StringRef role, ValueRange values) {
    for (Value value : values)
      out.operands.push_back(describeOperand(role, value));
  };
  describe("in", scan.getInputs());
  describe("out", scan.getOuts());
  describe("carry", scan.getCarries());
  describe("history", scan.getHistories());
  return out;
}

MachineFigures seqc::getFigures(const MachineModel &machine,
                                std::string origin) {
  return {machine.gigaflops,
          machine.gigaexps,
          machine.l2GigabytesPerSecond,
          machine.l3GigabytesPerSecond,
          machine.memoryGigabytesPerSecond,
          std::move(origin)};
}

MachineFigures seqc::getAssumedFigures() {
  MachineFigures figures = getFigures(
      MachineModel(),
      "assumed, those of a desktop; `seqc calibrate` measures this one's");
  figures.isAssumed = true;
  return figures;
}

FailureOr<ModelReport> seqc::collectReport(ModuleOp module, StringRef name) {
  ModelReport report;
  report.name = name.str();
  report.machine = getAssumedFigures();
  bool complete = true;
  module.walk([&](seq::ScanOp scan) {
    FailureOr<ScanReport> one = collectScan(scan, report.scans.size());
    if (failed(one))
      complete = false;
    else
      report.scans.push_back(std::move(*one));
  });
  if (!complete)
    return failure();
  return report;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static llvm::json::Array listNarrowed(llvm::ArrayRef<NarrowedWeight> weights) {
  llvm::json::Array result;
  for (const NarrowedWeight &weight : weights)
    result.push_back(
        llvm::json::Object{{"name", weight.name},
                           {"type", weight.type},
                           {"bytes", weight.bytes},
                           {"original_bytes", weight.originalBytes},
                           {"relative_rms_error", weight.relativeRms},
                           {"largest_relative_error", weight.largest}});
  return result;
}

llvm::json::Value seqc::toJson(const ModelReport &report) {
  llvm::json::Array scans;
  for (const ScanReport &scan : report.scans) {
    llvm::json::Array forms, operands;
    for (const FormReport &form : scan.forms) {
      llvm::json::Object entry{{"form", form.form},
                               {"legal", form.legal},
                               {"reason", form.reason},
                               {"chosen", form.chosen}};
      if (form.legal)
        entry["microseconds"] = form.microseconds;
      forms.push_back(std::move(entry));
    }
    for (const OperandReport &operand : scan.operands) {
      llvm::json::Object entry{{"role", operand.role}, {"type", operand.type}};
      if (operand.bytes >= 0)
        entry["bytes"] = operand.bytes;
      operands.push_back(std::move(entry));
    }
    scans.push_back(
        llvm::json::Object{{"name", scan.name},
                           {"schedule", scan.schedule},
                           {"step", scan.step},
                           {"fallback", scan.fallback},
                           {"components", llvm::json::Array(scan.components)},
                           {"forms", std::move(forms)},
                           {"operands", std::move(operands)},
                           {"steps", scan.steps},
                           {"steps_known", scan.stepsKnown},
                           {"flops", scan.flops},
                           {"exps", scan.exps},
                           {"bytes", scan.bytes},
                           {"threads", scan.threads}});
  }
  return llvm::json::Object{
      {"model", report.name},
      {"scans", std::move(scans)},
      {"narrowed_weights", listNarrowed(report.narrowed)}};
}
