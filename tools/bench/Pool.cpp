//===- Pool.cpp - threads for compiled models, roofs and plain loops ------===//
#include "tools/bench/Pool.h"
#include "tools/bench/Support.h"

#include "seqc/seqc.h"

using namespace seqc::bench;

Pool::Pool(int threads) : count(threads) {
  if (seqc_pool_create(threads, &handle) != SEQC_OK)
    fatal("%s", seqc_last_message());
}

void Pool::forEachThread(const std::function<void(int)> &body) {
  auto call = [](void *argument, int index) {
    (*static_cast<const std::function<void(int)> *>(argument))(index);
  };
  seqc_pool_parallel(handle, count, call,
                     const_cast<std::function<void(int)> *>(&body));
}
