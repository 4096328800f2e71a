//===- Generate.cpp - `seqc generate` -------------------------------------===//

#include "tools/seqc/Generate.h"

#include "compiler/Status.h"
#include "tools/seqc/ExitCodes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace seqc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

cl::SubCommand &seqc::getGenerateCommand() {
  static cl::SubCommand command("generate",
                                "Continue a text with a language model");
  return command;
}

// In a namespace of their own: commands may be compiled as one unit.
namespace seqc::generate_flags {
cl::opt<std::string> model(cl::Positional, cl::Required,
                           cl::desc("MODEL or LIBRARY.so"),
                           cl::sub(getGenerateCommand()));
cl::opt<std::string> prompt("prompt", cl::Required, cl::value_desc("text"),
                            cl::desc("The text to continue"),
                            cl::sub(getGenerateCommand()));
cl::opt<int64_t>
    tokens("tokens", cl::init(GenerateOptions().tokens), cl::value_desc("N"),
           cl::desc("How many tokens to add at most (default 100)"),
           cl::sub(getGenerateCommand()));
cl::opt<double> temperature(
    "temperature", cl::init(GenerateOptions().temperature), cl::value_desc("X"),
    cl::desc("Divides the logits: below 1 likely tokens become likelier, at 0 "
             "the likeliest is always taken (default 1)"),
    cl::sub(getGenerateCommand()));
cl::opt<int64_t>
    topK("top-k", cl::init(GenerateOptions().topK), cl::value_desc("K"),
         cl::desc("Draw from the K likeliest tokens (default 0: from all)"),
         cl::sub(getGenerateCommand()));
cl::opt<uint64_t>
    seed("seed", cl::init(GenerateOptions().seed), cl::value_desc("N"),
         cl::desc("What the draws begin with: the same seed gives the same "
                  "text (default 1)"),
         cl::sub(getGenerateCommand()));
cl::opt<std::string> stop("stop", cl::value_desc("text"),
                          cl::desc("End before this text, where it comes"),
                          cl::sub(getGenerateCommand()));
} // namespace seqc::generate_flags

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

/// SplitMix64 (Steele, Lea and Flood, 2014), which any language can repeat.
double Sampler::nextUniform() {
  state += 0x9E3779B97F4A7C15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z ^= z >> 31;
  return double(z >> 11) * 0x1p-53;
}

Expected<size_t> Sampler::draw(ArrayRef<double> logits) {
  for (auto [i, logit] : llvm::enumerate(logits))
    if (std::isnan(logit) || logit == HUGE_VAL)
      return makeError("the model's logits: required numbers, found %g for "
                       "token %zu",
                       logit, size_t(i));
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  // Of equal logits the first counts as the likelier.
  llvm::stable_sort(order,
                    [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  if (temperature == 0)
    return order.front();
  if (topK > 0 && size_t(topK) < order.size())
    order.resize(topK);
  std::vector<double> weights;
  for (size_t token : order)
    weights.push_back(
        std::exp((logits[token] - logits[order.front()]) / temperature));
  double target =
      nextUniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (auto [token, weight] : llvm::zip(order, weights)) {
    if (target < weight)
      return token;
    target -= weight;
  }
  return order.back();
}

//===----------------------------------------------------------------------===//
// Running the model
//===----------------------------------------------------------------------===//

/// Tokens of the models that are understood: bytes.
static constexpr int64_t vocabulary = 256;

namespace {
/// A language model with its state, fed a text piece by piece.
class Generator {
public:
  Generator(const LoadedModel &model, int threads)
      : model(model), threads(threads) {}

  /// Fails where the model is no language model over bytes.
  Error prepare();
  /// Feeds `text` and returns the logits after its last token.
  Expected<std::vector<double>> feed(StringRef text);

private:
  Error checkModel() const;
  Expected<llvm::SmallVector<int64_t>> getDims(int64_t time) const;
  Error setDims(ArrayRef<int64_t> dims);

  const LoadedModel &model;
  int threads;
  /// The dimension that is the number of tokens, or -1: then a step is one.
  int64_t timeDim = -1;
  int64_t sessionTime = -1; ///< Tokens in a run of `session`.
  SessionHandle session;
  StateHandle state;
};
} // namespace

static Error refuseModel(const LoadedModel &model, const std::string &what) {
  return unsupported("model '" + llvm::Twine(model.getTable().name) +
                     "' is no language model over bytes: required " + what);
}

static std::string describeTensors(ArrayRef<seqc_tensor_desc> tensors) {
  std::string text;
  for (const seqc_tensor_desc &desc : tensors)
    text += (text.empty() ? "" : ", ") + std::string(desc.name) + " " +
            describeTensor(desc);
  return text.empty() ? "none" : text;
}

Error Generator::checkModel() const {
  ArrayRef<seqc_tensor_desc> inputs = model.getInputs();
  ArrayRef<seqc_tensor_desc> outputs = model.getOutputs();
  auto has = [](ArrayRef<seqc_tensor_desc> tensors,
                std::initializer_list<int32_t> types, int64_t last) {
    if (tensors.size() != 1 || !llvm::is_contained(types, tensors.front().type))
      return false;
    ArrayRef shape(tensors.front().shape, tensors.front().rank);
    if (last > 0 && (shape.empty() || shape.back() != last))
      return false;
    // All others are the tokens' dimensions, or 1.
    return llvm::all_of(last > 0 ? shape.drop_back() : shape,
                        [](int64_t extent) { return extent <= 1; });
  };
  if (!has(inputs, {SEQC_I64, SEQC_I32}, 0))
    return refuseModel(model, "one input of i64 or i32, a token for each step, "
                              "found " +
                                  describeTensors(inputs));
  if (!has(outputs, {SEQC_F32, SEQC_F64}, vocabulary))
    return refuseModel(
        model, "one output of f32 or f64, " + std::to_string(vocabulary) +
                   " logits for each token, found " + describeTensors(outputs));
  if (model.getStates().empty())
    return refuseModel(model, "states, which carry the text so far, found none "
                              "(--state INPUT=OUTPUT declares one)");
  return Error::success();
}

Expected<llvm::SmallVector<int64_t>> Generator::getDims(int64_t time) const {
  DimSolver solver(model);
  if (timeDim >= 0)
    if (Error error = solver.set("time=" + std::to_string(time)))
      return std::move(error);
  solver.fill(1);
  return solver.finish();
}

Error Generator::prepare() {
  if (Error error = checkModel())
    return error;
  for (int32_t i = 0; i < model.getTable().num_dims; ++i)
    if (StringRef(model.getTable().dim_names[i]) == "time")
      timeDim = i;
  return Error::success();
}

/// A session of these dimensions, and a state of them that goes on from the one
/// so far: what a text leaves behind does not depend on how long it was.
Error Generator::setDims(ArrayRef<int64_t> dims) {
  Expected<SessionHandle> made = model.makeSession(dims, threads);
  if (!made)
    return made.takeError();
  Expected<StateHandle> next = model.makeState(dims);
  if (!next)
    return next.takeError();
  if (state) {
    size_t size = seqc_state_size(state.get());
    if (seqc_state_size(next->get()) != size)
      return refuseModel(model, "states that do not depend on the dimension "
                                "'time', found " +
                                    describeTensors(model.getStates()));
    std::memcpy(seqc_state_data(next->get()), seqc_state_data(state.get()),
                size);
  }
  session = std::move(*made);
  state = std::move(*next);
  return Error::success();
}

Expected<std::vector<double>> Generator::feed(StringRef text) {
  int64_t count = text.size();
  int64_t time = timeDim >= 0 ? count : 1;
  if (time != sessionTime) {
    Expected<llvm::SmallVector<int64_t>> dims = getDims(time);
    if (!dims)
      return dims.takeError();
    if (Error error = setDims(*dims))
      return std::move(error);
    sessionTime = time;
  }
  Expected<Array> input = makeArray(model.getInputs().front().type, count);
  Expected<Array> output =
      makeArray(model.getOutputs().front().type, {count, vocabulary});
  if (!input || !output)
    return llvm::joinErrors(input ? Error::success() : input.takeError(),
                            output ? Error::success() : output.takeError());
  for (int64_t i = 0; i < count; ++i)
    input->setNumber(i, uint8_t(text[i]));
  const void *inputs[] = {input->data.data()};
  void *outputs[] = {output->data.data()};
  int status = seqc_session_run(session.get(), count / time, inputs, 1,
                                state.get(), outputs, 1);
  if (status != SEQC_OK)
    return makeRuntimeError(status);
  std::vector<double> logits;
  for (int64_t i = 0; i < vocabulary; ++i)
    logits.push_back(output->getNumber((count - 1) * vocabulary + i));
  return logits;
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

static Error checkOptions(const GenerateOptions &options) {
  if (options.prompt.empty())
    return makeError("--prompt: required at least one byte, found none");
  if (options.tokens < 0)
    return makeError("--tokens: required at least 0, found %lld",
                     (long long)options.tokens);
  if (!(options.temperature >= 0) || std::isinf(options.temperature))
    return makeError("--temperature: required at least 0, found %g",
                     options.temperature);
  if (options.topK < 0)
    return makeError("--top-k: required at least 0, found %lld",
                     (long long)options.topK);
  if (options.session.threads < 1)
    return makeError("--threads: required at least 1, found %d",
                     options.session.threads);
  return Error::success();
}

namespace {
/// Prints text as it comes, but for what may be the begin of the stop.
class Printer {
public:
  explicit Printer(StringRef stop) : stop(stop) {}

  /// False where the text has ended.
  bool add(char byte) {
    pending += byte;
    if (!stop.empty() && StringRef(pending).ends_with(stop)) {
      pending.resize(pending.size() - stop.size());
      return false;
    }
    size_t kept = stop.empty() ? 0 : stop.size() - 1;
    if (pending.size() > kept) {
      llvm::outs() << StringRef(pending).drop_back(kept);
      llvm::outs().flush();
      pending.erase(0, pending.size() - kept);
    }
    return true;
  }
  void finish() { llvm::outs() << pending << '\n'; }

private:
  StringRef stop;
  std::string pending;
};
} // namespace

static Error generate(const GenerateOptions &options,
                      const ModelSource &source) {
  using Clock = std::chrono::steady_clock;
  if (Error error = checkOptions(options))
    return error;
  Expected<LoadedModel> model = LoadedModel::open(options.model, source);
  if (!model)
    return model.takeError();
  Generator generator(*model, options.session.threads);
  if (Error error = generator.prepare())
    return error;
  Sampler sampler(options.temperature, options.topK, options.seed);
  Printer printer(options.stop);
  llvm::outs() << options.prompt;
  Expected<std::vector<double>> logits = generator.feed(options.prompt);
  Clock::time_point begin = Clock::now();
  int64_t count = 0;
  for (bool going = true; going && count < options.tokens; ++count) {
    if (!logits)
      return logits.takeError();
    Expected<size_t> token = sampler.draw(*logits);
    if (!token)
      return token.takeError();
    char byte = char(*token);
    going = printer.add(byte);
    if (going && count + 1 < options.tokens)
      logits = generator.feed(StringRef(&byte, 1));
  }
  if (!logits)
    return logits.takeError();
  double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  printer.finish();
  llvm::outs().flush();
  llvm::errs() << llvm::format("%lld tokens in %.3g s: %.4g tokens/s\n",
                               (long long)count, seconds,
                               seconds > 0 ? double(count) / seconds : 0.0);
  return Error::success();
}

int seqc::generateCommand(const ModelSource &source) {
  GenerateOptions options;
  options.model = generate_flags::model;
  options.session = getSessionFlags();
  options.prompt = generate_flags::prompt;
  options.stop = generate_flags::stop;
  options.tokens = generate_flags::tokens;
  options.temperature = generate_flags::temperature;
  options.topK = generate_flags::topK;
  options.seed = generate_flags::seed;
  return reportErrors(generate(options, source));
}
