//===- ModelFunction.h - the function that is the model ---------*- C++ -*-===//
//
// What the passes between bufferization and the kernel agree on: which function
// is the model, and the attributes of its arguments.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_MODELFUNCTION_H
#define SEQC_PASSES_SUPPORT_MODELFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace seqc {

/// What an argument of the bufferized function is: "input", "state", "output"
/// or "workspace". Arguments of one kind are in the interface's order.
inline constexpr llvm::StringLiteral argumentKindAttr = "seq.argument";
inline constexpr llvm::StringLiteral inputKind = "input";
inline constexpr llvm::StringLiteral stateKind = "state";
inline constexpr llvm::StringLiteral outputKind = "output";
inline constexpr llvm::StringLiteral workspaceKind = "workspace";

/// The argument's extents, -1 - k for dynamic dimension k of the model.
inline constexpr llvm::StringLiteral argumentShapeAttr = "seq.shape";

/// On the function before it is bufferized: extents that must be equal, and of
/// which nothing else says so. A pair is four numbers: for either side an
/// argument and its dimension, or -1 and a number.
inline constexpr llvm::StringLiteral equalExtentsAttr = "seq.equal_extents";

/// On the bufferized function where results have extents of their own: the
/// names of the model's dynamic dimensions, those of `seq.derived_dim` last.
inline constexpr llvm::StringLiteral dimNamesAttr = "seq.dim_names";

/// What `seq.dims` calls dimension `axis` of argument or result `index`; a
/// dynamic one without a name is TENSOR_dimAXIS.
std::string getDimName(mlir::DictionaryAttr attrs, bool isResult,
                       unsigned index, int64_t axis, bool isDynamic);

/// The tensor's `seq.name`, or argINDEX and resultINDEX.
std::string getTensorName(mlir::DictionaryAttr attrs, bool isResult,
                          unsigned index);

/// On an op that divides its work among the threads by itself.
inline constexpr llvm::StringLiteral threadedAttr = "seq.threaded";

/// On an allocation that no other shares memory with: a call finds in it what
/// the last one with the same workspace and dimensions has left, or anything.
inline constexpr llvm::StringLiteral keptAttr = "seq.kept";

/// The module's one public function with a body; a diagnostic if there are
/// none or several.
mlir::FailureOr<mlir::func::FuncOp> findModelFunction(mlir::ModuleOp module);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_MODELFUNCTION_H
