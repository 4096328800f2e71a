//===- Html.cpp - a report as one page ------------------------------------===//
//
// One file without scripts or links.
//
//===----------------------------------------------------------------------===//

#include "compiler/Explain/Report.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace seqc;

static constexpr llvm::StringLiteral style = R"css(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 62em;
       padding: 0 1em; color: #1d2433; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3em .8em .3em 0;
         border-bottom: 1px solid #dde2ec; }
td.number { text-align: right; white-space: nowrap; }
.bar { fill: #9db4d8; } .bar.chosen { fill: #2563a8; }
.chosen td { font-weight: 600; } .illegal td { color: #8a93a5; }
.reason { font-weight: 400; }
.warning { color: #b45309; }
pre { background: #f5f7fb; padding: 1em; overflow: auto; max-height: 32em;
      font-size: 12px; }
svg text { font: 12px system-ui, sans-serif; fill: #445; }
.scroll { overflow: auto; max-height: 48em; border: 1px solid #dde2ec; }
.graph rect { fill: #fff; stroke: #8a93a5; }
.graph .scan rect { fill: #e6f0fa; stroke: #2563a8; stroke-width: 2; }
.graph .end rect { fill: #f2f4f8; stroke: none; }
.graph .name { font-weight: 600; fill: #1d2433; }
.edge { fill: none; stroke: #8a93a5; } marker path { fill: #8a93a5; }
.buffer { fill: #9db4d8; stroke: #2563a8; } .buffer.dynamic { fill: #c9d8ec; }
.buffer.private { fill: #f3d9a4; stroke: #b45309; }
.roof { fill: none; stroke: #2563a8; stroke-width: 2; }
.ceiling { stroke: #c2410c; stroke-dasharray: 4 3; }
.point { fill: #c2410c; }
)css";

namespace {
/// Writes one page.
class Page {
public:
  Page(const ModelReport &report, llvm::raw_ostream &os)
      : report(report), os(os) {}

  void print();

private:
  void printScan(const ScanReport &scan);
  void printForms(const ScanReport &scan);
  void printOperands(const ScanReport &scan);
  void printGraphs();
  void printNarrowed();
  void printMemory();
  void printRoofline();
  void printStages();
  void text(llvm::StringRef string) { llvm::printHTMLEscaped(string, os); }

  const ModelReport &report;
  llvm::raw_ostream &os;
};
} // namespace

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

void Page::printForms(const ScanReport &scan) {
  double longest = 0;
  for (const FormReport &form : scan.forms)
    longest = std::max(longest, form.microseconds);
  os << "<table>\n<tr><th>form</th><th>predicted</th><th></th>"
        "<th>proof, or what forbids it</th></tr>\n";
  for (const FormReport &form : scan.forms) {
    llvm::StringRef kind = form.chosen  ? "chosen"
                           : form.legal ? "legal"
                                        : "illegal";
    os << "<tr class=\"" << kind << "\"><td>" << form.form
       << (form.chosen ? " (chosen)" : "") << "</td><td class=\"number\">";
    if (form.legal)
      os << llvm::format("%.1f &micro;s", form.microseconds);
    else
      os << "illegal";
    os << "</td><td><svg width=\"180\" height=\"14\">";
    if (form.legal && longest > 0)
      os << "<rect class=\"bar " << kind << "\" height=\"14\" width=\""
         << llvm::format("%.1f",
                         std::max(1.0, form.microseconds / longest * 180))
         << "\"/>";
    os << "</svg></td><td class=\"reason\">";
    text(form.reason);
    os << "</td></tr>\n";
  }
  os << "</table>\n";
}

void Page::printOperands(const ScanReport &scan) {
  os << "<details><summary>Memory: what the scan reads and writes</summary>\n"
        "<table>\n<tr><th>role</th><th>type</th><th>size</th></tr>\n";
  for (const OperandReport &operand : scan.operands) {
    os << "<tr><td>" << operand.role << "</td><td>";
    text(operand.type);
    os << "</td><td>"
       << (operand.bytes < 0 ? "depends on the dimensions"
                             : formatBytes(operand.bytes))
       << "</td></tr>\n";
  }
  os << "</table></details>\n";
}

void Page::printScan(const ScanReport &scan) {
  os << "<h2>" << scan.name << "</h2>\n<p>";
  os << "Schedule: ";
  text(scan.schedule);
  os << "<br>Predicted for T = " << scan.steps
     << (scan.stepsKnown ? "" : " (T is dynamic)") << " and " << scan.threads
     << " thread(s): "
     << llvm::format("%.3g flops, %.3g transcendentals, %.3g bytes", scan.flops,
                     scan.exps, scan.bytes)
     << "</p>\n";
  printForms(scan);
  if (!scan.fallback.empty()) {
    os << "<p class=\"warning\">" << scan.name << " runs as naive loops: ";
    text(scan.fallback);
    os << "</p>\n";
  }
  os << "<ul>\n";
  for (const std::string &component : scan.components) {
    os << "<li>";
    text(component);
    os << "</li>\n";
  }
  os << "<li>";
  text(scan.step);
  os << "</li>\n</ul>\n";
  printOperands(scan);
}

//===----------------------------------------------------------------------===//
// The page
//===----------------------------------------------------------------------===//

void Page::printStages() {
  if (report.stages.empty())
    return;
  os << "<h2>The model, stage by stage</h2>\n";
  for (const StageReport &stage : report.stages) {
    os << "<details><summary>";
    text(stage.name);
    os << "</summary>\n<pre>";
    text(stage.text);
    os << "</pre></details>\n";
  }
}

void Page::printGraphs() {
  // Arrow heads of both graphs.
  os << "<svg width=\"0\" height=\"0\"><defs><marker id=\"arrow\" "
        "viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/>"
        "</marker></defs></svg>\n";
  auto print = [&](llvm::StringRef title, const Graph &graph) {
    os << "<h2>" << title << "</h2>\n<div class=\"scroll\">\n";
    drawGraph(graph, os);
    os << "</div>\n";
  };
  print("The graph as imported", report.before);
  print("The graph with its scans and their schedules", report.after);
}

void Page::printNarrowed() {
  if (report.narrowed.empty())
    return;
  os << "<h2>Weights in fewer bits</h2>\n<p>The rounding's errors, relative to "
        "the weight.</p>\n<table>\n<tr><th>weight<th>type<th>bytes<th>of "
        "f32<th>rms error<th>largest error</tr>\n";
  for (const NarrowedWeight &weight : report.narrowed) {
    os << "<tr><td>";
    text(weight.name);
    os << "<td>" << weight.type << "<td>" << formatBytes(weight.bytes) << "<td>"
       << formatBytes(weight.originalBytes)
       << llvm::format("<td>%.2e<td>%.2e</tr>\n", weight.relativeRms,
                       weight.largest);
  }
  os << "</table>\n";
}

void Page::printMemory() {
  const MemoryPlan &plan = report.memory;
  os << "<h2>Workspace</h2>\n<p>";
  if (plan.buffers.empty()) {
    os << "The model needs no workspace.</p>\n";
    return;
  }
  os << formatBytes(plan.bytes) << " for one thread and dynamic dimensions of "
     << "1; " << plan.buffers.size() << " temporaries, which would take "
     << formatBytes(plan.separateBytes)
     << " if none shared the place of another. Every rectangle is one, over "
        "the "
        "steps in which it is in use; those of each thread are yellow, those "
        "whose size follows from the dimensions pale.</p>\n"
        "<div class=\"scroll\">\n";
  drawMemory(plan, os);
  os << "</div>\n<details><summary>The steps</summary>\n<ol>\n";
  for (const std::string &step : plan.steps) {
    os << "<li>";
    text(step);
    os << "</li>\n";
  }
  os << "</ol></details>\n";
}

void Page::printRoofline() {
  const MachineFigures &machine = report.machine;
  os << "<h2>Roofline</h2>\n<p>Every scan at its predicted rate, under the "
        "limits of one thread. Dashed: the rate at which a scan's exponentials "
        "alone would run. A scan above a slope works from a nearer "
        "cache.</p>\n";
  drawRoofline(report, os);
  os << "<p>Figures ";
  text(machine.origin);
  os << ".</p>\n<table>\n<tr><th>limit</th><th></th></tr>\n";
  auto row = [&](llvm::StringRef what, double rate, llvm::StringRef unit) {
    os << "<tr><td>" << what << "</td><td class=\"number\">"
       << llvm::format("%.1f ", rate) << unit << "</td></tr>\n";
  };
  row("multiply-adds, f32", machine.gigaflops, "GFLOP/s");
  row("reads from L2", machine.l2GigabytesPerSecond, "GB/s");
  row("reads from L3", machine.l3GigabytesPerSecond, "GB/s");
  row("reads from memory", machine.memoryGigabytesPerSecond, "GB/s");
  row("exponentials, f32", machine.gigaexps, "G/s");
  os << "</table>\n";
}

void Page::print() {
  os << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<title>seqc: ";
  text(report.name);
  os << "</title>\n<style>" << style << "</style></head>\n<body>\n<h1>";
  text(report.name);
  os << "</h1>\n<p>What seqc proved about each scan, what it predicts every "
        "form to cost, and what it chose.</p>\n";
  for (const ScanReport &scan : report.scans)
    printScan(scan);
  if (report.scans.empty())
    os << "<p>The model has no scan.</p>\n";
  else
    printRoofline();
  printNarrowed();
  printMemory();
  printGraphs();
  printStages();
  os << "</body></html>\n";
}

void seqc::printHtml(const ModelReport &report, llvm::raw_ostream &os) {
  Page(report, os).print();
}
