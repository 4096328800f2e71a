//===- Roofline.cpp - scans under the limits of a machine -----------------===//

#include "compiler/Explain/Report.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace seqc;

namespace {
/// Logarithmic axes: flops per byte to the right, GFLOP/s upward.
struct Axes {
  static constexpr double left = 60, top = 10, width = 640, height = 300;
  double minX = -2, maxX = 3; // powers of ten
  double minY = -1, maxY = 2;

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

/// A limit by bandwidth, up to where the peak is reached. Its name stands at
/// `place` of the way, for slopes may be close to each other.
static void drawSlope(const Axes &axes, double bandwidth, double peak,
                      llvm::StringRef name, double place,
                      llvm::raw_ostream &os) {
  if (bandwidth <= 0 || peak <= 0)
    return;
  // From where the plot begins, at the left or at the bottom.
  double low =
      std::max(std::pow(10, axes.minX), std::pow(10, axes.minY) / bandwidth);
  double ridge = peak / bandwidth;
  os << llvm::format(
      "<polyline class=\"roof\" points=\"%.1f,%.1f %.1f,%.1f\"/>", axes.x(low),
      axes.y(low * bandwidth), axes.x(ridge), axes.y(peak));
  double middle = low * std::pow(ridge / low, place);
  os << llvm::format("<text x=\"%.1f\" y=\"%.1f\">", axes.x(middle) + 6,
                     axes.y(middle * bandwidth) + 12)
     << name << llvm::format(" %.0f GB/s</text>\n", bandwidth);
}

/// GFLOP/s of the form that was chosen, as predicted; 0 without an operation.
static double getRate(const ScanReport &scan) {
  const FormReport *chosen = scan.getChosen();
  if (!chosen || chosen->microseconds <= 0 || scan.bytes <= 0)
    return 0;
  return scan.flops / chosen->microseconds / 1000;
}

static void drawScan(const Axes &axes, const ScanReport &scan, double gigaexps,
                     llvm::raw_ostream &os) {
  double rate = getRate(scan);
  if (rate <= 0)
    return;
  double atX = axes.x(scan.flops / scan.bytes), atY = axes.y(rate);
  os << llvm::format("<circle class=\"point\" cx=\"%.1f\" cy=\"%.1f\" "
                     "r=\"5\"/><text x=\"%.1f\" y=\"%.1f\">",
                     atX, atY, atX + 8, atY + 4)
     << scan.name << "</text>\n";
  if (scan.exps <= 0)
    return;
  double limit = gigaexps * scan.flops / scan.exps;
  if (std::log10(limit) > axes.maxY)
    return;
  double ceiling = axes.y(limit);
  os << llvm::format("<line class=\"ceiling\" x1=\"%.1f\" y1=\"%.1f\" "
                     "x2=\"%.1f\" y2=\"%.1f\"/>\n",
                     atX - 24, ceiling, atX + 24, ceiling);
}

void seqc::drawRoofline(const ModelReport &report, llvm::raw_ostream &os) {
  Axes axes;
  const MachineFigures &machine = report.machine;
  os << "<svg width=\"720\" height=\"350\">\n";
  double peak = machine.gigaflops;
  axes.maxY = std::ceil(std::log10(peak * 1.2));
  for (const ScanReport &scan : report.scans)
    if (double rate = getRate(scan); rate > 0)
      axes.minY = std::min(axes.minY, std::floor(std::log10(rate)));
  drawAxes(axes, os);
  drawSlope(axes, machine.l2GigabytesPerSecond, peak, "L2", 0.15, os);
  drawSlope(axes, machine.l3GigabytesPerSecond, peak, "L3", 0.4, os);
  drawSlope(axes, machine.memoryGigabytesPerSecond, peak, "memory", 0.65, os);
  double ridge = peak / machine.l2GigabytesPerSecond;
  os << llvm::format("<polyline class=\"roof\" points=\"%.1f,%.1f %.1f,%.1f\"/>"
                     "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">"
                     "multiply-adds %.0f GFLOP/s</text>\n",
                     axes.x(ridge), axes.y(peak), axes.left + Axes::width,
                     axes.y(peak), axes.left + Axes::width - 6,
                     axes.y(peak) - 6, peak);
  for (const ScanReport &scan : report.scans)
    drawScan(axes, scan, machine.gigaexps, os);
  os << "</svg>\n";
}
