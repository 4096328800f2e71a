//===- Pool.h - threads for compiled models, roofs and plain loops --------===//
//
// The runtime's own pool, which is what a session gives a compiled model, with
// a call for C++ bodies.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_POOL_H
#define SEQC_TOOLS_BENCH_POOL_H

#include <functional>

extern "C" {
#include "runtime/src/Pool.h"
}

namespace seqc::bench {

class Pool {
public:
  /// A pool of `threads` threads, the calling one included.
  explicit Pool(int threads);
  ~Pool() { seqc_pool_destroy(handle); }
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;

  int threads() const { return count; }
  seqc_pool *get() const { return handle; }

  /// Runs body(i) for i in [0, threads()) at the same time, i = 0 on this
  /// thread.
  void forEachThread(const std::function<void(int)> &body);

private:
  seqc_pool *handle = nullptr;
  int count;
};

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_POOL_H
