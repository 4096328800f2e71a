//===- Pool.cpp - threads for compiled models, roofs and plain loops ------===//
#include "tools/bench/Pool.h"
#include "tools/bench/Support.h"

#include "seqc/seqc.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <sched.h>
#include <sstream>
#include <unistd.h>

using namespace seqc::bench;

/// Holds cpus(), comma-separated, in the program started anew: by then OpenMP
/// has bound the first thread, whose mask no longer says what is allowed.
static const char *const cpusVariable = "SEQC_BENCH_CPUS";

/// Whether `cpu` is the first of those that share its core.
static bool isFirstOfCore(int cpu) {
  std::string path = format(
      "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
  std::FILE *file = std::fopen(path.c_str(), "r");
  if (!file)
    return true;
  int first = cpu;
  bool read = std::fscanf(file, "%d", &first) == 1;
  std::fclose(file);
  return !read || first == cpu;
}

static std::vector<int> findCpus() {
  std::vector<int> all, cores;
  if (const char *given = std::getenv(cpusVariable)) {
    std::stringstream stream(given);
    for (std::string part; std::getline(stream, part, ',');)
      cores.push_back(std::atoi(part.c_str()));
    return cores;
  }
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0)
    fatal("the CPUs that may be used cannot be found");
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) {
      all.push_back(cpu);
      if (isFirstOfCore(cpu))
        cores.push_back(cpu);
    }
  return cores.empty() ? all : cores;
}

const std::vector<int> &seqc::bench::cpus() {
  static const std::vector<int> found = findCpus();
  return found;
}

void seqc::bench::bindOpenMp(char **argv) {
  if (std::getenv(cpusVariable))
    return;
  std::string list, places;
  for (int cpu : cpus()) {
    list += format("%s%d", list.empty() ? "" : ",", cpu);
    places += format("%s{%d}", places.empty() ? "" : ",", cpu);
  }
  setenv(cpusVariable, list.c_str(), 1);
  setenv("OMP_PLACES", places.c_str(), 1);
  setenv("OMP_PROC_BIND", "close", 1);
  execv("/proc/self/exe", argv);
  fatal("the program cannot be started anew");
}

static void bindThread(const std::vector<int> &to) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : to)
    CPU_SET(cpu, &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
    fatal("a thread cannot be bound to CPU %d", to.front());
}

Pool::Pool(int threads) : count(threads) {
  if (threads > int(cpus().size()))
    fatal("%d threads: at most one for each of %zu cores was required", threads,
          cpus().size());
  // A pool spins only if the thread that makes it may use as many cores, and
  // OpenMP or an earlier pool has bound this one.
  bindThread(cpus());
  if (seqc_pool_create(threads, &handle) != SEQC_OK)
    fatal("%s", seqc_last_message());
  if (threads > 1)
    forEachThread([](int i) { bindThread({cpus()[i]}); });
}

void Pool::forEachThread(const std::function<void(int)> &body) {
  auto call = [](void *argument, int index) {
    (*static_cast<const std::function<void(int)> *>(argument))(index);
  };
  seqc_pool_parallel(handle, count, call,
                     const_cast<std::function<void(int)> *>(&body));
}
