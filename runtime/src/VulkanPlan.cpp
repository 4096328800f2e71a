//===- VulkanPlan.cpp - what a compiled model does on the GPU -------------===//

#include "runtime/src/VulkanPlan.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace seqc::vulkan;
using nlohmann::json;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {
/// Reads a plan's JSON, remembering whether anything was not as it must be.
class Parser {
public:
  explicit Parser(const seqc_model_table &table) : table(table) {}

  std::optional<Plan> run();

private:
  const json *field(const json &object, const char *name) {
    auto it = object.find(name);
    return it == object.end() ? nullptr : &*it;
  }
  /// An integer field in [0, limit), or `missing` where it is left out.
  int64_t number(const json &object, const char *name, int64_t limit,
                 int64_t missing = 0);
  std::string text(const json &object, const char *name);
  /// An array field; empty where it is left out.
  const json &list(const json &object, const char *name);
  std::vector<int64_t> numbers(const json &object, const char *name,
                               int64_t limit);
  std::vector<Command> commands(const json &object, const char *name);
  Command command(const json &object);
  PlanBuffer buffer(const json &object);
  void reject(const char *name) {
    if (!problem)
      problem = name;
  }

  static constexpr int maxDepth = 64;

  const seqc_model_table &table;
  Plan plan;
  std::optional<std::string> problem; ///< The first field that is wrong.
  int depth = 0;
};
} // namespace

int64_t Parser::number(const json &object, const char *name, int64_t limit,
                       int64_t missing) {
  const json *value = field(object, name);
  if (!value)
    return missing;
  if (!value->is_number_integer()) {
    reject(name);
    return 0;
  }
  auto result = value->get<int64_t>();
  if (limit >= 0 && (result < 0 || result >= limit)) {
    reject(name);
    return 0;
  }
  return result;
}

std::string Parser::text(const json &object, const char *name) {
  const json *value = field(object, name);
  if (!value)
    return {};
  if (value->is_string())
    return value->get<std::string>();
  reject(name);
  return {};
}

const json &Parser::list(const json &object, const char *name) {
  static const json empty = json::array();
  const json *value = field(object, name);
  if (!value || value->is_array())
    return value ? *value : empty;
  reject(name);
  return empty;
}

std::vector<int64_t> Parser::numbers(const json &object, const char *name,
                                     int64_t limit) {
  std::vector<int64_t> result;
  for (const json &value : list(object, name))
    if (value.is_number_integer() && value.get<int64_t>() >= 0 &&
        value.get<int64_t>() < limit)
      result.push_back(value.get<int64_t>());
    else
      reject(name);
  return result;
}

/// The number of operands of a command that writes a register; -1 for others.
static int countOperands(const std::string &op) {
  if (op == "const" || op == "dim")
    return 0;
  if (op == "set")
    return 1;
  if (op == "select")
    return 3;
  for (const char *binary :
       {"add", "sub", "mul", "div", "floordiv", "ceildiv", "rem", "min", "max",
        "and", "or", "xor", "eq", "ne", "lt", "le", "gt", "ge"})
    if (op == binary)
      return 2;
  return -1;
}

Command Parser::command(const json &object) {
  Command command;
  if (!object.is_object()) {
    reject("program");
    return command;
  }
  int64_t buffers = static_cast<int64_t>(plan.buffers.size());
  command.op = text(object, "op");
  command.to = number(object, "to", plan.registers, -1);
  command.value = number(object, "value", -1);
  command.bytes = number(object, "bytes", 9);
  command.buffer = number(object, "buffer", buffers);
  command.points = number(object, "points", plan.registers);
  command.kernel = text(object, "kernel");
  command.args = numbers(object, "args", plan.registers);
  command.buffers = numbers(object, "buffers", plan.registers);
  command.thenBranch = commands(object, "then");
  command.elseBranch = commands(object, "else");
  int operands = countOperands(command.op);
  bool known = operands >= 0 || command.op == "alloc" || command.op == "if" ||
               command.op == "dispatch";
  if (!known ||
      (operands >= 0 &&
       (command.to < 0 || static_cast<int>(command.args.size()) != operands)) ||
      (command.op == "alloc" && (command.to < 0 || buffers == 0)) ||
      (command.op == "if" && command.args.size() != 1) ||
      (command.op == "dim" &&
       (command.value < 0 || command.value >= table.num_dims)))
    reject(command.op.c_str());
  return command;
}

std::vector<Command> Parser::commands(const json &object, const char *name) {
  std::vector<Command> result;
  // A program nests as deep as its source does; this keeps to the stack.
  if (++depth > maxDepth)
    reject(name);
  else
    for (const json &value : list(object, name))
      result.push_back(command(value));
  --depth;
  return result;
}

PlanBuffer Parser::buffer(const json &object) {
  PlanBuffer buffer;
  std::string kind = object.is_object() ? text(object, "kind") : "";
  int64_t count = 0;
  if (kind == "input") {
    buffer.kind = BufferKind::Input;
    count = table.num_inputs;
  } else if (kind == "state") {
    buffer.kind = BufferKind::State;
    count = table.num_states;
  } else if (kind == "output") {
    buffer.kind = BufferKind::Output;
    count = table.num_outputs;
  } else {
    if (kind != "local")
      reject("buffers");
    return buffer;
  }
  buffer.index = number(object, "index", count);
  return buffer;
}

std::optional<Plan> Parser::run() {
  json root = json::parse(table.vulkan_plan, nullptr,
                          /*allow_exceptions=*/false);
  if (!root.is_object() || number(root, "version", -1) != 1) {
    fail(SEQC_BAD_VERSION, "model '%s': required a Vulkan plan of version 1",
         table.name);
    return std::nullopt;
  }
  plan.workgroup = number(root, "workgroup", 1025);
  plan.registers = number(root, "registers", 1 << 20);
  for (const json &object : list(root, "buffers"))
    plan.buffers.push_back(buffer(object));
  plan.program = commands(root, "program");
  if (plan.workgroup < 1)
    reject("workgroup");
  if (plan.registers < 1)
    reject("registers");
  if (!problem)
    return std::move(plan);
  fail(SEQC_BAD_PACKAGE, "model '%s': malformed Vulkan plan at '%s'",
       table.name, problem->c_str());
  return std::nullopt;
}

std::optional<Plan> Plan::parse(const seqc_model_table &table) {
  return Parser(table).run();
}

//===----------------------------------------------------------------------===//
// Executing
//===----------------------------------------------------------------------===//

namespace {
class Executor {
public:
  Executor(const Plan &plan, const int64_t *dims, PlanTarget &target)
      : dims(dims), target(target), registers(plan.registers) {}

  bool run(const std::vector<Command> &commands) {
    return std::all_of(commands.begin(), commands.end(),
                       [&](const Command &command) { return run(command); });
  }

private:
  bool run(const Command &command);
  std::optional<int64_t> compute(const Command &command);
  int64_t arg(const Command &command, size_t i) {
    return registers[command.args[i]];
  }

  const int64_t *dims;
  PlanTarget &target;
  std::vector<int64_t> registers;
};
} // namespace

/// Operands fit in 32 bits, so nothing here overflows 64.
std::optional<int64_t> Executor::compute(const Command &command) {
  const std::string &op = command.op;
  if (op == "const")
    return command.value;
  if (op == "dim")
    return dims[command.value];
  int64_t x = arg(command, 0);
  if (op == "set")
    return x;
  int64_t y = arg(command, 1);
  if (op == "select")
    return x ? y : arg(command, 2);
  if (op == "add")
    return x + y;
  if (op == "sub")
    return x - y;
  if (op == "mul")
    return x * y;
  bool divides = op == "div" || op == "floordiv" || op == "ceildiv";
  if ((divides || op == "rem") && y == 0)
    return std::nullopt;
  if (divides) {
    bool isBelow = x % y != 0 && (x < 0) != (y < 0);
    bool isAbove = x % y != 0 && (x < 0) == (y < 0);
    return x / y - (op == "floordiv" && isBelow) + (op == "ceildiv" && isAbove);
  }
  if (op == "rem")
    return x % y;
  if (op == "min")
    return std::min(x, y);
  if (op == "max")
    return std::max(x, y);
  if (op == "and")
    return x & y;
  if (op == "or")
    return x | y;
  if (op == "xor")
    return x ^ y;
  if (op == "eq")
    return x == y;
  if (op == "ne")
    return x != y;
  if (op == "lt")
    return x < y;
  if (op == "le")
    return x <= y;
  if (op == "gt")
    return x > y;
  return x >= y;
}

bool Executor::run(const Command &command) {
  if (command.op == "if")
    return run(arg(command, 0) ? command.thenBranch : command.elseBranch);
  if (command.op == "alloc") {
    uint64_t bytes = static_cast<uint64_t>(command.bytes);
    for (size_t i = 0; i < command.args.size(); ++i) {
      int64_t extent = std::max<int64_t>(arg(command, i), 0);
      if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes))
        return fail(SEQC_OUT_OF_MEMORY, "a buffer's size overflows");
    }
    registers[command.to] = command.buffer;
    return target.allocate(command.buffer, bytes);
  }
  if (command.op == "dispatch") {
    std::vector<int32_t> params;
    for (size_t i = 0; i < command.args.size(); ++i)
      params.push_back(static_cast<int32_t>(arg(command, i)));
    std::vector<int64_t> buffers;
    for (int64_t buffer : command.buffers)
      buffers.push_back(registers[buffer]);
    return target.dispatch(command, registers[command.points], buffers, params);
  }
  std::optional<int64_t> value = compute(command);
  if (!value || *value > maxIndex || *value < -maxIndex)
    return fail(SEQC_BAD_DIMS,
                "the plan's '%s': required a value that fits in 32 bits",
                command.op.c_str());
  registers[command.to] = *value;
  return true;
}

bool seqc::vulkan::execute(const Plan &plan, const int64_t *dims,
                           PlanTarget &target) {
  return Executor(plan, dims, target).run(plan.program);
}
