//===- RunOptions.cpp - the options of `seqc run` -------------------------===//

#include "tools/seqc/Run.h"

using namespace seqc;
namespace cl = llvm::cl;

// A local, because options in other files may be added to it before this file's
// globals exist.
cl::SubCommand &seqc::getRunCommand() {
  static cl::SubCommand command(
      "run", "Run a model on arrays and compare what comes out");
  return command;
}

static cl::opt<std::string> model(cl::Positional, cl::Required,
                                  cl::desc("MODEL or LIBRARY.so"),
                                  cl::sub(getRunCommand()));
static cl::list<std::string>
    inputs("input", cl::value_desc("NAME=@FILE|NAME=2x3xf32=0.5"),
           cl::desc("An input, or the initial value of a state: a .npy file, a "
                    ".pb file (ONNX TensorProto) or a literal; one row for "
                    "every step, or the same for all"),
           cl::sub(getRunCommand()));
static cl::list<std::string>
    streams("stream", cl::value_desc("NAME=@FILE"),
            cl::desc("An input with one row for every step, each of which is a "
                     "run of its own; the state is carried, outputs stacked"),
            cl::sub(getRunCommand()));
static cl::list<std::string>
    outputs("output", cl::value_desc("NAME=@FILE.npy"),
            cl::desc("Write an output, or the last value of a state"),
            cl::sub(getRunCommand()));
static cl::list<std::string>
    expects("expect", cl::value_desc("NAME=@FILE|NAME=2x3xf32=0.5"),
            cl::desc("Compare an output, or the last value of a state"),
            cl::sub(getRunCommand()));
static cl::list<std::string>
    expectStates("expect-state", cl::value_desc("NAME=@FILE"),
                 cl::desc("Compare the last value of a state"),
                 cl::sub(getRunCommand()));
static cl::list<std::string>
    stateIn("state-in", cl::value_desc("FILE|NAME=@FILE"),
            cl::desc("Begin with a saved state, or with a state tensor"),
            cl::sub(getRunCommand()));
static cl::list<std::string>
    stateOut("state-out", cl::value_desc("FILE|NAME=@FILE.npy"),
             cl::desc("Save the last state, or write a state tensor"),
             cl::sub(getRunCommand()));
static cl::opt<double>
    relative("rtol", cl::init(Tolerance().relative),
             cl::desc("--expect: the tolerance relative to the expected value "
                      "(default 1e-4)"),
             cl::sub(getRunCommand()));
static cl::opt<double>
    absolute("atol", cl::init(Tolerance().absolute),
             cl::desc("--expect: the tolerance added to that (default 1e-6)"),
             cl::sub(getRunCommand()));
static cl::opt<int>
    repeat("repeat", cl::init(1),
           cl::desc("Run that often from the same state, and print the median "
                    "time"),
           cl::sub(getRunCommand()));

static cl::opt<std::string>
    dumpValues("dump-values", cl::value_desc("DIR"),
               cl::desc("Write what every node of the model gives to DIR, as "
                        "NUMBER-NODE.npy, the outputs and the states"),
               cl::sub(getRunCommand()));

bool seqc::dumpsValues() { return !dumpValues.empty(); }

int seqc::runCommand(const ModelSource &source, bool vulkan) {
  RunOptions options;
  options.model = model;
  options.inputs = inputs;
  options.streams = streams;
  options.outputs = outputs;
  options.expects = expects;
  options.expectStates = expectStates;
  options.stateIn = stateIn;
  options.stateOut = stateOut;
  options.tolerance = {relative, absolute};
  options.session = getSessionFlags();
  options.repeat = repeat;
  options.dumpValues = dumpValues;
  options.vulkan = vulkan;
  return runCommand(options, source);
}
