//===- Html.cpp - a report as one page ------------------------------------===//
//
// One file without scripts or links: bars and the roofline plot are drawn here.
//
//===----------------------------------------------------------------------===//

#include "compiler/Explain/Report.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

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

static std::string formatBytes(double bytes) {
  if (bytes < 0)
    return "depends on the dimensions";
  std::string string;
  llvm::raw_string_ostream out(string);
  if (bytes < 1024)
    out << llvm::format("%.0f B", bytes);
  else if (bytes < 1024 * 1024)
    out << llvm::format("%.1f KiB", bytes / 1024);
  else
    out << llvm::format("%.1f MiB", bytes / (1024 * 1024));
  return string;
}

void Page::printOperands(const ScanReport &scan) {
  os << "<details><summary>Memory: what the scan reads and writes</summary>\n"
        "<table>\n<tr><th>role</th><th>type</th><th>size</th></tr>\n";
  for (const OperandReport &operand : scan.operands) {
    os << "<tr><td>" << operand.role << "</td><td>";
    text(operand.type);
    os << "</td><td>" << formatBytes(operand.bytes) << "</td></tr>\n";
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
// Roofline
//===----------------------------------------------------------------------===//

namespace {
/// Logarithmic axes: flops per byte to the right, GFLOP/s upward.
struct Axes {
  static constexpr double left = 60, top = 10, width = 640, height = 300;
  double minX = -2, maxX = 3; // powers of ten
  double minY = -3, maxY = 3;

  double x(double intensity) const {
    double at = (std::log10(intensity) - minX) / (maxX - minX);
    return left + std::clamp(at, 0.0, 1.0) * width;
  }
  double y(double rate) const {
    double at = (std::log10(rate) - minY) / (maxY - minY);
    return top + (1 - std::clamp(at, 0.0, 1.0)) * height;
  }
};
} // namespace

static void drawAxes(const Axes &axes, llvm::raw_ostream &os) {
  os << llvm::format("<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" "
                     "fill=\"none\" stroke=\"#99a\"/>\n",
                     axes.left, axes.top, axes.width, axes.height);
  for (int power = axes.minX; power <= axes.maxX; ++power)
    os << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">"
                       "%g</text>\n",
                       axes.x(std::pow(10, power)), axes.top + axes.height + 16,
                       std::pow(10, power));
  for (int power = axes.minY; power <= axes.maxY; ++power)
    os << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g"
                       "</text>\n",
                       axes.left - 6, axes.y(std::pow(10, power)) + 4,
                       std::pow(10, power));
  os << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">"
                     "flops per byte (GFLOP/s upward)</text>\n",
                     axes.left + axes.width / 2, axes.top + axes.height + 34);
}

void Page::printRoofline() {
  Axes axes;
  const ScanReport &first = report.scans.front();
  double peak = first.gigaflops * first.threads;
  double bandwidth = first.gigabytesPerSecond;
  os << "<h2>Roofline</h2>\n<p>Every scan at its predicted rate, under the "
        "machine's figures that were assumed: "
     << llvm::format("%.0f GFLOP/s and %.0f GB/s from memory", peak, bandwidth)
     << ". A scan above the slope works from the caches.</p>\n"
        "<svg width=\"720\" height=\"350\">\n";
  drawAxes(axes, os);
  double ridge = peak / bandwidth, low = std::pow(10, axes.minX);
  os << llvm::format("<polyline points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\" "
                     "fill=\"none\" stroke=\"#2563a8\" stroke-width=\"2\"/>\n",
                     axes.x(low), axes.y(low * bandwidth), axes.x(ridge),
                     axes.y(peak), axes.left + Axes::width, axes.y(peak));
  for (const ScanReport &scan : report.scans) {
    const FormReport *chosen = scan.getChosen();
    if (!chosen || scan.bytes <= 0 || scan.flops <= 0 ||
        chosen->microseconds <= 0)
      continue;
    double atX = axes.x(scan.flops / scan.bytes);
    double atY = axes.y(scan.flops / chosen->microseconds / 1000);
    os << llvm::format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" "
                       "fill=\"#c2410c\"/>",
                       atX, atY)
       << llvm::format("<text x=\"%.1f\" y=\"%.1f\">", atX + 8, atY + 4)
       << scan.name << "</text>\n";
  }
  os << "</svg>\n";
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
  printStages();
  os << "</body></html>\n";
}

void seqc::printHtml(const ModelReport &report, llvm::raw_ostream &os) {
  Page(report, os).print();
}
