//===- LoadedModel.cpp - a compiled library on the command line -----------===//

#include "tools/seqc/LoadedModel.h"
#include "compiler/Status.h"
#include "tools/seqc/ExitCodes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"

using namespace seqc;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

Error seqc::makeRuntimeError(int status) {
  switch (status) {
  case SEQC_UNSUPPORTED_CPU:
  case SEQC_BAD_VERSION:
  case SEQC_NO_DEVICE:
    return unsupported(seqc_last_message());
  case SEQC_OUT_OF_MEMORY:
  case SEQC_IO_ERROR:
  case SEQC_VULKAN_FAILED:
    return failed(seqc_last_message());
  default:
    return badInput(seqc_last_message());
  }
}

int seqc::reportErrors(Error error) {
  error =
      llvm::handleErrors(std::move(error), [](const llvm::StringError &found) {
        return badInput(found.getMessage());
      });
  return exitCode(reportError(std::move(error)));
}

//===----------------------------------------------------------------------===//
// Libraries
//===----------------------------------------------------------------------===//

/// The report is JSON: {"states": [{"input": NAME, "output": NAME}, ...], ...}.
static std::vector<std::string>
readStateOutputs(const seqc_model_table &table) {
  std::vector<std::string> names(table.num_states);
  Expected<llvm::json::Value> report =
      llvm::json::parse(table.report ? table.report : "{}");
  if (!report) {
    llvm::consumeError(report.takeError());
    return names;
  }
  const llvm::json::Object *object = report->getAsObject();
  const llvm::json::Array *states =
      object ? object->getArray("states") : nullptr;
  if (!states)
    return names;
  for (const llvm::json::Value &state : *states) {
    const llvm::json::Object *pair = state.getAsObject();
    auto input = pair ? pair->getString("input") : std::nullopt;
    auto output = pair ? pair->getString("output") : std::nullopt;
    if (!input || !output)
      continue;
    for (int32_t i = 0; i < table.num_states; ++i)
      if (*input == table.states[i].name)
        names[i] = output->str();
  }
  return names;
}

Expected<LoadedModel> LoadedModel::open(StringRef path,
                                        const ModelSource &source) {
  std::string library = path.str();
  // Its files are mapped once it is open, and their names are not needed.
  std::unique_ptr<TemporaryLibrary> temporary;
  llvm::file_magic magic;
  if (std::error_code code = llvm::identify_magic(path, magic))
    return makeError("%s: cannot read: %s", library.c_str(),
                     code.message().c_str());
  if (magic != llvm::file_magic::elf_shared_object) {
    Expected<std::unique_ptr<TemporaryLibrary>> compiled = source.compile(path);
    if (!compiled)
      return compiled.takeError();
    temporary = std::move(*compiled);
    library = temporary->getPath();
  } else if (source.checkLibrary) {
    if (Error error = source.checkLibrary(path))
      return error;
  }
  llvm::TimeTraceScope trace("open", library);
  seqc_package *package = nullptr;
  int status = seqc_package_open(library.c_str(), nullptr, &package);
  if (status != SEQC_OK)
    return makeRuntimeError(status);
  LoadedModel model;
  model.package.reset(package);
  model.compiledHere = temporary != nullptr;
  model.stateOutputs = readStateOutputs(model.getTable());
  return model;
}

ArrayRef<seqc_tensor_desc> LoadedModel::getInputs() const {
  return {getTable().inputs, size_t(getTable().num_inputs)};
}

ArrayRef<seqc_tensor_desc> LoadedModel::getOutputs() const {
  return {getTable().outputs, size_t(getTable().num_outputs)};
}

ArrayRef<seqc_tensor_desc> LoadedModel::getStates() const {
  return {getTable().states, size_t(getTable().num_states)};
}

std::optional<size_t> LoadedModel::findState(StringRef name) const {
  if (std::optional<size_t> index = findTensor(getStates(), name))
    return index;
  for (auto [i, output] : llvm::enumerate(stateOutputs))
    if (name == output)
      return i;
  return std::nullopt;
}

Expected<SessionHandle> LoadedModel::makeSession(ArrayRef<int64_t> dims,
                                                 int threads) const {
  seqc_session_options options = {};
  options.struct_size = sizeof options;
  options.dims = dims.data();
  options.num_dims = int32_t(dims.size());
  options.threads = threads;
  seqc_session *session = nullptr;
  int status = seqc_session_create(getPackage(), &options, &session);
  if (status != SEQC_OK)
    return makeRuntimeError(status);
  return SessionHandle(session);
}

Expected<VulkanHandle>
LoadedModel::makeVulkanSession(ArrayRef<int64_t> dims) const {
  seqc_vulkan_session *session = nullptr;
  int status = seqc_vulkan_session_create(getPackage(), dims.data(),
                                          int32_t(dims.size()), &session);
  if (status != SEQC_OK)
    return makeRuntimeError(status);
  return VulkanHandle(session);
}

Expected<StateHandle> LoadedModel::makeState(ArrayRef<int64_t> dims) const {
  seqc_state *state = nullptr;
  int status = seqc_state_create(getPackage(), dims.data(),
                                 int32_t(dims.size()), &state);
  if (status != SEQC_OK)
    return makeRuntimeError(status);
  return StateHandle(state);
}

std::optional<size_t> seqc::findTensor(ArrayRef<seqc_tensor_desc> tensors,
                                       StringRef name) {
  for (auto [i, desc] : llvm::enumerate(tensors))
    if (name == desc.name)
      return i;
  return std::nullopt;
}

std::string seqc::describeTensor(const seqc_tensor_desc &desc) {
  return describeType(desc.type, ArrayRef(desc.shape, desc.rank));
}

llvm::SmallVector<int64_t> seqc::resolveShape(const seqc_tensor_desc &desc,
                                              ArrayRef<int64_t> dims) {
  llvm::SmallVector<int64_t> shape;
  for (int64_t extent : ArrayRef(desc.shape, desc.rank))
    shape.push_back(extent < 0 ? dims[-1 - extent] : extent);
  return shape;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

DimSolver::DimSolver(const LoadedModel &model)
    : model(model), table(model.getTable()),
      values(table.num_dims - seqc_num_derived_dims(&table), -1),
      origins(values.size()) {}

Error DimSolver::set(StringRef text) {
  auto [name, value] = text.split('=');
  int64_t extent;
  if (value.getAsInteger(10, extent) || extent < 0)
    return makeError("--dim: required NAME=EXTENT, found '%s'",
                     text.str().c_str());
  std::string names;
  for (size_t i = 0; i < values.size(); ++i) {
    names += (i ? ", " : "") + std::string(table.dim_names[i]);
    if (name != table.dim_names[i])
      continue;
    values[i] = extent;
    origins[i] = "--dim";
    return Error::success();
  }
  return makeError("--dim: required a dynamic dimension of model '%s' (%s), "
                   "found '%s'",
                   table.name, names.empty() ? "it has none" : names.c_str(),
                   name.str().c_str());
}

Error DimSolver::match(const seqc_tensor_desc &desc, ArrayRef<int64_t> shape,
                       const std::string &who) {
  if (shape.size() != size_t(desc.rank))
    return makeError("%s: required %s, found %s", who.c_str(),
                     describeTensor(desc).c_str(),
                     describeType(desc.type, shape).c_str());
  Error errors = Error::success();
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    int64_t required = desc.shape[axis];
    if (required >= 0) {
      if (extent != required)
        errors = llvm::joinErrors(
            std::move(errors),
            makeError("%s: dimension %zu: required %lld, found %lld",
                      who.c_str(), axis, (long long)required,
                      (long long)extent));
      continue;
    }
    size_t index = size_t(-1 - required);
    if (values[index] < 0) {
      values[index] = extent;
      origins[index] = who;
    } else if (values[index] != extent) {
      errors = llvm::joinErrors(
          std::move(errors),
          makeError("%s: dimension %zu ('%s'): required %lld, as %s has, found "
                    "%lld",
                    who.c_str(), axis, table.dim_names[index],
                    (long long)values[index], origins[index].c_str(),
                    (long long)extent));
    }
  }
  return errors;
}

void DimSolver::fill(int64_t value) {
  for (int64_t &current : values)
    if (current < 0)
      current = value;
}

Expected<llvm::SmallVector<int64_t>> DimSolver::finish() const {
  std::string open;
  for (auto [i, value] : llvm::enumerate(values))
    if (value < 0)
      open += (open.empty() ? "" : ", ") + std::string(table.dim_names[i]);
  if (!open.empty())
    return makeError("required the dynamic dimensions of model '%s', found no "
                     "input that has %s: give --dim NAME=EXTENT",
                     table.name, open.c_str());
  llvm::SmallVector<int64_t> all = values;
  all.resize(table.num_dims);
  int status = seqc_derive_dims(model.getPackage(), all.data(), table.num_dims);
  if (status != SEQC_OK)
    return makeRuntimeError(status);
  return all;
}
