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
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include <random>

using namespace seqc::onnx;
namespace cl = llvm::cl;

static cl::opt<std::string> modelPath(cl::Positional, cl::Required,
                                      cl::desc("MODEL"));
static cl::list<std::string> shapes("shape", cl::desc("NAME=?x576"));
static cl::list<std::string> constants("const", cl::desc("NAME=16000"));
static cl::opt<bool> inspect("inspect", cl::desc("as seqc inspect"));
static cl::opt<bool> json("json", cl::desc("as seqc inspect --json"));
static cl::opt<bool> weights("weights", cl::desc("print constants' elements"));
static cl::opt<unsigned> mutants("mutants", cl::desc("damaged copies to read"));
static cl::opt<unsigned> seed("seed", cl::init(1));

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

static llvm::Error fold(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  auto model = readModel(std::move(buffer), modelPath);
  if (!model)
    return model.takeError();
  auto graph = foldModel(std::move(*model), getOptions());
  if (!graph)
    return graph.takeError();
  printFolded(*graph, llvm::nulls());
  return checkSupported(*graph);
}

static int readMutants() {
  auto original = llvm::MemoryBuffer::getFile(modelPath);
  if (!original)
    return 1;
  std::mt19937 random(seed);
  unsigned accepted = 0, refused = 0;
  for (unsigned i = 0; i < mutants; ++i) {
    auto copy = llvm::MemoryBuffer::getMemBufferCopy(
        damage((*original)->getBuffer(), random));
    llvm::Error error = fold(std::move(copy));
    bool failed = bool(error);
    std::string message = llvm::toString(std::move(error));
    if (failed && !llvm::StringRef(message).starts_with(modelPath + ": ")) {
      llvm::errs() << "mutant " << i
                   << ": a message without the file: " << message << "\n";
      return 1;
    }
    ++(failed ? refused : accepted);
  }
  llvm::outs() << mutants << " mutants: " << accepted << " accepted, "
               << refused << " refused\n";
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
        llvm::outs() << " " << llvm::formatv("{0:g}", number);
      llvm::outs() << "\n";
    }
}

static llvm::Error run() {
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
  if (mutants)
    return readMutants();
  if (llvm::Error error = run()) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
