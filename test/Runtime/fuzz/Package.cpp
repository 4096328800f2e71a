//===- Package.cpp - fuzz target: libraries and their weights -------------===//
//
// Each input is tried as a library, whose headers are checked before the
// dynamic loader sees them, and as a file of weights.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "seqc/seqc.h"

#include <cstring>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

extern "C" const seqc_model_table *ema_model(void);
extern "C" int seqc_check_library(const char *path, bool check_sum);

static std::string path;

/// The file of the input, in memory.
static void write(const uint8_t *data, size_t size) {
  static int file = -1;
  if (file < 0) {
    file = memfd_create("input", 0);
    path = "/proc/self/fd/" + std::to_string(file);
  }
  require(ftruncate(file, static_cast<off_t>(size)) == 0 &&
              pwrite(file, data, size, 0) == static_cast<ssize_t>(size),
          "a file in memory");
}

static void openWeights(bool skipChecksum) {
  seqc_model_table table = *ema_model();
  table.embedded_weights = nullptr;
  seqc_package_options options = {};
  options.struct_size = sizeof options;
  options.weights_path = path.c_str();
  options.skip_checksum = skipChecksum;
  seqc_package *package = nullptr;
  int status = seqc_package_from_table(&table, &options, &package);
  require((status == SEQC_OK) == (package != nullptr), "a package or an error");
  require(package || status == SEQC_BAD_WEIGHTS, "a refusal of the weights");
  seqc_package_release(package);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  write(data, size);
  for (bool checkSum : {false, true}) {
    int status = seqc_check_library(path.c_str(), checkSum);
    require(status == SEQC_OK || status == SEQC_BAD_PACKAGE,
            "a whole library or a refusal");
    openWeights(!checkSum);
  }
  return 0;
}
