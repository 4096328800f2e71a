//===- VulkanDevice.h - a Vulkan device and its memory ----------*- C++ -*-===//
#ifndef SEQC_RUNTIME_SRC_VULKANDEVICE_H
#define SEQC_RUNTIME_SRC_VULKANDEVICE_H

#include "runtime/src/VulkanStatus.h"

#include <vulkan/vulkan.h>

#include <memory>
#include <string>
#include <vector>

namespace seqc::vulkan {

/// Reports `result` of the call `what`; true where it succeeded.
bool check(VkResult result, const char *what);

/// An instance, a device with one compute queue, and the validation layer's
/// messages.
class Device {
public:
  /// The first device with a compute queue, a GPU before a processor; null
  /// with a message.
  static std::unique_ptr<Device> open();
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  VkDevice get() const { return device; }
  VkQueue getQueue() const { return queue; }
  uint32_t getQueueFamily() const { return queueFamily; }
  const VkPhysicalDeviceProperties &getProperties() const { return properties; }

  /// A memory type among `types` with all of `required`, preferably with
  /// `preferred` too; -1 where there is none.
  int findMemory(uint32_t types, VkMemoryPropertyFlags required,
                 VkMemoryPropertyFlags preferred) const;

  /// False, with a message, if the validation layer has said anything.
  bool checkValidation() const;

private:
  Device() = default;
  bool createInstance();
  bool pickDevice();
  bool createDevice();

  VkInstance instance = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
  VkPhysicalDevice physical = VK_NULL_HANDLE;
  VkPhysicalDeviceProperties properties = {};
  VkPhysicalDeviceMemoryProperties memory = {};
  uint32_t queueFamily = 0;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  std::vector<std::string> messages;
};

/// A storage buffer with memory of its own.
class Buffer {
public:
  /// What the buffer is for decides where it lives.
  enum class Use { Upload, Download, Local };

  Buffer() = default;
  ~Buffer() { reset(); }
  Buffer(Buffer &&other) noexcept { *this = std::move(other); }
  Buffer &operator=(Buffer &&other) noexcept;

  bool create(const Device &device, uint64_t bytes, Use use);

  VkBuffer get() const { return buffer; }
  uint64_t size() const { return bytes; }
  /// The memory, mapped; null for local buffers.
  void *data() const { return mapped; }

private:
  void reset();

  VkDevice device = VK_NULL_HANDLE;
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  void *mapped = nullptr;
  uint64_t bytes = 0;
};

} // namespace seqc::vulkan

#endif // SEQC_RUNTIME_SRC_VULKANDEVICE_H
