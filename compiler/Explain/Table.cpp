//===- Table.cpp - a report on the terminal -------------------------------===//

#include "compiler/Explain/Report.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace seqc;

/// Columns of the bar of the slowest form.
static constexpr unsigned barWidth = 24;

/// A bar relative to `longest`, at least one column.
static std::string drawBar(double value, double longest) {
  unsigned columns =
      longest > 0 ? std::max(1.0, value / longest * barWidth + 0.5) : 0;
  return std::string(std::min(columns, barWidth), '#');
}

static void printForm(const FormReport &form, double longest,
                      llvm::raw_ostream &os) {
  os << (form.chosen ? "  * " : "    ") << llvm::left_justify(form.form, 11);
  if (form.legal)
    os << llvm::format("%11.1f us  ", form.microseconds)
       << llvm::left_justify(drawBar(form.microseconds, longest), barWidth);
  else
    os << llvm::right_justify("illegal", 14) << "  "
       << std::string(barWidth, ' ');
  os << "  " << form.reason << '\n';
}

static void printNarrowed(llvm::ArrayRef<NarrowedWeight> weights,
                          llvm::raw_ostream &os) {
  if (weights.empty())
    return;
  os << "\nweights stored in fewer bits: the rounding's errors, relative to "
        "the "
        "weight\n"
     << "  weight                     type       bytes    of f32   "
        "rms error   largest\n";
  for (const NarrowedWeight &weight : weights)
    os << "  " << llvm::left_justify(weight.name, 25) << "  "
       << llvm::left_justify(weight.type, 4)
       << llvm::format("%12lld%10lld%12.2e%10.2e\n",
                       static_cast<long long>(weight.bytes),
                       static_cast<long long>(weight.originalBytes),
                       weight.relativeRms, weight.largest);
}

void seqc::printTable(const ModelReport &report, llvm::raw_ostream &os) {
  os << report.name << ": " << report.scans.size()
     << (report.scans.size() == 1 ? " scan" : " scans") << '\n';
  for (const ScanReport &scan : report.scans) {
    os << '\n' << scan.name << "\n  schedule: " << scan.schedule << '\n';
    os << "  predicted for T = " << scan.steps
       << (scan.stepsKnown ? "" : " (T is dynamic)") << " and " << scan.threads
       << (scan.threads == 1 ? " thread" : " threads") << '\n';
    double longest = 0;
    for (const FormReport &form : scan.forms)
      longest = std::max(longest, form.microseconds);
    for (const FormReport &form : scan.forms)
      printForm(form, longest, os);
    if (!scan.fallback.empty())
      os << "  " << scan.name << " runs as naive loops: " << scan.fallback
         << '\n';
    for (const std::string &component : scan.components)
      os << "  " << component << '\n';
    os << "  " << scan.step << '\n';
  }
  if (!report.scans.empty())
    os << "\nrates of the machine: " << report.machine.origin << '\n';
  printNarrowed(report.narrowed, os);
}
