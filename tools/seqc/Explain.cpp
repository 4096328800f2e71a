//===- Explain.cpp - `seqc explain` ---------------------------------------===//
//
// Compiles the model up to its schedules, into a directory of its own that is
// gone afterwards, and reports what is written there.
//
//===----------------------------------------------------------------------===//

#include "tools/seqc/Explain.h"

#include "compiler/Compiler.h"
#include "compiler/Emit/OutputFiles.h"
#include "compiler/Explain/Report.h"
#include "compiler/Pipelines.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace seqc;
namespace cl = llvm::cl;

ExplainCommand::ExplainCommand(cl::SubCommand &command)
    : model(cl::Positional, cl::desc("MODEL"), cl::Required, cl::sub(command)),
      html("html", cl::desc("Write a page: one file with everything"),
           cl::value_desc("file"), cl::sub(command)),
      json("json", cl::desc("Print JSON"), cl::sub(command)) {}

/// The phases that a compilation dumped, in order.
static std::vector<StageReport> readStages(llvm::StringRef directory) {
  std::vector<std::string> paths;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(directory, code), end;
       it != end && !code; it.increment(code))
    if (llvm::sys::path::extension(it->path()) == ".mlir")
      paths.push_back(it->path());
  llvm::sort(paths);
  std::vector<StageReport> stages;
  for (const std::string &path : paths) {
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
    if (buffer)
      stages.push_back(
          {llvm::sys::path::stem(path).str(), (*buffer)->getBuffer().str()});
  }
  return stages;
}

llvm::Error ExplainCommand::explain(const ModelFlags &flags,
                                    llvm::StringRef directory) const {
  llvm::Expected<Options> options = flags.options(model);
  if (!options)
    return options.takeError();
  llvm::SmallString<128> phases(directory), scheduled(directory);
  llvm::sys::path::append(phases, "phases");
  llvm::sys::path::append(scheduled, "scheduled.mlir");
  options->emit = EmitKind::Scheduled;
  options->output = scheduled.str().str();
  if (options->dumpPhases.empty())
    options->dumpPhases = phases.str().str();
  if (llvm::Error error = compile(*options))
    return error;

  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(scheduled.str(), &context);
  if (!module)
    return failed("the scheduled model cannot be read back");
  FailureOr<ModelReport> report =
      collectReport(*module, llvm::sys::path::filename(model));
  if (mlir::failed(report))
    return reported(Status::Failed);
  report->stages = readStages(options->dumpPhases);
  if (json)
    llvm::outs() << llvm::formatv("{0:2}\n", toJson(*report));
  else
    printTable(*report, llvm::outs());
  if (html.empty())
    return llvm::Error::success();
  OutputFiles files;
  if (llvm::Error error = files.write(html, [&](llvm::raw_pwrite_stream &os) {
        printHtml(*report, os);
        return llvm::Error::success();
      }))
    return error;
  return files.commit();
}

int ExplainCommand::run(const ModelFlags &flags) const {
  llvm::SmallString<128> directory;
  if (std::error_code code =
          llvm::sys::fs::createUniqueDirectory("seqc-explain", directory))
    return exitCode(reportError(
        failed("cannot create a temporary directory: " + code.message())));
  llvm::Error error = explain(flags, directory);
  llvm::sys::fs::remove_directories(directory);
  return exitCode(reportError(std::move(error)));
}
