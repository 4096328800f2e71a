//===- ExitCodes.cpp - how the seqc command ends --------------------------===//

#include "tools/seqc/ExitCodes.h"

int seqc::exitCode(Status status) {
  switch (status) {
  case Status::Ok:
    return ExitSuccess;
  case Status::BadInput:
    return ExitBadInput;
  case Status::Unsupported:
    return ExitUnsupported;
  case Status::Failed:
    return ExitInternal;
  }
  llvm_unreachable("unknown status");
}
