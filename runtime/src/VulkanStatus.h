//===- VulkanStatus.h - failures of the Vulkan host -------------*- C++ -*-===//
//
// Failures go to seqc_last_message(); functions return false, or nothing.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_RUNTIME_SRC_VULKANSTATUS_H
#define SEQC_RUNTIME_SRC_VULKANSTATUS_H

#include "runtime/src/Checks.h"
#include "seqc/vulkan.h"

#include <cstdarg>
#include <cstdio>

namespace seqc::vulkan {

/// The status of this thread's last failure here.
inline int &lastStatus() {
  static thread_local int status = SEQC_OK;
  return status;
}

/// Records a failure and returns false.
__attribute__((format(printf, 2, 3))) inline bool
fail(int status, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  lastStatus() = seqc_fail(status, "%s", message);
  return false;
}

} // namespace seqc::vulkan

#endif // SEQC_RUNTIME_SRC_VULKANSTATUS_H
