//===- State.cpp - fuzz target: saved states ------------------------------===//
//
// The checksum would refuse every mutation before anything else is looked at,
// so each input is tried with its checksum made right, too.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "seqc/seqc.h"
#include "seqc/weights.h"

#include <cstring>
#include <vector>

extern "C" const seqc_model_table *ema_model(void);

static void load(seqc_package *package, const uint8_t *data, size_t size) {
  seqc_state *state = nullptr;
  int status = seqc_state_deserialize(package, data, size, &state);
  require((status == SEQC_OK) == (state != nullptr), "a state or an error");
  require(state || *seqc_last_message(), "a message");
  require(!state || seqc_state_saved_size(state) == size,
          "a state of its size");
  seqc_state_destroy(state);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static seqc_package *package = nullptr;
  if (!package)
    require(seqc_package_from_table(ema_model(), nullptr, &package) == SEQC_OK,
            "the model");
  load(package, data, size);
  uint64_t sum;
  if (size < sizeof sum)
    return 0;
  std::vector<uint8_t> repaired(data, data + size);
  sum = seqc_checksum(data, size - sizeof sum);
  std::memcpy(repaired.data() + size - sizeof sum, &sum, sizeof sum);
  load(package, repaired.data(), size);
  return 0;
}
