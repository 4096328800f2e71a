//===- OutputFiles.cpp - files that appear whole or not at all ------------===//

#include "compiler/Emit/OutputFiles.h"

#include "compiler/Status.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace seqc;
namespace fs = llvm::sys::fs;

/// A pipe or a device cannot be renamed over; it is written to as it is.
static bool isSpecial(llvm::StringRef path) {
  fs::file_status status;
  return !fs::status(path, status) && fs::exists(status) &&
         !fs::is_regular_file(status) && !fs::is_directory(status);
}

//===----------------------------------------------------------------------===//
// Files without a name
//===----------------------------------------------------------------------===//

static std::string getProcPath(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// The descriptor of a file in the folder of `path`; -1 where the file system
/// cannot have one, or nothing could name it later.
static int openUnnamed(llvm::StringRef path, bool isExecutable) {
  std::string folder = llvm::sys::path::parent_path(path).str();
  int descriptor =
      open(folder.empty() ? "." : folder.c_str(),
           O_TMPFILE | O_RDWR | O_CLOEXEC, isExecutable ? 0777 : 0666);
  if (descriptor < 0 || access(getProcPath(descriptor).c_str(), F_OK) == 0)
    return descriptor;
  close(descriptor);
  return -1;
}

/// Names the file. A link cannot replace a file, and a file to replace it with
/// needs a name: one that does not vary, so that the next compilation removes
/// it if this one is killed between the two calls.
static int linkUnnamed(int descriptor, const std::string &path) {
  std::string source = getProcPath(descriptor), between = path + ".seqc-new";
  auto link = [&](const std::string &name) {
    return linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(),
                  AT_SYMLINK_FOLLOW) == 0;
  };
  // Another process that writes the same file may take the name in between.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    unlink(between.c_str());
    if (link(path))
      return 0;
    if (errno != EEXIST)
      return errno;
    if (!link(between)) {
      if (errno != EEXIST)
        return errno;
      continue;
    }
    if (rename(between.c_str(), path.c_str()) == 0)
      return 0;
    if (errno != ENOENT) {
      int error = errno;
      unlink(between.c_str());
      return error;
    }
  }
  return EBUSY;
}

//===----------------------------------------------------------------------===//
// OutputFiles
//===----------------------------------------------------------------------===//

void OutputFiles::File::discard() {
  if (temporary)
    llvm::consumeError(temporary->discard());
  else
    close(descriptor);
}

llvm::Error OutputFiles::File::keep() {
  if (temporary)
    return temporary->keep(path);
  int error = linkUnnamed(descriptor, path);
  close(descriptor);
  return llvm::errorCodeToError({error, std::generic_category()});
}

OutputFiles::~OutputFiles() {
  for (File &file : files)
    file.discard();
}

llvm::Expected<OutputFiles::File *> OutputFiles::create(llvm::StringRef path,
                                                        bool isExecutable) {
  if (fs::is_directory(path))
    return failed("cannot write '" + path + "': it is a directory");
  int descriptor = openUnnamed(path, isExecutable);
  if (descriptor >= 0) {
    files.push_back({path.str(), descriptor, std::nullopt});
    return &files.back();
  }
  unsigned mode = fs::all_read | fs::all_write;
  llvm::Expected<fs::TempFile> temporary = fs::TempFile::create(
      path + ".%%%%%%%%.tmp", isExecutable ? mode | fs::all_exe : mode);
  if (!temporary)
    return failed("cannot write '" + path +
                  "': " + llvm::toString(temporary.takeError()));
  descriptor = temporary->FD;
  files.push_back({path.str(), descriptor, std::move(*temporary)});
  return &files.back();
}

llvm::Error OutputFiles::write(
    llvm::StringRef path,
    llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer,
    bool isExecutable) {
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
    llvm::Expected<File *> file = create(path, isExecutable);
    if (!file)
      return file.takeError();
    llvm::raw_fd_ostream os((*file)->descriptor, /*shouldClose=*/false);
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
    if (result) {
      file.discard();
      continue;
    }
    if (llvm::Error error = file.keep()) {
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
