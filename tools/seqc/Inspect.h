//===- Inspect.h - `seqc inspect` -------------------------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_INSPECT_H
#define SEQC_TOOLS_SEQC_INSPECT_H

#include "tools/seqc/Compile.h"

namespace seqc {

/// Says what a model takes and gives, and what of it cannot be compiled.
class InspectCommand {
public:
  explicit InspectCommand(llvm::cl::SubCommand &command);

  /// Returns the exit code.
  int run() const;

private:
  llvm::cl::opt<std::string> model;
  llvm::cl::list<std::string> shapes;
  llvm::cl::list<std::string> constants;
  llvm::cl::opt<bool> json;
};

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_INSPECT_H
