//===- SeqcRuntimeTest.cpp - `seqc run` and `seqc bench` alone ------------===//
//
// The two subcommands without the compiler, so that their tests depend on
// nothing else. A model that is no library is refused.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/Bench.h"
#include "tools/seqc/ExitCodes.h"
#include "tools/seqc/Run.h"

using namespace seqc;

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv);
  auto compile = [](llvm::StringRef model)
      -> llvm::Expected<std::unique_ptr<TemporaryLibrary>> {
    return makeError("%s: required a shared library", model.str().c_str());
  };
  ModelSource source;
  source.compile = compile;
  if (getRunCommand())
    return runCommand(source);
  if (getBenchCommand())
    return benchCommand(source);
  return ExitBadInput;
}
