//===- ModelInfo.h - what a model looks like from outside -------*- C++ -*-===//
//
// The interface of one model: its tensors, dynamic dimensions, states and
// weights. Read from the tensor-level function before any pass runs; the
// emitter turns it into tables, functions and a header.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_MODELINFO_H
#define SEQC_COMPILER_MODELINFO_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seqc {

/// A tensor of the interface, described as seqc/abi.h does.
struct TensorInfo {
  std::string name;
  int32_t type = 0; ///< SEQC_F32, ...
  /// An extent, or -1 - k for the dynamic dimension k.
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<std::string> axisNames; ///< Empty where an axis has none.
  /// The function's argument (inputs, states) or result (outputs).
  unsigned index = 0;
  /// The function has a row of it for every step; `shape` is a row's.
  bool perStep = false;
};

struct StateInfo : TensorInfo {
  std::string output;       ///< The name of the result that updates it.
  unsigned resultIndex = 0; ///< That result.
  int64_t batchAxis = -1;   ///< The axis named "batch".
  /// The bytes a slot begins with: one element, or a whole slot. Empty: zeros.
  std::vector<char> initial;
  /// The `seq.weight` of those bytes, which are not known before it is
  /// evaluated; empty: there is none.
  std::string initialWeight;
};

/// One side of a pair of extents that must be equal: of one of the inputs and
/// then the states, or a number.
struct ExtentInfo {
  int32_t tensor = -1, axis = 0;
  int64_t extent = 0; ///< As in the tensor's shape.
};

/// The attributes that carry a model's interface on its function.
///
///   func.func @vad(%x: tensor<?x576xf32> {seq.name = "input",
///                                         seq.dims = ["batch", ""]},
///                  %h: tensor<?x128xf32> {seq.name = "h",
///                                         seq.dims = ["batch", ""]})
///       -> (tensor<?x1xf32> {seq.name = "output", seq.dims = ["batch", ""]},
///           tensor<?x128xf32> {seq.name = "hN", seq.dims = ["batch", ""]})
///       attributes {seq.states = [["h", "hN"]]}
///
/// A dynamic dimension without a name is called TENSOR_dimI. Equal names are
/// equal extents. One that results have and no argument is derived: its extent
/// follows from those of arguments, and the model computes it for callers; a
/// state has none. `seq.unsigned` makes an i8 tensor unsigned. `seq.initial` on
/// a state's argument is its initial value, the content of one batch slot:
/// elements, or the symbol of a `seq.weight` of as many.
///
/// A function is one step, or one call of a model without states. With
/// `seq.steps = "NAME"` it is many: that dynamic dimension comes first in every
/// input and output and nowhere else, and leaves the interface. `seq.block` is
/// how many steps a call takes at most; more become several calls.
struct ModelInfo {
  std::string name;   ///< The C prefix of everything exported.
  std::string symbol; ///< The function's name: SYMBOL_kernel is its kernel.
  std::vector<std::string> dims;
  /// How many of `dims` are arguments'; the others follow from those.
  size_t numGivenDims = 0;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<StateInfo> states;
  /// Found by the passes: what the dimensions' names do not say.
  std::vector<std::pair<ExtentInfo, ExtentInfo>> equalExtents;
  int64_t block = 0; ///< The steps of one call at most; 0: one without a row.
  std::vector<char> weights; ///< What the kernel's %weights points to.
  uint64_t hash = 0;         ///< Of the model and its weights.
  /// What loaders and people may want to know: "states" pairs their names;
  /// passes and the emitter add to it.
  llvm::json::Object report;
  std::string vulkanPlan; ///< JSON; empty without a Vulkan target.
  std::vector<uint32_t> spirv;

  /// A tensor's extents as the kernel sees them: the number of steps comes
  /// first, as the dynamic dimension behind the others.
  llvm::SmallVector<int64_t> kernelShape(const TensorInfo &tensor) const;

  /// Takes over what `seq-check-extents` has noted on `function`.
  void readEqualExtents(mlir::func::FuncOp function);

  /// Fails with diagnostics on `function`.
  static mlir::FailureOr<ModelInfo> fromFunction(mlir::func::FuncOp function);
};

/// The C type of an element, as generated headers spell it.
llvm::StringRef elementCType(int32_t type);

/// Its size.
int64_t elementBytes(int32_t type);

/// `name` as a C identifier: other characters become underscores, and words
/// that C or C++ reserve get one at the end.
std::string cIdentifier(llvm::StringRef name);

} // namespace seqc

#endif // SEQC_COMPILER_MODELINFO_H
