//===- Explain.h - `seqc explain` -------------------------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_EXPLAIN_H
#define SEQC_TOOLS_SEQC_EXPLAIN_H

#include "compiler/Explain/Report.h"
#include "tools/seqc/Compile.h"

namespace seqc {

/// Says which forms every scan of a model may take, why, and what was chosen.
class ExplainCommand {
public:
  explicit ExplainCommand(llvm::cl::SubCommand &command);

  /// Returns the exit code.
  int run(const ModelFlags &flags) const;

private:
  llvm::Expected<ModelReport> makeReport(const ModelFlags &flags) const;
  llvm::Error explain(const ModelFlags &flags) const;

  llvm::cl::opt<std::string> model;
  llvm::cl::opt<std::string> html;
  llvm::cl::opt<bool> json;
  enum class Machine { Measured, Assumed };
  llvm::cl::opt<Machine> machine;
};

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_EXPLAIN_H
