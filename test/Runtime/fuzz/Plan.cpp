//===- Plan.cpp - fuzz target: plans for the GPU --------------------------===//
//
// The JSON in a package that says what to dispatch. One that is accepted is
// evaluated, with a target that does nothing.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "runtime/src/VulkanPlan.h"

#include <string>

extern "C" const seqc_model_table *ema_model(void);

namespace {
struct Nowhere : seqc::vulkan::PlanTarget {
  explicit Nowhere(size_t buffers) : buffers(buffers) {}
  bool allocate(int64_t buffer, uint64_t) override {
    require(buffer >= 0 && static_cast<size_t>(buffer) < buffers,
            "a buffer of the plan");
    return true;
  }
  bool dispatch(const seqc::vulkan::Command &, int64_t,
                const std::vector<int64_t> &,
                const std::vector<int32_t> &) override {
    return true;
  }
  size_t buffers;
};
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size);
  seqc_model_table table = *ema_model();
  table.vulkan_plan = text.c_str();
  std::optional<seqc::vulkan::Plan> plan = seqc::vulkan::Plan::parse(table);
  require(plan || *seqc_last_message(), "a plan or a message");
  if (!plan)
    return 0;
  int64_t batch = 3;
  Nowhere target(plan->buffers.size());
  seqc::vulkan::execute(*plan, &batch, target);
  return 0;
}
