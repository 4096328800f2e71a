//===- ExitCodes.h - what the seqc command returns --------------*- C++ -*-===//
//
// Documented for scripts; the numbers never change.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_EXITCODES_H
#define SEQC_TOOLS_SEQC_EXITCODES_H

#include "compiler/Status.h"

namespace seqc {

enum ExitCode {
  exitOk = 0,
  exitMismatch = 1,    ///< A comparison with expected values failed.
  exitUsage = 2,       ///< Wrong flags, or input that is malformed.
  exitUnsupported = 3, ///< A valid model that seqc cannot compile.
  exitFailed = 4       ///< Files that cannot be written; faults of seqc.
};

inline int exitCode(Status status) {
  switch (status) {
  case Status::Ok:
    return exitOk;
  case Status::BadInput:
    return exitUsage;
  case Status::Unsupported:
    return exitUnsupported;
  case Status::Failed:
    return exitFailed;
  }
  return exitFailed;
}

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_EXITCODES_H
