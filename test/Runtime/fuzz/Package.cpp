//===- Package.cpp - fuzz target: libraries and their weights -------------===//
//
// Each input is tried as a library, whose headers are checked before the
// dynamic loader sees them, and as a file of weights: as it is, and with the
// checksum at its end made right.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "runtime/src/Checks.h"
#include "seqc/library.h"
#include "seqc/weights.h"

#include <cstring>
#include <vector>

extern "C" const seqc_model_table *ema_model(void);

static void check(const uint8_t *data, size_t size) {
  static const seqc_model_table table = *ema_model();
  for (bool checkSum : {false, true}) {
    int status = seqc_check_library_data(data, size, "fuzz", checkSum);
    require(status == SEQC_OK || status == SEQC_BAD_PACKAGE,
            "a whole library or a refusal");
    status = seqc_check_weights(&table, data, size, "fuzz", checkSum);
    require(status == SEQC_OK || status == SEQC_BAD_WEIGHTS,
            "the model's weights or a refusal");
  }
}

/// The input with a trailer's size and checksum of what is before it.
template <typename Trailer>
static void checkRepaired(const uint8_t *data, size_t size) {
  Trailer trailer;
  if (size < sizeof trailer)
    return;
  std::vector<uint8_t> repaired(data, data + size);
  uint8_t *end = repaired.data() + size - sizeof trailer;
  std::memcpy(&trailer, end, sizeof trailer);
  trailer.size = size - sizeof trailer;
  trailer.checksum = seqc_checksum(data, size - sizeof trailer);
  std::memcpy(end, &trailer, sizeof trailer);
  check(repaired.data(), size);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check(data, size);
  checkRepaired<seqc_library_trailer>(data, size);
  checkRepaired<seqc_weights_trailer>(data, size);
  return 0;
}
