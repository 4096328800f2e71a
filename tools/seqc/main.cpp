//===- main.cpp - the seqc command ----------------------------------------===//

#include "compiler/Emit/OutputFiles.h"
#include "compiler/Status.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "tools/seqc/Bench.h"
#include "tools/seqc/Calibrate.h"
#include "tools/seqc/Compile.h"
#include "tools/seqc/ExitCodes.h"
#include "tools/seqc/Explain.h"
#include "tools/seqc/Generate.h"
#include "tools/seqc/Inspect.h"
#include "tools/seqc/Run.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/TimeProfiler.h"

using namespace seqc;
namespace cl = llvm::cl;

/// Registers MLIR's own flags, and moves them to the commands that run the
/// compiler: LLVM's command line knows a flag of the top level only there.
static void registerMlirFlags(llvm::ArrayRef<cl::SubCommand *> commands) {
  mlir::registerMLIRContextCLOptions();
  mlir::registerAsmPrinterCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  llvm::SmallVector<cl::Option *> flags;
  for (auto &entry : cl::getRegisteredOptions())
    if (entry.first.starts_with("mlir-"))
      flags.push_back(entry.second);
  for (cl::Option *flag : flags) {
    flag->removeArgument();
    for (cl::SubCommand *command : commands)
      flag->addSubCommand(*command);
    flag->addArgument();
    // A model's function is too long to print with every diagnostic on it.
    if (flag->ArgStr == "mlir-print-op-on-diagnostic")
      static_cast<cl::opt<bool> *>(flag)->setInitialValue(false);
  }
}

/// LLVM's libraries bring hundreds of flags of their own to the top level.
static void hideLlvmFlags() {
  for (auto &entry : cl::getRegisteredOptions())
    if (entry.first != "help" && entry.first != "version")
      entry.second->setHiddenFlag(cl::ReallyHidden);
}

static void printVersion(llvm::raw_ostream &os) {
  os << "seqc " << SEQC_VERSION << " (LLVM " << LLVM_VERSION_STRING << ")\n";
}

static llvm::Error writeTrace(const std::string &path) {
  OutputFiles files;
  if (llvm::Error error = files.write(path, [](llvm::raw_pwrite_stream &os) {
        llvm::timeTraceProfilerWrite(os);
        return llvm::Error::success();
      }))
    return error;
  return files.commit();
}

static constexpr llvm::StringLiteral overview =
    "seqc: a compiler for sequence models\n\n"
    "Exit codes: 0 success; 1 values differ from what --expect said;\n"
    "2 wrong flags or bad input; 3 a model that cannot be compiled or run "
    "here;\n"
    "4 files that cannot be written, and faults of seqc.\n";

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg("seqc crashed: a fault of seqc. Please report it with "
                        "this command and its model.\n");
  cl::SetVersionPrinter(printVersion);
  cl::SubCommand compileSub("compile", "Compile a model to a C library");
  cl::SubCommand &runSub = getRunCommand(), &benchSub = getBenchCommand(),
                 &generateSub = getGenerateCommand();
  cl::SubCommand explainSub("explain",
                            "Say which forms scans may take, and why");
  ModelFlags modelFlags(cl::SubCommandGroup(
      {&compileSub, &runSub, &benchSub, &generateSub, &explainSub}));
  CompileCommand compileCommand(compileSub);
  cl::SubCommand inspectSub("inspect", "Say what an ONNX model contains");
  InspectCommand inspectCommand(inspectSub);
  ExplainCommand explainCommand(explainSub);
  cl::SubCommand calibrateSub("calibrate",
                              "Measure this machine for the choice of forms");
  CalibrateCommand calibrateCommand(calibrateSub);
  registerMlirFlags(
      {&compileSub, &runSub, &benchSub, &generateSub, &explainSub});
  hideLlvmFlags();

  if (!cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs()))
    return ExitBadInput;
  auto runSubcommand = [&]() -> int {
    if (compileSub)
      return compileCommand.run(modelFlags);
    if (explainSub)
      return explainCommand.run(modelFlags);
    if (inspectSub)
      return inspectCommand.run();
    if (calibrateSub)
      return calibrateCommand.run();
    auto compileModel = [&](llvm::StringRef model) {
      return compileToTemporary(model, modelFlags, dumpsValues());
    };
    auto checkLibrary = [&](llvm::StringRef library) {
      return modelFlags.checkLibrary(library,
                                     runSub     ? runSub
                                     : benchSub ? benchSub
                                                : generateSub,
                                     /*runsOnGpus=*/bool(runSub));
    };
    ModelSource source = {compileModel, checkLibrary};
    if (runSub)
      return runCommand(source, modelFlags.isForVulkan());
    if (benchSub)
      return benchCommand(source);
    if (generateSub)
      return generateCommand(source);
    cl::PrintHelpMessage();
    return ExitBadInput;
  };
  // LLD sets all flags back when it has linked.
  std::string profile = modelFlags.profile();
  if (profile.empty())
    return runSubcommand();
  llvm::timeTraceProfilerInitialize(/*TimeTraceGranularity=*/0, "seqc");
  int code = runSubcommand();
  llvm::Error error = writeTrace(profile);
  llvm::timeTraceProfilerCleanup();
  int written = exitCode(reportError(std::move(error)));
  return code != ExitSuccess ? code : written;
}
