//===- Compile.cpp - `seqc compile` and its flags -------------------------===//

#include "tools/seqc/Compile.h"

#include "compiler/Compiler.h"
#include "compiler/MachineFile.h"
#include "tools/seqc/ExitCodes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace seqc;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// Flags of every command that takes a model
//===----------------------------------------------------------------------===//

ModelFlags::ModelFlags(cl::SubCommandGroup commands)
    : target("target", cl::desc("What to compile for"),
             cl::values(clEnumValN(Backend::Cpu, "cpu", "The processor"),
                        clEnumValN(Backend::Vulkan, "vulkan",
                                   "Any Vulkan GPU, through SPIR-V")),
             cl::init(Backend::Cpu), cl::sub(commands)),
      cpu("mcpu",
          cl::desc("Processor to compile for: native, or a name LLVM knows "
                   "(default: native, with --mtriple the architecture's "
                   "baseline)"),
          cl::value_desc("name"), cl::sub(commands)),
      triple("mtriple", cl::desc("Target triple (default: this machine's)"),
             cl::value_desc("triple"), cl::sub(commands)),
      features("mattr", cl::desc("Processor features to add or remove"),
               cl::value_desc("+a,-b,..."), cl::sub(commands)),
      shapes("shape",
             cl::desc("An input's shape, in numbers, names and ? for what the "
                      "model says: NAME=?x576"),
             cl::value_desc("name=shape"), cl::sub(commands)),
      constants("const", cl::desc("Fixes an input to a constant: NAME=16000"),
                cl::value_desc("name=value"), cl::sub(commands)),
      states("state",
             cl::desc("Makes an input a state, which the output updates"),
             cl::value_desc("input=output"), cl::sub(commands)),
      sequence("sequence",
               cl::desc("The model is one step, with --state pairs: compile it "
                        "as a function over many, in which what needs no state "
                        "is computed for many steps at once"),
               cl::sub(commands)),
      step("step",
           cl::desc("The model reads a whole sequence along this dimension: "
                    "compile it as NAME_step and NAME_run, with what it "
                    "carries from step to step as state"),
           cl::value_desc("dimension"), cl::sub(commands)),
      weightsFrom("weights-from",
                  cl::desc("The .safetensors file that an .mlir model takes "
                           "its weights from, by name"),
                  cl::value_desc("file"), cl::sub(commands)),
      weights("weights", cl::desc("Where the weights go"),
              cl::values(clEnumValN(WeightsPlacement::Embed, "embed",
                                    "Into the compiled model"),
                         clEnumValN(WeightsPlacement::File, "file",
                                    "Into a file beside it, .weights")),
              cl::init(WeightsPlacement::Embed), cl::sub(commands)),
      weightType(
          "weight-type",
          cl::desc("What the matrices of products are stored in; arithmetic is "
                   "as exact as in f32"),
          cl::values(clEnumValN(WeightType::F32, "f32", "As they are"),
                     clEnumValN(WeightType::BF16, "bf16",
                                "Rounded, half the "
                                "bytes"),
                     clEnumValN(WeightType::F16, "f16",
                                "Rounded, half the "
                                "bytes"),
                     clEnumValN(WeightType::I8, "int8",
                                "Rounded row by row, a quarter of the bytes")),
          cl::init(WeightType::F32), cl::sub(commands)),
      form("form", cl::desc("Which form scans take"),
           cl::values(
               clEnumValN(Form::Auto, "auto", "The one predicted cheapest"),
               clEnumValN(Form::Recurrent, "recurrent", "A loop over time"),
               clEnumValN(Form::Parallel, "parallel",
                          "Chunks of time, where that is legal"),
               clEnumValN(Form::Chunked, "chunked",
                          "Products of matrices, a chunk of steps at a time, "
                          "where that is legal"),
               clEnumValN(Form::Convolution, "convolution",
                          "The same with one response for all chunks, where "
                          "nothing changes with time"),
               clEnumValN(Form::Naive, "naive",
                          "Scalar loops and libm, for comparison")),
           cl::init(Form::Auto), cl::sub(commands)),
      diagonalise(
          "diagonalise",
          cl::desc("Make constant matrices that update a state diagonal where "
                   "the condition number of their eigenvectors, by which "
                   "rounding grows, is at most this (1000)"),
          cl::value_desc("condition"), cl::ValueOptional, cl::sub(commands)),
      minimalFilters(
          "minimal-filters",
          cl::desc("Compute convolutions with weights in f32 with fewer "
                   "products where that is faster; their rounding error is "
                   "two to three times as large (true)"),
          cl::init(true), cl::sub(commands)),
      calibration("calibration",
                  cl::desc("What `seqc calibrate` wrote of the machine that "
                           "the model is for, or 'none' (for this machine: "
                           "where it writes by default)"),
                  cl::value_desc("file"), cl::sub(commands)),
      forThreads("for-threads",
                 cl::desc("Threads to choose forms for (1): what a model "
                          "computes does not depend on those that it runs "
                          "with, so the choice cannot either"),
                 cl::value_desc("number"), cl::init(1), cl::sub(commands)),
      dumpPhases("dump-phases",
                 cl::desc("Write the IR after each phase to this directory"),
                 cl::value_desc("directory"), cl::sub(commands)),
      profilePath(
          "profile",
          cl::desc("Write where the time went to this file, as a Chrome "
                   "trace: phases, passes, runs"),
          cl::value_desc("file"), cl::sub(commands)) {}

/// The figures that forms are chosen by: those of the file `given`, or of this
/// machine if the model is compiled for it and they have been measured.
static llvm::Expected<std::optional<MachineModel>>
findMachine(llvm::StringRef given, bool isForThis) {
  if (given == "none")
    return std::nullopt;
  if (!given.empty()) {
    llvm::Expected<MachineFile> file = readMachineFile(given);
    if (!file)
      return file.takeError();
    return file->machine;
  }
  std::string path = getMachinePath();
  if (!isForThis || !llvm::sys::fs::exists(path))
    return std::nullopt;
  llvm::Expected<MachineFile> file = readMachineFile(path);
  if (!file) {
    llvm::WithColor::warning(llvm::errs(), "seqc")
        << llvm::toString(file.takeError()) << '\n';
    return std::nullopt;
  }
  if (file->processor != getHostProcessor()) {
    llvm::WithColor::warning(llvm::errs(), "seqc")
        << "'" << path << "' is of another processor, " << file->processor
        << ": run `seqc calibrate` again\n";
    return std::nullopt;
  }
  return file->machine;
}

/// What decides between forms, and what may be made of a constant matrix.
llvm::Error ModelFlags::readChoice(Options &options) const {
  if (isForVulkan())
    for (const cl::Option *flag :
         {static_cast<const cl::Option *>(&calibration),
          static_cast<const cl::Option *>(&forThreads)})
      if (flag->getNumOccurrences() > 0)
        return badInput("--" + flag->ArgStr +
                        " is for processors, found it with --target=vulkan");
  bool isForThis =
      !isForVulkan() && triple.empty() &&
      (options.cpu == "native" || options.cpu == getHostProcessor());
  auto machine = findMachine(calibration, isForThis);
  if (!machine)
    return machine.takeError();
  options.machine = *machine;
  if (forThreads < 1 || forThreads > 4096)
    return badInput("--for-threads takes a number from 1 to 4096, found '" +
                    llvm::Twine(forThreads) + "'");
  options.chooseForThreads = forThreads;
  options.minimalFilters = minimalFilters;
  if (diagonalise.getNumOccurrences() == 0)
    return llvm::Error::success();
  llvm::StringRef text = diagonalise;
  if ((text.empty() ? llvm::StringRef("1000") : text)
          .getAsDouble(options.diagonaliseUpTo) ||
      !(options.diagonaliseUpTo >= 1))
    return badInput("--diagonalise takes a condition number of 1 or more, "
                    "found '" +
                    text + "'");
  return llvm::Error::success();
}

llvm::Error ModelFlags::checkLibrary(llvm::StringRef library,
                                     cl::SubCommand &command,
                                     bool runsOnGpus) const {
  llvm::SmallVector<const cl::Option *> flags;
  auto add = [&](const auto &...options) {
    (flags.push_back(std::addressof(options)), ...);
  };
  add(cpu, triple, features, shapes, constants, states, sequence, step, weights,
      weightsFrom, weightType, form, diagonalise, minimalFilters, calibration,
      forThreads, dumpPhases);
  if (!runsOnGpus)
    add(target);
  for (auto &entry : cl::getRegisteredOptions(command))
    if (entry.first.starts_with("mlir-"))
      flags.push_back(entry.second);
  llvm::Error errors = llvm::Error::success();
  for (const cl::Option *flag : flags)
    if (flag->getNumOccurrences() > 0)
      errors = llvm::joinErrors(
          std::move(errors),
          badInput("--" + flag->ArgStr + " is for compiling a model, found '" +
                   library + "', a library that is compiled"));
  return errors;
}

llvm::Expected<Options> ModelFlags::options(llvm::StringRef model) const {
  Options options;
  options.input = model.str();
  options.backend = target;
  options.cpu = cpu;
  if (cpu.empty() && triple.empty())
    options.cpu = "native";
  options.triple = triple;
  options.features = features;
  options.weights = weights;
  options.weightType = weightType;
  options.weightsFrom = weightsFrom;
  options.sequence = sequence;
  options.step = step;
  options.form = form;
  options.dumpPhases = dumpPhases;
  options.shapes.assign(shapes.begin(), shapes.end());
  options.constants.assign(constants.begin(), constants.end());
  if (llvm::Error error = readChoice(options))
    return std::move(error);
  for (const std::string &text : states) {
    auto [input, output] = llvm::StringRef(text).rsplit('=');
    if (input.empty() || output.empty())
      return badInput("--state takes INPUT=OUTPUT, found '" + text + "'");
    options.states.push_back({input.str(), output.str()});
  }
  return options;
}

//===----------------------------------------------------------------------===//
// seqc compile
//===----------------------------------------------------------------------===//

CompileCommand::CompileCommand(cl::SubCommand &command)
    : model(cl::Positional, cl::desc("MODEL"), cl::Required, cl::sub(command)),
      output("o",
             cl::desc("Output; a library gets .so and its header .h (default: "
                      "the model's name, or standard output for text)"),
             cl::value_desc("OUT"), cl::sub(command)),
      name("name",
           cl::desc("C prefix of what is exported (default: OUT's name)"),
           cl::value_desc("NAME"), cl::sub(command)),
      emit(
          "emit", cl::desc("What to write"),
          cl::values(
              clEnumValN(EmitKind::Library, "lib", "Shared library and header"),
              clEnumValN(EmitKind::Seq, "seq", "The imported model"),
              clEnumValN(EmitKind::Scan, "scan",
                         "Cells expanded to scans, simplified"),
              clEnumValN(EmitKind::Scheduled, "scheduled",
                         "Scans with their schedules"),
              clEnumValN(EmitKind::Loops, "loops", "Loops over buffers"),
              clEnumValN(EmitKind::Llvm, "llvm", "LLVM IR, not optimised"),
              clEnumValN(EmitKind::Asm, "asm", "Assembly"),
              clEnumValN(EmitKind::Object, "obj", "Object file"),
              clEnumValN(EmitKind::Header, "header", "The C header"),
              clEnumValN(EmitKind::Spirv, "spirv", "SPIR-V")),
          cl::init(EmitKind::Library), cl::sub(command)) {}

/// Where output goes when -o does not say.
static std::string defaultOutput(llvm::StringRef model, EmitKind emit) {
  std::string stem = llvm::sys::path::stem(model).str();
  switch (emit) {
  case EmitKind::Library:
    return stem;
  case EmitKind::Object:
    return stem + ".o";
  default:
    return "-";
  }
}

int CompileCommand::run(const ModelFlags &flags) const {
  llvm::Expected<Options> options = flags.options(model);
  if (!options)
    return exitCode(reportError(options.takeError()));
  options->emit = emit;
  options->name = name;
  options->output = output;
  if (output.empty())
    options->output = defaultOutput(model, emit);
  // The text of a model without -o is still called after the model.
  if (options->name.empty() && options->output == "-")
    options->name = llvm::sys::path::stem(model).str();
  llvm::StringRef path = options->output;
  if (emit == EmitKind::Library) {
    path.consume_back(".so");
    if (path.empty() || path == "-")
      return exitCode(reportError(badInput(
          "a library cannot go to '" + options->output +
          "'; -o takes the path of OUT.so and OUT.h without extension")));
    options->output = path.str();
  }
  return exitCode(reportError(compile(*options)));
}

//===----------------------------------------------------------------------===//
// Models given to other commands
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<TemporaryLibrary>>
seqc::compileToTemporary(llvm::StringRef model, const ModelFlags &flags,
                         bool exposeValues) {
  llvm::Expected<Options> options = flags.options(model);
  if (!options)
    return options.takeError();
  llvm::Expected<std::unique_ptr<TemporaryLibrary>> library =
      TemporaryLibrary::create();
  if (!library)
    return library;
  options->name = llvm::sys::path::stem(model).str();
  options->output = (*library)->getStem();
  options->emit = EmitKind::Library;
  options->exposeValues = exposeValues;
  if (llvm::Error error = compile(*options))
    return std::move(error);
  return library;
}
