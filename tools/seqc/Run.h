//===- Run.h - `seqc run` ---------------------------------------*- C++ -*-===//
//
// Runs a compiled model on arrays from the command line and from files, and
// compares what comes out with what was expected.
//
// An input of the model's own rank is the same for every step; one with a
// leading dimension more has a row for every step. With --input all steps are
// one run, with --stream each is a run of its own: a model must give the same
// either way.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_RUN_H
#define SEQC_TOOLS_SEQC_RUN_H

#include "tools/seqc/Compare.h"
#include "tools/seqc/LoadedModel.h"
#include "tools/seqc/SessionFlags.h"

#include "llvm/Support/CommandLine.h"

namespace seqc {

struct RunOptions {
  std::string model;
  std::vector<std::string> inputs;       ///< NAME=@FILE or NAME=TYPE=VALUE.
  std::vector<std::string> streams;      ///< The same, one run for every row.
  std::vector<std::string> outputs;      ///< NAME=@FILE, states included.
  std::vector<std::string> expects;      ///< NAME=@FILE or NAME=TYPE=VALUE.
  std::vector<std::string> expectStates; ///< The same, of states only.
  std::vector<std::string> stateIn;      ///< FILE or NAME=@FILE.
  std::vector<std::string> stateOut;     ///< FILE or NAME=@FILE.
  Tolerance tolerance;
  SessionFlags session;
  std::string dumpValues; ///< A directory for every value; empty: none.
  int repeat = 1;
  bool vulkan = false; ///< On a GPU.
};

/// The subcommand `run`, with the options above registered.
llvm::cl::SubCommand &getRunCommand();

/// Whether the values between a model's nodes are asked for.
bool dumpsValues();

/// Does what the parsed command line asks for; returns an ExitCode. `vulkan`
/// runs on a GPU.
int runCommand(const ModelSource &source, bool vulkan = false);
int runCommand(const RunOptions &options, const ModelSource &source);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_RUN_H
