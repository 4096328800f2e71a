//===- vulkan-run.cpp - run SPIR-V by a plan, for tests -------------------===//
//
//   vulkan-run SPIRV PLAN [--dim=N]... [--input=FILE]... [--state=FILE]...
//              [--output=FILE:BYTES]...
//
// Makes a model of a SPIR-V file and a plan and runs it once through the host
// that compiled models use. Files hold raw elements; a state's file is updated.
// Tensors are described to the host as bytes: what is in them is the kernels'
// affair.
//
//===----------------------------------------------------------------------===//

#include "seqc/vulkan.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {
struct Arguments {
  std::string spirv, plan;
  std::vector<int64_t> dims;
  std::vector<std::string> inputs, states, outputs;
  std::vector<size_t> outputBytes;
};

/// The model's states, which the table's functions have to know.
std::vector<std::string> stateData;
} // namespace

[[noreturn]] static void quit(const std::string &message) {
  std::fprintf(stderr, "vulkan-run: %s\n", message.c_str());
  std::exit(1);
}

static std::string readFile(const std::string &path) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    quit("cannot read " + path);
  std::string data;
  char buffer[4096];
  while (size_t count = std::fread(buffer, 1, sizeof buffer, file))
    data.append(buffer, count);
  std::fclose(file);
  return data;
}

static void writeFile(const std::string &path, const std::string &data) {
  std::FILE *file = std::fopen(path.c_str(), "wb");
  if (!file || std::fwrite(data.data(), 1, data.size(), file) != data.size() ||
      std::fclose(file) != 0)
    quit("cannot write " + path);
}

static Arguments parse(int argc, char **argv) {
  Arguments arguments;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    auto value = [&](const char *option, std::string &out) {
      if (text.rfind(option, 0) != 0)
        return false;
      out = text.substr(std::strlen(option));
      return true;
    };
    std::string found;
    if (value("--dim=", found)) {
      arguments.dims.push_back(std::atoll(found.c_str()));
    } else if (value("--input=", found)) {
      arguments.inputs.push_back(found);
    } else if (value("--state=", found)) {
      arguments.states.push_back(found);
    } else if (value("--output=", found)) {
      size_t colon = found.rfind(':');
      arguments.outputs.push_back(found.substr(0, colon));
      arguments.outputBytes.push_back(
          std::strtoull(found.c_str() + colon + 1, nullptr, 10));
    } else {
      files.push_back(text);
    }
  }
  if (files.size() != 2)
    quit("required SPIRV and PLAN");
  arguments.spirv = readFile(files[0]);
  arguments.plan = readFile(files[1]);
  return arguments;
}

static size_t align(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t stateSize(const int64_t *) {
  size_t size = 0;
  for (const std::string &data : stateData)
    size += align(data.size());
  return size;
}

static void resetState(const int64_t *, int64_t, void *state) {
  char *position = static_cast<char *>(state);
  for (const std::string &data : stateData) {
    std::memcpy(position, data.data(), data.size());
    position += align(data.size());
  }
}

static size_t workspaceSize(const int64_t *, int32_t) { return 0; }

static int refuse(const seqc_context *, const int64_t *, int64_t,
                  const void *const *, void *, void *const *) {
  return SEQC_BAD_ARGUMENT;
}

static void check(int status, const char *what) {
  if (status != SEQC_OK)
    quit(std::string(what) + ": " + seqc_last_message());
}

/// One tensor of so many bytes.
static seqc_tensor_desc describe(size_t bytes) {
  seqc_tensor_desc desc = {};
  desc.name = "tensor";
  desc.type = SEQC_U8;
  desc.rank = 1;
  desc.shape[0] = static_cast<int64_t>(bytes);
  return desc;
}

int main(int argc, char **argv) {
  Arguments arguments = parse(argc, argv);
  std::vector<seqc_tensor_desc> inputs, states, outputs;
  std::vector<std::string> inputData, outputData;
  for (const std::string &path : arguments.inputs) {
    inputData.push_back(readFile(path));
    inputs.push_back(describe(inputData.back().size()));
  }
  for (const std::string &path : arguments.states) {
    stateData.push_back(readFile(path));
    states.push_back(describe(stateData.back().size()));
  }
  for (size_t bytes : arguments.outputBytes) {
    outputData.emplace_back(bytes, '\0');
    outputs.push_back(describe(bytes));
  }
  std::vector<uint32_t> words(arguments.spirv.size() / sizeof(uint32_t));
  std::memcpy(words.data(), arguments.spirv.data(),
              words.size() * sizeof(uint32_t));
  std::vector<const char *> dimNames(arguments.dims.size(), "dim");

  seqc_model_table table = {};
  table.abi_major = SEQC_ABI_MAJOR;
  table.abi_minor = SEQC_ABI_MINOR;
  table.struct_size = sizeof table;
  table.name = "plan";
  table.target = table.features = "";
  table.report = "{}";
  table.num_dims = static_cast<int32_t>(dimNames.size());
  table.dim_names = dimNames.data();
  table.num_inputs = static_cast<int32_t>(inputs.size());
  table.inputs = inputs.data();
  table.num_outputs = static_cast<int32_t>(outputs.size());
  table.outputs = outputs.data();
  table.num_states = static_cast<int32_t>(states.size());
  table.states = states.data();
  table.workspace_size = workspaceSize;
  table.state_size = stateSize;
  table.state_reset = resetState;
  table.invoke = refuse;
  table.vulkan_plan = arguments.plan.c_str();
  table.spirv = words.data();
  table.spirv_words = words.size();

  seqc_package *package = nullptr;
  check(seqc_package_from_table(&table, nullptr, &package), "package");
  seqc_state *state = nullptr;
  check(
      seqc_state_create(package, arguments.dims.data(), table.num_dims, &state),
      "state");
  seqc_vulkan_session *session = nullptr;
  check(seqc_vulkan_session_create(package, arguments.dims.data(),
                                   table.num_dims, &session),
        "session");
  std::vector<const void *> inputPointers;
  for (const std::string &data : inputData)
    inputPointers.push_back(data.data());
  std::vector<void *> outputPointers;
  for (std::string &data : outputData)
    outputPointers.push_back(data.data());
  check(seqc_vulkan_session_run(session, 1, inputPointers.data(),
                                table.num_inputs, state, outputPointers.data(),
                                table.num_outputs),
        "run");
  for (size_t i = 0; i < outputData.size(); ++i)
    writeFile(arguments.outputs[i], outputData[i]);
  for (size_t i = 0; i < stateData.size(); ++i) {
    size_t bytes = 0;
    const auto *data = static_cast<const char *>(
        seqc_state_tensor(state, static_cast<int32_t>(i), &bytes));
    writeFile(arguments.states[i], std::string(data, bytes));
  }
  seqc_vulkan_session_destroy(session);
  seqc_state_destroy(state);
  seqc_package_release(package);
  return 0;
}
