//===- Calibrate.h - `seqc calibrate` ---------------------------*- C++ -*-===//
#ifndef SEQC_TOOLS_SEQC_CALIBRATE_H
#define SEQC_TOOLS_SEQC_CALIBRATE_H

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

namespace seqc {

/// Measures this machine and writes what it can do for the compilations after
/// it (compiler/MachineFile.h).
class CalibrateCommand {
public:
  explicit CalibrateCommand(llvm::cl::SubCommand &command);

  /// Returns the exit code.
  int run() const;

private:
  llvm::Error calibrate() const;

  llvm::cl::opt<std::string> output;
};

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_CALIBRATE_H
