//===- Graph.cpp - a function as a graph to look at -----------------------===//

#include "compiler/Explain/Graph.h"
#include "compiler/Explain/Report.h"

#include "dialects/Seq/SeqOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace seqc;

namespace {
class Collector {
public:
  explicit Collector(func::FuncOp function) : function(function) {}

  Graph run();

private:
  void addInputs();
  void addOp(Operation &op);
  void addOutputs(Operation *terminator);
  void addSource(GraphNode &node, Value value);
  std::string getName(unsigned number, bool isResult);
  std::string describeExtent(Value extent);
  void describeScan(seq::ScanOp scan, GraphNode &node);

  func::FuncOp function;
  Graph graph;
  unsigned scans = 0;
  DenseMap<Value, unsigned> producers;
};
} // namespace

static std::string describe(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank()) {
    os << type;
    return text;
  }
  for (int64_t extent : shaped.getShape())
    ShapedType::isDynamic(extent) ? os << "?x" : os << extent << 'x';
  os << shaped.getElementType();
  return text;
}

static bool isTensor(Type type) { return isa<RankedTensorType>(type); }

/// Shapes, constants and memory that is only written.
static bool isHidden(Operation &op) {
  return llvm::none_of(op.getResultTypes(), isTensor) ||
         op.hasTrait<OpTrait::ConstantLike>() ||
         isa<tensor::EmptyOp, seq::LoadWeightOp, seq::WeightDataOp>(op);
}

/// The name that the model gives an argument or result.
std::string Collector::getName(unsigned number, bool isResult) {
  auto name = isResult
                  ? function.getResultAttrOfType<StringAttr>(number, "seq.name")
                  : function.getArgAttrOfType<StringAttr>(number, "seq.name");
  return name ? name.str()
              : (isResult ? "output " : "input ") + std::to_string(number);
}

void Collector::addInputs() {
  for (BlockArgument argument : function.getArguments()) {
    producers[argument] = graph.nodes.size();
    graph.nodes.push_back(
        {GraphNode::Kind::Input,
         {getName(argument.getArgNumber(), /*isResult=*/false),
          describe(argument.getType())},
         {}});
  }
}

/// The node that `value` comes from, through ops that are not shown.
void Collector::addSource(GraphNode &node, Value value) {
  if (auto found = producers.find(value); found != producers.end()) {
    if (!llvm::is_contained(node.inputs, found->second))
      node.inputs.push_back(found->second);
    return;
  }
  Operation *def = value.getDefiningOp();
  if (def && isTensor(value.getType()))
    for (Value operand : def->getOperands())
      addSource(node, operand);
}

/// A number, or the name of the model's dimension that it is.
std::string Collector::describeExtent(Value extent) {
  if (std::optional<int64_t> number = getConstantIntValue(extent))
    return std::to_string(*number);
  auto dim = extent.getDefiningOp<tensor::DimOp>();
  auto argument = dim ? dyn_cast<BlockArgument>(dim.getSource()) : nullptr;
  if (argument && argument.getOwner() == &function.getBody().front() &&
      dim.getConstantIndex()) {
    auto names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(),
                                                      "seq.dims");
    if (names && *dim.getConstantIndex() < int64_t(names.size()))
      if (auto name = dyn_cast<StringAttr>(names[*dim.getConstantIndex()]))
        return name.str();
  }
  return "?";
}

/// "body: 2 mulf, affine": the ops of a step.
static std::string describeBody(seq::ScanOp scan) {
  llvm::MapVector<StringRef, unsigned> counts;
  scan.getBodyBlock()->walk([&](Operation *op) {
    if (!op->hasTrait<OpTrait::IsTerminator>() &&
        !op->hasTrait<OpTrait::ConstantLike>())
      ++counts[op->getName().stripDialect()];
  });
  constexpr size_t mostNames = 5;
  std::string text = "body: ";
  for (auto [i, entry] : llvm::enumerate(counts)) {
    if (i == mostNames)
      return text + ", ...";
    text += (i ? ", " : "") +
            (entry.second > 1 ? std::to_string(entry.second) + " " : "") +
            entry.first.str();
  }
  return text;
}

void Collector::describeScan(seq::ScanOp scan, GraphNode &node) {
  node.kind = GraphNode::Kind::Scan;
  std::string domain;
  for (Value extent : scan.getDomain())
    domain += (domain.empty() ? "" : " x ") + describeExtent(extent);
  node.lines.push_back("domain " + (domain.empty() ? "1" : domain) + ", time " +
                       describeExtent(scan.getTime()) +
                       (scan.getReverse() ? ", reverse" : "") +
                       (scan.hasLengths() ? ", lengths" : ""));
  std::string carries;
  for (BlockArgument carry : scan.getCarryArguments())
    carries += (carries.empty() ? "" : ", ") + describe(carry.getType());
  node.lines.push_back(carries.empty() ? "no carry" : "carries " + carries);
  node.lines.push_back(describeBody(scan));
  if (scan.getSchedule())
    node.lines.push_back(describeSchedule(scan));
}

void Collector::addOp(Operation &op) {
  if (isHidden(op))
    return;
  GraphNode node;
  node.lines.push_back(op.getName().getStringRef().str());
  // As the report counts them.
  if (isa<seq::ScanOp>(op))
    node.lines.back() += ", scan " + std::to_string(scans++);
  if (auto name = op.getLoc()->findInstanceOf<NameLoc>())
    node.lines.push_back(name.getName().str());
  if (auto scan = dyn_cast<seq::ScanOp>(op))
    describeScan(scan, node);
  for (Type type : op.getResultTypes())
    if (isTensor(type))
      node.lines.push_back(describe(type));
  for (Value operand : op.getOperands())
    addSource(node, operand);
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op.getRegions(), captured);
  for (Value value : captured)
    addSource(node, value);
  for (Value result : op.getResults())
    producers[result] = graph.nodes.size();
  graph.nodes.push_back(std::move(node));
}

void Collector::addOutputs(Operation *terminator) {
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    GraphNode node{GraphNode::Kind::Output,
                   {getName(i, /*isResult=*/true), describe(value.getType())},
                   {}};
    addSource(node, value);
    graph.nodes.push_back(std::move(node));
  }
}

Graph Collector::run() {
  addInputs();
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    addOp(op);
  addOutputs(body.getTerminator());
  return std::move(graph);
}

Graph seqc::collectGraph(func::FuncOp function) {
  return Collector(function).run();
}
