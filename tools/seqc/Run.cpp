//===- Run.cpp - `seqc run` -----------------------------------------------===//

#include "tools/seqc/Run.h"
#include "compiler/Status.h"
#include "tools/seqc/ExitCodes.h"
#include "tools/seqc/Invocation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace seqc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// NAME=@FILE and NAME=LITERAL
//===----------------------------------------------------------------------===//

namespace {

struct Binding {
  StringRef name, value;
};

} // namespace

static Expected<Binding> parseBinding(StringRef option, StringRef text) {
  auto [name, value] = text.split('=');
  if (name.empty() || value.empty())
    return makeError("%s: required NAME=@FILE or NAME=TYPE=VALUE, found '%s'",
                     option.str().c_str(), text.str().c_str());
  return Binding{name, value};
}

/// Errors of a file begin with its path, those of a literal with its name.
static Expected<Array> readValue(StringRef option, StringRef name,
                                 StringRef value) {
  if (value.consume_front("@"))
    return readArray(value);
  Expected<Array> array = parseLiteral(value);
  if (!array)
    return makeError("%s %s: %s", option.str().c_str(), name.str().c_str(),
                     llvm::toString(array.takeError()).c_str());
  return array;
}

/// Calls `use` with the name and the value of every NAME=VALUE of an option.
static Error
forEachBinding(StringRef option, llvm::ArrayRef<std::string> texts,
               llvm::function_ref<Error(StringRef, StringRef)> use) {
  Error errors = Error::success();
  for (const std::string &text : texts) {
    Expected<Binding> binding = parseBinding(option, text);
    if (!binding)
      errors = llvm::joinErrors(std::move(errors), binding.takeError());
    else
      errors = llvm::joinErrors(std::move(errors),
                                use(binding->name, binding->value));
  }
  return errors;
}

/// The same, with the array that each value stands for.
static Error forEachArray(StringRef option, llvm::ArrayRef<std::string> texts,
                          llvm::function_ref<Error(StringRef, Array)> use) {
  return forEachBinding(
      option, texts, [&](StringRef name, StringRef value) -> Error {
        Expected<Array> array = readValue(option, name, value);
        if (!array)
          return array.takeError();
        return use(name, std::move(*array));
      });
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

static Error giveStates(const RunOptions &options, Invocation &invocation) {
  Error errors = Error::success();
  for (const std::string &text : options.stateIn) {
    if (!StringRef(text).contains('=')) {
      invocation.giveStateFile(text);
      continue;
    }
    errors = llvm::joinErrors(
        std::move(errors),
        forEachArray("--state-in", text, [&](StringRef name, Array array) {
          return invocation.giveState(name, std::move(array));
        }));
  }
  return errors;
}

/// All errors at once, not only the first.
static Error giveInputs(const RunOptions &options, Invocation &invocation) {
  Error errors = Error::success();
  for (const std::string &text : options.session.dims)
    errors = llvm::joinErrors(std::move(errors), invocation.giveDim(text));
  errors = llvm::joinErrors(
      std::move(errors),
      forEachArray("--input", options.inputs, [&](StringRef name, Array array) {
        return invocation.give(name, std::move(array), /*streamed=*/false);
      }));
  errors = llvm::joinErrors(std::move(errors),
                            forEachArray("--stream", options.streams,
                                         [&](StringRef name, Array array) {
                                           return invocation.give(
                                               name, std::move(array),
                                               /*streamed=*/true);
                                         }));
  return llvm::joinErrors(std::move(errors), giveStates(options, invocation));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// A file that cannot be written is no fault of the input.
static Error writeResult(StringRef path, const Array &array) {
  if (Error error = writeArray(path, array))
    return failed(llvm::toString(std::move(error)));
  return Error::success();
}

static Error requireFile(StringRef option, StringRef value, StringRef &path) {
  path = value;
  if (!path.consume_front("@") || path.empty())
    return makeError("%s: required NAME=@FILE, found '%s'",
                     option.str().c_str(), value.str().c_str());
  return Error::success();
}

static Error writeResults(const RunOptions &options,
                          const Invocation &invocation) {
  Error errors = forEachBinding(
      "--output", options.outputs, [&](StringRef name, StringRef value) {
        StringRef path;
        if (Error error = requireFile("--output", value, path))
          return error;
        Expected<Array> array = invocation.take(name);
        return array ? writeResult(path, *array) : array.takeError();
      });
  for (const std::string &text : options.stateOut) {
    auto [name, value] = StringRef(text).split('=');
    StringRef path;
    if (value.empty()) {
      errors = llvm::joinErrors(std::move(errors), invocation.saveState(text));
    } else if (Error error = requireFile("--state-out", value, path)) {
      errors = llvm::joinErrors(std::move(errors), std::move(error));
    } else {
      Expected<Array> array = invocation.takeState(name);
      errors =
          llvm::joinErrors(std::move(errors), array ? writeResult(path, *array)
                                                    : array.takeError());
    }
  }
  return errors;
}

/// The outputs are all that there is (compiler/ExposeValues.h), and the states
/// after the last step.
static Error writeValues(StringRef directory, const LoadedModel &model,
                         const Invocation &invocation) {
  if (directory.empty())
    return Error::success();
  if (std::error_code code = llvm::sys::fs::create_directories(directory))
    return failed("cannot create '" + directory + "': " + code.message());
  auto write = [&](std::string name, const Array &array) {
    std::replace(name.begin(), name.end(), '/', '_');
    llvm::SmallString<128> path(directory);
    llvm::sys::path::append(path, name + ".npy");
    return writeResult(path, array);
  };
  Error errors = Error::success();
  for (auto [desc, array] :
       llvm::zip(model.getOutputs(), invocation.getOutputs()))
    errors = llvm::joinErrors(std::move(errors), write(desc.name, array));
  for (const seqc_tensor_desc &desc : model.getStates()) {
    Expected<Array> last = invocation.takeState(desc.name);
    errors = llvm::joinErrors(std::move(errors), last ? write(desc.name, *last)
                                                      : last.takeError());
  }
  llvm::outs() << model.getOutputs().size() + model.getStates().size()
               << " values in " << directory << "\n";
  return errors;
}

/// Prints how two arrays compare; false where they differ too much.
static bool reportComparison(StringRef name, const Array &found,
                             const Array &expected,
                             const Tolerance &tolerance) {
  Comparison result = compareArrays(found, expected, tolerance);
  if (result.mismatches == 0) {
    llvm::outs() << name << ": " << expected.size()
                 << " values as expected, largest difference "
                 << llvm::format("%.3g", result.largestDifference)
                 << ", relative RMS "
                 << llvm::format("%.3g", result.relativeRms) << "\n";
    return true;
  }
  llvm::WithColor::error(llvm::errs(), "seqc")
      << name << ": " << result.mismatches << " of " << expected.size()
      << " values differ by more than "
      << llvm::format("%g + %g * |expected|", tolerance.absolute,
                      tolerance.relative)
      << "; the worst at " << describeIndex(found.shape, result.worst)
      << ": required "
      << llvm::format("%.9g, found %.9g", expected.getNumber(result.worst),
                      found.getNumber(result.worst))
      << "; relative RMS " << llvm::format("%.3g", result.relativeRms) << "\n";
  return false;
}

/// Compares everything that was expected; `agrees` becomes false where some
/// of it was not found.
static Error compareResults(const RunOptions &options,
                            const Invocation &invocation, bool &agrees) {
  auto compare = [&](StringRef name, Expected<Array> found,
                     const Array &expected) -> Error {
    if (!found)
      return found.takeError();
    if (!haveSameExtents(found->shape, expected.shape))
      return makeError("--expect %s: required an array of %s, as the model "
                       "gives, found %s",
                       name.str().c_str(),
                       describeType(found->type, found->shape).c_str(),
                       describeType(expected.type, expected.shape).c_str());
    agrees &= reportComparison(name, *found, expected, options.tolerance);
    return Error::success();
  };
  Error outputs = forEachArray(
      "--expect", options.expects, [&](StringRef name, const Array &expected) {
        return compare(name, invocation.take(name), expected);
      });
  Error states =
      forEachArray("--expect-state", options.expectStates,
                   [&](StringRef name, const Array &expected) {
                     return compare(name, invocation.takeState(name), expected);
                   });
  return llvm::joinErrors(std::move(outputs), std::move(states));
}

/// What a run without --output and --expect shows: the first values of each.
static void printOutputs(const LoadedModel &model,
                         const Invocation &invocation) {
  constexpr size_t maxValues = 8;
  for (auto [desc, array] :
       llvm::zip(model.getOutputs(), invocation.getOutputs())) {
    llvm::outs() << desc.name << " " << describeType(array.type, array.shape)
                 << ":";
    for (size_t i = 0, e = std::min(array.size(), maxValues); i != e; ++i)
      llvm::outs() << llvm::format(" %.7g", array.getNumber(i));
    llvm::outs() << (array.size() > maxValues ? " ...\n" : "\n");
  }
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

static Error runAll(const RunOptions &options, Invocation &invocation) {
  std::vector<double> seconds;
  for (int i = 0; i < options.repeat; ++i) {
    Expected<double> elapsed = invocation.run();
    if (!elapsed)
      return elapsed.takeError();
    seconds.push_back(*elapsed);
  }
  if (options.repeat > 1) {
    llvm::sort(seconds);
    llvm::outs() << llvm::format(
        "%d runs of %lld steps: %.6g ms (median)\n", options.repeat,
        (long long)invocation.getSteps(), 1e3 * seconds[seconds.size() / 2]);
  }
  return Error::success();
}

int seqc::runCommand(const RunOptions &options, const ModelSource &source) {
  if (options.repeat < 1)
    return reportErrors(
        makeError("--repeat: required at least 1, found %d", options.repeat));
  Expected<LoadedModel> model = LoadedModel::open(options.model, source);
  if (!model)
    return reportErrors(model.takeError());
  if (!options.dumpValues.empty() && !model->isCompiledHere())
    return reportErrors(makeError(
        "--dump-values: required a model, found the compiled library '%s'",
        options.model.c_str()));
  Invocation invocation(*model);
  if (Error error = giveInputs(options, invocation))
    return reportErrors(std::move(error));
  if (Error error = invocation.prepare(options.session.threads, options.vulkan))
    return reportErrors(std::move(error));
  if (Error error = runAll(options, invocation))
    return reportErrors(std::move(error));
  if (options.outputs.empty() && options.expects.empty() &&
      options.dumpValues.empty())
    printOutputs(*model, invocation);
  bool agrees = true;
  Error errors = writeResults(options, invocation);
  errors = llvm::joinErrors(
      std::move(errors), writeValues(options.dumpValues, *model, invocation));
  errors = llvm::joinErrors(std::move(errors),
                            compareResults(options, invocation, agrees));
  int exitCode = reportErrors(std::move(errors));
  return exitCode != ExitSuccess ? exitCode
         : agrees                ? ExitSuccess
                                 : ExitMismatch;
}
