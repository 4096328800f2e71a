//===- Compile.h - `seqc compile` and its flags -----------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_COMPILE_H
#define SEQC_TOOLS_SEQC_COMPILE_H

#include "compiler/Options.h"
#include "tools/seqc/TemporaryLibrary.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// The flags that decide how a model is compiled. Every command that may be
/// given a model takes them. Make one before parsing the command line.
class ModelFlags {
public:
  explicit ModelFlags(llvm::cl::SubCommandGroup commands);

  bool isForVulkan() const { return target == Backend::Vulkan; }

  /// The file for a trace of the command; empty: none.
  const std::string &profile() const { return profilePath; }

  /// The options for compiling `model`, or what is wrong with the flags.
  llvm::Expected<Options> options(llvm::StringRef model) const;

  /// Fails where `command` was given flags for compiling beside `library`,
  /// which is compiled. A command that runs on GPUs is told so by --target.
  llvm::Error checkLibrary(llvm::StringRef library,
                           llvm::cl::SubCommand &command,
                           bool runsOnGpus) const;

private:
  llvm::Error readChoice(Options &options) const;

  llvm::cl::opt<Backend> target;
  llvm::cl::opt<std::string> cpu;
  llvm::cl::opt<std::string> triple;
  llvm::cl::opt<std::string> features;
  llvm::cl::list<std::string> shapes;
  llvm::cl::list<std::string> constants;
  llvm::cl::list<std::string> states;
  llvm::cl::opt<bool> sequence;
  llvm::cl::opt<std::string> step;
  llvm::cl::opt<std::string> weightsFrom;
  llvm::cl::opt<WeightsPlacement> weights;
  llvm::cl::opt<WeightType> weightType;
  llvm::cl::opt<Form> form;
  llvm::cl::opt<std::string> diagonalise;
  llvm::cl::opt<bool> minimalFilters;
  llvm::cl::opt<std::string> calibration;
  llvm::cl::opt<unsigned> forThreads;
  llvm::cl::opt<std::string> dumpPhases;
  llvm::cl::opt<std::string> profilePath;
};

/// The flags that only `seqc compile` takes.
class CompileCommand {
public:
  explicit CompileCommand(llvm::cl::SubCommand &command);

  /// Returns the exit code.
  int run(const ModelFlags &flags) const;

private:
  llvm::cl::opt<std::string> model;
  llvm::cl::opt<std::string> output;
  llvm::cl::opt<std::string> name;
  llvm::cl::opt<EmitKind> emit;
};

/// For commands that are given a model and load it. With `exposeValues`, the
/// values between its nodes are outputs.
llvm::Expected<std::unique_ptr<TemporaryLibrary>>
compileToTemporary(llvm::StringRef model, const ModelFlags &flags,
                   bool exposeValues);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_COMPILE_H
