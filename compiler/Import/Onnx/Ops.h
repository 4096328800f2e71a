//===- Ops.h - The operators of ONNX that seqc knows ------------*- C++ -*-===//
//
// One row per operator: how many operands and results it has, which attributes
// of which kind, and a function that infers the results' types and shapes and,
// where the operands are constants or extents, their elements.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_IMPORT_ONNX_OPS_H
#define SEQC_COMPILER_IMPORT_ONNX_OPS_H

#include "compiler/Import/Onnx/OnnxModel.h"
#include "compiler/Import/Onnx/Value.h"
#include "llvm/ADT/StringSet.h"

namespace seqc::onnx {

/// What an operator is asked to do but seqc cannot, or cannot as long as an
/// extent is dynamic. Collected over the whole model, then reported at once.
class UnsupportedError : public llvm::ErrorInfo<UnsupportedError> {
public:
  static char ID;
  explicit UnsupportedError(std::string reason) : reason(std::move(reason)) {}
  void log(llvm::raw_ostream &os) const override { os << reason; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }
  std::string reason;
};

/// What inference has made of the attributes and of the operands that must be
/// known when compiling, with every default filled in.
struct Resolved {
  /// Slice, Split: the first index per dimension. Pad, Conv: padding before
  /// (Conv: per spatial dimension).
  Shape low;
  Shape high;                              // Pad, Conv: padding after
  llvm::SmallVector<int64_t, 4> steps;     // Slice: steps; Conv: strides
  llvm::SmallVector<int64_t, 4> dilations; // Conv
  /// Transpose: the permutation. Reductions and softmax: what is reduced.
  /// Squeeze, Unsqueeze: where. Gather, Concat, Split: the one axis.
  llvm::SmallVector<int64_t, 4> axes;
  bool keepDims = false; // reductions
};

/// One node while its results are inferred.
class OpContext {
public:
  OpContext(const Model &model, const Node &node,
            llvm::ArrayRef<const Value *> inputs)
      : opset(model.opset), node(node), model(model), inputs(inputs),
        results(std::max<size_t>(node.outputs.size(), 3)),
        aliases(results.size(), -1) {}

  const int64_t opset;
  const Node &node;
  /// Of a Loop, a Scan or an If that is not decided: what runs there is not
  /// asked about extents first.
  bool isInBody = false;
  /// What the tensors so far have as extents, none of which is negative where
  /// the model runs; null within a body.
  const llvm::StringSet<> *extents = nullptr;
  bool isExtent(const Dim &dim) const {
    return extents && extents->contains(dim.str());
  }

  /// Null where the operand is absent.
  const Value *getInput(unsigned i) const {
    return i < inputs.size() ? inputs[i] : nullptr;
  }
  unsigned getNumInputs() const { return inputs.size(); }
  bool hasOutput(unsigned i) const {
    return i < node.outputs.size() && !node.outputs[i].empty();
  }

  int64_t getInt(llvm::StringRef name, int64_t otherwise) const;
  double getFloat(llvm::StringRef name, double otherwise) const;
  llvm::StringRef getString(llvm::StringRef name,
                            llvm::StringRef otherwise) const;
  std::optional<llvm::ArrayRef<int64_t>> getInts(llvm::StringRef name) const;
  WeightRef getTensor(llvm::StringRef name) const;

  /// The model contradicts the standard.
  llvm::Error fail(const llvm::Twine &message) const;
  /// The model is right but seqc cannot do this.
  llvm::Error refuse(const llvm::Twine &reason) const;

  /// The elements of operand `i`, which the operator needs when compiling.
  llvm::Expected<Shape> getKnownDims(unsigned i, llvm::StringRef what) const;
  llvm::Expected<std::vector<int64_t>> getKnownInts(unsigned i,
                                                    llvm::StringRef what) const;
  /// The numbers in attribute `name` or, where there is none, in operand `i`;
  /// nothing where both are absent.
  llvm::Expected<std::optional<std::vector<int64_t>>>
  getIntsOrInput(llvm::StringRef name, unsigned i) const;

  /// Counts a negative axis from the end and checks it.
  llvm::Expected<int64_t> getAxis(int64_t axis, size_t rank) const;
  llvm::Expected<llvm::SmallVector<int64_t, 4>>
  getAxes(llvm::ArrayRef<int64_t> axes, size_t rank) const;

  /// Whether two extents are equal; an error where that cannot be known.
  llvm::Error requireEqual(const Dim &lhs, const Dim &rhs,
                           const llvm::Twine &what) const;
  llvm::Expected<Shape> broadcast(llvm::ArrayRef<Dim> lhs,
                                  llvm::ArrayRef<Dim> rhs) const;
  /// The result of an operation on extents, or a refusal.
  llvm::Expected<Dim> require(std::optional<Dim> dim) const;

  Value &setResult(unsigned i, ElementType type, Shape shape);
  /// Result `i` is operand `input`.
  llvm::Error setAlias(unsigned i, unsigned input);

  const Model &model;
  llvm::ArrayRef<const Value *> inputs;
  llvm::SmallVector<Value, 3> results;
  llvm::SmallVector<int, 3> aliases;
  Resolved resolved;
};

struct OpInfo {
  const char *name;
  int minInputs, maxInputs; // maxInputs -1: any number
  int maxOutputs;           // -1: any number
  /// "axis=i perm=is": i, f, s for one integer, float or string, with a second
  /// s for a list; t a tensor, g a graph.
  const char *attributes;
  llvm::Error (*infer)(OpContext &context);
};

/// Null for operators that are not known.
const OpInfo *lookupOp(llvm::StringRef name);

/// Whether every element of the results takes a few operations, or none.
bool isElementOp(llvm::StringRef name);

/// Checks counts and attributes against the row.
llvm::Error checkSignature(const Model &model, const Node &node,
                           const OpInfo &info);

/// An operand of a layer, and the shape and type that it must have.
struct ExpectedOperand {
  unsigned input;
  const char *what;
  Shape shape;
  ElementType type;
};

/// Passes where the operand is absent.
llvm::Error checkOperand(const OpContext &context,
                         const ExpectedOperand &expected);

llvm::ArrayRef<OpInfo> getElementwiseOps();
llvm::ArrayRef<OpInfo> getShapeOps();
llvm::ArrayRef<OpInfo> getIndexedOps();
llvm::ArrayRef<OpInfo> getViewOps();
llvm::ArrayRef<OpInfo> getLinearOps();
llvm::ArrayRef<OpInfo> getRecurrentOps();
llvm::ArrayRef<OpInfo> getReduceOps();
llvm::ArrayRef<OpInfo> getResizeOps();
llvm::ArrayRef<OpInfo> getStatefulOps();

} // namespace seqc::onnx

#endif // SEQC_COMPILER_IMPORT_ONNX_OPS_H
