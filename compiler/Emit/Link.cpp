//===- Link.cpp - from an object to a shared library ----------------------===//
//
// LLD, in this process: no compiler or linker is needed where seqc runs.
//
//===----------------------------------------------------------------------===//

#include "compiler/Emit/Link.h"

#include "compiler/Status.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace seqc;

/// Where the target's own libraries may be: this machine's, or those of a
/// cross-compilation package.
static llvm::SmallVector<std::string>
libraryDirectories(const llvm::Triple &triple) {
  std::string multiarch = (triple.getArchName() + "-linux-gnu").str();
  llvm::SmallVector<std::string> directories = {
      "/lib/" + multiarch, "/usr/lib/" + multiarch,
      "/usr/" + multiarch + "/lib", "/usr/" + multiarch + "/lib64"};
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (host.getArch() == triple.getArch())
    directories.append({"/lib64", "/usr/lib64", "/lib", "/usr/lib"});
  return directories;
}

static llvm::Expected<std::string> findLibrary(const llvm::Triple &triple,
                                               llvm::StringRef name) {
  std::string searched;
  for (const std::string &directory : libraryDirectories(triple)) {
    std::string path = directory + "/" + name.str();
    if (llvm::sys::fs::exists(path))
      return path;
    searched += (searched.empty() ? "" : ", ") + directory;
  }
  return failed("linking for " + triple.str() + " needs " + name +
                ", not found in " + searched);
}

namespace {
/// An end of a pipe, or a file in memory; closed with this.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() { reset(); }

  void reset(int other = -1) {
    if (number >= 0)
      close(number);
    number = other;
  }
  int get() const { return number; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(number); }

private:
  int number;
};
} // namespace

static llvm::Error describeErrno(llvm::StringRef what) {
  return failed("linking failed: " + what + ": " +
                std::generic_category().message(errno));
}

static llvm::Error writeAll(int descriptor, llvm::StringRef bytes) {
  llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/false);
  os << bytes;
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  return code ? failed("linking failed: " + code.message())
              : llvm::Error::success();
}

static void readAll(int descriptor, std::string &bytes) {
  char block[1 << 16];
  ssize_t count;
  do {
    count = read(descriptor, block, sizeof block);
    bytes.append(block, count > 0 ? count : 0);
  } while (count > 0 || (count < 0 && errno == EINTR));
}

static llvm::Error runLinker(llvm::ArrayRef<const char *> arguments) {
  std::string notes, messages;
  llvm::raw_string_ostream out(notes), err(messages);
  lld::Result result =
      lld::lldMain(arguments, out, err, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return failed("linking failed: " + llvm::StringRef(messages).trim());
  return llvm::Error::success();
}

llvm::Expected<std::string>
seqc::linkSharedLibrary(llvm::StringRef object, llvm::StringRef soname,
                        const llvm::Triple &triple) {
  llvm::Expected<std::string> libc = findLibrary(triple, "libc.so.6");
  if (!libc)
    return libc.takeError();
  llvm::Expected<std::string> libm = findLibrary(triple, "libm.so.6");
  if (!libm)
    return libm.takeError();
  Descriptor input(memfd_create("object", MFD_CLOEXEC));
  int ends[2];
  if (input.get() < 0 || pipe2(ends, O_CLOEXEC) != 0)
    return describeErrno("cannot make files in memory");
  Descriptor reading(ends[0]), writing(ends[1]);
  if (llvm::Error error = writeAll(input.get(), object))
    return std::move(error);

  std::string objectPath = input.path(), outputPath = writing.path(),
              sonameText = soname.str();
  llvm::SmallVector<const char *> arguments = {"ld.lld",
                                               "-shared",
                                               "-o",
                                               outputPath.c_str(),
                                               objectPath.c_str(),
                                               "-soname",
                                               sonameText.c_str(),
                                               "--as-needed",
                                               libc->c_str(),
                                               libm->c_str(),
                                               "--no-undefined",
                                               "--gc-sections",
                                               "--strip-all",
                                               "--hash-style=gnu",
                                               "--threads=1",
                                               "-z",
                                               "noexecstack",
                                               "-z",
                                               "relro",
                                               "-z",
                                               "now"};
  // LLD writes a pipe in one piece; a regular file it would give a temporary
  // name of its own.
  std::string library;
  std::thread reader([&] { readAll(reading.get(), library); });
  llvm::Error error = runLinker(arguments);
  writing.reset();
  reader.join();
  if (error)
    return std::move(error);
  return library;
}
