//===- onnx-fold-test.cpp - The ONNX front end without MLIR ---------------===//
//
// Prints the folded graph of a model, what `seqc inspect` says of it, or feeds
// damaged copies of it to the reader.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Onnx/Fold.h"
#include "compiler/Import/Onnx/Inspect.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include <random>

using namespace seqc::onnx;
namespace cl = llvm::cl;

static cl::list<std::string> modelPaths(cl::Positional, cl::OneOrMore,
                                        cl::desc("MODEL..."));
static cl::list<std::string> shapes("shape", cl::desc("NAME=?x576"));
static cl::list<std::string> constants("const", cl::desc("NAME=16000"));
static cl::opt<bool> inspect("inspect", cl::desc("as seqc inspect"));
static cl::opt<bool> json("json", cl::desc("as seqc inspect --json"));
static cl::opt<bool> weights("weights", cl::desc("print constants' elements"));
static cl::opt<unsigned> mutants("mutants", cl::desc("damaged copies to read"));
static cl::opt<unsigned> seed("seed", cl::init(1));
static cl::opt<bool> count("count", cl::desc("only count what folds"));

static FoldOptions getOptions() {
  return {{shapes.begin(), shapes.end()}, {constants.begin(), constants.end()}};
}

/// Flips a few bits, near the start in every other copy because that is where
/// the structure is, or cuts the end off.
static std::string damage(llvm::StringRef bytes, std::mt19937 &random) {
  std::string copy = bytes.str();
  auto below = [&](size_t n) { return random() % n; };
  if (below(4) == 0) {
    copy.resize(below(copy.size()));
    return copy;
  }
  size_t window =
      below(2) == 0 ? std::min<size_t>(copy.size(), 1 << 14) : copy.size();
  for (size_t i = 0, e = 1 + below(8); i < e; ++i)
    copy[below(window)] ^= 1 << below(8);
  return copy;
}

static llvm::Error fold(std::unique_ptr<llvm::MemoryBuffer> buffer,
                        llvm::StringRef path) {
  auto model = readModel(std::move(buffer), path);
  if (!model)
    return model.takeError();
  auto graph = foldModel(std::move(*model), getOptions());
  if (!graph)
    return graph.takeError();
  printFolded(*graph, llvm::nulls());
  return checkSupported(*graph);
}

namespace {
struct Tally {
  unsigned accepted = 0, refused = 0;
};
} // namespace

/// Whatever is wrong with a file, there is one message and it names the file.
static bool record(llvm::Error error, llvm::StringRef path, Tally &tally) {
  bool failed = bool(error);
  std::string message = llvm::toString(std::move(error));
  if (failed && !llvm::StringRef(message).starts_with((path + ": ").str())) {
    llvm::errs() << "a message without the file " << path << ": " << message
                 << "\n";
    return false;
  }
  ++(failed ? tally.refused : tally.accepted);
  return true;
}

/// Reads every model, or damaged copies of it.
static int readMany() {
  std::mt19937 random(seed);
  Tally tally;
  for (const std::string &path : modelPaths) {
    auto original = llvm::MemoryBuffer::getFile(path);
    if (!original) {
      llvm::errs() << path << ": " << original.getError().message() << "\n";
      return 1;
    }
    llvm::StringRef bytes = (*original)->getBuffer();
    for (unsigned i = 0, e = count ? 1u : mutants; i < e; ++i) {
      std::string copy = count ? bytes.str() : damage(bytes, random);
      auto buffer = llvm::MemoryBuffer::getMemBufferCopy(copy);
      if (!record(fold(std::move(buffer), path), path, tally))
        return 1;
    }
  }
  llvm::outs() << modelPaths.size() << " models: " << tally.accepted
               << " accepted, " << tally.refused << " refused\n";
  return 0;
}

static void printWeights(const FoldedGraph &graph) {
  llvm::DenseSet<int> seen;
  for (const FoldedNode &node : graph.nodes)
    for (int input : node.inputs) {
      if (input < 0 || !seen.insert(input).second)
        continue;
      WeightRef weight = getConstant(graph.values[input]);
      if (!weight)
        continue;
      llvm::outs() << "weight " << toString(*weight) << " =";
      ElementsRef elements = loadElements(*weight);
      for (const Dim &dim : elements->ints)
        llvm::outs() << " " << dim.str();
      for (double number : elements->floats)
        llvm::outs() << " " << llvm::format("%g", number);
      llvm::outs() << "\n";
    }
}

static llvm::Error run(llvm::StringRef modelPath) {
  if (inspect || json)
    return inspectOnnx(modelPath, getOptions(), llvm::outs(), json);
  auto model = readModel(modelPath);
  if (!model)
    return model.takeError();
  auto graph = foldModel(std::move(*model), getOptions());
  if (!graph)
    return graph.takeError();
  printFolded(*graph, llvm::outs());
  if (weights)
    printWeights(*graph);
  return checkSupported(*graph);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "reads an ONNX model\n");
  if (mutants || count)
    return readMany();
  for (const std::string &path : modelPaths)
    if (llvm::Error error = run(path)) {
      llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  return 0;
}
