//===- Bench.cpp - `seqc bench` -------------------------------------------===//

#include "tools/seqc/Bench.h"
#include "tools/seqc/ExitCodes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <random>

using namespace seqc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

cl::SubCommand &seqc::getBenchCommand() {
  static cl::SubCommand command("bench", "Time a model on random input");
  return command;
}

static cl::opt<std::string> model(cl::Positional, cl::Required,
                                  cl::desc("MODEL or LIBRARY.so"),
                                  cl::sub(getBenchCommand()));
static cl::opt<int64_t>
    steps("steps", cl::init(BenchOptions().steps),
          cl::desc("The steps of the run over many steps (default 256)"),
          cl::sub(getBenchCommand()));
static cl::opt<double>
    seconds("seconds", cl::init(BenchOptions().seconds),
            cl::desc("How long each measurement takes (default 1)"),
            cl::sub(getBenchCommand()));
static cl::opt<bool> json("json", cl::desc("Print JSON"),
                          cl::sub(getBenchCommand()));

int seqc::benchCommand(const ModelSource &source) {
  BenchOptions options;
  options.model = model;
  options.session = getSessionFlags();
  options.steps = steps;
  options.seconds = seconds;
  options.json = json;
  return benchCommand(options, source);
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

namespace {

/// The times of many runs of `steps` steps, in seconds.
struct Measurement {
  int64_t steps = 1;
  size_t runs = 0;
  double median = 0, p99 = 0;

  double getStepsPerSecond() const { return double(steps) / median; }
};

class Bench {
public:
  Bench(const LoadedModel &model, ArrayRef<int64_t> dims)
      : model(model), dims(dims) {}

  Error prepare(int64_t maxSteps, int threads);
  Expected<Measurement> measure(int64_t steps, double seconds);

private:
  Error run(int64_t steps);

  const LoadedModel &model;
  ArrayRef<int64_t> dims;
  std::vector<Array> inputs, outputs;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
  SessionHandle session;
  StateHandle state;
};

} // namespace

/// Room for `steps` rows of a tensor; only models with states take rows.
static Expected<Array> makeRows(const seqc_tensor_desc &desc,
                                ArrayRef<int64_t> dims, int64_t steps) {
  llvm::SmallVector<int64_t> shape = resolveShape(desc, dims);
  shape.insert(shape.begin(), steps);
  return makeArray(desc.type, shape);
}

Error Bench::prepare(int64_t maxSteps, int threads) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> distribution(-1, 1);
  for (const seqc_tensor_desc &desc : model.getInputs()) {
    Expected<Array> array = makeRows(desc, dims, maxSteps);
    if (!array)
      return array.takeError();
    // Integers are indices more often than not: zero is always one.
    if (!array->isInteger())
      for (size_t i = 0, e = array->size(); i != e; ++i)
        array->setNumber(i, distribution(random));
    inputs.push_back(std::move(*array));
  }
  for (const seqc_tensor_desc &desc : model.getOutputs()) {
    Expected<Array> array = makeRows(desc, dims, maxSteps);
    if (!array)
      return array.takeError();
    outputs.push_back(std::move(*array));
  }
  // Only now: a vector that grows copies its arrays.
  for (const Array &input : inputs)
    inputPointers.push_back(input.data.data());
  for (Array &output : outputs)
    outputPointers.push_back(output.data.data());
  Expected<SessionHandle> made = model.makeSession(dims, threads);
  if (!made)
    return made.takeError();
  session = std::move(*made);
  if (model.getStates().empty())
    return Error::success();
  Expected<StateHandle> madeState = model.makeState(dims);
  if (!madeState)
    return madeState.takeError();
  state = std::move(*madeState);
  return Error::success();
}

Error Bench::run(int64_t steps) {
  int status = seqc_session_run(
      session.get(), steps, inputPointers.data(), int32_t(inputPointers.size()),
      state.get(), outputPointers.data(), int32_t(outputPointers.size()));
  return status == SEQC_OK ? Error::success() : makeRuntimeError(status);
}

Expected<Measurement> Bench::measure(int64_t steps, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr size_t minRuns = 20, maxRuns = 10'000'000;
  // The first runs fault pages in and fill caches.
  for (int i = 0; i < 3; ++i)
    if (Error error = run(steps))
      return error;
  std::vector<double> times;
  Clock::time_point begin = Clock::now(), last = begin;
  while (times.size() < maxRuns &&
         (times.size() < minRuns ||
          std::chrono::duration<double>(last - begin).count() < seconds)) {
    Clock::time_point start = Clock::now();
    if (Error error = run(steps))
      return error;
    last = Clock::now();
    times.push_back(std::chrono::duration<double>(last - start).count());
  }
  llvm::sort(times);
  Measurement result;
  result.steps = steps;
  result.runs = times.size();
  result.median = times[times.size() / 2];
  result.p99 = times[times.size() * 99 / 100];
  return result;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static llvm::json::Object toJson(const Measurement &measurement) {
  return llvm::json::Object{
      {"steps", measurement.steps},
      {"runs", int64_t(measurement.runs)},
      {"median_us", 1e6 * measurement.median},
      {"p99_us", 1e6 * measurement.p99},
      {"steps_per_second", measurement.getStepsPerSecond()}};
}

static void printJson(const LoadedModel &model, ArrayRef<int64_t> dims,
                      int threads, ArrayRef<Measurement> measurements) {
  const seqc_model_table &table = model.getTable();
  llvm::json::Object dimValues;
  for (auto [i, value] : llvm::enumerate(dims))
    dimValues[table.dim_names[i]] = value;
  llvm::json::Object root{{"model", table.name},
                          {"target", table.target ? table.target : ""},
                          {"threads", threads},
                          {"dims", std::move(dimValues)},
                          {"step", toJson(measurements.front())}};
  if (measurements.size() > 1)
    root["run"] = toJson(measurements.back());
  llvm::outs() << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
}

static void printText(const LoadedModel &model, ArrayRef<int64_t> dims,
                      int threads, ArrayRef<Measurement> measurements) {
  const seqc_model_table &table = model.getTable();
  llvm::outs() << table.name << ": " << threads
               << (threads == 1 ? " thread" : " threads");
  for (auto [i, value] : llvm::enumerate(dims))
    llvm::outs() << ", " << table.dim_names[i] << " = " << value;
  llvm::outs() << "\n";
  for (auto [i, m] : llvm::enumerate(measurements)) {
    if (i == 0)
      llvm::outs() << (model.getStates().empty() ? "one run" : "one step");
    else
      llvm::outs() << "run of " << m.steps << " steps";
    llvm::outs() << llvm::format(
        ": %.3f us median, %.3f us p99, %.6g steps/s (%zu runs)\n",
        1e6 * m.median, 1e6 * m.p99, m.getStepsPerSecond(), m.runs);
  }
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

static Error checkOptions(const BenchOptions &options) {
  if (options.steps < 1)
    return makeError("--steps: required at least 1, found %lld",
                     (long long)options.steps);
  if (!(options.seconds >= 0))
    return makeError("--seconds: required at least 0, found %g",
                     options.seconds);
  return Error::success();
}

static Error runBench(const BenchOptions &options, const ModelSource &source) {
  if (Error error = checkOptions(options))
    return error;
  Expected<LoadedModel> model = LoadedModel::open(options.model, source);
  if (!model)
    return model.takeError();
  DimSolver solver(*model);
  Error errors = Error::success();
  for (const std::string &text : options.session.dims)
    errors = llvm::joinErrors(std::move(errors), solver.set(text));
  if (errors)
    return errors;
  solver.fill(1);
  Expected<llvm::SmallVector<int64_t>> dims = solver.finish();
  if (!dims)
    return dims.takeError();
  bool hasStates = !model->getStates().empty();
  Bench bench(*model, *dims);
  if (Error error =
          bench.prepare(hasStates ? options.steps : 1, options.session.threads))
    return error;
  llvm::SmallVector<Measurement> measurements;
  for (int64_t steps : {int64_t(1), options.steps}) {
    if (!measurements.empty() && !hasStates)
      break;
    Expected<Measurement> measured = bench.measure(steps, options.seconds);
    if (!measured)
      return measured.takeError();
    measurements.push_back(*measured);
  }
  (options.json ? printJson : printText)(*model, *dims, options.session.threads,
                                         measurements);
  return Error::success();
}

int seqc::benchCommand(const BenchOptions &options, const ModelSource &source) {
  return reportErrors(runBench(options, source));
}
