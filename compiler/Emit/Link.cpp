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
#include "llvm/TargetParser/Host.h"

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

llvm::Error seqc::linkSharedLibrary(llvm::StringRef object,
                                    llvm::StringRef output,
                                    llvm::StringRef soname,
                                    const llvm::Triple &triple) {
  llvm::Expected<std::string> libc = findLibrary(triple, "libc.so.6");
  if (!libc)
    return libc.takeError();
  llvm::Expected<std::string> libm = findLibrary(triple, "libm.so.6");
  if (!libm)
    return libm.takeError();
  std::string objectPath = object.str(), outputPath = output.str(),
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
  std::string notes, messages;
  llvm::raw_string_ostream out(notes), err(messages);
  lld::Result result =
      lld::lldMain(arguments, out, err, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return failed("linking failed: " + llvm::StringRef(messages).trim());
  return llvm::Error::success();
}
