//===- onnx-node-test.cpp - ONNX's node tests in one process --------------===//
//
// Compiles every node test whose operators are supported, runs it on the inputs
// beside it and compares the outputs. Then the same with dynamic dimensions: as
// many of the inputs' extents as folding accepts.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/Import/Onnx/Fold.h"
#include "compiler/Status.h"
#include "mlir/Pass/PassManager.h"
#include "onnx.pb.h"
#include "tools/seqc/Compare.h"
#include "tools/seqc/Invocation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include <map>
#include <set>

using namespace seqc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
namespace cl = llvm::cl;

namespace {

struct Settings {
  std::string folder, scratch, exceptions, only;
  unsigned part = 0, parts = 1, least = 0;
  bool verbose = false;
};

struct Tally {
  unsigned run = 0, right = 0;
};

/// What is known of all tests so far.
struct Summary {
  Tally fixed, dynamic;
  unsigned unknown = 0;
  std::map<std::string, unsigned> onlyStatic; // by reason
};

} // namespace

/// What ONNX's own runner of these tests asks for.
static const Tolerance tolerance = {1e-3, 1e-7};

namespace {

class NodeTest {
public:
  NodeTest(const Settings &settings, Summary &summary, StringRef path,
           StringRef reason)
      : settings(settings), summary(summary), path(path),
        name(llvm::sys::path::filename(path)), reason(reason) {}

  /// False where the result is not what it must be.
  bool run();

private:
  bool fail(const Twine &message);
  Error fold(const ::onnx::ModelProto &proto, bool &known);
  std::string foldFixed(bool &known);
  bool runFixed();
  bool runDynamic();
  Error compileAndRun(const ::onnx::ModelProto &proto);
  Error runSet(const LoadedModel &model, StringRef set);
  void makeConstants();

  const Settings &settings;
  Summary &summary;
  std::string path, name;
  StringRef reason; ///< Why the test is an exception; empty: it is none.
  ::onnx::ModelProto model;
  /// "NAME=1,2,3": inputs that must be known when compiling.
  std::vector<std::string> constants;
};

} // namespace

bool NodeTest::fail(const Twine &message) {
  llvm::errs() << name << ": " << message << "\n";
  return false;
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// `known` becomes false where an operator or a type as such is not supported.
Error NodeTest::fold(const ::onnx::ModelProto &proto, bool &known) {
  known = llvm::all_of(proto.graph().node(),
                       [](const auto &node) { return node.domain().empty(); });
  auto read = seqc::onnx::readModel(
      llvm::MemoryBuffer::getMemBufferCopy(proto.SerializeAsString()), name);
  if (!read)
    return read.takeError();
  auto graph = seqc::onnx::foldModel(std::move(*read), {{}, constants});
  if (!graph) {
    std::string message = llvm::toString(graph.takeError());
    known &= !StringRef(message).contains("only tensors are supported") &&
             !StringRef(message).contains("which are not supported");
    return makeError("%s", message.c_str());
  }
  for (const seqc::onnx::Unsupported &entry : graph->unsupported)
    known &= !entry.reason.empty();
  return seqc::onnx::checkSupported(*graph);
}

/// Fixes scalars, lists of integers and scales among the inputs to what the
/// data say.
void NodeTest::makeConstants() {
  for (auto [i, input] : llvm::enumerate(model.graph().input())) {
    auto array =
        readArray((path + "/test_data_set_0/input_" + Twine(i) + ".pb").str());
    bool mayBeList = array && (array->isInteger() || input.name() == "scales");
    if (!array || array->shape.size() > (mayBeList ? 1u : 0u)) {
      llvm::consumeError(array.takeError());
      continue;
    }
    std::string text = input.name() + "=";
    for (size_t k = 0; k < array->size(); ++k)
      text += (k ? "," : "") + (array->isInteger()
                                    ? std::to_string(array->getInteger(k))
                                    : std::to_string(array->getNumber(k)));
    constants.push_back(std::move(text));
  }
}

/// Folds; tests with shapes as inputs fold with these as constants.
std::string NodeTest::foldFixed(bool &known) {
  std::string message = llvm::toString(fold(model, known));
  if (!known || message.empty())
    return message;
  makeConstants();
  if (constants.empty())
    return message;
  return llvm::toString(fold(model, known));
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Error NodeTest::runSet(const LoadedModel &loaded, StringRef set) {
  Invocation invocation(loaded);
  for (auto [i, input] : llvm::enumerate(model.graph().input())) {
    if (!findTensor(loaded.getInputs(), input.name()))
      continue; // a constant
    auto array = readArray((set + "/input_" + Twine(i) + ".pb").str());
    if (!array)
      return array.takeError();
    if (Error error = invocation.give(input.name(), std::move(*array), false))
      return error;
  }
  if (Error error = invocation.prepare(/*threads=*/1))
    return error;
  if (auto seconds = invocation.run(); !seconds)
    return seconds.takeError();
  for (auto [i, output] : llvm::enumerate(model.graph().output())) {
    auto expected = readArray((set + "/output_" + Twine(i) + ".pb").str());
    if (!expected)
      return expected.takeError();
    auto found = invocation.take(output.name());
    if (!found)
      return found.takeError();
    if (found->shape != expected->shape || found->type != expected->type)
      return makeError("%s: expected %s, found %s", output.name().c_str(),
                       describeType(expected->type, expected->shape).c_str(),
                       describeType(found->type, found->shape).c_str());
    Comparison result = compareArrays(*found, *expected, tolerance);
    if (result.mismatches > 0)
      return makeError("%s: %zu of %zu values differ; at %zu %g, not %g",
                       output.name().c_str(), result.mismatches,
                       expected->size(), result.worst,
                       found->getNumber(result.worst),
                       expected->getNumber(result.worst));
  }
  return Error::success();
}

Error NodeTest::compileAndRun(const ::onnx::ModelProto &proto) {
  Options options;
  options.input = settings.scratch + "/model.onnx";
  options.output = settings.scratch + "/model";
  options.cpu = "native";
  options.constants = constants;
  std::error_code code;
  llvm::raw_fd_ostream os(options.input, code);
  os << proto.SerializeAsString();
  os.close();
  if (code)
    return llvm::errorCodeToError(code);
  if (Error error = compile(options)) {
    // What diagnostics have said has no message.
    std::string message = llvm::toString(std::move(error));
    return makeError("not compiled: %s", message.c_str());
  }
  auto loaded = LoadedModel::open(options.output + ".so", ModelSource());
  if (!loaded)
    return loaded.takeError();
  for (unsigned i = 0;; ++i) {
    std::string set = path + "/test_data_set_" + std::to_string(i);
    if (!llvm::sys::fs::exists(set))
      return i > 0 ? Error::success() : makeError("it has no data");
    if (Error error = runSet(*loaded, set))
      return error;
  }
}

//===----------------------------------------------------------------------===//
// Static and dynamic
//===----------------------------------------------------------------------===//

/// Refused exactly where it is listed as an exception, for the reason there.
bool NodeTest::runFixed() {
  bool known = true;
  std::string message = foldFixed(known);
  if (!known) {
    ++summary.unknown;
    if (settings.verbose)
      llvm::outs() << message << "\n";
    return reason.empty() || fail("listed, but its operators are not known");
  }
  if (message.empty())
    message = llvm::toString(compileAndRun(model));
  if (!reason.empty()) {
    llvm::outs() << "exception: " << name << ": " << reason << "\n";
    return StringRef(message).contains(reason) ||
           fail("listed as '" + reason + "', found '" + message + "'");
  }
  ++summary.fixed.run;
  summary.fixed.right += message.empty();
  return message.empty() || fail(message);
}

/// Names the extents in `values` of all inputs; those of outputs are inferred.
static ::onnx::ModelProto nameExtents(::onnx::ModelProto model,
                                      const std::set<int64_t> &values) {
  for (::onnx::ValueInfoProto &input : *model.mutable_graph()->mutable_input())
    for (auto &dim : *input.mutable_type()
                          ->mutable_tensor_type()
                          ->mutable_shape()
                          ->mutable_dim())
      if (dim.has_dim_value() && values.count(dim.dim_value()))
        dim.set_dim_param("n" + std::to_string(dim.dim_value()));
  for (::onnx::ValueInfoProto &output :
       *model.mutable_graph()->mutable_output())
    output.mutable_type()->mutable_tensor_type()->clear_shape();
  return model;
}

/// The words of a message without those of one test: names and numbers.
static std::string getKind(StringRef message) {
  message = message.rsplit("):").second.empty() ? message
                                                : message.rsplit("):").second;
  std::string kind;
  for (char c : message.split('\n').second.empty() ? message
                                                   : message.split('\n').second)
    kind += llvm::isDigit(c) ? '#' : c;
  return kind;
}

bool NodeTest::runDynamic() {
  std::set<int64_t> candidates, chosen;
  for (const ::onnx::ValueInfoProto &input : model.graph().input())
    for (const auto &dim : input.type().tensor_type().shape().dim())
      if (dim.dim_value() > 1)
        candidates.insert(dim.dim_value());
  std::string refused;
  bool known = true;
  for (int64_t value : candidates) {
    chosen.insert(value);
    if (Error error = fold(nameExtents(model, chosen), known)) {
      refused = llvm::toString(std::move(error));
      chosen.erase(value);
    }
  }
  if (chosen.empty()) {
    if (!refused.empty())
      ++summary.onlyStatic[getKind(refused)];
    return true;
  }
  ++summary.dynamic.run;
  std::string message =
      llvm::toString(compileAndRun(nameExtents(model, chosen)));
  summary.dynamic.right += message.empty();
  return message.empty() || fail("dynamic: " + message);
}

bool NodeTest::run() {
  auto buffer = llvm::MemoryBuffer::getFile(path + "/model.onnx");
  if (!buffer || !model.ParseFromString((*buffer)->getBuffer().str()))
    return fail("cannot be read");
  llvm::PrettyStackTraceString crash(name.c_str());
  unsigned before = summary.fixed.right;
  bool good = runFixed();
  if (summary.fixed.right > before)
    good &= runDynamic();
  return good;
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static Expected<llvm::StringMap<std::string>> readExceptions(StringRef path) {
  llvm::StringMap<std::string> exceptions;
  if (path.empty())
    return exceptions;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::errorCodeToError(buffer.getError());
  llvm::SmallVector<StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    auto [name, reason] = line.split(": ");
    if (!line.starts_with("#"))
      exceptions[name] = reason.str();
  }
  return exceptions;
}

static std::vector<std::string> listTests(const Settings &settings) {
  std::vector<std::string> paths;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(settings.folder, code), end;
       it != end && !code; it.increment(code))
    paths.push_back(it->path());
  llvm::sort(paths);
  std::vector<std::string> mine;
  for (auto [i, path] : llvm::enumerate(paths))
    if (settings.only.empty()
            ? i % settings.parts == settings.part
            : llvm::sys::path::filename(path) == settings.only)
      mine.push_back(path);
  return mine;
}

static void print(const Summary &summary) {
  for (const auto &[reason, count] : summary.onlyStatic)
    llvm::outs() << "only static: " << count << ": " << reason << "\n";
  llvm::outs() << "static: " << summary.fixed.run << " run, "
               << summary.fixed.right << " right\n"
               << "dynamic: " << summary.dynamic.run << " run, "
               << summary.dynamic.right << " right\n"
               << summary.unknown
               << " with operators or types that are not supported\n";
}

static Expected<bool> runTests(const Settings &settings) {
  auto exceptions = readExceptions(settings.exceptions);
  if (!exceptions)
    return exceptions.takeError();
  if (std::error_code code =
          llvm::sys::fs::create_directories(settings.scratch))
    return llvm::errorCodeToError(code);
  Summary summary;
  bool good = true;
  for (const std::string &path : listTests(settings)) {
    auto found = exceptions->find(llvm::sys::path::filename(path));
    StringRef reason;
    if (found != exceptions->end())
      reason = found->second;
    good &= NodeTest(settings, summary, path, reason).run();
  }
  print(summary);
  return good && summary.fixed.right >= settings.least;
}

/// The linker, which is part of the compiler, resets all flags when it has run:
/// they are copied here.
static Settings parseCommandLine(int argc, char **argv) {
  static cl::opt<std::string> folder(cl::Positional, cl::Required,
                                     cl::desc("FOLDER")),
      scratch("scratch", cl::Required, cl::desc("where to compile")),
      exceptions("exceptions", cl::desc("NAME: REASON, one a line")),
      only("only", cl::desc("one test, by name"));
  static cl::opt<unsigned> part("part", cl::desc("only every --parts'th test")),
      parts("parts", cl::init(1)),
      least("least", cl::desc("how many there have to be"));
  static cl::opt<bool> verbose("verbose",
                               cl::desc("say what is not supported"));
  cl::ParseCommandLineOptions(argc, argv, "runs ONNX's node tests\n");
  return {folder, scratch, exceptions, only, part, parts, least, verbose};
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::registerPassManagerCLOptions();
  Expected<bool> good = runTests(parseCommandLine(argc, argv));
  if (good)
    return !*good;
  llvm::errs() << llvm::toString(good.takeError()) << "\n";
  return 1;
}
