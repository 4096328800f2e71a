//===- VulkanDevice.cpp - a Vulkan device and its memory ------------------===//

#include "runtime/src/VulkanDevice.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

using namespace seqc::vulkan;

static constexpr const char *validationLayer = "VK_LAYER_KHRONOS_validation";

bool seqc::vulkan::check(VkResult result, const char *what) {
  if (result == VK_SUCCESS)
    return true;
  int status = result == VK_ERROR_OUT_OF_HOST_MEMORY ||
                       result == VK_ERROR_OUT_OF_DEVICE_MEMORY
                   ? int(SEQC_OUT_OF_MEMORY)
                   : int(SEQC_VULKAN_FAILED);
  return fail(status, "%s failed with VkResult %d", what,
              static_cast<int>(result));
}

//===----------------------------------------------------------------------===//
// Instance
//===----------------------------------------------------------------------===//

static VKAPI_ATTR VkBool32 VKAPI_CALL collectMessage(
    VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
    const VkDebugUtilsMessengerCallbackDataEXT *data, void *user) {
  static_cast<std::vector<std::string> *>(user)->push_back(data->pMessage);
  return VK_FALSE;
}

static bool hasLayer(const char *name) {
  uint32_t count = 0;
  vkEnumerateInstanceLayerProperties(&count, nullptr);
  std::vector<VkLayerProperties> layers(count);
  vkEnumerateInstanceLayerProperties(&count, layers.data());
  return std::any_of(layers.begin(), layers.end(), [&](const auto &layer) {
    return std::strcmp(layer.layerName, name) == 0;
  });
}

bool Device::createInstance() {
  VkApplicationInfo application = {VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "seqc";
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo info = {VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.pApplicationInfo = &application;

  VkDebugUtilsMessengerCreateInfoEXT debug = {
      VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT};
  debug.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                          VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  debug.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
  debug.pfnUserCallback = collectMessage;
  debug.pUserData = &messages;
  VkValidationFeatureEnableEXT enabled[] = {
      VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  VkValidationFeaturesEXT features = {VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
                                      &debug,
                                      1,
                                      enabled,
                                      0,
                                      nullptr};
  const char *extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;

  const char *asked = std::getenv("SEQC_VULKAN_VALIDATION");
  bool validate = asked && std::strcmp(asked, "1") == 0;
  if (validate) {
    if (!hasLayer(validationLayer))
      return fail(SEQC_NO_DEVICE,
                  "SEQC_VULKAN_VALIDATION: required the layer %s, found none",
                  validationLayer);
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validationLayer;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &extension;
  }
  VkResult result = vkCreateInstance(&info, nullptr, &instance);
  if (result != VK_SUCCESS)
    return fail(SEQC_NO_DEVICE,
                "required a Vulkan driver, found none (VkResult %d)",
                static_cast<int>(result));
  if (!validate)
    return true;
  auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
      vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT"));
  return check(create(instance, &debug, nullptr, &messenger),
               "vkCreateDebugUtilsMessengerEXT");
}

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//

/// A queue family that computes, or -1.
static int findComputeQueue(VkPhysicalDevice physical) {
  uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families.data());
  for (uint32_t i = 0; i < count; ++i)
    if (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT)
      return static_cast<int>(i);
  return -1;
}

static int rankDevice(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return 4;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return 3;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return 2;
  default:
    return 1;
  }
}

bool Device::pickDevice() {
  uint32_t count = 0;
  vkEnumeratePhysicalDevices(instance, &count, nullptr);
  std::vector<VkPhysicalDevice> devices(count);
  if (count != 0)
    vkEnumeratePhysicalDevices(instance, &count, devices.data());
  int best = 0;
  for (VkPhysicalDevice candidate : devices) {
    VkPhysicalDeviceProperties found;
    vkGetPhysicalDeviceProperties(candidate, &found);
    int family = findComputeQueue(candidate);
    if (family < 0 || found.apiVersion < VK_API_VERSION_1_1 ||
        rankDevice(found.deviceType) <= best)
      continue;
    best = rankDevice(found.deviceType);
    physical = candidate;
    properties = found;
    queueFamily = static_cast<uint32_t>(family);
  }
  if (best == 0)
    return fail(SEQC_NO_DEVICE, "required a device with Vulkan 1.1 and a "
                                "compute queue, found none");
  vkGetPhysicalDeviceMemoryProperties(physical, &memory);
  return true;
}

bool Device::createDevice() {
  float priority = 1.0f;
  VkDeviceQueueCreateInfo queueInfo = {
      VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  queueInfo.queueFamilyIndex = queueFamily;
  queueInfo.queueCount = 1;
  queueInfo.pQueuePriorities = &priority;
  VkDeviceCreateInfo info = {VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queueInfo;
  if (!check(vkCreateDevice(physical, &info, nullptr, &device),
             "vkCreateDevice"))
    return false;
  vkGetDeviceQueue(device, queueFamily, 0, &queue);
  return true;
}

std::unique_ptr<Device> Device::open() {
  std::unique_ptr<Device> device(new Device);
  if (!device->createInstance() || !device->pickDevice() ||
      !device->createDevice())
    return nullptr;
  return device;
}

Device::~Device() {
  if (device)
    vkDestroyDevice(device, nullptr);
  if (messenger) {
    auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT"));
    destroy(instance, messenger, nullptr);
  }
  if (instance)
    vkDestroyInstance(instance, nullptr);
}

bool Device::checkValidation() const {
  if (messages.empty())
    return true;
  return fail(SEQC_VULKAN_FAILED,
              "the validation layer reports %zu messages: "
              "%s",
              messages.size(), messages.front().c_str());
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

int Device::findMemory(uint32_t types, VkMemoryPropertyFlags required,
                       VkMemoryPropertyFlags preferred) const {
  for (VkMemoryPropertyFlags wanted : {required | preferred, required})
    for (uint32_t i = 0; i < memory.memoryTypeCount; ++i)
      if ((types >> i & 1) &&
          (memory.memoryTypes[i].propertyFlags & wanted) == wanted)
        return static_cast<int>(i);
  return -1;
}

Buffer &Buffer::operator=(Buffer &&other) noexcept {
  if (this == &other)
    return *this;
  reset();
  device = std::exchange(other.device, VK_NULL_HANDLE);
  buffer = std::exchange(other.buffer, VK_NULL_HANDLE);
  memory = std::exchange(other.memory, VK_NULL_HANDLE);
  mapped = std::exchange(other.mapped, nullptr);
  bytes = std::exchange(other.bytes, 0);
  return *this;
}

void Buffer::reset() {
  if (buffer)
    vkDestroyBuffer(device, buffer, nullptr);
  if (memory)
    vkFreeMemory(device, memory, nullptr);
  buffer = VK_NULL_HANDLE;
  memory = VK_NULL_HANDLE;
  mapped = nullptr;
}

bool Buffer::create(const Device &owner, uint64_t size, Use use) {
  device = owner.get();
  // An empty tensor still needs something to bind.
  bytes = std::max<uint64_t>(size, 16);
  uint64_t limit = owner.getProperties().limits.maxStorageBufferRange;
  if (bytes > limit)
    return fail(SEQC_OUT_OF_MEMORY,
                "device '%s': required a buffer of %llu bytes, found a limit "
                "of %llu",
                owner.getProperties().deviceName,
                static_cast<unsigned long long>(bytes),
                static_cast<unsigned long long>(limit));
  VkBufferCreateInfo info = {VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = bytes;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  if (!check(vkCreateBuffer(device, &info, nullptr, &buffer), "vkCreateBuffer"))
    return false;

  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, buffer, &needs);
  VkMemoryPropertyFlags required = 0,
                        preferred = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  if (use != Use::Local) {
    required = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
               VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    preferred = use == Use::Download ? VK_MEMORY_PROPERTY_HOST_CACHED_BIT : 0;
  }
  int type = owner.findMemory(needs.memoryTypeBits, required, preferred);
  if (type < 0)
    return fail(SEQC_NO_DEVICE, "device '%s' has no memory for a buffer",
                owner.getProperties().deviceName);
  VkMemoryAllocateInfo allocation = {VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = static_cast<uint32_t>(type);
  if (!check(vkAllocateMemory(device, &allocation, nullptr, &memory),
             "vkAllocateMemory") ||
      !check(vkBindBufferMemory(device, buffer, memory, 0),
             "vkBindBufferMemory"))
    return false;
  return use == Use::Local ||
         check(vkMapMemory(device, memory, 0, VK_WHOLE_SIZE, 0, &mapped),
               "vkMapMemory");
}
