//===- ExposeValues.cpp - what a model computes on the way ----------------===//

#include "compiler/ExposeValues.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "passes/Support/ModelFunction.h"
#include "seqc/abi.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace {
class Exposer {
public:
  explicit Exposer(func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  void expose();

private:
  bool isComputed(Operation &op) const;
  std::string getNode(Operation &op) const;
  bool leavesNode(OpResult value) const;
  FailureOr<ArrayAttr> nameAxes(Value value);
  std::optional<StringRef> nameExtent(Value value, int64_t axis);
  std::optional<StringRef> nameIndex(Value index);
  bool isDerived(Value index);
  void nameArguments();
  void addResult(OpResult value, StringRef name);

  func::FuncOp function;
  OpBuilder builder;
  llvm::DenseSet<Value> fromInputs; ///< What depends on an argument.
  SmallVector<Value> results;
  SmallVector<Attribute> resultAttrs;
};
} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The node that `op` was imported from; of text, the line and the operator.
std::string Exposer::getNode(Operation &op) const {
  if (auto name = op.getLoc()->findInstanceOf<NameLoc>())
    return name.getName().str();
  std::string node = op.getName().getStringRef().str();
  if (auto place = op.getLoc()->findInstanceOf<FileLineColLoc>())
    return "line" + std::to_string(place.getLine()) + "-" + node;
  return node;
}

/// Names every dynamic axis of an argument as ModelInfo will.
void Exposer::nameArguments() {
  for (BlockArgument argument : function.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      continue;
    unsigned number = argument.getArgNumber();
    SmallVector<Attribute> axes;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      axes.push_back(builder.getStringAttr(
          seqc::getDimName(function.getArgAttrDict(number), /*isResult=*/false,
                           number, axis, type.isDynamicDim(axis))));
    function.setArgAttr(number, "seq.dims", builder.getArrayAttr(axes));
  }
}

/// Whether arithmetic makes `index` from extents that have names.
bool Exposer::isDerived(Value index) {
  Operation *op = index.getDefiningOp();
  return op && index.getType().isIntOrIndex() && isPure(op) &&
         op->getNumRegions() == 0 &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return nameIndex(operand).has_value();
         });
}

std::optional<StringRef> Exposer::nameIndex(Value index) {
  auto dim = index.getDefiningOp<tensor::DimOp>();
  if (dim && dim.getConstantIndex())
    return nameExtent(dim.getSource(), *dim.getConstantIndex());
  return !dim && isDerived(index) ? std::optional(StringRef()) : std::nullopt;
}

/// The argument's dimension that an extent is; empty where it follows from
/// several or otherwise.
std::optional<StringRef> Exposer::nameExtent(Value value, int64_t axis) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(),
                                                      "seq.dims");
    return cast<StringAttr>(names[axis]).getValue();
  }
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return nameExtent(cast.getSource(), axis);
  if (auto style = dyn_cast<DestinationStyleOpInterface>(op))
    return nameExtent(style.getTiedOpOperand(result)->get(), axis);
  ReifiedRankedShapedTypeDims shapes;
  builder.setInsertionPoint(op);
  if (failed(reifyResultShapes(builder, op, shapes)))
    return std::nullopt;
  auto index = dyn_cast<Value>(shapes[result.getResultNumber()][axis]);
  return index ? nameIndex(index) : StringRef();
}

/// The `seq.dims` of a result that is `value`.
FailureOr<ArrayAttr> Exposer::nameAxes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<StringRef> names;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    std::optional<StringRef> name = StringRef();
    if (type.isDynamicDim(axis))
      name = nameExtent(value, axis);
    if (!name)
      return failure();
    names.push_back(*name);
  }
  return builder.getStrArrayAttr(names);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Constants, and what is only filled or allocated, are no news. A body may
/// read more than its operation's operands.
bool Exposer::isComputed(Operation &op) const {
  if (isa<tensor::EmptyOp, linalg::FillOp>(op))
    return false;
  return op
      .walk([&](Operation *inner) {
        return llvm::any_of(
                   inner->getOperands(),
                   [&](Value operand) { return fromInputs.contains(operand); })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether another node reads `value`. What an importer makes on the way to a
/// node's result is of no interest.
bool Exposer::leavesNode(OpResult value) const {
  Operation *op = value.getOwner();
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    while (user->getBlock() != op->getBlock())
      user = user->getParentOp();
    return user->getLoc() != op->getLoc();
  });
}

void Exposer::addResult(OpResult value, StringRef name) {
  auto type = cast<RankedTensorType>(value.getType());
  Type element = type.getElementType();
  if (!element.isF16() && !element.isBF16() && !element.isF32() &&
      !element.isF64() && !element.isSignlessInteger(1) &&
      !element.isSignlessInteger(8) && !element.isSignlessInteger(16) &&
      !element.isSignlessInteger(32) && !element.isSignlessInteger(64)) {
    emitRemark(value.getLoc()) << "'" << name << "' is left out: " << element
                               << " is no element type of an output";
    return;
  }
  FailureOr<ArrayAttr> axes = nameAxes(value);
  if (failed(axes) || type.getRank() > SEQC_MAX_RANK) {
    emitRemark(value.getLoc())
        << "'" << name << "' is left out: an output has at most "
        << SEQC_MAX_RANK
        << " extents, which follow from those of inputs, found " << type;
    return;
  }
  results.push_back(value);
  resultAttrs.push_back(builder.getDictionaryAttr(
      {builder.getNamedAttr("seq.dims", *axes),
       builder.getNamedAttr("seq.name", builder.getStringAttr(name))}));
}

void Exposer::expose() {
  nameArguments();
  Operation *terminator = function.getBody().front().getTerminator();
  llvm::DenseSet<Value> returned(terminator->operand_begin(),
                                 terminator->operand_end());
  fromInputs.insert(function.getArguments().begin(),
                    function.getArguments().end());
  SmallVector<Operation *> ops;
  for (Operation &op : function.getBody().front().without_terminator())
    ops.push_back(&op);
  llvm::StringMap<unsigned> passedOn;
  unsigned node = 0;
  Location last = function.getLoc();
  for (Operation *op : ops) {
    if (!isComputed(*op))
      continue;
    fromInputs.insert(op->result_begin(), op->result_end());
    node += op->getLoc() != last;
    last = op->getLoc();
    for (OpResult value : op->getResults()) {
      if (!isa<RankedTensorType>(value.getType()) || returned.contains(value) ||
          !leavesNode(value))
        continue;
      std::string name;
      llvm::raw_string_ostream(name)
          << llvm::format("%03u-", node) << getNode(*op);
      // The second value that leaves a node is its ".1".
      if (unsigned earlier = passedOn[name]++)
        name += "." + std::to_string(earlier);
      addResult(value, name);
    }
  }
  terminator->insertOperands(terminator->getNumOperands(), results);
  SmallVector<Attribute> attrs;
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    DictionaryAttr given = function.getResultAttrDict(i);
    attrs.push_back(given ? given : builder.getDictionaryAttr({}));
  }
  llvm::append_range(attrs, resultAttrs);
  SmallVector<Type> types(terminator->getOperandTypes());
  function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
  function.setAllResultAttrs(attrs);
}

void seqc::exposeValues(func::FuncOp function) { Exposer(function).expose(); }
