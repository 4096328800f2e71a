//===- LoadedModel.h - a compiled library on the command line ---*- C++ -*-===//
//
// What `seqc run` and `seqc bench` share: opening a library, names of tensors,
// and working out the dynamic dimensions from the shapes that are given.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_LOADEDMODEL_H
#define SEQC_TOOLS_SEQC_LOADEDMODEL_H

#include "seqc/vulkan.h"
#include "tools/seqc/Arrays.h"
#include "tools/seqc/TemporaryLibrary.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>

namespace seqc {

/// What becomes of a path on the command line.
struct ModelSource {
  /// Compiles a model to a shared library.
  llvm::function_ref<llvm::Expected<std::unique_ptr<TemporaryLibrary>>(
      llvm::StringRef model)>
      compile;
  /// Fails where flags say how to compile what is a library already; may be
  /// null.
  llvm::function_ref<llvm::Error(llvm::StringRef library)> checkLibrary;
};

/// The runtime's last message, with whose fault `status` says it is.
llvm::Error makeRuntimeError(int status);

/// Prints each error on a line and returns the highest exit code among them.
/// What the checks of these commands find is bad input.
int reportErrors(llvm::Error error);

template <auto Destroy> struct Destroyer {
  template <typename T> void operator()(T *handle) const { Destroy(handle); }
};
using PackageHandle =
    std::unique_ptr<seqc_package, Destroyer<seqc_package_release>>;
using SessionHandle =
    std::unique_ptr<seqc_session, Destroyer<seqc_session_destroy>>;
using VulkanHandle = std::unique_ptr<seqc_vulkan_session,
                                     Destroyer<seqc_vulkan_session_destroy>>;
using StateHandle = std::unique_ptr<seqc_state, Destroyer<seqc_state_destroy>>;

/// A library that was opened, or a model that was compiled to one.
class LoadedModel {
public:
  /// Opens `path`, compiling it first unless it is a shared library.
  static llvm::Expected<LoadedModel> open(llvm::StringRef path,
                                          const ModelSource &source);

  /// Whether a model was given rather than a library.
  bool isCompiledHere() const { return compiledHere; }
  seqc_package *getPackage() const { return package.get(); }
  const seqc_model_table &getTable() const {
    return *seqc_package_table(package.get());
  }
  llvm::ArrayRef<seqc_tensor_desc> getInputs() const;
  llvm::ArrayRef<seqc_tensor_desc> getOutputs() const;
  llvm::ArrayRef<seqc_tensor_desc> getStates() const;

  /// The index of the state of this name: that of the input it came from, or,
  /// where the model's report tells it, that of the output.
  std::optional<size_t> findState(llvm::StringRef name) const;

  llvm::Expected<SessionHandle> makeSession(llvm::ArrayRef<int64_t> dims,
                                            int threads) const;
  llvm::Expected<VulkanHandle>
  makeVulkanSession(llvm::ArrayRef<int64_t> dims) const;
  llvm::Expected<StateHandle> makeState(llvm::ArrayRef<int64_t> dims) const;

private:
  PackageHandle package;
  std::vector<std::string> stateOutputs;
  bool compiledHere = false; ///< Empty where unknown.
};

/// The index of the tensor of this name.
std::optional<size_t> findTensor(llvm::ArrayRef<seqc_tensor_desc> tensors,
                                 llvm::StringRef name);

/// "?x576xf32".
std::string describeTensor(const seqc_tensor_desc &desc);

/// The values of a model's dynamic dimensions, found by matching shapes.
class DimSolver {
public:
  explicit DimSolver(const LoadedModel &model);

  /// `--dim NAME=VALUE`.
  llvm::Error set(llvm::StringRef text);

  /// Matches `shape` against `desc`; `who` says what has this shape.
  llvm::Error match(const seqc_tensor_desc &desc, llvm::ArrayRef<int64_t> shape,
                    const std::string &who);

  /// Gives every dimension that is still open and follows from no other the
  /// value `value`.
  void fill(int64_t value);

  /// The values, and those that follow from them, or an error that names those
  /// that are still open.
  llvm::Expected<llvm::SmallVector<int64_t>> finish() const;

private:
  const LoadedModel &model;
  const seqc_model_table &table;
  llvm::SmallVector<int64_t> values; ///< -1: open. Only of those given.
  std::vector<std::string> origins;  ///< What each value came from.
};

/// The extents of `desc` at `dims`.
llvm::SmallVector<int64_t> resolveShape(const seqc_tensor_desc &desc,
                                        llvm::ArrayRef<int64_t> dims);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_LOADEDMODEL_H
