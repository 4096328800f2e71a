//===- Driver.cpp - runs a fuzz target for a fixed number of inputs -------===//
//
// usage: TARGET ROUNDS FILE...
//
// Every file is tried as it is, cut at every length up to 256 bytes and at some
// beyond, and ROUNDS times with a few bytes changed. Inputs lie in blocks of
// exactly their size, so that a sanitizer sees a read past the end.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <vector>

static size_t tried = 0;

static void run(const std::vector<uint8_t> &input, size_t size) {
  std::unique_ptr<uint8_t[]> exact(new uint8_t[size]);
  std::copy_n(input.begin(), size, exact.get());
  LLVMFuzzerTestOneInput(exact.get(), size);
  ++tried;
}

static std::vector<uint8_t> mutate(std::vector<uint8_t> input,
                                   std::mt19937 &random) {
  static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '9', '-', ','};
  for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
    // Most of what can go wrong is decided by the first bytes.
    size_t range = input.size();
    if (random() % 2)
      range = std::min<size_t>(range, 160);
    size_t place = random() % range;
    switch (random() % 4) {
    case 0:
      input[place] ^= uint8_t(1u << random() % 8);
      break;
    case 1:
      input[place] = odd[random() % sizeof odd];
      break;
    case 2:
      input.insert(input.begin() + place, odd[random() % sizeof odd]);
      break;
    default:
      if (input.size() > 1)
        input.erase(input.begin() + place);
    }
  }
  return input;
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  int rounds = std::atoi(argv[1]);
  std::mt19937 random(1);
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::vector<uint8_t> input((std::istreambuf_iterator<char>(file)), {});
    if (input.empty())
      return 2;
    run(input, input.size());
    for (size_t size = 0; size < input.size();
         size += size < 256 ? 1 : 1 + input.size() / 64)
      run(input, size);
    for (int round = 0; round < rounds; ++round) {
      std::vector<uint8_t> changed = mutate(input, random);
      run(changed, changed.size());
    }
  }
  std::printf("%zu inputs\n", tried);
}
