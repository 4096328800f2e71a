//===- Invocation.h - one use of a model, from arrays to arrays -*- C++ -*-===//
//
// The middle of `seqc run`: arrays are given to inputs and states by name,
// checked against the model all at once, run, and read back by name.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_INVOCATION_H
#define SEQC_TOOLS_SEQC_INVOCATION_H

#include "tools/seqc/LoadedModel.h"

namespace seqc {

class Invocation {
public:
  explicit Invocation(const LoadedModel &model);

  /// An input, or the initial value of a state. `streamed`: it must have a row
  /// for every step, and every step is a run of its own.
  llvm::Error give(llvm::StringRef name, Array array, bool streamed);

  /// The initial value of a state.
  llvm::Error giveState(llvm::StringRef name, Array array);

  /// `--dim NAME=EXTENT`.
  llvm::Error giveDim(llvm::StringRef text) { return dims.set(text); }

  /// Begin with the state in this file.
  void giveStateFile(llvm::StringRef path) { stateFile = path.str(); }

  /// Checks that everything is there and that all shapes agree, and makes the
  /// session.
  llvm::Error prepare(int threads, bool onGpu = false);

  /// Runs all steps from the initial state and returns the seconds they took.
  llvm::Expected<double> run();

  /// After a run: an output or a state's last value, by name.
  llvm::Expected<Array> take(llvm::StringRef name) const;
  llvm::Expected<Array> takeState(llvm::StringRef name) const;
  llvm::ArrayRef<Array> getOutputs() const { return outputs; }
  llvm::Error saveState(llvm::StringRef path) const;

  int64_t getSteps() const { return steps; }

private:
  struct Feed {
    Array array;
    bool isGiven = false;
    bool hasRows = false;
  };

  llvm::Error checkInput(size_t index);
  llvm::Error checkState(size_t index);
  llvm::Error setSteps(int64_t count, const std::string &who);
  llvm::Error makeInitialState();
  llvm::Error spreadOverSteps(Feed &feed);
  llvm::Error makeSession(int threads, bool onGpu);
  int runSession(int64_t count, llvm::ArrayRef<const void *> inputs,
                 llvm::ArrayRef<void *> outputs);
  Array getState(size_t index) const;
  std::string describeNames(bool withOutputs) const;

  const LoadedModel &model;
  DimSolver dims;
  std::vector<Feed> feeds;
  std::vector<std::optional<Array>> initialStates;
  std::string stateFile;
  bool streams = false;
  bool hasSteps = false;
  int64_t steps = 1;
  std::string stepsOrigin;

  llvm::SmallVector<int64_t> dimValues;
  std::vector<Array> outputs;
  SessionHandle session; ///< One of the two.
  VulkanHandle vulkanSession;
  StateHandle initialState, state;
};

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_INVOCATION_H
