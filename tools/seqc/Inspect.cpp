//===- Inspect.cpp - `seqc inspect` ---------------------------------------===//

#include "tools/seqc/Inspect.h"

#include "compiler/Import/Onnx/Inspect.h"
#include "tools/seqc/ExitCodes.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace seqc;
namespace cl = llvm::cl;

InspectCommand::InspectCommand(cl::SubCommand &command)
    : model(cl::Positional, cl::desc("MODEL.onnx"), cl::Required,
            cl::sub(command)),
      shapes("shape", cl::desc("An input's shape: NAME=?x576"),
             cl::value_desc("name=shape"), cl::sub(command)),
      constants("const", cl::desc("Fixes an input to a constant: NAME=16000"),
                cl::value_desc("name=value"), cl::sub(command)),
      json("json", cl::desc("Print JSON"), cl::sub(command)) {}

int InspectCommand::run() const {
  if (llvm::sys::path::extension(model) != ".onnx")
    return exitCode(reportError(
        badInput("inspect takes an .onnx model, found '" + model + "'")));
  onnx::FoldOptions options;
  options.shapes.assign(shapes.begin(), shapes.end());
  options.constants.assign(constants.begin(), constants.end());
  return exitCode(reportError(
      asBadInput(onnx::inspectOnnx(model, options, llvm::outs(), json))));
}
