//===- Bench.h - `seqc bench` -----------------------------------*- C++ -*-===//
//
// Times a compiled model on random input: one step at a time, as in streaming,
// and as a run over many steps.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_BENCH_H
#define SEQC_TOOLS_SEQC_BENCH_H

#include "tools/seqc/LoadedModel.h"
#include "tools/seqc/SessionFlags.h"

#include "llvm/Support/CommandLine.h"

namespace seqc {

struct BenchOptions {
  std::string model;
  SessionFlags session; ///< Dimensions that it does not name are 1.
  int64_t steps = 256;  ///< Of the run over many steps.
  double seconds = 1;   ///< How long each of the two is measured.
  bool json = false;
};

/// The subcommand `bench`, with the options above registered.
llvm::cl::SubCommand &getBenchCommand();

/// Does what the parsed command line asks for; returns an ExitCode. `source`
/// compiles a model that is not a shared library.
int benchCommand(const ModelSource &source);
int benchCommand(const BenchOptions &options, const ModelSource &source);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_BENCH_H
