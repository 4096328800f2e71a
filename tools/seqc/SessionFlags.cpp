//===- SessionFlags.cpp - flags of commands that run models ---------------===//

#include "tools/seqc/SessionFlags.h"

#include "tools/seqc/Bench.h"
#include "tools/seqc/Generate.h"
#include "tools/seqc/Run.h"

using namespace seqc;
namespace cl = llvm::cl;

static cl::list<std::string>
    dims("dim", cl::value_desc("NAME=EXTENT"),
         cl::desc("A dynamic dimension that no input has (bench: default 1)"),
         cl::sub(getRunCommand()), cl::sub(getBenchCommand()));
static cl::opt<int> threads("threads", cl::init(1),
                            cl::desc("How many threads run the model"),
                            cl::sub(getRunCommand()),
                            cl::sub(getBenchCommand()),
                            cl::sub(getGenerateCommand()));

SessionFlags seqc::getSessionFlags() { return {dims, threads}; }
