//===- ExitCodes.h - how the seqc command ends ------------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_EXITCODES_H
#define SEQC_TOOLS_SEQC_EXITCODES_H

#include "compiler/Status.h"

namespace seqc {

enum ExitCode : int {
  ExitSuccess = 0,
  /// `--expect` found values beyond the tolerance.
  ExitMismatch = 1,
  /// A wrong command line, or input that is missing, malformed or inconsistent.
  ExitBadInput = 2,
  /// Well-formed input that seqc, or this machine, does not support.
  ExitUnsupported = 3,
  /// Files that cannot be written, no memory, or a fault of seqc itself.
  ExitInternal = 4
};

/// What a command returns that ended so.
int exitCode(Status status);

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_EXITCODES_H
