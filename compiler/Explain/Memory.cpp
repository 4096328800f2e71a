//===- Memory.cpp - the plan of the workspace to look at ------------------===//

#include "compiler/Explain/Memory.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Cpu/WorkspacePlan.h"
#include "passes/Support/ModelFunction.h"
#include "passes/Support/WeightLayout.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace seqc;

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

/// The value of an extent where every dynamic dimension is one.
static int64_t evaluate(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  Operation *op = value.getDefiningOp();
  if (isWorkspaceLeaf(op))
    return 1;
  Builder b(value.getContext());
  SmallVector<Attribute> operands;
  for (Value operand : op->getOperands())
    operands.push_back(b.getIntegerAttr(operand.getType(), evaluate(operand)));
  SmallVector<OpFoldResult> results;
  if (failed(op->fold(operands, results)) || results.empty())
    return 1;
  if (auto number = dyn_cast_if_present<IntegerAttr>(
          dyn_cast<Attribute>(results.front())))
    return number.getInt();
  return 1;
}

/// What the program does between two of its buffers' ends: ops that do more
/// than compute an address. What branches do stands for them.
static bool isStep(Operation &op) {
  return !isPure(&op) &&
         !isa<scf::IfOp, memref::AllocOp, memref::DeallocOp>(op);
}

static std::string describeStep(Operation &op) {
  std::string text = op.getName().getStringRef().str();
  if (auto name = op.getLoc()->findInstanceOf<NameLoc>())
    text += " '" + name.getName().str() + "'";
  return text;
}

static PlannedBuffer describe(WorkspaceBuffer &buffer) {
  PlannedBuffer out;
  MemRefType type = buffer.op.getType();
  llvm::raw_string_ostream(out.type) << type;
  out.isPrivate = buffer.isPrivate;
  out.isDynamic = !type.hasStaticShape();
  int64_t elements = 1;
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      elements *= extent;
  for (Value size : buffer.op.getDynamicSizes())
    elements *= evaluate(size);
  out.bytes = llvm::alignTo(elements * buffer.elementBytes, bufferAlignment);
  return out;
}

FailureOr<MemoryPlan> seqc::collectMemory(ModuleOp module) {
  FailureOr<func::FuncOp> function = findModelFunction(module);
  if (failed(function))
    return failure();
  FailureOr<WorkspacePlan> plan = planWorkspace(*function);
  if (failed(plan))
    return failure();
  MemoryPlan out;
  // The step at or after every op.
  SmallVector<unsigned> stepOf;
  for (Operation *op : plan->order) {
    stepOf.push_back(out.steps.size());
    if (!op->hasTrait<OpTrait::IsTerminator>() && isStep(*op))
      out.steps.push_back(describeStep(*op));
  }
  auto getStep = [&](unsigned position) {
    unsigned step = position < stepOf.size() ? stepOf[position] : ~0u;
    return out.steps.empty() ? 0u
                             : std::min<unsigned>(step, out.steps.size() - 1);
  };
  double end = plan->sharedBytes;
  for (WorkspaceBuffer &buffer : plan->buffers) {
    PlannedBuffer planned = describe(buffer);
    planned.first = getStep(buffer.first);
    planned.last = std::max(planned.first, getStep(buffer.last));
    out.separateBytes += planned.bytes;
    planned.offset = buffer.staticBytes >= 0 ? buffer.staticOffset : end;
    if (buffer.staticBytes < 0)
      end += planned.bytes;
    out.buffers.push_back(planned);
  }
  out.bytes = end;
  return out;
}

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

std::string seqc::formatBytes(double bytes) {
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

namespace {
/// Steps to the right, bytes upward.
struct MemoryAxes {
  static constexpr double left = 76, top = 10, height = 320;
  double column, bytes;

  double x(unsigned step) const { return left + step * column; }
  double y(double offset) const { return top + (1 - offset / bytes) * height; }
};
} // namespace

static void drawBuffer(const PlannedBuffer &buffer, const MemoryAxes &axes,
                       llvm::raw_ostream &os) {
  double x = axes.x(buffer.first), y = axes.y(buffer.offset + buffer.bytes);
  double width = axes.x(buffer.last + 1) - x - 2;
  double height = std::max(axes.y(buffer.offset) - y, 1.0);
  os << "<g><title>";
  llvm::printHTMLEscaped(buffer.type, os);
  os << ": " << formatBytes(buffer.bytes) << " at "
     << formatBytes(buffer.offset) << ", steps " << buffer.first + 1 << " to "
     << buffer.last + 1 << (buffer.isPrivate ? ", one for every thread" : "")
     << (buffer.isDynamic ? ", for dimensions of 1" : "") << "</title>"
     << "<rect class=\"buffer" << (buffer.isPrivate ? " private" : "")
     << (buffer.isDynamic ? " dynamic" : "")
     << llvm::format("\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\"/>",
                     x, y, width, height);
  // As much of the type as fits; the title has all of it.
  constexpr double characterWidth = 6.2;
  llvm::StringRef label = buffer.type;
  label.consume_front("memref<");
  label.consume_back(">");
  label = label.split(',').first;
  if (height >= 13 && width >= characterWidth * label.size() + 6) {
    os << llvm::format("<text x=\"%.1f\" y=\"%.1f\">", x + 3,
                       y + height / 2 + 4);
    llvm::printHTMLEscaped(label, os);
    os << "</text>";
  }
  os << "</g>\n";
}

void seqc::drawMemory(const MemoryPlan &plan, llvm::raw_ostream &os) {
  constexpr double mostWidth = 900, widestColumn = 90, narrowestColumn = 6;
  MemoryAxes axes;
  axes.bytes = std::max(plan.bytes, 1.0);
  axes.column = std::clamp(mostWidth / std::max<size_t>(plan.steps.size(), 1),
                           narrowestColumn, widestColumn);
  double bottom = axes.top + axes.height, right = axes.x(plan.steps.size());
  os << llvm::format("<svg class=\"memory\" width=\"%.0f\" height=\"%.0f\">\n",
                     right + 10, bottom + 40)
     << llvm::format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\" fill=\"none\" stroke=\"#99a\"/>\n",
                     axes.left, axes.top, right - axes.left, axes.height);
  for (int quarter = 0; quarter <= 4; ++quarter)
    os << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                       axes.left - 6, axes.y(axes.bytes * quarter / 4) + 4)
       << formatBytes(axes.bytes * quarter / 4) << "</text>\n";
  constexpr double labelWidth = 24;
  size_t every = std::max<size_t>(1, std::ceil(labelWidth / axes.column));
  for (size_t step = 0; step < plan.steps.size(); step += every) {
    os << "<g><title>";
    llvm::printHTMLEscaped(plan.steps[step], os);
    os << llvm::format("</title><text x=\"%.1f\" y=\"%.1f\" "
                       "text-anchor=\"middle\">%zu</text></g>\n",
                       axes.x(step) + axes.column / 2, bottom + 16, step + 1);
  }
  for (const PlannedBuffer &buffer : plan.buffers)
    drawBuffer(buffer, axes, os);
  os << llvm::format(
            "<text x=\"%.1f\" y=\"%.1f\">steps of the program</text>\n",
            axes.left, bottom + 34)
     << "</svg>\n";
}
