// The C++ handles: a run, a saved state, and an error that becomes an exception.
//
// RUN: %model -o %t.so
// RUN: g++ -std=c++17 -O1 -g -Wall -Wextra -Wpedantic -Werror -Wno-comment \
// RUN:   -fsanitize=address,undefined -I%S/../../runtime/include %s \
// RUN:   %sanitized_dir/libseqc.so -o %t
// RUN: %t %t.so %t.state | FileCheck-22 %s
#include "seqc/seqc.hpp"

#include <cstdio>

int main(int, char **argv) {
  seqc::Package package(argv[1]);
  std::printf("model %s\n", package.table().name); // CHECK: model ema
  seqc::Session session(package, {1}, 2);
  seqc::State state(package, {1});
  const float input[4] = {1, 1, 1, 1};
  float output[1];
  session.run(1, {input}, state, {output});
  std::printf("output %g\n", output[0]); // CHECK: output 0.25
  state.save(argv[2]);
  session.run(1, {input}, state, {output});
  std::printf("output %g\n", output[0]); // CHECK: output 0.4375
  state = seqc::State::load(package, argv[2]);
  seqc::State copy = state.clone();
  session.run(1, {input}, copy, {output});
  std::printf("output %g\n", output[0]); // CHECK: output 0.4375
  state.reset();
  session.run(1, {input}, state, {output});
  std::printf("output %g\n", output[0]); // CHECK: output 0.25
  try {
    session.setDims({1, 2});
  } catch (const seqc::Error &error) {
    // CHECK: 3: model 'ema': required 1 dynamic dimensions, found 2
    std::printf("%d: %s\n", error.status(), error.what());
  }
}
