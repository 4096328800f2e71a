//===- Compiler.cpp - from a model's file to compiled code ----------------===//

#include "compiler/Compiler.h"

#include "compiler/Emit/Emit.h"
#include "compiler/Emit/OutputFiles.h"
#include "compiler/Emit/Spirv.h"
#include "compiler/Emit/Translate.h"
#include "compiler/Emit/Weights.h"
#include "compiler/ExposeValues.h"
#include "compiler/Import/ImportOnnx.h"
#include "compiler/Import/ImportRwkv.h"
#include "compiler/Import/NamedWeights.h"
#include "compiler/KernelsStage.h"
#include "compiler/ModelInfo.h"
#include "compiler/Pipelines.h"
#include "compiler/Status.h"
#include "compiler/Target/CpuTarget.h"
#include "compiler/Target/VulkanTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace seqc;

namespace {
/// A stretch of the pipeline that ends with IR worth looking at.
struct Phase {
  llvm::StringLiteral name;
  std::optional<EmitKind> emit; ///< What `--emit` calls its result.
  void (*build)(OpPassManager &, const Options &);
};

/// One compilation.
class Compilation {
public:
  explicit Compilation(const Options &options);

  llvm::Error run();
  llvm::Error runObserved(PhaseObserver observe);

private:
  llvm::Error prepare();
  llvm::Error checkOptions();
  llvm::Error load();
  llvm::Error parse();
  llvm::Error importModel(llvm::Expected<OwningOpRef<ModuleOp>> imported);
  llvm::Error describe();
  void addStates();
  llvm::Error readWeights();
  void computeHash();
  bool isLowered();
  llvm::Error runPhase(const Phase &phase);
  llvm::Error checkWeightType();
  llvm::Error updateInterface();
  llvm::Error runPasses(ModuleOp target,
                        void (*build)(OpPassManager &, const Options &));
  bool isForVulkan() const;
  llvm::Error compileForVulkan();
  llvm::Error print(ModuleOp target, const llvm::Twine &path);
  llvm::Error dumpPhase(ModuleOp target, llvm::StringRef name);

  const Options &options;
  DialectRegistry registry;
  MLIRContext context;
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics;
  ScopedDiagnosticHandler namedDiagnostics;
  OwningOpRef<ModuleOp> module;
  func::FuncOp entry;
  ModelInfo info;
  uint64_t fileHash = 0;
  unsigned dumped = 0;
};

/// Every pass in the trace of `--profile`.
class PassTrace : public PassInstrumentation {
  void runBeforePass(Pass *pass, Operation *) override {
    llvm::timeTraceProfilerBegin(pass->getName(), llvm::StringRef());
  }
  void runAfterPass(Pass *, Operation *) override {
    llvm::timeTraceProfilerEnd();
  }
  void runAfterPassFailed(Pass *, Operation *) override {
    llvm::timeTraceProfilerEnd();
  }
};
} // namespace

/// The compiler, in order.
static llvm::ArrayRef<Phase> phases() {
  static const Phase all[] = {
      {"scan", EmitKind::Scan, buildScanStage},
      {"scheduled", EmitKind::Scheduled, buildScheduleStage},
      {"loops", EmitKind::Loops, buildLoopsStage},
      {"llvm-dialect", std::nullopt, buildLlvmStage},
  };
  return all;
}

static DialectRegistry modelDialects() {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  registerTranslations(registry);
  return registry;
}

/// Prints a diagnostic on a model that is no text, or on a node of it; fails on
/// those that have a place in a text.
static LogicalResult printNamed(Diagnostic &diagnostic, llvm::StringRef file) {
  Location location = diagnostic.getLocation();
  auto name = location->findInstanceOf<NameLoc>();
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (place ? place.getLine() > 0 : !name)
    return failure();
  auto print = [&](const Diagnostic &part) {
    llvm::raw_ostream &os = part.getSeverity() == DiagnosticSeverity::Error
                                ? llvm::WithColor::error(llvm::errs(), "seqc")
                            : part.getSeverity() == DiagnosticSeverity::Warning
                                ? llvm::WithColor::warning(llvm::errs(), "seqc")
                                : llvm::WithColor::note(llvm::errs(), "seqc");
    os << file << ": ";
    if (name)
      os << "node '" << makePrintable(name.getName().getValue()) << "': ";
    os << makePrintable(part.str()) << '\n';
  };
  print(diagnostic);
  for (const Diagnostic &note : diagnostic.getNotes())
    print(note);
  return success();
}

Compilation::Compilation(const Options &options)
    : options(options), registry(modelDialects()),
      context(registry, MLIRContext::Threading::DISABLED),
      diagnostics(sources, &context),
      namedDiagnostics(&context, [this](Diagnostic &diagnostic) {
        return printNamed(diagnostic, this->options.input);
      }) {}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

llvm::Error Compilation::checkOptions() {
  if (options.weightType != WeightType::F32 &&
      (options.form == Form::Naive || options.backend == Backend::Vulkan))
    return badInput("--weight-type other than f32 is for vectors on the "
                    "processor, found " +
                    llvm::Twine(options.form == Form::Naive
                                    ? "--form=naive"
                                    : "--target=vulkan"));
  bool isOverSteps = options.sequence || !options.step.empty();
  if (options.sequence && !options.step.empty())
    return badInput("--sequence takes a model of one step and --step one of "
                    "whole sequences, found both");
  if (isOverSteps && isForVulkan())
    return badInput("--sequence and --step are for the processor, found a "
                    "Vulkan target");
  if (options.dumpPhases.empty())
    return llvm::Error::success();
  if (std::error_code code =
          llvm::sys::fs::create_directories(options.dumpPhases))
    return failed("cannot create '" + options.dumpPhases +
                  "': " + code.message());
  return llvm::Error::success();
}

llvm::Error Compilation::parse() {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> buffer =
      openInputFile(options.input, &message);
  if (!buffer)
    return badInput(message);
  fileHash = llvm::xxh3_64bits(buffer->getBuffer());
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return reported(Status::BadInput);
  return resolveNamedWeights(*module, options.weightsFrom);
}

llvm::Error
Compilation::importModel(llvm::Expected<OwningOpRef<ModuleOp>> imported) {
  if (!imported)
    return imported.takeError();
  module = std::move(*imported);
  // The importer has just read the file.
  if (auto buffer = llvm::MemoryBuffer::getFile(options.input))
    fileHash = llvm::xxh3_64bits((*buffer)->getBuffer());
  return llvm::Error::success();
}

llvm::Error Compilation::load() {
  llvm::StringRef extension = llvm::sys::path::extension(options.input);
  if (extension != ".onnx" &&
      (!options.shapes.empty() || !options.constants.empty()))
    return badInput("--shape and --const apply to .onnx models, found '" +
                    options.input + "'");
  if (extension != ".mlir" && !options.weightsFrom.empty())
    return badInput("--weights-from applies to .mlir models, found '" +
                    options.input + "'");
  if (extension == ".mlir")
    return parse();
  if (extension == ".onnx")
    return importModel(importOnnx(context, options));
  if (extension == ".safetensors")
    return importModel(importRwkv(context, options));
  return badInput("a model must be an .onnx, .mlir or .safetensors file, "
                  "found '" +
                  options.input + "'");
}

/// Adds `--state` to the states that the model itself declares.
void Compilation::addStates() {
  if (options.states.empty())
    return;
  Builder builder(&context);
  llvm::SmallVector<Attribute> pairs;
  if (auto declared = entry->getAttrOfType<ArrayAttr>("seq.states"))
    pairs.append(declared.begin(), declared.end());
  for (const StateOption &state : options.states)
    pairs.push_back(builder.getStrArrayAttr({state.input, state.output}));
  entry->setAttr("seq.states", builder.getArrayAttr(pairs));
}

/// Finds the model's function and reads its interface.
llvm::Error Compilation::describe() {
  llvm::SmallVector<func::FuncOp> candidates;
  for (func::FuncOp function : module->getOps<func::FuncOp>())
    if (function.isPublic() || function.isDeclaration())
      candidates.push_back(function);
  if (candidates.size() != 1)
    return badInput("'" + options.input +
                    "': required one public func.func, the model, found " +
                    llvm::Twine(candidates.size()));
  entry = candidates.front();
  addStates();
  if (options.exposeValues)
    exposeValues(entry);
  FailureOr<ModelInfo> result = ModelInfo::fromFunction(entry);
  if (mlir::failed(result))
    return reported(Status::BadInput);
  info = std::move(*result);
  if (!options.name.empty())
    info.name = cIdentifier(options.name);
  else if (!options.output.empty() && options.output != "-")
    info.name = cIdentifier(llvm::sys::path::stem(options.output));

  return evaluateInitialValues(*module, info);
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

llvm::Error Compilation::print(ModuleOp target, const llvm::Twine &path) {
  OutputFiles files;
  if (llvm::Error error =
          files.write(path.str(), [&](llvm::raw_pwrite_stream &os) {
            target.print(os);
            os << '\n';
            return llvm::Error::success();
          }))
    return error;
  return files.commit();
}

llvm::Error Compilation::dumpPhase(ModuleOp target, llvm::StringRef name) {
  if (options.dumpPhases.empty())
    return llvm::Error::success();
  llvm::SmallString<128> path(options.dumpPhases);
  llvm::sys::path::append(path, llvm::utostr(dumped++) + "-" + name + ".mlir");
  return print(target, path);
}

llvm::Error Compilation::runPasses(ModuleOp target,
                                   void (*build)(OpPassManager &,
                                                 const Options &)) {
  PassManager manager(&context);
  if (llvm::timeTraceProfilerEnabled())
    manager.addInstrumentation(std::make_unique<PassTrace>());
  if (mlir::failed(applyPassManagerCLOptions(manager)))
    return reported(Status::BadInput);
  build(manager, options);
  // Once a stage: after every pass it was more than a quarter of a large
  // model's compilation. `seq-opt` verifies after each.
  manager.enableVerifier(false);
  if (mlir::failed(manager.run(target)) || mlir::failed(mlir::verify(target)))
    return reported(Status::Unsupported);
  return llvm::Error::success();
}

/// A pass has made a function over many steps of a model: reads the interface
/// of that.
llvm::Error Compilation::updateInterface() {
  FailureOr<ModelInfo> lifted = ModelInfo::fromFunction(entry);
  if (mlir::failed(lifted))
    return reported(Status::Unsupported);
  lifted->name = info.name;
  info = std::move(*lifted);
  return evaluateInitialValues(*module, info);
}

llvm::Error Compilation::runPhase(const Phase &phase) {
  llvm::TimeTraceScope trace(phase.name);
  if (llvm::Error error = runPasses(*module, phase.build))
    return error;
  if (phase.emit == EmitKind::Scan &&
      (options.sequence || !options.step.empty()))
    if (llvm::Error error = updateInterface())
      return error;
  if (phase.emit == EmitKind::Loops) {
    if (llvm::Error error = checkWeightType())
      return error;
    info.readEqualExtents(entry);
  }
  return dumpPhase(*module, phase.name);
}

/// A type that no weight takes was asked for in vain.
llvm::Error Compilation::checkWeightType() {
  if (options.weightType == WeightType::F32)
    return llvm::Error::success();
  bool isNarrowed =
      llvm::any_of(module->getOps<seq::WeightOp>(), [](seq::WeightOp weight) {
        return !weight.getBody().getOps<seq::NarrowOp>().empty();
      });
  if (isNarrowed)
    return llvm::Error::success();
  return unsupported("--weight-type other than f32 is for constant matrices of "
                     "f32 that vector loops multiply with, found none in '" +
                     options.input + "'");
}

bool Compilation::isForVulkan() const {
  return options.backend == Backend::Vulkan || options.emit == EmitKind::Spirv;
}

/// Makes the GPU's part from a copy: a library has both.
llvm::Error Compilation::compileForVulkan() {
  OwningOpRef<ModuleOp> device = module->clone();
  if (llvm::Error error = runPasses(*device, buildKernelsStage))
    return error;
  if (llvm::Error error = dumpPhase(*device, "kernels"))
    return error;
  return emitVulkan(*device, info);
}

/// A module that has its kernel already skips the phases.
bool Compilation::isLowered() {
  return module->lookupSymbol<LLVM::LLVMFuncOp>(info.symbol + "_kernel") !=
         nullptr;
}

//===----------------------------------------------------------------------===//
// Finishing
//===----------------------------------------------------------------------===//

/// Evaluates the weights. A module that came lowered may hold them as the
/// attribute `seq.weights` instead.
llvm::Error Compilation::readWeights() {
  Attribute attr = (*module)->getAttr("seq.weights");
  if (!attr) {
    llvm::Expected<std::vector<char>> weights = takeWeights(*module);
    if (!weights)
      return weights.takeError();
    info.weights = std::move(*weights);
    return llvm::Error::success();
  }
  auto take = [&](llvm::ArrayRef<char> bytes) {
    info.weights.assign(bytes.begin(), bytes.end());
    (*module)->removeAttr("seq.weights");
    return llvm::Error::success();
  };
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    if (!dense.isSplat() || dense.getNumElements() == 1)
      return take(dense.getRawData());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return take(blob->getData());
  return badInput("'" + options.input +
                  "': 'seq.weights' must be dense elements, not a splat");
}

/// Of the model's file, of the options that change its meaning, and of the
/// weights, whose layout belongs to this compilation. Names do not count: a
/// saved state survives a renamed model.
void Compilation::computeHash() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << fileHash << '\n';
  for (const std::string &shape : options.shapes)
    os << "shape " << shape << '\n';
  for (const std::string &constant : options.constants)
    os << "const " << constant << '\n';
  for (const StateOption &state : options.states)
    os << "state " << state.input << '=' << state.output << '\n';
  if (!options.step.empty())
    os << "step " << options.step << '\n';
  for (const StateInfo &state : info.states)
    if (!state.initialWeight.empty())
      os << "initial "
         << llvm::xxh3_64bits(
                llvm::StringRef(state.initial.data(), state.initial.size()))
         << '\n';
  os << llvm::xxh3_64bits(
      llvm::StringRef(info.weights.data(), info.weights.size()));
  info.hash = llvm::xxh3_64bits(text);
}

/// Reads the model and its interface.
llvm::Error Compilation::prepare() {
  llvm::TimeTraceScope trace("model");
  if (llvm::Error error = checkOptions())
    return error;
  if (llvm::Error error = load())
    return error;
  if (llvm::Error error = describe())
    return error;
  return dumpPhase(*module, "model");
}

llvm::Error Compilation::run() {
  llvm::Expected<CpuTarget> target = CpuTarget::resolve(options);
  if (!target)
    return target.takeError();
  if (llvm::Error error = prepare())
    return error;
  if (options.emit == EmitKind::Seq)
    return print(*module, options.output);
  if (!isLowered())
    for (const Phase &phase : phases()) {
      if (phase.emit == EmitKind::Loops && isForVulkan())
        if (llvm::Error error = compileForVulkan())
          return error;
      if (phase.emit == EmitKind::Loops && options.emit == EmitKind::Spirv)
        return emitSpirv(info, options.output);
      if (llvm::Error error = runPhase(phase))
        return error;
      if (options.emit == phase.emit)
        return print(*module, options.output);
    }
  else if (options.emit < EmitKind::Llvm || isForVulkan())
    return badInput(
        "'" + options.input +
        "' is lowered already: it has no form before --emit=llvm and "
        "no kernels");
  else {
    if (llvm::Error error = checkWeightType())
      return error;
    entry.erase();
  }
  if (llvm::Error error = readWeights())
    return error;
  computeHash();
  llvm::TimeTraceScope trace("emit");
  return emitModel(*module, info, *target, options);
}

llvm::Error Compilation::runObserved(PhaseObserver observe) {
  if (llvm::Error error = CpuTarget::resolve(options).takeError())
    return error;
  if (llvm::Error error = prepare())
    return error;
  if (isLowered())
    return badInput("'" + options.input +
                    "' is lowered already: it has no scans any more");
  if (llvm::Error error = observe("model", *module))
    return error;
  for (const Phase &phase : phases()) {
    if (llvm::Error error = runPhase(phase))
      return error;
    if (llvm::Error error = observe(phase.name, *module))
      return error;
    if (phase.emit == options.emit)
      break;
  }
  return llvm::Error::success();
}

llvm::Error seqc::observePhases(const Options &options, PhaseObserver observe) {
  return Compilation(options).runObserved(observe);
}

llvm::Error seqc::compile(const Options &options) {
  return Compilation(options).run();
}
