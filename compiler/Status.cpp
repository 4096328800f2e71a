//===- Status.cpp - why a compilation failed ------------------------------===//

#include "compiler/Status.h"

#include "llvm/ADT/StringExtras.h"
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

std::string seqc::makePrintable(llvm::StringRef message) {
  std::string result;
  for (size_t i = 0; i < message.size(); ++i) {
    auto byte = static_cast<unsigned char>(message[i]);
    bool isLine = byte == '\n' && message.substr(i + 1).starts_with("  ");
    if (isLine || (byte >= 0x20 && byte != 0x7F))
      result += message[i];
    else
      result += "\\x" + llvm::utohexstr(byte, /*LowerCase=*/false, 2);
  }
  return result;
}

Status seqc::reportError(llvm::Error error) {
  Status status = Status::Ok;
  auto print = [](const llvm::Twine &message) {
    llvm::WithColor::error(llvm::errs(), "seqc")
        << makePrintable(message.str()) << '\n';
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
