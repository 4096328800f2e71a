//===- Explain.cpp - `seqc explain` ---------------------------------------===//
//
// Lowers the model and reports what the phases say on the way.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/Explain.h"

#include "compiler/Compiler.h"
#include "compiler/Emit/OutputFiles.h"
#include "compiler/Emit/Weights.h"
#include "compiler/Status.h"
#include "passes/Support/ModelFunction.h"
#include "tools/seqc/ExitCodes.h"
#include "tools/seqc/Machine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace seqc;
namespace cl = llvm::cl;

ExplainCommand::ExplainCommand(cl::SubCommand &command)
    : model(cl::Positional, cl::desc("MODEL"), cl::Required, cl::sub(command)),
      html("html", cl::desc("Write a page: one file with everything"),
           cl::value_desc("file"), cl::sub(command)),
      json("json", cl::desc("Print JSON"), cl::sub(command)),
      machine("machine",
              cl::desc("The limits that the page's roofline shows "
                       "(what `seqc calibrate` found, else measured)"),
              cl::values(clEnumValN(Machine::Measured, "measured",
                                    "This machine's, in about a second"),
                         clEnumValN(Machine::Assumed, "assumed",
                                    "The defaults of the cost model")),
              cl::init(Machine::Measured), cl::sub(command)) {}

namespace {
/// Takes from every phase what the report says of it.
class Collector {
public:
  Collector(llvm::StringRef model, bool forPage)
      : model(model), forPage(forPage) {}

  llvm::Error look(llvm::StringRef phase, ModuleOp module);

  ModelReport report;

private:
  llvm::StringRef model;
  bool forPage;
};
} // namespace

llvm::Error Collector::look(llvm::StringRef phase, ModuleOp module) {
  if (phase == "scheduled") {
    FailureOr<ModelReport> collected = collectReport(module, model);
    if (mlir::failed(collected))
      return reported(Status::Failed);
    collected->before = std::move(report.before);
    collected->stages = std::move(report.stages);
    report = std::move(*collected);
  }
  if (phase == "loops") {
    auto narrowed = measureNarrowing(module);
    if (!narrowed)
      return narrowed.takeError();
    report.narrowed = std::move(*narrowed);
  }
  if (!forPage)
    return llvm::Error::success();
  report.stages.push_back({phase.str(), ""});
  llvm::raw_string_ostream(report.stages.back().text) << module;
  if (phase == "loops") {
    FailureOr<MemoryPlan> memory = collectMemory(module);
    if (mlir::failed(memory))
      return reported(Status::Unsupported);
    report.memory = std::move(*memory);
  } else if (phase != "scan") {
    FailureOr<func::FuncOp> function = findModelFunction(module);
    if (mlir::failed(function))
      return reported(Status::Failed);
    (phase == "model" ? report.before : report.after) = collectGraph(*function);
  }
  return llvm::Error::success();
}

llvm::Expected<ModelReport>
ExplainCommand::makeReport(const ModelFlags &flags) const {
  llvm::Expected<Options> options = flags.options(model);
  if (!options)
    return options.takeError();
  bool forPage = !html.empty();
  bool withLoops = forPage || options->weightType != WeightType::F32;
  options->emit = withLoops ? EmitKind::Loops : EmitKind::Scheduled;
  Collector collector(llvm::sys::path::filename(model), forPage);
  if (llvm::Error error =
          observePhases(*options, [&](llvm::StringRef phase, ModuleOp module) {
            return collector.look(phase, module);
          }))
    return std::move(error);
  if (options->machine)
    collector.report.machine = getFigures(
        *options->machine, "calibrated: what `seqc calibrate` found");
  return std::move(collector.report);
}

llvm::Error ExplainCommand::explain(const ModelFlags &flags) const {
  llvm::Expected<ModelReport> report = makeReport(flags);
  if (!report)
    return report.takeError();
  if (json)
    llvm::outs() << llvm::formatv("{0:2}\n", toJson(*report));
  else
    printTable(*report, llvm::outs());
  if (html.empty())
    return llvm::Error::success();
  bool isGiven = machine.getNumOccurrences() > 0;
  if (isGiven && machine == Machine::Assumed)
    report->machine = getAssumedFigures();
  else if ((isGiven || report->machine.isAssumed) && !report->scans.empty()) {
    llvm::outs().flush();
    llvm::WithColor::note(llvm::errs(), "seqc")
        << "measuring this machine for the page, about a second\n";
    if (std::optional<MachineFigures> figures = measureMachine())
      report->machine = *figures;
  }
  OutputFiles files;
  if (llvm::Error error = files.write(html, [&](llvm::raw_pwrite_stream &os) {
        printHtml(*report, os);
        return llvm::Error::success();
      }))
    return error;
  return files.commit();
}

int ExplainCommand::run(const ModelFlags &flags) const {
  return exitCode(reportError(explain(flags)));
}
