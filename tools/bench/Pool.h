//===- Pool.h - threads for compiled models, roofs and plain loops --------===//
//
// The runtime's own pool, which is what a session gives a compiled model, with
// a call for C++ bodies and each thread on a core of its own: where a scheduler
// puts them otherwise is chance, and some pack woken threads onto one core.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_POOL_H
#define SEQC_TOOLS_BENCH_POOL_H

#include <functional>
#include <vector>

extern "C" {
#include "runtime/src/Pool.h"
}

namespace seqc::bench {

/// One CPU of each core that this process may use; thread i of every library
/// runs on cpus()[i].
const std::vector<int> &cpus();

/// Makes OpenMP keep to cpus() as well. It reads its places from the
/// environment when it is loaded, so this starts the program anew, once.
void bindOpenMp(char **argv);

class Pool {
public:
  /// A pool of `threads` threads, the calling one included. A calling thread
  /// that has no others stays free to move.
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
