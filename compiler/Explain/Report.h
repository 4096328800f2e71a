//===- Report.h - what the schedules of a model say -------------*- C++ -*-===//
//
// Collects, from a module after seq-choose-schedule, what was weighed for every
// scan, and prints it as JSON, as a table or as a page.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_EXPLAIN_REPORT_H
#define SEQC_COMPILER_EXPLAIN_REPORT_H

#include "compiler/Explain/Graph.h"
#include "compiler/Explain/Memory.h"
#include "dialects/Seq/SeqOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/Schedule/MachineModel.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace seqc {

/// One form of a scan.
struct FormReport {
  std::string form;
  bool legal = false;
  bool chosen = false;
  std::string reason; ///< The proof, or what forbids the form.
  double microseconds = 0;
};

/// A tensor that a scan reads or writes.
struct OperandReport {
  std::string role;
  std::string type;
  double bytes = -1; ///< Negative where an extent is not known.
};

struct ScanReport {
  std::string name;     ///< "scan 3".
  std::string schedule; ///< The alternatives, in words.
  std::string step;     ///< Whether a step form exists.
  std::string fallback; ///< Why only naive loops take the scan, or empty.
  std::vector<std::string> components;
  std::vector<FormReport> forms;
  std::vector<OperandReport> operands;
  int64_t steps = 0;
  bool stepsKnown = false;
  double flops = 0, exps = 0, bytes = 0;
  int64_t threads = 1;

  /// Of the form that runs for `steps` steps, or null.
  const FormReport *getChosen() const;
};

/// A weight that is stored in fewer bits than the model's, see seq.narrow.
struct NarrowedWeight {
  std::string name, type; ///< "weight_0", "i8".
  int64_t bytes = 0, originalBytes = 0;
  /// The rounding's errors: the root of their mean square over that of the
  /// weight, and the largest over the weight's largest magnitude.
  double relativeRms = 0, largest = 0;
};

/// A stage of the compilation, as text.
struct StageReport {
  std::string name, text;
};

/// What a machine can do with one thread.
struct MachineFigures {
  double gigaflops = 0; ///< Multiply-adds of f32, which count as two.
  double gigaexps = 0;  ///< Exponentials of f32.
  double l2GigabytesPerSecond = 0, l3GigabytesPerSecond = 0;
  double memoryGigabytesPerSecond = 0;
  /// Whose figures these are: "measured: AVX2 ...", "assumed, ...".
  std::string origin;
  bool isAssumed = false;
};

/// What the cost model goes by; `origin` says where that is from.
MachineFigures getFigures(const MachineModel &machine, std::string origin);

/// What it goes by where nobody has measured.
MachineFigures getAssumedFigures();

struct ModelReport {
  std::string name;
  std::vector<ScanReport> scans;
  std::vector<StageReport> stages;
  Graph before, after; ///< As imported, and with the schedules.
  std::vector<NarrowedWeight> narrowed;
  MemoryPlan memory;
  MachineFigures machine;
};

/// The alternatives of a scan's schedule, in words.
std::string describeSchedule(seq::ScanOp scan);

/// Reads the report that seq-choose-schedule left on every scan of `module`.
/// Fails, with a diagnostic, on a scan without one.
mlir::FailureOr<ModelReport> collectReport(mlir::ModuleOp module,
                                           llvm::StringRef name);

llvm::json::Value toJson(const ModelReport &report);

/// The scans at their predicted rates under the machine's limits, as SVG.
void drawRoofline(const ModelReport &report, llvm::raw_ostream &os);

/// A table for the terminal, bars included.
void printTable(const ModelReport &report, llvm::raw_ostream &os);

/// One HTML file that needs no other.
void printHtml(const ModelReport &report, llvm::raw_ostream &os);

} // namespace seqc

#endif // SEQC_COMPILER_EXPLAIN_REPORT_H
