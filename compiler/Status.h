//===- Status.h - why a compilation failed ----------------------*- C++ -*-===//
//
// Errors that say whose fault a failure is, so that the command's exit code can
// say it too.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_STATUS_H
#define SEQC_COMPILER_STATUS_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace seqc {

enum class Status {
  Ok,
  BadInput,    ///< A malformed model or a wrong option.
  Unsupported, ///< A valid model that seqc cannot compile.
  Failed       ///< Files that cannot be written, and faults of seqc itself.
};

class CompileError : public llvm::ErrorInfo<CompileError> {
public:
  static char ID;

  CompileError(Status status, std::string message)
      : status(status), message(std::move(message)) {}

  Status getStatus() const { return status; }

  /// Empty where diagnostics have already said it.
  const std::string &getMessage() const { return message; }

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  Status status;
  std::string message;
};

llvm::Error badInput(const llvm::Twine &message);
llvm::Error unsupported(const llvm::Twine &message);
llvm::Error failed(const llvm::Twine &message);

/// For a failure that MLIR's diagnostics have reported.
llvm::Error reported(Status status);

/// Makes an error of an importer, which knows no status, one about the input.
llvm::Error asBadInput(llvm::Error error);

/// Prints what has not been reported, and returns the error's status: Ok for
/// success, Failed for errors of other kinds.
Status reportError(llvm::Error error);

/// `message` with control characters as \xNN: names in it come from files. The
/// lines of an indented list stay.
std::string makePrintable(llvm::StringRef message);

} // namespace seqc

#endif // SEQC_COMPILER_STATUS_H
