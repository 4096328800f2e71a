//===- OnnxImporter.h - Builds MLIR from a folded graph ---------*- C++ -*-===//
//
// `Importer` holds what the importers of single operators share: the tensors
// made so far, constants, extents at run time, and builders for the few shapes
// of linalg that nearly every operator becomes.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_IMPORT_ONNXIMPORTER_H
#define SEQC_COMPILER_IMPORT_ONNXIMPORTER_H

#include "compiler/Import/Onnx/Fold.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace seqc::onnx {

/// What an operator reads: a constant, still a view of its file, or a tensor.
struct Operand {
  Shape shape;
  ElementType type = ElementType::Undefined;
  WeightRef weight;
  mlir::Value value; // null while it is a constant that nobody needs yet
};

/// Builds a scalar from scalars.
using BodyBuilder = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                                   mlir::ValueRange)>;

class Importer {
public:
  Importer(mlir::ModuleOp module, const FoldedGraph &graph);

  /// Builds the function in the form that ModelInfo reads.
  llvm::Error importFunction(llvm::StringRef name);

  const FoldedGraph &getGraph() const { return graph; }

  mlir::Type getType(ElementType type);
  mlir::RankedTensorType getTensorType(llvm::ArrayRef<Dim> shape,
                                       mlir::Type element);

  /// The tensor of value `id`; constants and known integers are made here.
  mlir::Value get(int id);
  Operand getOperand(int id);
  mlir::Value materialize(const Operand &operand);
  void set(int id, mlir::Value value) { tensors[id] = value; }

  /// Views, lazy where the operand is a constant.
  Operand slice(const Operand &operand, llvm::ArrayRef<int64_t> offsets,
                llvm::ArrayRef<int64_t> sizes);
  Operand reshape(const Operand &operand, llvm::ArrayRef<Dim> shape);
  Operand transpose(const Operand &operand,
                    llvm::ArrayRef<int64_t> permutation);

  /// Imports `nodes` at the builder's place.
  llvm::Error importNodes(llvm::ArrayRef<FoldedNode> nodes);

  /// The extent at run time, as an index.
  mlir::Value getExtent(const Dim &dim);
  void setExtent(llvm::StringRef name, mlir::Value value) {
    extents[name] = value;
  }
  mlir::OpFoldResult getMixedExtent(const Dim &dim);
  llvm::SmallVector<mlir::OpFoldResult>
  getMixedExtents(llvm::ArrayRef<Dim> dims);

  mlir::Value buildEmpty(llvm::ArrayRef<Dim> shape, mlir::Type element);
  mlir::Value buildFilled(llvm::ArrayRef<Dim> shape, mlir::Value scalar);
  mlir::Value buildReshape(mlir::Value value, llvm::ArrayRef<Dim> from,
                           llvm::ArrayRef<Dim> to);
  /// Element by element; operands broadcast to `shape`. Constants of one value
  /// become scalars of the body.
  mlir::Value buildElementwise(llvm::ArrayRef<Dim> shape, mlir::Type element,
                               llvm::ArrayRef<Operand> operands,
                               BodyBuilder body);
  /// Reduces `axes`, which the result lacks, from `initial`.
  mlir::Value buildReduction(const Operand &operand,
                             llvm::ArrayRef<int64_t> axes, mlir::Value initial,
                             BodyBuilder combine);
  /// Every element of the result computed from its indices.
  mlir::Value buildIndexed(llvm::ArrayRef<Dim> shape, mlir::Type element,
                           BodyBuilder body);
  /// Parts side by side along `axis`.
  mlir::Value buildConcat(llvm::ArrayRef<Dim> shape, mlir::Type element,
                          llvm::ArrayRef<Operand> parts, int64_t axis);

  mlir::Value buildConstant(mlir::Type type, double value);
  mlir::Value buildConstant(mlir::Type type, int64_t value);
  mlir::Value buildIndex(int64_t value);

  mlir::ImplicitLocOpBuilder b;

private:
  llvm::Error addArguments(mlir::func::FuncOp function);
  void addResults(mlir::func::FuncOp function);
  llvm::Error importNode(const FoldedNode &node);
  std::string nameDim(const Dim &dim, llvm::StringRef output, size_t axis);
  mlir::DictionaryAttr describe(llvm::StringRef name, const Value &value);
  mlir::Value buildWeight(const WeightRef &weight);
  mlir::Value buildWeightExpression(mlir::ImplicitLocOpBuilder &builder,
                                    const Weight &weight);
  mlir::Value buildKnown(const Value &value);

  mlir::ModuleOp module;
  const FoldedGraph &graph;
  mlir::SymbolTable symbols;
  llvm::DenseMap<int, mlir::Value> tensors;
  llvm::StringMap<mlir::Value> extents;  // by symbol name, at function entry
  llvm::StringMap<std::string> dimNames; // of the interface, by extent
  llvm::StringSet<> usedDimNames;
  llvm::DenseMap<const Weight *, std::string> weightSymbols;
  /// Keeps the views made here alive, so that no two share an address.
  std::vector<WeightRef> weights;
};

/// One node while it is imported.
class NodeImporter {
public:
  NodeImporter(Importer &importer, const FoldedNode &folded);

  Importer &importer;
  mlir::ImplicitLocOpBuilder &b;
  const FoldedNode &folded;
  const Resolved &resolved;
  /// The attributes, and the facts of the operands.
  OpContext context;

  mlir::Location getLoc() const { return loc; }
  const Value &getInputInfo(unsigned i) const { return *context.getInput(i); }
  bool hasInput(unsigned i) const { return context.getInput(i) != nullptr; }
  Operand getInput(unsigned i) { return importer.getOperand(folded.inputs[i]); }
  bool hasOutput(unsigned i) const {
    return i < folded.outputs.size() && folded.outputs[i] >= 0;
  }
  const Value &getOutputInfo(unsigned i = 0) const {
    return importer.getGraph().values[folded.outputs[i]];
  }
  mlir::Type getOutputElement(unsigned i = 0) {
    return importer.getType(getOutputInfo(i).type);
  }
  void setOutput(unsigned i, mlir::Value value) {
    if (hasOutput(i))
      importer.set(folded.outputs[i], value);
  }
  llvm::Error refuse(const llvm::Twine &reason) {
    return makeError(*importer.getGraph().model, *folded.node, reason);
  }

private:
  static llvm::SmallVector<const Value *> getInputs(const Importer &importer,
                                                    const FoldedNode &folded);
  llvm::SmallVector<const Value *> inputs;
  mlir::Location loc;
};

/// A slice, without its source where it has no elements: its offset may then be
/// the end of a dimension, which is no place to read from.
mlir::Value buildSlice(mlir::ImplicitLocOpBuilder &b,
                       mlir::RankedTensorType type, mlir::Value source,
                       llvm::ArrayRef<mlir::OpFoldResult> offsets,
                       llvm::ArrayRef<mlir::OpFoldResult> sizes,
                       llvm::ArrayRef<mlir::OpFoldResult> steps);

/// An index counted from the end where negative, then kept inside: a wrong one
/// must not read foreign memory.
mlir::Value buildSafeIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value raw,
                           mlir::Value extent);

/// The sum over the reduced dimensions of the product of all operands, for an
/// iteration space whose parallel dimensions come first and are `shape`.
mlir::Value buildContraction(Importer &importer,
                             llvm::ArrayRef<Operand> operands,
                             llvm::ArrayRef<mlir::AffineMap> maps,
                             llvm::ArrayRef<Dim> shape);

/// `y` with input 2 added, one number for each channel, if there is one.
Operand addBias(NodeImporter &node, Operand y);

/// The smallest number of the type, or the largest.
mlir::Value buildLimit(Importer &importer, ElementType type, bool largest);

mlir::Value buildMaximum(mlir::ImplicitLocOpBuilder &b, ElementType type,
                         mlir::Value x, mlir::Value y);

using ImportFunction = llvm::Error (*)(NodeImporter &node);

struct OpImporter {
  const char *name;
  ImportFunction import;
};

/// Null for operators that always fold away, and for unknown ones.
ImportFunction lookupImporter(llvm::StringRef op);

llvm::ArrayRef<OpImporter> getControlImporters();
llvm::ArrayRef<OpImporter> getElementwiseImporters();
llvm::ArrayRef<OpImporter> getShapeImporters();
llvm::ArrayRef<OpImporter> getIndexedImporters();
llvm::ArrayRef<OpImporter> getScanImporters();
llvm::ArrayRef<OpImporter> getWindowImporters();
llvm::ArrayRef<OpImporter> getViewImporters();
llvm::ArrayRef<OpImporter> getLinearImporters();
llvm::ArrayRef<OpImporter> getConvImporters();
llvm::ArrayRef<OpImporter> getConvTransposeImporters();
llvm::ArrayRef<OpImporter> getRecurrentImporters();
llvm::ArrayRef<OpImporter> getReduceImporters();
llvm::ArrayRef<OpImporter> getResizeImporters();
llvm::ArrayRef<OpImporter> getStatefulImporters();

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNXIMPORTER_H
