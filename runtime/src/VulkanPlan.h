//===- VulkanPlan.h - what a compiled model does on the GPU -----*- C++ -*-===//
//
// The plan that the compiler writes (compiler/Target/VulkanPlan.cpp) as JSON:
//
//   {"version": 1, "workgroup": 64, "registers": 9,
//    "buffers": [{"kind": "input", "index": 0}, {"kind": "local"}, ...],
//    "program": [{"op": "dim", "to": 0, "value": 0},
//                {"op": "const", "to": 1, "value": 0},
//                {"op": "alloc", "to": 2, "buffer": 1, "args": [0],
//                 "bytes": 4},
//                {"op": "dispatch", "kernel": "f_0", "points": 0,
//                 "buffers": [1, 2], "args": [0]}, ...]}
//
// Buffers of kind "input", "state" and "output" are the model's tensors; states
// are updated in place.
//
// The program computes with integer registers, which depend on nothing but the
// model's dimensions: it is run once for a session, to record its dispatches.
// A dispatch names the registers that hold its buffers' numbers.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_RUNTIME_SRC_VULKANPLAN_H
#define SEQC_RUNTIME_SRC_VULKANPLAN_H

#include "runtime/src/VulkanStatus.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seqc::vulkan {

/// The largest extent that a register may hold: kernels compute in 32 bits.
constexpr int64_t maxIndex = INT32_MAX;

struct Command {
  std::string op;
  int64_t to = -1;    ///< The register written.
  int64_t value = 0;  ///< const: its value; dim: which.
  int64_t bytes = 0;  ///< alloc: of one element.
  int64_t buffer = 0; ///< alloc.
  int64_t points = 0; ///< dispatch: a register.
  std::string kernel;
  std::vector<int64_t> args;    ///< Registers.
  std::vector<int64_t> buffers; ///< dispatch: registers.
  std::vector<Command> thenBranch, elseBranch;
};

enum class BufferKind { Input, State, Output, Local };

struct PlanBuffer {
  BufferKind kind = BufferKind::Local;
  int64_t index = 0; ///< Of the tensor.
};

struct Plan {
  int64_t workgroup = 0;
  int64_t registers = 0;
  std::vector<PlanBuffer> buffers;
  std::vector<Command> program;

  /// Parses and checks a plan for a model of this many tensors and dims.
  static std::optional<Plan> parse(const seqc_model_table &table);
};

/// What executing a plan calls.
class PlanTarget {
public:
  virtual ~PlanTarget() = default;
  virtual bool allocate(int64_t buffer, uint64_t bytes) = 0;
  virtual bool dispatch(const Command &command, int64_t points,
                        const std::vector<int64_t> &buffers,
                        const std::vector<int32_t> &params) = 0;
};

/// Runs `plan` at `dims`; false, with a message, where it cannot.
bool execute(const Plan &plan, const int64_t *dims, PlanTarget &target);

} // namespace seqc::vulkan

#endif // SEQC_RUNTIME_SRC_VULKANPLAN_H
