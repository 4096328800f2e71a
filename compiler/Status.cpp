//===- Status.cpp - why a compilation failed ------------------------------===//

#include "compiler/Status.h"

#include "llvm/Support/WithColor.h"

using namespace seqc;

char CompileError::ID = 0;

void CompileError::log(llvm::raw_ostream &os) const { os << message; }

std::error_code CompileError::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

llvm::Error seqc::badInput(const llvm::Twine &message) {
  return llvm::make_error<CompileError>(Status::BadInput, message.str());
}

llvm::Error seqc::unsupported(const llvm::Twine &message) {
  return llvm::make_error<CompileError>(Status::Unsupported, message.str());
}

llvm::Error seqc::failed(const llvm::Twine &message) {
  return llvm::make_error<CompileError>(Status::Failed, message.str());
}

llvm::Error seqc::reported(Status status) {
  return llvm::make_error<CompileError>(status, "");
}

llvm::Error seqc::asBadInput(llvm::Error error) {
  return llvm::handleErrors(
      std::move(error),
      [](std::unique_ptr<CompileError> known) -> llvm::Error {
        return llvm::Error(std::move(known));
      },
      [](const llvm::ErrorInfoBase &info) { return badInput(info.message()); });
}

Status seqc::reportError(llvm::Error error) {
  Status status = Status::Ok;
  auto print = [](const llvm::Twine &message) {
    llvm::WithColor::error(llvm::errs(), "seqc") << message << '\n';
  };
  llvm::handleAllErrors(
      std::move(error),
      [&](const CompileError &info) {
        status = std::max(status, info.getStatus());
        if (!info.getMessage().empty())
          print(info.getMessage());
      },
      [&](const llvm::ErrorInfoBase &info) {
        status = Status::Failed;
        print(info.message());
      });
  return status;
}
