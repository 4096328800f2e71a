//===- Calibrate.cpp - `seqc calibrate` -----------------------------------===//

#include "tools/seqc/Calibrate.h"

#include "compiler/Emit/OutputFiles.h"
#include "compiler/MachineFile.h"
#include "compiler/Status.h"
#include "tools/seqc/ExitCodes.h"
#include "tools/seqc/Machine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace seqc;
namespace cl = llvm::cl;

CalibrateCommand::CalibrateCommand(cl::SubCommand &command)
    : output("o",
             cl::desc("The file to write; by default machine.json in seqc's "
                      "folder of the user's cache, where the compiler looks"),
             cl::value_desc("file"), cl::sub(command)) {}

static void printFigures(const MachineFile &file, llvm::raw_ostream &os) {
  const MachineModel &m = file.machine;
  auto line = [&](const char *what, double figure, const char *unit) {
    os << llvm::format("  %-28s %10.5g %s\n", what, figure, unit);
  };
  os << file.processor << ", " << m.threads
     << (m.threads == 1 ? " thread\n" : " threads\n");
  line("multiply-adds", m.gigaflops, "GFLOP/s, one thread");
  line("exponentials", m.gigaexps, "G/s");
  line("reads from L2", m.l2GigabytesPerSecond, "GB/s");
  line("reads from L3", m.l3GigabytesPerSecond, "GB/s");
  line("reads from memory", m.memoryGigabytesPerSecond, "GB/s");
  line("L2", m.l2Bytes / 1024, "KiB");
  line("L3", m.l3Bytes / 1024, "KiB");
  line("multiply-add after another", m.latencyNs, "ns");
  line("barrier of all threads", m.barrierNs, "ns");
}

llvm::Error CalibrateCommand::calibrate() const {
  std::string path = output.empty() ? getMachinePath() : output.getValue();
  if (path.empty())
    return badInput("no home to keep the figures in: name a file with -o, and "
                    "to the compiler with --calibration");
  llvm::WithColor::note(llvm::errs(), "seqc")
      << "measuring this machine, about a second\n";
  MachineFile file;
  file.processor = getHostProcessor();
  std::optional<MachineModel> machine = calibrateMachine();
  if (!machine)
    return unsupported("this processor has none of the vectors that the "
                       "measuring loops are written for");
  file.machine = *machine;
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  if (output.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(folder))
      return failed("cannot make '" + folder + "': " + error.message());
  OutputFiles files;
  if (llvm::Error error =
          files.write(path, [&](llvm::raw_pwrite_stream &os) -> llvm::Error {
            writeMachineFile(file, os);
            return llvm::Error::success();
          }))
    return error;
  if (llvm::Error error = files.commit())
    return error;
  if (path == "-")
    return llvm::Error::success();
  printFigures(file, llvm::outs());
  llvm::outs() << "written to " << path << "\n";
  return llvm::Error::success();
}

int CalibrateCommand::run() const { return exitCode(reportError(calibrate())); }
