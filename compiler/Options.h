//===- Options.h - what a compilation is asked to do ------------*- C++ -*-===//
//
// The options of `seqc compile`, parsed. Importers, pipelines and emitters take
// what they need from here and from nowhere else.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_COMPILER_OPTIONS_H
#define SEQC_COMPILER_OPTIONS_H

#include "passes/Schedule/MachineModel.h"

#include <optional>
#include <string>
#include <vector>

namespace seqc {

/// Where a compilation stops. The first five are the phases' MLIR.
enum class EmitKind {
  Seq,       ///< The imported model.
  Scan,      ///< Cells expanded to scans and simplified.
  Scheduled, ///< Every scan with its schedule.
  Loops,     ///< Loops and vectors over buffers.
  Llvm,      ///< LLVM IR, before optimisation.
  Asm,
  Object,
  Library, ///< A shared library and its header.
  Header,
  Spirv
};

enum class Backend { Cpu, Vulkan };

/// Where a model's weights live: in the library, or in OUT.weights beside it.
enum class WeightsPlacement { Embed, File };

/// What the matrices that steps multiply with are stored in; arithmetic is f32.
enum class WeightType { F32, BF16, F16, I8 };

/// Which form scans take; Auto leaves it to the cost model.
enum class Form { Auto, Recurrent, Parallel, Chunked, Convolution, Naive };

/// `--state IN=OUT`: an input and the output that is its next value.
struct StateOption {
  std::string input;
  std::string output;
};

struct Options {
  std::string input;  ///< The model's file: .onnx, .mlir or .safetensors.
  std::string output; ///< A path; without extension for Library. "-": stdout.
  std::string name;   ///< Of the compiled model; empty: from the output.
  EmitKind emit = EmitKind::Library;
  Backend backend = Backend::Cpu;
  std::string cpu;      ///< "native", or a name LLVM knows; empty: baseline.
  std::string triple;   ///< Empty: this machine's.
  std::string features; ///< LLVM's feature string, "+avx2,-fma".
  /// Of an ONNX model: "NAME=?x576", extents, names of dimensions or ?.
  std::vector<std::string> shapes;
  /// Of an ONNX model: "NAME=16000", an input that becomes a constant.
  std::vector<std::string> constants;
  std::vector<StateOption> states;
  /// The model is one step: compile it as a function over many.
  bool sequence = false;
  /// Of a model of whole sequences: their dimension of time. It is compiled as
  /// a step and a function over many steps, with what it carries as its state.
  std::string step;
  /// Of an MLIR model: the safetensors file of its `seq.named_weight`s.
  std::string weightsFrom;
  WeightsPlacement weights = WeightsPlacement::Embed;
  WeightType weightType = WeightType::F32;
  Form form = Form::Auto;
  /// Constant matrices that update a state become diagonal where the condition
  /// number of their eigenvectors is at most this; 0: none does.
  double diagonaliseUpTo = 0;
  /// Whether convolutions take fewer products, with two to three times the
  /// rounding.
  bool minimalFilters = true;
  /// Threads that forms are chosen for, whatever number a run then has.
  unsigned chooseForThreads = 1;
  /// What `seqc calibrate` measured of the machine that the model is for.
  std::optional<MachineModel> machine;
  bool exposeValues = false; ///< What nodes pass on becomes outputs.
  std::string dumpPhases;    ///< A directory for every phase's IR; empty: none.
};

} // namespace seqc

#endif // SEQC_COMPILER_OPTIONS_H
