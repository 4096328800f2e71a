//===- CompiledModel.cpp - models compiled by seqc ------------------------===//
#include "tools/bench/CompiledModel.h"

using namespace seqc::bench;

std::unique_ptr<CompiledModel>
CompiledModel::open(const std::string &path, Pool &pool, std::string &why) {
  if (!fileExists(path)) {
    why = "'" + path + "' was not compiled";
    return nullptr;
  }
  std::unique_ptr<CompiledModel> result(new CompiledModel);
  if (seqc_package_open(path.c_str(), nullptr, &result->package) != SEQC_OK) {
    why = seqc_last_message();
    return nullptr;
  }
  const seqc_model_table *model = seqc_package_table(result->package);
  if (model->num_dims != 0)
    fatal("'%s': fixed dimensions were required, found dynamic '%s'",
          path.c_str(), model->dim_names[0]);
  if (!model->embedded_weights && model->weights_size)
    fatal("'%s': embedded weights were required", path.c_str());
  result->model = model;
  result->workspace = Buffer(model->workspace_size(nullptr, pool.threads()));
  if (model->num_states) {
    result->stateBlock = Buffer(model->state_size(nullptr));
    result->resetState();
  }
  seqc_context &context = result->context;
  context.struct_size = sizeof(context);
  context.workspace = result->workspace.data();
  if (pool.threads() > 1) {
    context.parallel = seqc_pool_parallel;
    context.pool = pool.get();
  }
  context.threads = pool.threads();
  return result;
}

CompiledModel::~CompiledModel() { seqc_package_release(package); }

static int indexOf(const std::string &name, const seqc_tensor_desc *tensors,
                   int count, const char *kind) {
  for (int i = 0; i < count; ++i)
    if (name == tensors[i].name) {
      if (tensors[i].type != SEQC_F32)
        fatal("compiled model: %s '%s' was required to be f32", kind,
              name.c_str());
      return i;
    }
  fatal("compiled model: %s '%s' was required, found none of that name", kind,
        name.c_str());
}

int CompiledModel::inputIndex(const std::string &name) const {
  return indexOf(name, model->inputs, model->num_inputs, "input");
}

int CompiledModel::outputIndex(const std::string &name) const {
  return indexOf(name, model->outputs, model->num_outputs, "output");
}

void CompiledModel::invoke(int64_t steps, const void *const *inputs,
                           void *const *outputs) {
  int status = model->invoke(&context, nullptr, steps, inputs,
                             stateBlock.data(), outputs);
  if (status != SEQC_OK)
    fatal("compiled model '%s': status %d", model->name, status);
}

size_t seqc::bench::elementCount(const seqc_tensor_desc &desc) {
  size_t count = 1;
  for (int i = 0; i < desc.rank; ++i)
    count *= desc.shape[i];
  return count;
}

CompiledRun::CompiledRun(std::unique_ptr<CompiledModel> given,
                         const std::map<std::string, const float *> &inputs,
                         const std::vector<std::string> &outputs)
    : model(std::move(given)) {
  const seqc_model_table &table = model->table();
  if (size_t(table.num_inputs) != inputs.size() || table.num_states != 0)
    fatal("compiled model '%s': %zu inputs and no state were required, "
          "found %d and %d",
          table.name, inputs.size(), table.num_inputs, table.num_states);
  inputPointers.resize(inputs.size());
  for (auto &[name, data] : inputs)
    inputPointers[model->inputIndex(name)] = data;
  for (int i = 0; i < table.num_outputs; ++i) {
    outputData.emplace_back(elementCount(table.outputs[i]));
    outputPointers.push_back(outputData.back().data());
  }
  for (const std::string &name : outputs)
    order.push_back(model->outputIndex(name));
}

void CompiledRun::run() {
  model->invoke(1, inputPointers.data(), outputPointers.data());
}

std::vector<View> CompiledRun::outputs() const {
  std::vector<View> views;
  for (int i : order)
    views.push_back({outputData[i].data(), outputData[i].size()});
  return views;
}

void seqc::bench::addCompiledRun(
    Lineup &lineup, const std::string &path, Pool &pool,
    const std::map<std::string, const float *> &inputs,
    const std::vector<std::string> &outputs) {
  addCompiled(
      lineup, "seqc", path, pool, [&](std::unique_ptr<CompiledModel> model) {
        return std::make_unique<CompiledRun>(std::move(model), inputs, outputs);
      });
}
