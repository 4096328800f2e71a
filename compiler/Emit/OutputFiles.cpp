//===- OutputFiles.cpp - files that appear whole or not at all ------------===//

#include "compiler/Emit/OutputFiles.h"

#include "compiler/Status.h"

using namespace seqc;
namespace fs = llvm::sys::fs;

/// A pipe or a device cannot be renamed over; it is written to as it is.
static bool isSpecial(llvm::StringRef path) {
  fs::file_status status;
  return !fs::status(path, status) && fs::exists(status) &&
         !fs::is_regular_file(status) && !fs::is_directory(status);
}

OutputFiles::~OutputFiles() {
  for (File &file : files)
    llvm::consumeError(file.temporary.discard());
}

llvm::Expected<OutputFiles::File *> OutputFiles::create(llvm::StringRef beside,
                                                        llvm::StringRef path) {
  if (fs::is_directory(path))
    return failed("cannot write '" + path + "': it is a directory");
  llvm::Expected<fs::TempFile> temporary =
      fs::TempFile::create(beside + ".%%%%%%%%.tmp");
  if (!temporary)
    return failed("cannot write '" + beside +
                  "': " + llvm::toString(temporary.takeError()));
  files.push_back({std::move(*temporary), path.str()});
  return &files.back();
}

llvm::Expected<std::string> OutputFiles::reserve(llvm::StringRef path) {
  llvm::Expected<File *> file = create(path, path);
  if (!file)
    return file.takeError();
  return (*file)->temporary.TmpName;
}

llvm::Expected<std::string> OutputFiles::scratch(llvm::StringRef path) {
  llvm::Expected<File *> file = create(path, "");
  if (!file)
    return file.takeError();
  return (*file)->temporary.TmpName;
}

llvm::Error OutputFiles::write(
    llvm::StringRef path,
    llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer) {
  // In memory first: code generators seek, and pipes do not.
  llvm::SmallVector<char, 0> contents;
  llvm::raw_svector_ostream buffer(contents);
  if (llvm::Error error = writer(buffer))
    return error;
  llvm::StringRef text(contents.data(), contents.size());
  if (path == "-") {
    llvm::outs() << text;
    llvm::outs().flush();
    return llvm::Error::success();
  }
  std::error_code code;
  if (isSpecial(path)) {
    llvm::raw_fd_ostream os(path, code);
    if (!code)
      os << text;
    os.close();
    code = code ? code : os.error();
    os.clear_error();
  } else {
    llvm::Expected<File *> file = create(path, path);
    if (!file)
      return file.takeError();
    llvm::raw_fd_ostream os((*file)->temporary.FD, /*shouldClose=*/false);
    os << text;
    os.flush();
    code = os.error();
    os.clear_error();
  }
  if (code)
    return failed("cannot write '" + path + "': " + code.message());
  return llvm::Error::success();
}

llvm::Error OutputFiles::commit() {
  llvm::Error result = llvm::Error::success();
  std::vector<std::string> written;
  for (File &file : files) {
    if (file.path.empty() || result) {
      llvm::consumeError(file.temporary.discard());
      continue;
    }
    if (llvm::Error error = file.temporary.keep(file.path)) {
      result = failed("cannot write '" + file.path +
                      "': " + llvm::toString(std::move(error)));
      for (const std::string &path : written)
        (void)fs::remove(path);
    }
    written.push_back(file.path);
  }
  files.clear();
  return result;
}
