//===- VulkanSession.cpp - running a model's plan on a device -------------===//
//
// A plan depends on the model's dimensions only: its dispatches are recorded
// into one command buffer when the session is made, and a run submits it.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/VulkanDevice.h"
#include "runtime/src/VulkanPlan.h"

#include <algorithm>
#include <cstring>
#include <memory>

using namespace seqc::vulkan;

namespace {
/// One recorded dispatch.
struct Dispatch {
  size_t kernel = 0;
  std::vector<int64_t> buffers;
  std::vector<int32_t> params; ///< As the kernel reads them.
  uint32_t groupsX = 0, groupsY = 0;
  uint64_t paramOffset = 0;
  VkDescriptorSet set = VK_NULL_HANDLE;
};

struct Kernel {
  std::string name;
  size_t bindings = 0; ///< The params included.
  VkDescriptorSetLayout setLayout = VK_NULL_HANDLE;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  VkPipeline pipeline = VK_NULL_HANDLE;
};

struct Tensor { // of the interface
  size_t bytes = 0;
};
} // namespace

struct seqc_vulkan_session final : PlanTarget {
  ~seqc_vulkan_session() override;

  bool create(seqc_package *owner, const int64_t *values, int32_t count);
  bool run(int64_t steps, const void *const *inputs, int32_t numInputs,
           seqc_state *state, void *const *outputs, int32_t numOutputs);

  bool allocate(int64_t buffer, uint64_t bytes) override;
  bool dispatch(const Command &command, int64_t points,
                const std::vector<int64_t> &bound,
                const std::vector<int32_t> &params) override;

  const char *getDeviceName() const {
    return device->getProperties().deviceName;
  }

private:
  bool checkModel();
  bool resolve(const seqc_tensor_desc *tensors, int32_t count,
               std::vector<Tensor> &out);
  const Tensor &getTensor(const PlanBuffer &buffer) const;
  bool createInterfaceBuffers();
  bool createPipelines();
  bool createPipeline(Kernel &kernel);
  bool createParams();
  bool createDescriptors();
  void writeDescriptors(Dispatch &dispatch);
  bool record();
  bool submit();
  bool runStep(const char *const *inputs, char *const *states,
               char *const *outputs);

  seqc_package *package = nullptr;
  const seqc_model_table *table = nullptr;
  std::vector<int64_t> dims;
  std::unique_ptr<Device> device;
  Plan plan;
  std::vector<Tensor> inputs, states, outputs;
  std::vector<Buffer> buffers;
  Buffer params;
  std::vector<Dispatch> dispatches;
  std::vector<Kernel> kernels;
  VkShaderModule shader = VK_NULL_HANDLE;
  VkDescriptorPool descriptors = VK_NULL_HANDLE;
  VkCommandPool commands = VK_NULL_HANDLE;
  VkCommandBuffer commandBuffer = VK_NULL_HANDLE;
  VkFence fence = VK_NULL_HANDLE;
};

//===----------------------------------------------------------------------===//
// Executing the plan
//===----------------------------------------------------------------------===//

/// Where a buffer lives: what the host reads or writes, it must see.
static Buffer::Use getUse(BufferKind kind) {
  switch (kind) {
  case BufferKind::Input:
    return Buffer::Use::Upload;
  case BufferKind::Local:
    return Buffer::Use::Local;
  default:
    return Buffer::Use::Download;
  }
}

bool seqc_vulkan_session::allocate(int64_t buffer, uint64_t bytes) {
  return buffers[buffer].create(*device, bytes,
                                getUse(plan.buffers[buffer].kind));
}

bool seqc_vulkan_session::dispatch(const Command &command, int64_t points,
                                   const std::vector<int64_t> &bound,
                                   const std::vector<int32_t> &values) {
  if (points <= 0)
    return true;
  Dispatch dispatch;
  auto known =
      std::find_if(kernels.begin(), kernels.end(), [&](const Kernel &kernel) {
        return kernel.name == command.kernel;
      });
  dispatch.kernel = known - kernels.begin();
  if (known == kernels.end()) {
    Kernel kernel;
    kernel.name = command.kernel;
    kernel.bindings = bound.size() + 1;
    kernels.push_back(kernel);
  }
  for (int64_t buffer : bound)
    if (buffer < 0 || buffer >= static_cast<int64_t>(buffers.size()) ||
        !buffers[buffer].get())
      return fail(
          SEQC_BAD_PACKAGE,
          "kernel '%s': required an allocated buffer, found buffer %lld",
          command.kernel.c_str(), static_cast<long long>(buffer));

  // A row of the grid as long as the device allows.
  const VkPhysicalDeviceLimits &limits = device->getProperties().limits;
  int64_t groups = (points + plan.workgroup - 1) / plan.workgroup;
  int64_t row = std::min<int64_t>(groups, limits.maxComputeWorkGroupCount[0]);
  int64_t rows = (groups + row - 1) / row;
  if (rows > limits.maxComputeWorkGroupCount[1] ||
      rows * row * plan.workgroup > maxIndex)
    return fail(SEQC_BAD_DIMS,
                "kernel '%s': required at most 2^31 - 1 "
                "invocations, found %lld",
                command.kernel.c_str(), static_cast<long long>(points));
  dispatch.groupsX = static_cast<uint32_t>(row);
  dispatch.groupsY = static_cast<uint32_t>(rows);
  dispatch.buffers = bound;
  dispatch.params = {static_cast<int32_t>(points),
                     static_cast<int32_t>(row * plan.workgroup)};
  dispatch.params.insert(dispatch.params.end(), values.begin(), values.end());
  dispatches.push_back(std::move(dispatch));
  return true;
}

//===----------------------------------------------------------------------===//
// Making a session
//===----------------------------------------------------------------------===//

bool seqc_vulkan_session::checkModel() {
  if (!table->vulkan_plan || !table->spirv)
    return fail(SEQC_BAD_PACKAGE,
                "model '%s': required a model compiled with --target=vulkan, "
                "found one for the processor only",
                table->name);
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] < 0 || dims[i] > maxIndex)
      return fail(SEQC_BAD_DIMS,
                  "model '%s': required dimension %s from 0 to 2^31 - 1, found "
                  "%lld",
                  table->name, table->dim_names[i],
                  static_cast<long long>(dims[i]));
  // What extents must be equal is known to the processor's part.
  seqc_context nothing = {};
  nothing.struct_size = sizeof nothing;
  if (table->invoke(&nothing, dims.data(), 0, nullptr, nullptr, nullptr) ==
      SEQC_BAD_DIMS) {
    lastStatus() = seqc_refuse_dims(table, dims.data());
    return false;
  }
  const VkPhysicalDeviceLimits &limits = device->getProperties().limits;
  if (plan.workgroup > limits.maxComputeWorkGroupSize[0] ||
      plan.workgroup > limits.maxComputeWorkGroupInvocations)
    return fail(SEQC_NO_DEVICE,
                "device '%s': required workgroups of %lld, found a limit of %u",
                getDeviceName(), static_cast<long long>(plan.workgroup),
                limits.maxComputeWorkGroupInvocations);
  return true;
}

bool seqc_vulkan_session::resolve(const seqc_tensor_desc *tensors,
                                  int32_t count, std::vector<Tensor> &out) {
  for (int32_t i = 0; i < count; ++i) {
    Tensor tensor;
    if (int status = seqc_tensor_resolve(&tensors[i], dims.data(), nullptr,
                                         &tensor.bytes)) {
      lastStatus() = status;
      return false;
    }
    out.push_back(tensor);
  }
  return true;
}

const Tensor &seqc_vulkan_session::getTensor(const PlanBuffer &buffer) const {
  switch (buffer.kind) {
  case BufferKind::Input:
    return inputs[buffer.index];
  case BufferKind::State:
    return states[buffer.index];
  default:
    return outputs[buffer.index];
  }
}

bool seqc_vulkan_session::createInterfaceBuffers() {
  buffers.resize(plan.buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer &buffer = plan.buffers[i];
    if (buffer.kind != BufferKind::Local &&
        !allocate(static_cast<int64_t>(i), getTensor(buffer).bytes))
      return false;
  }
  return true;
}

bool seqc_vulkan_session::createPipeline(Kernel &kernel) {
  uint32_t limit =
      device->getProperties().limits.maxPerStageDescriptorStorageBuffers;
  if (kernel.bindings > limit)
    return fail(SEQC_NO_DEVICE,
                "kernel '%s': required %zu storage buffers, found a limit of "
                "%u on device '%s'",
                kernel.name.c_str(), kernel.bindings, limit, getDeviceName());
  std::vector<VkDescriptorSetLayoutBinding> bindings(kernel.bindings);
  for (size_t i = 0; i < bindings.size(); ++i)
    bindings[i] = {static_cast<uint32_t>(i), VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                   1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
  VkDescriptorSetLayoutCreateInfo setInfo = {
      VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
  setInfo.bindingCount = static_cast<uint32_t>(bindings.size());
  setInfo.pBindings = bindings.data();
  if (!check(vkCreateDescriptorSetLayout(device->get(), &setInfo, nullptr,
                                         &kernel.setLayout),
             "vkCreateDescriptorSetLayout"))
    return false;
  VkPipelineLayoutCreateInfo layoutInfo = {
      VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  layoutInfo.setLayoutCount = 1;
  layoutInfo.pSetLayouts = &kernel.setLayout;
  if (!check(vkCreatePipelineLayout(device->get(), &layoutInfo, nullptr,
                                    &kernel.layout),
             "vkCreatePipelineLayout"))
    return false;
  VkComputePipelineCreateInfo info = {
      VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
  info.stage = {VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO};
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = shader;
  info.stage.pName = kernel.name.c_str();
  info.layout = kernel.layout;
  return check(vkCreateComputePipelines(device->get(), VK_NULL_HANDLE, 1, &info,
                                        nullptr, &kernel.pipeline),
               "vkCreateComputePipelines");
}

bool seqc_vulkan_session::createPipelines() {
  VkShaderModuleCreateInfo info = {VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
  info.codeSize = table->spirv_words * sizeof(uint32_t);
  info.pCode = table->spirv;
  if (!check(vkCreateShaderModule(device->get(), &info, nullptr, &shader),
             "vkCreateShaderModule"))
    return false;
  return std::all_of(kernels.begin(), kernels.end(),
                     [&](Kernel &kernel) { return createPipeline(kernel); });
}

/// One buffer holds the params of all dispatches.
bool seqc_vulkan_session::createParams() {
  uint64_t alignment = std::max<uint64_t>(
      device->getProperties().limits.minStorageBufferOffsetAlignment, 4);
  uint64_t size = 0;
  for (Dispatch &dispatch : dispatches) {
    dispatch.paramOffset = size;
    uint64_t bytes = dispatch.params.size() * sizeof(int32_t);
    size += (bytes + alignment - 1) / alignment * alignment;
  }
  if (!params.create(*device, size, Buffer::Use::Upload))
    return false;
  for (const Dispatch &dispatch : dispatches)
    std::memcpy(static_cast<char *>(params.data()) + dispatch.paramOffset,
                dispatch.params.data(),
                dispatch.params.size() * sizeof(int32_t));
  return true;
}

void seqc_vulkan_session::writeDescriptors(Dispatch &dispatch) {
  std::vector<VkDescriptorBufferInfo> infos;
  for (int64_t buffer : dispatch.buffers)
    infos.push_back({buffers[buffer].get(), 0, VK_WHOLE_SIZE});
  infos.push_back({params.get(), dispatch.paramOffset,
                   dispatch.params.size() * sizeof(int32_t)});
  VkWriteDescriptorSet write = {VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
  write.dstSet = dispatch.set;
  write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  write.descriptorCount = static_cast<uint32_t>(infos.size());
  write.pBufferInfo = infos.data();
  vkUpdateDescriptorSets(device->get(), 1, &write, 0, nullptr);
}

bool seqc_vulkan_session::createDescriptors() {
  if (dispatches.empty())
    return true;
  VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 0};
  for (const Dispatch &dispatch : dispatches)
    size.descriptorCount +=
        static_cast<uint32_t>(kernels[dispatch.kernel].bindings);
  VkDescriptorPoolCreateInfo info = {
      VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
  info.maxSets = static_cast<uint32_t>(dispatches.size());
  info.poolSizeCount = 1;
  info.pPoolSizes = &size;
  if (!check(
          vkCreateDescriptorPool(device->get(), &info, nullptr, &descriptors),
          "vkCreateDescriptorPool"))
    return false;
  for (Dispatch &dispatch : dispatches) {
    VkDescriptorSetAllocateInfo allocation = {
        VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
    allocation.descriptorPool = descriptors;
    allocation.descriptorSetCount = 1;
    allocation.pSetLayouts = &kernels[dispatch.kernel].setLayout;
    if (!check(
            vkAllocateDescriptorSets(device->get(), &allocation, &dispatch.set),
            "vkAllocateDescriptorSets"))
      return false;
    writeDescriptors(dispatch);
  }
  return true;
}

/// Makes writes before visible to reads and writes after.
static void addBarrier(VkCommandBuffer commandBuffer,
                       VkPipelineStageFlags stage, VkAccessFlags access) {
  VkMemoryBarrier barrier = {VK_STRUCTURE_TYPE_MEMORY_BARRIER};
  barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
  barrier.dstAccessMask = access;
  vkCmdPipelineBarrier(commandBuffer, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                       stage, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

bool seqc_vulkan_session::record() {
  VkCommandPoolCreateInfo poolInfo = {
      VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  poolInfo.queueFamilyIndex = device->getQueueFamily();
  VkFenceCreateInfo fenceInfo = {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  if (!check(vkCreateFence(device->get(), &fenceInfo, nullptr, &fence),
             "vkCreateFence") ||
      !check(vkCreateCommandPool(device->get(), &poolInfo, nullptr, &commands),
             "vkCreateCommandPool"))
    return false;
  VkCommandBufferAllocateInfo allocation = {
      VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  allocation.commandPool = commands;
  allocation.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  allocation.commandBufferCount = 1;
  VkCommandBufferBeginInfo begin = {
      VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  if (!check(
          vkAllocateCommandBuffers(device->get(), &allocation, &commandBuffer),
          "vkAllocateCommandBuffers") ||
      !check(vkBeginCommandBuffer(commandBuffer, &begin),
             "vkBeginCommandBuffer"))
    return false;
  for (const Dispatch &dispatch : dispatches) {
    const Kernel &kernel = kernels[dispatch.kernel];
    vkCmdBindPipeline(commandBuffer, VK_PIPELINE_BIND_POINT_COMPUTE,
                      kernel.pipeline);
    vkCmdBindDescriptorSets(commandBuffer, VK_PIPELINE_BIND_POINT_COMPUTE,
                            kernel.layout, 0, 1, &dispatch.set, 0, nullptr);
    vkCmdDispatch(commandBuffer, dispatch.groupsX, dispatch.groupsY, 1);
    addBarrier(commandBuffer, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
               VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
  }
  addBarrier(commandBuffer, VK_PIPELINE_STAGE_HOST_BIT,
             VK_ACCESS_HOST_READ_BIT);
  return check(vkEndCommandBuffer(commandBuffer), "vkEndCommandBuffer");
}

bool seqc_vulkan_session::create(seqc_package *owner, const int64_t *values,
                                 int32_t count) {
  package = seqc_package_retain(owner);
  table = seqc_package_table(package);
  if (count != table->num_dims)
    return fail(SEQC_BAD_DIMS, "model '%s': required %d dimensions, found %d",
                table->name, table->num_dims, count);
  dims.assign(values, values + count);
  device = Device::open();
  if (!device)
    return false;
  if (table->vulkan_plan) {
    std::optional<Plan> parsed = Plan::parse(*table);
    if (!parsed)
      return false;
    plan = std::move(*parsed);
  }
  return checkModel() && resolve(table->inputs, table->num_inputs, inputs) &&
         resolve(table->states, table->num_states, states) &&
         resolve(table->outputs, table->num_outputs, outputs) &&
         createInterfaceBuffers() && execute(plan, dims.data(), *this) &&
         createPipelines() && createParams() && createDescriptors() &&
         record() && device->checkValidation();
}

seqc_vulkan_session::~seqc_vulkan_session() {
  if (device) {
    VkDevice handle = device->get();
    vkDestroyFence(handle, fence, nullptr);
    vkDestroyCommandPool(handle, commands, nullptr);
    vkDestroyDescriptorPool(handle, descriptors, nullptr);
    for (const Kernel &kernel : kernels) {
      vkDestroyPipeline(handle, kernel.pipeline, nullptr);
      vkDestroyPipelineLayout(handle, kernel.layout, nullptr);
      vkDestroyDescriptorSetLayout(handle, kernel.setLayout, nullptr);
    }
    vkDestroyShaderModule(handle, shader, nullptr);
  }
  buffers.clear();
  params = Buffer();
  device.reset();
  seqc_package_release(package);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

bool seqc_vulkan_session::submit() {
  VkSubmitInfo info = {VK_STRUCTURE_TYPE_SUBMIT_INFO};
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commandBuffer;
  VkFence fences[] = {fence};
  return check(vkQueueSubmit(device->getQueue(), 1, &info, fence),
               "vkQueueSubmit") &&
         check(vkWaitForFences(device->get(), 1, fences, VK_TRUE, UINT64_MAX),
               "vkWaitForFences") &&
         check(vkResetFences(device->get(), 1, fences), "vkResetFences");
}

bool seqc_vulkan_session::runStep(const char *const *inputData,
                                  char *const *stateData,
                                  char *const *outputData) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer &buffer = plan.buffers[i];
    if (buffer.kind == BufferKind::Input)
      std::memcpy(buffers[i].data(), inputData[buffer.index],
                  inputs[buffer.index].bytes);
    else if (buffer.kind == BufferKind::State)
      std::memcpy(buffers[i].data(), stateData[buffer.index],
                  states[buffer.index].bytes);
  }
  if (!submit())
    return false;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer &buffer = plan.buffers[i];
    if (buffer.kind == BufferKind::Output)
      std::memcpy(outputData[buffer.index], buffers[i].data(),
                  outputs[buffer.index].bytes);
    else if (buffer.kind == BufferKind::State)
      std::memcpy(stateData[buffer.index], buffers[i].data(),
                  states[buffer.index].bytes);
  }
  return device->checkValidation();
}

bool seqc_vulkan_session::run(int64_t steps, const void *const *inputData,
                              int32_t numInputs, seqc_state *state,
                              void *const *outputData, int32_t numOutputs) {
  bool hasState = table->num_states != 0;
  if (numInputs != table->num_inputs || numOutputs != table->num_outputs ||
      (hasState && !state) || (!hasState && steps != 1) || steps < 0)
    return fail(SEQC_BAD_ARGUMENT,
                "model '%s': required %d inputs, %d outputs%s, found %d and %d",
                table->name, table->num_inputs, table->num_outputs,
                hasState ? " and a state" : " and 1 step", numInputs,
                numOutputs);
  std::vector<char *> stateData;
  for (int32_t i = 0; i < table->num_states; ++i) {
    size_t bytes = 0;
    auto *data = static_cast<char *>(seqc_state_tensor(state, i, &bytes));
    if (!data || bytes != states[i].bytes)
      return fail(SEQC_BAD_STATE,
                  "model '%s': required a state of %zu bytes, found %zu",
                  table->name, states[i].bytes, bytes);
    stateData.push_back(data);
  }
  for (int64_t step = 0; step < steps; ++step) {
    std::vector<const char *> ins;
    std::vector<char *> outs;
    for (int32_t i = 0; i < numInputs; ++i)
      ins.push_back(static_cast<const char *>(inputData[i]) +
                    step * inputs[i].bytes);
    for (int32_t i = 0; i < numOutputs; ++i)
      outs.push_back(static_cast<char *>(outputData[i]) +
                     step * outputs[i].bytes);
    if (!runStep(ins.data(), stateData.data(), outs.data()))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// C interface
//===----------------------------------------------------------------------===//

int seqc_vulkan_session_create(seqc_package *package, const int64_t *dims,
                               int32_t num_dims, seqc_vulkan_session **out) {
  if (!out)
    return seqc_fail(SEQC_BAD_ARGUMENT, "required a place for the session");
  *out = nullptr;
  if (!package || num_dims < 0 || (num_dims > 0 && !dims))
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a package and its dimensions, found a null "
                     "pointer");
  auto session = std::make_unique<seqc_vulkan_session>();
  if (!session->create(package, dims, num_dims))
    return lastStatus();
  *out = session.release();
  return SEQC_OK;
}

void seqc_vulkan_session_destroy(seqc_vulkan_session *session) {
  delete session;
}

int seqc_vulkan_session_run(seqc_vulkan_session *session, int64_t steps,
                            const void *const *inputs, int32_t num_inputs,
                            seqc_state *state, void *const *outputs,
                            int32_t num_outputs) {
  if (!session || (num_inputs > 0 && !inputs) || (num_outputs > 0 && !outputs))
    return seqc_fail(SEQC_BAD_ARGUMENT,
                     "required a session and tensors, found a null pointer");
  return session->run(steps, inputs, num_inputs, state, outputs, num_outputs)
             ? int(SEQC_OK)
             : lastStatus();
}

const char *seqc_vulkan_session_device(const seqc_vulkan_session *session) {
  return session ? session->getDeviceName() : "";
}
